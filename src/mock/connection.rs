//! Connections that the mock can cut in the middle, as a network does, and that end when no request comes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::listen::Listeners;

/// Accepts connections that the mock can cut.
pub(super) struct Accepting {
    pub(super) listeners: Listeners,
    /// Longest time that a connection stays open without a request.
    pub(super) idle_time: Duration,
}

impl Listener for Accepting {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = self.listeners.accept().await;
        // A request and its answer are small: waiting to fill a packet only costs time.
        let _ = stream.set_nodelay(true);
        let connection =
            Connection { stream, state: Arc::default(), idle_time: self.idle_time, idle: None };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listeners.local_addr()
    }
}

pub(super) struct Connection {
    stream: TcpStream,
    state: Arc<Activity>,
    idle_time: Duration,
    /// The timer that ends the connection, and how many requests had begun when it was set.
    idle: Option<(u64, Pin<Box<Sleep>>)>,
}

/// What is known of the requests of a connection.
#[derive(Debug, Default)]
struct Activity {
    cut: AtomicBool,
    begun: AtomicU64,
    ended: AtomicU64,
}

/// Who is at the other end, and how to cut the connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    state: Arc<Activity>,
}

/// A request that is being answered: the connection stays open until this is dropped.
pub(super) struct Busy(Arc<Activity>);

impl Peer {
    /// Lets the next write to the connection fail, which ends it.
    pub(super) fn cut(&self) {
        self.state.cut.store(true, Ordering::Release);
    }

    /// Notes that a request has begun.
    pub(super) fn busy(&self) -> Busy {
        self.state.begun.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(&self.state))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
    }
}

impl Connected<IncomingStream<'_, Accepting>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Accepting>) -> Self {
        Self { address: *stream.remote_addr(), state: Arc::clone(&stream.io().state) }
    }
}

impl Connection {
    fn fail_if_cut(&self) -> io::Result<()> {
        if self.state.cut.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }

    /// Whether there was no request for too long. Bytes that are no request do not count.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let begun = self.state.begun.load(Ordering::Acquire);
        if begun != self.state.ended.load(Ordering::Acquire) {
            self.idle = None;
            return false;
        }
        if self.idle.as_ref().is_none_or(|(of, _)| *of != begun) {
            self.idle = Some((begun, Box::pin(sleep(self.idle_time))));
        }
        self.idle.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_ready())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_pending() && self.is_over(cx) {
            Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
        } else {
            read
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.fail_if_cut()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.fail_if_cut()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fail_if_cut()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
