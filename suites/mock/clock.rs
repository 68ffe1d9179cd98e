//! The control API's clock: all of the mock tells the time by it.

use keyproof::mock::{Clock, Limits};
use serde_json::{Value, json};

use super::support::{Answer, Mock, ULID, builder, claims, token};

claims!(
    it_is_read_and_advanced,
    a_running_clock_is_ahead_from_then_on,
    windows_close_when_it_is_advanced,
    dates_and_timestamps_follow_it,
    tokens_end_when_it_is_advanced,
    it_is_not_set_back_nor_by_half_a_second,
    it_stops_at_the_last_moment_that_can_be_told,
    a_window_that_opens_in_the_time_to_come_closes_no_event,
);

async fn driven() -> Mock {
    let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
    Mock::of(builder().clock(clock).limits(Limits::Live)).await
}

async fn read(mock: &Mock) -> Answer {
    let (_, control) = mock.server.control().unwrap();
    mock.send(mock.call("GET", "/_mock/clock").bearer(control)).await
}

async fn advance(mock: &Mock, seconds: u32) -> Value {
    mock.control("clock", json!({"seconds": seconds})).await.ok()
}

async fn it_is_read_and_advanced() {
    let mock = driven().await;
    let start = json!({"now": "2026-07-01T00:00:00Z", "runs": false, "fired": []});
    assert_eq!(read(&mock).await.ok(), start);
    assert_eq!(advance(&mock, 0).await, start);
    let later = json!({"now": "2026-07-01T01:00:00Z", "runs": false, "fired": []});
    assert_eq!(advance(&mock, 3600).await, later);
    assert_eq!(read(&mock).await.ok(), later);
    mock.get("/_mock/clock").await.refused(403, "control_refused");
}

async fn a_running_clock_is_ahead_from_then_on() {
    let mock = Mock::start().await;
    let now = |clock: Value| -> jiff::Timestamp {
        assert_eq!(clock["runs"], true);
        clock["now"].as_str().unwrap().parse().unwrap()
    };
    let before = now(read(&mock).await.ok());
    let after = now(advance(&mock, 86_400).await);
    assert!((after - before).as_secs() >= 86_400);
    assert!(now(read(&mock).await.ok()) >= after);
}

async fn windows_close_when_it_is_advanced() {
    let mock = driven().await;
    let rotate = || mock.send(mock.call("POST", "my-app/encryption-key/rotate"));
    for _ in 0..10 {
        rotate().await.ok();
    }
    for (waited, left) in [(0, "3600"), (3599, "1")] {
        advance(&mock, waited).await;
        let answer = rotate().await;
        answer.refused(429, "rate_limited");
        assert_eq!(answer.header("retry-after"), left);
    }
    advance(&mock, 1).await;
    let answer = rotate().await;
    answer.ok();
    let closes: jiff::Timestamp = "2026-07-01T02:00:00Z".parse().unwrap();
    assert_eq!(answer.header("x-ratelimit-reset"), closes.as_second().to_string());
}

async fn dates_and_timestamps_follow_it() {
    let mock = driven().await;
    advance(&mock, 90).await;
    let expected = "Wed, 01 Jul 2026 00:01:30 GMT";
    assert_eq!(mock.get("my-app").await.header("date"), expected);
    assert_eq!(mock.get("/elsewhere").await.header("date"), expected);
    assert_eq!(read(&mock).await.header("date"), expected);
    let elsewhere = mock.control("elsewhere", json!({})).await;
    assert_eq!(elsewhere.header("date"), expected);
    mock.project(json!({}), "new").await;
    let made = mock.get("new").await.ok();
    assert_eq!(made["data"]["attributes"]["created_at"], "2026-07-01T00:01:30Z");
    let secrets = mock.get("my-app/secrets").await.ok();
    assert_eq!(secrets["meta"]["timestamp"], "2026-07-01T00:01:30Z");
}

async fn tokens_end_when_it_is_advanced() {
    let mock = driven().await;
    let keys = format!("/api/v1/organizations/{ULID}/api-keys");
    let body = json!({
        "name": "ci", "abilities": ["project:read"], "expires_at": "2026-07-01T00:15:00Z",
    });
    let made = mock.post(&keys, body).await.status(201);
    let bearer = made["token"]["token"].as_str().unwrap();
    let get = || mock.send(mock.call("GET", "my-app").bearer(bearer));
    advance(&mock, 899).await;
    get().await.ok();
    advance(&mock, 1).await;
    get().await.refused(401, "unauthenticated");
}

async fn it_is_not_set_back_nor_by_half_a_second() {
    let mock = driven().await;
    let before = read(&mock).await.ok();
    for body in [
        json!({"seconds": -1}),
        json!({"seconds": 0.5}),
        json!({"seconds": "1"}),
        json!({"seconds": 1_i64 << 32}),
        json!({"seconds": 1, "minutes": 1}),
        json!({"token": token("full")}),
    ] {
        mock.control("clock", body).await.refused(400, "malformed_json");
    }
    for body in [json!({}), json!({"seconds": 1, "next": true})] {
        mock.control("clock", body).await.invalid(&["body"]);
    }
    assert_eq!(read(&mock).await.ok(), before);
}

async fn it_stops_at_the_last_moment_that_can_be_told() {
    let mock = driven().await;
    for _ in 0..60 {
        advance(&mock, u32::MAX).await;
    }
    let end = advance(&mock, u32::MAX).await;
    assert!(end["now"].as_str().unwrap().starts_with("9999-12-30"), "{end}");
    let answer = mock.get("my-app").await;
    answer.ok();
    assert!(answer.header("date").contains(" 9999 "));
}

async fn a_window_that_opens_in_the_time_to_come_closes_no_event() {
    let mock = driven().await;
    mock.get("my-app").await.ok();
    let back = json!({"set": "2026-06-30T23:00:00Z"});
    let reply = mock.control("clock", back).await.ok();
    assert_eq!(reply["fired"], json!([]));
    let next = mock.control("clock", json!({"next": true})).await.ok();
    assert_eq!(next, reply, "nothing happens by itself");
}
