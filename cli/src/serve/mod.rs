//! `serve`: what a Gateway answers, a recording, or the built-in sample, in a registry that is scraped.

use std::io::BufRead;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use listenfd::ListenFd;
use openclaw_prometheus::config::{Config, ConfigError, Listen, WebConfig};
use openclaw_prometheus::exporter::{self, Exporter, Sidecar};
use openclaw_prometheus::openclaw::OpenClaw;
use openclaw_prometheus::serve::{Address, Listener, Server, Site};
use openclaw_prometheus::{Clock, SystemClock};

mod demo;
mod fault;
mod faulty;
mod fleet;
mod pace;
mod past;
mod reload;
mod signals;

use super::logging::{self, Level, say};
use super::{CliError, Serve, name, open, settings};
use demo::{Beginning, Demo, Playing};
pub(super) use fault::PlannedFault;
use faulty::LostPort;
use pace::{Pace, Rounds, Stop, divided};
use past::{PAST, Past, PastClock, Present};
pub(super) use reload::TAKEN;
use reload::{Reload, Served};
use signals::Signals;

/// What the families of a Gateway that is only asked do not show.
const NOT_SEEN: &str =
    "diagnostic events, hooks and Node's own figures are seen by the plugin inside the Gateway alone";

/// Serves until a signal comes. Returns how many lines of a recording were skipped.
pub(super) fn run(serve: &Serve) -> Result<u64, CliError> {
    logging::set(serve.level);
    let (config, web) = settings::read(serve)?;
    let count = serve.instances.map_or(1, |count| count as usize);
    check(serve, count, config.gateway().url())?;
    // Until here it was said to who typed the command; from now on to who keeps the log.
    logging::set_format(serve.format);
    settings::tell(&config);
    // From the first line on it can be told to reload or to end.
    let signals = Signals::open().map_err(CliError::Thread)?;
    match config.gateway().url() {
        Some(url) => serve_gateway(serve, url, &config, &web, signals).map(|()| 0),
        None if count > 1 => fleet::run(serve, count, &config, &web, signals).map(|()| 0),
        None => serve_recording(serve, &config, &web, signals),
    }
}

/// Refuses what does not go together.
fn check(serve: &Serve, count: usize, url: Option<&str>) -> Result<(), CliError> {
    match url {
        Some(url) if serve.demo || serve.replay.is_some() => return Err(CliError::TwoSources { url: url.into() }),
        None if !serve.demo && serve.replay.is_none() => return Err(CliError::NothingToServe),
        _ => {}
    }
    if is_stdin(serve) && serve.is_loop {
        return Err(CliError::LoopedInput);
    }
    if count > 1 {
        return fleet::check(&serve.fault, &fleet::names(count));
    }
    match serve.fault.iter().find_map(|planned| planned.instance.clone()) {
        Some(instance) => Err(CliError::OneInstance { instance }),
        None => Ok(()),
    }
}

/// Serves what a Gateway answers.
fn serve_gateway(serve: &Serve, url: &str, config: &Config, web: &WebConfig, signals: Signals) -> Result<(), CliError> {
    let Sidecar { rpc, publisher, site, reloads, .. } = Sidecar::new(config, SystemClock::new())?;
    let site = Arc::new(secured(serve, site, web, &signals)?);
    site.remarks().tell("not seen", NOT_SEEN);
    // What is wrong with the address or the token's file is an error before anything runs.
    rpc.begin(config.snapshot_interval());
    let client = exporter::ask(url, config.gateway(), &rpc)?;
    let ticker = publisher.start()?;
    let server = serve_on(serve, config, web, &site)?;
    say_where(&format!("what {url} answers"), &server, &site, "", config);
    say(Level::Info, NOT_SEEN);
    let mut reload = Reload::new(serve, config, &site, vec![Served { site: site.clone(), rpc: rpc.clone(), reloads }]);
    let outcome = signals.wait(|| reload.reload()).map_err(CliError::Thread);
    drop(client);
    server.stop();
    ticker.stop();
    outcome
}

/// Serves what was recorded.
fn serve_recording(serve: &Serve, config: &Config, web: &WebConfig, signals: Signals) -> Result<u64, CliError> {
    let mut source = source(serve)?;
    let what = match &source {
        Source::Demo { .. } => "a demo, not a Gateway of yours,".into(),
        Source::File { path, .. } => format!("the recording {}", name(path)),
    };
    // What was recorded is played now, and the demo since a while ago.
    let clock: Arc<dyn Clock> = match &source {
        Source::Demo { clock, .. } => clock.clone(),
        Source::File { .. } => Arc::new(SystemClock::new()),
    };
    let Exporter { registry, openclaw, rpc, mut publisher, mut site, reloads, .. } = Exporter::new(config, clock)?;
    let stop = Arc::new(Stop::new());
    let mut losses = Vec::new();
    if let Source::Demo { clock, playing } = &mut source {
        site = demo::declare(&registry, site)?;
        let present = divided(PAST, serve.speed.max(1.0));
        let faults = PlannedFault::of(&serve.fault, None, present);
        faulty::hang_collectors(&mut publisher, &faults, clock, &stop);
        losses.extend(faulty::port_losses(&faults));
        let past = Past::new(clock, std::slice::from_mut(&mut publisher));
        // What is said of the past is no news.
        logging::set(serve.level.max(Level::Warn));
        let beginning = Beginning { openclaw: &openclaw, rpc: &rpc, number: 0, speed: serve.speed, faults };
        playing.insert(Demo::new().begin(beginning, &past)).go_on(&past);
        logging::set(serve.level);
        clock.let_go();
    }
    let site = Arc::new(secured(serve, site, web, &signals)?);
    let ticker = publisher.start()?;
    let server = serve_on(serve, config, web, &site)?;
    let lost: Vec<_> = match &source {
        Source::Demo { clock, .. } => {
            losses.into_iter().map(|at| LostPort::at(at, site.clone(), server.address(), clock, &stop)).collect()
        }
        Source::File { .. } => Vec::new(),
    };
    let replay = {
        let (stop, speed) = (stop.clone(), serve.speed);
        let thread = std::thread::Builder::new().name("replay".into());
        thread.spawn(move || source.replay(&openclaw, speed, &stop)).map_err(CliError::Thread)?
    };
    say_where(&what, &server, &site, "", config);
    let mut reload = Reload::new(serve, config, &site, vec![Served { site: site.clone(), rpc: rpc.clone(), reloads }]);
    let outcome = signals.wait(|| reload.reload()).map_err(CliError::Thread);
    stop.set();
    // Who opens or reads what is no file may be held for ever, and ends with the process.
    let is_done = replay.is_finished() || !may_block(serve);
    drop(lost);
    let skipped = if is_done { replay.join().unwrap_or(0) } else { 0 };
    server.stop();
    ticker.stop();
    outcome.map(|()| skipped)
}

/// The site as the web configuration has it served, and reloaded over HTTP if that was asked for.
fn secured(serve: &Serve, site: Site, web: &WebConfig, signals: &Signals) -> Result<Site, CliError> {
    let secured = web.web().map_err(ConfigError::Tls)?;
    let site = site.headers(web.headers()).secured(secured);
    Ok(if serve.enable_lifecycle { signals.listen_to(site) } else { site })
}

/// A server of the site: where the configuration says, or on what systemd hands over.
fn serve_on(serve: &Serve, config: &Config, web: &WebConfig, site: &Arc<Site>) -> Result<Server, CliError> {
    let listeners = if serve.systemd_socket {
        let listeners = handed_over()?;
        let places = listeners.iter().filter_map(|listener| match listener.address() {
            Ok(Address::Tcp(address)) => Some(Listen::Tcp(address)),
            _ => None,
        });
        config.check_exposure_of(places, serve.allow_unauthenticated || web.asks_who())?;
        listeners
    } else {
        exporter::listen(config)?
    };
    Ok(exporter::serve(config, listeners, site)?)
}

/// The sockets that systemd hands over, in its order.
fn handed_over() -> Result<Vec<Listener>, CliError> {
    let mut sockets = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..sockets.len() {
        let tcp = sockets.take_tcp_listener(index).ok().flatten().map(Listener::from);
        let listener = tcp.or_else(|| sockets.take_unix_listener(index).ok().flatten().map(Listener::from));
        listeners.push(listener.ok_or(CliError::HandedOver { index })?);
    }
    if listeners.is_empty() { Err(CliError::NothingHandedOver) } else { Ok(listeners) }
}

/// Says what is served, where below `base`, and for whom.
fn say_where(what: &str, server: &Server, site: &Site, base: &str, config: &Config) {
    let base = format!("{}{base}", config.route_prefix());
    let places = |path: &str, only_tcp: bool| {
        let addresses = server.addresses().iter().filter(|address| !only_tcp || address.tcp().is_some());
        addresses.map(|address| place(address, site, path)).collect::<Vec<_>>().join(" and ")
    };
    let mut line = format!("serving {what} at {}", places(&format!("{base}{}", config.path()), false));
    let live = places(&format!("{base}/ui"), true);
    if config.has_ui() && !live.is_empty() {
        line += &format!(", live page {live}");
    }
    line += match site.access() {
        "open" => ", to whoever reaches it",
        "token" => ", to whoever has the token",
        "password" => ", to whoever has a password",
        "client certificate" => ", to whoever has a certificate of the CA",
        "password or token" => ", to whoever has a password or the token",
        _ => ", to whoever has a certificate of the CA and the token",
    };
    say(Level::Info, &line);
}

/// The metrics' address, as `probe` takes it.
fn place(address: &Address, site: &Site, path: &str) -> String {
    match address {
        Address::Tcp(address) => format!("{}://{address}{path}", site.scheme()),
        _ => format!("{address}:{path}"),
    }
}

fn is_stdin(serve: &Serve) -> bool {
    serve.replay.as_deref() == Some(Path::new("-"))
}

/// Whether the recording is a pipe, a terminal or the like, which is waited for.
fn may_block(serve: &Serve) -> bool {
    is_stdin(serve) || serve.replay.as_deref().is_some_and(|path| path.metadata().is_ok_and(|is| !is.is_file()))
}

/// Where events come from.
enum Source {
    Demo { clock: Arc<PastClock>, playing: Option<Playing> },
    File { path: PathBuf, is_loop: bool, first: Option<Box<dyn BufRead + Send>> },
}

fn source(serve: &Serve) -> Result<Source, CliError> {
    match &serve.replay {
        // To open a pipe is to wait for who writes into it: its thread does, and scrapes are answered meanwhile.
        Some(path) if !is_stdin(serve) && is_pipe(path) => {
            Ok(Source::File { path: path.clone(), is_loop: serve.is_loop, first: None })
        }
        // Opened here, so that an unreadable file is an error before anything runs.
        Some(path) => Ok(Source::File { path: path.clone(), is_loop: serve.is_loop, first: Some(open(path)?) }),
        None if serve.demo => {
            let clock = Arc::new(PastClock::before_now(divided(PAST, serve.speed.max(1.0))));
            Ok(Source::Demo { clock, playing: None })
        }
        None => Err(CliError::NothingToServe),
    }
}

fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}

impl Source {
    /// Replays to the end, or until it is time to stop. Returns how many lines were skipped.
    fn replay(self, openclaw: &OpenClaw, speed: f64, stop: &Stop) -> u64 {
        match self {
            Self::Demo { clock, playing } => {
                if let Some(mut playing) = playing {
                    playing.go_on(&Present::new(&clock, stop));
                }
                0
            }
            Self::File { path, is_loop, mut first } => {
                let name = name(&path);
                let mut rounds = Rounds::new(stop, &name);
                while rounds.go_on(speed) {
                    let reader = match first.take().map_or_else(|| open(&path), Ok) {
                        Ok(reader) => reader,
                        Err(error) => {
                            say(Level::Error, &error.to_string());
                            return rounds.skipped() + 1;
                        }
                    };
                    rounds.pass(reader, openclaw, &mut Pace::recorded(stop, speed));
                    if !is_loop {
                        say(Level::Info, &format!("{name} is replayed; still serving"));
                        break;
                    }
                }
                rounds.skipped()
            }
        }
    }
}
