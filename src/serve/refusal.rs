//! Why a request was refused before any work was done for it.

/// Why a request was refused, whatever it asked for. Counted, so that an operator sees that somebody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// No token or password was sent: 401.
    NoToken,
    /// A wrong token or password was sent: 401.
    WrongToken,
    /// A wrong token or password was sent from an address that had sent several, or passwords faster than they can be compared:
    /// 401 after a while, or 429.
    WrongTokenSlowed,
    /// A token is asked for, and there is none to compare with: 503.
    TokenNotSetUp,
    /// The host that was asked for is not ours: 403.
    OtherHost,
    /// There was no host, more than one, or one that is none: 400.
    NoHost,
    /// There were more requests than are answered, of all together: 429.
    TooOften,
    /// As many requests as may be were being answered: 503.
    TooMany,
}
