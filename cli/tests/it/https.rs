//! `probe` and `status` over TLS and with a password: what is accepted, and what is said of what is not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, version};

const PAGE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n\r\n# HELP a Help.\na 1\n";

/// Who vouches for others.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Valid in these years.
    fn vouch(&self, name: &str, years: std::ops::Range<i32>) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        (params.not_before, params.not_after) = (date_time_ymd(years.start, 1, 1), date_time_ymd(years.end, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let pem = params.signed_by(&key, &self.issuer).expect("signed").pem();
        Identity { pem, key: key.serialize_pem() }
    }
}

/// A certificate and its key.
struct Identity {
    pem: String,
    key: String,
}

/// One that is its own issuer.
fn self_made(name: &str) -> Identity {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    Identity { pem: params.self_signed(&key).expect("signed").pem(), key: key.serialize_pem() }
}

const GOOD: std::ops::Range<i32> = 2020..2100;

/// Answers one connection, and gives the head of the request, or nothing if there was none.
struct Server {
    address: SocketAddr,
    thread: JoinHandle<String>,
}

impl Server {
    fn start(identity: &Identity, clients: Option<&Authority>, is_old: bool, answer: String) -> Self {
        let versions = [if is_old { &version::TLS12 } else { &version::TLS13 }];
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_protocol_versions(&versions).expect("a version");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(certificate(&authority.pem)).expect("an authority");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a key");
        let config = builder.with_single_cert(vec![certificate(&identity.pem)], key).expect("they fit");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            let connection = ServerConnection::new(Arc::new(config)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            let mut head = String::new();
            let mut reader = BufReader::new(&mut stream);
            while reader.read_line(&mut head).is_ok_and(|length| length > 2) {}
            if !head.is_empty() {
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
            // What is still to be read would end the connection for the other side before it has read.
            let _ = stream.sock.shutdown(std::net::Shutdown::Write);
            let _ = stream.sock.read_to_end(&mut Vec::new());
            head
        });
        Self { address, thread }
    }

    fn of(identity: &Identity) -> Self {
        Self::start(identity, None, false, PAGE.into())
    }
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// A file for the test.
fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("https-{name}-{}", std::process::id()));
    std::fs::write(&path, text).expect("written");
    path.into_os_string().into_string().expect("UTF-8")
}

#[derive(Debug)]
struct Outcome {
    status: i32,
    out: String,
    err: String,
    head: String,
}

fn run(command: &str, server: Server, arguments: &[&str]) -> Outcome {
    let url = format!("https://localhost:{}/metrics", server.address.port());
    let outcome = ask(command, &url, arguments);
    Outcome { head: server.thread.join().expect("ended well"), ..outcome }
}

/// A file with somebody whom nothing here is signed by. Written once, as tests run side by side.
fn nobody() -> &'static str {
    static NOBODY: LazyLock<String> = LazyLock::new(|| file("nobody", &Authority::new().pem));
    &NOBODY
}

fn ask(command: &str, url: &str, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args([command, url])
        .args(arguments)
        // Whom the system of the test trusts is not to matter.
        .env("SSL_CERT_FILE", nobody())
        .env_remove("SSL_CERT_DIR")
        .env_remove("OPENCLAW_PROMETHEUS_BEARER_TOKEN")
        .stdin(Stdio::null())
        .output()
        .expect("the program was built with this test");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Outcome {
        status: output.status.code().expect("it ended by itself"),
        out: text(output.stdout),
        err: text(output.stderr),
        head: String::new(),
    }
}

#[track_caller]
fn assert_good(outcome: &Outcome) {
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""), "{outcome:?}");
    assert!(outcome.out.starts_with("https://localhost:"), "{outcome:?}");
    assert!(outcome.head.starts_with("GET /metrics HTTP/1.1\r\n"), "{outcome:?}");
}

/// Not fetched, with words that say what to do, and nothing was sent.
#[track_caller]
fn assert_refused(outcome: &Outcome, words: &[&str]) {
    assert_eq!((outcome.status, outcome.out.as_str(), outcome.head.as_str()), (2, "", ""), "{outcome:?}");
    assert_eq!(outcome.err.lines().count(), 1, "{outcome:?}");
    for words in words {
        assert!(outcome.err.contains(words), "expected …{words}…, found {outcome:?}");
    }
}

#[test]
fn a_certificate_is_accepted_from_whom_is_trusted() {
    let authority = Authority::new();
    let ca = file("ca", &authority.pem);
    let identity = authority.vouch("localhost", GOOD);
    assert_good(&run("probe", Server::of(&identity), &["--ca-file", &ca]));
    let old = Server::start(&identity, None, true, PAGE.into());
    assert_good(&run("probe", old, &["--ca-file", &ca]));
    let unknown = &["nobody who is trusted here vouches for", "name its CA with --ca-file"];
    assert_refused(&run("probe", Server::of(&identity), &[]), unknown);
    // A file stands for the system, and does not add to it.
    let other = file("other-ca", &Authority::new().pem);
    assert_refused(&run("probe", Server::of(&identity), &["--ca-file", &other]), unknown);
}

#[test]
fn the_systems_authorities_are_trusted_without_a_file() {
    let authority = Authority::new();
    let server = Server::of(&authority.vouch("localhost", GOOD));
    let output = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["probe", &format!("https://localhost:{}/", server.address.port())])
        .env("SSL_CERT_FILE", file("system", &authority.pem))
        .output()
        .expect("the program was built with this test");
    assert!(output.status.success(), "{output:?}");
    server.thread.join().expect("ended well");
}

#[test]
fn a_certificate_for_another_name_says_for_which() {
    let authority = Authority::new();
    let ca = file("name-ca", &authority.pem);
    let identity = authority.vouch("metrics.example", GOOD);
    let outcome = run("probe", Server::of(&identity), &["--ca-file", &ca]);
    assert_refused(&outcome, &["is not for localhost", "metrics.example", "--server-name"]);
    assert_good(&run("probe", Server::of(&identity), &["--ca-file", &ca, "--server-name", "metrics.example"]));
}

#[test]
fn a_certificate_out_of_its_time_says_so() {
    let authority = Authority::new();
    let ca = file("time-ca", &authority.pem);
    let past = authority.vouch("localhost", 2001..2002);
    assert_refused(&run("probe", Server::of(&past), &["--ca-file", &ca]), &["has expired", "renew it"]);
    let future = authority.vouch("localhost", 2090..2100);
    assert_refused(&run("probe", Server::of(&future), &["--ca-file", &ca]), &["is not valid yet", "clock"]);
}

#[test]
fn a_self_made_certificate_is_trusted_by_itself_and_for_its_name() {
    let identity = self_made("localhost");
    let ca = file("self-made", &identity.pem);
    assert_good(&run("probe", Server::of(&identity), &["--ca-file", &ca]));
    let other = self_made("metrics.example");
    let ca = file("self-made-other", &other.pem);
    assert_refused(&run("probe", Server::of(&other), &["--ca-file", &ca]), &["is not for localhost"]);
    assert_refused(&run("probe", Server::of(&identity), &["--ca-file", &ca]), &["nobody who is trusted"]);
}

#[test]
fn whoever_asks_for_it_gets_no_verification_and_a_note() {
    let authority = Authority::new();
    for identity in [authority.vouch("metrics.example", 2001..2002), self_made("localhost")] {
        let outcome = run("probe", Server::of(&identity), &["--insecure-skip-verify"]);
        assert_good(&outcome);
        assert!(outcome.out.contains("[certificate-unverified]\n"), "{outcome:?}");
    }
}

#[test]
fn a_server_that_wants_a_certificate_gets_one_or_is_told() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let ca = file("mutual-ca", &authority.pem);
    let identity = authority.vouch("localhost", GOOD);
    let client = clients.vouch("scraper", GOOD);
    let (cert, key) = (file("client", &client.pem), file("client-key", &client.key));
    for is_old in [false, true] {
        let server = || Server::start(&identity, Some(&clients), is_old, PAGE.into());
        assert_good(&run("probe", server(), &["--ca-file", &ca, "--cert-file", &cert, "--key-file", &key]));
        let outcome = run("probe", server(), &["--ca-file", &ca]);
        assert_refused(&outcome, &["want", "a client certificate", "--cert-file and --key-file"]);
        let stranger = Authority::new().vouch("scraper", GOOD);
        let (cert, key) = (file("stranger", &stranger.pem), file("stranger-key", &stranger.key));
        let outcome = run("probe", server(), &["--ca-file", &ca, "--cert-file", &cert, "--key-file", &key]);
        assert_refused(&outcome, &["does not take the client certificate"]);
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let client = Authority::new().vouch("scraper", GOOD);
    let (cert, key) = (file("files-cert", &client.pem), file("files-key", &client.key));
    let other = file("files-other-key", &Authority::new().vouch("scraper", GOOD).key);
    let empty = file("files-empty", "nothing\n");
    for (arguments, words) in [
        (&["--ca-file", "/nowhere/at/all"][..], "/nowhere/at/all cannot be read"),
        (&["--ca-file", &empty], "has no certificate"),
        (&["--ca-file", &key], "has no certificate"),
        (&["--cert-file", &cert, "--key-file", &cert], "has no private key"),
        (&["--cert-file", &cert, "--key-file", &other], "does not go with the key"),
        (&["--cert-file", &cert], "--key-file"),
        (&["--server-name", "a b"], "is not a name"),
    ] {
        let outcome = ask("probe", "https://localhost:1/metrics", arguments);
        assert_refused(&outcome, &[words]);
    }
}

#[test]
fn who_speaks_tls_and_who_does_not_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 5]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let outcome = ask("probe", &format!("https://localhost:{port}/metrics"), &[]);
    plain.join().expect("ended well");
    assert_refused(&outcome, &["does not speak TLS; ask with http://"]);

    let server = Server::of(&self_made("localhost"));
    let outcome = ask("probe", &format!("http://localhost:{}/metrics", server.address.port()), &[]);
    server.thread.join().expect("ended well");
    assert_refused(&outcome, &["does it speak https?"]);
}

#[test]
fn a_handshake_that_hangs_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let silent = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        // Until the client goes.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let outcome = ask("probe", &format!("https://localhost:{port}/metrics"), &["--timeout", "0.3"]);
    silent.join().expect("ended well");
    assert_refused(&outcome, &["TLS did not begin within 0.3 s"]);
}

#[test]
fn a_redirect_to_http_is_another_host() {
    let identity = self_made("localhost");
    let ca = file("redirect", &identity.pem);
    let answer = "HTTP/1.1 302 Found\r\nLocation: http://localhost/metrics\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(&identity, None, false, answer.into());
    let outcome = run("probe", server, &["--ca-file", &ca]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.err.contains("is not followed"), "{outcome:?}");
}

#[test]
fn a_password_is_sent_and_never_shown() {
    const PASSWORD: &str = "maulwurf: 4711";
    let identity = self_made("localhost");
    let ca = file("basic", &identity.pem);
    let password = file("password", &format!("{PASSWORD}\n"));
    let arguments = ["--ca-file", &ca, "--basic-auth-user", "scraper", "--basic-auth-password-file", &password];
    let outcome = run("probe", Server::of(&identity), &arguments);
    assert_good(&outcome);
    // printf 'scraper:maulwurf: 4711' | base64
    let sent = "c2NyYXBlcjptYXVsd3VyZjogNDcxMQ==";
    assert!(outcome.head.contains(&format!("authorization: Basic {sent}\r\n")), "{outcome:?}");
    for answer in [
        format!("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {PASSWORD}\r\nContent-Length: 0\r\n\r\n"),
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\na{{b=\"{PASSWORD}\",c=\"{sent}\"}} 1\n"
        ),
    ] {
        let outcome = run("probe", Server::start(&identity, None, false, answer), &arguments);
        assert_ne!(outcome.status, 0, "{outcome:?}");
        for secret in [PASSWORD, sent] {
            assert!(!outcome.out.contains(secret) && !outcome.err.contains(secret), "{outcome:?}");
        }
    }
    let denied = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let outcome = run("probe", Server::start(&identity, None, false, denied.into()), &arguments);
    assert!(outcome.err.contains("the name and the password are not the server's"), "{outcome:?}");
    let empty = file("password-empty", "\n");
    for (arguments, words) in [
        (&["--basic-auth-user", "scraper"][..], "--basic-auth-password-file"),
        (&["--basic-auth-user", "a:b", "--basic-auth-password-file", &password], "a colon"),
        (&["--basic-auth-user", "scraper", "--basic-auth-password-file", &empty], "holds no password"),
    ] {
        assert_refused(&ask("probe", "http://localhost:1/", arguments), &[words]);
    }
}

#[test]
fn status_comes_in_the_same_way() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let ca = file("status-ca", &authority.pem);
    let identity = authority.vouch("localhost", GOOD);
    let client = clients.vouch("scraper", GOOD);
    let (cert, key) = (file("status-cert", &client.pem), file("status-key", &client.key));
    let data = r#"{"at":1,"verdict":{"sentence":"All is well","findings":[]},"now":{},"tables":{}}"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{data}");
    let server = || Server::start(&identity, Some(&clients), false, answer.clone());
    let outcome = run("status", server(), &["--ca-file", &ca, "--cert-file", &cert, "--key-file", &key]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.out.starts_with("All is well.\n"), "{outcome:?}");
    assert!(outcome.head.starts_with("GET /metrics/ui/data HTTP/1.1\r\n"), "{outcome:?}");
    assert_refused(&run("status", server(), &["--cert-file", &cert, "--key-file", &key]), &["--ca-file"]);
}
