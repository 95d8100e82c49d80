//! The bearer token: from the environment or a file, never from a flag, never printed.

use std::io::Read;
use std::path::Path;

use hyper::header::HeaderValue;
use openclaw_prometheus::config::{TOKEN_VARIABLE, TOKEN_VARIABLE_BEFORE};

use super::FetchError;

/// Where the token is, if no file is named; the second is what the plugin before this one read. A flag's value would be in
/// every list of processes.
const VARIABLES: [&str; 2] = [TOKEN_VARIABLE, TOKEN_VARIABLE_BEFORE];
/// No token is longer.
const LIMIT_BYTES: u64 = 16 << 10;
/// Shorter ones are too likely to be found by chance, and would spoil what is printed.
const SHORTEST_TO_HIDE: usize = 6;

/// A token. Has no way to be printed.
pub(crate) struct Token(String);

impl Token {
    /// The token of `file`, else of the environment, else none.
    pub(crate) fn find(file: Option<&Path>) -> Result<Option<Self>, FetchError> {
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
        Ok(Some(Self(token.into())))
    }

    /// The Authorization header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes the token out of what a server sent back. Returns whether it was there.
    pub(crate) fn hide_in(&self, text: &mut String) -> bool {
        let is_there = self.0.len() >= SHORTEST_TO_HIDE && text.contains(&self.0);
        if is_there {
            *text = text.replace(&self.0, "[token]");
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
    let file = std::fs::File::open(path).map_err(|error| FetchError::TokenFile { path: path.into(), error })?;
    file.take(LIMIT_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| FetchError::TokenFile { path: path.into(), error })?;
    Ok(text)
}
