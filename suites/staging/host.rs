//! A mock with live limits and a clock that stands still, behind a door that counts requests.

use std::process::Child;
use std::time::Duration;

use jiff::Timestamp;
use keyproof::crypto::Iterations;
use keyproof::mock::{Clock, Limits, MockServer};

use crate::support::process::{Completed, keyproof};
use crate::support::proxy::Proxy;

/// When the clock stands at first.
const START: i64 = 1_790_000_000;

/// The server that somebody else owns.
pub(crate) struct Host {
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) mock: MockServer,
    pub(crate) proxy: Proxy,
    pub(crate) clock: Clock,
}

impl Host {
    /// Forwards every request.
    pub(crate) fn new(limits: Limits) -> Self {
        Self::watched(limits, |_, _| true)
    }

    /// The same with the machine's clock: what is to expire does.
    pub(crate) fn ticking(limits: Limits) -> Self {
        Self::at(Clock::system(), limits, |_, _| true)
    }

    /// Forwards what `watch` says yes to; the rest is never answered.
    pub(crate) fn watched(
        limits: Limits,
        watch: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let clock = Clock::driven(Timestamp::from_second(START).unwrap());
        Self::at(clock, limits, watch)
    }

    fn at(
        clock: Clock,
        limits: Limits,
        watch: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (mock, proxy) = runtime.block_on(async {
            let few = Iterations::try_from(1000).unwrap();
            let builder = MockServer::builder().limits(limits).clock(clock.clone());
            let mock = builder.min_iterations(few).start().await.unwrap();
            let proxy = Proxy::watched(mock.url(), watch).await.unwrap();
            (mock, proxy)
        });
        Self { runtime, mock, proxy, clock }
    }

    /// The process, on its way to the door.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.spawn_with(arguments, &[])
    }

    pub(crate) fn spawn_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let organization = self.mock.organization();
        let place = ["check", "--url", &self.proxy.url, "--org", &organization];
        let token = self.mock.token("full").unwrap();
        let variables = [variables, &[("KEYPROOF_TOKEN", token.as_str())]].concat();
        keyproof(&[&place, arguments].concat(), &variables).spawn().unwrap()
    }

    pub(crate) fn check(&self, arguments: &[&str]) -> Completed {
        self.spawn(arguments).wait_with_output().unwrap().into()
    }

    /// Makes a project that is nobody's to delete.
    pub(crate) fn settle(&self, name: &str) {
        let url = self.projects_url();
        let token = self.mock.token("full").unwrap();
        self.runtime.block_on(async {
            let body = format!("{{\"name\":\"{name}\",\"storage_mode\":\"server\"}}");
            let request = http().post(url).bearer_auth(token).body(body);
            let request = request.header("content-type", "application/json");
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 201, "{name}");
        });
    }

    /// Rotates somebody's key so often.
    pub(crate) fn rotate(&self, project: &str, times: usize) {
        let organization = self.mock.organization();
        let url = self.mock.url();
        let url = format!("{url}/api/v1/{organization}/{project}/encryption-key/rotate");
        let token = self.mock.token("full").unwrap();
        self.runtime.block_on(async {
            for _ in 0..times {
                let request = http().post(&url).bearer_auth(&token);
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
        });
    }

    /// The slugs of all projects.
    pub(crate) fn projects(&self) -> Vec<String> {
        let list = self.get(self.projects_url());
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| row["attributes"]["slug"].as_str().unwrap().to_owned()).collect()
    }

    /// The API keys that keyproof has made.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let (url, organization) = (self.mock.url(), self.mock.organization());
        let list = self.get(format!("{url}/api/v1/organizations/{organization}/api-keys"));
        let rows = list["data"].as_array().unwrap().iter();
        let names = rows.map(|row| row["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.starts_with("kp-")).collect()
    }

    /// The projects that keyproof has made.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let projects = self.projects().into_iter();
        projects.filter(|slug| slug.starts_with("kp-")).collect()
    }

    /// Asks the mock itself; where its limit is used up, in the window after it.
    fn get(&self, url: String) -> serde_json::Value {
        let token = self.mock.token("full").unwrap();
        let ask = async || {
            let request = http().get(&url).bearer_auth(&token);
            request.send().await.unwrap()
        };
        let text = self.runtime.block_on(async {
            let mut answer = ask().await;
            if answer.status() == 429 {
                self.clock.advance(Duration::from_secs(60));
                answer = ask().await;
            }
            answer.text().await.unwrap()
        });
        serde_json::from_str(&text).unwrap()
    }

    fn projects_url(&self) -> String {
        format!("{}/api/v1/{}/projects", self.mock.url(), self.mock.organization())
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
