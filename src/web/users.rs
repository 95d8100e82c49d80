//! Who may ask, by name and password (HTTP basic authentication, RFC 7617).
//!
//! To compare a password costs tens of milliseconds on purpose, so one thread does it and nobody else; what is right is
//! remembered as a digest, and costs a SHA-256 from then on. A password that is wrong is compared each time anew, and that of a user whom
//! nobody knows with a hash like the others: how long an answer takes tells nothing of who is known. At most
//! [`WAITING_EACH`] wait per address and [`WAITING`] in all; one more is refused at once.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::password::PasswordHash;
use crate::foreign;
use crate::thread::Thread;

/// Passwords of one address that wait to be compared, at most: a scraper waits for one.
const WAITING_EACH: usize = 4;
/// And of all.
const WAITING: usize = 32;
/// Bytes of the longest name and password.
const MOST_BYTES: usize = 4096;

/// A user's name and password, as they were sent.
struct Credentials {
    user: Box<str>,
    password: Box<[u8]>,
}

/// Those who may ask. The thread that compares passwords begins with the first one, and ends when this is dropped, after the
/// one that it is at.
///
/// ```
/// use openclaw_prometheus::web::{PasswordHash, Users};
///
/// let hash: PasswordHash = "$2b$04$D6pMiX0eGQdtR8VJbJYO7eZqfQ6rg2J1zLXGIo0kZJ7e0dbPzDw5K".parse()?;
/// let users = Users::new([("prometheus".to_owned(), hash)]).expect("one at least");
/// # Ok::<(), openclaw_prometheus::web::PasswordError>(())
/// ```
#[derive(Debug)]
pub struct Users {
    shared: Arc<Shared>,
    /// There from the first password on.
    thread: Mutex<Option<Thread>>,
}

#[derive(Debug)]
struct Shared {
    users: BTreeMap<Box<str>, User>,
    /// What the password of a user whom nobody knows is compared with: the costliest of all.
    decoy: PasswordHash,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug)]
struct User {
    hash: PasswordHash,
    /// A digest of the password that was right, once one was.
    known: Mutex<Option<[u8; 32]>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    is_stopped: bool,
}

/// A password that waits to be compared.
struct Waiting {
    credentials: Credentials,
    from: Option<IpAddr>,
    /// Whoever has gone does not wait for it.
    told: oneshot::Sender<bool>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waiting(not shown)")
    }
}

/// What is known of a request's credentials.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// None were sent, or none of this kind.
    None,
    /// They are right.
    Right,
    /// They are being compared: true for right. An error stands for an end before that.
    Waits(oneshot::Receiver<bool>),
    /// They are not looked at, for too many wait.
    TooMany,
}

impl Users {
    /// These, with the hashes of their passwords; none if there are none.
    pub fn new(users: impl IntoIterator<Item = (String, PasswordHash)>) -> Option<Self> {
        let user = |hash| User { hash, known: Mutex::default() };
        let users: BTreeMap<Box<str>, User> = users.into_iter().map(|(name, hash)| (name.into(), user(hash))).collect();
        let decoy = users.values().map(|user| user.hash.clone()).max_by_key(PasswordHash::cost)?;
        let shared = Shared { users, decoy, queue: Mutex::default(), changed: Condvar::new() };
        Some(Self { shared: Arc::new(shared), thread: Mutex::default() })
    }

    /// What the header Authorization says of who asks from `from`.
    pub(crate) fn check(&self, authorization: Option<&str>, from: Option<IpAddr>) -> Outcome {
        let Some(credentials) = authorization.and_then(Credentials::read) else { return Outcome::None };
        if self.shared.knows(&credentials) {
            return Outcome::Right;
        }
        let mut queue = self.shared.lock();
        queue.waiting.retain(|waiting| !waiting.told.is_closed());
        let of_this = queue.waiting.iter().filter(|waiting| waiting.from == from).count();
        if of_this >= WAITING_EACH || queue.waiting.len() >= WAITING {
            return Outcome::TooMany;
        }
        let (told, outcome) = oneshot::channel();
        queue.waiting.push_back(Waiting { credentials, from, told });
        drop(queue);
        if !self.is_running() {
            return Outcome::TooMany;
        }
        self.shared.changed.notify_one();
        Outcome::Waits(outcome)
    }

    /// Whether the thread is there, which is tried if it is not.
    fn is_running(&self) -> bool {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if !thread.as_ref().is_some_and(Thread::is_here) {
            let shared = self.shared.clone();
            *thread = Thread::spawn("ocp-passwords", move || shared.compare_all()).ok();
        }
        thread.is_some()
    }

    /// Ends the thread and waits for its end, until the next password comes.
    pub(crate) fn rest(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.shared.stop();
            thread.join();
            self.shared.lock().is_stopped = false;
        }
    }
}

/// Whoever drops the last handle may be the serving thread, which waits for no password: the thread ends by itself.
impl Drop for Users {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl Shared {
    fn stop(&self) {
        let mut queue = self.lock();
        queue.is_stopped = true;
        queue.waiting.clear();
        drop(queue);
        self.changed.notify_all();
    }

    /// Compares what waits until it is stopped.
    fn compare_all(&self) {
        while let Some(Waiting { credentials, told, .. }) = self.next() {
            if !told.is_closed() {
                let is_right = foreign::call(|| self.compare(&credentials)).unwrap_or(false);
                let _ = told.send(is_right);
            }
        }
    }

    fn next(&self) -> Option<Waiting> {
        let is_idle = |queue: &mut Queue| queue.waiting.is_empty() && !queue.is_stopped;
        let queue = self.changed.wait_while(self.lock(), is_idle);
        let mut queue = queue.unwrap_or_else(PoisonError::into_inner);
        if queue.is_stopped { None } else { queue.waiting.pop_front() }
    }

    /// Whether they are right, and remembers it if so.
    fn compare(&self, credentials: &Credentials) -> bool {
        // Another request with the same may have been before.
        if self.knows(credentials) {
            return true;
        }
        let user = self.users.get(&credentials.user);
        let hash = user.map_or(&self.decoy, |user| &user.hash);
        let is_right = hash.is_of(&credentials.password) && user.is_some();
        if let Some(user) = user.filter(|_| is_right) {
            *user.lock() = Some(digest(&user.hash, &credentials.password));
        }
        is_right
    }

    /// Whether they were right before.
    fn knows(&self, credentials: &Credentials) -> bool {
        let user = self.users.get(&credentials.user);
        // Of a user whom nobody knows as much is worked out.
        let digest = digest(user.map_or(&self.decoy, |user| &user.hash), &credentials.password);
        user.is_some_and(|user| user.lock().is_some_and(|known| bool::from(known.ct_eq(&digest))))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl User {
    fn lock(&self) -> MutexGuard<'_, Option<[u8; 32]>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A digest of a password; the salt of its hash is its salt too.
fn digest(hash: &PasswordHash, password: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(hash.text()).chain_update(password).finalize().into()
}

impl Credentials {
    /// Those of a header `Basic`, in base64.
    fn read(authorization: &str) -> Option<Self> {
        let (scheme, encoded) = authorization.trim().split_once(' ')?;
        let encoded = encoded.trim();
        if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > MOST_BYTES {
            return None;
        }
        let decoded = STANDARD.decode(encoded).ok()?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        let user = std::str::from_utf8(&decoded[..colon]).ok()?.into();
        Some(Self { user, password: decoded[colon + 1..].into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash that costs little.
    fn hash(password: &str) -> PasswordHash {
        bcrypt::hash(password, 4).unwrap().parse().unwrap()
    }

    fn header(user: &str, password: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
    }

    fn users() -> Users {
        Users::new([("alice".to_owned(), hash("rabbit")), ("bob".to_owned(), hash("s3:cret"))]).unwrap()
    }

    /// Whether they are right, and whether that was known without waiting.
    fn ask(users: &Users, header: &str) -> (bool, bool) {
        match users.check(Some(header), None) {
            Outcome::Right => (true, true),
            Outcome::Waits(outcome) => (outcome.blocking_recv().unwrap(), false),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_right_password_is_remembered_and_a_wrong_one_is_not() {
        let users = users();
        let cases = [
            ("alice", "rabbit", true),
            ("bob", "s3:cret", true),
            ("alice", "s3:cret", false),
            ("eve", "rabbit", false),
        ];
        for (user, password, is_right) in cases {
            assert_eq!(ask(&users, &header(user, password)), (is_right, false), "{user}");
            assert_eq!(ask(&users, &header(user, password)), (is_right, is_right), "{user}");
        }
        assert!(Users::new([]).is_none());
    }

    #[test]
    fn what_is_no_basic_header_is_nobody() {
        let users = users();
        let headers = ["", "Basic", "Basic ", "Basic ?", "Bearer abc", "Basic YWxpY2U=", "Basic \u{fc}"];
        for header in headers.into_iter().map(Some).chain([None]) {
            assert!(matches!(users.check(header, None), Outcome::None), "{header:?}");
        }
    }

    #[test]
    fn an_address_has_few_waiting_and_all_together_a_bounded_number() {
        let slow = bcrypt::hash("slow", 12).unwrap().parse().unwrap();
        let users = Users::new([("slow".to_owned(), slow)]).unwrap();
        let mut waiting = Vec::new();
        let mut send = |from: u8, number: usize| match users
            .check(Some(&header("slow", &format!("{number}"))), Some([127, 0, 0, from].into()))
        {
            Outcome::Waits(outcome) => {
                waiting.push(outcome);
                true
            }
            _ => false,
        };
        let taken: Vec<usize> = (1..=20).map(|from| (0..10).filter(|number| send(from, *number)).count()).collect();
        // One may be taken out of the queue while others come.
        assert!(taken.iter().all(|taken| *taken <= WAITING_EACH + 2), "{taken:?}");
        let all: usize = taken.iter().sum();
        assert!((WAITING..=WAITING + 4).contains(&all), "{all}");
        // Who has gone is not waited for.
        drop(waiting);
        assert!(matches!(users.check(Some(&header("slow", "x")), None), Outcome::Waits(_)));
    }

    #[test]
    fn the_thread_rests_and_begins_again() {
        let users = users();
        for _ in 0..3 {
            assert!(!ask(&users, &header("alice", "wrong")).0);
            users.rest();
        }
        let shared = Arc::downgrade(&users.shared);
        assert!(!ask(&users, &header("alice", "wrong")).0);
        drop(users);
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while shared.strong_count() > 0 {
            assert!(std::time::Instant::now() < until, "the thread has not ended");
            std::thread::yield_now();
        }
    }
}
