//! What JavaScript is told to ask of the Gateway, and what it brings back. Answers are read on a thread of their own.

use std::time::Duration;

use napi::Result;
use napi_derive::napi;
use openclaw_prometheus::openclaw::rpc::Method;

use super::engine::{self, Found};

/// What is to be asked now.
#[napi(object)]
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: String,
    /// What it is asked with, as JSON.
    pub params: String,
    /// How long its answer may take.
    pub deadline_ms: f64,
}

/// What to ask now; none if nothing is due, the engine does not run, or a call is open.
#[napi(catch_unwind)]
pub fn next_call() -> Option<Call> {
    let method = engine::with_rpc(|rpc, _| rpc.next()).flatten()?;
    Some(Call {
        method: method.name().into(),
        params: method.params().into(),
        deadline_ms: method.deadline().as_millis() as f64,
    })
}

/// Milliseconds for which nothing is due.
#[napi(catch_unwind)]
pub fn call_pause() -> f64 {
    engine::with_rpc(|rpc, _| rpc.pause()).map_or(f64::MAX, |pause| pause.as_secs_f64() * 1000.0)
}

/// Takes the answer of a call: its payload, as JSON, and the milliseconds that it took of the Gateway's main thread.
#[napi(catch_unwind, strict)]
pub fn call_answered(method: String, payload: String, cost_ms: f64) {
    if let Some(method) = Method::named(&method) {
        engine::with_rpc(|_, inbox| inbox.put(method, payload, milliseconds(cost_ms)));
    }
}

/// Takes it that a call was not answered, and why.
#[napi(catch_unwind, strict)]
pub fn call_failed(method: String, why: String) {
    if let Some(method) = Method::named(&method) {
        engine::with_rpc(|rpc, _| rpc.failed(method, &why));
    }
}

/// Notes how many milliseconds the event loop was late just now.
#[napi(catch_unwind, strict)]
pub fn loop_delay(ms: f64) {
    engine::with_rpc(|rpc, _| rpc.note_loop_delay(milliseconds(ms)));
}

/// Asks the Gateway over a WebSocket from now on, until the engine stops: the one that the configuration names, or the one
/// found at `url`, with what was found to be let in where the configuration has nothing. Which one is asked.
#[napi(catch_unwind, strict)]
pub fn connect(
    url: String,
    token: Option<String>,
    password: Option<String>,
    ca_file: Option<String>,
) -> Result<String> {
    Ok(engine::connect(&Found { url, token, password, ca_file })?)
}

/// Notes whether the Gateway can be asked in process, and if not why. While it can be, nothing is asked over a WebSocket.
#[napi(catch_unwind, strict)]
pub fn reached_in_process(why_not: Option<String>) {
    engine::reached_in_process(why_not.as_deref().map_or(Ok(()), Err));
}

/// Milliseconds of the processor that the calling thread has used so far.
#[napi(catch_unwind)]
pub fn thread_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// What JavaScript measured; nothing for what is no time.
fn milliseconds(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}
