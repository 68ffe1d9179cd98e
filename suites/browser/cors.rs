//! A page on another port calls the mock with `fetch`, and one from elsewhere cannot.

use keyproof::mock::Limits;
use serde_json::{Value, json};

use super::claims;
use super::driver::Browser;
use super::page::{another_origin, api, curl, mock};

claims!(
    a_page_on_another_port_reads_a_key,
    a_page_on_another_port_writes_and_sees_a_refusal,
    what_scripts_need_of_the_headers_can_be_read,
    a_page_from_elsewhere_reads_nothing,
    a_page_whose_name_was_made_to_point_here_reads_nothing,
    a_page_reads_that_its_address_is_wrong,
    the_control_api_answers_no_other_page,
);

/// Calls from a page of that origin: status, body and some headers, or the error.
async fn fetched(browser: &Browser, url: &str, options: Value) -> Value {
    let script = format!(
        "fetch({url:?}, {options}).then(async (answer) => done({{status: answer.status, body: await answer.json(), \
         headers: Object.fromEntries(answer.headers)}}), (error) => done({{error: String(error)}}));"
    );
    browser.asynchronously(&script).await
}

/// A browser that is at a page of another port.
async fn elsewhere() -> Browser {
    let browser = Browser::start().await;
    let address = format!("http://localhost:{}/", another_origin().await);
    browser.client.goto(&address).await.unwrap();
    browser
}

fn authorized(token: &str) -> Value {
    json!({"headers": {"Authorization": format!("Bearer {token}"), "X-API-Version": "1"}})
}

async fn a_page_on_another_port_reads_a_key() {
    let (mock, port) = (mock(Limits::Live).await, another_origin().await);
    let browser = Browser::start().await;
    for origin in [format!("http://localhost:{port}/"), format!("http://127.0.0.1:{port}/")] {
        browser.client.goto(&origin).await.unwrap();
        let url = format!("{}/my-app/encryption-key", api(&mock));
        let answer = fetched(&browser, &url, authorized(&mock.token("full").unwrap())).await;
        assert_eq!(answer["status"], 200, "{answer}");
        let content = answer["body"]["data"]["attributes"]["content"].as_str().unwrap();
        let key: Value = serde_json::from_str(content).unwrap();
        assert_eq!(key["key"]["managed"], "server");
    }
    assert_eq!(browser.console().await, [""; 0]);
}

async fn a_page_on_another_port_writes_and_sees_a_refusal() {
    let (mock, browser) = (mock(Limits::Off).await, elsewhere().await);
    let base = api(&mock);
    let mut write = authorized(&mock.token("full").unwrap());
    write["method"] = "POST".into();
    write["headers"]["Content-Type"] = "application/json".into();
    write["body"] = json!({"project": "my-app", "content": "QT0x"}).to_string().into();
    let stored = fetched(&browser, &format!("{base}/secrets/store"), write).await;
    assert_eq!(stored["status"], 200, "{stored}");
    let mut patch = authorized(&mock.token("read_only").unwrap());
    patch["method"] = "PATCH".into();
    patch["headers"]["Content-Type"] = "application/json".into();
    patch["body"] = json!({"name": "Other"}).to_string().into();
    let refused = fetched(&browser, &format!("{base}/my-app"), patch).await;
    assert_eq!(refused["status"], 403, "{refused}");
    assert_eq!(refused["body"]["error"], "insufficient_permissions");
}

async fn what_scripts_need_of_the_headers_can_be_read() {
    let (mock, browser) = (mock(Limits::Live).await, elsewhere().await);
    let ulid = mock.organization();
    let url = format!("{}/api/v1/organizations/{ulid}/projects/my-app/encryption-key", mock.url());
    let answer = fetched(&browser, &url, authorized(&mock.token("full").unwrap())).await;
    for name in [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-api-version",
        "deprecation",
        "sunset",
    ] {
        assert!(answer["headers"][name].is_string(), "{name}: {answer}");
    }
    let rotate = format!("{}/api/v1/{ulid}/my-app/encryption-key/rotate", mock.url());
    let mut write = authorized(&mock.token("full").unwrap());
    write["method"] = "POST".into();
    let mut answer = Value::Null;
    for _ in 0..11 {
        answer = fetched(&browser, &rotate, write.clone()).await;
    }
    assert_eq!(answer["status"], 429, "{answer}");
    assert!(answer["headers"]["retry-after"].is_string(), "{answer}");
}

async fn a_page_from_elsewhere_reads_nothing() {
    let (mock, port) = (mock(Limits::Off).await, another_origin().await);
    let options = ["--host-resolver-rules=MAP elsewhere.example 127.0.0.1"];
    let browser = Browser::with(&options, (800, 600)).await;
    browser.client.goto(&format!("http://elsewhere.example:{port}/")).await.unwrap();
    let url = format!("{}/my-app/encryption-key", api(&mock));
    let answer = fetched(&browser, &url, authorized(&mock.token("full").unwrap())).await;
    assert!(answer["error"].is_string(), "{answer}");
}

/// For the browser it is of the mock's own origin: no CORS holds it back (DNS rebinding).
async fn a_page_whose_name_was_made_to_point_here_reads_nothing() {
    let mock = mock(Limits::Off).await;
    let options = ["--host-resolver-rules=MAP evil.test 127.0.0.1"];
    let browser = Browser::with(&options, (800, 600)).await;
    let own = mock.url().replace("127.0.0.1", "evil.test");
    browser.client.goto(&format!("{own}/openapi.json")).await.unwrap();
    let here = browser.value("return location.origin").await;
    assert_eq!(here, own);
    let base = api(&mock).replace(mock.url(), &own);
    for disguise in [
        json!({}),
        json!({"referrerPolicy": "no-referrer"}),
        json!({"referrerPolicy": "no-referrer", "headers": {"User-Agent": "curl/8.5.0", "Accept-Language": "*"}}),
    ] {
        for (method, url) in [
            ("GET", format!("{base}/my-app/encryption-key")),
            ("GET", format!("{own}/openapi.json")),
            ("GET", format!("{own}/_mock/health")),
            ("POST", format!("{base}/my-app/encryption-key/rotate")),
            ("DELETE", format!("{base}/my-app")),
        ] {
            let mut call = disguise.clone();
            call["method"] = method.into();
            let bearer = format!("Bearer {}", mock.token("full").unwrap());
            call["headers"]["Authorization"] = bearer.into();
            let answer = fetched(&browser, &url, call).await;
            assert_eq!(answer["status"], 403, "{disguise} {method} {url}: {answer}");
            assert_eq!(answer["body"]["error"], "host_refused");
        }
    }
    let (status, _) = curl(&mock, "GET", "my-app/encryption-key").await;
    assert_eq!(status, 200);
}

async fn a_page_reads_that_its_address_is_wrong() {
    let (mock, browser) = (mock(Limits::Off).await, elsewhere().await);
    let (base, url) = (api(&mock), mock.url());
    for (method, address, status) in [
        ("GET", format!("{url}/api/v2/nowhere"), 404),
        ("GET", format!("{base}/my-app/encryption-key/"), 404),
        ("GET", format!("{url}//api/v1"), 404),
        ("DELETE", format!("{base}/my-app/encryption-key"), 405),
        ("GET", format!("{url}/openapi.json"), 200),
    ] {
        let mut call = authorized(&mock.token("full").unwrap());
        call["method"] = method.into();
        let answer = fetched(&browser, &address, call).await;
        assert_eq!(answer["status"], status, "{method} {address}: {answer}");
    }
}

async fn the_control_api_answers_no_other_page() {
    let (mock, browser) = (mock(Limits::Off).await, elsewhere().await);
    let (url, token) = mock.control().unwrap();
    for path in ["overview", "health", ""] {
        let answer = fetched(&browser, &format!("{url}/{path}"), authorized(token)).await;
        assert!(answer["error"].is_string(), "{path}: {answer}");
    }
}
