//! Promise: certificates that are replaced are served from the next handshake on, what is of no use changes nothing and is told, and
//! SIGHUP takes the rest.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use support::deadline::until;

use super::asked::{Program, curl, statuses};
use super::cases::{PASSWORDS, tls, users};
use super::certificates::Folder;
use crate::program::Running;

const CA: [&str; 2] = ["--cacert", "ca.pem"];

/// A program with a web configuration in a folder.
fn start(folder: &Folder, web: &str) -> Program {
    let file = folder.write("web.yml", web);
    Program::start(&["--web.config.file", file.to_str().unwrap()]).unwrap()
}

fn status(folder: &Folder, address: SocketAddr, scheme: &str, arguments: &[&str]) -> String {
    statuses(folder.path(), arguments, &[format!("{scheme}://{address}/metrics")])
}

/// The certificate that a client is shown.
fn shown(address: SocketAddr) -> String {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &address.to_string()]).stdin(Stdio::null());
    let output = String::from_utf8(openssl.output().expect("openssl is installed").stdout).unwrap();
    let begin = output.find("-----BEGIN CERTIFICATE-----").expect("a certificate");
    output[begin..].split_inclusive("-----END CERTIFICATE-----").next().unwrap().to_owned()
}

fn is_shown(folder: &Folder, address: SocketAddr) -> bool {
    let lines = |pem: &str| pem.lines().map(str::to_owned).collect::<Vec<_>>();
    lines(&shown(address)) == lines(&folder.read("server.pem"))
}

/// A connection that is kept.
struct Kept {
    _openssl: Running,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Kept {
    fn open(folder: &Folder, address: SocketAddr) -> Self {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-quiet", "-CAfile", "ca.pem", "-connect", &address.to_string()]);
        openssl.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut openssl = Running(openssl.spawn().expect("openssl is installed"));
        let (input, output) = (openssl.0.stdin.take().unwrap(), openssl.0.stdout.take().unwrap());
        Self { _openssl: openssl, input, output: BufReader::new(output) }
    }

    /// Asks once more, and gives the status.
    fn ask(&mut self) -> String {
        self.input.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        read_answer(&mut self.output)
    }
}

/// The status of an answer, which is read to its end.
fn read_answer(from: &mut impl BufRead) -> String {
    let (mut status, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(code) = line.strip_prefix("http/1.1 ") {
            code[..3].clone_into(&mut status);
        } else if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = bytes.parse().unwrap();
        } else if line.is_empty() {
            break;
        }
    }
    from.read_exact(&mut vec![0; length]).unwrap();
    status
}

fn warnings(folder: &Folder, address: SocketAddr) -> String {
    let health = curl(folder.path(), &["--cacert", "ca.pem", &format!("https://{address}/metrics/health")]);
    let health: serde_json::Value = serde_json::from_str(&health).expect(&health);
    assert_eq!(health["healthy"], true, "{health}");
    health["warnings"].to_string()
}

#[test]
#[ignore = "needs curl and openssl; tests/all installs them"]
fn a_certificate_that_is_replaced_is_served_from_the_next_handshake_on_and_connections_go_on() {
    let folder = Folder::new("replaced");
    let program = start(&folder, &tls(""));
    let address = program.address();
    let mut kept = Kept::open(&folder, address);
    assert_eq!(kept.ask(), "200");
    for _ in 0..3 {
        assert!(is_shown(&folder, address));
        let before = shown(address);
        folder.renew_server();
        assert!(is_shown(&folder, address) && shown(address) != before);
        assert_eq!((kept.ask(), status(&folder, address, "https", &CA)), ("200".into(), "200".into()));
        program.says("the certificate has changed, and is served from now on");
    }
    assert!(!warnings(&folder, address).contains("tls"), "{}", warnings(&folder, address));
}

#[test]
#[ignore = "needs curl and openssl; tests/all installs them"]
fn a_certificate_that_is_replaced_by_what_is_of_no_use_stays_and_it_is_told_once() {
    let folder = Folder::new("rubbish");
    let program = start(&folder, &tls(""));
    let address = program.address();
    let (good, key) = (folder.read("server.pem"), folder.read("server.key"));
    let before = shown(address);
    let rubbish = "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n";
    for (file, text, problem) in [
        ("server.pem", "rubbish".to_owned(), "server.pem has no certificate"),
        ("server.pem", rubbish.into(), "server.pem has a broken certificate"),
        ("server.key", folder.read("good.key"), "server.key is not the key of the certificate"),
        ("server.key", String::new(), "server.key has no private key"),
    ] {
        folder.write(file, text);
        for _ in 0..3 {
            assert_eq!(shown(address), before, "{problem}");
        }
        let warned = warnings(&folder, address);
        assert!(warned.contains(problem), "{problem} is not in {warned}");
        assert_eq!(status(&folder, address, "https", &CA), "200", "{problem}");
        let said = program.says(problem);
        let again = program.said();
        assert!(!again.iter().any(|line| line.contains(problem)), "{said:?}, and again {again:?}");
        folder.write("server.pem", &good);
        folder.write("server.key", &key);
        assert_eq!(shown(address), before);
        assert!(!warnings(&folder, address).contains("server."), "{}", warnings(&folder, address));
        program.says("is served from now on");
    }
    // A file that is gone is one that is of no use.
    std::fs::remove_file(folder.file("server.key")).unwrap();
    assert_eq!(shown(address), before);
    assert!(warnings(&folder, address).contains("server.key does not exist"), "{}", warnings(&folder, address));
}

#[test]
#[ignore = "needs curl and openssl; tests/all installs them"]
fn a_ca_that_is_replaced_lets_others_in() {
    let folder = Folder::new("ca");
    folder.write("clients.pem", folder.read("ca.pem"));
    let program = start(&folder, &tls("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: clients.pem"));
    let address = program.address();
    let good = ["--cacert", "ca.pem", "--cert", "good.pem", "--key", "good.key"];
    let stranger = ["--cacert", "ca.pem", "--cert", "stranger.pem", "--key", "stranger.key"];
    let both = || (status(&folder, address, "https", &good), status(&folder, address, "https", &stranger));
    assert_eq!(both(), ("200".into(), "000".into()));
    folder.write("clients.pem", folder.read("other-ca.pem"));
    assert_eq!(both(), ("000".into(), "200".into()));
    folder.write("clients.pem", "rubbish");
    assert_eq!(both(), ("000".into(), "200".into()));
    program.says("clients.pem has no certificate");
    folder.write("clients.pem", folder.read("ca.pem") + &folder.read("other-ca.pem"));
    assert_eq!(both(), ("200".into(), "200".into()));
}

#[test]
#[ignore = "needs curl; tests/all installs it"]
fn a_reload_changes_passwords_rates_and_headers() {
    let folder = Folder::new("passwords");
    let program = start(&folder, &users(&PASSWORDS[..1]));
    let address = program.address();
    let both = || {
        let asked = |password| status(&folder, address, "http", &["-u", password]);
        (asked("alice:rabbit"), asked("bob:hatter"))
    };
    assert_eq!(both(), ("200".into(), "401".into()));
    let reload = |web: &str| {
        folder.write("web.yml", web);
        program.signal("-HUP");
        program.says("reload: the configuration is taken");
    };
    reload(&users(&PASSWORDS[1..2]));
    assert_eq!(both(), ("401".into(), "200".into()));
    reload("");
    assert_eq!(status(&folder, address, "http", &[]), "200");
    reload("rate_limit: {interval: 1h, burst: 1}\n");
    let urls = vec![format!("http://{address}/metrics"); 2];
    assert_eq!(statuses(folder.path(), &[], &urls), "200 429");
    reload("http_server_config: {headers: {X-Frame-Options: deny}}\n");
    assert_eq!(status(&folder, address, "http", &["-w", "%{http_code}/%header{x-frame-options}"]), "200/deny");
}

#[test]
#[ignore = "needs curl; tests/all installs it"]
fn a_reload_turns_tls_on_and_off_and_connections_go_on() {
    let folder = Folder::new("on-off");
    let program = start(&folder, "");
    let address = program.address();
    let mut kept = BufReader::new(TcpStream::connect(address).unwrap());
    let mut ask = || {
        kept.get_mut().write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        read_answer(&mut kept)
    };
    let both = || (status(&folder, address, "http", &[]), status(&folder, address, "https", &CA));
    for _ in 0..2 {
        assert_eq!((both(), ask()), (("200".into(), "000".into()), "200".into()));
        folder.write("web.yml", tls(""));
        program.signal("-HUP");
        program.says("reload: the configuration is taken");
        assert_eq!((both(), ask()), (("400".into(), "200".into()), "200".into()));
        // What is wrong changes nothing.
        folder.write("web.yml", tls("min_version: TLS10"));
        program.signal("-HUP");
        program.says("reload: nothing is changed");
        assert_eq!(both(), ("400".into(), "200".into()));
        folder.write("web.yml", "");
        program.signal("-HUP");
        program.says("reload: the configuration is taken");
    }
}

#[test]
#[ignore = "needs curl; tests/all installs it"]
fn a_reload_reaches_all_of_a_fleet_and_its_front() {
    let folder = Folder::new("fleet");
    let file = folder.write("web.yml", "");
    let arguments = ["--demo", "--instances", "2", "--web.config.file", file.to_str().unwrap()];
    let program = Program::start(&arguments).unwrap();
    let urls: Vec<_> = ["/metrics", "/sd", "/i/gw-001/metrics", "/i/gw-002/ui"]
        .map(|path| format!("http://{}{path}", program.address()))
        .into();
    let asked = |arguments: &[&str]| {
        let mut all = vec!["-w", "%{http_code}/%header{x-frame-options}\\n"];
        all.extend(arguments);
        statuses(folder.path(), &all, &urls)
    };
    let before = asked(&[]);
    assert!(before.split(' ').all(|answer| answer.starts_with("200/")) && !before.contains("sameorigin"), "{before}");
    folder.write(
        "web.yml",
        format!("{}http_server_config: {{headers: {{X-Frame-Options: sameorigin}}}}\n", users(&PASSWORDS)),
    );
    program.signal("-HUP");
    until("it is taken", || asked(&[]) != before);
    assert_eq!(asked(&[]), "401/sameorigin 401/sameorigin 401/sameorigin 401/sameorigin");
    assert_eq!(asked(&["-u", "alice:rabbit"]), "200/sameorigin 200/sameorigin 200/sameorigin 200/sameorigin");
}

#[test]
#[ignore = "needs openssl; tests/all installs it"]
fn a_certificate_that_kubernetes_swaps_is_served_from_the_next_handshake_on() {
    let folder = Folder::new("swapped");
    let keep = |version: &str| {
        std::fs::create_dir(folder.file(version)).unwrap();
        for name in ["server.pem", "server.key"] {
            std::fs::rename(folder.file(name), folder.file(version).join(name)).unwrap();
        }
    };
    keep("first");
    folder.renew_server();
    keep("second");
    for name in ["server.pem", "server.key"] {
        symlink(format!("..data/{name}"), folder.file(name)).unwrap();
    }
    symlink("first", folder.file("..data")).unwrap();
    let program = start(&folder, &tls(""));
    assert!(is_shown(&folder, program.address()));
    let before = shown(program.address());
    symlink("second", folder.file("..data_tmp")).unwrap();
    std::fs::rename(folder.file("..data_tmp"), folder.file("..data")).unwrap();
    assert!(is_shown(&folder, program.address()) && shown(program.address()) != before);
}

#[test]
#[ignore = "needs openssl; tests/all installs it"]
fn a_session_of_before_lets_nobody_in_whom_the_ca_of_now_does_not_know() {
    let folder = Folder::new("session");
    folder.write("clients.pem", folder.read("ca.pem"));
    let program = start(&folder, &tls("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: clients.pem"));
    let connect = |session: &str| {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-tls1_2", "-connect", &program.address().to_string(), "-CAfile", "ca.pem"]);
        openssl.args(["-cert", "good.pem", "-key", "good.key", session, "session.pem"]);
        let output = openssl.current_dir(folder.path()).stdin(Stdio::null()).output().expect("openssl is installed");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ["New, TLSv1.2", "Reused, TLSv1.2"].map(|how| said.contains(how) && output.status.success())
    };
    assert_eq!(connect("-sess_out"), [true, false]);
    assert_eq!(connect("-sess_in"), [false, true]);
    folder.write("clients.pem", folder.read("other-ca.pem"));
    assert_eq!(connect("-sess_in"), [false, false]);
}
