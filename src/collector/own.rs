//! What an exporter tells of itself: requests, rendering, pages, room and collectors. What Prometheus knows by itself (up,
//! the length of a scrape, its samples) is left to it.

use std::sync::Arc;
use std::time::Duration;

use crate::encode::Format;
use crate::publish::{
    Coding, Collect, CollectError, Ours, Page, Pages, PanicSite, RenderObserver, ResetReason, Shortage,
};
use crate::record::{Bounds, ClosedFamily, Counter, Family, Gauge, Histogram, InFlight};
use crate::registry::{MetricKind, RegisterError, Registry, SnapshotFamily};
use crate::serve::{Answered, Refusal, RequestObserver};

/// Series of requests at most: routes, methods, codes and formats that really occur together.
const REQUEST_SERIES: u32 = 128;
/// Collectors at most.
const COLLECTORS: u32 = 64;
/// From what a scrape takes to what an operator has to look into.
const SECONDS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 10.0];

crate::label_enum! {
    /// Why a request was refused.
    enum Reason("reason") {
        NoToken = "no_token",
        WrongToken = "wrong_token",
        WrongTokenSlowed = "wrong_token_slowed",
        TokenNotSetUp = "token_not_set_up",
        OtherHost = "other_host",
        NoHost = "no_host",
        TooOften = "too_often",
        TooMany = "too_many",
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoToken => Self::NoToken,
            Refusal::WrongToken => Self::WrongToken,
            Refusal::WrongTokenSlowed => Self::WrongTokenSlowed,
            Refusal::TokenNotSetUp => Self::TokenNotSetUp,
            Refusal::OtherHost => Self::OtherHost,
            Refusal::NoHost => Self::NoHost,
            Refusal::TooOften => Self::TooOften,
            Refusal::TooMany => Self::TooMany,
        }
    }
}

/// The families about the exporter itself. Cheap to clone.
///
/// It observes publisher and site, and brings the rest up to date as a collector:
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use openclaw_prometheus::{Registry, SystemClock, collector::OwnMetrics, publish::Publisher, serve::Site};
///
/// let registry = Registry::builder().build()?;
/// let mut publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let exporter = OwnMetrics::register(&registry, "app_metrics", &publisher.pages())?;
/// publisher.observer(Arc::new(exporter.clone()));
/// publisher.collect(Box::new(exporter.clone()));
/// let site = Site::new(publisher.pages()).observer(Arc::new(exporter));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct OwnMetrics {
    pages: Arc<Pages>,
    families: Arc<Families>,
    /// What was counted so far: readers reset, failures by the number of their collector, of which none ever goes,
    /// panics by place, and what there was no memory for.
    resets: [u64; ResetReason::ALL.len()],
    failures: Vec<u64>,
    panics: [u64; PanicSite::ALL.len()],
    shortages: [u64; Shortage::ALL.len()],
}

#[derive(Debug)]
struct Families {
    requests: Family<Counter, 4>,
    request_seconds: Family<Histogram, 2>,
    refused: ClosedFamily<Counter, Reason>,
    in_flight: InFlight,
    render_seconds: Histogram,
    compress_seconds: Histogram,
    last_render_seconds: Gauge,
    page_bytes: Family<Gauge, 2>,
    page_age_seconds: Gauge,
    page_read_timestamp_seconds: Gauge,
    served_age_seconds: Gauge,
    listener_up: SnapshotFamily<0>,
    slow_readers: Gauge,
    in_flight_bytes: [Gauge; 2],
    reset_readers: Family<Counter, 1>,
    /// Used and bound of series, bytes of label text, and recording threads.
    series: [Gauge; 2],
    label_bytes: [Gauge; 2],
    threads: [Gauge; 2],
    collector_success: Family<Gauge, 1>,
    collector_seconds: Family<Gauge, 1>,
    collector_timestamp: Family<Gauge, 1>,
    collector_errors: Family<Counter, 1>,
    collector_hanging: Family<Gauge, 1>,
    panics: Family<Counter, 1>,
    shortages: Family<Counter, 1>,
}

impl OwnMetrics {
    /// Registers the families, each beginning with `prefix`.
    ///
    /// # Errors
    /// One of them is registered already, or there is no room.
    pub fn register(registry: &Registry, prefix: &str, pages: &Arc<Pages>) -> Result<Self, RegisterError> {
        let families = Families::register(registry, prefix)?;
        // What every exporter answers is there from the start, so that a rate sees the first one.
        for format in Format::ALL {
            families.requests.with(["metrics", "GET", "200", format.name()]).add(0);
        }
        Ok(Self {
            pages: pages.clone(),
            families: Arc::new(families),
            resets: Default::default(),
            failures: Vec::new(),
            panics: Default::default(),
            shortages: Default::default(),
        })
    }
}

impl Families {
    fn register(registry: &Registry, prefix: &str) -> Result<Self, RegisterError> {
        let name = |rest: &str| format!("{prefix}_{rest}");
        let gauge = |rest: &str, help: &str| registry.gauge(&name(rest), help).register();
        let seconds = Bounds::new(&SECONDS).unwrap_or_else(|_| Bounds::seconds());
        let histogram = |rest: &str, help: &str| registry.histogram(&name(rest), help, seconds.clone());
        let collector = |rest: &str, help: &str| {
            registry.gauge(&name(rest), help).labels(["collector"]).series(COLLECTORS).register()
        };
        Ok(Self {
            requests: registry
                .counter(&name("http_requests_total"), "Requests answered, by route, method, status code and format.")
                .labels(["route", "method", "status", "format"])
                .series(REQUEST_SERIES)
                .register()?,
            request_seconds: histogram(
                "http_request_duration_seconds",
                "Time from a request to the last byte handed to the system, by route and method.",
            )
            .labels(["route", "method"])
            .series(REQUEST_SERIES)
            .register()?,
            refused: registry
                .counter(
                    &name("http_refused_total"),
                    "Requests refused for who asks or for the host they name, by reason.",
                )
                .closed::<Reason>()
                .register()?,
            in_flight: registry
                .in_flight(&name("http_requests_in_flight"), "Requests that are being answered.")
                .register()?,
            render_seconds: histogram("render_duration_seconds", "Time to read all series and write what changed.")
                .register()?,
            compress_seconds: histogram("compress_duration_seconds", "Time to compress a page.").register()?,
            last_render_seconds: gauge(
                "last_scrape_duration_seconds",
                "Time the last rendering took; a scrape itself takes what is ready.",
            )?,
            page_bytes: registry
                .gauge(&name("page_bytes"), "Bytes of the page before this one, by format and coding.")
                .labels(["format", "coding"])
                .series((Format::ALL.len() * Coding::ALL.len()) as u32)
                .register()?,
            page_age_seconds: gauge("page_age_seconds", "Age that the page before this one had when it was replaced.")?,
            page_read_timestamp_seconds: gauge(
                "page_read_timestamp_seconds",
                "When the values of this page were read, since the Unix epoch.",
            )?,
            served_age_seconds: gauge(
                "served_age_seconds",
                "Age of what was served, when its first byte was handed to the system: the oldest between two renders.",
            )?,
            listener_up: registry
                .snapshot(
                    &name("listener_up"),
                    "Whether the exporter's own port is listened on: 0 while another process has it, absent if there is none.",
                    MetricKind::Gauge,
                )
                .register()?,
            slow_readers: gauge("slow_readers", "Readers that are still at a page or view that was replaced since.")?,
            in_flight_bytes: [
                gauge("in_flight_bytes", "Bytes of replaced pages and views that readers hold.")?,
                gauge("in_flight_limit_bytes", "What these may come to; beyond it the slowest readers are reset.")?,
            ],
            reset_readers: registry
                .counter(&name("reset_readers_total"), "Readers reset in the middle of an answer, by reason.")
                .labels(["reason"])
                .series(ResetReason::ALL.len() as u32)
                .register()?,
            series: [
                gauge("series", "Series with labels of an open set.")?,
                gauge("series_capacity", "Such series there is room for.")?,
            ],
            label_bytes: [
                gauge("label_bytes", "Bytes of label values.")?,
                gauge("label_capacity_bytes", "Bytes of label values there is room for.")?,
            ],
            threads: [
                gauge("recording_threads", "Memories of recording threads in use; one is shared.")?,
                gauge("recording_threads_capacity", "Such memories there is room for.")?,
            ],
            collector_success: collector("collector_success", "Whether a collector's last try succeeded.")?,
            collector_seconds: collector("collector_duration_seconds", "Time a collector's last try took.")?,
            collector_timestamp: collector(
                "collector_last_success_timestamp_seconds",
                "When a collector last succeeded, since the Unix epoch.",
            )?,
            collector_errors: registry
                .counter(&name("collect_errors_total"), "Tries of a collector that failed.")
                .labels(["collector"])
                .series(COLLECTORS)
                .register()?,
            collector_hanging: collector(
                "collector_hanging",
                "Whether a collector is past its deadline and has not come back.",
            )?,
            panics: registry
                .counter(&name("panics_total"), "Panics that threads of the exporter have survived, by place.")
                .labels(["place"])
                .series(PanicSite::ALL.len() as u32)
                .register()?,
            shortages: registry
                .counter(
                    &name("shortages_total"),
                    "Readings, pages, gzip forms and views left out because there was no memory for them, by what it was.",
                )
                .labels(["what"])
                .series(Shortage::ALL.len() as u32)
                .register()?,
        })
    }
}

impl RenderObserver for OwnMetrics {
    fn rendered(&self, time: Duration) {
        self.families.render_seconds.observe_duration(time);
        self.families.last_render_seconds.set(time.as_secs_f64());
    }

    fn published(&self, page: &Page, replaced_after: Duration) {
        self.families.page_bytes.with([page.format().name(), Coding::Identity.name()]).set(page.len() as f64);
        self.families.page_age_seconds.set(replaced_after.as_secs_f64());
    }

    fn compressed(&self, page: &Page, bytes: usize, time: Duration) {
        self.families.page_bytes.with([page.format().name(), Coding::Gzip.name()]).set(bytes as f64);
        self.families.compress_seconds.observe_duration(time);
    }
}

impl RequestObserver for OwnMetrics {
    fn began(&self) {
        self.families.in_flight.start();
    }

    fn answered(&self, answer: &Answered) {
        let mut code = [0; 3];
        let code = status(answer.status, &mut code);
        self.families.in_flight.end();
        self.families.requests.with([answer.route, answer.method, code, answer.format]).inc();
        if let Some(refusal) = answer.refusal {
            self.families.refused.at(refusal.into()).inc();
        }
        self.families.request_seconds.with([answer.route, answer.method]).observe_duration(answer.time);
    }
}

/// The digits of a status code.
fn status(status: u16, digits: &mut [u8; 3]) -> &str {
    *digits = [status / 100 % 10, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8);
    std::str::from_utf8(digits).unwrap_or("0")
}

impl Collect for OwnMetrics {
    fn name(&self) -> &str {
        "exporter"
    }

    fn runs_inline(&self, _: Ours) -> bool {
        true
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        let Self { pages, families, resets, failures, panics, shortages } = self;
        let unix = pages.clock().unix();
        families.page_read_timestamp_seconds.set(unix.as_secs_f64());
        families.served_age_seconds.set(pages.served_age().as_secs_f64());
        families.listener_up.replace(pages.listens().map(|is_up| ([], f64::from(u8::from(is_up)))));
        families.slow_readers.set(pages.slow_readers() as f64);
        families.in_flight_bytes[0].set(pages.in_flight_bytes() as f64);
        families.in_flight_bytes[1].set(pages.in_flight_bound() as f64);
        for (reason, shown) in ResetReason::ALL.into_iter().zip(resets) {
            let now = pages.reset_readers(reason);
            families.reset_readers.with([reason.name()]).add(now - std::mem::replace(shown, now));
        }
        for site in PanicSite::ALL {
            let panics_now = pages.panics(site);
            let shown = std::mem::replace(&mut panics[site as usize], panics_now);
            families.panics.with([site.name()]).add(panics_now.saturating_sub(shown));
        }
        for shortage in Shortage::ALL {
            let now = pages.shortages(shortage);
            let shown = std::mem::replace(&mut shortages[shortage as usize], now);
            families.shortages.with([shortage.name()]).add(now.saturating_sub(shown));
        }
        if let Some(memory) = pages.memory() {
            let set = |[used, bound]: &[Gauge; 2], values: [f64; 2]| {
                used.set(values[0]);
                bound.set(values[1]);
            };
            set(&families.series, [memory.series.into(), memory.series_bound.into()]);
            set(&families.label_bytes, [memory.label_bytes as f64, memory.label_bytes_bound as f64]);
            set(&families.threads, [memory.slabs.into(), memory.slabs_bound.into()]);
        }
        let now = pages.clock().now();
        let all = pages.collectors().all();
        failures.resize(all.len(), 0);
        for (number, collector) in all.iter().enumerate() {
            let (name, last) = ([collector.name()], collector.last());
            let Some(is_success) = last.is_success() else { continue };
            families.collector_success.with(name).set(f64::from(u8::from(is_success)));
            families.collector_seconds.with(name).set(last.took.as_secs_f64());
            if let Some(at) = last.succeeded_at {
                families
                    .collector_timestamp
                    .with(name)
                    .set((unix.saturating_sub(now.saturating_sub(at))).as_secs_f64());
            }
            families.collector_hanging.with(name).set(f64::from(u8::from(last.hanging_since.is_some())));
            let errors = families.collector_errors.with(name);
            let shown = std::mem::replace(&mut failures[number], last.failures);
            errors.add(last.failures.saturating_sub(shown));
        }
        Ok(())
    }
}
