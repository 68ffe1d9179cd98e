//! Takes in bodies: bounded in bytes and in time, and what is left of a body that a refusal did not read. A connection that is closed while
//! its client still sends is reset, and the client then never sees why it was refused.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;
use futures::future::poll_immediate;
use futures::{Stream, StreamExt as _};
use tokio::sync::oneshot;

use crate::contract::error::Code;
use crate::contract::limit;
use crate::mock::connection::Peer;
use crate::mock::refusal::Refusal;

/// Longest time for which the rest of a body is awaited.
const LONGEST: Duration = Duration::from_secs(2);

/// A body that goes back to its owner when its reader has done with it.
struct Lent {
    body: Option<BodyDataStream>,
    owner: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.body {
            Some(body) => body.poll_next_unpin(cx),
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(owner)) = (self.body.take(), self.owner.take()) {
            // The owner is gone if the client is.
            let _ = owner.send(body);
        }
    }
}

/// Reads a body of `most` bytes at most, which may take `longest` to arrive.
pub(super) async fn read(body: Body, most: usize, longest: Duration) -> Result<Bytes, Refusal> {
    let mut reading = pin!(axum::body::to_bytes(body, most));
    // What is there already needs no timer, nor a runtime that has one.
    let read = match poll_immediate(reading.as_mut()).await {
        Some(read) => Ok(read),
        None => tokio::time::timeout(longest, reading).await,
    };
    match read {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let message = format!("The body is longer than {most} bytes, or was cut off.");
            Err(Refusal::new(Code::PayloadTooLarge, message))
        }
        Err(_) => {
            let message = format!("The body has not arrived within {longest:?}.");
            Err(Refusal::new(Code::RequestTimeout, message))
        }
    }
}

/// Answers a request after its whole body was sent, or [`limit::BODY_BYTES`] more than was read.
pub(super) async fn take(request: Request, next: Next) -> Response {
    // Its connection waits for as long as the answer takes.
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let _busy = peer.map(|ConnectInfo(peer)| peer.busy());
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (owner, returned) = oneshot::channel();
    let request = request.map(|body| {
        Body::from_stream(Lent {
            body: Some(body.into_data_stream()),
            owner: Some(owner),
        })
    });
    let response = next.run(request).await;
    if let Ok(mut rest) = returned.await {
        let take = async {
            let mut left = limit::BODY_BYTES;
            while let Some(Ok(bytes)) = rest.next().await
                && bytes.len() <= left
            {
                left -= bytes.len();
            }
        };
        // A client that stopped sending gets its refusal all the same.
        let _ = tokio::time::timeout(LONGEST, take).await;
    }
    response
}
