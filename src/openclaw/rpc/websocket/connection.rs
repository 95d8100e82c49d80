//! A connection to a Gateway: opened with a hand-shake, then asked one question at a time.
//!
//! An answer is known by its number: what answers a question that was given up is dropped when it comes, and so are the
//! events that the Gateway sends in between. Pings are answered whenever the connection is read, in a call or in
//! [`Connection::idle`].

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::frame::Frame as WebSocketFrame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use super::credentials::{Credentials, Proof};
use super::endpoint::Endpoint;
use super::error::{CallError, ConnectError, Lost};
use super::frame::{self, Denial, Frame};
use super::hello::Hello;
use super::refusal::{PROTOCOL, Refusal};
use super::stop::Stop;
use super::text::shown;
use super::wire::Wire;

/// Bytes of the first frame at most, which is what the Gateway itself takes from whom it does not know.
const MOST_CHALLENGE_BYTES: usize = 64 << 10;
/// Bytes of the frame that lets us in at most: it has the presence of all clients and the health of all agents.
const MOST_HELLO_BYTES: usize = 4 << 20;
/// Bytes of any other frame at most: the Gateway's own `maxPayload`, and room for what stands around it.
const MOST_FRAME_BYTES: usize = (25 << 20) + MOST_CHALLENGE_BYTES;
/// Bytes that are read at once.
const READ_BYTES: usize = 64 << 10;
/// What may be asked for, and is asked for.
const SCOPE: &str = "operator.read";
/// What nobody who reads has, and what the Gateway says is missing when it does not know a method.
const ADMIN_SCOPE: &str = "operator.admin";
/// The number of the first question.
const CONNECT_ID: &str = "connect";

/// A Gateway that has let us in.
///
/// ```no_run
/// use std::time::Duration;
///
/// use openclaw_prometheus::openclaw::rpc::websocket::{Connection, Credentials, Stop};
///
/// let (endpoint, credentials) = ("ws://127.0.0.1:18789".parse()?, Credentials::token_file("/run/secrets/gateway"));
/// let mut gateway = Connection::open(&endpoint, &credentials, &Stop::new(), Duration::from_secs(15))?;
/// println!("{}", gateway.hello().version());
/// println!("{}", gateway.call("health", "{}", Duration::from_secs(10))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    socket: WebSocket<Wire>,
    hello: Hello,
    /// The number of the last question.
    last_id: u64,
    /// Why it is over, if it is.
    lost: Option<Lost>,
}

impl Connection {
    /// Connects and shakes hands, all within this time. Reads the token's file, and for `wss://` the system's certificates.
    pub fn open(
        endpoint: &Endpoint,
        credentials: &Credentials,
        stop: &Stop,
        within: Duration,
    ) -> Result<Self, ConnectError> {
        let until = Instant::now() + within;
        let proof = credentials.proof().map_err(ConnectError::Credentials)?;
        let wire = Wire::connect(endpoint, stop, until)?;
        let mut connection =
            Self { socket: upgrade(endpoint, wire, stop)?, hello: Hello::default(), last_id: 0, lost: None };
        connection.await_challenge(until)?;
        connection.hello = connection.introduce(&proof, until)?;
        if connection.hello.scopes().is_some_and(|mut scopes| scopes.all(|scope| scope != SCOPE)) {
            return Err(ConnectError::Refused(Refusal::ScopeNotGranted));
        }
        connection.limit(MOST_FRAME_BYTES);
        Ok(connection)
    }

    /// The Gateway speaks first. What begins otherwise is none.
    fn await_challenge(&mut self, until: Instant) -> Result<(), ConnectError> {
        loop {
            let text = self.receive(until).map_err(ConnectError::Lost)?;
            let text = text.ok_or(ConnectError::Lost(Lost::TimedOut { step: "its first word" }))?;
            match Frame::read(&text) {
                Ok(Frame::Event { name }) if name == "connect.challenge" => return Ok(()),
                Ok(Frame::Event { .. }) => {}
                _ => return Err(ConnectError::NotGateway),
            }
        }
    }

    /// Says who we are, and hears what the Gateway says of it.
    fn introduce(&mut self, proof: &Proof, until: Instant) -> Result<Hello, ConnectError> {
        self.limit(MOST_HELLO_BYTES);
        self.send_unseen(introduction(proof)).map_err(ConnectError::Lost)?;
        loop {
            let text = self.receive(until).map_err(ConnectError::Lost)?;
            let text = text.ok_or(ConnectError::Lost(Lost::TimedOut { step: "the answer to the hand-shake" }))?;
            match Frame::read(&text) {
                Ok(Frame::Answer { id, outcome }) if id == CONNECT_ID => {
                    let payload = outcome.map_err(|denial| ConnectError::Refused(Refusal::new(&denial, proof)))?;
                    return Hello::read(payload).ok_or(ConnectError::Lost(Lost::Broken));
                }
                Ok(_) => {}
                Err(_) => return Err(ConnectError::Lost(Lost::Broken)),
            }
        }
    }

    /// Sends a text past tungstenite, which tells the host's logger of each frame what is in it.
    fn send_unseen(&mut self, text: String) -> Result<(), Lost> {
        let mut frame = WebSocketFrame::message(text, OpCode::Data(Data::Text), true);
        // Keeps caches between here and there from taking a frame for something else; no secret.
        frame.header_mut().mask = Some((RandomState::new().hash_one(0) as u32).to_ne_bytes());
        let mut bytes = Vec::with_capacity(frame.len());
        let sent = frame.format(&mut bytes).and_then(|()| self.socket.flush());
        let sent = sent.and_then(|()| Ok(self.socket.get_mut().write_all(&bytes)?));
        sent.map_err(|error| self.lose(error, "the hand-shake"))
    }

    /// No frame is longer from now on.
    fn limit(&mut self, most_bytes: usize) {
        self.socket.set_config(|config| {
            config.max_message_size = Some(most_bytes);
            config.max_frame_size = Some(most_bytes);
        });
    }

    /// What the Gateway said of itself.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Why the connection is over, if it is.
    pub fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    /// Asks, and waits for the answer until this time is over. The answer is the JSON of its payload, `null` if it has none:
    /// up to 25 MB, which is held twice for a moment.
    pub fn call(&mut self, method: &str, params: &str, within: Duration) -> Result<String, CallError> {
        if let Some(lost) = &self.lost {
            return Err(CallError::Lost(lost.clone()));
        }
        let until = Instant::now() + within;
        let id = (self.last_id + 1).to_string();
        let question = frame::request(&id, method, params).ok_or(CallError::Params)?;
        self.last_id += 1;
        self.socket.get_mut().set_until(until);
        if let Err(error) = self.socket.send(Message::text(question)) {
            // Half of a question may have gone out: nothing can follow it.
            return Err(CallError::Lost(self.lose(error, "a question")));
        }
        loop {
            match self.receive(until) {
                Ok(Some(text)) => match Frame::read(&text) {
                    Ok(Frame::Answer { id: of, outcome }) if of == id => {
                        return outcome.map(str::to_owned).map_err(|denial| self.denied(method, &denial));
                    }
                    Ok(_) => {}
                    Err(_) => return Err(CallError::Lost(self.lost_for(Lost::Broken))),
                },
                Ok(None) => return Err(CallError::TimedOut { after: within }),
                Err(lost) => return Err(CallError::Lost(lost)),
            }
        }
    }

    /// Reads what comes and answers pings until this time is over, or the connection is.
    pub fn idle(&mut self, time: Duration) -> Result<(), Lost> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        let until = Instant::now() + time;
        self.socket.get_mut().set_until(until);
        while let Some(text) = self.receive(until)? {
            if Frame::read(&text).is_err() {
                return Err(self.lost_for(Lost::Broken));
            }
        }
        Ok(())
    }

    /// Says farewell. Waits for nothing: what is dropped without is closed as well, and the Gateway learns it from the
    /// system.
    pub fn close(mut self) {
        self.socket.get_mut().set_until(Instant::now() + Duration::from_millis(100));
        let _ = self.socket.close(None);
    }

    /// The next text, or none if none came in time.
    fn receive(&mut self, until: Instant) -> Result<Option<Utf8Bytes>, Lost> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Ok(Some(text)),
                Ok(Message::Binary(_)) => return Err(self.lost_for(Lost::Broken)),
                Ok(Message::Close(close)) => return Err(self.lost_for(closed(close))),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(self.lose(error, "an answer")),
            }
            // What was read ahead costs no time to read: it is looked at here.
            if Instant::now() >= until {
                return Ok(None);
            }
        }
    }

    fn lose(&mut self, error: Error, step: &'static str) -> Lost {
        let lost = lost(error, self.socket.get_mut(), step);
        self.lost_for(lost)
    }

    fn lost_for(&mut self, lost: Lost) -> Lost {
        self.lost.insert(lost).clone()
    }

    fn denied(&self, method: &str, denial: &Denial) -> CallError {
        let scope = denial.missing_scope();
        // Not all methods that there are stand in the list.
        let is_unknown = denial.message().starts_with("unknown method") || scope == ADMIN_SCOPE;
        if is_unknown && !self.hello.offers(method) {
            return CallError::NoSuchMethod;
        }
        if denial.detail() == "MISSING_SCOPE" {
            return CallError::ScopeMissing { scope: shown(scope, None) };
        }
        CallError::Refused { code: denial.code().to_owned(), message: shown(denial.message(), None) }
    }
}

fn closed(close: Option<CloseFrame>) -> Lost {
    match close {
        Some(close) => Lost::Closed { code: Some(close.code.into()), reason: shown(&close.reason, None) },
        None => Lost::Closed { code: None, reason: String::new() },
    }
}

/// What an error of the frames, or of the socket below them, is.
fn lost(error: Error, wire: &mut Wire, step: &'static str) -> Lost {
    use io::ErrorKind as K;
    match error {
        _ if wire.is_stopped() => Lost::Stopped,
        Error::Io(error) => match error.kind() {
            K::WouldBlock => Lost::TimedOut { step },
            K::ConnectionReset | K::BrokenPipe => closed(None),
            _ => Lost::Io { problem: shown(&error.to_string(), None) },
        },
        Error::ConnectionClosed | Error::AlreadyClosed => closed(None),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => closed(None),
        Error::Capacity(CapacityError::MessageTooLong { max_size, .. }) => Lost::TooLarge { most_bytes: max_size },
        _ => Lost::Broken,
    }
}

/// The first question.
fn introduction(proof: &Proof) -> String {
    let auth = match proof {
        Proof::Nothing => json!({}),
        Proof::Token(token) => json!({ "token": token }),
        Proof::Password(password) => json!({ "password": password }),
    };
    let client = json!({
        "id": "gateway-client",
        "displayName": "openclaw-prometheus",
        "version": env!("CARGO_PKG_VERSION"),
        "platform": std::env::consts::OS,
        "mode": "backend",
    });
    let params = json!({
        "minProtocol": PROTOCOL,
        "maxProtocol": PROTOCOL,
        "client": client,
        "role": "operator",
        "scopes": [SCOPE],
        "caps": [],
        "auth": auth,
    });
    json!({ "type": "req", "id": CONNECT_ID, "method": "connect", "params": params }).to_string()
}

/// From HTTP to frames.
fn upgrade(endpoint: &Endpoint, wire: Wire, stop: &Stop) -> Result<WebSocket<Wire>, ConnectError> {
    let key = tungstenite::handshake::client::generate_key();
    let request = tungstenite::http::Request::builder()
        .uri(endpoint.to_string())
        .header("Host", endpoint.authority())
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", key)
        .header("User-Agent", concat!("openclaw-prometheus/", env!("CARGO_PKG_VERSION")));
    let request = request.body(()).map_err(|_| ConnectError::NotGateway)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_frame_size(Some(MOST_CHALLENGE_BYTES))
        .max_message_size(Some(MOST_CHALLENGE_BYTES));
    match tungstenite::client::client_with_config(request, wire, Some(config)) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Interrupted(_)) => {
            Err(ConnectError::Lost(Lost::TimedOut { step: "the hand-shake of HTTP" }))
        }
        Err(HandshakeError::Failure(error)) => Err(match error {
            Error::Http(response) => ConnectError::Http { status: response.status().as_u16() },
            // The socket went with it.
            _ if stop.is_asked() => ConnectError::Lost(Lost::Stopped),
            Error::Io(error) if error.kind() == io::ErrorKind::ConnectionReset => ConnectError::ClosedAtOnce,
            Error::Io(error) => ConnectError::Lost(Lost::Io { problem: shown(&error.to_string(), None) }),
            Error::Protocol(ProtocolError::HandshakeIncomplete) => ConnectError::ClosedAtOnce,
            _ => ConnectError::NotGateway,
        }),
    }
}
