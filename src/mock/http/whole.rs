//! Takes in what is left of a body that a refusal did not read. A connection that is closed while
//! its client still sends is reset, and the client then never sees why it was refused.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt as _};
use tokio::sync::oneshot;

use crate::contract::limit;

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

/// Answers a request after its whole body was sent, or [`limit::BODY_BYTES`] more than was read.
pub(super) async fn take(request: Request, next: Next) -> Response {
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
