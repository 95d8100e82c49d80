//! Who may scrape: everybody, or whoever has the token (RFC 6750).
//!
//! A token in a file is looked at before each answer, so that a new one holds at once, and one that was taken away opens
//! nothing any more. Tokens are compared in constant time, and never shown: not in errors, not in logs, not by `Debug`.
//! What keeps anybody from scraping is said once, when it is set up and at each change, and by `problem` from then on; the
//! path of a file is said in the log alone.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use log::Level;
use subtle::ConstantTimeEq;

use crate::stamp::Stamp;
use crate::token::{self, TokenProblem};

/// Bytes of a file with a token at most: there may be white space around it.
const FILE_BYTES: u64 = token::MOST_BYTES as u64 + 64;
/// How often a file that changes while it is read is read again.
const TRIES: usize = 3;
/// The bit of a file's mode that lets everybody on the machine read it.
const OTHERS_READ: u32 = 0o004;

/// Who may see the metrics.
///
/// ```
/// use openclaw_prometheus::serve::{Auth, Denied};
///
/// let auth = Auth::token("from-a-secret-store");
/// assert_eq!(auth.check(Some("Bearer from-a-secret-store")), Ok(()));
/// assert_eq!(auth.check(Some("Bearer guessed")), Err(Denied::WrongToken));
/// assert_eq!(auth.check(None), Err(Denied::NoToken));
/// ```
#[derive(Debug, Default)]
pub struct Auth(Rule);

#[derive(Debug, Default)]
enum Rule {
    #[default]
    Everybody,
    Token(Secret),
    File(TokenFile),
    /// A token is asked for and none is set: nobody may, and the sentence says what to set.
    Missing(Box<str>),
}

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// No token was sent.
    NoToken,
    /// Another token was sent.
    WrongToken,
    /// There is no token to compare with: one sentence for the operator.
    NotSetUp(Box<str>),
}

/// A token. Shown as dots.
struct Secret(Box<[u8]>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

impl Auth {
    /// Everybody who can connect.
    pub fn everybody() -> Self {
        Self::default()
    }

    /// Whoever sends this token, without the white space and the byte order mark around it.
    pub fn token(token: &str) -> Self {
        match Secret::new(token.as_bytes()) {
            Ok(secret) => {
                if let Some(warning) = token::weakness(&secret.0) {
                    log::warn!("auth: {warning}");
                }
                Self(Rule::Token(secret))
            }
            Err(problem) => Self::missing(&format!("the token {problem}")),
        }
    }

    /// Whoever sends the token in this file, as it is at that time. It is read at once, so that what is wrong with it is said
    /// at once; a file that comes later is read then.
    pub fn token_file(path: impl Into<PathBuf>) -> Self {
        let file = TokenFile { path: path.into(), last: Mutex::default() };
        let _ = file.with(|_| ());
        Self(Rule::File(file))
    }

    /// Nobody, as no token is set; `sentence` says what to set.
    pub fn missing(sentence: &str) -> Self {
        log::warn!("auth: {sentence}; until then scrapes are answered with 503");
        Self(Rule::Missing(sentence.into()))
    }

    /// Whether a token is asked for.
    pub fn is_on(&self) -> bool {
        !matches!(self.0, Rule::Everybody)
    }

    /// Whether a request with this Authorization header may be answered.
    ///
    /// # Errors
    /// [`Denied`], for an answer of 401 or 503.
    pub fn check(&self, authorization: Option<&str>) -> Result<(), Denied> {
        match &self.0 {
            Rule::Everybody => Ok(()),
            Rule::Missing(sentence) => Err(Denied::NotSetUp(sentence.clone())),
            Rule::Token(secret) => secret.check(authorization),
            Rule::File(file) => file.with(|secret| secret.check(authorization)).map_err(Denied::NotSetUp)?,
        }
    }

    /// Why nobody may see the metrics at this time.
    pub fn problem(&self) -> Option<Box<str>> {
        match &self.0 {
            Rule::Everybody | Rule::Token(_) => None,
            Rule::Missing(sentence) => Some(sentence.clone()),
            Rule::File(file) => file.with(|_| ()).err(),
        }
    }

    /// What is not as it should be with a token that holds, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        match &self.0 {
            Rule::Everybody | Rule::Missing(_) => Vec::new(),
            Rule::Token(secret) => token::weakness(&secret.0).into_iter().collect(),
            Rule::File(file) => {
                file.look(CachedToken::warnings).into_iter().map(|warning| format!("{FILE_KEY}: {warning}")).collect()
            }
        }
    }
}

/// Where the operator has written which file it is.
const FILE_KEY: &str = "scrapeAuth.bearerTokenFile";

impl Secret {
    fn new(text: &[u8]) -> Result<Self, TokenProblem> {
        token::read(text).map(|token| Self(token.as_bytes().into()))
    }

    fn check(&self, authorization: Option<&str>) -> Result<(), Denied> {
        let header = authorization.ok_or(Denied::NoToken)?;
        let (scheme, token) = header.trim().split_once(' ').ok_or(Denied::NoToken)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Denied::NoToken);
        }
        if bool::from(self.0.ct_eq(token.trim().as_bytes())) { Ok(()) } else { Err(Denied::WrongToken) }
    }
}

/// A file with a token.
#[derive(Debug)]
struct TokenFile {
    path: PathBuf,
    last: Mutex<Option<CachedToken>>,
}

/// What was in the file, and which file that was.
#[derive(Debug)]
struct CachedToken {
    /// None of a file that could not be read.
    stamp: Option<Stamp>,
    /// Whether a change since then shows in the stamp.
    is_settled: bool,
    /// Whether everybody on the machine may read it.
    is_readable_by_others: bool,
    /// The token, or what is wrong with it.
    token: Result<Secret, Box<str>>,
}

impl TokenFile {
    /// Lets `act` see the token that is in the file now.
    fn with<T>(&self, act: impl FnOnce(&Secret) -> T) -> Result<T, Box<str>> {
        // Whoever is told this may be anybody, and learns nothing of the machine.
        self.look(|seen| seen.token.as_ref().map(act).map_err(|problem| format!("{FILE_KEY}: {problem}").into()))
    }

    /// Lets `act` see what is in the file now.
    fn look<T>(&self, act: impl FnOnce(&CachedToken) -> T) -> T {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = std::fs::metadata(&self.path).as_ref().map(Stamp::of).ok();
        let mut lines = Vec::new();
        let seen = match last.take() {
            Some(seen) if seen.is_settled && seen.stamp == stamp => seen,
            before => {
                let seen = CachedToken::read(&self.path);
                lines = self.lines(before.as_ref(), &seen);
                seen
            }
        };
        let outcome = act(last.insert(seen));
        drop(last);
        // Behind the lock: the host's logger may ask whether all is well.
        lines.into_iter().for_each(|(level, line)| log::log!(level, "{line}"));
        outcome
    }

    /// What is to be said, once for each change, of what became of the file.
    fn lines(&self, before: Option<&CachedToken>, now: &CachedToken) -> Vec<(Level, String)> {
        let path = self.path.display();
        let line = match (before.map(|before| &before.token), &now.token) {
            (Some(Ok(before)), Ok(now)) if before.0 == now.0 => None,
            (Some(Err(before)), Err(now)) if before == now => None,
            (Some(Ok(_)), Ok(_)) => Some((Level::Info, format!("auth: {path} has another token now"))),
            (_, Ok(_)) => Some((Level::Info, format!("auth: the token is read from {path}"))),
            (_, Err(problem)) => {
                Some((Level::Warn, format!("auth: {path}: {problem}; nobody may scrape until it has a token")))
            }
        };
        let known = before.map(CachedToken::warnings).unwrap_or_default();
        let new = now.warnings().into_iter().filter(|warning| !known.contains(warning));
        line.into_iter().chain(new.map(|warning| (Level::Warn, format!("auth: {path}: {warning}")))).collect()
    }
}

impl CachedToken {
    /// What is in a file now.
    fn read(path: &Path) -> Self {
        let unreadable =
            |problem| Self { stamp: None, is_settled: false, is_readable_by_others: false, token: Err(problem) };
        read(path).unwrap_or_else(unreadable)
    }

    fn warnings(&self) -> Vec<String> {
        let Ok(secret) = &self.token else { return Vec::new() };
        let others = "everybody on this machine may read it; take that right away (chmod o-r)";
        let others = self.is_readable_by_others.then(|| others.to_owned());
        token::weakness(&secret.0).into_iter().chain(others).collect()
    }
}

/// Reads a token, and which state of the file it is from. A file that is being written is read again.
fn read(path: &Path) -> Result<CachedToken, Box<str>> {
    let explain = |error: std::io::Error| -> Box<str> {
        match error.kind() {
            ErrorKind::NotFound => "does not exist; write the token into it".into(),
            ErrorKind::PermissionDenied => "may not be read by this process; change its owner or mode".into(),
            _ => error.to_string().into(),
        }
    };
    for _ in 0..TRIES {
        let now = SystemTime::now();
        // Before it is opened: to open a pipe is to wait for who writes into it.
        if !std::fs::metadata(path).map_err(explain)?.is_file() {
            return Err("is not a file".into());
        }
        let mut file = File::open(path).map_err(explain)?;
        let before = file.metadata().map_err(explain)?;
        let mut text = Vec::with_capacity(256);
        (&mut file).take(FILE_BYTES).read_to_end(&mut text).map_err(explain)?;
        let after = std::fs::metadata(path).map_err(explain)?;
        let stamp = Stamp::of(&before);
        let is_whole = before.len() == text.len() as u64;
        if stamp == Stamp::of(&after) && (is_whole || before.len() > FILE_BYTES) {
            let token = if is_whole { Secret::new(&text) } else { Err(TokenProblem::TooLong) };
            let token = token.map_err(|problem| format!("the token {problem}").into());
            return Ok(CachedToken {
                stamp: Some(stamp),
                is_settled: stamp.is_settled(now),
                is_readable_by_others: before.permissions().mode() & OTHERS_READ != 0,
                token,
            });
        }
    }
    Err("changes while it is read; write a new file and rename it".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::RACY;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_file_read_soon_after_its_change_is_read_again_even_if_its_time_stays() {
        let path = std::env::temp_dir().join(format!("token-{}", std::process::id()));
        std::fs::write(&path, "first").unwrap();
        let file = TokenFile { path: path.clone(), last: Mutex::default() };
        let is = |token: &str| file.with(|secret| *secret.0 == *token.as_bytes()).unwrap();
        assert!(is("first"));
        std::fs::write(&path, "other").unwrap();
        // A file system that counts whole seconds: the time is the one that was seen, and by now long ago.
        let mut stamp = Stamp::of(&std::fs::metadata(&path).unwrap());
        let at = UNIX_EPOCH + Duration::new(stamp.changed_s as u64, stamp.changed_ns as u32);
        assert!(!stamp.is_settled(at) && !stamp.is_settled(at + RACY) && stamp.is_settled(at + RACY * 2));
        assert!(!stamp.is_settled(at - RACY), "a clock that was set back");
        file.last.lock().unwrap().as_mut().unwrap().stamp = Some(stamp);
        assert!(is("other"));
        // CachedToken when its change was long ago: that it is the same is believed.
        stamp = Stamp::of(&std::fs::metadata(&path).unwrap());
        let token = Ok(Secret::new(b"known").unwrap());
        *file.last.lock().unwrap() =
            Some(CachedToken { stamp: Some(stamp), is_settled: true, is_readable_by_others: false, token });
        assert!(is("known"));
        std::fs::remove_file(&path).unwrap();
    }
}
