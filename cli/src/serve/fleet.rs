//! A fleet: so many Gateways of the demo in one process, each with a registry and a page of its own, under `/i/NAME`.
//!
//! One thread plays them all and one renders them all. Above [`FEW`] instances the rings are off (service levels over their
//! window, and the live page with its history), as they take more memory than all else; and only their last round is played
//! before the first scrape, and not the quarter of an hour before it. The log says so.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::{Config, WebConfig};
use openclaw_prometheus::exporter::{Exporter, ExporterError, Sidecar};
use openclaw_prometheus::publish::{GroupTicker, Publisher};
use openclaw_prometheus::serve::Site;

use super::demo::{self, Beginning, Demo, Playing};
use super::fault::PlannedFault;
use super::faulty::{self, LostPort};
use super::pace::{Stop, Time, divided};
use super::past::{PAST, Past, PastClock, Present};
use super::reload::{Reload, Served};
use super::signals::Signals;
use super::{CliError, Serve, say_where, secured, serve_on};
use crate::logging::{self, Level, say};

/// How many instances keep their rings at most.
const FEW: usize = 32;
/// What the clock shows at the beginning: more than by which instances are out of step, as no time is before its 0.
const LEAD: Duration = Duration::from_secs(600);

/// Serves `count` instances until a signal comes.
pub(super) fn run(
    serve: &Serve,
    count: usize,
    config: &Config,
    web: &WebConfig,
    signals: Signals,
) -> Result<(), CliError> {
    let names = names(count);
    let stop = Arc::new(Stop::new());
    let is_few = count <= FEW;
    let past = if is_few { divided(PAST, serve.speed.max(1.0)) } else { Duration::ZERO };
    let clock = Arc::new(PastClock::before_now(LEAD + past));
    clock.move_to(LEAD);
    if !is_few {
        clock.let_go();
    }
    let demo = Demo::new();
    let front = Sidecar::new(&config.of_instance("fleet", false), clock.clone())?;
    if is_few {
        say(Level::Info, &format!("playing the quarter of an hour before now, {count} times"));
    }
    // That each of them answers is no news.
    logging::set(serve.level.max(Level::Warn));
    let (mut publishers, mut players, mut sites, mut served, mut lost) =
        (vec![front.publisher], Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, name) in names.iter().enumerate() {
        let config = config.of_instance(name, is_few);
        let Exporter { registry, openclaw, rpc, mut publisher, site, reloads, .. } =
            Exporter::new(&config, clock.clone())?;
        let site = Arc::new(demo::declare(&registry, site)?.headers(web.headers()));
        let faults = PlannedFault::of(&serve.fault, Some(name), LEAD + past);
        faulty::hang_collectors(&mut publisher, &faults, &clock, &stop);
        lost.extend(faulty::port_losses(&faults).map(|at| (at, site.clone())));
        let beginning = Beginning { openclaw: &openclaw, rpc: &rpc, number, speed: serve.speed, faults };
        players.push(demo.begin(beginning, &Present::new(&clock, &stop)));
        publishers.push(publisher);
        served.push(Served { site: site.clone(), rpc, reloads });
        sites.push((name.clone(), site));
    }
    if is_few {
        play(&mut players, &Past::new(&clock, &mut publishers));
        clock.let_go();
    }
    // The first page shows what has happened by now.
    for (player, publisher) in players.iter_mut().zip(&mut publishers[1..]) {
        player.step(&Present::new(&clock, &stop));
        publisher.tick();
    }
    logging::set(serve.level);
    let front_site = secured(serve, demo::declare(&front.registry, front.site)?, web, &signals)?;
    let front_site = front_site.route_prefix(config.route_prefix(), config.external_path());
    let site: Arc<Site> = Arc::new(front_site.map_err(ExporterError::from)?.instances(sites)?);
    let ticker: GroupTicker = Publisher::start_together(publishers)?;
    let server = serve_on(serve, config, web, &site)?;
    let playing = {
        let (stop, clock) = (stop.clone(), clock.clone());
        let thread = std::thread::Builder::new().name("replay".into());
        thread.spawn(move || play(&mut players, &Present::new(&clock, &stop))).map_err(CliError::Thread)?
    };
    let lost: Vec<LostPort> =
        lost.into_iter().map(|(at, site)| LostPort::at(at, site, server.address(), &clock, &stop)).collect();
    let what = format!("{count} Gateways of a demo, {} to {}, listed at /sd, the first", names[0], names[count - 1]);
    say_where(&what, &server, &site, &format!("/i/{}", names[0]), &config.of_instance(&names[0], is_few));
    if !is_few {
        let off = "service levels, live pages and the quarter of an hour before now are off";
        say(Level::Info, &format!("more than {FEW} Gateways: {off}"));
    }
    served.push(Served { site: site.clone(), rpc: front.rpc, reloads: front.reloads });
    let mut reload = Reload::new(serve, config, &site, served);
    let outcome = signals.wait(|| reload.reload()).map_err(CliError::Thread);
    stop.set();
    let _ = playing.join();
    drop(lost);
    server.stop();
    ticker.stop();
    outcome
}

/// What instances are called: `gw-001` and so on.
pub(super) fn names(count: usize) -> Vec<String> {
    let digits = count.to_string().len().max(3);
    (1..=count).map(|number| format!("gw-{number:0digits$}")).collect()
}

/// Refuses a fault of an instance that is not there.
pub(super) fn check(faults: &[PlannedFault], names: &[String]) -> Result<(), CliError> {
    for planned in faults {
        if let Some(instance) = &planned.instance
            && !names.iter().any(|name| **name == **instance)
        {
            let (first, last) = (names[0].clone(), names[names.len() - 1].clone());
            return Err(CliError::NoInstance { instance: instance.clone(), first, last });
        }
    }
    Ok(())
}

/// Plays all of them in turn, whoever is due first.
fn play(players: &mut [Playing], time: &impl Time) {
    let mut turns: BinaryHeap<_> = (0..players.len()).map(|number| Reverse((Duration::ZERO, number))).collect();
    while let Some(Reverse((due, number))) = turns.pop() {
        if !time.sleep_until(due) {
            return;
        }
        turns.push(Reverse((players[number].step(time), number)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_they_are_counted() {
        assert_eq!(names(2), ["gw-001", "gw-002"]);
        let many = names(1000);
        assert_eq!((many[0].as_str(), many[999].as_str()), ("gw-0001", "gw-1000"));
        assert!(many.is_sorted());
    }
}
