//! The options of a connection: TLS, a proxy, more headers, patience.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::{Completed, check_with, path};
use crate::support::stub::{answer, answering};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("connection/a_private_authority_is_trusted_when_named", private_authority),
        Trial::test("connection/an_unknown_authority_is_told_of", unknown_authority),
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

/// Terminates TLS in front of a host, with a certificate for `localhost` of an authority of its own.
struct Tls {
    host: Host,
    url: String,
    /// The authority, as a PEM file.
    authority: String,
}

impl Tls {
    fn new(name: &str) -> Self {
        let host = Host::new(Limits::Off);
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        let provider = std::sync::Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
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
        std::fs::write(&file, authority.pem()).unwrap();
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

/// A proxy for plain HTTP: tells the first line of each request, and sends it on as it is.
fn proxy() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, seen) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, tell) = (stream.unwrap(), tell.clone());
            std::thread::spawn(move || forward(stream, &tell));
        }
    });
    (url, seen)
}

/// Sends one request on to the origin in its first line, and the answer back.
fn forward(mut stream: TcpStream, tell: &mpsc::Sender<String>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let line = head.lines().next().unwrap().to_owned();
    let url = line.split(' ').nth(1).unwrap();
    let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut origin = TcpStream::connect(authority).unwrap();
    let head = head.replacen(url, &format!("/{path}"), 1);
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    origin.write_all(head.as_bytes()).unwrap();
    origin.write_all(&body).unwrap();
    let _ = tell.send(line);
    let mut answer = Vec::new();
    let _ = origin.read_to_end(&mut answer);
    let _ = stream.write_all(&answer);
}

fn through_proxy() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let (proxy, seen) = proxy();
    let output = host.check(&[&ONE[..], &["--proxy", &proxy]].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(seen.try_iter().count(), host.proxy.take().len());
    Ok(())
}

fn foreign_proxy() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let (proxy, seen) = proxy();
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
