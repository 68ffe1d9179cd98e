//! Reads bodies, bounded in bytes, each and all together, and in time; and drains the rest of a body that a refusal has
//! not read. A connection that is closed while its client still sends is reset, and the client then never sees why it
//! was refused.

use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::future::poll_immediate;
use futures::{Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::contract::error::Code;
use crate::contract::limit;
use crate::mock::connection::Peer;
use crate::mock::memory::{Full, Memory, Reservation};
use crate::mock::{Message, Refusal};

/// Longest time for which the rest of a body is drained.
const LONGEST: Duration = Duration::from_secs(2);

/// A body that goes back to its owner when its reader drops it. Memory is reserved for what is read of it.
struct Lent {
    reservation: Reservation,
    body: Option<BodyDataStream>,
    owner: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let next = body.poll_next_unpin(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &next
            && let Err(full) = self.reservation.grow(bytes.len())
        {
            return Poll::Ready(Some(Err(axum::Error::new(full))));
        }
        next
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
    let mut reading = pin!(gather(body, most));
    // What has arrived already needs no timer, nor a runtime that has one.
    let read = match poll_immediate(reading.as_mut()).await {
        Some(read) => Ok(read),
        None => tokio::time::timeout(longest, reading).await,
    };
    read.unwrap_or_else(|_| {
        let message = format!("The body has not arrived within {longest:?}.");
        let how = format!("send the whole body within {longest:?}");
        Err(Refusal::new(Code::RequestTimeout, Message::own(message)).would_pass(how))
    })
}

/// Puts the pieces of a body together as they arrive: they are not kept beside the whole.
async fn gather(body: Body, most: usize) -> Result<Bytes, Refusal> {
    let mut pieces = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| if is_full(&error) { full() } else { too_long(most) })?;
        if piece.len() > most - whole.len() {
            return Err(too_long(most));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.into_boxed_slice().into())
}

fn too_long(most: usize) -> Refusal {
    let message = format!("The body is longer than {most} bytes, or was cut off.");
    Refusal::new(Code::PayloadTooLarge, Message::own(message))
        .would_pass(format!("send a body of at most {most} bytes"))
}

/// There is no room for a body, or for what is made of it.
pub(super) fn full() -> Refusal {
    let message = "The bodies of all requests take as much memory as they may: send it again.";
    Refusal::new(Code::Overloaded, message).would_pass("wait as long as Retry-After says")
}

fn is_full(error: &axum::Error) -> bool {
    let error: &(dyn Error + 'static) = error;
    std::iter::successors(Some(error), |&error| error.source()).any(|error| error.is::<Full>())
}

/// Does what takes as long as a body of that length: off the threads that serve requests, if that is long.
pub(super) async fn work<T: Send + 'static>(
    length: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    // Without a runtime there is no thread to hand the work to.
    if length <= limit::SMALL_BODY_BYTES || Handle::try_current().is_err() {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Refusal::internal("The mock could not finish reading a body."))
}

/// Answers a request after its whole body has arrived, or [`limit::BODY_BYTES`] more than was read.
pub(super) async fn take(
    State(memory): State<Arc<Memory>>,
    mut request: Request,
    next: Next,
) -> Response {
    // Its connection does not count as idle while it is answered.
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let _busy = peer.map(|ConnectInfo(peer)| peer.busy());
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (owner, returned) = oneshot::channel();
    let reservation = Reservation::of(&memory);
    let _reservation = reservation.clone();
    request.extensions_mut().insert(reservation.clone());
    let request = request.map(|body| {
        Body::from_stream(Lent {
            reservation,
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
        // A client that stopped sending is answered as well.
        let _ = tokio::time::timeout(LONGEST, take).await;
    }
    response
}
