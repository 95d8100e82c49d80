//! TLS for a server: from settings to what rustls serves with, read again when the files change.
//!
//! TLS 1.2 and 1.3, with the ciphers and curves that rustls has on `ring`. Of HTTP only 1.1 is offered (ALPN). Before each
//! handshake the files are looked at; what changed is read, and if it is of no use, what was served before stays and the problem
//! is told, once for each change.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{
    CertificateError, NamedGroup, RootCertStore, ServerConfig, SupportedCipherSuite, SupportedProtocolVersion, version,
};

use super::client::{ClientAuth, ClientRule};
use crate::stamp::Stamp;

/// Bytes of the longest file: all that a system trusts is a quarter of it.
const FILE_BYTES: u64 = 1 << 20;
/// What is spoken above TLS.
const HTTP_1_1: &[u8] = b"http/1.1";

/// A text in PEM, or the file that it is in. Not shown: it may be a key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pem {
    /// The text itself.
    Inline(Box<str>),
    /// A file, which is read again when it changes.
    File(PathBuf),
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(_) => f.write_str("Inline(not shown)"),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

/// A version of TLS that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TlsVersion {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl TlsVersion {
    /// Every version.
    pub const ALL: [Self; 2] = [Self::Tls12, Self::Tls13];

    /// Its name in a web configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls12 => "TLS12",
            Self::Tls13 => "TLS13",
        }
    }

    fn supported(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::Tls12 => &version::TLS12,
            Self::Tls13 => &version::TLS13,
        }
    }
}

/// A cipher suite by its IANA name, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
#[derive(Clone, Copy, PartialEq)]
pub struct CipherSuite(SupportedCipherSuite);

impl Eq for CipherSuite {}

impl CipherSuite {
    /// Every one there is.
    pub fn all() -> impl Iterator<Item = Self> {
        ring::ALL_CIPHER_SUITES.iter().copied().map(Self)
    }

    /// Its IANA name.
    pub fn name(self) -> String {
        self.0.suite().as_str().unwrap_or_default().replacen("TLS13_", "TLS_", 1)
    }

    /// Whether it is one of TLS 1.3, which are always all offered.
    pub fn is_of_tls13(self) -> bool {
        self.0.tls13().is_some()
    }

    /// Whether it is one of the two of which HTTP/2 demands one (RFC 9113 §9.2.2).
    pub fn is_of_http2(self) -> bool {
        let name = self.name();
        name.starts_with("TLS_ECDHE_") && name.ends_with("_WITH_AES_128_GCM_SHA256")
    }
}

impl fmt::Debug for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// A group of key exchange, by Go's name for its curve.
#[derive(Clone, Copy)]
pub struct Curve(&'static dyn SupportedKxGroup);

impl Curve {
    /// Every one there is.
    pub fn all() -> impl Iterator<Item = Self> {
        ring::ALL_KX_GROUPS.iter().copied().map(Self)
    }

    /// Its name in a web configuration.
    pub fn name(self) -> &'static str {
        match self.0.name() {
            NamedGroup::X25519 => "X25519",
            NamedGroup::secp256r1 => "CurveP256",
            NamedGroup::secp384r1 => "CurveP384",
            _ => "",
        }
    }
}

impl PartialEq for Curve {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Curve {}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What TLS is spoken with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSettings {
    /// The server's certificate, and those between it and its CA.
    pub cert: Pem,
    /// The certificate's key.
    pub key: Pem,
    /// Those whose clients are let in.
    pub client_ca: Option<Pem>,
    /// Whether clients are asked for a certificate.
    pub client_auth: ClientAuth,
    /// Of those that are verified, only who has one of these names. Empty for all.
    pub client_allowed_sans: Vec<String>,
    /// The oldest version that is spoken.
    pub min_version: TlsVersion,
    /// The newest.
    pub max_version: TlsVersion,
    /// Suites up to TLS 1.2, in the order in which they are preferred; empty for all.
    pub cipher_suites: Vec<CipherSuite>,
    /// Whether our order decides, not the client's.
    pub prefer_server_cipher_suites: bool,
    /// Curves in the order in which they are preferred; empty for all.
    pub curve_preferences: Vec<Curve>,
}

impl TlsSettings {
    /// Those with a certificate and its key, and all else as it usually is: clients are not asked for certificates.
    pub fn new(cert: Pem, key: Pem) -> Self {
        Self {
            cert,
            key,
            client_ca: None,
            client_auth: ClientAuth::None,
            client_allowed_sans: Vec::new(),
            min_version: TlsVersion::Tls12,
            max_version: TlsVersion::Tls13,
            cipher_suites: Vec::new(),
            prefer_server_cipher_suites: true,
            curve_preferences: Vec::new(),
        }
    }

    /// Reads the files.
    fn read(&self) -> Result<Texts, TlsError> {
        let client_ca = self.client_ca.as_ref().filter(|_| self.client_auth.verifies());
        Ok(Texts {
            cert: read("cert", &self.cert)?,
            key: read("key", &self.key)?,
            client_ca: client_ca.map(|ca| read("client_ca", ca)).transpose()?,
        })
    }

    /// What rustls serves with, of what was read.
    fn config(&self, texts: &Texts) -> Result<ServerConfig, TlsError> {
        let (certificates, key) = (certificates("cert", &self.cert, &texts.cert)?, key(&self.key, &texts.key)?);
        let (mut roots, mut issuers) = (RootCertStore::empty(), Vec::new());
        if let (Some(ca), Some(text)) = (&self.client_ca, &texts.client_ca) {
            issuers = self::certificates("client_ca", ca, text)?;
            let (usable, _) = roots.add_parsable_certificates(issuers.iter().cloned());
            if usable == 0 {
                return Err(refused("client_ca", ca, "has no certificate that can be a CA's"));
            }
        }
        let provider = Arc::new(self.provider());
        let versions: Vec<_> = TlsVersion::ALL
            .into_iter()
            .filter(|version| (self.min_version..=self.max_version).contains(version))
            .map(TlsVersion::supported)
            .collect();
        let unusable = |part| move |problem: String| TlsError { part, file: None, problem };
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .map_err(|error| unusable("")(error.to_string()))?;
        let config = if self.client_auth == ClientAuth::None {
            config.with_no_client_auth()
        } else {
            let rule = ClientRule::new(self.client_auth, roots, issuers, &self.client_allowed_sans, &provider);
            config.with_client_cert_verifier(Arc::new(rule.map_err(unusable("client_ca"))?))
        };
        let mut config = config.with_single_cert(certificates, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => refused("key", &self.key, "is not the key of the certificate"),
            rustls::Error::InvalidCertificate(CertificateError::BadEncoding) => refused("cert", &self.cert, BROKEN),
            error => refused("cert", &self.cert, &format!("cannot be served: {error}")),
        })?;
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        config.ignore_client_order = self.prefer_server_cipher_suites;
        Ok(config)
    }

    fn provider(&self) -> CryptoProvider {
        let mut provider = ring::default_provider();
        if !self.cipher_suites.is_empty() {
            let of_tls13 = CipherSuite::all().filter(|suite| suite.is_of_tls13());
            let chosen = self.cipher_suites.iter().copied().filter(|suite| !suite.is_of_tls13());
            provider.cipher_suites = of_tls13.chain(chosen).map(|suite| suite.0).collect();
        }
        if !self.curve_preferences.is_empty() {
            provider.kx_groups = self.curve_preferences.iter().map(|curve| curve.0).collect();
        }
        provider
    }

    /// Which states the files are in.
    fn stamps(&self) -> Stamps {
        let pems = [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()];
        pems.map(|pem| match pem {
            Some(Pem::File(path)) => std::fs::metadata(path).as_ref().map(Stamp::of).ok(),
            _ => None,
        })
    }
}

/// Why TLS cannot be spoken as the settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError {
    /// Which of the settings: `cert`, `key` or `client_ca`; empty for all of them together.
    part: &'static str,
    file: Option<PathBuf>,
    problem: String,
}

impl TlsError {
    /// Which of the settings is of no use, such as `tls_server_config.cert_file`; `tls_server_config` for all of them together.
    pub fn key(&self) -> &'static str {
        match (self.part, self.file.is_some()) {
            ("cert", true) => "tls_server_config.cert_file",
            ("cert", false) => "tls_server_config.cert",
            ("key", true) => "tls_server_config.key_file",
            ("key", false) => "tls_server_config.key",
            ("client_ca", true) => "tls_server_config.client_ca_file",
            ("client_ca", false) => "tls_server_config.client_ca",
            _ => "tls_server_config",
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}: {} {}", self.key(), file.display(), self.problem),
            None => write!(f, "{}: {}", self.key(), self.problem),
        }
    }
}

impl std::error::Error for TlsError {}

/// The texts that certificates and keys were made of. Not shown: one is a key.
#[derive(PartialEq, Eq)]
struct Texts {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts(not shown)")
    }
}

const BROKEN: &str = "has a broken certificate; write it in PEM (-----BEGIN CERTIFICATE-----)";

fn certificates(part: &'static str, pem: &Pem, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let refused = |problem: &str| refused(part, pem, problem);
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(refused("has no certificate; write it in PEM (-----BEGIN CERTIFICATE-----)")),
        Err(_) => Err(refused(BROKEN)),
    }
}

fn key(pem: &Pem, text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    let is_encrypted = text.windows(9).any(|word| word == b"ENCRYPTED");
    PrivateKeyDer::from_pem_slice(text).map_err(|_| {
        let problem = if is_encrypted {
            "is encrypted; write the key without a passphrase"
        } else {
            "has no private key; write it in PEM (-----BEGIN PRIVATE KEY-----)"
        };
        refused("key", pem, problem)
    })
}

fn refused(part: &'static str, pem: &Pem, problem: &str) -> TlsError {
    let file = match pem {
        Pem::Inline(_) => None,
        Pem::File(path) => Some(path.clone()),
    };
    TlsError { part, file, problem: problem.into() }
}

fn read(part: &'static str, pem: &Pem) -> Result<Vec<u8>, TlsError> {
    match pem {
        Pem::Inline(text) => Ok(text.as_bytes().into()),
        Pem::File(path) => read_file(path).map_err(|problem| refused(part, pem, &problem)),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let explain = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "does not exist".to_owned(),
        ErrorKind::PermissionDenied => "may not be read by this process; change its owner or mode".to_owned(),
        _ => error.to_string(),
    };
    // Before it is opened: to open a pipe is to wait for who writes into it.
    if !std::fs::metadata(path).map_err(explain)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(explain)?;
    file.take(FILE_BYTES + 1).read_to_end(&mut text).map_err(explain)?;
    if text.len() as u64 > FILE_BYTES { Err(format!("is longer than {FILE_BYTES} bytes")) } else { Ok(text) }
}

/// Of certificate, key and CA; none for what is in no file, and for a file that cannot be looked at.
type Stamps = [Option<Stamp>; 3];

/// TLS as it is spoken now.
///
/// ```no_run
/// use openclaw_prometheus::web::{Pem, Tls, TlsSettings};
///
/// let file = |path: &str| Pem::File(path.into());
/// let tls = Tls::new(TlsSettings::new(file("/etc/metrics/cert.pem"), file("/etc/metrics/key.pem")))?;
/// # Ok::<(), openclaw_prometheus::web::TlsError>(())
/// ```
#[derive(Debug)]
pub struct Tls {
    settings: TlsSettings,
    served: Mutex<Served>,
}

#[derive(Debug)]
struct Served {
    config: Arc<ServerConfig>,
    texts: Texts,
    /// Of the files when they were last read.
    stamps: Stamps,
    /// Whether a change since then shows in the stamps.
    is_settled: bool,
    /// Why what is in the files is not what is served.
    problem: Option<String>,
}

/// What became of files that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// They are served from now on.
    Taken,
    /// They are of no use, for this reason; what was served before is served on.
    Refused(String),
}

impl Tls {
    /// TLS with these settings.
    ///
    /// # Errors
    /// [`TlsError`] for files that are of no use.
    pub fn new(settings: TlsSettings) -> Result<Self, TlsError> {
        let (now, stamps) = (SystemTime::now(), settings.stamps());
        let texts = settings.read()?;
        let config = Arc::new(settings.config(&texts)?);
        let served = Served { config, texts, stamps, is_settled: is_settled(&stamps, now), problem: None };
        Ok(Self { settings, served: Mutex::new(served) })
    }

    /// Its settings.
    pub fn settings(&self) -> &TlsSettings {
        &self.settings
    }

    /// What a handshake is made with now. Costs a look at three files at most, and half a millisecond after they changed.
    pub(crate) fn current(&self) -> (Arc<ServerConfig>, Option<Change>) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, stamps) = (SystemTime::now(), self.settings.stamps());
        if served.is_settled && served.stamps == stamps {
            return (served.config.clone(), None);
        }
        (served.stamps, served.is_settled) = (stamps, is_settled(&stamps, now));
        let change = served.read(&self.settings);
        (served.config.clone(), change)
    }
}

impl Served {
    /// Takes what is in the files now, if it is of use.
    fn read(&mut self, settings: &TlsSettings) -> Option<Change> {
        let outcome = settings.read().and_then(|texts| {
            // Who has a session of what is served may go on with it as long as that is the same.
            if texts != self.texts {
                self.config = Arc::new(settings.config(&texts)?);
                self.texts = texts;
                return Ok(true);
            }
            Ok(false)
        });
        let before = self.problem.take();
        match outcome {
            Ok(is_other) => (is_other || before.is_some()).then_some(Change::Taken),
            Err(error) => {
                let problem = error.to_string();
                self.problem = Some(problem.clone());
                (before.as_ref() != Some(&problem)).then_some(Change::Refused(problem))
            }
        }
    }
}

fn is_settled(stamps: &Stamps, now: SystemTime) -> bool {
    stamps.iter().flatten().all(|stamp| stamp.is_settled(now))
}
