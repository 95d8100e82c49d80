//! Whose certificates are taken of clients.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc5280::ID_KP_CLIENT_AUTH;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

/// Whether clients are asked for a certificate, and what becomes of it: `client_auth_type`, by Go's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientAuth {
    /// They are not asked.
    #[default]
    None,
    /// They are asked, and may send any or none.
    Request,
    /// They have to send one, whoever issued it.
    RequireAny,
    /// They may send none; one that they send has to be of the CA.
    VerifyIfGiven,
    /// They have to send one of the CA.
    RequireAndVerify,
}

impl ClientAuth {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Request, Self::RequireAny, Self::VerifyIfGiven, Self::RequireAndVerify];

    /// Its name in a web configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NoClientCert",
            Self::Request => "RequestClientCert",
            Self::RequireAny => "RequireAnyClientCert",
            Self::VerifyIfGiven => "VerifyClientCertIfGiven",
            Self::RequireAndVerify => "RequireAndVerifyClientCert",
        }
    }

    /// Whether nobody gets in without a certificate that was verified.
    pub fn is_verified_always(self) -> bool {
        self == Self::RequireAndVerify
    }

    /// Whether it needs a CA.
    pub fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }

    fn is_mandatory(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }
}

/// Takes clients' certificates as the settings say. That a client has its certificate's key is checked always.
#[derive(Debug)]
pub(super) struct ClientRule {
    auth: ClientAuth,
    /// What knows the CA; none where nothing is verified.
    by_issuer: Option<Arc<dyn ClientCertVerifier>>,
    /// The certificates of the CA.
    issuers: Vec<CertificateDer<'static>>,
    allowed_sans: Box<[String]>,
    provider: Arc<CryptoProvider>,
}

impl ClientRule {
    /// One that verifies by `roots`, which are of `issuers`, if `auth` does; an error if these are of no use.
    pub(super) fn new(
        auth: ClientAuth,
        roots: RootCertStore,
        issuers: Vec<CertificateDer<'static>>,
        allowed_sans: &[String],
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let by_issuer = if auth.verifies() {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
            Some(verifier.map_err(|error| error.to_string())?)
        } else {
            None
        };
        Ok(Self { auth, by_issuer, issuers, allowed_sans: allowed_sans.into(), provider: provider.clone() })
    }
}

impl ClientCertVerifier for ClientRule {
    fn client_auth_mandatory(&self) -> bool {
        self.auth.is_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.by_issuer.as_ref().map_or(&[], |verifier| verifier.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if let Some(verifier) = &self.by_issuer
            && let Err(error) = verifier.verify_client_cert(certificate, intermediates, now)
            // No CA is taken for a client, unless it is named itself: one that signs itself is often written as a CA.
            && !(self.issuers.contains(certificate) && is_of_clients(certificate, now))
        {
            return Err(error);
        }
        if !self.allowed_sans.is_empty() && !names(certificate).iter().any(|name| self.allowed_sans.contains(name)) {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate holds now, for clients too.
fn is_of_clients(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    let Ok(certificate) = Certificate::from_der(certificate) else { return false };
    let validity = certificate.tbs_certificate().validity();
    let (from, to) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
    let is_for_clients = match certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
        Ok(Some((_, ExtendedKeyUsage(uses)))) => uses.contains(&ID_KP_CLIENT_AUTH),
        Ok(None) => true,
        Err(_) => false,
    };
    is_for_clients && (from.as_secs()..=to.as_secs()).contains(&now.as_secs())
}

/// The alternative names of a certificate (RFC 5280 §4.2.1.6): DNS names, addresses, e-mail addresses and URIs.
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = Certificate::from_der(certificate) else { return Vec::new() };
    let Ok(Some((_, SubjectAltName(names)))) = certificate.tbs_certificate().get_extension() else { return Vec::new() };
    let text = |name: &GeneralName| match name {
        GeneralName::DnsName(text) | GeneralName::Rfc822Name(text) | GeneralName::UniformResourceIdentifier(text) => {
            Some(text.to_string())
        }
        GeneralName::IpAddress(bytes) => address(bytes.as_bytes()),
        _ => None,
    };
    names.iter().filter_map(text).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(|bytes| std::net::Ipv4Addr::from(bytes).to_string());
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())).ok()
}
