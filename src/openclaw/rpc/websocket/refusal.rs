//! Why a Gateway does not let us in, told by the codes of its answer.

use std::fmt;
use std::time::Duration;

use super::credentials::Proof;
use super::frame::Denial;
use super::text::shown;

/// The one version of the protocol that is spoken.
pub(super) const PROTOCOL: u64 = 4;

/// What the Gateway says against a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It asks for a token or a password, and none was given.
    CredentialsMissing,
    /// The token is another one than its own.
    TokenWrong,
    /// It asks for a password, and a token was given.
    PasswordWanted,
    /// The password is another one than its own.
    PasswordWrong,
    /// It asks for a token, and a password was given.
    TokenWanted,
    /// It is set to ask for a token or a password and has none to compare with.
    NotConfigured,
    /// It lets in whom a proxy vouches for, and nobody else.
    TrustedProxyOnly,
    /// Too many wrong tokens came from this address.
    RateLimited {
        /// When it listens again, if it says so.
        retry_after: Option<Duration>,
    },
    /// The device has to be approved at the Gateway.
    PairingRequired {
        /// By what it is approved, if the Gateway says so.
        request: Option<String>,
    },
    /// It let us in, without the right to read.
    ScopeNotGranted,
    /// It speaks another version of the protocol.
    Protocol {
        /// Which one, if it says so.
        gateway: Option<u64>,
    },
    /// It starts, stops or is suspended.
    Unavailable {
        /// Its own words.
        message: String,
        /// When to try again, if it says so.
        retry_after: Option<Duration>,
    },
    /// Something else.
    Other {
        /// The code of its answer.
        code: String,
        /// Its own words.
        message: String,
    },
}

impl Refusal {
    pub(super) fn new(denial: &Denial, proof: &Proof) -> Self {
        let retry_after = denial.retry_after_ms().map(Duration::from_millis);
        let message = || shown(denial.message(), proof.secret());
        let has_password = matches!(proof, Proof::Password(_));
        match denial.detail() {
            "AUTH_TOKEN_MISMATCH" | "AUTH_TOKEN_MISSING" if has_password => Self::TokenWanted,
            "AUTH_TOKEN_MISMATCH" | "AUTH_DEVICE_TOKEN_MISMATCH" => Self::TokenWrong,
            "AUTH_PASSWORD_MISMATCH" if has_password => Self::PasswordWrong,
            "AUTH_PASSWORD_MISMATCH" | "AUTH_PASSWORD_MISSING" if matches!(proof, Proof::Token(_)) => {
                Self::PasswordWanted
            }
            "AUTH_TOKEN_MISSING" | "AUTH_PASSWORD_MISSING" | "AUTH_PASSWORD_MISMATCH" | "AUTH_REQUIRED" => {
                Self::CredentialsMissing
            }
            // What it says to whoever shows neither a device nor anything else.
            "DEVICE_IDENTITY_REQUIRED" if matches!(proof, Proof::Nothing) => Self::CredentialsMissing,
            "AUTH_TOKEN_NOT_CONFIGURED" | "AUTH_PASSWORD_NOT_CONFIGURED" => Self::NotConfigured,
            "AUTH_IDENTITY_HEADER_REQUIRED" => Self::TrustedProxyOnly,
            "AUTH_UNAUTHORIZED" if denial.auth_reason().starts_with("trusted_proxy") => Self::TrustedProxyOnly,
            "AUTH_RATE_LIMITED" => Self::RateLimited { retry_after },
            "PAIRING_REQUIRED" | "DEVICE_IDENTITY_REQUIRED" => Self::pairing(denial),
            "AUTH_SCOPE_MISMATCH" | "MISSING_SCOPE" => Self::ScopeNotGranted,
            "PROTOCOL_MISMATCH" => Self::Protocol { gateway: denial.expected_protocol() },
            _ => match denial.code() {
                "NOT_PAIRED" => Self::pairing(denial),
                "UNAVAILABLE" => Self::Unavailable { message: message(), retry_after },
                code => Self::Other { code: code.to_owned(), message: message() },
            },
        }
    }

    fn pairing(denial: &Denial) -> Self {
        let request = denial.pairing_request();
        let is_plain = request.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte));
        let is_known = is_plain && (1..=128).contains(&request.len());
        Self::PairingRequired { request: is_known.then(|| request.to_owned()) }
    }

    /// What it is called as a label: one of a few words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::CredentialsMissing => "credentials_missing",
            Self::TokenWrong => "token_wrong",
            Self::PasswordWanted => "password_wanted",
            Self::PasswordWrong => "password_wrong",
            Self::TokenWanted => "token_wanted",
            Self::NotConfigured => "not_configured",
            Self::TrustedProxyOnly => "trusted_proxy_only",
            Self::RateLimited { .. } => "rate_limited",
            Self::PairingRequired { .. } => "pairing_required",
            Self::ScopeNotGranted => "scope_not_granted",
            Self::Protocol { .. } => "protocol",
            Self::Unavailable { .. } => "unavailable",
            Self::Other { .. } => "refused",
        }
    }

    /// When the Gateway said to try again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialsMissing => f.write_str(
                "the Gateway asks for a token or a password, and none was given; give what gateway.auth of its \
                 configuration says",
            ),
            Self::TokenWrong => {
                f.write_str("the Gateway does not know the token; give the one of gateway.auth.token in its configuration")
            }
            Self::PasswordWanted => f.write_str(
                "the Gateway asks for a password, and a token was given; give gateway.auth.password of its configuration",
            ),
            Self::PasswordWrong => f.write_str(
                "the Gateway does not know the password; give the one of gateway.auth.password in its configuration",
            ),
            Self::TokenWanted => f.write_str(
                "the Gateway asks for a token, and a password was given; give gateway.auth.token of its configuration",
            ),
            Self::NotConfigured => f.write_str(
                "the Gateway asks for a token or a password and has none to compare with; set gateway.auth in its \
                 configuration",
            ),
            Self::TrustedProxyOnly => f.write_str(
                "the Gateway lets in only whom its proxy vouches for (gateway.auth.mode is trusted-proxy): no token opens \
                 it; collect inside of it with the plugin, or set the mode to token",
            ),
            Self::RateLimited { retry_after } => {
                f.write_str("the Gateway had too many wrong tokens from this address and refuses it for a while")?;
                after(f, *retry_after)?;
                f.write_str("; correct the token of whoever tries")
            }
            Self::PairingRequired { request } => {
                f.write_str(
                    "the Gateway asks for a paired device: it takes us for another machine; connect to its loopback address, \
                     without a proxy",
                )?;
                match request {
                    Some(request) => write!(f, ", or approve request {request} (openclaw devices list)"),
                    None => f.write_str(", or approve the device there (openclaw devices list)"),
                }
            }
            Self::ScopeNotGranted => f.write_str(
                "the Gateway let us in without operator.read, as it does with whom it takes for another machine or a proxy; \
                 connect to its loopback address, without a proxy",
            ),
            Self::Protocol { gateway: Some(gateway) } => {
                let advice = if *gateway > PROTOCOL { "update the exporter" } else { "update the Gateway" };
                write!(f, "the Gateway speaks version {gateway} of its protocol, the exporter version {PROTOCOL}; {advice}")
            }
            Self::Protocol { gateway: None } => {
                write!(f, "the Gateway does not speak version {PROTOCOL} of its protocol; update what is older")
            }
            Self::Unavailable { message, retry_after } => {
                write!(f, "the Gateway is not ready: {message}")?;
                after(f, *retry_after)
            }
            Self::Other { code, message } => write!(f, "the Gateway refuses the connection: {message} ({code})"),
        }
    }
}

fn after(f: &mut fmt::Formatter<'_>, retry_after: Option<Duration>) -> fmt::Result {
    retry_after.map_or(Ok(()), |time| write!(f, " (until {:.1} s from now)", time.as_secs_f64()))
}
