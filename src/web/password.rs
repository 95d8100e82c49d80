//! Passwords as a file may hold them: hashed by bcrypt.

use std::fmt;
use std::str::FromStr;

use bcrypt::HashParts;

/// The cost up to which a hash is taken: nine seconds a password on a machine of 2025, and each step doubles it.
const MOST_COST: u32 = 17;

/// A password's bcrypt hash, such as `htpasswd -nBC 10 ""` writes it: `$2a$`, `$2b$` or `$2y$`.
///
/// ```
/// use openclaw_prometheus::web::PasswordHash;
///
/// let hash: PasswordHash = "$2b$04$D6pMiX0eGQdtR8VJbJYO7eZqfQ6rg2J1zLXGIo0kZJ7e0dbPzDw5K".parse()?;
/// assert_eq!(format!("{hash:?}"), "PasswordHash(not shown)");
/// assert!("secret".parse::<PasswordHash>().is_err());
/// # Ok::<(), openclaw_prometheus::web::PasswordError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: Box<str>,
    cost: u32,
}

impl PasswordHash {
    /// Whether `password` is the one. Takes as long as its cost says: 50 ms at 10, on purpose. As everywhere, what is behind
    /// its 72nd byte does not matter.
    pub fn is_of(&self, password: &[u8]) -> bool {
        bcrypt::verify(password, &self.text).unwrap_or(false)
    }

    /// The logarithm of what a comparison costs.
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(not shown)")
    }
}

/// Why a text is no hash of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordError {
    /// It is no bcrypt hash.
    NoHash,
    /// To compare a password with it takes too long.
    TooCostly {
        /// Its cost.
        cost: u32,
    },
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHash => f.write_str(
                "this is no bcrypt hash, which begins with $2a$, $2b$ or $2y$ (htpasswd -nBC 10 \"\" makes one)",
            ),
            Self::TooCostly { cost } => {
                write!(f, "a cost of {cost} keeps a scraper waiting for too long; at most {MOST_COST} is taken")
            }
        }
    }
}

impl std::error::Error for PasswordError {}

impl FromStr for PasswordHash {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, PasswordError> {
        let parts: HashParts = text.parse().map_err(|_| PasswordError::NoHash)?;
        // $2x$ marks hashes of a broken program, and is not taken elsewhere either.
        if text.starts_with("$2x$") || !(4..=31).contains(&parts.get_cost()) {
            return Err(PasswordError::NoHash);
        }
        if parts.get_cost() > MOST_COST {
            return Err(PasswordError::TooCostly { cost: parts.get_cost() });
        }
        Ok(Self { text: text.into(), cost: parts.get_cost() })
    }
}
