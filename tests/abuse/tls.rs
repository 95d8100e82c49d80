//! Certificates for the servers, and clients that trust them.

use std::sync::{Arc, LazyLock};

use openclaw_prometheus::web::{Pem, Tls, TlsSettings, Web};
use rcgen::{CertificateParams, KeyPair};
use rustls::client::Resumption;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion, version};

/// What kind of key a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    P256,
    /// To sign with it costs twenty times as much.
    Rsa2048,
}

struct Pair {
    cert: String,
    key: String,
}

struct Made {
    p256: Pair,
    rsa: Pair,
    /// Of both versions, and of TLS 1.2 alone.
    clients: [Arc<ClientConfig>; 2],
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let mut pair = |key: KeyPair| {
        let cert = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        roots.add(cert.der().clone()).unwrap();
        Pair { cert: cert.pem(), key: key.serialize_pem() }
    };
    let p256 = pair(KeyPair::from_pem(include_str!("../data/p256.pem")).unwrap());
    let rsa = pair(KeyPair::from_pem(include_str!("../data/rsa-2048.pem")).unwrap());
    let versions: [&[&SupportedProtocolVersion]; 2] = [&[&version::TLS13, &version::TLS12], &[&version::TLS12]];
    Made { p256, rsa, clients: versions.map(|versions| client(&roots, versions)) }
});

fn client(roots: &RootCertStore, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let mut config = config.with_root_certificates(roots.clone()).with_no_client_auth();
    // Sessions that a client keeps would be counted as the server's.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// TLS, and nothing else.
pub(crate) fn web(key: Key) -> Web {
    let pem = |text: &str| Pem::Inline(text.into());
    let pair = if key == Key::P256 { &MADE.p256 } else { &MADE.rsa };
    let mut web = Web::default();
    web.tls = Some(Tls::new(TlsSettings::new(pem(&pair.cert), pem(&pair.key))).unwrap());
    web
}

/// A client's half of a session.
pub(crate) fn session() -> Box<ClientConnection> {
    of(&MADE.clients[0])
}

/// One of TLS 1.2.
pub(crate) fn older_session() -> Box<ClientConnection> {
    of(&MADE.clients[1])
}

fn of(client: &Arc<ClientConfig>) -> Box<ClientConnection> {
    Box::new(ClientConnection::new(client.clone(), "localhost".try_into().unwrap()).unwrap())
}
