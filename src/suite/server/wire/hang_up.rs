//! Requests whose client hangs up: it has sent the whole of one, and closes the connection before the answer.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{Call, Door, Outgoing, Purpose, Server};
use crate::harness::{Exchange, Spending, Stop};

impl Door {
    /// Sends a whole request over a connection of its own, and closes that when `moment` has come. The answer is not
    /// looked at, even if it is there by then. Gives the request, as failures show it.
    ///
    /// # Errors
    /// [`Stop::Unreachable`] if it could not be sent, and as [`Door::send`].
    pub(crate) async fn hang_up(
        &self,
        server: &dyn Server,
        call: &Call,
        moment: impl Future<Output = ()>,
        spent: &Mutex<Spending>,
    ) -> Result<Exchange, Stop> {
        let wire = Outgoing::of(server, call)?;
        self.pay(call, &wire, spent)?;
        let _turn = self.turn(server, &wire, Purpose::Check).await?;
        // Of the same settings, and without a connection that another request has left open.
        let alone = self.connection.client().map_err(Stop::Harness)?;
        let (request, sent) = self.request(&alone, server, call, &wire);
        let (body, is_sent) = Watched::of(sent.body.clone());
        let request = request.body(reqwest::Body::wrap(body));
        let mut answer = pin!(request.send());
        let answered = tokio::select! {
            biased;
            sent = is_sent => match sent {
                Ok(()) => None,
                // It was dropped before anybody read it: there was no connection.
                Err(_) => Some(answer.as_mut().await),
            },
            answered = answer.as_mut() => Some(answered),
        };
        match answered {
            Some(Err(error)) => return Err(Stop::Unreachable(self.connection.explain(&error))),
            Some(Ok(_)) => {}
            None => tokio::select! {
                () = moment => {}
                _ = answer.as_mut() => {}
            },
        }
        let exchange = Exchange { request: sent, response: None };
        self.show(&exchange);
        Ok(exchange)
    }
}

/// A body that tells when the whole of it was handed to the connection, which sends it before it looks at anything else.
struct Watched {
    text: String,
    tell: Option<oneshot::Sender<()>>,
}

impl Watched {
    fn of(text: String) -> (Self, oneshot::Receiver<()>) {
        let (tell, told) = oneshot::channel();
        (Self { text, tell: Some(tell) }, told)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take().filter(|_| self.text.is_empty()) {
            // Nobody listens any more where the answer came first.
            let _ = tell.send(());
        }
    }
}

impl Body for Watched {
    type Data = <String as Body>::Data;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Infallible>>> {
        Pin::new(&mut self.text).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.text)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures::future::BoxFuture;
    use serde_json::json;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::contract::route::Endpoint;
    use crate::harness::{Need, Redactor};
    use crate::suite::server::wire::{Access, Limits, Monotonic, Terms, Timer, Tokens};

    /// A server of which only the address is known.
    struct Place {
        url: String,
        tokens: Tokens,
        timer: Monotonic,
    }

    impl Server for Place {
        fn url(&self) -> &str {
            &self.url
        }

        fn organization(&self) -> &str {
            "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        }

        fn tokens(&self) -> &Tokens {
            &self.tokens
        }

        fn other_organization(&self) -> Option<&Access> {
            None
        }

        fn control(&self) -> Option<&Access> {
            None
        }

        fn supplies(&self, _: &Need) -> bool {
            true
        }

        fn job_wait(&self) -> Duration {
            Duration::ZERO
        }

        fn timer(&self) -> &dyn Timer {
            &self.timer
        }

        fn another(&self, _: Limits) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
            Box::pin(std::future::ready(None))
        }
    }

    /// Hangs up on the server at `url` after a write of that length.
    async fn hang_up(url: String, length: usize) -> (String, Result<Exchange, Stop>) {
        let tokens = Tokens { full: "a-token-of-nobody".to_owned(), ..Tokens::default() };
        let place = Place { url, tokens, timer: Monotonic::start() };
        let redactor = Redactor::new(&[]);
        let door = Door::new(&place, &[], &Terms::unbounded(), Arc::default(), redactor);
        let door = door.unwrap_or_else(|error| panic!("{error}"));
        let body = json!({"project": "p", "content": "A".repeat(length)});
        let call = Call::to(Endpoint::StoreSecrets, &[]).json(&body);
        let moment = std::future::ready(());
        (body.to_string(), door.hang_up(&place, &call, moment, &Mutex::default()).await)
    }

    #[tokio::test]
    async fn the_whole_of_a_request_is_sent_before_the_connection_is_closed() {
        for length in [1, 100_000, 2 << 20] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let read = async {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let mut bytes = Vec::new();
                // It ends when the client has closed the connection.
                stream.read_to_end(&mut bytes).await.expect("whole");
                String::from_utf8(bytes).expect("text")
            };
            let ((sent, hung_up), received) = tokio::join!(hang_up(url, length), read);
            assert!(hung_up.is_ok_and(|exchange| exchange.response.is_none()));
            let (head, body) = received.split_once("\r\n\r\n").expect("a head");
            assert!(head.contains(&format!("content-length: {}", sent.len())), "{head}");
            assert_eq!(body.len(), sent.len());
        }
    }

    #[tokio::test]
    async fn a_request_that_was_never_sent_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let (_, hung_up) = hang_up(url, 1).await;
        assert!(matches!(hung_up, Err(Stop::Unreachable(_))));
    }
}
