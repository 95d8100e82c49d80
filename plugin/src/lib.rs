//! The engine as a Node addon: this crate converts arguments and results, and decides nothing.
//!
//! No panic reaches Node: functions that `#[napi]` writes carry `catch_unwind`, which makes an `Error` of one; the
//! callback written by hand does the same, and so does the clean-up hook. Threads are the engine's (`ocp-render`,
//! `ocp-http`); there are no signal handlers, and nothing is written to stdout.
//!
//! Load it with `process.dlopen(module, path)` and one path for all copies of the plugin: `require` would be sent to a
//! copy of the file per plugin load, and each copy would have an engine of its own.

mod engine;
mod ids;
mod record;

use std::time::Duration;

use napi::bindgen_prelude::{BufferSlice, FromNapiValue, JsObjectValue, Object};
use napi::{Env, Error, Result, Status, sys};
use napi_derive::napi;

use engine::EngineError;

#[cfg(not(panic = "unwind"))]
compile_error!("build with panic = \"unwind\": a panic must end a call, not the Gateway");

/// Grows when a function changes its meaning or its arguments: after an upgrade in place a new plugin may meet an
/// addon of the old version that is still loaded.
#[napi]
pub const ABI: u32 = 1;

/// The longest time between two looks, in milliseconds.
const MAX_INTERVAL_MS: f64 = 3_600_000.0;

/// What `start` takes.
#[napi(object)]
#[derive(Debug)]
pub struct StartOptions {
    /// The port on 127.0.0.1; 0 for any.
    pub port: f64,
    /// Milliseconds between two looks, 1000 if left out; 0 makes a page for each request.
    pub collect_interval_ms: Option<f64>,
}

/// The version of the addon.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Starts listener and threads and tells the port. If they run already, theirs: options are the first caller's.
#[napi(catch_unwind, strict)]
pub fn start(options: StartOptions) -> Result<u16> {
    let port = whole(options.port, f64::from(u16::MAX), "port")?;
    let interval = whole(options.collect_interval_ms.unwrap_or(1000.0), MAX_INTERVAL_MS, "collectIntervalMs")?;
    Ok(engine::start(port as u16, Duration::from_millis(interval))?)
}

/// Closes the listener and joins the threads: at most half a second for open answers. Totals stay.
#[napi(catch_unwind)]
pub fn stop() {
    engine::stop();
}

/// The number of a label value, for `record`: the same for the same text, in every thread.
#[napi(catch_unwind, strict)]
pub fn intern(text: String) -> Result<u32> {
    Ok(engine::intern(&text)?)
}

/// The newest page as a Buffer of Node's own: one copy, and no view of our memory.
#[napi(catch_unwind)]
pub fn page(env: &Env) -> Result<BufferSlice<'_>> {
    let page = engine::page()?;
    let mut value = std::ptr::null_mut();
    // SAFETY: `env` is that of the running callback. Where its bytes are is asked below.
    let status = unsafe { sys::napi_create_buffer(env.raw(), page.len(), std::ptr::null_mut(), &mut value) };
    napi::check_status!(status, "page: Node gave no Buffer of {} bytes", page.len())?;
    // SAFETY: the value is a Buffer that Node has just made in this environment; nobody else has seen it.
    let mut buffer = unsafe { BufferSlice::from_napi_value(env.raw(), value) }?;
    match page.copy_to(&mut buffer) {
        Some(_) => Ok(buffer),
        None => Err(Error::new(Status::GenericFailure, "page: Node gave a Buffer that is too small")),
    }
}

/// Runs once per load: adds what `#[napi]` does not write, and has the load counted until its environment ends.
#[napi(module_exports)]
pub fn init(mut exports: Object<'_>, env: Env) -> Result<()> {
    exports.create_named_method("record", record::record)?;
    env.add_env_cleanup_hook((), |()| {
        // Node calls this from C, where a panic would abort; whatever fails, the environment is ending.
        let _ = std::panic::catch_unwind(engine::leave);
    })?;
    engine::enter();
    Ok(())
}

/// A whole number from 0 to `most`.
fn whole(number: f64, most: f64, what: &str) -> Result<u64> {
    if number.fract() == 0.0 && (0.0..=most).contains(&number) {
        return Ok(number as u64);
    }
    Err(Error::new(Status::InvalidArg, format!("start: {what}: {number} given; use a whole number from 0 to {most}")))
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::new(Status::GenericFailure, error.to_string())
    }
}
