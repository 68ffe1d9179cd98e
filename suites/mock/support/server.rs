//! A mock that listens on a free port, and its fixture's names.

use keyproof::crypto::Iterations;
use keyproof::mock::{Builder, Limits, MockServer};
use serde_json::Value;

use super::{Answer, Call};

/// The ULID that two of the fixture's organizations show.
pub(crate) const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
/// The ULID of the third.
pub(crate) const OTHER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAW";
/// Fewest iterations of the mocks here: a derivation then takes well under a millisecond.
pub(crate) const FEWEST: i64 = 1000;

/// A fast mock without limits.
pub(crate) fn builder() -> Builder {
    MockServer::builder().limits(Limits::Off).min_iterations(Iterations::try_from(FEWEST).unwrap())
}

/// The bearer of a token of the fixture, by its name.
pub(crate) fn token(name: &str) -> String {
    let organization = match name {
        "other_organization" => OTHER,
        _ => ULID,
    };
    let camel: String = name
        .split('_')
        .enumerate()
        .map(|(place, word)| match place {
            0 => word.to_owned(),
            _ => word[..1].to_uppercase() + &word[1..],
        })
        .collect();
    format!("dotenv_{organization}_MOCK{camel}")
}

/// A running mock and the client that talks to it.
pub(crate) struct Mock {
    pub(crate) server: MockServer,
    pub(crate) http: reqwest::Client,
}

impl Mock {
    /// [`builder`]'s.
    pub(crate) async fn start() -> Self {
        Self::of(builder()).await
    }

    pub(crate) async fn of(builder: Builder) -> Self {
        Self {
            server: builder.start().await.expect("a free port"),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// A call of a path below the organization, with the token `full`. A path from the root is
    /// taken as it is.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(method, path)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.call("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.call("POST", path).json(body)).await
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        self.attempt(call).await.expect("the mock answers")
    }

    /// As [`Mock::send`], for a call that may be cut off.
    pub(crate) async fn attempt(&self, call: Call) -> reqwest::Result<Answer> {
        let request = call.over_http(&self.http, self.server.url());
        Answer::read(request.send().await?).await
    }

    /// A call of the control API.
    pub(crate) async fn control(&self, what: &str, body: Value) -> Answer {
        let (_, token) = self.server.control().expect("control is on");
        let call = self.call("POST", &format!("/_mock/{what}"));
        self.send(call.bearer(token).json(body)).await
    }

    /// A new project, by its slug.
    pub(crate) async fn project(&self, mut body: Value, slug: &str) {
        body["name"] = slug.into();
        let made = self.post("projects", body).await.status(201);
        assert_eq!(made["data"]["attributes"]["slug"], slug);
    }
}
