//! Faults that no event tells of: a collector that hangs, and a port that somebody else has. Both are real.

use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::Clock;
use openclaw_prometheus::publish::{Collect, CollectError, Publisher};
use openclaw_prometheus::serve::{Address, Listener, PatientServer, Site};

use super::fault::Fault;
use super::pace::{Stop, Time};
use super::past::{PastClock, Present};

/// Between two tries to get the port.
const PAUSE: Duration = Duration::from_secs(5);

/// Gives the publisher a collector that hangs from some moment on, if that is among the faults.
pub(super) fn hang_collectors(
    publisher: &mut Publisher,
    faults: &[(Fault, Duration)],
    clock: &Arc<PastClock>,
    stop: &Arc<Stop>,
) {
    for (_, at) in faults.iter().filter(|(fault, _)| *fault == Fault::CollectorHanging) {
        publisher.collect(Box::new(Hanging { at: *at, clock: clock.clone(), stop: stop.clone() }));
    }
}

/// A collector that brings nothing, and does not come back once it is time.
struct Hanging {
    at: Duration,
    clock: Arc<PastClock>,
    stop: Arc<Stop>,
}

impl Collect for Hanging {
    fn name(&self) -> &str {
        "disk"
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        if self.clock.now() < self.at {
            return Ok(());
        }
        self.stop.wait();
        Ok(())
    }
}

/// When ports are lost.
pub(super) fn port_losses(faults: &[(Fault, Duration)]) -> impl Iterator<Item = Duration> {
    faults.iter().filter(|(fault, _)| *fault == Fault::PortLost).map(|(_, at)| *at)
}

/// A site that is to be served on a port that somebody has: ours. Dropping it waits for its thread, which ends with `stop`.
#[derive(Debug)]
pub(super) struct LostPort(Option<std::thread::JoinHandle<()>>);

impl LostPort {
    pub(super) fn at(at: Duration, site: Arc<Site>, taken: &Address, clock: &Arc<PastClock>, stop: &Arc<Stop>) -> Self {
        let Some(address) = taken.tcp() else { return Self(None) };
        let (clock, stop) = (clock.clone(), stop.clone());
        let thread = std::thread::Builder::new().name("port".into()).spawn(move || {
            let time = Present::new(&clock, &stop);
            if time.sleep_until(at) {
                let _waiting = PatientServer::start(move || Listener::tcp(address), site, PAUSE);
                stop.wait();
            }
        });
        Self(thread.ok())
    }
}

impl Drop for LostPort {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}
