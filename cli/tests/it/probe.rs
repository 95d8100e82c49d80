//! `probe` end to end: what it sends, what it makes of every answer, and that the token is never seen.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::program::served;

const TOKEN: &str = "kaefer-7391-geheim";
const VARIABLE: &str = "OPENCLAW_PROMETHEUS_BEARER_TOKEN";
const VARIABLE_BEFORE: &str = "openclaw-prometheus_BEARER_TOKEN";
const PAGE: &str = "# HELP a Help.\n# TYPE a gauge\na 1\n";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the program did.
#[derive(Debug)]
struct Outcome {
    status: i32,
    out: String,
    err: String,
}

impl Outcome {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Rules of the problems that were printed.
    fn rules(&self) -> Vec<&str> {
        self.out.lines().filter_map(|line| line.strip_suffix(']')?.rsplit_once('[')).map(|(_, rule)| rule).collect()
    }
}

fn probe() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
    command.arg("probe").env_remove(VARIABLE).env_remove(VARIABLE_BEFORE).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Outcome {
    let output = command.output().expect("the binary was built with this test");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Outcome {
        status: output.status.code().expect("it ended by itself"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A server that gives each connection the next answer, as it is, and closes.
struct Server {
    address: SocketAddr,
    thread: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let thread = std::thread::spawn(move || {
            let mut heads = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a connection");
                heads.push(head(&stream));
                // A client that has seen enough may have gone.
                let _ = stream.write_all(&answer);
            }
            heads
        });
        Self { address, thread }
    }

    fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }

    /// The heads of the requests that came.
    fn heads(self) -> Vec<String> {
        self.thread.join().expect("the server's thread ended well")
    }
}

fn head(stream: impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).expect("a request") > 2 {}
    head
}

fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        answer.extend(format!("{name}: {value}\r\n").bytes());
    }
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        answer.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    answer.extend(b"\r\n");
    answer.extend(body);
    answer
}

fn page(content_type: &str, body: &str) -> Vec<u8> {
    answer("200 OK", &[("Content-Type", content_type), ("Vary", "Accept, Accept-Encoding")], body.as_bytes())
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).expect("in memory");
    encoder.finish().expect("in memory")
}

/// Probes a server that gives one answer.
fn probe_one(answer: Vec<u8>, arguments: &[&str]) -> Outcome {
    let server = Server::start(vec![answer]);
    let outcome = run(probe().arg(server.url()).args(arguments));
    server.heads();
    outcome
}

/// Probes standard input.
fn probe_input(input: &[u8], arguments: &[&str]) -> Outcome {
    let mut child = probe()
        .arg("-")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built with this test");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("ended");
    writer.join().expect("written");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Outcome { status: output.status.code().expect("ended"), out: text(output.stdout), err: text(output.stderr) }
}

/// Not fetched: status 2, one sentence with `words` on standard error, nothing on standard output.
#[track_caller]
fn assert_failed(outcome: &Outcome, words: &str) {
    assert_eq!((outcome.status, outcome.out.as_str()), (2, ""), "{outcome:?}");
    assert!(outcome.err.starts_with("openclaw-prometheus: probe: "), "{outcome:?}");
    assert!(outcome.err.contains(words), "expected …{words}…, found {outcome:?}");
    assert_eq!(outcome.err.lines().count(), 1, "{outcome:?}");
}

// --- what is asked

#[test]
fn it_asks_as_prometheus_3_does() {
    let server = Server::start(vec![page(TEXT, PAGE)]);
    let address = server.address;
    let outcome = run(probe().arg(server.url()).args(["--timeout", "7.5"]));
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let head = server.heads().remove(0).to_ascii_lowercase();
    let has = |line: &str| assert!(head.contains(&format!("{line}\r\n")), "no {line:?} in {head}");
    assert!(head.starts_with("get /metrics http/1.1\r\n"), "{head}");
    has(&format!("host: {address}"));
    has("accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
         application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
    has("accept-encoding: gzip");
    has("x-prometheus-scrape-timeout-seconds: 7.5");
    assert!(head.contains("user-agent: openclaw-prometheus-probe/"), "{head}");
    assert!(!head.contains("authorization"), "{head}");
}

#[test]
fn one_format_can_be_asked_for() {
    for (format, first) in
        [("text", "text/plain;version=1.0.0"), ("openmetrics", "application/openmetrics-text;version=1.0.0")]
    {
        let server = Server::start(vec![page(TEXT, PAGE)]);
        let outcome = run(probe().arg(server.url()).args(["--format", format, "--quiet"]));
        let head = server.heads().remove(0);
        assert!(head.contains(&format!("accept: {first};")), "{head}");
        assert_eq!(head.contains("text/plain"), format == "text", "{head}");
        let expected: &[&str] = if format == "text" { &[] } else { &["format-not-given"] };
        assert_eq!(outcome.rules(), expected, "{outcome:?}");
    }
}

// --- what comes back

#[test]
fn a_sound_page_is_summed_up() {
    let body = "# HELP a_page_read_timestamp_seconds Time.\n# TYPE a_page_read_timestamp_seconds gauge\n\
                a_page_read_timestamp_seconds 1.7e9\n# HELP process_start_time_seconds Start.\n\
                # TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1.6e9\n\
                # HELP b Help.\n# TYPE b counter\nb_total 1\nb_total{c=\"d\"} 2\n# EOF\n";
    let outcome = probe_one(page(OPENMETRICS, body), &[]);
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""), "{outcome:?}");
    for line in [
        "  status    200",
        "  format    OpenMetrics 1.0.0",
        "  type      application/openmetrics-text; version=1.0.0; charset=utf-8",
        "  counter                  1         2",
        "  gauge                    2         2",
        "  all                      3         4",
        "         2  counter   b",
        "0 errors, 0 warnings, 0 notes",
    ] {
        assert!(outcome.out.lines().any(|found| found == line), "no {line:?} in\n{}", outcome.out);
    }
    assert!(outcome.out.contains(", says a_page_read_timestamp_seconds\n"), "{}", outcome.out);
    assert!(outcome.out.contains(", since Sun, 13 Sep 2020 12:26:40 GMT\n"), "{}", outcome.out);
    assert!(outcome.out.lines().all(|line| line.chars().count() <= 80), "{}", outcome.out);
}

#[test]
fn scripts_get_the_same_as_json() {
    let body = gzip(b"# HELP a Help.\n# TYPE a counter\na 1\na 1\n");
    let headers = [("Content-Type", TEXT), ("Content-Encoding", "gzip"), ("Vary", "accept-encoding"), ("Age", "30")];
    let outcome = probe_one(answer("200 OK", &headers, &body), &["--json"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let json = outcome.json();
    assert_eq!((&json["format"], &json["version"]), (&"text".into(), &"0.0.4".into()));
    assert_eq!((&json["series"], &json["bytes"]), (&2.into(), &40.into()));
    assert_eq!(json["transfer"]["wire_bytes"], body.len());
    assert_eq!(json["transfer"]["is_gzip"], true);
    assert_eq!(json["age"], serde_json::json!({ "seconds": 30.0, "source": "Age" }));
    assert_eq!((&json["errors"], &json["warnings"]), (&1.into(), &1.into()), "{json}");
    let error = &json["problems"][0];
    assert_eq!(
        (&error["severity"], &error["rule"], &error["line"]),
        (&"error".into(), &"series-twice".into(), &4.into())
    );
    assert_eq!(json["problems"][1]["rule"], "counter-without-total");
    // An object whatever happens.
    let outcome = probe_one(answer("503 Busy", &[], b""), &["--json"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.json()["error"].as_str().is_some_and(|error| error.contains("503")), "{outcome:?}");
}

#[test]
fn every_status_says_what_to_do() {
    for (status, words) in [
        ("204 No Content", "a scraper takes 200 only"),
        ("304 Not Modified", "leads nowhere"),
        ("400 Bad Request", "a scraper takes 200 only"),
        ("401 Unauthorized", "it wants a bearer token (OPENCLAW_PROMETHEUS_BEARER_TOKEN or --token-file)"),
        ("403 Forbidden", "may not read metrics"),
        ("404 Not Found", "try the path /metrics"),
        ("405 Method Not Allowed", "does not answer GET"),
        ("406 Not Acceptable", "none of the formats"),
        ("429 Too Many Requests", "too often"),
        ("500 Oops", "its own log"),
        ("503 Busy", "try again"),
    ] {
        let outcome = probe_one(answer(status, &[("Content-Type", TEXT)], b""), &[]);
        assert_failed(&outcome, words);
        assert!(outcome.err.contains(&format!("answers {}", &status[..3])), "{outcome:?}");
    }
}

#[test]
fn the_head_is_held_against_the_page() {
    let openmetrics = "# HELP a Help.\n# TYPE a gauge\na 1\n# EOF\n";
    for (content_type, body, rules, status) in [
        (Some(TEXT), PAGE, &[][..], 0),
        (Some("text/plain"), PAGE, &[], 0),
        (Some(OPENMETRICS), openmetrics, &[], 0),
        (None, PAGE, &["content-type-missing"], 1),
        (Some(""), PAGE, &["content-type-missing"], 1),
        (Some("text/html"), PAGE, &["content-type-unknown"], 1),
        (Some("application/json"), openmetrics, &["content-type-unknown"], 1),
        (Some(TEXT), openmetrics, &["content-type-mismatch"], 0),
        (Some(OPENMETRICS), PAGE, &["no-eof", "content-type-mismatch"], 1),
        (Some("text/plain; version=9"), PAGE, &["version-not-asked-for"], 0),
        (Some(TEXT), "# HELP \"a.b\" Help.\n{\"a.b\"} 1\n", &["quoted-name"], 0),
        (Some("text/plain; version=1.0.0; escaping=allow-utf-8"), "# HELP \"a.b\" Help.\n{\"a.b\"} 1\n", &[], 0),
    ] {
        let mut headers = vec![("Vary", "Accept")];
        headers.extend(content_type.map(|value| ("Content-Type", value)));
        let outcome = probe_one(answer("200 OK", &headers, body.as_bytes()), &["--quiet"]);
        assert_eq!((outcome.rules(), outcome.status), (rules.to_vec(), status), "{content_type:?} {outcome:?}");
    }
    let outcome = probe_one(answer("200 OK", &[("Content-Type", OPENMETRICS)], openmetrics.as_bytes()), &["--quiet"]);
    assert_eq!((outcome.rules(), outcome.status), (vec!["vary-missing"], 0), "{outcome:?}");
    assert!(outcome.out.starts_with("note: "), "{outcome:?}");
    let large: String = (0..6000).map(|number| format!("# HELP a{number} b\na{number} 1\n")).collect();
    let outcome = probe_one(page(TEXT, &large), &["--quiet"]);
    assert_eq!(outcome.rules(), ["not-compressed"], "{outcome:?}");
}

#[test]
fn a_content_length_that_lies_is_found() {
    let headers = [("Content-Type", OPENMETRICS), ("Vary", "Accept"), ("Content-Length", "1000")];
    assert_failed(&probe_one(answer("200 OK", &headers, PAGE.as_bytes()), &[]), "ended after 34 bytes");
    let headers = [("Content-Type", OPENMETRICS), ("Vary", "Accept"), ("Content-Length", "34")];
    let outcome = probe_one(answer("200 OK", &headers, format!("{PAGE}# EOF\n").as_bytes()), &["--quiet"]);
    assert_eq!((outcome.status, outcome.rules().contains(&"no-eof")), (1, true), "{outcome:?}");
}

#[test]
fn chunks_are_put_together() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {TEXT}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let whole = format!("{head}10\r\n{}\r\n12\r\n{}\r\n0\r\n\r\n", &PAGE[..16], &PAGE[16..]);
    assert_eq!(probe_one(whole.into_bytes(), &[]).status, 0);
    let cut = format!("{head}10\r\n{}\r\n", &PAGE[..16]);
    assert_failed(&probe_one(cut.into_bytes(), &[]), "ended after 16 bytes");
}

#[test]
fn packed_pages_are_unpacked_and_bounded() {
    let send = |encoding: &str, body: &[u8]| {
        let headers = [("Content-Type", TEXT), ("Vary", "Accept-Encoding"), ("Content-Encoding", encoding)];
        probe_one(answer("200 OK", &headers, body), &[])
    };
    let packed = gzip(PAGE.as_bytes());
    let outcome = send("gzip", &packed);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let size = format!("  size      34 bytes, {} on the wire (gzip)\n", packed.len());
    assert!(outcome.out.contains(&size), "{}", outcome.out);
    assert_failed(&send("gzip", PAGE.as_bytes()), "cannot be unpacked");
    assert_failed(&send("gzip", &packed[..packed.len() - 4]), "cannot be unpacked");
    // As by Prometheus, nothing else is unpacked.
    let outcome = send("br", PAGE.as_bytes());
    assert_eq!((outcome.status, outcome.rules()), (0, vec!["content-encoding-unknown"]), "{outcome:?}");
    let outcome = send("x-gzip", &packed);
    assert_eq!((outcome.status, outcome.rules()), (1, vec!["packed", "content-encoding-unknown"]), "{outcome:?}");
    // 65 MiB of line feeds in 65 KiB.
    assert_failed(&send("gzip", &gzip(&vec![b'\n'; 1 << 20]).repeat(65)), "larger than 64 MiB");
}

#[test]
fn a_server_that_hangs_is_left_in_time() {
    let start = format!("HTTP/1.1 200 OK\r\nContent-Type: {TEXT}\r\nContent-Length: 100\r\n\r\na 1\n");
    for (said, words) in [("", "no answer within 0.3 s"), (&start, "stopped after 4 bytes")] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let said = said.to_owned();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            head(&stream);
            stream.write_all(said.as_bytes()).expect("sent");
            // Until the client goes.
            let _ = stream.read(&mut [0]);
        });
        let outcome = run(probe().args([&url, "--timeout", "0.3"]));
        server.join().expect("ended well");
        assert_failed(&outcome, words);
    }
}

#[test]
fn what_cannot_be_asked_is_one_sentence() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    assert_failed(&run(probe().arg(format!("http://{closed}/metrics"))), "nothing listens at");
    assert_failed(&run(probe().arg(closed.to_string())), &format!("nothing listens at http://{closed}/metrics"));
    assert_failed(&run(probe().arg("ftp://localhost:1")), "write http://");
    assert_failed(&run(probe().arg("unix:/nowhere/at/all.sock")), "cannot connect to unix:/nowhere/at/all.sock");
    let secret = run(probe().arg(format!("http://me:{TOKEN}@localhost/")));
    assert_failed(&secret, "carries no credentials");
    assert!(!secret.err.contains(TOKEN), "{secret:?}");
    assert_failed(&probe_one(b"SSH-2.0-OpenSSH\r\n".to_vec(), &[]), "does not answer in HTTP/1.1");
    let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    assert_failed(&probe_one(answer("200 OK", &[("Content-Type", protobuf)], b"\x0A\xFF"), &[]), "ask for another");
}

#[test]
fn redirects_are_followed_on_the_same_host_only() {
    let to = |location: &str| answer("302 Found", &[("Location", location)], b"");
    let server = Server::start(vec![to("/other?x=y"), page(TEXT, PAGE)]);
    let outcome = run(probe().arg(server.url()).env(VARIABLE, TOKEN));
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.out.starts_with(&format!("http://{}/other?x=y\n", server.address)), "{outcome:?}");
    assert!(server.heads()[1].starts_with("GET /other?x=y HTTP/1.1\r\n"));

    // The other server would see the token: it must not even see a connection.
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    other.set_nonblocking(true).expect("set");
    let elsewhere = format!("http://{}/metrics", other.local_addr().expect("bound"));
    let server = Server::start(vec![to(&elsewhere)]);
    let outcome = run(probe().arg(server.url()).env(VARIABLE, TOKEN));
    server.heads();
    assert_failed(&outcome, "another host and is not followed");
    assert_eq!(other.accept().expect_err("nobody came").kind(), std::io::ErrorKind::WouldBlock);

    let server = Server::start(vec![to("/metrics"); 6]);
    let outcome = run(probe().arg(server.url()));
    assert_eq!(server.heads().len(), 6);
    assert_failed(&outcome, "more than 5 redirects");
}

#[test]
fn a_unix_socket_is_asked_like_any_host() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("probe-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let head = head(&stream);
        stream.write_all(&page(TEXT, PAGE)).expect("sent");
        head
    });
    let outcome = run(probe().arg(format!("unix:{}:/other", path.display())));
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(server.join().expect("ended well").starts_with("GET /other HTTP/1.1\r\nhost: localhost\r\n"));
    let _ = std::fs::remove_file(path);
}

// --- the token

fn token_file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("probe-{name}-{}", std::process::id()));
    std::fs::write(&path, text).expect("written");
    path
}

#[test]
fn the_token_comes_from_the_environment_or_a_file() {
    let sent = |command: &mut Command| {
        let server = Server::start(vec![page(TEXT, PAGE)]);
        let outcome = run(command.arg(server.url()));
        assert_eq!(outcome.status, 0, "{outcome:?}");
        let head = server.heads().remove(0);
        head.lines().find_map(|line| line.strip_prefix("authorization: ")).map(str::to_owned)
    };
    let bearer = Some(format!("Bearer {TOKEN}"));
    assert_eq!(sent(probe().env(VARIABLE, TOKEN)), bearer);
    assert_eq!(sent(probe().env(VARIABLE, "")), None);
    // As the plugin before this one had it, if the other is not set.
    assert_eq!(sent(probe().env(VARIABLE_BEFORE, TOKEN)), bearer);
    assert_eq!(sent(probe().env(VARIABLE, "").env(VARIABLE_BEFORE, TOKEN)), bearer);
    assert_eq!(sent(probe().env(VARIABLE, TOKEN).env(VARIABLE_BEFORE, "another")), bearer);
    let file = token_file("good", &format!("{TOKEN}\n"));
    assert_eq!(sent(probe().arg("--token-file").arg(&file)), bearer);
    // The file is the more deliberate of the two.
    assert_eq!(sent(probe().env(VARIABLE, "another").arg("--token-file").arg(&file)), bearer);
    for (name, text) in [("empty", "\n"), ("two-lines", &format!("{TOKEN}\n{TOKEN}")), ("umlaut", "käfer")] {
        let bad = token_file(name, text);
        let outcome = run(probe().arg("http://127.0.0.1:9/").arg("--token-file").arg(&bad));
        assert_failed(&outcome, "holds no token");
        assert!(!outcome.err.contains(TOKEN), "{outcome:?}");
        let _ = std::fs::remove_file(bad);
    }
    assert_failed(
        &run(probe().args(["--token-file", "/nowhere/at/all"])),
        "cannot read the token or password file /nowhere/at/all",
    );
    let _ = std::fs::remove_file(file);
}

#[test]
fn the_token_appears_in_no_output() {
    let reflecting = format!("# HELP a {TOKEN}\n# TYPE a gauge\na{{b=\"{TOKEN}\"}} 1\n{TOKEN} x\n");
    let with_token = |name: &'static str| answer("200 OK", &[(name, TOKEN)], reflecting.as_bytes());
    let answers = [
        answer("401 Unauthorized", &[("WWW-Authenticate", TOKEN)], TOKEN.as_bytes()),
        answer(&format!("403 {TOKEN}"), &[], TOKEN.as_bytes()),
        answer("500 Oops", &[], TOKEN.as_bytes()),
        answer("302 Found", &[("Location", &format!("http://elsewhere/{TOKEN}"))], b""),
        answer("200 OK", &[("Content-Encoding", TOKEN)], b""),
        page(TEXT, &reflecting),
        page(&format!("text/{TOKEN}"), &reflecting),
        with_token("Content-Type"),
        with_token("Last-Modified"),
        TOKEN.as_bytes().to_vec(),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        for arguments in [&[][..], &["--json"], &["--quiet"]] {
            let server = Server::start(vec![answer.clone()]);
            let outcome = run(probe().arg(server.url()).args(arguments).env(VARIABLE, TOKEN));
            let head = server.heads().remove(0);
            assert!(head.contains(TOKEN), "it was sent");
            assert!(!outcome.out.contains(TOKEN) && !outcome.err.contains(TOKEN), "answer {number}: {outcome:?}");
            assert_ne!(outcome.status, 0, "answer {number}: {outcome:?}");
        }
    }
    let outcome = {
        let server = Server::start(vec![page(TEXT, &format!("# HELP a {TOKEN}\n# TYPE a gauge\na 1\n"))]);
        run(probe().args([&server.url(), "--quiet"]).env(VARIABLE, TOKEN))
    };
    assert_eq!(outcome.rules(), ["token-shown"], "{outcome:?}");
}

// --- standard input, and what counts

#[test]
fn standard_input_is_read_in_the_format_that_it_has() {
    let outcome = probe_input(PAGE.as_bytes(), &[]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.out.starts_with("standard input\n  format    Prometheus text\n"), "{outcome:?}");
    let outcome = probe_input(format!("{PAGE}# EOF\n").as_bytes(), &[]);
    assert!(outcome.out.starts_with("standard input\n  format    OpenMetrics\n"), "{outcome:?}");
    let outcome = probe_input(PAGE.as_bytes(), &["--format", "openmetrics", "--quiet"]);
    assert_eq!(
        (outcome.status, outcome.out.as_str()),
        (1, "error: line 3: expected `# EOF` as the last line, found the end of the page [no-eof]\n")
    );
    assert_failed(&probe_input(&vec![b'\n'; (64 << 20) + 1], &[]), "larger than 64 MiB");
    let outcome = probe_input(b"\x1F\x8B\x08", &["--quiet"]);
    assert_eq!((outcome.status, outcome.rules()), (1, vec!["packed"]), "{outcome:?}");
}

#[test]
fn warnings_count_when_asked_and_notes_never() {
    let warned = "# TYPE a gauge\na 1\n";
    assert_eq!(probe_input(warned.as_bytes(), &[]).status, 0);
    assert_eq!(probe_input(warned.as_bytes(), &["--strict"]).status, 1);
    let noted = "# HELP openclaw_worker_count Workers.\n# TYPE openclaw_worker_count gauge\nopenclaw_worker_count 1\n";
    let outcome = probe_input(noted.as_bytes(), &["--strict", "--quiet"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.out.starts_with("note: line 1: openclaw_worker_count: "), "{outcome:?}");
}

#[test]
fn the_committed_page_lacks_help_and_nothing_else() {
    let page = include_str!("../../../tests/data/openclaw/sample.prom");
    let outcome = probe_input(page.as_bytes(), &["--quiet"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let others: Vec<&str> =
        outcome.out.lines().filter(|line| !line.ends_with("[help-missing]") && !line.starts_with("note: ")).collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn our_own_page_has_no_problems() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["serve", "--demo", "--web.listen-address", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built with this test");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line).expect("one line");
    let url = format!("http://{}/metrics", served(&line, "/metrics").expect("where it serves"));
    // Until the sample is on the page.
    let mut outcome = None;
    support::deadline::until("the demo's page has series", || {
        let now = run(probe().args([&url, "--json"]));
        let is_full = now.json()["series"].as_u64() > Some(500);
        outcome = Some(now);
        is_full
    });
    let _ = child.kill();
    let _ = child.wait();
    let json = outcome.expect("probed").json();
    let problems = json["problems"].as_array().expect("a list");
    // Two official names are noted.
    let others: Vec<&Value> = problems.iter().filter(|problem| problem["severity"] != "note").collect();
    assert_eq!(others, [&Value::Null; 0]);
}
