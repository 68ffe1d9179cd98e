//! The console: what somebody sees and does who would rather look than read.

use fantoccini::{Locator, key::Key};
use keyproof::mock::{Limits, MockServer, Row};
use serde_json::json;

use super::claims;
use super::driver::Browser;
use super::page::{api, curl, mock};

claims!(
    a_rotation_by_somebody_else_appears_without_a_reload,
    a_fault_switched_on_in_the_page_is_felt_by_the_next_request,
    nothing_is_on_the_console_and_no_request_leaves_the_origin,
    a_raw_key_is_shown_after_a_click_only,
    a_passphrase_is_shown_after_a_click_only,
    a_refused_request_shows_what_it_failed_at,
    a_request_with_a_wrong_token_stays_after_a_reload,
    a_deep_link_opens_its_project_and_the_token_leaves_the_address,
    a_copied_curl_works_and_a_copied_token_is_the_token,
    without_the_token_it_asks_for_it,
    it_can_be_used_by_keyboard,
    it_fits_a_phone,
    a_mock_that_is_gone_is_said_to_be_lost,
    a_mock_that_was_started_again_is_asked_for_its_token,
    defects_limits_clock_gates_and_jobs_can_be_switched,
    a_strange_name_is_only_a_name,
);

/// A page that shows a mock.
async fn opened(mock: &MockServer, place: &str) -> Browser {
    let browser = Browser::start().await;
    open(&browser, mock, place).await;
    browser
}

async fn open(browser: &Browser, mock: &MockServer, place: &str) {
    browser.client.goto(&mock.console().unwrap()).await.unwrap();
    is_live(browser).await;
    browser.value(&format!("location.hash = {place:?}")).await;
    browser.becomes("document.querySelector('.card')").await;
}

async fn is_live(browser: &Browser) {
    browser.becomes("document.querySelector('.live[data-on]')").await;
}

/// Gives the page the control token that it asks for.
async fn enter_token(browser: &Browser, token: &str) {
    let input = browser.client.find(Locator::Css("input")).await.unwrap();
    input.send_keys(token).await.unwrap();
    click(browser, "form button").await;
    is_live(browser).await;
}

/// The whole page as text.
async fn page(browser: &Browser) -> String {
    let page = browser.value("return document.documentElement.outerHTML");
    page.await.to_string()
}

/// The raw key that the page shows.
async fn raw_key(browser: &Browser) -> serde_json::Value {
    browser.value("return document.querySelector('.raw').textContent").await
}

async fn click(browser: &Browser, css: &str) {
    browser.becomes(&format!("document.querySelector({css:?})")).await;
    // A redraw can take the element away between the two.
    for _ in 0..5 {
        let element = browser.client.find(Locator::Css(css)).await.unwrap();
        if element.click().await.is_ok() {
            return;
        }
    }
    panic!("{css} cannot be clicked");
}

/// Clicks the button of that text in a part of the page.
async fn press(browser: &Browser, part: &str, text: &str) {
    let button = format!(
        "[...document.querySelectorAll('{part} button')].find((one) => one.textContent === {text:?})"
    );
    browser.becomes(&button).await;
    browser.value(&format!("{button}.click()")).await;
}

async fn a_rotation_by_somebody_else_appears_without_a_reload() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/project/my-app").await;
    browser
        .becomes("document.querySelector('.timeline .active')?.title.includes('Version 2')")
        .await;
    browser.value("window.marked = true").await;
    assert_eq!(curl(&mock, "POST", "my-app/encryption-key/rotate").await.0, 200);
    browser
        .becomes("document.querySelector('.timeline .active')?.title.includes('Version 3')")
        .await;
    browser.becomes("document.querySelectorAll('.timeline .key').length === 3").await;
    // Beside it, in the journal, with what it was.
    browser.becomes("document.querySelector('aside .exchange .path').textContent.endsWith('/my-app/encryption-key/rotate')").await;
    assert_eq!(browser.value("return window.marked").await, true, "the page was reloaded");
}

async fn a_fault_switched_on_in_the_page_is_felt_by_the_next_request() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/switches").await;
    assert_eq!(curl(&mock, "GET", "my-app/encryption-key").await.0, 200);
    click(&browser, "#arm-fault").await;
    browser.becomes("document.querySelector('#faults strong')?.textContent === 'status'").await;
    assert_eq!(curl(&mock, "GET", "my-app/encryption-key").await.0, 503);
    assert_eq!(curl(&mock, "GET", "my-app/encryption-key").await.0, 200);
    browser
        .becomes("document.querySelector('aside .exchange .status.bad')?.textContent === '503'")
        .await;
}

async fn nothing_is_on_the_console_and_no_request_leaves_the_origin() {
    let mock = mock(Limits::Live).await;
    let browser = opened(&mock, "#/1").await;
    for place in [
        "#/1",
        "#/1/project/my-app",
        "#/1/project/my-vault",
        "#/1/project/none",
        "#/1/journal",
        "#/1/switches",
        "#/2",
        "#/3/journal",
        "#/99",
        "#/1/project/%",
    ] {
        browser.value(&format!("location.hash = {place:?}")).await;
        browser.becomes("document.querySelector('.card')").await;
        curl(&mock, "GET", "my-app/secrets").await;
        curl(&mock, "GET", "no-such/encryption-key").await;
    }
    browser.becomes("document.querySelector('#bar')").await;
    assert_eq!(browser.console().await, [""; 0]);
    let own = format!("{}/", mock.url());
    for request in browser.requests().await {
        assert!(
            // The last are of the browser's own first tab, before there was a page.
            ["data:", "chrome:", &own].iter().any(|start| request.starts_with(start)),
            "{request} leaves {own}"
        );
        assert!(!request.contains("control_"), "the token is in {request}");
    }
}

async fn a_raw_key_is_shown_after_a_click_only() {
    let mock = mock(Limits::Off).await;
    let (_, described) = curl(&mock, "GET", "my-app/encryption-key").await;
    let content = described["data"]["attributes"]["content"].as_str().unwrap();
    let content: serde_json::Value = serde_json::from_str(content).unwrap();
    let key = content["key"]["key"].as_str().unwrap().to_owned();
    let browser = opened(&mock, "#/1/project/my-app").await;
    browser.becomes("document.querySelector('td button')").await;
    let page_before = page(&browser).await;
    assert!(
        !page_before.contains(&key) && !page_before.contains("MOCKfull"),
        "a secret is on the page"
    );
    click(&browser, "tbody tr:first-child td button").await;
    browser.becomes("document.querySelector('.raw')").await;
    assert_eq!(raw_key(&browser).await, json!(key));
    // What happens meanwhile does not take it away, and hiding it does.
    curl(&mock, "GET", "my-app").await;
    assert_eq!(raw_key(&browser).await, json!(key));
    press(&browser, "td", "Hide").await;
    assert!(!page(&browser).await.contains(&key), "the key is still on the page");
}

async fn a_passphrase_is_shown_after_a_click_only() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/project/my-vault").await;
    browser.becomes("document.querySelector('td button')").await;
    assert!(!page(&browser).await.contains("correct horse"), "the passphrase is on the page");
    press(&browser, "tbody tr:first-child td", "Show passphrase").await;
    browser.becomes("document.querySelector('.raw')").await;
    assert_eq!(raw_key(&browser).await, json!("correct horse battery staple"));
}

async fn a_request_with_a_wrong_token_stays_after_a_reload() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/journal").await;
    let url = format!("{}/my-app", api(&mock));
    let call = reqwest::Client::new().get(url).bearer_auth("dotenv_wrong");
    assert_eq!(call.send().await.unwrap().status(), 401);
    let is_refused = "document.querySelector('.exchange .status')?.textContent === '401'";
    browser.becomes(is_refused).await;
    browser.client.refresh().await.unwrap();
    is_live(&browser).await;
    browser.becomes(is_refused).await;
    click(&browser, ".exchange summary").await;
    browser
        .becomes("document.querySelector('.more strong')?.parentElement.textContent.endsWith('for example full')")
        .await;
    // It is the organization's own, not one that named nobody.
    browser
        .becomes("!document.querySelector('#content h3')?.textContent.startsWith('Named no')")
        .await;
}

async fn a_refused_request_shows_what_it_failed_at() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/journal").await;
    assert_eq!(curl(&mock, "POST", "my-vault/encryption-key/rotate").await.0, 400);
    browser.becomes("document.querySelector('.exchange .status.warn')").await;
    click(&browser, ".exchange summary").await;
    browser.becomes("document.querySelector('.chain .refused')?.textContent === 'custody: client_managed_encryption'").await;
    browser.becomes("document.querySelectorAll('.chain li').length > 5").await;
    browser
        .becomes("document.querySelector('.more strong')?.textContent.startsWith('It would pass')")
        .await;
    // It has an address, which opens it.
    browser.becomes("document.querySelector('.exchange .more a').hash === '#/1/journal/1'").await;
    // It stays open when the next one comes.
    curl(&mock, "GET", "my-app").await;
    browser.becomes("document.querySelectorAll('.exchange').length === 2").await;
    browser.becomes("document.querySelector('.chain .refused')").await;
}

async fn a_deep_link_opens_its_project_and_the_token_leaves_the_address() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/project/my-vault").await;
    browser.becomes("document.querySelector('h2').textContent === 'my-vault'").await;
    browser.becomes("document.querySelector('.badge.client')").await;
    browser.becomes("document.title === 'my-vault · keyproof mock'").await;
    let address = browser.client.current_url().await.unwrap().to_string();
    assert!(!address.contains("control_"), "{address}");
    // The link is enough, as long as the tab is open.
    browser.client.refresh().await.unwrap();
    browser.becomes("document.querySelector('h2')?.textContent === 'my-vault'").await;
}

async fn a_copied_curl_works_and_a_copied_token_is_the_token() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1/project/my-app").await;
    // A press by script would be none of the user's, and be allowed to copy nothing.
    click(&browser, ".timeline + .row button").await;
    browser
        .becomes("document.querySelector('#said').textContent === 'The curl command is in the clipboard.'")
        .await;
    let curl = browser.clipboard().await;
    let mut shell = tokio::process::Command::new("bash");
    let output = shell.args(["-c", &format!("{curl} -sS --fail-with-body")]);
    let output = output.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["data"]["attributes"]["content"].is_string());
    browser.value("location.hash = '#/1'").await;
    click(&browser, "[aria-label='Copy the token read_only']").await;
    browser
        .becomes("document.querySelector('#said').textContent === 'The token read_only is in the clipboard.'")
        .await;
    assert_eq!(browser.clipboard().await, mock.token("read_only").unwrap());
}

async fn without_the_token_it_asks_for_it() {
    let mock = mock(Limits::Off).await;
    let (url, token) = mock.control().unwrap();
    let browser = Browser::start().await;
    browser.client.goto(&format!("{url}/#token=wrong")).await.unwrap();
    browser.becomes("document.querySelector('form p')?.textContent.startsWith('That is not the control token')").await;
    enter_token(&browser, token).await;
}

async fn it_can_be_used_by_keyboard() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1").await;
    let tab = async || {
        let active = browser.client.active_element().await.unwrap();
        active.send_keys(&Key::Tab.to_string()).await.unwrap();
        browser.value("return document.activeElement.textContent").await
    };
    browser.becomes("document.querySelector('h2 a')").await;
    let mut steps = 0;
    while tab().await != "my-app" {
        steps += 1;
        assert!(steps < 20, "my-app is not reached by Tab");
    }
    let active = browser.client.active_element().await.unwrap();
    active.send_keys(&Key::Enter.to_string()).await.unwrap();
    browser.becomes("location.hash === '#/1/project/my-app'").await;
    browser.becomes("document.querySelector('td button')").await;
    let outline = "getComputedStyle(document.activeElement).outlineStyle !== 'none'";
    tab().await;
    browser.becomes(outline).await;
}

async fn it_fits_a_phone() {
    let mock = mock(Limits::Off).await;
    curl(&mock, "GET", "my-app/secrets?decrypt=true&merge=true").await;
    let browser = Browser::with(&[], (500, 800)).await;
    // The window of a headless browser is not narrower than 500; the page's view can be.
    let narrow = json!({"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true});
    browser.device(narrow).await;
    open(&browser, &mock, "#/1").await;
    for place in ["#/1", "#/1/project/my-app", "#/1/journal", "#/1/switches"] {
        browser.value(&format!("location.hash = {place:?}")).await;
        browser.becomes("document.querySelector('.card')").await;
        let width =
            browser.value("return [innerWidth, document.documentElement.scrollWidth]").await;
        assert_eq!(width, json!([360, 360]), "{place}");
    }
}

async fn a_mock_that_is_gone_is_said_to_be_lost() {
    let mock = mock(Limits::Off).await;
    let browser = opened(&mock, "#/1").await;
    mock.shutdown().await;
    browser.becomes("document.querySelector('.live')?.textContent === 'lost'").await;
}

async fn a_mock_that_was_started_again_is_asked_for_its_token() {
    let first = mock(Limits::Off).await;
    let browser = opened(&first, "#/1").await;
    let address = first.url().strip_prefix("http://").unwrap();
    let address: std::net::SocketAddr = address.parse().unwrap();
    first.shutdown().await;
    let second = MockServer::builder().listen(address).start().await.unwrap();
    browser
        .becomes("document.querySelector('form p')?.textContent.startsWith('The mock was started again')")
        .await;
    let (_, token) = second.control().unwrap();
    enter_token(&browser, token).await;
}

async fn defects_limits_clock_gates_and_jobs_can_be_switched() {
    let mock = mock(Limits::Live).await;
    let row = json!({"endpoint": "get-user", "at": "/data", "do": {"set": 0}});
    let tenant = mock.tenant(&mock.token("full").unwrap()).unwrap();
    tenant.misbehave(vec![Row::read(row).unwrap()]).unwrap();
    let browser = opened(&mock, "#/1/switches").await;
    browser
        .becomes("document.querySelector('#misbehaviour .row')?.textContent.startsWith('{\"set\":0}get-user /data')")
        .await;
    press(&browser, "#misbehaviour", "Clear").await;
    browser.becomes("document.querySelector('#misbehaviour .empty')").await;
    click(&browser, "#defects input[name=rotate-unlimited]").await;
    browser
        .becomes("document.querySelector('#defects input[name=rotate-unlimited]').checked")
        .await;
    press(&browser, "#limits", "Use them up").await;
    browser.becomes("document.querySelector('#limits').textContent.includes('0 of 100')").await;
    assert_eq!(curl(&mock, "GET", "my-app").await.0, 429);
    assert_eq!(curl(&mock, "POST", "my-app/encryption-key/rotate").await.0, 200);
    press(&browser, "#clock", "+1 minute").await;
    browser.becomes("document.querySelector('#limits').textContent.includes('100 of 100')").await;
    press(&browser, "#jobs", "Pause them").await;
    browser.becomes("[...document.querySelectorAll('#jobs button')].some((one) => one.textContent === 'Let them run')").await;
    press(&browser, "#gates", "Arm").await;
    browser.becomes("document.querySelector('#gates strong')").await;
    press(&browser, "#reset", "Reset the organization").await;
    browser.becomes("document.querySelector('#said').textContent === 'It is as it was.'").await;
    assert_eq!(browser.console().await, [""; 0]);
}

async fn a_strange_name_is_only_a_name() {
    let mock = mock(Limits::Off).await;
    let name = "<img src=x onerror=alert(1)>";
    let call = reqwest::Client::new().post(format!("{}/projects", api(&mock)));
    let call =
        call.bearer_auth(mock.token("full").unwrap()).header("content-type", "application/json");
    let made = call.body(json!({"name": name}).to_string()).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let browser = opened(&mock, "#/1/project/img-src-x-onerror-alert-1").await;
    browser.becomes("document.querySelector('h2').textContent.startsWith('<img')").await;
    assert_eq!(browser.value("return document.images.length").await, 0);
    assert_eq!(browser.console().await, [""; 0]);
}
