//! Rate limits, by a clock that the test drives.

use std::time::Duration;

use keyproof::mock::{Clock, Limits, Variant};
use serde_json::json;

use super::support::{Answer, Mock, OTHER, ULID, builder, claims};

claims!(
    the_101st_request_of_a_minute_is_429,
    the_window_opens_at_the_first_request,
    refused_requests_count_and_unauthenticated_ones_do_not,
    the_11th_rotation_of_an_hour_is_429_whatever_its_project,
    refused_rotations_count_in_their_bucket_alone,
    client_rotations_count_in_the_other_bucket,
    each_organization_has_buckets_of_its_own,
    with_limits_off_the_headers_stand_still,
    a_reset_empties_the_buckets,
    a_clock_that_is_set_back_opens_the_windows_anew,
    a_clock_that_is_set_back_inside_a_window_leaves_it_open,
);

const START: i64 = 1_800_000_000;

/// A mock with live limits and a clock that stands half a second after a full one.
async fn limited() -> (Mock, Clock) {
    let clock = Clock::driven(jiff::Timestamp::new(START, 500_000_000).unwrap());
    let mock = Mock::of(builder().limits(Limits::Live).clock(clock.clone())).await;
    (mock, clock)
}

/// `X-RateLimit-Limit`, `-Remaining` and `-Reset`.
fn rate_limit(answer: &Answer) -> [i64; 3] {
    ["limit", "remaining", "reset"]
        .map(|name| answer.header(&format!("x-ratelimit-{name}")).parse().expect("a number"))
}

async fn rotate(mock: &Mock, project: &str) -> Answer {
    mock.send(mock.call("POST", &format!("{project}/encryption-key/rotate"))).await
}

async fn the_101st_request_of_a_minute_is_429() {
    let (mock, clock) = limited().await;
    for left in (0..100).rev() {
        let answer = mock.get("my-app/encryption-key").await;
        answer.ok();
        assert_eq!(rate_limit(&answer), [100, left, START + 61]);
        assert_eq!(answer.header("retry-after"), "");
    }
    clock.advance(Duration::from_secs(20));
    for _ in 0..2 {
        let answer = mock.get("my-app/encryption-key").await;
        answer.refused(429, "rate_limited");
        assert_eq!(rate_limit(&answer), [100, 0, START + 61]);
        assert_eq!(answer.header("retry-after"), "41");
    }
    clock.advance(Duration::from_millis(39_999));
    mock.get("my-app/encryption-key").await.refused(429, "rate_limited");
    clock.advance(Duration::from_millis(1));
    let answer = mock.get("my-app/encryption-key").await;
    answer.ok();
    assert_eq!(rate_limit(&answer), [100, 99, START + 121]);
}

async fn the_window_opens_at_the_first_request() {
    let (mock, clock) = limited().await;
    clock.advance(Duration::from_secs(1000));
    let first = mock.get("my-app").await;
    clock.advance(Duration::from_secs(59));
    let second = mock.get("my-app").await;
    assert_eq!(rate_limit(&first), [100, 99, START + 1061]);
    assert_eq!(rate_limit(&second), [100, 98, START + 1061]);
}

async fn refused_requests_count_and_unauthenticated_ones_do_not() {
    let (mock, _) = limited().await;
    let calls = [
        mock.call("GET", "nowhere/encryption-key"),
        mock.call("GET", "my-app/encryption-key").by("read_only"),
        mock.call("GET", &format!("/api/v1/{OTHER}/theirs")),
        mock.call("POST", "secrets/store").body("{").header("content-type", "application/json"),
        mock.call("POST", "secrets/store").json(json!({})),
        mock.call("HEAD", "my-app"),
    ];
    for (call, left) in calls.into_iter().zip((94..100).rev()) {
        assert_eq!(rate_limit(&mock.send(call).await)[1], left);
    }
    let calls = [
        mock.call("GET", "my-app").without("authorization"),
        mock.call("GET", "my-app").by("expired"),
        mock.call("OPTIONS", "my-app"),
        mock.call("POST", "my-app"),
        mock.call("GET", "/elsewhere"),
        mock.call("GET", "my-app").header("x-api-version", "2"),
    ];
    for call in calls {
        assert_eq!(mock.send(call).await.header("x-ratelimit-remaining"), "");
    }
    assert_eq!(rate_limit(&mock.get("my-app").await)[1], 93);
}

async fn the_11th_rotation_of_an_hour_is_429_whatever_its_project() {
    let (mock, clock) = limited().await;
    mock.project(json!({}), "second").await;
    for left in (0..10).rev() {
        let answer = rotate(&mock, if left % 2 == 0 { "my-app" } else { "second" }).await;
        answer.ok();
        assert_eq!(rate_limit(&answer), [10, left, START + 3601]);
    }
    for project in ["my-app", "second"] {
        let answer = rotate(&mock, project).await;
        answer.refused(429, "rate_limited");
        assert_eq!(answer.header("retry-after"), "3601");
    }
    assert_eq!(rate_limit(&mock.get("my-app").await), [100, 98, START + 61]);
    clock.advance(Duration::from_secs(3600));
    rotate(&mock, "my-app").await.ok();
}

async fn refused_rotations_count_in_their_bucket_alone() {
    let (mock, _) = limited().await;
    for (project, left) in [("my-vault", 9), ("nowhere", 8)] {
        let answer = rotate(&mock, project).await;
        assert!([400, 404].contains(&answer.code));
        assert_eq!(rate_limit(&answer)[..2], [10, left]);
    }
    let call = mock.call("POST", "my-app/encryption-key/rotate");
    let answer = mock.send(call.by("read_only")).await;
    assert_eq!((answer.code, rate_limit(&answer)[1]), (403, 7));
    assert_eq!(rate_limit(&mock.get("my-app").await)[1], 99);
}

async fn client_rotations_count_in_the_other_bucket() {
    let (mock, _) = limited().await;
    let answer = mock.post("my-vault/secrets/rotate-client-keys", json!({})).await;
    assert_eq!(rate_limit(&answer)[..2], [100, 99]);
}

async fn each_organization_has_buckets_of_its_own() {
    let (mock, _) = limited().await;
    for _ in 0..101 {
        mock.get("my-app").await;
    }
    // The token's organization is counted, not the one of the path.
    let foreign = mock.get(&format!("/api/v1/{OTHER}/theirs")).await;
    foreign.refused(429, "rate_limited");
    let call = mock.call("GET", &format!("/api/v1/{ULID}/my-app")).by("key_retrieve");
    mock.send(call).await.refused(429, "rate_limited");
    let call = mock.call("GET", "my-app").by("seed_client");
    assert_eq!(rate_limit(&mock.send(call).await)[1], 99);
    let call = mock.call("GET", &format!("/api/v1/{OTHER}/theirs")).by("other_organization");
    assert_eq!(rate_limit(&mock.send(call).await)[1], 99);
}

async fn with_limits_off_the_headers_stand_still() {
    let clock = Clock::driven(jiff::Timestamp::new(START, 0).unwrap());
    let mock = Mock::of(builder().clock(clock)).await;
    for _ in 0..102 {
        assert_eq!(rate_limit(&mock.get("my-app").await), [100, 100, START + 60]);
    }
    for _ in 0..11 {
        let answer = rotate(&mock, "my-app").await;
        answer.ok();
        assert_eq!(rate_limit(&answer), [10, 10, START + 3600]);
    }
}

async fn a_reset_empties_the_buckets() {
    let (mock, _) = limited().await;
    for _ in 0..101 {
        mock.get("my-app").await;
    }
    let body = json!({"token": super::support::token("full")});
    assert_eq!(mock.control("reset", body).await.code, 204);
    assert_eq!(rate_limit(&mock.get("my-app").await)[1], 99);
}

async fn a_clock_that_is_set_back_opens_the_windows_anew() {
    for variant in [None, Some(Variant::SlidingWindows)] {
        let clock = Clock::driven(jiff::Timestamp::new(START, 0).unwrap());
        let builder = builder().limits(Limits::Live).clock(clock.clone());
        let mock = Mock::of(match variant {
            Some(variant) => builder.variant(variant),
            None => builder,
        })
        .await;
        for _ in 0..101 {
            mock.get("my-app").await;
        }
        for _ in 0..11 {
            rotate(&mock, "my-app").await;
        }
        let year = START - 365 * 24 * 60 * 60;
        clock.set(jiff::Timestamp::new(year, 0).unwrap());
        let answer = mock.get("my-app").await;
        answer.ok();
        assert_eq!(rate_limit(&answer), [100, 99, year + 60]);
        let answer = rotate(&mock, "my-app").await;
        answer.ok();
        assert_eq!(rate_limit(&answer), [10, 9, year + 3600]);
    }
}

async fn a_clock_that_is_set_back_inside_a_window_leaves_it_open() {
    let clock = Clock::driven(jiff::Timestamp::new(START, 0).unwrap());
    let mock = Mock::of(builder().limits(Limits::Live).clock(clock.clone())).await;
    mock.get("my-app").await.ok();
    clock.advance(Duration::from_secs(30));
    mock.get("my-app").await.ok();
    clock.set(jiff::Timestamp::new(START + 10, 0).unwrap());
    let answer = mock.get("my-app").await;
    assert_eq!(rate_limit(&answer), [100, 97, START + 60]);
}
