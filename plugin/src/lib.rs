//! The exporter as a Node addon: this crate converts arguments and results, and decides nothing.
//!
//! No panic reaches Node: functions that `#[napi]` writes carry `catch_unwind`, which makes an `Error` of one; the
//! callback written by hand does the same, and so does the clean-up hook. Threads are the exporter's (`ocp-render`,
//! `ocp-http`); there are no signal handlers, and nothing is written to stdout.
//!
//! Load it with `process.dlopen(module, path)` and one path for all copies of the plugin: `require` would be sent to a
//! copy of the file per plugin load, and each copy would have an engine of its own.

mod answer;
mod engine;
mod observe;
mod reply;
pub mod rpc;
mod texts;

use std::net::IpAddr;

use napi::bindgen_prelude::{BufferSlice, Either, JsObjectValue, Object};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use openclaw_prometheus::config::Config;
use openclaw_prometheus::openclaw::numbers::{Member, Shape};
use openclaw_prometheus::openclaw::{DiagnosticEvent, EventType, Host, REPORTS, report_shapes};
use openclaw_prometheus::serve::{RequestHead, respond as respond_to};
use serde_json::{Value, json};

use engine::{EngineError, Started};
use reply::{given, new_buffer};

#[cfg(not(panic = "unwind"))]
compile_error!("build with panic = \"unwind\": a panic must end a call, not the Gateway");

/// Grows when a function changes its meaning or its arguments: after an upgrade in place a new plugin may meet an
/// addon of the old version that is still loaded.
#[napi]
pub const ABI: u32 = 8;

/// The version of the addon.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The types of events and, behind them, of reports, with their fields, as JSON: `{"events": […], "reports": […],
/// "unasked": […]}`, the last of the types of events that nobody is to ask for; the others of
/// `{"type": …, "members": […]}` each, in the order of the numbers that `observe` takes for a type. A member has a `key`,
/// and as `shape` `"text"`, `"id"`, `"number"`, `"truth"`, `{"object": […]}` or `{"list": shape}`.
#[napi(catch_unwind)]
pub fn shapes() -> String {
    let events = types(DiagnosticEvent::TYPES, &DiagnosticEvent::shapes());
    let unasked = EventType::ALL.iter().filter(|event| !event.is_asked_for()).map(|event| event.as_str());
    let unasked: Vec<_> = unasked.collect();
    json!({ "events": events, "reports": types(REPORTS, &report_shapes()), "unasked": unasked }).to_string()
}

fn types(names: &[&str], shapes: &[Shape]) -> Value {
    let members = |of: &Shape| if let Shape::Object(all) = of { members(all) } else { json!([]) };
    names.iter().zip(shapes).map(|(name, of)| json!({ "type": name, "members": members(of) })).collect()
}

fn members(members: &[Member]) -> Value {
    members.iter().map(|member| json!({ "key": member.key, "shape": shape(&member.shape) })).collect()
}

fn shape(of: &Shape) -> Value {
    match of {
        Shape::Text => "text".into(),
        Shape::Id => "id".into(),
        Shape::Number => "number".into(),
        Shape::Truth => "truth".into(),
        Shape::Object(all) => json!({ "object": members(all) }),
        Shape::List(item) => json!({ "list": shape(item) }),
        _ => Value::Null,
    }
}

/// What is wrong with a configuration, a sentence a line each; none if nothing is. The environment counts.
#[napi(catch_unwind, strict)]
pub fn check(config: String) -> Vec<String> {
    read(&config).err().unwrap_or_default()
}

/// Where the metrics are with a configuration that [`check`] finds nothing wrong with; the environment counts.
#[napi(catch_unwind, strict)]
pub fn path(config: String) -> Option<String> {
    read(&config).ok().map(|config| config.path().to_owned())
}

/// Who may scrape on the Gateway's port with a configuration that [`check`] finds nothing wrong with: `gateway`, `token` or
/// `open`; the environment counts.
#[napi(catch_unwind, strict)]
pub fn auth(config: String) -> Option<&'static str> {
    read(&config).ok().map(|config| config.route_auth().name())
}

/// The configuration of the plugin with the environment over it.
fn read(config: &str) -> std::result::Result<Config, Vec<String>> {
    let built = Config::builder().json5(config).environment(std::env::vars_os()).build();
    built.map_err(|errors| (&errors).into_iter().map(ToString::to_string).collect())
}

/// Why a Gateway of this version cannot be observed, if that is so.
#[napi(catch_unwind, strict)]
pub fn too_old(version: String) -> Option<String> {
    openclaw_prometheus::openclaw::too_old(&version)
}

/// Starts threads and listener, and tells as JSON what came of it: `address`, `port`, `path`, `auth`, `warnings`, and in `options`
/// what JavaScript is asked to observe. If they run already, theirs: options are the first caller's. `version` is the Gateway's.
#[napi(catch_unwind, strict)]
pub fn start(config: String, version: Option<String>) -> Result<String> {
    let config = read(&config).map_err(|errors| Error::new(Status::InvalidArg, errors.join("\n")))?;
    let host = version.map_or_else(Host::any, |version| Host::gateway(&version));
    Ok(tell(&engine::start(&config, host)?))
}

/// Closes the listener and joins the threads: at most half a second for open answers. Totals stay.
#[napi(catch_unwind)]
pub fn stop() {
    engine::stop();
}

/// The state as JSON: `running`, and if it runs what `start` told.
#[napi(catch_unwind)]
pub fn status() -> String {
    match engine::started() {
        Some(started) => tell(&started),
        None => String::from(r#"{"running":false}"#),
    }
}

fn tell(started: &Started) -> String {
    let options = &started.options;
    let told = json!({
        "running": true,
        "version": env!("CARGO_PKG_VERSION"),
        "address": started.address,
        "port": started.port,
        "path": started.path,
        "auth": started.auth.name(),
        "warnings": started.warnings,
        "options": {
            "includeRuntime": options.includes_runtime,
            "snapshotIntervalMs": options.snapshot_interval.as_millis() as u64,
            "monitoredProviders": options.providers,
        },
    });
    told.to_string()
}

/// Says which Gateway this is.
#[napi(catch_unwind, strict)]
pub fn identify(process_instance_id: String, build_id: Option<String>) {
    if let Some(openclaw) = engine::openclaw() {
        openclaw.identify(&process_instance_id, build_id.as_deref());
    }
}

/// Empties this thread's table of texts; its new generation.
#[napi(catch_unwind)]
pub fn begin_texts() -> u32 {
    texts::begin()
}

/// The number of a text that this generation of the table does not have yet; none if the table is full, or of another
/// generation, or the text longer than 1,024 bytes.
#[napi(catch_unwind, strict)]
pub fn add_text(generation: f64, text: String) -> Option<u32> {
    texts::add(generation, &text)
}

/// Answers a request to one of the routes, or gives the number to ask [`answer`] with in a moment. None while the engine
/// does not run, and for a request that the Gateway is to let in and has not (`is_vouched`). A body that fits is written
/// into `buffer`, whose bytes nobody needs any more; one of a `known` version is not.
#[napi(catch_unwind, strict)]
#[allow(clippy::too_many_arguments, reason = "an object would be read key by key")]
pub fn respond<'e>(
    env: &'e Env,
    method: String,
    url: String,
    accept: String,
    accept_encoding: String,
    authorization: Option<String>,
    has_body: bool,
    buffer: Option<BufferSlice<'_>>,
    host: Option<String>,
    local: Option<String>,
    peer: Option<String>,
    known: Option<Vec<f64>>,
    is_vouched: Option<bool>,
) -> Result<Option<Either<Object<'e>, u32>>> {
    let is_vouched = is_vouched == Some(true);
    let Some(site) = engine::site_for(is_vouched) else { return Ok(None) };
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let mut head = RequestHead::new(&method, path);
    (head.query, head.accept, head.accept_encoding) = (query, &accept, &accept_encoding);
    (head.authorization, head.has_body) = (authorization.as_deref(), has_body);
    // By which name the Gateway is called is its own matter where it has let somebody in.
    if !is_vouched {
        (head.host, head.local) = (host.as_deref(), local.as_deref().and_then(ip));
    }
    head.peer = peer.as_deref().and_then(ip);
    given(env, answer::now_or_later(respond_to(&site, &head)), buffer, known).map(Some)
}

/// An address as Node writes it.
fn ip(text: &str) -> Option<IpAddr> {
    // With a zone behind it if it is of one link.
    text.split('%').next()?.parse().ok()
}

/// The answer of a number that [`respond`] gave, or the number again; none for a number that is nobody's.
#[napi(catch_unwind, strict)]
pub fn answer<'e>(
    env: &'e Env,
    number: u32,
    buffer: Option<BufferSlice<'_>>,
    known: Option<Vec<f64>>,
) -> Result<Option<Either<Object<'e>, u32>>> {
    answer::later(number).map(|answer| given(env, answer, buffer, known)).transpose()
}

/// Notes how many bytes of answers Node holds, and how many readers were reset since the last call for holding too many; the
/// bytes that may be held.
#[napi(catch_unwind, strict)]
pub fn in_flight(bytes: f64, resets: u32) -> f64 {
    match engine::site() {
        Some(site) => site.pages().hold_outside(bytes as usize, resets.into()) as f64,
        None => f64::MAX,
    }
}

/// The newest page in text as a Buffer of Node's own.
#[napi(catch_unwind)]
pub fn page(env: &Env) -> Result<BufferSlice<'_>> {
    let page = engine::page()?;
    let mut buffer = new_buffer(env, page.len())?;
    match page.copy_to(&mut buffer) {
        Some(_) => Ok(buffer),
        None => Err(Error::new(Status::GenericFailure, "page: Node gave a Buffer that is too small")),
    }
}

/// Runs once per load: adds what `#[napi]` does not write, and has the load counted until its environment ends.
#[napi(module_exports)]
pub fn init(mut exports: Object<'_>, env: Env) -> Result<()> {
    exports.create_named_method("observe", observe::observe)?;
    env.add_env_cleanup_hook((), |()| {
        // Node calls this from C, where a panic would abort; whatever fails, the environment is ending.
        let _ = std::panic::catch_unwind(engine::leave);
    })?;
    engine::enter();
    Ok(())
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::new(Status::GenericFailure, error.to_string())
    }
}
