//! What can go wrong, each with a sentence for the operator.

use std::fmt;
use std::time::Duration;

use super::credentials::CredentialsError;
use super::refusal::Refusal;
use super::trust::{CertificateProblem, TrustError};

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// There is nothing to show to the Gateway.
    Credentials(CredentialsError),
    /// There is nothing to know its certificate by.
    Trust(TrustError),
    /// The name of the host has no address.
    Unresolved {
        /// Which name.
        host: String,
        /// What the system says.
        problem: String,
    },
    /// Nobody takes connections there.
    Unreachable {
        /// The addresses that were tried, with their port.
        at: String,
        /// Whether the machine is there and nobody listens.
        is_refused: bool,
        /// What the system says.
        problem: String,
    },
    /// The certificate is not accepted.
    Certificate(CertificateProblem),
    /// TLS fails for another reason.
    Tls {
        /// What is wrong.
        problem: String,
    },
    /// Who answers speaks HTTP and no WebSocket.
    Http {
        /// Its status.
        status: u16,
    },
    /// Who answers is no Gateway.
    NotGateway,
    /// It was closed before a word.
    ClosedAtOnce,
    /// It does not let us in.
    Refused(Refusal),
    /// The connection ended meanwhile.
    Lost(Lost),
}

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// It was stopped from our side.
    Stopped,
    /// Nothing came, or nothing was taken, in time.
    TimedOut {
        /// What was waited for.
        step: &'static str,
    },
    /// The Gateway closed it.
    Closed {
        /// The code, as RFC 6455 has them; none if there was no word of it.
        code: Option<u16>,
        /// Its own words.
        reason: String,
    },
    /// A frame is longer than is read.
    TooLarge {
        /// Bytes that are read at most.
        most_bytes: usize,
    },
    /// What came is no frame of the protocol.
    Broken,
    /// The system says no.
    Io {
        /// Its own words.
        problem: String,
    },
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// The Gateway answered with an error. The connection is as good as before.
    Refused {
        /// The code of its answer, such as `INVALID_REQUEST`.
        code: String,
        /// Its own words.
        message: String,
    },
    /// This Gateway has no such method. The connection is as good as before.
    NoSuchMethod,
    /// A scope is asked for that was not granted. The connection is as good as before.
    ScopeMissing {
        /// Which one.
        scope: String,
    },
    /// No answer came in time; a late one is dropped. The connection is as good as before.
    TimedOut {
        /// For how long it was waited.
        after: Duration,
    },
    /// The parameters are no JSON. Nothing was sent.
    Params,
    /// The connection is over.
    Lost(Lost),
}

impl ConnectError {
    /// What it is called as a label: one of a few words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Credentials(_) => "credentials",
            Self::Trust(_) => "trust",
            Self::Unresolved { .. } => "unresolved",
            Self::Unreachable { .. } => "unreachable",
            Self::Certificate(_) => "certificate",
            Self::Tls { .. } => "tls",
            Self::Http { .. } | Self::NotGateway => "not_gateway",
            Self::ClosedAtOnce => "closed",
            Self::Refused(refusal) => refusal.reason(),
            Self::Lost(lost) => lost.reason(),
        }
    }

    /// When the Gateway said to try again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after(),
            _ => None,
        }
    }
}

impl Lost {
    /// What it is called as a label: one of a few words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::TimedOut { .. } => "timed_out",
            Self::Closed { .. } => "closed",
            Self::TooLarge { .. } => "too_large",
            Self::Broken => "broken",
            Self::Io { .. } => "io",
        }
    }
}

impl CallError {
    /// What it is called as a label: one of a few words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::NoSuchMethod => "no_such_method",
            Self::ScopeMissing { .. } => "scope_missing",
            Self::TimedOut { .. } => "timed_out",
            Self::Params => "params",
            Self::Lost(lost) => lost.reason(),
        }
    }

    /// Whether the connection is over, so that no other call can succeed.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(error) => error.fmt(f),
            Self::Trust(error) => error.fmt(f),
            Self::Unresolved { host, problem } => {
                write!(f, "the name {host} has no address ({problem}); correct it, or write the address itself")
            }
            Self::Unreachable { at, is_refused: true, .. } => {
                write!(f, "nobody listens at {at}; start the Gateway, or correct the port (gateway.port)")
            }
            Self::Unreachable { at, problem, .. } => {
                write!(f, "cannot connect to {at} ({problem}); correct the address, or let this machine reach it")
            }
            Self::Certificate(problem) => problem.fmt(f),
            Self::Tls { problem } => {
                write!(f, "no TLS with the Gateway ({problem}); write ws:// if it has none")
            }
            Self::Http { status: 403 } => f.write_str(
                "the Gateway refuses a connection through this proxy with HTTP 403; connect to it directly, or set \
                 gateway.trustedProxies",
            ),
            Self::Http { status: 429 } => f.write_str(
                "the Gateway refuses this address for a while with HTTP 429, after too many wrong tokens; correct the token \
                 of whoever tries",
            ),
            Self::Http { status: 503 } => {
                f.write_str("the Gateway takes no connections at this time (HTTP 503): it starts, stops or has too many")
            }
            Self::Http { status } => {
                write!(f, "who answers is no Gateway: HTTP {status} instead of a WebSocket; correct the address")
            }
            Self::NotGateway => f.write_str(
                "who answers is no Gateway: it does not begin as its protocol does; correct the address, or write wss:// if \
                 it speaks TLS",
            ),
            Self::ClosedAtOnce => f.write_str(
                "the connection was closed before a word: the Gateway is ending, or it speaks TLS; write wss:// then",
            ),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Lost(lost) => lost.fmt(f),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("the connection was stopped from this side"),
            Self::TimedOut { step } => write!(f, "the Gateway took too long for {step}; it may be overloaded or hang"),
            Self::Closed { code, reason } => {
                f.write_str("the Gateway closed the connection")?;
                match (code, reason.as_str()) {
                    (None, "") => f.write_str(" without a word; it may have ended"),
                    (None, reason) => write!(f, ": {reason}"),
                    (Some(code), "") => write!(f, " with code {code}"),
                    (Some(code), reason) => write!(f, " with code {code}: {reason}"),
                }
            }
            Self::TooLarge { most_bytes } => {
                write!(f, "the Gateway sent a frame of more than {} KiB; no more is read", most_bytes >> 10)
            }
            Self::Broken => f.write_str("the Gateway sent what is no frame of its protocol"),
            Self::Io { problem } => write!(f, "the connection to the Gateway broke ({problem})"),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, message } => write!(f, "the Gateway answers with an error: {message} ({code})"),
            Self::NoSuchMethod => f.write_str("this version of the Gateway has no such method"),
            Self::ScopeMissing { scope } => {
                write!(f, "the Gateway asks for the scope {scope}, which it has not granted")
            }
            Self::TimedOut { after } => write!(f, "the Gateway did not answer within {:.1} s", after.as_secs_f64()),
            Self::Params => f.write_str("the parameters are no JSON"),
            Self::Lost(lost) => lost.fmt(f),
        }
    }
}

impl std::error::Error for ConnectError {}
impl std::error::Error for Lost {}
impl std::error::Error for CallError {}
