//! How requests reach the server: the HTTP client, and in plain words why there was no answer.

use std::error::Error as _;
use std::time::Duration;

use reqwest::Proxy;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;

use super::trust;

/// The failure of a request that never reached the server.
pub(crate) const REFUSED: &str = "the connection was refused";

/// The encoding of an answer that was left as it is.
const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// How the server is connected to.
#[derive(Clone)]
pub struct Connection {
    /// Longest that one request may take.
    pub timeout: Duration,
    /// What keyproof calls itself.
    pub user_agent: String,
    /// Sent with every request.
    pub headers: HeaderMap,
    /// Trusted besides the authorities of the machine: other authorities, and servers' own certificates.
    pub certificates: Vec<CertificateDer<'static>>,
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
            certificates: Vec::new(),
            proxy: None,
            retries: 2,
        }
    }
}

impl Connection {
    /// A client that follows no redirect, and reads no proxy from the environment. It asks for answers as they are:
    /// whoever leaves `Accept-Encoding` out takes any encoding (RFC 9110, 12.5.3), and what a proxy has compressed
    /// is not what the server sent.
    pub(crate) fn client(&self) -> Result<reqwest::Client, String> {
        let provider = rustls::crypto::ring::default_provider();
        // Whoever was first in this process has done the same.
        let _ = provider.clone().install_default();
        let mut headers = HeaderMap::from_iter([(ACCEPT_ENCODING, AS_IT_IS)]);
        headers.extend(self.headers.clone());
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.timeout)
            .user_agent(&self.user_agent)
            .default_headers(headers);
        if !self.certificates.is_empty() {
            let tls = trust::config(&self.certificates, provider.into());
            let tls = tls.map_err(|error| format!("a certificate cannot be trusted: {error}"))?;
            builder = builder.tls_backend_preconfigured(tls);
        }
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
        } else if has(trust::OF_AN_AUTHORITY) {
            "the server's certificate is not trusted (it is one for an authority, as self-signed ones are): \
             --ca-file with that very certificate trusts it"
                .to_owned()
        } else if has("UnknownIssuer") {
            format!(
                "the server's certificate is not trusted ({innermost}): --ca-file names its authority"
            )
        } else if has("certificate") {
            format!("the server's certificate is not right ({innermost})")
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
