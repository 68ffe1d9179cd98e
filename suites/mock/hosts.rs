//! Under which names the mock may be called, and by whom: a page whose name was made to point here is refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::support::{Call, Direct, Mock, builder, claims, token};

claims!(
    a_browser_is_refused_under_a_name_that_anybody_can_make,
    a_browser_may_use_loopback_names_and_addresses_and_what_was_named,
    whatever_is_no_browser_may_use_any_name,
    a_page_of_this_machine_reads_why_it_is_refused,
    a_request_needs_one_host,
    a_call_without_a_socket_needs_no_host,
);

const KEY: &str = "my-app/encryption-key";
/// Every kind of path that there is.
const PATHS: [&str; 6] =
    [KEY, "/nowhere", "/openapi.json", "/_mock/", "/_mock/health", "/_mock/overview"];

/// What a browser sends of itself; the last two alone for a GET of its own origin.
const SIGNS: [(&str, &str); 5] = [
    ("origin", "http://evil.test:4747"),
    ("origin", "http://localhost:4747"),
    ("sec-fetch-site", "same-origin"),
    ("referer", "http://evil.test:4747/"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
];

fn named(call: Call, host: &str) -> Call {
    call.header("host", host)
}

async fn a_browser_is_refused_under_a_name_that_anybody_can_make() {
    let mock = Mock::start().await;
    for path in PATHS {
        for (name, value) in SIGNS {
            for host in [
                "evil.test:4747",
                "evil.test",
                "127.0.0.1.evil.test:4747",
                "localhost.evil.test",
                "notlocalhost:4747",
            ] {
                let call = named(mock.call("GET", path), host).header(name, value);
                mock.send(call).await.refused(403, "host_refused");
            }
        }
    }
    let key = mock.get(KEY).await.ok();
    let call = named(mock.call("POST", "my-app/encryption-key/rotate"), "evil.test");
    let answer = mock.send(call.header("origin", "http://evil.test")).await;
    let body = answer.refused(403, "host_refused");
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("--allow-host evil.test"), "{message}");
    let journal = mock.server.tenant(&token("full")).unwrap().journal();
    assert_eq!(journal.last().unwrap().status, Some(403));
    assert_eq!(mock.get(KEY).await.ok(), key);
}

async fn a_browser_may_use_loopback_names_and_addresses_and_what_was_named() {
    let mock = Mock::of(
        builder()
            .allow_host("Mock.test".parse().unwrap())
            .allow_host("compose_mock".parse().unwrap()),
    )
    .await;
    for host in [
        "localhost:4747",
        "LOCALHOST",
        "app.localhost:1",
        "localhost.:4747",
        "127.0.0.1:4747",
        "[::1]:4747",
        "192.168.0.7:4747",
        "[fd00::2]",
        "mock.test:4747",
        "MOCK.test",
        "mock.test.:4747",
        "compose_mock:1",
    ] {
        for (name, value) in SIGNS {
            let call = named(mock.call("GET", KEY), host).header(name, value);
            mock.send(call).await.ok();
        }
    }
    let call = named(mock.call("GET", KEY), "other.mock.test").header("sec-fetch-site", "none");
    mock.send(call).await.refused(403, "host_refused");
}

async fn whatever_is_no_browser_may_use_any_name() {
    let mock = Mock::start().await;
    for host in ["api.dotenv.cloud", "mock:4747", "evil.test"] {
        for agent in ["curl/8.5.0", "Go-http-client/1.1", "GuzzleHttp/7"] {
            let call = named(mock.call("GET", KEY), host).header("user-agent", agent);
            // As Node's fetch says of itself.
            mock.send(call.header("sec-fetch-mode", "cors")).await.ok();
        }
    }
}

async fn a_page_of_this_machine_reads_why_it_is_refused() {
    let mock = Mock::start().await;
    let page = "http://localhost:5173";
    let asked = named(mock.call("OPTIONS", KEY), "mock:4747")
        .without("authorization")
        .header("origin", page)
        .header("access-control-request-method", "GET");
    let answer = mock.send(asked).await;
    assert_eq!((answer.code, answer.header("access-control-allow-origin")), (204, page));
    let answer = mock.send(named(mock.call("GET", KEY), "mock:4747").header("origin", page)).await;
    answer.refused(403, "host_refused");
    assert_eq!(answer.header("access-control-allow-origin"), page);
}

/// The status of an answer to a request with exactly these lines of a head.
fn status(mock: &Mock, path: &str, hosts: &[&str]) -> String {
    let address = mock.server.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let mut head = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n");
    for host in hosts {
        head += &format!("Host: {host}\r\n");
    }
    let bearer = token("full");
    write!(stream, "{head}Authorization: Bearer {bearer}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

async fn a_request_needs_one_host() {
    let mock = Mock::start().await;
    let key = format!("/api/v1/{}/{KEY}", super::support::ULID);
    for path in [key.as_str(), "/nowhere", "/openapi.json", "/_mock/", "/_mock/health"] {
        for hosts in [
            &[][..],
            &["localhost", "localhost"],
            &["localhost", "evil.test"],
            &[""],
            &["me@localhost"],
            &["local host"],
            &["localhost/path"],
        ] {
            assert_eq!(status(&mock, path, hosts), "400", "{path} {hosts:?}");
        }
    }
    assert_eq!(status(&mock, &key, &["localhost"]), "200");
}

async fn a_call_without_a_socket_needs_no_host() {
    let direct = Direct::of(builder());
    direct.get(KEY).await.ok();
    let call = named(Call::new("GET", KEY), "evil.test").header("origin", "http://evil.test");
    direct.send(call).await.refused(403, "host_refused");
}
