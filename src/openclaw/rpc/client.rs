//! Asks a Gateway over a WebSocket, on a thread of its own, for as long as there is somebody to tell.
//!
//! The Gateway may not be there yet, go, come back as another version, or refuse us: the thread connects again, ever more
//! rarely, and says each time why there is nothing.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::poll::{Rpc, Way};
use super::websocket::{ConnectError, Connection, Credentials, Endpoint, Stop};
use crate::foreign;
use crate::thread::Thread;

/// How long connecting and the hand-shake may take: as long as the Gateway gives it.
const CONNECT: Duration = Duration::from_secs(15);
/// Between two tries to connect: at first, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// A connection that has held for so long was a good one: the next try is a first one.
const GOOD: Duration = Duration::from_secs(60);
/// A Gateway that asks us to wait is heard for so long.
const MOST_PATIENCE: Duration = Duration::from_secs(300);
/// How long it is listened between two looks at what is due: at least, and at most.
const LISTEN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// What of a round trip is taken for the time that it costs the Gateway's main thread, which nobody sees from here.
const COST_SHARE: u32 = 10;

/// The thread `ocp-websocket`. Dropping it closes the connection and waits for it, a few milliseconds as a rule; of this way
/// nothing is told any more.
#[derive(Debug)]
pub struct Client {
    rpc: Rpc,
    stop: Stop,
    waiting: Arc<Waiting>,
    thread: Option<Thread>,
}

#[derive(Debug, Default)]
struct Waiting {
    is_over: Mutex<bool>,
    changed: Condvar,
}

impl Client {
    /// Starts asking what `rpc` wants to know. How it goes is told to its observer.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(rpc: &Rpc, endpoint: Endpoint, credentials: Credentials) -> io::Result<Self> {
        let (stop, waiting) = (Stop::new(), Arc::<Waiting>::default());
        let asking = Asking {
            rpc: rpc.clone(),
            endpoint,
            credentials,
            stop: stop.clone(),
            waiting: waiting.clone(),
            failures: 0,
        };
        let thread = Thread::spawn("ocp-websocket", move || asking.run())?;
        Ok(Self { rpc: rpc.clone(), stop, waiting, thread: Some(thread) })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop.ask();
        *self.waiting.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.waiting.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            thread.join();
        }
        self.rpc.left(Way::WebSocket);
    }
}

impl Waiting {
    fn wait(&self, time: Duration) {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(is_over, time, |is_over| !*is_over));
    }
}

/// What the thread has.
struct Asking {
    rpc: Rpc,
    endpoint: Endpoint,
    credentials: Credentials,
    stop: Stop,
    waiting: Arc<Waiting>,
    /// Tries to connect since the last good connection.
    failures: u32,
}

impl Asking {
    fn run(mut self) {
        while !self.stop.is_asked() {
            let wait = match foreign::call(|| self.connect_and_ask()) {
                Ok(wait) => wait,
                Err(panic) => {
                    self.tell(&format!("a panic was survived while the Gateway was asked: {panic}"));
                    self.backoff()
                }
            };
            self.waiting.wait(wait);
        }
    }

    /// Asks until the connection is over; how long to wait before the next one.
    fn connect_and_ask(&mut self) -> Duration {
        let began_at = Instant::now();
        match Connection::open(&self.endpoint, &self.credentials, &self.stop, CONNECT) {
            Ok(connection) => {
                let why = self.ask(connection);
                if began_at.elapsed() >= GOOD {
                    self.failures = 0;
                }
                self.tell(&why);
                self.backoff()
            }
            Err(error) => {
                self.tell(&error.to_string());
                self.backoff().max(patience(&error))
            }
        }
    }

    /// Asks whatever is due; why that ended.
    fn ask(&self, mut connection: Connection) -> String {
        self.rpc.identify(connection.hello().version());
        self.rpc.reached(Way::WebSocket, Ok(()));
        loop {
            if self.stop.is_asked() {
                connection.close();
                return "it was stopped".into();
            }
            let Some(method) = self.rpc.next() else {
                match connection.idle(self.rpc.pause().clamp(LISTEN.0, LISTEN.1)) {
                    Ok(()) => continue,
                    Err(lost) => return lost.to_string(),
                }
            };
            let asked_at = Instant::now();
            match connection.call(method.name(), method.params(), method.deadline()) {
                Ok(payload) => self.rpc.answered(method, &payload, asked_at.elapsed() / COST_SHARE),
                Err(error) => {
                    // A call that we break off ourselves says nothing about the Gateway.
                    if !self.stop.is_asked() {
                        self.rpc.failed(method, &error.to_string());
                    }
                    if error.is_lost() {
                        return error.to_string();
                    }
                }
            }
        }
    }

    fn tell(&self, why: &str) {
        if !self.stop.is_asked() {
            self.rpc.reached(Way::WebSocket, Err(why));
        }
    }

    /// How long to wait before the next try.
    fn backoff(&mut self) -> Duration {
        let wait = BACKOFF.0.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(BACKOFF.1);
        self.failures = (self.failures + 1).min(16);
        wait
    }
}

/// How long the Gateway asks us to wait.
fn patience(error: &ConnectError) -> Duration {
    error.retry_after().unwrap_or_default().min(MOST_PATIENCE)
}
