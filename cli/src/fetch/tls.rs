//! TLS as Prometheus speaks it: the system's certificates or those of a file, never both, and the name in the URL or
//! another that is given.
//!
//! A certificate that stands in the file itself is trusted, even if it may sign others; its name and its time are looked at
//! all the same. Each refusal becomes a sentence that says what to do.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Access, FetchError, Url};

/// Bytes of a file of certificates at most: all that a system trusts is a quarter of it.
const FILE_BYTES: u64 = 1 << 20;

/// How TLS is spoken with a host.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    shows_certificate: bool,
}

impl Tls {
    /// Reads the files that are named.
    pub(super) fn new(access: &Access, host: &str) -> Result<Self, FetchError> {
        let provider = Arc::new(ring::default_provider());
        let known = access.ca_file.as_deref().map(certificates).transpose()?;
        let verifier = Verifier::new(known, access.insecure_skip_verify, &provider)?;
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let unusable = |error: rustls::Error| FetchError::Tls { what: error.to_string() };
        let builder = builder.map_err(unusable)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        let config = match (&access.cert_file, &access.key_file) {
            (Some(cert), Some(key)) => {
                let refused = |error: rustls::Error| {
                    FetchError::tls_file(cert, format!("does not go with the key in {}: {error}", key.display()))
                };
                builder.with_client_auth_cert(certificates(cert)?, private_key(key)?).map_err(refused)?
            }
            _ => builder.with_no_client_auth(),
        };
        let host = access.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| FetchError::Tls { what: format!("{host:?} is not a name that a certificate can be for") })?;
        let shows_certificate = access.cert_file.is_some();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name, shows_certificate })
    }

    pub(super) async fn shake_hands<S>(&self, stream: S, url: &Url) -> Result<TlsStream<S>, FetchError>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let connected = self.connector.connect(self.name.clone(), stream).await;
        connected.map_err(|error| {
            self.problem(&error, url).unwrap_or_else(|| FetchError::Handshake { url: url.to_string(), error })
        })
    }

    /// What an error says of TLS, somewhere among its causes: a server tells late that it wants a certificate.
    pub(super) fn problem(&self, error: &(dyn Error + 'static), url: &Url) -> Option<FetchError> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let inner = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
            let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
            if let Some(tls) = tls {
                return Some(FetchError::Tls { what: self.told(tls, url) });
            }
            cause = error.source();
        }
        None
    }

    fn told(&self, error: &rustls::Error, url: &Url) -> String {
        use AlertDescription as A;
        use CertificateError as C;
        let name = self.name.to_str();
        match error {
            rustls::Error::InvalidCertificate(error) => match error {
                // The latter of an authority that is called the same and has another key.
                C::UnknownIssuer | C::BadSignature => {
                    format!(
                        "nobody who is trusted here vouches for the certificate of {url}; name its CA with --ca-file"
                    )
                }
                C::NotValidForNameContext { presented, .. } if !presented.is_empty() => format!(
                    "the certificate of {url} is not for {name}, but for {}; ask for one of these, or name it with --server-name",
                    presented.join(", ")
                ),
                C::NotValidForName | C::NotValidForNameContext { .. } => format!(
                    "the certificate of {url} is not for {name}; ask by the name that is in it, or name that with --server-name"
                ),
                C::Expired | C::ExpiredContext { .. } => {
                    format!("the certificate of {url} has expired; renew it, or correct this machine's clock")
                }
                C::NotValidYet | C::NotValidYetContext { .. } => {
                    format!("the certificate of {url} is not valid yet; correct the clock of either machine")
                }
                other => format!("the certificate of {url} is not accepted: {other}"),
            },
            rustls::Error::AlertReceived(A::CertificateRequired) => {
                format!("{url} wants a client certificate; show one with --cert-file and --key-file")
            }
            // Before TLS 1.3 there was no word of its own for that.
            rustls::Error::AlertReceived(A::HandshakeFailure | A::BadCertificate) if !self.shows_certificate => {
                format!(
                    "{url} does not go on; it may want a client certificate: show one with --cert-file and --key-file"
                )
            }
            rustls::Error::AlertReceived(alert) if self.shows_certificate => {
                format!(
                    "{url} does not take the client certificate in --cert-file ({alert:?}); is it by a CA that it knows?"
                )
            }
            rustls::Error::InvalidMessage(_) => format!("{url} does not speak TLS; ask with http://"),
            other => format!("TLS with {url} failed: {other}"),
        }
    }
}

/// The certificates in a file.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FetchError> {
    let text = read(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(FetchError::tls_file(path, "has no certificate; write it in PEM (-----BEGIN CERTIFICATE-----)")),
        Err(_) => Err(FetchError::tls_file(path, "has a broken certificate; write it in PEM")),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, FetchError> {
    let no_key = |_| FetchError::tls_file(path, "has no private key; write it in PEM (-----BEGIN PRIVATE KEY-----)");
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(no_key)
}

fn read(path: &Path) -> Result<Vec<u8>, FetchError> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES + 1).read_to_end(&mut text));
    read.map_err(|error| FetchError::tls_file(path, format!("cannot be read: {error}")))?;
    match text.len() as u64 > FILE_BYTES {
        true => Err(FetchError::tls_file(path, "is larger than 1 MiB")),
        false => Ok(text),
    }
}

/// Knows certificates by their issuer, and those of the CA file by themselves; or does not look at all.
#[derive(Debug)]
struct Verifier {
    /// None if nothing is looked at.
    by_issuer: Option<Arc<WebPkiServerVerifier>>,
    known: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(
        known: Option<Vec<CertificateDer<'static>>>,
        takes_any: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, FetchError> {
        let provider = Arc::clone(provider);
        if takes_any {
            return Ok(Self { by_issuer: None, known: Vec::new(), provider });
        }
        let mut roots = RootCertStore::empty();
        match &known {
            Some(known) => roots.add_parsable_certificates(known.iter().cloned()),
            None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        };
        let by_issuer = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let by_issuer = by_issuer.map_err(|_| FetchError::NobodyTrusted)?;
        Ok(Self { by_issuer: Some(by_issuer), known: known.unwrap_or_default(), provider })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(by_issuer) = &self.by_issuer else { return Ok(ServerCertVerified::assertion()) };
        match by_issuer.verify_server_cert(certificate, intermediates, name, ocsp_response, now) {
            // Its time is right, for that is looked at first.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(error)))
                if format!("{error:?}").contains("CaUsedAsEndEntity") =>
            {
                if !self.known.contains(certificate) {
                    return Err(CertificateError::UnknownIssuer.into());
                }
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
