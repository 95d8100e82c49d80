//! Why the certificate of a Gateway is not accepted.

use std::fmt;
use std::path::PathBuf;

/// Why no certificate can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustError {
    /// The CA file cannot be used.
    CaFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no CA file, and the system trusts nobody.
    NobodyTrusted,
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CaFile { path, problem } => write!(f, "the CA file {} {problem}", path.display()),
            Self::NobodyTrusted => f.write_str(
                "this system trusts no certificate at all; install its CA certificates (ca-certificates), or give a CA file",
            ),
        }
    }
}

impl std::error::Error for TrustError {}

/// Why a certificate is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// Nobody who is trusted vouches for it.
    UnknownIssuer,
    /// It is for another host.
    OtherName {
        /// The host that was connected to.
        host: String,
    },
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotValidYet,
    /// Something else.
    Other {
        /// What is wrong.
        problem: String,
    },
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => f.write_str(
                "nobody who is trusted here vouches for the Gateway's certificate; give its CA, or the certificate itself, \
                 as the CA file",
            ),
            Self::OtherName { host } => write!(
                f,
                "the Gateway's certificate is not for {host}; connect by the name that is in it, or give the certificate \
                 itself as the CA file"
            ),
            Self::Expired => f.write_str("the Gateway's certificate has expired; renew it, or correct the clock"),
            Self::NotValidYet => {
                f.write_str("the Gateway's certificate is not valid yet; correct the clock of either machine")
            }
            Self::Other { problem } => write!(f, "the Gateway's certificate is not accepted: {problem}"),
        }
    }
}
