//! One connection of a mock Gateway, from its first byte to its last.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::Shared;
use super::script::{Act, Opening, Script};
use super::stream::Stream;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Between two bytes of what comes one by one.
const PAUSE: Duration = Duration::from_millis(10);

struct Peer<'a> {
    socket: WebSocket<Stream>,
    shared: &'a Arc<Shared>,
    /// Answers that wait for the one of another question.
    held: Vec<(String, String)>,
}

pub(super) fn serve(stream: TcpStream, shared: &Arc<Shared>) -> Outcome<()> {
    let script = shared.script();
    let mut stream = Stream::new(stream, script.identity);
    match &script.opening {
        Opening::Silent => return read_to_end(&mut stream),
        Opening::Bytes(bytes) => {
            stream.write_all(bytes)?;
            return read_to_end(&mut stream);
        }
        Opening::Drip(bytes) => return drip(&mut stream, bytes.iter().copied().cycle(), shared),
        Opening::Cut => return Ok(()),
        _ => {}
    }
    let config = WebSocketConfig::default().max_frame_size(None).max_message_size(None);
    let socket = tungstenite::accept_with_config(stream, Some(config)).map_err(|error| error.to_string())?;
    let mut peer = Peer { socket, shared, held: Vec::new() };
    if !peer.open(&script)? {
        return peer.wait_for_end();
    }
    loop {
        let (id, method, params) = peer.question()?;
        shared.state().questions.push((method.clone(), params));
        let act = shared.script().answers.get(&method).cloned();
        let held = std::mem::take(&mut peer.held);
        peer.act(&id, act.unwrap_or_else(|| Act::Error(Script::no_such_method())))?;
        for (id, payload) in held {
            peer.answer(&id, &payload)?;
        }
    }
}

/// Until the other side goes.
fn read_to_end(stream: &mut Stream) -> Outcome<()> {
    std::io::copy(stream, &mut std::io::sink())?;
    Ok(())
}

fn drip(stream: &mut impl Write, bytes: impl Iterator<Item = u8>, shared: &Shared) -> Outcome<()> {
    for byte in bytes {
        stream.write_all(&[byte])?;
        stream.flush()?;
        shared.wait(PAUSE);
        if shared.is_stopping() {
            break;
        }
    }
    Ok(())
}

impl Peer<'_> {
    /// Shakes hands; whether questions follow.
    fn open(&mut self, script: &Script) -> Outcome<bool> {
        match &script.opening {
            Opening::First(text) => self.send(text.clone())?,
            Opening::NoChallenge => {}
            Opening::Close(code, reason) => self.close(*code, reason)?,
            _ => {
                self.event("connect.challenge", &json!({ "nonce": "mock", "ts": 0, "capabilities": [] }))?;
                return self.let_in(script);
            }
        }
        Ok(false)
    }

    fn let_in(&mut self, script: &Script) -> Outcome<bool> {
        let (id, method, params) = self.question()?;
        let params: Value = serde_json::from_str(&params)?;
        let token = params["auth"]["token"].as_str().map(str::to_owned);
        self.shared.state().introductions.push(params);
        let refusal = match &script.opening {
            Opening::Deaf => return Ok(false),
            Opening::CutAtConnect => return Err("cut".into()),
            Opening::Refuse(error) => Some(error.clone()),
            Opening::Second(text) => {
                self.send(text.clone())?;
                return Ok(true);
            }
            Opening::Hello(payload) => {
                self.answer(&id, &payload.to_string())?;
                return Ok(true);
            }
            _ if method != "connect" => {
                Some(json!({ "code": "INVALID_REQUEST", "message": "first request must be connect" }))
            }
            _ => match (&script.token, token) {
                (Some(_), None) => Some(Script::no_device()),
                (Some(wanted), Some(token)) if *wanted != token => Some(Script::wrong_token()),
                _ => None,
            },
        };
        if let Some(error) = refusal {
            let reason = error["message"].as_str().unwrap_or_default().to_owned();
            self.deny(&id, &error)?;
            self.close(1008, &reason)?;
            return Ok(false);
        }
        self.answer(&id, &script.welcome().to_string())?;
        Ok(true)
    }

    fn act(&mut self, id: &str, act: Act) -> Outcome<()> {
        match act {
            Act::Json(payload) => self.answer(id, &payload),
            Act::Error(error) => self.deny(id, &error),
            Act::Silence => Ok(()),
            Act::After(time, act) => {
                self.shared.wait(time);
                self.act(id, *act)
            }
            Act::Events(count, act) => {
                for seq in 0..count {
                    self.event("tick", &json!({ "ts": 0, "seq": seq }))?;
                }
                self.act(id, *act)
            }
            Act::Pinged(act) => {
                self.socket.send(Message::Ping("mock".into()))?;
                while !matches!(self.socket.read()?, Message::Pong(data) if data == "mock") {}
                self.shared.state().pongs += 1;
                self.act(id, *act)
            }
            Act::Stray(act) => {
                self.answer("no-such-question", r#"{"is":"another's"}"#)?;
                self.act(id, *act)
            }
            Act::Held(payload) => {
                self.held.push((id.to_owned(), payload));
                Ok(())
            }
            Act::Text(text) => self.send(text),
            Act::Binary => Ok(self.socket.send(Message::Binary(vec![0; 16].into()))?),
            Act::Close(code, reason) => {
                self.close(code, reason)?;
                self.wait_for_end()
            }
            Act::Cut => Err("cut".into()),
            Act::HalfFrame => {
                // A final frame of text, of 64 KiB.
                let mut bytes = vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0];
                bytes.extend_from_slice(br#"{"type":"res","id":"#);
                self.socket.get_mut().write_all(&bytes)?;
                Err("cut".into())
            }
            Act::Drip => {
                let head = [0x81, 127, 0, 0, 0, 0, 0, 16, 0, 0];
                drip(self.socket.get_mut(), head.into_iter().chain(std::iter::repeat_n(b' ', 1 << 20)), self.shared)
            }
            Act::Bytes(bytes) => Ok(self.socket.get_mut().write_all(&bytes)?),
        }
    }

    /// The next question: its number, its method and its parameters.
    fn question(&mut self) -> Outcome<(String, String, String)> {
        loop {
            if let Message::Text(text) = self.socket.read()? {
                let question: std::collections::BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text)?;
                let text = |key| -> Outcome<String> { Ok(serde_json::from_str(question.get(key).ok_or(key)?.get())?) };
                let params = question.get("params").map_or("", |params| params.get());
                return Ok((text("id")?, text("method")?, params.to_owned()));
            }
        }
    }

    fn answer(&mut self, id: &str, payload: &str) -> Outcome<()> {
        self.send(format!(r#"{{"type":"res","id":{},"ok":true,"payload":{payload}}}"#, json!(id)))
    }

    fn deny(&mut self, id: &str, error: &Value) -> Outcome<()> {
        self.send(json!({ "type": "res", "id": id, "ok": false, "error": error }).to_string())
    }

    fn event(&mut self, name: &str, payload: &Value) -> Outcome<()> {
        self.send(json!({ "type": "event", "event": name, "payload": payload }).to_string())
    }

    fn send(&mut self, text: String) -> Outcome<()> {
        Ok(self.socket.send(Message::text(text))?)
    }

    fn close(&mut self, code: u16, reason: &str) -> Outcome<()> {
        Ok(self.socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() }))?)
    }

    fn wait_for_end(&mut self) -> Outcome<()> {
        let mut bytes = [0; 4096];
        while self.socket.get_mut().read(&mut bytes)? > 0 {}
        Ok(())
    }
}
