//! What a Gateway asks of whoever connects: nothing, a token, or a password.
//!
//! A token in a file is read at each connect, so that a new one holds without a restart. None is ever shown: not by
//! `Debug`, not in errors.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::token::{self, TokenProblem};

/// Bytes of a file with a token at most: there may be white space around it.
const FILE_BYTES: u64 = token::MOST_BYTES as u64 + 64;

/// What is shown to the Gateway.
///
/// ```
/// use openclaw_prometheus::openclaw::rpc::websocket::Credentials;
///
/// let credentials = Credentials::token("from-a-secret-store")?;
/// assert_eq!(format!("{credentials:?}"), "Credentials(Token(..))");
/// # Ok::<(), openclaw_prometheus::openclaw::rpc::websocket::CredentialsError>(())
/// ```
#[derive(Clone, Default)]
pub struct Credentials(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    Nothing,
    Token(String),
    TokenFile(PathBuf),
    Password(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(")?;
        match &self.0 {
            Kind::Nothing => f.write_str("Nothing"),
            Kind::Token(_) => f.write_str("Token(..)"),
            Kind::TokenFile(path) => write!(f, "TokenFile({path:?})"),
            Kind::Password(_) => f.write_str("Password(..)"),
        }?;
        f.write_str(")")
    }
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The text can be no token; the sentence says why.
    Token(&'static str),
    /// The text can be no password; the sentence says why.
    Password(&'static str),
    /// The file has no token; the sentence says why.
    TokenFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(problem) => write!(f, "the token for the Gateway {problem}"),
            Self::Password(problem) => write!(f, "the password for the Gateway {problem}"),
            Self::TokenFile { path, problem } => write!(f, "the token file {} {problem}", path.display()),
        }
    }
}

impl std::error::Error for CredentialsError {}

/// What is sent at one connect.
pub(super) enum Proof {
    Nothing,
    Token(String),
    Password(String),
}

impl Proof {
    /// What must be shown nowhere.
    pub(super) fn secret(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Token(secret) | Self::Password(secret) => Some(secret),
        }
    }
}

impl Credentials {
    /// Nothing: for a Gateway whose `gateway.auth.mode` is `none`.
    pub fn none() -> Self {
        Self::default()
    }

    /// The Gateway's token, without the white space and the byte order mark around it.
    pub fn token(token: &str) -> Result<Self, CredentialsError> {
        let token = token::read(token.as_bytes()).map_err(|problem| CredentialsError::Token(sentence(problem)))?;
        Ok(Self(Kind::Token(token.to_owned())))
    }

    /// The token that is in a file, read again at each connect.
    pub fn token_file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::TokenFile(path.into()))
    }

    /// The Gateway's password, as it is.
    pub fn password(password: &str) -> Result<Self, CredentialsError> {
        match password.len() {
            0 => Err(CredentialsError::Password("is empty")),
            1..=token::MOST_BYTES => Ok(Self(Kind::Password(password.to_owned()))),
            _ => Err(CredentialsError::Password("is longer than 4096 bytes")),
        }
    }

    /// What to send now. Reads the file.
    pub(super) fn proof(&self) -> Result<Proof, CredentialsError> {
        Ok(match &self.0 {
            Kind::Nothing => Proof::Nothing,
            Kind::Token(token) => Proof::Token(token.clone()),
            Kind::Password(password) => Proof::Password(password.clone()),
            Kind::TokenFile(path) => {
                Proof::Token(read(path).map_err(|problem| CredentialsError::TokenFile { path: path.clone(), problem })?)
            }
        })
    }
}

fn sentence(problem: TokenProblem) -> &'static str {
    match problem {
        TokenProblem::Empty => "is empty",
        TokenProblem::TooLong => "is longer than 4096 bytes",
        TokenProblem::Utf16 => "is written in UTF-16; write it in UTF-8",
        TokenProblem::Characters => "has spaces, line breaks or other characters that no header can carry",
    }
}

/// The token in a file, or what is wrong with the file.
fn read(path: &Path) -> Result<String, String> {
    let text = read_bounded(path, FILE_BYTES)?;
    token::read(&text).map(str::to_owned).map_err(|problem| sentence(problem).to_owned())
}

/// What is in a file of at most so many bytes, or what is wrong with the file.
pub(super) fn read_bounded(path: &Path, most_bytes: u64) -> Result<Vec<u8>, String> {
    let explain = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read by this process; change its owner or mode".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    // Before it is opened: to open a pipe is to wait for who writes into it.
    if !std::fs::metadata(path).map_err(explain)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut text = Vec::new();
    File::open(path).map_err(explain)?.take(most_bytes + 1).read_to_end(&mut text).map_err(explain)?;
    if text.len() as u64 > most_bytes {
        return Err(format!("is longer than {most_bytes} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_file_is_read_anew_each_time_and_what_is_wrong_with_it_is_told() {
        let path = std::env::temp_dir().join(format!("gateway-token-{}", std::process::id()));
        let credentials = Credentials::token_file(&path);
        let read = || credentials.proof().map(|proof| proof.secret().map(str::to_owned));
        let problem = || read().unwrap_err().to_string();
        assert!(problem().ends_with("does not exist"), "{}", problem());
        std::fs::write(&path, "\u{feff}first\r\n").unwrap();
        assert_eq!(read(), Ok(Some("first".to_owned())));
        std::fs::write(&path, "second").unwrap();
        assert_eq!(read(), Ok(Some("second".to_owned())));
        std::fs::write(&path, "two words").unwrap();
        assert!(problem().contains("has spaces") && !problem().contains("words"), "{}", problem());
        std::fs::write(&path, vec![b' '; 1 << 20]).unwrap();
        assert!(problem().ends_with("is longer than 4160 bytes"), "{}", problem());
        std::fs::remove_file(&path).unwrap();
        let folder = Credentials::token_file(std::env::temp_dir()).proof().map(|_| ()).unwrap_err().to_string();
        assert!(folder.ends_with("is not a file"), "{folder}");
    }

    #[test]
    fn no_secret_is_shown() {
        let token = Credentials::token(" s3cret\n").unwrap();
        assert_eq!(token.proof().unwrap().secret(), Some("s3cret"));
        for credentials in [token, Credentials::password("s3cret").unwrap()] {
            assert!(!format!("{credentials:?}").contains("s3cret"));
        }
        assert!(!Credentials::token("s3cret two").unwrap_err().to_string().contains("s3cret"));
        assert_eq!(Credentials::password("").unwrap_err(), CredentialsError::Password("is empty"));
    }
}
