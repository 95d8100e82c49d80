//! `/health`: whether the exporter does its work, and what it has used of its room.
//!
//! Made on the serving thread from figures that lie ready, so that it answers also when the render thread does not.

use std::sync::Arc;
use std::time::Duration;

use super::site::Site;
use crate::encode::json::Json;
use crate::publish::{Collector, CollectorStatus, PanicSite, ResetReason, Shortage};

/// How long a panic that was survived is a reason; after that it is a warning.
const PANIC_TOLD: Duration = Duration::from_secs(60);
/// Per cent of a capacity from which on it is worth a warning.
const NEARLY_FULL: u64 = 90;

impl Site {
    /// What `/health` says: whether all is well, and the document.
    pub fn health(&self) -> (bool, Vec<u8>) {
        report(self)
    }

    /// Why the pages are not brought up to date, if they are not.
    pub(super) fn stalled(&self) -> Option<String> {
        if self.pages.is_stopped() {
            return Some("The render thread has ended.".into());
        }
        let (age, interval) = (self.pages.age(), self.pages.interval());
        // From then on scrapes are answered with 503.
        let limit = self.pages.age_limit().saturating_add(self.pages.patience());
        let is_late = !self.pages.is_on_demand() && age > limit;
        is_late.then(|| {
            let (age, interval) = (age.as_secs_f64(), interval.as_secs_f64());
            format!("The newest page is {age:.1} s old, and one is due every {interval:.1} s: the render thread hangs.")
        })
    }
}

/// What is wrong, and what may become so.
pub(super) struct Complaints {
    /// Why the exporter is not healthy.
    pub(super) reasons: Vec<String>,
    pub(super) warnings: Vec<String>,
    collectors: Vec<(CollectorStatus, Arc<Collector>)>,
    capacity: Vec<(&'static str, u64, u64)>,
}

/// What there is to complain of at this moment.
pub(super) fn complaints(site: &Site) -> Complaints {
    let mut reasons: Vec<String> = site.stalled().into_iter().collect();
    reasons.extend(site.guard().problem().map(String::from));
    let collectors: Vec<_> =
        site.pages.collectors().all().into_iter().map(|collector| (collector.last(), collector)).collect();
    let failed = |is_optional: bool| {
        let of_kind = collectors.iter().filter(move |(_, collector)| collector.is_optional() == is_optional);
        of_kind.filter_map(|(last, collector)| failure(collector, last))
    };
    reasons.extend(failed(false));
    let now = site.pages.clock().now();
    let last_panic = site.pages.last_panic();
    let panicked = last_panic.as_ref().map(|panic| {
        let age = now.saturating_sub(panic.at);
        (age, format!("a panic was survived in {}: {}", panic.site.name(), panic.message))
    });
    reasons.extend(panicked.iter().filter(|(age, _)| *age < PANIC_TOLD).map(|(_, sentence)| sentence.clone()));
    let lacking = |kinds: &[Shortage]| -> Vec<String> {
        kinds.iter().filter_map(|shortage| site.pages.shortage(*shortage)).collect()
    };
    reasons.extend(lacking(&[Shortage::Reading, Shortage::Page]));
    let capacity = capacity(site);
    let warnings = capacity.iter().filter(|(_, used, bound)| used * 100 >= bound * NEARLY_FULL && *bound > 0);
    let mut warnings: Vec<String> = warnings
        .map(|(what, used, bound)| {
            format!("{what}: {used} of {bound} are used; what does not fit is refused and counted")
        })
        .collect();
    warnings.extend(panicked.iter().filter(|(age, _)| *age >= PANIC_TOLD).map(|(_, sentence)| sentence.clone()));
    warnings.extend(lacking(&[Shortage::Gzip, Shortage::View, Shortage::History]));
    warnings.extend(site.guard().warnings());
    warnings.extend(site.remarks.warnings());
    warnings.extend(failed(true));
    Complaints { reasons, warnings, collectors, capacity }
}

/// What is said of a collector that failed the last time.
pub(crate) fn failure(collector: &Collector, last: &CollectorStatus) -> Option<String> {
    last.error.as_ref().map(|error| format!("collector {}: {error}", collector.name()))
}

fn report(site: &Site) -> (bool, Vec<u8>) {
    let Complaints { reasons, warnings, collectors, capacity } = complaints(site);
    let (now, unix) = (site.pages.clock().now(), site.pages.clock().unix());
    let mut json = Json::default();
    json.object(|json| {
        json.key("healthy").truth(reasons.is_empty());
        json.key("reasons").texts(&reasons);
        json.key("warnings").texts(&warnings);
        json.key("name").text(&site.about.name).key("version").text(&site.about.version);
        json.key("start_time_seconds").number(seconds(site.started_at));
        json.key("uptime_seconds").number(seconds(unix.saturating_sub(site.started_at)));
        json.key("access").object(|json| {
            json.key("listener").text(site.access());
            if let Some(name) = site.host_auth {
                json.key("routes").text(name);
            }
        });
        json.key("page").object(|json| {
            json.key("age_seconds").number(seconds(site.pages.age()));
            json.key("interval_seconds").number(seconds(site.pages.interval()));
            json.key("served_age_seconds").number(seconds(site.pages.served_age()));
        });
        json.key("readers").object(|json| {
            json.key("slow").whole(site.pages.slow_readers() as u64);
            json.key("in_flight_bytes").object(|json| {
                json.key("used").whole(site.pages.in_flight_bytes() as u64);
                json.key("bound").whole(site.pages.in_flight_bound() as u64);
            });
            json.key("resets").object(|json| {
                for reason in ResetReason::ALL {
                    json.key(reason.name()).whole(site.pages.reset_readers(reason));
                }
            });
        });
        json.key("remarks").object(|json| {
            for (subject, sentence) in site.remarks.all() {
                json.key(subject).text(&sentence);
            }
        });
        json.key("panics").object(|json| {
            PanicSite::ALL.iter().for_each(|at| {
                json.key(at.name()).whole(site.pages.panics(*at));
            });
        });
        json.key("shortages").object(|json| {
            Shortage::ALL.iter().for_each(|of| {
                json.key(of.name()).whole(site.pages.shortages(*of));
            });
        });
        json.key("collectors").array(|json| {
            for (last, collector) in &collectors {
                json.object(|json| {
                    json.key("name").text(collector.name()).key("healthy").truth(last.error.is_none());
                    json.key("last_success_seconds");
                    match last.succeeded_at {
                        Some(at) => json.number(seconds(unix.saturating_sub(now.saturating_sub(at)))),
                        None => json.null(),
                    };
                    json.key("error");
                    match &last.error {
                        Some(error) => json.text(error),
                        None => json.null(),
                    };
                    json.key("hanging_seconds");
                    match last.hanging_since {
                        Some(since) => json.number(seconds(now.saturating_sub(since))),
                        None => json.null(),
                    };
                    json.key("duration_seconds").number(last.took.as_secs_f64());
                    json.key("tries").whole(last.tries).key("failures").whole(last.failures);
                });
            }
        });
        json.key("disabled_collectors").texts(site.pages.sections().hidden_names());
        json.key("capacity").object(|json| {
            for (what, used, bound) in &capacity {
                json.key(what).object(|json| {
                    json.key("used").whole(*used).key("bound").whole(*bound);
                });
            }
        });
    });
    match json.into_bytes() {
        Ok(mut document) => {
            document.push(b'\n');
            (reasons.is_empty(), document)
        }
        Err(_) => (false, b"{\"healthy\":false,\"reasons\":[\"there is no memory to say more\"]}\n".to_vec()),
    }
}

/// What the registry has room for, and what of it is used.
fn capacity(site: &Site) -> Vec<(&'static str, u64, u64)> {
    let Some(memory) = site.pages.memory() else { return Vec::new() };
    vec![
        ("series", memory.series.into(), memory.series_bound.into()),
        ("label_bytes", memory.label_bytes as u64, memory.label_bytes_bound as u64),
        ("cells", memory.cells.into(), memory.cells_bound.into()),
        ("families", memory.families.into(), memory.families_bound.into()),
        ("recording_threads", memory.slabs.into(), memory.slabs_bound.into()),
    ]
}

/// Seconds, to the millisecond.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}
