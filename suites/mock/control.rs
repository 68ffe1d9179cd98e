//! The control API: who may use it, and what it brings about.

use serde_json::{Value, json};

use super::support::{Call, ClientKey, Mock, builder, claims, descriptor, token};

claims!(
    health_needs_no_token,
    every_other_call_needs_the_control_token,
    pages_from_elsewhere_are_refused,
    no_answer_of_it_has_a_cors_header,
    a_chosen_token_opens_it_to_other_machines,
    a_chosen_token_opens_it_to_no_page_and_under_no_other_name,
    an_unknown_member_or_token_or_project_is_refused,
    holding_and_releasing_are_idempotent,
    held_means_409_on_four_endpoints_and_no_other,
    a_held_rotation_is_told_before_a_wrong_proof,
    verification_can_be_taken_away_and_nothing_else,
    a_reset_names_one_organization,
    a_reset_without_a_body_is_of_all,
    nothing_is_said_in_six_ways_and_means_the_same,
    a_refused_setting_changes_nothing,
);

fn of(project: &str) -> Value {
    json!({"token": token("full"), "project": project})
}

async fn health_needs_no_token() {
    let mock = Mock::start().await;
    let call = mock.call("GET", "/_mock/health").without("authorization");
    assert_eq!(mock.send(call).await.ok(), json!({"status": "ok"}));
}

async fn every_other_call_needs_the_control_token() {
    let mock = Mock::start().await;
    for what in ["hold", "release", "project", "reset", "clock"] {
        let call = mock.call("POST", &format!("/_mock/{what}")).json(of("my-app"));
        mock.send(call.clone()).await.refused(403, "control_refused");
        mock.send(call.bearer("")).await.refused(403, "control_refused");
        let bare = mock.call("POST", &format!("/_mock/{what}")).without("authorization");
        mock.send(bare).await.refused(403, "control_refused");
    }
    let (_, control) = mock.server.control().unwrap();
    let call = mock.call("GET", "my-app").bearer(control);
    mock.send(call).await.refused(401, "unauthenticated");
}

async fn pages_from_elsewhere_are_refused() {
    let mock = Mock::start().await;
    let (_, control) = mock.server.control().unwrap();
    let port = mock.server.url().rsplit(':').next().unwrap();
    let health = || mock.call("GET", "/_mock/health").bearer(control);
    let foreign = [
        ("origin", "https://example.org".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", "http://127.0.0.1:1".to_owned()),
        ("origin", format!("https://127.0.0.1:{port}")),
        ("origin", format!("http://127.0.0.1:{port}.example.org")),
        ("host", "example.org".to_owned()),
        ("host", format!("example.org:{port}")),
        ("host", format!("127.0.0.1.example.org:{port}")),
        ("host", "127.0.0.1:1".to_owned()),
        ("host", "127.0.0.1".to_owned()),
    ];
    for (name, value) in foreign {
        let answer = mock.send(health().header(name, &value)).await;
        answer.refused(403, "control_refused");
    }
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
        mock.send(health().header("host", &format!("{host}:{port}"))).await.ok();
        let origin = format!("http://{host}:{port}");
        mock.send(health().header("origin", &origin)).await.ok();
    }
    // The API itself is for browsers' proxies too.
    mock.send(mock.call("GET", "my-app").header("host", "api.dotenv.cloud")).await.ok();
}

async fn no_answer_of_it_has_a_cors_header() {
    let mock = Mock::start().await;
    let origin = mock.server.url().to_owned();
    let calls = [
        Call::new("OPTIONS", "/_mock/hold"),
        Call::new("GET", "/_mock/health"),
        Call::new("POST", "/_mock/hold"),
    ];
    for call in calls {
        let call = call.header("origin", &origin).header("access-control-request-method", "POST");
        let answer = mock.send(call).await;
        let cors = answer.headers.keys().any(|name| name.as_str().starts_with("access-control"));
        assert!(!cors, "{:?}", answer.headers);
    }
}

const CHOSEN: &str = "chosen-by-whoever-starts-the-mock";

/// An address of this machine that is not loopback; none without a network.
fn outward() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: it only asks which way it would go.
    socket.connect("203.0.113.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

async fn a_chosen_token_opens_it_to_other_machines() {
    let listening = || builder().listen(std::net::SocketAddr::from(([0, 0, 0, 0], 0)));
    let (closed, open) = (
        Mock::of(listening()).await,
        Mock::of(listening().control_token(CHOSEN.parse().unwrap())).await,
    );
    assert!(closed.server.control().is_none());
    assert_eq!(open.server.control().unwrap().1, CHOSEN);
    let clock = |mock: &Mock, host: std::net::IpAddr, bearer: &str| {
        let port = mock.server.url().rsplit(':').next().unwrap().to_owned();
        let call = mock.http.get(format!("http://{host}:{port}/_mock/clock"));
        let sent = call.bearer_auth(bearer).send();
        async move { sent.await.unwrap().status().as_u16() }
    };
    let hosts = [Some([127, 0, 0, 1].into()), outward()];
    for host in hosts.into_iter().flatten() {
        assert_eq!(clock(&open, host, CHOSEN).await, 200);
        for wrong in [&CHOSEN[1..], "", &token("full")] {
            assert_eq!(clock(&open, host, wrong).await, 403);
        }
        assert_eq!(clock(&closed, host, CHOSEN).await, 403);
    }
}

async fn a_chosen_token_opens_it_to_no_page_and_under_no_other_name() {
    let builder = builder()
        .control_token(CHOSEN.parse().unwrap())
        .allow_host("mock".parse().unwrap())
        .allow_origin("http://app.example:5173".parse().unwrap());
    let mock = Mock::of(builder).await;
    let clock = |host: &str| {
        let call = mock.call("GET", "/_mock/clock").bearer(CHOSEN);
        call.header("host", host)
    };
    for (host, own) in [
        // A port may be mapped to another.
        ("localhost:8080", "http://localhost:8080"),
        ("192.168.0.7:4747", "http://192.168.0.7:4747"),
        ("mock:4747", "http://mock:4747"),
        ("mock", "https://mock"),
    ] {
        mock.send(clock(host)).await.ok();
        mock.send(clock(host).header("origin", own)).await.ok();
        for origin in
            ["http://app.example:5173", "http://localhost:5173", "http://evil.test", "null", ""]
        {
            let answer = mock.send(clock(host).header("origin", origin)).await;
            answer.refused(403, "control_refused");
        }
    }
    for host in ["evil.test", "app.example:5173", "other.mock"] {
        mock.send(clock(host)).await.refused(403, "control_refused");
    }
}

async fn an_unknown_member_or_token_or_project_is_refused() {
    let mock = Mock::start().await;
    for what in ["hold", "release", "project", "reset"] {
        let mut body = if what == "reset" { json!({"token": token("full")}) } else { of("my-app") };
        body["colour"] = "red".into();
        mock.control(what, body.clone()).await.refused(400, "malformed_json");
        body.as_object_mut().unwrap().remove("colour");
        body["token"] = "nobody's".into();
        mock.control(what, body).await.invalid(&["token"]);
        if what != "reset" {
            mock.control(what, of("nowhere")).await.refused(404, "not_found");
            mock.control(what, json!({})).await.refused(400, "malformed_json");
        }
    }
    let answer = mock.control("elsewhere", json!({})).await;
    answer.refused(404, "not_found");
}

async fn holding_and_releasing_are_idempotent() {
    let mock = Mock::start().await;
    for (what, held) in [("release", false), ("hold", true), ("hold", true), ("release", false)] {
        assert_eq!(mock.control(what, of("my-app")).await.ok(), json!({"held": held}));
        let answer = mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await;
        assert_eq!(answer.code, if held { 409 } else { 200 }, "{}", answer.text);
    }
}

async fn held_means_409_on_four_endpoints_and_no_other() {
    let mock = Mock::start().await;
    let key = ClientKey::new("p");
    mock.project(key.project(), "vault").await;
    for project in ["vault", "my-app"] {
        mock.control("hold", of(project)).await.ok();
    }
    let submit = json!({"versions": [{"id": 1, "content": "x"}], "key_proof": key.proof});
    let held = [
        ("my-app/encryption-key/rotate", json!({})),
        ("vault/secrets/rotate-client-keys", ClientKey::new("q").rotation(&[])),
        ("vault/secrets/re-encrypt-history/pending", json!({})),
        ("vault/secrets/re-encrypt-history", submit),
    ];
    for (path, body) in held {
        mock.post(path, body).await.refused(409, "rotation_in_progress");
    }
    for project in ["vault", "my-app"] {
        for path in ["", "/encryption-key", "/encryption-key/history", "/secrets"] {
            mock.get(&format!("{project}{path}")).await.ok();
        }
        let body = json!({"project": project, "content": "x", "key_proof": key.proof});
        mock.post("secrets/store", body).await.ok();
        mock.post("secrets/versions", json!({"project": project})).await.ok();
        let made = mock.post(&format!("{project}/targets"), json!({"name": "t"})).await;
        made.status(201);
    }
    // Another project is not held, nor is one of the same slug elsewhere.
    mock.post("my-vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    let call = mock.call("POST", "my-app/secrets/re-encrypt-history/pending");
    mock.send(call.by("seed_client")).await.ok();
}

async fn a_held_rotation_is_told_before_a_wrong_proof() {
    let mock = Mock::start().await;
    mock.control("hold", of("my-vault")).await.ok();
    let path = "my-vault/secrets/re-encrypt-history";
    let body = json!({"versions": [{"id": 999, "content": "x"}], "key_proof": "x"});
    mock.post(path, body).await.refused(409, "rotation_in_progress");
    mock.post(path, json!({"versions": []})).await.invalid(&["versions"]);
    let body = ClientKey::new("p").rotation(&[]);
    let answer = mock.post("my-vault/secrets/rotate-client-keys", body).await;
    answer.refused(409, "rotation_in_progress");
}

async fn verification_can_be_taken_away_and_nothing_else() {
    let mock = Mock::start().await;
    let mut body = of("my-vault");
    body["verified"] = true.into();
    mock.control("project", body.clone()).await.invalid(&["verified"]);
    body["verified"] = false.into();
    mock.control("project", body.clone()).await.status(204);
    let key = descriptor(&mock.get("my-vault/encryption-key").await);
    assert!(key.get("key_check_salt").is_none());
    let store = json!({"project": "my-vault", "content": "x", "key_proof": "x"});
    mock.post("secrets/store", store).await.refused(422, "key_proof_required");
    body["project"] = "my-app".into();
    mock.control("project", body).await.invalid(&["verified"]);
}

async fn history(mock: &Mock, name: &str, path: &str) -> usize {
    let call = mock.call("GET", &format!("{path}/encryption-key/history")).by(name);
    mock.send(call).await.ok()["data"].as_array().unwrap().len()
}

async fn rotate_both(mock: &Mock) {
    mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    let secrets = [("01ARZ3NDEKTSV4RRFFQ69G5FAX", "x"), ("01ARZ3NDEKTSV4RRFFQ69G5FAY", "y")];
    let call = mock.call("POST", "my-app/secrets/rotate-client-keys").by("seed_client");
    mock.send(call.json(ClientKey::new("p").rotation(&secrets))).await.ok();
    assert_eq!(history(mock, "full", "my-app").await, 3);
    assert_eq!(history(mock, "seed_client", "my-app").await, 3);
}

async fn a_reset_names_one_organization() {
    let mock = Mock::start().await;
    rotate_both(&mock).await;
    mock.control("hold", of("my-app")).await.ok();
    mock.project(json!({}), "mine").await;
    let reset = mock.control("reset", json!({"token": token("key_rotate")})).await;
    assert_eq!(reset.code, 204);
    assert_eq!(history(&mock, "full", "my-app").await, 2);
    assert_eq!(history(&mock, "seed_client", "my-app").await, 3);
    mock.get("mine").await.refused(404, "not_found");
    mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
}

async fn a_reset_without_a_body_is_of_all() {
    let mock = Mock::start().await;
    rotate_both(&mock).await;
    let (_, control) = mock.server.control().unwrap();
    let reset = mock.send(mock.call("POST", "/_mock/reset").bearer(control)).await;
    assert_eq!((reset.code, reset.text.as_str()), (204, ""));
    for name in ["full", "seed_client"] {
        assert_eq!(history(&mock, name, "my-app").await, 2);
    }
}

/// Libraries differ in what they send for nothing, PHP's `json_encode([])` among them.
async fn nothing_is_said_in_six_ways_and_means_the_same() {
    let mock = Mock::start().await;
    let (_, control) = mock.server.control().unwrap();
    let calls = [
        ("POST", "clock", 422),
        ("POST", "faults", 400),
        ("DELETE", "faults", 400),
        ("POST", "faults/list", 400),
        ("POST", "gates", 400),
        ("DELETE", "gates", 400),
        ("POST", "gates/list", 400),
        ("POST", "gates/wait", 400),
        ("POST", "hold", 400),
        ("POST", "jobs", 400),
        ("POST", "limits", 400),
        ("POST", "organizations", 201),
        ("DELETE", "organizations", 400),
        ("POST", "plan", 400),
        ("POST", "project", 400),
        ("POST", "release", 400),
        ("POST", "reset", 204),
        ("POST", "reveal", 400),
        ("POST", "settings", 400),
        ("POST", "state/dump", 200),
    ];
    for (method, path, code) in calls {
        let call = mock.call(method, &format!("/_mock/{path}")).bearer(control);
        let mut answers = vec![mock.send(call.clone()).await];
        for body in ["", " \n", "{}", "null", "[]"] {
            answers.push(mock.send(call.clone().body(body)).await);
        }
        for answer in &answers {
            assert_eq!(answer.code, code, "{path}: {}", answer.text);
            if code >= 400 {
                assert_eq!(answer.text, answers[0].text, "{path}");
            }
        }
    }
}

async fn a_refused_setting_changes_nothing() {
    let mock = Mock::start().await;
    let mut body = of("my-vault");
    body["history_policy"] = "drop".into();
    body["verified"] = false.into();
    mock.control("project", body).await.refused(400, "malformed_json");
    let key = descriptor(&mock.get("my-vault/encryption-key").await);
    assert!(key["key_check_salt"].is_string());
}
