//! How requests reach the server: the HTTP client, and in plain words why there was no answer.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Proxy};

/// The failure of a request that never reached the server.
pub(crate) const REFUSED: &str = "the connection was refused";

/// How the server is connected to.
#[derive(Clone)]
pub struct Connection {
    /// Longest that one request may take.
    pub timeout: Duration,
    /// What keyproof calls itself.
    pub user_agent: String,
    /// Sent with every request.
    pub headers: HeaderMap,
    /// Trusted besides those of the machine.
    pub authorities: Vec<Certificate>,
    /// What every request goes through.
    pub proxy: Option<Proxy>,
    /// How often a GET is sent again that had no answer.
    pub retries: u32,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            user_agent: concat!("keyproof/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: HeaderMap::new(),
            authorities: Vec::new(),
            proxy: None,
            retries: 2,
        }
    }
}

impl Connection {
    /// A client that follows no redirect, asks for no encoding, and reads no proxy from the
    /// environment.
    pub(crate) fn client(&self) -> Result<reqwest::Client, String> {
        // Whoever was first in this process has done the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.timeout)
            .user_agent(&self.user_agent)
            .default_headers(self.headers.clone())
            .tls_certs_merge(self.authorities.iter().cloned());
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        builder.build().map_err(|error| format!("the HTTP client could not be made: {error}"))
    }

    /// Why there was no answer, without the URL: the report names the server already.
    pub(crate) fn explain(&self, error: &reqwest::Error) -> String {
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(inner) = cause {
            causes.push(inner.to_string());
            cause = inner.source();
        }
        let has = |word: &str| causes.iter().any(|cause| cause.contains(word));
        let innermost = causes.last().map_or("", String::as_str);
        if error.is_timeout() {
            format!("no answer within {} s", self.timeout.as_secs_f64())
        } else if has("certificate") {
            format!(
                "the server's certificate is not trusted ({innermost}): --ca-file names its authority"
            )
        } else if has("InvalidContentType") || has("corrupt message") {
            "the server does not speak TLS there: an http address behind https".to_owned()
        } else if has("dns error") || has("failed to lookup") {
            "the host name has no address".to_owned()
        } else if error.is_connect() && self.proxy.is_some() {
            format!("the proxy did not connect ({innermost})")
        } else if error.is_connect() {
            REFUSED.to_owned()
        } else if error.is_body() || error.is_decode() {
            "the answer broke off".to_owned()
        } else {
            "the connection broke off before an answer".to_owned()
        }
    }
}
