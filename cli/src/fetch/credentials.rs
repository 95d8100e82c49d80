//! As whom to ask: a bearer token from the environment or a file, or a name and a password from a file. Never from a flag,
//! never printed.

use std::io::Read;
use std::path::Path;

use data_encoding::BASE64;
use hyper::header::HeaderValue;
use openclaw_prometheus::config::{TOKEN_VARIABLE, TOKEN_VARIABLE_BEFORE};

use super::{Access, FetchError};

/// Where the token is, if no file is named; the second is what the plugin before this one read. A flag's value would be in
/// every list of processes.
const VARIABLES: [&str; 2] = [TOKEN_VARIABLE, TOKEN_VARIABLE_BEFORE];
/// No token is longer.
const LIMIT_BYTES: u64 = 16 << 10;
/// Shorter ones are too likely to be found by chance, and would spoil what is printed.
const SHORTEST_TO_HIDE: usize = 6;

/// What is shown to a server. Has no way to be printed.
pub(crate) struct Credentials {
    /// `Bearer` or `Basic`.
    scheme: &'static str,
    /// What stands behind it in the header.
    shown: String,
    /// What is not to be printed: the token or the password.
    secret: String,
}

impl Credentials {
    /// Those that are named; else the token of the environment, else none.
    pub(crate) fn find(access: &Access) -> Result<Option<Self>, FetchError> {
        match (&access.basic_auth_user, &access.basic_auth_password_file) {
            (Some(user), Some(file)) => Self::basic(user, file).map(Some),
            _ => Self::bearer(access.token_file.as_deref()),
        }
    }

    fn basic(user: &str, file: &Path) -> Result<Self, FetchError> {
        if user.contains(':') || user.chars().any(char::is_control) {
            return Err(FetchError::User);
        }
        let text = read(file)?;
        // As Prometheus reads it: without blanks around.
        let password = text.trim().to_owned();
        if password.is_empty() || password.chars().any(char::is_control) {
            return Err(FetchError::Password { path: file.into() });
        }
        let shown = BASE64.encode(format!("{user}:{password}").as_bytes());
        Ok(Self { scheme: "Basic", shown, secret: password })
    }

    fn bearer(file: Option<&Path>) -> Result<Option<Self>, FetchError> {
        let (text, place) = match file {
            Some(path) => (read(path)?, path.display().to_string()),
            None => {
                // An empty variable is one that is not set.
                let set = |name: &&str| std::env::var_os(name).is_some_and(|text| !text.is_empty());
                let Some(name) = VARIABLES.into_iter().find(set) else { return Ok(None) };
                (std::env::var(name).map_err(|_| FetchError::Token { place: name.into() })?, name.into())
            }
        };
        let token = text.trim();
        if token.is_empty() && file.is_none() {
            return Ok(None);
        }
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FetchError::Token { place });
        }
        Ok(Some(Self { scheme: "Bearer", shown: token.into(), secret: token.into() }))
    }

    /// The Authorization header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("{} {}", self.scheme, self.shown)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Whether they are a token.
    pub(crate) fn is_token(&self) -> bool {
        self.scheme == "Bearer"
    }

    /// Takes the secret out of what a server sent back. Returns whether it was there.
    pub(crate) fn hide_in(&self, text: &mut String) -> bool {
        let mut is_there = false;
        for secret in [&self.secret, &self.shown] {
            if secret.len() >= SHORTEST_TO_HIDE && text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), if self.is_token() { "[token]" } else { "[password]" });
                is_there = true;
            }
        }
        is_there
    }

    /// The same in a body.
    pub(crate) fn hide_in_bytes(&self, body: &mut Vec<u8>) -> bool {
        // Text by far the most often; what is none is shown as text anyway.
        let mut text = String::from_utf8_lossy(body).into_owned();
        let is_there = self.hide_in(&mut text);
        if is_there {
            *body = text.into_bytes();
        }
        is_there
    }
}

fn read(path: &Path) -> Result<String, FetchError> {
    let mut text = String::new();
    let unreadable = |error| FetchError::SecretFile { path: path.into(), error };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LIMIT_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}
