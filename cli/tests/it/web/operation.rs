//! Promise: where it listens, below which paths, for how many at a time, and how it is told to reload, as Prometheus and its exporters
//! have it.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::answers::Answer;
use support::deadline::until;

use super::asked::{Program, RECORDING, curl, statuses};
use super::cases::{PASSWORDS, VERIFIED, tls, users};
use super::certificates::Folder;

fn get(address: SocketAddr, path: &str) -> Answer {
    Answer::over(address, &[format!("GET {path}").as_bytes()])
}

fn ask(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Answer {
    let first = format!("{method} {path}");
    let lines: Vec<&[u8]> = std::iter::once(first.as_str()).chain(headers.iter().copied()).map(str::as_bytes).collect();
    Answer::over(address, &lines)
}

/// What the program says that does not start so.
fn refusal(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus")).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
#[ignore = "needs curl; tests/all installs it"]
fn several_addresses_and_a_socket_speak_tls_and_ask_for_passwords() {
    let folder = Folder::new("places");
    let web = folder.write("web.yml", tls("") + &users(&PASSWORDS));
    let socket = folder.file("it.sock");
    let socket_place = format!("unix:{}", socket.display());
    let program = Program::start(&[
        "--web.config.file",
        web.to_str().unwrap(),
        "--web.listen-address",
        "127.0.0.1:0",
        "--web.listen-address",
        "[::1]:0",
        "--web.listen-address",
        &socket_place,
    ])
    .unwrap();
    let [first, second, third] = &program.places[..] else { panic!("{:?}", program.places) };
    assert_eq!(Path::new(third), socket);
    for (place, arguments) in [
        (first.as_str(), vec![]),
        (second.as_str(), vec![]),
        ("localhost", vec!["--unix-socket", socket.to_str().unwrap()]),
    ] {
        let asked = |scheme: &str, more: &[&str]| {
            statuses(folder.path(), &[&arguments, more].concat(), &[format!("{scheme}://{place}/metrics")])
        };
        let ca = ["--cacert", "ca.pem"];
        let password = ["--cacert", "ca.pem", "-u", "alice:rabbit"];
        let answers = [asked("https", &ca), asked("https", &password), asked("http", &[])];
        assert_eq!(answers, ["401", "200", "400"], "{place}");
    }
}

#[test]
fn an_address_of_a_link_is_listened_on_with_its_zone() {
    let program = Program::start(&["--web.listen-address", "[::1%lo]:0"]).unwrap();
    let port = program.places[0].rsplit_once(':').unwrap().1.parse().unwrap();
    let answer = get(SocketAddr::new("::1".parse().unwrap(), port), "/metrics");
    assert_eq!(answer.status, 200);
    let said = refusal(&["--demo", "--web.listen-address", "[::1%nosuch0]:0"]);
    assert!(said.contains("nosuch0") && said.contains("[fe80::1%eth0]:19464"), "{said}");
}

/// A program that systemd's own tool starts once somebody connects, on a port and a socket of its choice.
fn activated(folder: &Folder, arguments: &[&str]) -> (Program, SocketAddr, String) {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let socket = folder.file("systemd.sock").display().to_string();
    let mut command = Command::new("systemd-socket-activate");
    command.args(["-l", &address.to_string(), "-l", &socket, env!("CARGO_BIN_EXE_openclaw-prometheus"), "serve"]);
    command.args(["--web.systemd-socket", "--replay", RECORDING, "--collect-interval-ms", "0"]).args(arguments);
    // It waits for the first client, which waits for it.
    let first = std::thread::spawn(move || {
        until("systemd-socket-activate listens", || TcpStream::connect(address).is_ok());
    });
    let program = Program::run(command).unwrap();
    first.join().unwrap();
    (program, address, socket)
}

#[test]
#[ignore = "needs curl and systemd-socket-activate; tests/all runs it where that is there"]
fn sockets_that_systemd_hands_over_are_served_whatever_they_are() {
    let folder = Folder::new("systemd");
    let (program, address, socket) = activated(&folder, &[]);
    assert_eq!(program.places, [address.to_string(), socket.clone()]);
    let url = format!("http://{address}/metrics");
    assert_eq!(statuses(folder.path(), &[], &[url]), "200");
    let url = "http://localhost/metrics".to_owned();
    assert_eq!(statuses(folder.path(), &["--unix-socket", &socket], &[url]), "200");
    drop(program);

    let web = folder.write("web.yml", tls(""));
    std::fs::remove_file(&socket).unwrap();
    let (_program, address, socket) = activated(&folder, &["--web.config.file", web.to_str().unwrap()]);
    let asked = |more: &[&str], place: &str| {
        let arguments = [&["--cacert", "ca.pem"], more].concat();
        statuses(folder.path(), &arguments, &[format!("https://{place}/metrics")])
    };
    assert_eq!(asked(&[], &address.to_string()), "200");
    assert_eq!(asked(&["--unix-socket", &socket], "localhost"), "200");
}

#[test]
fn without_a_socket_of_systemd_it_says_what_is_missing() {
    let said = refusal(&["--demo", "--web.systemd-socket"]);
    assert!(said.contains("no socket was handed over (LISTEN_FDS)"), "{said}");
    let said = refusal(&["--demo", "--web.systemd-socket", "--web.listen-address", ":0"]);
    assert!(said.contains("--web.listen-address"), "{said}");
}

/// Every path that is answered, but for those of a fleet.
const ROUTES: [&str; 8] =
    ["/", "/metrics", "/metrics/health", "/metrics/per-object", "/metrics/detailed", "/ui", "/-/healthy", "/-/ready"];

#[test]
fn every_route_is_below_the_prefix_and_links_lead_there() {
    for (arguments, prefix, external) in [
        (&[][..], "", ""),
        (&["--web.route-prefix", "/below"], "/below", "/below"),
        (&["--web.route-prefix", "/below/it"], "/below/it", "/below/it"),
        (&["--web.external-url", "https://proxy.example/gate"], "/gate", "/gate"),
        (&["--web.external-url", "https://proxy.example/gate/", "--web.route-prefix", "/"], "", "/gate"),
        (&["--web.external-url", "https://proxy.example/gate", "--web.route-prefix", "/in"], "/in", "/gate"),
        (&["--web.external-url", "https://proxy.example"], "", ""),
    ] {
        let program = Program::start(arguments).unwrap();
        let status = |path: &str| get(program.address(), path).status;
        for route in ROUTES {
            assert_eq!(status(&format!("{prefix}{route}")), 200, "{arguments:?}: {prefix}{route}");
            if !prefix.is_empty() {
                assert_eq!(status(route), 404, "{arguments:?}: {route}");
                assert_eq!(status(&format!("{prefix}x{route}")), 404, "{arguments:?}: {prefix}x{route}");
            }
        }
        let landing = get(program.address(), &format!("{prefix}/")).text();
        let links: Vec<_> = landing.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = [&ROUTES[1..], &["/metrics/detailed?family="]].concat();
        for link in &links {
            let root = if external.is_empty() { "." } else { external };
            let route = link.strip_prefix(root).unwrap_or_else(|| panic!("{arguments:?}: {link}"));
            assert!(all.contains(&route), "{arguments:?}: {link}");
        }
        assert!(links.len() >= 6, "{arguments:?}: {links:?}");
        let absent = get(program.address(), &format!("{prefix}/absent"));
        assert_eq!(
            (absent.status, absent.text().contains(&format!("{external}/metrics"))),
            (404, true),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_fleet_is_below_the_prefix_and_discovery_leads_there() {
    let arguments = ["--demo", "--instances", "2", "--web.external-url", "https://proxy.example/gate"];
    for (more, prefix) in [(&[][..], "/gate"), (&["--web.route-prefix", "/"][..], "")] {
        let program = Program::start(&[&arguments, more].concat()).unwrap();
        let list = get(program.address(), &format!("{prefix}/sd"));
        let list: serde_json::Value = serde_json::from_str(&list.text()).expect("JSON");
        for (target, name) in list.as_array().unwrap().iter().zip(["gw-001", "gw-002"]) {
            assert_eq!(target["labels"]["__metrics_path__"], format!("/gate/i/{name}/metrics"));
            let status = |path: &str| get(program.address(), path).status;
            assert_eq!(status(&format!("{prefix}/i/{name}/metrics")), 200);
            if !prefix.is_empty() {
                assert_eq!([status("/sd"), status(&format!("/i/{name}/metrics"))], [404, 404]);
            }
            // What a page of an instance links to leads to that instance.
            let landing = get(program.address(), &format!("{prefix}/i/{name}/")).text();
            let links = landing.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
            for link in links {
                let route = link.strip_prefix('.').expect("from where the page is");
                assert_eq!(status(&format!("{prefix}/i/{name}{route}")), 200, "{link}");
            }
            assert!(get(program.address(), &format!("{prefix}/")).text().contains(&format!("\"/gate/i/{name}/\"")));
        }
    }
}

/// Somebody who asks for more than buffers hold, and reads nothing.
fn slow_reader(address: SocketAddr) -> TcpStream {
    let mut slow = TcpStream::connect(address).unwrap();
    slow.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let _ = slow.write_all("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200).as_bytes());
    slow
}

#[test]
fn no_more_requests_are_answered_at_a_time_than_it_was_told() {
    let program = Program::start(&["--web.max-requests", "2"]).unwrap();
    let address = program.address();
    let first = slow_reader(address);
    assert_eq!(get(address, "/metrics").status, 200);
    let second = slow_reader(address);
    until("both are being answered", || get(address, "/metrics").status == 503);
    // A supervisor would end what does not answer it.
    assert_eq!([get(address, "/-/healthy").status, get(address, "/-/ready").status], [200, 200]);
    let refused = get(address, "/metrics");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    drop((first, second));
    until("there is room again", || get(address, "/metrics").status == 200);
    let page = get(address, "/metrics").text();
    let counted = page
        .lines()
        .find(|line| line.starts_with("openclaw_metrics_http_refused_total{") && line.contains("reason=\"too_many\""));
    let counted = counted.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    assert!(counted.is_some_and(|count| count >= 2), "{counted:?}");
}

#[test]
fn as_many_as_come_are_answered_at_a_time_unless_it_was_told() {
    for arguments in [&[][..], &["--web.max-requests", "0"]] {
        let program = Program::start(arguments).unwrap();
        let _slow: Vec<_> = (0..8).map(|_| slow_reader(program.address())).collect();
        assert_eq!(get(program.address(), "/metrics").status, 200);
    }
}

#[test]
fn a_reload_over_http_is_off_unless_it_was_asked_for() {
    let program = Program::start(&[]).unwrap();
    let answer = ask(program.address(), "POST", "/-/reload", &["Content-Length: 0"]);
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("--web.enable-lifecycle"), "{}", answer.text());
}

#[test]
fn a_reload_over_http_says_how_it_went() {
    let folder = Folder::new("lifecycle");
    let web = folder.write("web.yml", "");
    let program = Program::start(&["--web.enable-lifecycle", "--web.config.file", web.to_str().unwrap()]).unwrap();
    let reload = |method: &str, headers: &[&str]| {
        let answer = ask(program.address(), method, "/-/reload", headers);
        (answer.status, answer.text())
    };
    assert_eq!(reload("POST", &[]).0, 200);
    assert_eq!(reload("PUT", &["Content-Length: 0"]).0, 200);
    program.says("reload: the configuration is taken");
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(reload(method, &[]).0, 405, "{method}");
    }
    for origin in ["Origin: https://example.org", "Origin: null"] {
        assert_eq!(reload("POST", &[origin]).0, 403, "{origin}");
    }
    assert_eq!(program.said().len(), 1);

    folder.write("web.yml", "http_server_config: {header: {}}\n");
    let (status, text) = reload("POST", &[]);
    assert!(status == 500 && text.contains("http_server_config.header"), "{status}: {text}");
    program.says("reload: nothing is changed");

    folder.write("web.yml", users(&PASSWORDS));
    assert_eq!(reload("POST", &[]).0, 200);
    assert_eq!(reload("POST", &[]).0, 401);
    assert_eq!(reload("POST", &["Authorization: Basic YWxpY2U6aGF0dGVy"]).0, 401);
    folder.write("web.yml", "");
    assert_eq!(reload("POST", &["Authorization: Basic YWxpY2U6cmFiYml0"]).0, 200);
    assert_eq!(reload("POST", &[]).0, 200);
}

#[test]
fn a_reload_over_http_needs_the_token_if_there_is_one() {
    let folder = Folder::new("lifecycle-token");
    const TOKEN: &str = "a-token-that-is-long-enough";
    let config =
        folder.write("config.json5", format!("{{ scrapeAuth: {{ enabled: true, bearerToken: '{TOKEN}' }}, port: 0 }}"));
    let program = Program::start(&["--web.enable-lifecycle", "--config", config.to_str().unwrap()]).unwrap();
    let status = |headers: &[&str]| ask(program.address(), "POST", "/-/reload", headers).status;
    assert_eq!([status(&[]), status(&["Authorization: Bearer guessed"])], [401, 401]);
    assert_eq!(status(&[&format!("Authorization: Bearer {TOKEN}")]), 200);
}

/// How many requests were refused, by reason.
fn refused(page: &str, reason: &str) -> f64 {
    let series = format!("openclaw_metrics_http_refused_total{{reason=\"{reason}\"}} ");
    page.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).expect(reason)
}

#[test]
fn the_password_lets_in_and_so_does_the_token_and_wrong_ones_of_either_are_slowed() {
    let folder = Folder::new("either");
    const TOKEN: &str = "Authorization: Bearer a-token-that-is-long-enough";
    let config = "{ scrapeAuth: { enabled: true, bearerToken: 'a-token-that-is-long-enough' }, port: 0 }";
    let (config, web) = (folder.write("config.json5", config), folder.write("web.yml", users(&PASSWORDS)));
    let arguments = ["--config", config.to_str().unwrap(), "--web.config.file", web.to_str().unwrap()];
    let program = Program::start(&arguments).unwrap();
    let ask = |headers: &[&str]| ask(program.address(), "GET", "/metrics", headers);
    let (right, wrong) = ("Authorization: Basic YWxpY2U6cmFiYml0", "Authorization: Basic YWxpY2U6aGF0dGVy");
    assert_eq!([ask(&[right]).status, ask(&[TOKEN]).status], [200, 200]);
    for headers in [&[][..], &[wrong], &["Authorization: Bearer guessed"], &["Authorization: Digest x"]] {
        let answer = ask(headers);
        assert_eq!(answer.status, 401, "{headers:?}");
        assert!(answer.header("www-authenticate").is_some_and(|how| how.starts_with("Basic ")), "{headers:?}");
    }
    let page = ask(&[TOKEN]).text();
    assert_eq!([refused(&page, "no_token"), refused(&page, "wrong_token")], [2.0, 2.0]);
    for _ in 0..6 {
        assert_eq!(ask(&["Authorization: Bearer guessed"]).status, 401);
    }
    assert!(refused(&ask(&[TOKEN]).text(), "wrong_token_slowed") >= 1.0);
}

#[test]
#[ignore = "needs curl; tests/all installs it"]
fn where_certificates_are_verified_the_token_is_asked_for_too() {
    let folder = Folder::new("both");
    let config = "{ scrapeAuth: { enabled: true, bearerToken: 'a-token-that-is-long-enough' }, port: 0 }";
    let (config, web) = (folder.write("config.json5", config), folder.write("web.yml", tls(VERIFIED)));
    let arguments = ["--config", config.to_str().unwrap(), "--web.config.file", web.to_str().unwrap()];
    let program = Program::start(&arguments).unwrap();
    let ask = |more: &[&str]| {
        let url = format!("https://{}/metrics", program.address());
        statuses(folder.path(), &[&["--cacert", "ca.pem"], more].concat(), &[url])
    };
    let certificate = ["--cert", "good.pem", "--key", "good.key"];
    let token = ["-H", "Authorization: Bearer a-token-that-is-long-enough"];
    assert_eq!([ask(&[]), ask(&token)], ["000", "000"]);
    assert_eq!([ask(&certificate), ask(&[&certificate[..], &token].concat())], ["401", "200"]);
}

#[test]
#[ignore = "needs curl; tests/all installs it"]
fn what_is_told_of_it_says_https_where_that_is_spoken() {
    let folder = Folder::new("https");
    let web = folder.write("web.yml", tls(""));
    let program = Program::start(&["--web.config.file", web.to_str().unwrap()]).unwrap();
    let health = curl(folder.path(), &["--cacert", "ca.pem", &format!("https://{}/metrics/health", program.address())]);
    assert!(health.contains("\"listener\":\"open\""), "{health}");
}
