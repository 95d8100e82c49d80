//! Whose certificate is accepted for `wss://`.
//!
//! One for the host's name, by an issuer that the system or the CA file knows. And one that stands in the CA file itself,
//! whatever its name: the certificate that a Gateway makes for itself (`gateway.tls.autoGenerate`) has no host name in it and
//! is its own issuer, so nothing else could know it. That the other side has its key is checked either way.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::credentials::read_bounded;
use super::endpoint::{Endpoint, Host};
use super::error::ConnectError;
use super::text::shown;
use super::trust::{CertificateProblem, TrustError};

/// Bytes of a CA file at most: all that a system trusts is a quarter of it.
const CA_FILE_BYTES: u64 = 1 << 20;

/// A TLS client for the endpoint. Reads the system's certificates and the CA file: some milliseconds.
pub(super) fn client(endpoint: &Endpoint) -> Result<ClientConnection, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier::new(endpoint, &provider).map_err(ConnectError::Trust)?);
    let unusable = |error: rustls::Error| ConnectError::Tls { problem: shown(&error.to_string(), None) };
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(unusable)?;
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    ClientConnection::new(Arc::new(config), name(endpoint.host())?).map_err(unusable)
}

fn name(host: &Host) -> Result<ServerName<'static>, ConnectError> {
    match host {
        Host::Address(address) => Ok(ServerName::IpAddress(IpAddr::into(*address))),
        Host::Name(name) => ServerName::try_from(name.clone())
            .map_err(|_| ConnectError::Certificate(CertificateProblem::OtherName { host: name.clone() })),
    }
}

/// What went wrong, of an error while TLS shakes hands; none if it is of the connection.
pub(super) fn problem(error: &io::Error, endpoint: &Endpoint) -> Option<ConnectError> {
    use CertificateError as C;
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(error) => ConnectError::Certificate(match error {
            // An issuer of the same name with another key gives a signature that does not fit.
            C::UnknownIssuer | C::BadSignature => CertificateProblem::UnknownIssuer,
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                CertificateProblem::OtherName { host: endpoint.host().to_string() }
            }
            C::Expired | C::ExpiredContext { .. } => CertificateProblem::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => CertificateProblem::NotValidYet,
            // A certificate that is its own issuer, and that is not in the CA file.
            C::Other(_) if format!("{error:?}").contains("CaUsedAsEndEntity") => CertificateProblem::UnknownIssuer,
            other => CertificateProblem::Other { problem: shown(&other.to_string(), None) },
        }),
        other => ConnectError::Tls { problem: shown(&other.to_string(), None) },
    })
}

/// Knows certificates by their issuer, and those of the CA file by themselves.
#[derive(Debug)]
struct Verifier {
    by_issuer: Arc<WebPkiServerVerifier>,
    known: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(endpoint: &Endpoint, provider: &Arc<CryptoProvider>) -> Result<Self, TrustError> {
        let known = endpoint.ca_file().map(read).transpose()?.unwrap_or_default();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(known.iter().cloned());
        let by_issuer = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        Ok(Self { by_issuer: by_issuer.map_err(|_| TrustError::NobodyTrusted)?, known })
    }
}

/// The certificates in a file.
fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let unusable = |problem| TrustError::CaFile { path: path.to_owned(), problem };
    let text = read_bounded(path, CA_FILE_BYTES).map_err(unusable)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(unusable("has no certificate; write it in PEM (-----BEGIN CERTIFICATE-----)".to_owned())),
        Err(_) => Err(unusable("has a broken certificate; write it in PEM (-----BEGIN CERTIFICATE-----)".to_owned())),
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
        if self.known.contains(certificate) {
            return Ok(ServerCertVerified::assertion());
        }
        self.by_issuer.verify_server_cert(certificate, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.by_issuer.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.by_issuer.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_issuer.supported_verify_schemes()
    }
}
