//! `/_mock/events`: what happens, as it happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::mock::World;
use crate::mock::feed::Event;
use crate::mock::journal::view;

pub(super) async fn events(State(world): State<Arc<World>>) -> Response {
    let events = stream::unfold(world.feed.watch(), |mut events| async move {
        let event = next(&mut events).await?;
        Some((Ok::<_, Infallible>(event), events))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// The next event; none once the mock stops.
async fn next(events: &mut Receiver<Event>) -> Option<Sent> {
    let (name, data) = match events.recv().await {
        Ok(Event::Answered(organization, exchange)) => {
            let mut listed = view::without_secrets(&exchange);
            listed["organization"] = json!(organization);
            ("exchange", listed)
        }
        Ok(Event::Changed) => ("changed", json!({})),
        // A watcher that is too slow has to read everything again.
        Err(RecvError::Lagged(count)) => ("lagged", json!({"missed": count})),
        Ok(Event::Stopping) | Err(RecvError::Closed) => return None,
    };
    Some(Sent::default().event(name).data(data.to_string()))
}
