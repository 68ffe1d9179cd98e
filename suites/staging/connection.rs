//! The options of a connection: TLS, a proxy, more headers, patience.

use std::sync::Arc;

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
};
use tokio::io::copy_bidirectional;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::{Completed, check_with, path};
use crate::support::relay::relay;
use crate::support::stub::{answer, answering};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("connection/a_private_authority_is_trusted_when_named", private_authority),
        Trial::test("connection/an_unknown_authority_is_told_of", unknown_authority),
        Trial::test("connection/a_self_signed_certificate_is_trusted_when_named", self_signed),
        Trial::test("connection/a_named_certificate_keeps_its_name_and_dates", wrong_self_signed),
        Trial::test("connection/certificates_are_read_in_each_form", forms_of_certificates),
        Trial::test("connection/an_encoding_is_told_of_that_nobody_asked_for", encoded),
        Trial::test("connection/http_behind_https_is_told_of", no_tls),
        Trial::test("connection/a_ca_file_without_certificates_is_refused", no_certificates),
        Trial::test("connection/every_request_goes_through_the_proxy", through_proxy),
        Trial::test("connection/a_proxy_of_the_environment_is_not_read", foreign_proxy),
        Trial::test("connection/headers_and_user_agent_are_sent", headers),
        Trial::test("connection/a_secret_header_stands_in_a_file", secret_header),
        Trial::test("connection/a_slow_server_is_given_up_in_time", slow),
        Trial::test("connection/a_get_is_sent_again_and_the_report_says_so", retried),
    ]
}

const ONE: [&str; 2] = ["--run", "server/descriptor/server-managed"];

/// Terminates TLS in front of a host.
struct Tls {
    host: Host,
    url: String,
    /// What is to be trusted, as a PEM file.
    authority: String,
}

impl Tls {
    /// With a certificate for `localhost` of an authority of its own.
    fn new(name: &str) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        Self::with(name, &leaf, &key, &authority.pem())
    }

    /// With a certificate that is its own authority, as `openssl req -x509` makes it.
    fn self_signed(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut own);
        let own = own.self_signed(&key).unwrap();
        Self::with(name, &own, &key, &own.pem())
    }

    fn with(name: &str, leaf: &Certificate, key: &KeyPair, authority: &str) -> Self {
        let host = Host::new(Limits::Off);
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let behind = host.proxy.url.strip_prefix("http://").unwrap().to_owned();
        let listener = host.runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.unwrap();
        let port = listener.local_addr().unwrap().port();
        host.runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut inner = tokio::net::TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut inner).await;
                });
            }
        });
        let file = path(&format!("{name}.pem"));
        std::fs::write(&file, authority).unwrap();
        Self {
            host,
            url: format!("https://localhost:{port}"),
            authority: file.to_str().unwrap().to_owned(),
        }
    }

    fn check(&self, more: &[&str]) -> Completed {
        let organization = self.host.mock.organization();
        let place = ["--url", &self.url, "--org", &organization];
        let token = self.host.mock.token("full").unwrap();
        check_with(&[&place, &ONE[..], more].concat(), &[("KEYPROOF_TOKEN", &token)])
    }
}

fn private_authority() -> Result<(), Failed> {
    let tls = Tls::new("private_authority");
    let output = tls.check(&["--ca-file", &tls.authority]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.last_line().starts_with(&tls.url));
    Ok(())
}

fn self_signed() -> Result<(), Failed> {
    let tls = Tls::self_signed("self_signed", |_| ());
    let output = tls.check(&["--ca-file", &tls.authority]);
    assert_eq!(output.exit, 0, "{output:?}");
    // Another one of the same kind is not it.
    let other = Tls::self_signed("self_signed_other", |_| ());
    for trusted in [&["--ca-file", &other.authority][..], &[]] {
        let output = tls.check(&[trusted, &["--retries", "0"]].concat());
        assert_eq!(output.exit, 4, "{output:?}");
        let message = "the server's certificate is not trusted (it is one for an authority, as self-signed ones \
                       are): --ca-file with that very certificate trusts it";
        assert_eq!(last_line(&output), format!("keyproof: {}: {message}", tls.url));
    }
    Ok(())
}

/// What is named is still held to its name and its dates.
fn wrong_self_signed() -> Result<(), Failed> {
    let elsewhere = Tls::self_signed("of_another_name", |own| {
        own.subject_alt_names =
            CertificateParams::new(vec!["elsewhere.test".to_owned()]).unwrap().subject_alt_names;
    });
    let expired = Tls::self_signed("expired", |own| {
        own.not_before = date_time_ymd(2020, 1, 1);
        own.not_after = date_time_ymd(2021, 1, 1);
    });
    for (tls, why) in [(elsewhere, "elsewhere.test"), (expired, "expired")] {
        let output = tls.check(&["--ca-file", &tls.authority, "--retries", "0"]);
        assert_eq!(output.exit, 4, "{output:?}");
        let message = last_line(&output);
        assert!(message.contains(": the server's certificate is not right ("), "{message}");
        assert!(message.contains(why), "{message}");
        assert_eq!(tls.host.proxy.take().len(), 0);
    }
    Ok(())
}

fn forms_of_certificates() -> Result<(), Failed> {
    let tls = Tls::self_signed("forms", |_| ());
    let pem = std::fs::read_to_string(&tls.authority)?;
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = keyproof::crypto::encoding::decode(&base64).unwrap();
    for (name, bytes) in [
        ("marked.pem", format!("\u{feff}{pem}").into_bytes()),
        ("windows.pem", pem.replace('\n', "\r\n").into_bytes()),
        ("certificate.der", der),
    ] {
        let file = path(name);
        std::fs::write(&file, bytes)?;
        let output = tls.check(&["--ca-file", file.to_str().unwrap()]);
        assert_eq!(output.exit, 0, "{name}: {output:?}");
    }
    Ok(())
}

fn last_line(output: &Completed) -> &str {
    output.stderr.lines().last().unwrap_or_default()
}

fn unknown_authority() -> Result<(), Failed> {
    let tls = Tls::new("unknown_authority");
    let output = tls.check(&["--retries", "0"]);
    assert_eq!(output.exit, 4, "{output:?}");
    let message = last_line(&output);
    assert!(message.contains(": the server's certificate is not trusted ("), "{message}");
    assert!(message.ends_with("): --ca-file names its authority"), "{message}");
    assert_eq!(tls.host.proxy.take().len(), 0);
    Ok(())
}

fn no_tls() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let url = host.mock.url().replace("http://127.0.0.1", "https://localhost");
    let place = ["--url", &url, "--org", "x", "--retries", "0"];
    let output = check_with(&place, &[("KEYPROOF_TOKEN", "dotenv_of_nobody_at_all")]);
    assert_eq!(output.exit, 4);
    let message = "the server does not speak TLS there: an http address behind https";
    assert_eq!(last_line(&output), format!("keyproof: {url}: {message}"));
    Ok(())
}

fn no_certificates() -> Result<(), Failed> {
    let file = path("no_certificates.pem");
    std::fs::write(&file, "not a certificate\n")?;
    let file = file.to_str().unwrap();
    let place = ["--url", "https://localhost:1", "--org", "x", "--ca-file", file];
    let output = check_with(&place, &[("KEYPROOF_TOKEN", "dotenv_of_nobody_at_all")]);
    assert_eq!(output.exit, 2);
    let message = format!("keyproof: --ca-file {file}: there is no certificate in it");
    assert_eq!(last_line(&output), message);
    Ok(())
}

fn through_proxy() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let (proxy, seen) = relay(|answer| answer);
    let output = host.check(&[&ONE[..], &["--proxy", &proxy]].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(seen.try_iter().count(), host.proxy.take().len());
    Ok(())
}

fn foreign_proxy() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let (proxy, seen) = relay(|answer| answer);
    let variables = [("HTTP_PROXY", proxy.as_str()), ("http_proxy", &proxy), ("ALL_PROXY", &proxy)];
    let child = host.spawn_with(&ONE, &variables);
    let output = Completed::from(child.wait_with_output()?);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(seen.try_iter().count(), 0);
    Ok(())
}

fn headers() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let arguments = ["--header", "X-Environment: staging", "--user-agent", "acme-ci/1"];
    let output = host.check(&[&ONE[..], &arguments].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    let went = host.proxy.take();
    assert!(!went.is_empty());
    for passed in went {
        assert_eq!(passed.header("x-environment"), Some("staging"));
        assert_eq!(passed.header("user-agent"), Some("acme-ci/1"));
    }
    let output = host.check(&["--header", "Authorization: Bearer hush"]);
    assert_eq!(output.exit, 2);
    assert!(
        output.stderr.contains("authorization is not for this: the token goes into KEYPROOF_TOKEN")
    );
    Ok(())
}

fn secret_header() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let file = path("headers");
    std::fs::write(&file, "X-Gate: a-gate-secret-of-26-letters\n\n")?;
    let child = host.spawn_with(&ONE, &[("KEYPROOF_HEADERS_FILE", file.to_str().unwrap())]);
    let output = Completed::from(child.wait_with_output()?);
    assert_eq!(output.exit, 0, "{output:?}");
    for passed in host.proxy.take() {
        assert_eq!(passed.header("x-gate"), Some("a-gate-secret-of-26-letters"));
    }
    std::fs::write(&file, "X-Fine: yes\nX Gate: a-gate-secret-of-26-letters\n")?;
    let child = host.spawn_with(&ONE, &[("KEYPROOF_HEADERS_FILE", file.to_str().unwrap())]);
    let output = Completed::from(child.wait_with_output()?);
    assert_eq!(output.exit, 2);
    let message = "keyproof: KEYPROOF_HEADERS_FILE, line 2: what stands before the colon is not the name of a header";
    assert_eq!(last_line(&output), message);
    Ok(())
}

/// A proxy that encodes whatever passes through it.
fn encoded() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let (proxy, _) = relay(|answer| answer.replacen("\r\n", "\r\ncontent-encoding: gzip\r\n", 1));
    let output = host.check(&[&ONE[..], &["--proxy", &proxy, "--retries", "0"]].concat());
    assert_eq!(output.exit, 4);
    let message = "the answer is encoded as gzip, though the request says `Accept-Encoding: identity`: have the \
                   server, or the proxy in front of it, encode what asks for it only";
    assert_eq!(last_line(&output), format!("keyproof: {}: {message}", host.proxy.url));
    for passed in host.proxy.take() {
        assert_eq!(passed.header("accept-encoding"), Some("identity"));
    }
    Ok(())
}

fn slow() -> Result<(), Failed> {
    let host = Host::watched(Limits::Off, |_, _| false);
    let output = host.check(&["--timeout", "0.2", "--retries", "1"]);
    assert_eq!(output.exit, 4);
    let url = &host.proxy.url;
    let message = format!("keyproof: {url}: no answer within 0.2 s");
    assert_eq!(last_line(&output), message);
    Ok(())
}

fn retried() -> Result<(), Failed> {
    // The first answer is a gateway's, of a stub that then closes its door; the rest is the host's.
    let host = Host::new(Limits::Off);
    host.proxy.fail_gets(2);
    let output = host.check(&ONE);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.last_line().ends_with("; sent again: 2 after a gateway's error"), "{output:?}");
    let bad = answer("503 Service Unavailable", &[], "");
    let url = answering(usize::MAX, bad);
    let place = ["--url", &url, "--org", "x", "--retries", "1"];
    let output = check_with(&place, &[("KEYPROOF_TOKEN", "dotenv_of_nobody_at_all")]);
    assert_eq!(output.exit, 4);
    Ok(())
}
