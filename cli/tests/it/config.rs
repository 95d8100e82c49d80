//! Promise: the binary is configured as the library is, says one line for each problem, and then ends with status 2.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::program::{message, served};

/// What nothing may show.
const SECRET: &str = "s3cr3t-t0ken-that-is-long";

fn program(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"));
    command.env_clear().args(arguments).envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A child that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What it says when it does not come to serve.
#[track_caller]
fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut running = Running(program(arguments, variables).spawn().expect("built with this test"));
    let mut status = None;
    support::deadline::until("the program ends", || {
        status = running.0.try_wait().expect("a child");
        status.is_some()
    });
    let (mut out, mut err) = (String::new(), String::new());
    running.0.stdout.take().expect("piped").read_to_string(&mut out).expect("UTF-8");
    running.0.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
    assert_eq!(status.and_then(|status| status.code()), Some(2), "{err}");
    assert_eq!(out, "");
    let told = |line: &str| line.strip_prefix("openclaw-prometheus: ").map_or_else(|| message(line), str::to_owned);
    err.lines().map(told).collect::<Vec<_>>().join("\n")
}

/// Starts it, and waits until it says where it serves.
#[track_caller]
fn serving(arguments: &[&str], variables: &[(&str, &str)]) -> (Running, SocketAddr) {
    let mut running = Running(program(arguments, variables).spawn().expect("built with this test"));
    let mut line = String::new();
    BufReader::new(running.0.stderr.take().expect("piped")).read_line(&mut line).expect("UTF-8");
    let address = served(&line, "/metrics");
    (running, address.unwrap_or_else(|| panic!("no address in {line:?}")))
}

fn file(name: &str, text: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    std::fs::write(&file, text).expect("a folder for tests");
    file
}

#[test]
fn every_problem_is_a_line_whatever_place_it_is_in() {
    let config = file("bad.json5", "{ colectIntervalMs: 1, scrapeAuth: { enabled: 'yes' }, maxSeries: 0 }");
    let web = file("bad.yml", "tls_server_config: { cert_file: a }\nrate_limits: 1\n");
    let flags = ["--config", config.to_str().unwrap(), "--web.config.file", web.to_str().unwrap()];
    let flags = [&flags[..], &["--web.listen-address", "9090", "--collect-interval-ms", "-1"]].concat();
    let expected = "config: colectIntervalMs: not a key; did you mean collectIntervalMs?\n\
        config: scrapeAuth.enabled: \"yes\" given; write true or false\n\
        config: maxSeries: 0 given; write a whole number from 1 to 1000000\n\
        environment: OPENCLAW_PROMETHEUS_PORT: \"x\" given; write a whole number from 0 to 65535\n\
        environment: OPENCLAW_PROMETHEUS_PROT: not a variable that is read; did you mean OPENCLAW_PROMETHEUS_PORT?\n\
        flag --web.listen-address: \"9090\" given; write 127.0.0.1:19464, [::1]:19464, [fe80::1%eth0]:19464, \
        localhost:19464, :19464 for all addresses, or unix:/path/to.sock\n\
        flag --collect-interval-ms: \"-1\" given; write 0 or a whole number from 10 to 3600000\n\
        web config: rate_limits: not a key; did you mean rate_limit?\n\
        web config: tls_server_config.key: is missing; write key_file: and the file, or key: and the PEM itself";
    let variables = [("OPENCLAW_PROMETHEUS_PORT", "x"), ("OPENCLAW_PROMETHEUS_PROT", "1")];
    assert_eq!(refusal(&flags, &variables), expected);
    assert_eq!(refusal(&[&["serve", "--demo"], &flags[..]].concat(), &variables), expected);
}

#[test]
fn a_file_that_is_not_there_or_not_json_is_one_line() {
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-there.json5");
    let line = refusal(&["--config", missing.to_str().unwrap()], &[]);
    assert_eq!(line, format!("config: {}: cannot be read: No such file or directory (os error 2)", missing.display()));
    let broken = file("broken.json5", "{\n  port: 1\n  path: '/'\n}\n");
    let line = refusal(&["--config", broken.to_str().unwrap()], &[]);
    assert_eq!(line, format!("config: {}: line 3, column 3: expected comma", broken.display()));
}

#[test]
fn a_flag_given_twice_is_refused() {
    let line = refusal(&["--web.telemetry-path", "/a", "--web.telemetry-path", "/b"], &[]);
    assert_eq!(line, "flag --web.telemetry-path: given twice; write it once");
}

#[test]
fn beyond_this_machine_it_does_not_serve_without_a_token() {
    let line = refusal(&["--web.listen-address", "0.0.0.0:0"], &[]);
    assert_eq!(
        line,
        "config: listenAddress: other machines can reach 0.0.0.0:0, and no token is asked for; set scrapeAuth.enabled \
         and a token, listen on 127.0.0.1, or add --allow-unauthenticated"
    );
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let config = file("good.json5", "{ port: 1, listenAddress: '127.0.0.2', maxSeries: 1, collectIntervalMs: 10 }");
    let flags = ["--demo", "--config", config.to_str().unwrap()];
    let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
    let (_by_environment, address) = serving(&flags, &[("OPENCLAW_PROMETHEUS_PORT", "0")]);
    assert_eq!(address.ip(), ip("127.0.0.2"));
    assert_ne!(address.port(), 1);
    let variables = [("OPENCLAW_PROMETHEUS_PORT", "1"), ("OPENCLAW_PROMETHEUS_LISTEN_ADDRESS", "127.0.0.3")];
    let with_flag = [&["serve"], &flags[..], &["--web.listen-address", "127.0.0.4:0"]].concat();
    let (_by_flag, address) = serving(&with_flag, &variables);
    assert_eq!(address.ip(), ip("127.0.0.4"));
    // `maxSeries` of the file: what one series has no room for is refused, and counted.
    support::deadline::until("a refusal is served", || {
        let mut stream = TcpStream::connect(address).expect("listening");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("UTF-8");
        page.lines().any(|line| line.starts_with("openclaw_metrics_refused_total{") && !line.ends_with(" 0"))
    });
}

/// The first line and the body of an answer.
fn get(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("listening");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

#[test]
fn nothing_to_serve_is_one_line_whether_the_command_is_named_or_not() {
    let config = file("nothing.json5", "{ port: 0 }");
    let config = ["--config", config.to_str().unwrap()];
    let nothing = "serve: nothing to serve; add --gateway URL, --demo or --replay FILE";
    for arguments in [&[][..], &["serve"], &config, &["serve", config[0], config[1]]] {
        assert_eq!(refusal(arguments, &[]), nothing, "{arguments:?}");
    }
}

#[test]
fn asked_for_a_token_that_is_not_set_it_says_what_to_set_to_whoever_scrapes() {
    let variables = [("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED", "true"), ("OPENCLAW_PROMETHEUS_PORT", "0")];
    let mut running =
        Running(program(&["--demo", "--log.level", "info"], &variables).spawn().expect("built with this test"));
    let mut lines = BufReader::new(running.0.stderr.take().expect("piped")).lines();
    let mut said = Vec::new();
    let address = loop {
        let line = lines.next().expect("a line").expect("UTF-8");
        if let Some(address) = served(&line, "/metrics") {
            break address;
        }
        said.push(message(&line));
    };
    let sentence = "config: scrapeAuth.enabled: true given, but no token; set OPENCLAW_PROMETHEUS_BEARER_TOKEN or \
                    scrapeAuth.bearerTokenFile";
    assert!(said.iter().any(|line| line.contains(sentence)), "{said:?}");
    let (head, body) = get(address, "/metrics", "");
    assert!(head.starts_with("HTTP/1.1 503 ") && body == format!("{sentence}\n"), "{head}\n{body}");
    assert!(get(address, "/-/healthy", "").0.starts_with("HTTP/1.1 200 "));
    assert!(get(address, "/-/ready", "").0.starts_with("HTTP/1.1 503 "));
}

#[test]
fn a_token_that_cannot_be_used_is_one_line_at_the_start_and_nothing_of_its_file_is_shown_to_others() {
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-token");
    let weak = file("weak-token", "short\r\n");
    for (place, line) in [
        (&missing, "does not exist; write the token into it; nobody may scrape until it has a token"),
        (&weak, "the token has 5 characters, and who tries long enough finds it; write 16 or more"),
    ] {
        let variables = [
            ("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED", "true"),
            ("OPENCLAW_PROMETHEUS_PORT", "0"),
            ("OPENCLAW_PROMETHEUS_BEARER_TOKEN_FILE", place.to_str().unwrap()),
        ];
        let mut running = Running(program(&["--demo"], &variables).spawn().expect("built with this test"));
        let mut lines = BufReader::new(running.0.stderr.take().expect("piped")).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().expect("a line").expect("UTF-8");
            if let Some(address) = served(&line, "/metrics") {
                break address;
            }
            said.push(message(&line));
        };
        let expected = format!("auth: {}: {line}", place.display());
        assert_eq!(said.iter().filter(|said| **said == expected).count(), 1, "{said:?}");
        let shown = ["/metrics", "/", "/-/ready", "/-/healthy"].map(|path| get(address, path, "").1).concat();
        assert!(!shown.contains("token-file") && !shown.contains(&*place.to_string_lossy()), "{shown}");
        let status = get(address, "/metrics", "Authorization: Bearer short\r\n").0;
        assert!(status.starts_with(if place == &weak { "HTTP/1.1 200 " } else { "HTTP/1.1 503 " }), "{status}");
    }
}

#[test]
fn path_token_headers_and_formats_are_those_of_the_configuration() {
    let config = file(
        "served.json5",
        "{ port: 0, path: '/a/b', instance: 'attic', formats: { openMetrics: false, gzip: false },
           scrapeAuth: { enabled: true } }",
    );
    let web = file("served.yml", "http_server_config: { headers: { X-Frame-Options: deny } }\n");
    let flags = ["--demo", "--config", config.to_str().unwrap(), "--web.config.file", web.to_str().unwrap()];
    for variable in ["OPENCLAW_PROMETHEUS_BEARER_TOKEN", "openclaw-prometheus_BEARER_TOKEN"] {
        let mut running = Running(program(&flags, &[(variable, SECRET)]).spawn().expect("built with this test"));
        let mut line = String::new();
        BufReader::new(running.0.stderr.take().expect("piped")).read_line(&mut line).expect("UTF-8");
        let address = served(&line, "/a/b").expect(&line);
        assert!(message(&line).ends_with(", to whoever has the token"), "{line}");
        let (head, _) = get(address, "/a/b", "");
        assert!(head.starts_with("HTTP/1.1 401 ") && head.contains("\r\nwww-authenticate: Bearer"), "{head}");
        assert!(get(address, "/metrics", "").0.starts_with("HTTP/1.1 404 "));
        let wants = "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n";
        let (head, page) = get(address, "/a/b", &format!("Authorization: Bearer {SECRET}\r\n{wants}"));
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("text/plain; version=0.0.4"), "{head}");
        assert!(!head.contains("content-encoding") && head.contains("\r\nx-frame-options: deny"), "{head}");
        let labels = format!(
            "{{version=\"{}\",instance_name=\"attic\",plugin=\"openclaw-prometheus\"}}",
            env!("CARGO_PKG_VERSION")
        );
        assert!(page.contains(&format!("openclaw_exporter_build_info{labels} 1\n")), "{page}");
        assert_eq!(page.matches("attic").count(), 1, "a label on one metric only");
        for family in
            ["process_cpu_seconds_total ", "process_start_time_seconds ", "openclaw_metrics_series_capacity 8192"]
        {
            assert!(page.contains(&format!("\n{family}")), "{family}");
        }
    }
}

#[test]
fn a_token_is_not_said_at_any_level() {
    let config = file(
        "token.json5",
        &format!("{{ path: '/x', listenAddress: '0.0.0.0', scrapeAuth: {{ bearerToken: '{SECRET}' }} }}"),
    );
    let said = |level| {
        let flags =
            ["--config", config.to_str().unwrap(), "--log.level", level, "--allow-unauthenticated", "--replay", "/"];
        refusal(&flags, &[("OPENCLAW_PROMETHEUS_BEARER_TOKEN", SECRET)])
    };
    let [debug, info, warn, error] = ["debug", "info", "warn", "error"].map(said);
    assert!(![&debug, &info, &warn, &error].into_iter().any(|lines| lines.contains(SECRET)), "{debug}");
    // Two warnings, then why it does not serve.
    assert_eq!((warn.lines().count(), error.lines().count()), (3, 1), "{warn}");
    assert!(warn.contains("development only") && !error.contains("development only"), "{warn}");
    assert_eq!(info, warn);
    assert!(debug.contains("\"path\":\"/x\""), "{debug}");
}
