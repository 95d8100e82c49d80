//! A Gateway that does as it is told: its RPC over a WebSocket, by a script, on a port of loopback.
//!
//! By itself it shakes hands and answers as the real one does, what it was given answers for; each [`Act`] is one way not to.
//! It keeps what it was asked. Dropped, it closes all connections and its threads have ended.

mod peer;
mod script;
mod stream;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use script::{Act, Opening, Script, denial};
pub use stream::Identity;

pub struct MockGateway {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    has_stopped: Condvar,
    is_stopping: AtomicBool,
}

#[derive(Default)]
struct State {
    script: Arc<Script>,
    connects: usize,
    introductions: Vec<Value>,
    questions: Vec<(String, String)>,
    pongs: usize,
    open: BTreeMap<usize, TcpStream>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> Arc<Script> {
        Arc::clone(&self.state().script)
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Waits so long, or until it stops.
    fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.state();
        while !self.is_stopping() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.has_stopped.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl MockGateway {
    pub fn start(script: Script) -> Self {
        Self::start_at(0, script)
    }

    /// On this port, which another one may have had just before.
    pub fn start_at(port: u16, script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        shared.state().script = Arc::new(script);
        let of_acceptor = Arc::clone(&shared);
        let acceptor = std::thread::spawn(move || accept(&listener, &of_acceptor));
        Self { address, shared, acceptor: Some(acceptor) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        let scheme = if self.shared.script().identity.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}", self.address)
    }

    /// Does this from the next connection and the next question on.
    pub fn set(&self, script: Script) {
        self.shared.state().script = Arc::new(script);
    }

    /// How many connections it has had.
    pub fn connects(&self) -> usize {
        self.shared.state().connects
    }

    /// How many connections it has.
    pub fn open(&self) -> usize {
        self.shared.state().open.len()
    }

    /// The parameters of each `connect`.
    pub fn introductions(&self) -> Vec<Value> {
        self.shared.state().introductions.clone()
    }

    /// Method and parameters of each question since the last call.
    pub fn take_questions(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.shared.state().questions)
    }

    /// How many of its pings were answered.
    pub fn pongs(&self) -> usize {
        self.shared.state().pongs
    }

    /// Cuts all connections, without a word.
    pub fn cut(&self) {
        for stream in self.shared.state().open.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for MockGateway {
    fn drop(&mut self) {
        // Under the lock, or whoever is about to wait would miss it.
        let state = self.shared.state();
        self.shared.is_stopping.store(true, Ordering::Relaxed);
        drop(state);
        self.shared.has_stopped.notify_all();
        self.cut();
        let _ = TcpStream::connect(self.address);
        let _ = self.acceptor.take().map(JoinHandle::join);
    }
}

/// Takes connections, each on a thread of its own, until it stops.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        if shared.is_stopping() {
            break;
        }
        let mut state = shared.state();
        let number = state.connects;
        state.connects += 1;
        state.open.insert(number, stream.try_clone().expect("a descriptor"));
        drop(state);
        let of_peer = Arc::clone(shared);
        threads.push(std::thread::spawn(move || {
            // What a peer does to its connection is no matter of ours.
            let _ = peer::serve(stream, &of_peer);
            of_peer.state().open.remove(&number);
        }));
        threads.retain(|thread| !thread.is_finished());
    }
    // One may have come in between.
    shared.state().open.values().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    threads.into_iter().for_each(|thread| drop(thread.join()));
}
