//! Promise: whatever is on the other side of a Gateway's WebSocket, a connection to it ends in time, holds no more than a
//! frame, and says in a sentence what is wrong, without a secret.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use openclaw_prometheus::openclaw::rpc::websocket::{
    CallError, CertificateProblem, ConnectError, Connection, Credentials, Endpoint, Lost, Refusal, Stop,
};
use serde_json::json;
use support::gateway::{Act, Identity, MockGateway, Opening, Script, denial};

const TOKEN: &str = "s3cret-token-of-the-gateway";
/// What takes longer hangs.
const LONG: Duration = Duration::from_secs(20);
/// What ends by itself has ended by then, on a machine that has others to serve too.
const IN_TIME: Duration = Duration::from_secs(10);
/// What is waited for in vain.
const SHORT: Duration = Duration::from_millis(300);

const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rpc/tls/ca.pem");
const GATEWAY_CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rpc/tls/gateway.pem");
const SERVER: Identity = Identity {
    certificate: include_str!("../../data/rpc/tls/server.pem"),
    key: include_str!("../../data/rpc/tls/server.key"),
};
const EXPIRED: Identity = Identity { certificate: include_str!("../../data/rpc/tls/expired.pem"), key: SERVER.key };
const OWN: Identity = Identity {
    certificate: include_str!("../../data/rpc/tls/gateway.pem"),
    key: include_str!("../../data/rpc/tls/gateway.key"),
};

fn token() -> Credentials {
    Credentials::token(TOKEN).unwrap()
}

fn endpoint(gateway: &MockGateway) -> Endpoint {
    gateway.url().parse().unwrap()
}

fn open(gateway: &MockGateway) -> Result<Connection, ConnectError> {
    Connection::open(&endpoint(gateway), &token(), &Stop::new(), LONG)
}

/// Why a Gateway that opens like this is not connected to.
fn refused(opening: Opening) -> ConnectError {
    open(&MockGateway::start(Script::opening(opening))).unwrap_err()
}

/// What becomes of one question, and whether another one is answered after it.
fn ask(act: Act, within: Duration) -> (Result<String, CallError>, bool) {
    let good = Act::Json(r#"{"ok":true}"#.to_owned());
    let gateway = MockGateway::start(Script::default().on("asked", act).on("good", good));
    let mut connection = open(&gateway).unwrap();
    let outcome = connection.call("asked", "{}", within);
    let is_alive = connection.call("good", "{}", LONG).is_ok();
    assert_eq!(is_alive, connection.lost().is_none());
    (outcome, is_alive)
}

fn lost(act: Act) -> Lost {
    match ask(act, LONG) {
        (Err(CallError::Lost(lost)), false) => lost,
        other => panic!("{other:?}"),
    }
}

fn answered(text: &str) -> (Result<String, CallError>, bool) {
    (Ok(text.to_owned()), true)
}

#[test]
fn a_gateway_is_told_who_asks_and_for_what_and_answers() {
    let script = Script::answering([("health", r#"{"ok": true}"#.to_owned()), ("last-heartbeat", "null".to_owned())]);
    let gateway = MockGateway::start(script.token(TOKEN));
    let mut connection = open(&gateway).unwrap();
    let hello = connection.hello();
    assert_eq!((hello.version(), hello.protocol(), hello.tick_interval_ms()), ("2026.9.6", 4, Some(30_000)));
    assert_eq!(hello.scopes().unwrap().collect::<Vec<_>>(), ["operator.read"]);
    assert!(hello.offers("health") && !hello.offers("status"));
    assert_eq!(connection.call("health", r#"{"probe":false}"#, LONG).unwrap(), r#"{"ok": true}"#);
    assert_eq!(connection.call("last-heartbeat", "{}", LONG).unwrap(), "null");
    let expected = [("health", r#"{"probe":false}"#), ("last-heartbeat", "{}")];
    assert_eq!(gateway.take_questions(), expected.map(|(method, params)| (method.to_owned(), params.to_owned())));
    let introduction = &gateway.introductions()[0];
    assert_eq!(introduction["auth"], json!({ "token": TOKEN }));
    assert_eq!((&introduction["minProtocol"], &introduction["maxProtocol"]), (&json!(4), &json!(4)));
    assert_eq!((&introduction["role"], &introduction["scopes"]), (&json!("operator"), &json!(["operator.read"])));
    assert_eq!(
        (&introduction["client"]["id"], &introduction["client"]["mode"]),
        (&json!("gateway-client"), &json!("backend"))
    );
}

#[test]
fn a_token_file_is_read_again_at_each_connect() {
    let gateway = MockGateway::start(Script::default().token(TOKEN));
    let path = std::env::temp_dir().join(format!("websocket-token-{}", std::process::id()));
    let credentials = Credentials::token_file(&path);
    let open = || Connection::open(&endpoint(&gateway), &credentials, &Stop::new(), LONG).map(drop);
    assert!(matches!(open(), Err(ConnectError::Credentials(_))));
    assert_eq!(gateway.connects(), 0, "nothing to show, so nothing is asked");
    std::fs::write(&path, "another\n").unwrap();
    assert_eq!(open(), Err(ConnectError::Refused(Refusal::TokenWrong)));
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    assert_eq!(open(), Ok(()));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn each_refusal_of_a_gateway_has_a_sentence_of_its_own() {
    let auth = |detail: &str| denial("INVALID_REQUEST", "unauthorized", detail);
    let with = |mut error: serde_json::Value, key: &str, value: serde_json::Value| {
        error["details"][key] = value;
        error
    };
    let retry = |mut error: serde_json::Value, ms: u64| {
        error["retryAfterMs"] = ms.into();
        error
    };
    let proxy = with(auth("AUTH_UNAUTHORIZED"), "authReason", json!("trusted_proxy_loopback_source"));
    let mismatch = |protocol: u64| {
        with(denial("INVALID_REQUEST", "protocol mismatch", "PROTOCOL_MISMATCH"), "expectedProtocol", json!(protocol))
    };
    let pairing =
        |request: &str| with(denial("NOT_PAIRED", "pairing required", "PAIRING_REQUIRED"), "requestId", json!(request));
    let starting = retry(json!({ "code": "UNAVAILABLE", "message": "gateway starting; retry shortly" }), 500);
    let table = [
        (auth("AUTH_TOKEN_MISMATCH"), "token_wrong", "does not know the token"),
        (auth("AUTH_PASSWORD_MISMATCH"), "password_wanted", "asks for a password, and a token was given"),
        (auth("AUTH_TOKEN_NOT_CONFIGURED"), "not_configured", "has none to compare with"),
        (proxy, "trusted_proxy_only", "whom its proxy vouches for"),
        (auth("AUTH_IDENTITY_HEADER_REQUIRED"), "trusted_proxy_only", "whom its proxy vouches for"),
        (retry(auth("AUTH_RATE_LIMITED"), 59_979), "rate_limited", "for a while (until 60.0 s from now)"),
        (pairing("req-1"), "pairing_required", "or approve request req-1"),
        (pairing("$(reboot)"), "pairing_required", "or approve the device there"),
        (denial("NOT_PAIRED", "device identity required", "DEVICE_IDENTITY_REQUIRED"), "pairing_required", "loopback"),
        (auth("AUTH_SCOPE_MISMATCH"), "scope_not_granted", "without operator.read"),
        (mismatch(5), "protocol", "version 5 of its protocol, the exporter version 4; update the exporter"),
        (mismatch(3), "protocol", "version 3 of its protocol, the exporter version 4; update the Gateway"),
        (starting, "unavailable", "is not ready: gateway starting; retry shortly (until 0.5 s from now)"),
        (denial("FORBIDDEN", "operator access denied", ""), "refused", "operator access denied (FORBIDDEN)"),
        (json!(null), "refused", "(UNKNOWN)"),
    ];
    for (error, reason, sentence) in table {
        let found = refused(Opening::Refuse(error.clone()));
        assert_eq!(found.reason(), reason, "{error}");
        assert!(found.to_string().contains(sentence), "{error}: {found}");
    }
    // By what was shown.
    let mismatch = |detail| MockGateway::start(Script::opening(Opening::Refuse(auth(detail))));
    let password = Credentials::password("s3cret").unwrap();
    let with = |gateway: MockGateway, credentials| {
        Connection::open(&endpoint(&gateway), credentials, &Stop::new(), LONG).unwrap_err().reason()
    };
    assert_eq!(with(mismatch("AUTH_PASSWORD_MISMATCH"), &password), "password_wrong");
    assert_eq!(with(mismatch("AUTH_TOKEN_MISMATCH"), &password), "token_wanted");
    let guarded = MockGateway::start(Script::default().token(TOKEN));
    assert_eq!(with(guarded, &Credentials::none()), "credentials_missing");
}

#[test]
fn a_gateway_that_takes_us_for_another_machine_grants_no_scope_and_it_is_told() {
    let script = Script::default().hello(json!({ "auth": { "role": "operator", "scopes": [] } }));
    let error = open(&MockGateway::start(script)).unwrap_err();
    assert_eq!(error, ConnectError::Refused(Refusal::ScopeNotGranted));
    assert!(error.to_string().contains("connect to its loopback address"), "{error}");
}

#[test]
fn what_is_no_gateway_is_told_so() {
    let http = |status: &str| Opening::Bytes(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").into_bytes());
    for (status, sentence) in [
        ("200 OK", "who answers is no Gateway: HTTP 200"),
        ("404 Not Found", "who answers is no Gateway: HTTP 404"),
        ("302 Found\r\nlocation: /elsewhere", "who answers is no Gateway: HTTP 302"),
        ("403 Forbidden", "gateway.trustedProxies"),
        ("429 Too Many Requests", "too many wrong tokens"),
        ("503 Service Unavailable", "takes no connections at this time"),
    ] {
        let error = refused(http(status));
        assert!(error.to_string().contains(sentence), "{status}: {error}");
    }
    for bytes in [b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec(), b"\x15\x03\x03\x00\x02\x02\x28".to_vec(), vec![0; 1 << 20]] {
        assert_eq!(refused(Opening::Bytes(bytes)), ConnectError::NotGateway);
    }
    for text in ["welcome", "[]", r#"{"type":"res","id":"connect","ok":true,"payload":{}}"#, "{}"] {
        assert_eq!(refused(Opening::First(text.to_owned())), ConnectError::NotGateway, "{text}");
    }
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let error = Connection::open(&format!("ws://{nobody}").parse().unwrap(), &token(), &Stop::new(), LONG).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("nobody listens at {nobody}; start the Gateway, or correct the port (gateway.port)")
    );
}

#[test]
fn a_gateway_that_ends_in_the_hand_shake_is_lost_at_once() {
    let closed = |code, reason: &str| ConnectError::Lost(Lost::Closed { code, reason: reason.to_owned() });
    assert_eq!(refused(Opening::CutAtConnect), closed(None, ""));
    assert_eq!(
        refused(Opening::Close(1008, "gateway ingress\nattribution")),
        closed(Some(1008), "gateway ingress attribution")
    );
    let cut = refused(Opening::Cut);
    assert!(cut == ConnectError::ClosedAtOnce && cut.to_string().ends_with("write wss:// then"), "{cut}");
}

#[test]
fn a_gateway_that_is_slow_to_let_us_in_is_given_up_in_time_however_little_comes() {
    for opening in [
        Opening::Silent,
        Opening::Drip(b"HTTP/1.1 101 Switching Protocols and so on and so forth "),
        Opening::NoChallenge,
        Opening::Deaf,
    ] {
        let gateway = MockGateway::start(Script::opening(opening));
        let start = Instant::now();
        let error = Connection::open(&endpoint(&gateway), &token(), &Stop::new(), SHORT).unwrap_err();
        let took = start.elapsed();
        assert!(matches!(error, ConnectError::Lost(Lost::TimedOut { .. })), "{error:?}");
        assert!((SHORT..IN_TIME).contains(&took), "{took:?}");
    }
}

#[test]
fn frames_of_a_gateway_that_has_not_let_us_in_are_bounded() {
    let long = format!(r#"{{"type":"event","event":"connect.challenge","payload":"{}"}}"#, "x".repeat(64 << 10));
    assert_eq!(refused(Opening::First(long)), ConnectError::Lost(Lost::TooLarge { most_bytes: 64 << 10 }));
    let hello = |bytes: usize| Opening::Hello(json!({ "protocol": 4, "snapshot": "x".repeat(bytes) }));
    assert!(open(&MockGateway::start(Script::opening(hello(1 << 20)))).is_ok(), "the presence of many");
    assert_eq!(refused(hello(4 << 20)), ConnectError::Lost(Lost::TooLarge { most_bytes: 4 << 20 }));
}

#[test]
fn a_hello_of_another_shape_lets_us_in() {
    for payload in [json!({}), json!({ "server": 7, "features": { "methods": "all" }, "auth": [], "policy": null })] {
        let gateway = MockGateway::start(Script::opening(Opening::Hello(payload)));
        let connection = open(&gateway).unwrap();
        assert_eq!((connection.hello().version(), connection.hello().protocol()), ("", 0));
        assert!(connection.hello().offers("anything"));
    }
    assert_eq!(refused(Opening::Hello(json!([]))), ConnectError::Lost(Lost::Broken));
}

#[test]
fn an_answer_of_25_megabytes_is_taken_and_a_longer_one_is_not() {
    let payload = format!(r#""{}""#, "x".repeat((25 << 20) - 2));
    let (answer, is_alive) = ask(Act::Json(payload.clone()), LONG);
    assert!(is_alive && answer.unwrap() == payload);
    let longer = format!(r#""{}""#, "x".repeat((25 << 20) + (64 << 10)));
    assert_eq!(lost(Act::Json(longer)), Lost::TooLarge { most_bytes: (25 << 20) + (64 << 10) });
}

#[test]
fn what_comes_between_question_and_answer_is_passed_over() {
    let good = || Box::new(Act::Json(r#"{"a":1}"#.to_owned()));
    assert_eq!(ask(Act::Events(10_000, good()), LONG), answered(r#"{"a":1}"#));
    assert_eq!(ask(Act::Stray(good()), LONG), answered(r#"{"a":1}"#));
    assert_eq!(ask(Act::Pinged(good()), LONG), answered(r#"{"a":1}"#));
    assert_eq!(ask(Act::After(SHORT, good()), LONG), answered(r#"{"a":1}"#));
}

#[test]
fn events_without_end_do_not_outlive_a_call() {
    let gateway = MockGateway::start(Script::default().on("asked", Act::Events(usize::MAX, Box::new(Act::Silence))));
    let mut connection = open(&gateway).unwrap();
    let start = Instant::now();
    assert_eq!(connection.call("asked", "{}", SHORT), Err(CallError::TimedOut { after: SHORT }));
    assert_eq!(connection.idle(SHORT), Ok(()));
    assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());
}

#[test]
fn an_error_is_told_by_its_kind_and_the_connection_is_as_good_as_before() {
    let (missing, unknown) = (
        json!({ "code": "FORBIDDEN", "message": "missing scope: operator.admin", "details":
        { "code": "MISSING_SCOPE", "missingScope": "operator.admin" } }),
        "unknown method: asked",
    );
    let scope = CallError::ScopeMissing { scope: "operator.admin".to_owned() };
    assert_eq!(ask(Act::Error(missing), LONG), (Err(scope), true));
    for (error, code, message) in [
        (denial("INVALID_REQUEST", "invalid\u{1b}[2J params\n", ""), "INVALID_REQUEST", "invalid [2J params "),
        (denial("INVALID_REQUEST", unknown, ""), "INVALID_REQUEST", unknown),
        (json!("text"), "UNKNOWN", ""),
    ] {
        let refused = CallError::Refused { code: code.to_owned(), message: message.to_owned() };
        assert_eq!(ask(Act::Error(error), LONG), (Err(refused), true));
    }
    let (Err(CallError::Refused { message, .. }), true) = ask(Act::Error(denial("A", &"x".repeat(10_000), "")), LONG)
    else {
        panic!("refused")
    };
    assert!(message.len() <= 300);
}

#[test]
fn a_method_that_the_gateway_does_not_know_is_told_from_one_that_is_not_granted() {
    let gateway = MockGateway::start(Script::answering([("health", "{}".to_owned())]));
    let mut connection = open(&gateway).unwrap();
    assert_eq!(connection.call("diagnostics.lanes", "{}", LONG), Err(CallError::NoSuchMethod));
    assert_eq!(connection.call("health", "{}", LONG).unwrap(), "{}");
    assert_eq!(connection.call("health", "{", LONG), Err(CallError::Params));
    assert_eq!(gateway.take_questions().len(), 2, "what is no JSON is not sent");
}

#[test]
fn a_late_answer_is_dropped_and_those_after_it_are_not() {
    let late = Act::Json(r#"{"late":true}"#.to_owned()).after(SHORT);
    assert_eq!(ask(late, SHORT / 10), (Err(CallError::TimedOut { after: SHORT / 10 }), true));
    // The answer comes behind the next one.
    let gateway = MockGateway::start(
        Script::answering([("next", "1".to_owned()), ("last", "2".to_owned())]).on("held", Act::Held("0".to_owned())),
    );
    let mut connection = open(&gateway).unwrap();
    assert!(matches!(connection.call("held", "{}", SHORT), Err(CallError::TimedOut { .. })));
    assert_eq!(connection.call("next", "{}", LONG).unwrap(), "1");
    assert_eq!(connection.call("last", "{}", LONG).unwrap(), "2");
}

#[test]
fn no_answer_costs_its_time_and_no_more() {
    let start = Instant::now();
    assert_eq!(ask(Act::Silence, SHORT), (Err(CallError::TimedOut { after: SHORT }), true));
    assert!((SHORT..IN_TIME).contains(&start.elapsed()), "{:?}", start.elapsed());
    // A byte now and then buys no time.
    let gateway = MockGateway::start(Script::default().on("asked", Act::Drip));
    let mut connection = open(&gateway).unwrap();
    let start = Instant::now();
    assert_eq!(connection.call("asked", "{}", SHORT), Err(CallError::TimedOut { after: SHORT }));
    assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());
}

#[test]
fn what_breaks_the_protocol_ends_the_connection_and_it_is_told() {
    let closed = |code, reason: &str| Lost::Closed { code, reason: reason.to_owned() };
    assert_eq!(lost(Act::Close(1012, "service restart")), closed(Some(1012), "service restart"));
    assert_eq!(lost(Act::Cut), closed(None, ""));
    assert_eq!(lost(Act::HalfFrame), closed(None, ""));
    for act in [
        Act::Text("garbage".to_owned()),
        Act::Text(r#"{"type":"res","id":"1","ok":true,"payload":{"half"#.to_owned()),
        Act::Binary,
        Act::Bytes(b"garbage".to_vec()),
        // Reserved bits, a masked frame, text that is not UTF-8.
        Act::Bytes(vec![0xf1, 0]),
        Act::Bytes(vec![0x81, 0x80, 1, 2, 3, 4]),
        Act::Bytes(vec![0x81, 1, 0xff]),
    ] {
        assert_eq!(lost(act), Lost::Broken);
    }
    assert_eq!(lost(Act::Bytes(vec![0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255])).reason(), "too_large");
}

#[test]
fn between_calls_pings_are_answered_and_an_end_is_noticed() {
    let pinged = Act::Pinged(Box::new(Act::Json("1".to_owned()))).after(SHORT);
    let gateway = MockGateway::start(Script::default().on("pinged", pinged).on("good", Act::Json("2".to_owned())));
    let mut connection = open(&gateway).unwrap();
    // Given up before the ping comes.
    assert_eq!(connection.call("pinged", "{}", SHORT / 10), Err(CallError::TimedOut { after: SHORT / 10 }));
    assert_eq!(gateway.pongs(), 0);
    while gateway.pongs() == 0 {
        assert_eq!(connection.idle(SHORT / 10), Ok(()));
    }
    assert_eq!(connection.call("good", "{}", LONG).unwrap(), "2");
    let mut connection = open(&gateway).unwrap();
    let start = Instant::now();
    let cutting = std::thread::spawn({
        move || {
            std::thread::sleep(SHORT);
            gateway.cut();
        }
    });
    let lost = connection.idle(LONG).unwrap_err();
    assert_eq!(lost, Lost::Closed { code: None, reason: String::new() });
    assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());
    cutting.join().unwrap();
    assert_eq!(connection.call("good", "{}", LONG), Err(CallError::Lost(lost)));
}

#[test]
fn a_stop_wakes_whoever_waits_at_each_step() {
    let stopped = |waiting: &(dyn Fn(&Stop) -> Option<Lost> + Sync)| {
        let stop = Stop::new();
        let (outcome, took) = std::thread::scope(|scope| {
            let thread = scope.spawn(|| (waiting(&stop), Instant::now()));
            std::thread::sleep(SHORT);
            let asked = Instant::now();
            stop.ask();
            let (outcome, ended) = thread.join().unwrap();
            (outcome, ended.saturating_duration_since(asked))
        });
        assert_eq!(outcome, Some(Lost::Stopped));
        assert!(took < IN_TIME, "{took:?}");
    };
    let of = |error| match error {
        ConnectError::Lost(lost) => Some(lost),
        _ => None,
    };
    for opening in [Opening::Silent, Opening::NoChallenge, Opening::Deaf] {
        let gateway = MockGateway::start(Script::opening(opening));
        stopped(&|stop| of(Connection::open(&endpoint(&gateway), &token(), stop, LONG).unwrap_err()));
    }
    let gateway = MockGateway::start(Script::default().on("asked", Act::Silence));
    // The stop may come before it is let in.
    stopped(&|stop| match Connection::open(&endpoint(&gateway), &token(), stop, LONG) {
        Ok(mut connection) => connection.idle(LONG).err(),
        Err(error) => of(error),
    });
    stopped(&|stop| match Connection::open(&endpoint(&gateway), &token(), stop, LONG) {
        Ok(mut connection) => match connection.call("asked", "{}", LONG).unwrap_err() {
            CallError::Lost(lost) => Some(lost),
            _ => None,
        },
        Err(error) => of(error),
    });
    // Its backlog is full: it takes no connection and refuses none.
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    full.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let fill = || std::net::TcpStream::connect_timeout(&address, SHORT);
    let filling: Vec<_> = std::iter::repeat_with(fill).take_while(Result::is_ok).collect();
    let full_endpoint: Endpoint = format!("ws://{address}").parse().unwrap();
    stopped(&|stop| of(Connection::open(&full_endpoint, &token(), stop, LONG).unwrap_err()));
    let error = Connection::open(&full_endpoint, &token(), &Stop::new(), SHORT).unwrap_err();
    assert_eq!(error.reason(), "unreachable");
    drop(filling);
    // One that was asked for before is no different.
    let stop = Stop::new();
    stop.ask();
    let error = Connection::open(&endpoint(&gateway), &token(), &stop, LONG).unwrap_err();
    assert_eq!(error, ConnectError::Lost(Lost::Stopped));
}

#[test]
fn a_restart_on_the_same_port_is_met_by_another_connection() {
    let script = || Script::answering([("health", "{}".to_owned())]).token(TOKEN);
    let gateway = MockGateway::start(script());
    let (port, endpoint) = (gateway.port(), endpoint(&gateway));
    let mut before = open(&gateway).unwrap();
    drop(gateway);
    assert!(before.call("health", "{}", LONG).unwrap_err().is_lost());
    let error = Connection::open(&endpoint, &token(), &Stop::new(), LONG).unwrap_err();
    assert_eq!(error.reason(), "unreachable");
    let gateway = MockGateway::start_at(port, script());
    assert_eq!(open(&gateway).unwrap().call("health", "{}", LONG).unwrap(), "{}");
}

#[test]
fn a_certificate_is_known_by_its_issuer_and_name_or_by_itself() {
    let script = |identity| Script::answering([("health", "{}".to_owned())]).token(TOKEN).identity(identity);
    let open = |gateway: &MockGateway, host: &str, ca: Option<&str>| {
        let endpoint: Endpoint = format!("wss://{host}:{}", gateway.port()).parse().unwrap();
        let endpoint = ca.into_iter().fold(endpoint, |endpoint, path| endpoint.with_ca_file(path));
        let connection = Connection::open(&endpoint, &token(), &Stop::new(), LONG);
        connection.map(|mut connection| connection.call("health", "{}", LONG).unwrap())
    };
    let problem = |problem| Err(ConnectError::Certificate(problem));
    let gateway = MockGateway::start(script(SERVER));
    assert_eq!(open(&gateway, "localhost", Some(CA)), Ok("{}".to_owned()));
    assert_eq!(
        open(&gateway, "127.0.0.1", Some(CA)),
        problem(CertificateProblem::OtherName { host: "127.0.0.1".to_owned() })
    );
    assert_eq!(open(&gateway, "localhost", Some(GATEWAY_CERTIFICATE)), problem(CertificateProblem::UnknownIssuer));
    let expired = MockGateway::start(script(EXPIRED));
    assert_eq!(open(&expired, "localhost", Some(CA)), problem(CertificateProblem::Expired));
    // A Gateway's own: no name, and its own issuer.
    let own = MockGateway::start(script(OWN));
    assert_eq!(open(&own, "127.0.0.1", Some(GATEWAY_CERTIFICATE)), Ok("{}".to_owned()));
    assert_eq!(open(&own, "127.0.0.1", Some(CA)), problem(CertificateProblem::UnknownIssuer));
    for (path, sentence) in [("/nowhere/ca.pem", "does not exist"), (file!(), "has no certificate")] {
        let path =
            if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", env!("CARGO_MANIFEST_DIR")) };
        let error = open(&gateway, "localhost", Some(&path)).unwrap_err();
        assert!(matches!(error, ConnectError::Trust(_)) && error.to_string().contains(sentence), "{error}");
    }
    let plain = MockGateway::start(Script::opening(Opening::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())));
    let error = open(&plain, "localhost", Some(CA)).unwrap_err();
    assert!(error.to_string().contains("write ws:// if it has none"), "{error}");
}

#[test]
fn silence_in_tls_costs_its_time_and_no_more() {
    let gateway = MockGateway::start(Script::opening(Opening::Silent));
    let endpoint: Endpoint = format!("wss://127.0.0.1:{}", gateway.port()).parse().unwrap();
    let start = Instant::now();
    let error = Connection::open(&endpoint.with_ca_file(CA), &token(), &Stop::new(), SHORT).unwrap_err();
    assert_eq!(error, ConnectError::Lost(Lost::TimedOut { step: "the hand-shake of TLS" }));
    assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());
}

#[test]
fn a_secret_is_in_no_sentence_even_if_the_gateway_says_it() {
    let echo = |code: &str| denial(code, &format!("no such token as {TOKEN}"), "");
    for error in [refused(Opening::Refuse(echo("INVALID_REQUEST"))), refused(Opening::Refuse(echo("UNAVAILABLE")))] {
        assert!(error.to_string().contains("(not shown)"), "{error}");
        assert!(!format!("{error} {error:?}").contains(TOKEN));
    }
    let gateway = MockGateway::start(Script::default());
    assert!(!format!("{:?}", open(&gateway).unwrap()).contains(TOKEN));
}
