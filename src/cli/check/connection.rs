//! How a server by URL is connected to: its authority, a proxy, more headers, patience.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Proxy;
use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::ParsedCertificate;

use crate::cli::{Trouble, environment};
use crate::harness::Redactor;
use crate::suite::server::Connection;

/// Options about the connection, all of which take a server by URL.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection, with --url")]
pub(in crate::cli) struct ConnectionArguments {
    /// Trusts the certificates in this PEM or DER file too, also as a server's own
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Sends every request through this proxy, or the one in KEYPROOF_PROXY; no other variable is read
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Sends one more header; secret ones stand in the file that KEYPROOF_HEADERS_FILE names
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<Header>,
    /// Calls itself this instead of keyproof/VERSION
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Longest that one request may take
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Waits so long until the server answers, then begins
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(in crate::cli) wait: Option<Duration>,
    /// How often a GET without an answer is sent again [default: 2]
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// Cases that run side by side [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: Option<u16>,
}

/// The first byte of a certificate that is not PEM: a sequence.
const DER: u8 = 0x30;
/// What some editors write before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One header of the command line or of the file.
#[derive(Debug, Clone)]
struct Header {
    name: HeaderName,
    value: HeaderValue,
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once(':').ok_or("give a name and a value, like `X-Environment: staging`")?;
        let name = HeaderName::from_str(name.trim())
            .map_err(|_| "what stands before the colon is not the name of a header".to_owned())?;
        if [AUTHORIZATION, HOST, COOKIE].contains(&name) {
            return Err(format!("{name} is not for this: the token goes into KEYPROOF_TOKEN"));
        }
        let mut value = HeaderValue::from_str(value.trim())
            .map_err(|_| format!("the value of {name} has characters that a header cannot have"))?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

/// A time in seconds, fractions too.
pub(in crate::cli) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("give a number of seconds greater than 0".to_owned()),
    }
}

impl ConnectionArguments {
    /// The first option of them that was given.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--ca-file", self.ca_file.is_some()),
            ("--proxy", self.proxy.is_some()),
            ("--header", !self.header.is_empty()),
            ("--user-agent", self.user_agent.is_some()),
            ("--timeout", self.timeout.is_some()),
            ("--wait", self.wait.is_some()),
            ("--retries", self.retries.is_some()),
            ("--concurrency", self.concurrency.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    /// Cases that run side by side.
    pub(in crate::cli) fn side_by_side(&self) -> usize {
        usize::from(self.concurrency.unwrap_or(1))
    }

    /// Reads the files that are named. What may be secret in it is registered.
    pub(in crate::cli) fn read(&self, redactor: &Redactor) -> Result<Connection, Trouble> {
        let mut connection = Connection {
            certificates: self.certificates()?,
            proxy: self.proxy(redactor)?,
            headers: self.headers(redactor)?,
            ..Connection::default()
        };
        if let Some(timeout) = self.timeout {
            connection.timeout = timeout;
        }
        if let Some(user_agent) = &self.user_agent {
            if HeaderValue::from_str(user_agent).is_err() {
                return Err(Trouble::usage("--user-agent: a header cannot have that text"));
            }
            connection.user_agent.clone_from(user_agent);
        }
        if let Some(retries) = self.retries {
            connection.retries = retries;
        }
        Ok(connection)
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Trouble> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let refuse = |why: String| Trouble::usage(format!("--ca-file {}: {why}", path.display()));
        let bytes =
            std::fs::read(path).map_err(|error| refuse(format!("cannot read it: {error}")))?;
        let certificates = if bytes.first() == Some(&DER) {
            vec![CertificateDer::from(bytes)]
        } else {
            let pem = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
            let read: Result<_, _> = CertificateDer::pem_slice_iter(pem).collect();
            read.map_err(|error| refuse(format!("it is not a PEM file of certificates: {error}")))?
        };
        if certificates.is_empty() {
            return Err(refuse("there is no certificate in it".to_owned()));
        }
        for certificate in &certificates {
            ParsedCertificate::try_from(certificate)
                .map_err(|error| refuse(format!("a certificate in it cannot be used: {error}")))?;
        }
        Ok(certificates)
    }

    fn proxy(&self, redactor: &Redactor) -> Result<Option<Proxy>, Trouble> {
        let url = match &self.proxy {
            Some(url) => Some(url.clone()),
            None => environment::value(&environment::PROXY)?,
        };
        let Some(url) = url else { return Ok(None) };
        let refuse = || {
            Trouble::usage(
                "--proxy: give a URL like http://proxy.example:3128 (one with a password in KEYPROOF_PROXY)",
            )
        };
        let parsed = reqwest::Url::parse(&url).map_err(|_| refuse())?;
        if let Some(password) = parsed.password() {
            if self.proxy.is_some() {
                return Err(refuse());
            }
            redactor.register(password);
        }
        Proxy::all(parsed).map(Some).map_err(|_| refuse())
    }

    fn headers(&self, redactor: &Redactor) -> Result<HeaderMap, Trouble> {
        let mut headers = self.header.clone();
        if let Some(text) = environment::file(&environment::HEADERS_FILE)? {
            for (number, line) in text.lines().enumerate() {
                if line.trim().is_empty() {
                    continue;
                }
                let header: Header = line.parse().map_err(|why| {
                    Trouble::usage(format!("KEYPROOF_HEADERS_FILE, line {}: {why}", number + 1))
                })?;
                redactor.register(header.value.to_str().unwrap_or_default());
                headers.push(header);
            }
        }
        let mut map = HeaderMap::new();
        for Header { name, value } in headers {
            map.append(name, value);
        }
        Ok(map)
    }
}
