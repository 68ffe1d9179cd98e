//! The page of the README, as it stands there.

use keyproof::mock::Limits;

use super::claims;
use super::driver::Browser;
use super::page::{mock, origin_of};

const README: &str = include_str!("../../README.md");
/// Where the README's mock listens.
const THERE: &str = "http://127.0.0.1:4747";

claims!(the_page_of_the_readme_shows_the_key);

async fn the_page_of_the_readme_shows_the_key() {
    let mock = mock(Limits::Live).await;
    let (_, rest) = README.split_once("```html\n").unwrap();
    let (page, _) = rest.split_once("```").unwrap();
    assert!(page.contains(THERE), "the page asks {THERE}");
    let port = origin_of(page.replace(THERE, mock.url())).await;
    let browser = Browser::start().await;
    let address = format!("http://localhost:{port}/page.html");
    browser.client.goto(&address).await.unwrap();
    browser
        .becomes(
            "/^version 2, server-managed: \\S+/.test(document.getElementById('key').textContent)",
        )
        .await;
}
