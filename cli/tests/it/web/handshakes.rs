//! Promise: however the bytes of a handshake and of what follows are cut, they are what they are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion, version};

use super::asked::Program;
use super::cases::tls;
use super::certificates::Folder;

/// A client that writes no byte before it is told to.
struct Client {
    tls: ClientConnection,
    tcp: TcpStream,
}

impl Client {
    fn new(folder: &Folder, program: &Program, version: &'static SupportedProtocolVersion) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(folder.read("ca.pem").as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
        let name = "localhost".try_into().unwrap();
        let tls = ClientConnection::new(Arc::new(config.with_no_client_auth()), name).unwrap();
        let tcp = TcpStream::connect(program.address()).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        tcp.set_nodelay(true).unwrap();
        Self { tls, tcp }
    }

    /// What it has to write.
    fn written(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// Shakes hands up to its own last message, which is not written yet. Each message goes by `send`.
    fn shake(&mut self, mut send: impl FnMut(&mut TcpStream, &[u8])) {
        while self.tls.is_handshaking() {
            let bytes = self.written();
            send(&mut self.tcp, &bytes);
            assert!(self.tls.read_tls(&mut self.tcp).unwrap() > 0, "the server ended it");
            self.tls.process_new_packets().unwrap();
        }
    }

    /// All that the server says until it ends.
    fn rest(mut self) -> String {
        let mut text = Vec::new();
        loop {
            match self.tls.reader().read_to_end(&mut text) {
                Ok(_) => return String::from_utf8(text).unwrap(),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
            }
            assert!(self.tls.read_tls(&mut self.tcp).unwrap() > 0, "it ended without saying so");
            self.tls.process_new_packets().unwrap();
        }
    }
}

const ASK: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n";
const ASK_LAST: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn start(folder: &Folder) -> Program {
    Program::start(&["--web.config.file", folder.write("web.yml", tls("")).to_str().unwrap()]).unwrap()
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 200 OK").count()
}

#[test]
fn requests_that_come_with_the_last_bytes_of_the_handshake_are_answered() {
    let folder = Folder::new("together");
    let program = start(&folder);
    for version in [&version::TLS12, &version::TLS13] {
        let mut client = Client::new(&folder, &program, version);
        client.shake(|tcp, bytes| tcp.write_all(bytes).unwrap());
        for request in [ASK, ASK, ASK_LAST] {
            client.tls.writer().write_all(request).unwrap();
        }
        let bytes = client.written();
        client.tcp.write_all(&bytes).unwrap();
        assert_eq!(answers(&client.rest()), 3, "{version:?}");
    }
}

#[test]
fn a_handshake_and_a_request_that_come_byte_by_byte_are_what_they_are() {
    let folder = Folder::new("bytes");
    let program = start(&folder);
    let drip = |tcp: &mut TcpStream, bytes: &[u8]| bytes.iter().for_each(|byte| tcp.write_all(&[*byte]).unwrap());
    for version in [&version::TLS12, &version::TLS13] {
        let mut client = Client::new(&folder, &program, version);
        client.shake(drip);
        client.tls.writer().write_all(ASK).unwrap();
        client.tls.writer().write_all(ASK_LAST).unwrap();
        let bytes = client.written();
        drip(&mut client.tcp, &bytes);
        assert_eq!(answers(&client.rest()), 2, "{version:?}");
    }
}

#[test]
fn a_client_that_updates_its_keys_is_answered_on() {
    let folder = Folder::new("keys-update");
    let program = start(&folder);
    let mut client = Client::new(&folder, &program, &version::TLS13);
    client.shake(|tcp, bytes| tcp.write_all(bytes).unwrap());
    for _ in 0..3 {
        client.tls.writer().write_all(ASK).unwrap();
        client.tls.refresh_traffic_keys().unwrap();
    }
    client.tls.writer().write_all(ASK_LAST).unwrap();
    let bytes = client.written();
    client.tcp.write_all(&bytes).unwrap();
    assert_eq!(answers(&client.rest()), 4);
}

#[test]
fn what_is_no_tls_is_told_so_or_left_and_others_are_answered() {
    let folder = Folder::new("no-tls");
    let program = start(&folder);
    for (bytes, is_told) in [
        (&b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], true),
        (b"POST /-/reload HTTP/1.0\r\n\r\n", true),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true),
        (b"\x16\x03\x01\x00\x05hello", false),
        (b"\x16\x03\x01\xff\xff", false),
        (b"\x15\x03\x03\x00\x02\x02\x28", false),
        (b"\x17\x03\x03\x00\x01a", false),
        (b"\x80\x2e\x01\x00\x02", false),
        (&[0; 64], false),
    ] {
        let mut tcp = TcpStream::connect(program.address()).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        tcp.write_all(bytes).unwrap();
        tcp.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = tcp.read_to_end(&mut answer);
        let is_answered = answer.starts_with(b"HTTP/1.0 400 Bad Request\r\n");
        assert!(is_answered || !is_told, "{bytes:?}: {answer:?}");
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "{bytes:?}");
    }
    let mut client = Client::new(&folder, &program, &version::TLS13);
    client.shake(|tcp, bytes| tcp.write_all(bytes).unwrap());
    client.tls.writer().write_all(ASK_LAST).unwrap();
    let bytes = client.written();
    client.tcp.write_all(&bytes).unwrap();
    assert_eq!(answers(&client.rest()), 1);
}
