//! The demo: a Gateway that lives through the same minute and a half again and again, and grows older.
//!
//! A round is `data/demo.jsonl`, which `data/make_demo.py` makes of a recording and describes: events, reports of the plugin,
//! and what the Gateway is answered. Runs, calls and sessions have names of their own in each round, totals and uptimes
//! go on, and times are those of now: nothing tells the rounds apart but their number. Events, reports and answers are handed
//! to the exporter as those of a real Gateway are.

use std::time::Duration;

use openclaw_prometheus::collector::build_info;
use openclaw_prometheus::exporter::VERSION;
use openclaw_prometheus::openclaw::numbers::Shape;
use openclaw_prometheus::openclaw::rpc::{Method, Rpc, Way};
use openclaw_prometheus::openclaw::{Line, OpenClaw, REPORTS, report_shapes};
use openclaw_prometheus::serve::{About, Site};
use openclaw_prometheus::{RegisterError, Registry};
use serde_json::{Number, Value};

use super::pace::{Time, divided};

/// One round, and what is answered meanwhile.
const ROUND: &str = include_str!("../../data/demo.jsonl");
/// Which Gateway it is.
const GATEWAY: &str = "2026.9.6";
const PROCESS: &str = "5f0c1d2e-0000-4000-8000-00000000de30";
/// Methods are asked as for this `snapshotIntervalMs`, so that what is answered is never much behind the events.
const INTERVAL: Duration = Duration::from_secs(10);
/// What an answer costs.
const COST: Duration = Duration::from_millis(2);
/// Between two looks at what is due.
const GAP: Duration = Duration::from_millis(50);
const DAY_MS: f64 = 86_400_000.0;

/// What the program says of itself.
pub(super) const SAYS: &str = "a demo: what is shown is a built-in recording in a loop, not a Gateway of yours";

/// Has metrics and root page say that it is a demo.
pub(super) fn declare(registry: &Registry, site: Site) -> Result<Site, RegisterError> {
    let help = "That what is shown is a built-in recording in a loop, and no Gateway; only there with --demo.";
    build_info(registry, "openclaw_demo", help, [])?;
    site.remarks().tell("demo", SAYS);
    let description = "A demo: all metrics are of a built-in recording in a loop, not of a Gateway of yours.";
    Ok(site.about(About::new("openclaw-prometheus", VERSION, description)))
}

/// The rounds.
#[derive(Debug)]
pub(super) struct Demo {
    happenings: Vec<Happening>,
    answers: Vec<(Method, Value)>,
    period: Duration,
    /// How long the Gateway has run when the first round begins.
    uptime_ms: f64,
}

#[derive(Debug)]
struct Happening {
    at_ms: u64,
    is_once: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A line of a recording.
    Event(Value),
    /// The place of a report, and its fields.
    Report(usize, Value),
}

impl Demo {
    pub(super) fn new() -> Self {
        let mut demo = Self { happenings: Vec::new(), answers: Vec::new(), period: Duration::ZERO, uptime_ms: 0.0 };
        for line in ROUND.lines() {
            // The tests read each line of it.
            let mut line: Value = serde_json::from_str(line).unwrap_or_default();
            let (at_ms, is_once) = (line["at"].as_u64().unwrap_or_default(), line["once"] == true);
            let mut put = |what| demo.happenings.push(Happening { at_ms, is_once, what });
            if let Some(period_ms) = line["period_ms"].as_u64() {
                demo.period = Duration::from_millis(period_ms);
                demo.uptime_ms = line["uptime_ms"].as_f64().unwrap_or_default();
            } else if let Some(method) = line["answer"].as_str().and_then(Method::named) {
                demo.answers.push((method, line["payload"].take()));
            } else if let Some(place) = line["report"].as_str().and_then(place_of_report) {
                put(What::Report(place, line["fields"].take()));
            } else if line["event"].is_object() {
                put(What::Event(line));
            }
        }
        demo
    }

    /// Begins to play: tells a first round that is over already, so that there is something to see.
    pub(super) fn begin(self, openclaw: &OpenClaw, rpc: &Rpc, time: &impl Time, speed: f64) -> Playing {
        openclaw.identify(PROCESS, Some(GATEWAY));
        let period = divided(self.period, speed);
        let began_ms = milliseconds(time.unix().saturating_sub(period));
        let moment = Moment { round: 0, began_ms, speed };
        for happening in &self.happenings {
            happening.tell(openclaw, &moment);
        }
        rpc.identify(GATEWAY);
        rpc.begin(INTERVAL);
        rpc.reached(Way::WebSocket, Ok(()));
        let (openclaw, rpc) = (openclaw.clone(), rpc.clone());
        Playing { demo: self, openclaw, rpc, moment, began: time.now(), next: None }
    }

    /// Answers what is due until then. False if it is time to stop.
    fn answer_until(&self, due: Duration, moment: &Moment, began: Duration, rpc: &Rpc, time: &impl Time) -> bool {
        loop {
            while let Some(method) = rpc.next() {
                let of_round = milliseconds(time.now().saturating_sub(began)) * moment.speed;
                match self.answers.iter().find(|(of, _)| *of == method) {
                    Some((_, answer)) => {
                        let now = Now {
                            unix_ms: milliseconds(time.unix()),
                            uptime_ms: self.uptime_ms + moment.round as f64 * milliseconds(self.period) + of_round,
                            rounds: moment.round as f64,
                        };
                        rpc.answered(method, &filled(answer, &|text| now.fill(text)).to_string(), COST);
                    }
                    None => rpc.failed(method, "the demo has no answer"),
                }
            }
            let wake = due.min(time.now().saturating_add(rpc.pause().max(GAP)));
            if !time.sleep_until(wake) {
                return false;
            }
            if wake >= due {
                return true;
            }
        }
    }
}

/// A demo that is played, up to some moment: it goes on from there.
#[derive(Debug)]
pub(super) struct Playing {
    demo: Demo,
    openclaw: OpenClaw,
    rpc: Rpc,
    moment: Moment,
    /// When the round began.
    began: Duration,
    /// What happens next in it; none between two rounds.
    next: Option<usize>,
}

impl Playing {
    /// Plays rounds until it is time to stop.
    pub(super) fn go_on(&mut self, time: &impl Time) {
        let Self { demo, openclaw, rpc, moment, began, next } = self;
        let speed = moment.speed;
        loop {
            let first = next.unwrap_or_else(|| {
                moment.round += 1;
                // Where the clock was set meanwhile.
                moment.began_ms = milliseconds(time.unix()) - milliseconds(time.now().saturating_sub(*began));
                0
            });
            for (place, happening) in demo.happenings.iter().enumerate().skip(first) {
                *next = Some(place);
                if happening.is_once {
                    continue;
                }
                let due = began.saturating_add(divided(Duration::from_millis(happening.at_ms), speed));
                if !demo.answer_until(due, moment, *began, rpc, time) {
                    return;
                }
                happening.tell(openclaw, moment);
            }
            *next = Some(demo.happenings.len());
            let end = began.saturating_add(divided(demo.period, speed));
            if !demo.answer_until(end, moment, *began, rpc, time) {
                return;
            }
            (*began, *next) = (end, None);
        }
    }
}

impl Happening {
    fn tell(&self, openclaw: &OpenClaw, moment: &Moment) {
        match &self.what {
            What::Event(line) => {
                let mut line = filled(line, &|text| moment.fill(text));
                line["event"]["ts"] = moment.at(self.at_ms as f64);
                let text = line.to_string();
                if let Ok(line) = Line::parse(&text) {
                    openclaw.observe(&line.event, line.metadata);
                }
            }
            What::Report(place, fields) => {
                let fields = filled(fields, &|text| moment.fill(text));
                let (mut numbers, mut texts) = (Vec::new(), Vec::new());
                if let Some(Shape::Object(members)) = report_shapes().get(*place) {
                    members
                        .iter()
                        .for_each(|member| write(&fields[member.key], &member.shape, &mut numbers, &mut texts));
                }
                openclaw.report_numbers(*place, &numbers, &|number| texts.get(number as usize).copied());
            }
        }
    }
}

/// A round, of which events tell.
#[derive(Debug)]
struct Moment {
    /// Rounds that are over.
    round: u64,
    /// When it began, since 1970.
    began_ms: f64,
    speed: f64,
}

impl Moment {
    fn at(&self, ms: f64) -> Value {
        number((self.began_ms + ms / self.speed).round())
    }

    fn fill(&self, text: &str) -> Option<Value> {
        if let Some(name) = text.strip_suffix('#') {
            return Some(format!("{name}.{}", self.round).into());
        }
        match text.split_at_checked(1)? {
            ("@", ms) => Some(self.at(ms.parse().ok()?)),
            ("*", amount) => per_round(amount, self.round as f64),
            _ => None,
        }
    }
}

/// The moment of an answer.
#[derive(Debug)]
struct Now {
    unix_ms: f64,
    uptime_ms: f64,
    rounds: f64,
}

impl Now {
    fn fill(&self, text: &str) -> Option<Value> {
        match text.split_at_checked(1)? {
            ("@", "today") => Some(date(self.unix_ms).into()),
            ("@", "yesterday") => Some(date(self.unix_ms - DAY_MS).into()),
            ("@", ms) => Some(number((self.unix_ms + ms.parse::<f64>().ok()?).round())),
            ("*", amount) => per_round(amount, self.rounds),
            ("^", "") => Some(number(self.uptime_ms.round())),
            _ => None,
        }
    }
}

/// A value in which texts are filled in.
fn filled(value: &Value, fill: &impl Fn(&str) -> Option<Value>) -> Value {
    match value {
        Value::String(text) => fill(text).unwrap_or_else(|| value.clone()),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), filled(value, fill))).collect(),
        other => other.clone(),
    }
}

/// So much for each round that is over, and so much more.
fn per_round(amount: &str, rounds: f64) -> Option<Value> {
    let (amount, more) = amount.split_once('+').unwrap_or((amount, "0"));
    Some(number(amount.parse::<f64>().ok()? * rounds + more.parse::<f64>().ok()?))
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The date in UTC: days are counted from March, so that the odd one is the year's last.
fn date(unix_ms: f64) -> String {
    let days = (unix_ms / DAY_MS).floor() as i64 + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    format!("{:04}-{month:02}-{day:02}", year_of_era + era * 400 + i64::from(month <= 2))
}

fn place_of_report(name: &str) -> Option<usize> {
    REPORTS.iter().position(|known| *known == name)
}

/// Writes a value as the plugin hands it over.
fn write<'a>(value: &'a Value, shape: &Shape, numbers: &mut Vec<f64>, texts: &mut Vec<&'a str>) {
    match (shape, value) {
        (Shape::Text, Value::String(text)) => {
            numbers.push(texts.len() as f64);
            texts.push(text);
        }
        (Shape::Number, Value::Number(number)) => numbers.push(number.as_f64().unwrap_or(f64::NAN)),
        (Shape::Truth, Value::Bool(truth)) => numbers.push(f64::from(u8::from(*truth))),
        (Shape::Object(members), Value::Object(_)) => {
            numbers.push(0.0);
            members.iter().for_each(|member| write(&value[member.key], &member.shape, numbers, texts));
        }
        (Shape::List(item), Value::Array(items)) => {
            numbers.push(items.len() as f64);
            items.iter().for_each(|value| write(value, item, numbers, texts));
        }
        _ => numbers.push(f64::NEG_INFINITY),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use openclaw_prometheus::config::Config;
    use openclaw_prometheus::encode::{self, Format};
    use openclaw_prometheus::exporter::Exporter;
    use openclaw_prometheus::publish::Publisher;
    use openclaw_prometheus::{Clock, ManualClock};

    use super::*;
    use crate::exposition::{self, Kind};

    /// Families that have no series in the demo, each with the reason.
    const ABSENT: &str = include_str!("../../data/demo-absent.tsv");

    /// A sample's name and labels, and its value.
    type Page = BTreeMap<String, f64>;

    /// A demo whose time passes as fast as it is slept, scraped every five seconds.
    struct Scraped {
        clock: Arc<ManualClock>,
        end: Duration,
        registry: Registry,
        publisher: RefCell<Publisher>,
        next: RefCell<Duration>,
        last: RefCell<Page>,
        counters: RefCell<BTreeSet<String>>,
        scrapes: RefCell<u64>,
    }

    const UPTIMES: [&str; 4] = [
        "openclaw_gateway_process_uptime_seconds",
        "openclaw_gateway_uptime_seconds",
        "openclaw_nodejs_uptime_seconds",
        "openclaw_plugin_uptime_seconds",
    ];
    const EVERY: Duration = Duration::from_secs(5);

    impl Scraped {
        /// Plays for so long.
        fn of(seconds: u64) -> Self {
            let clock = Arc::new(ManualClock::at(Duration::from_secs(1_795_359_000)));
            let Exporter { registry, openclaw, rpc, publisher, .. } =
                Exporter::new(&Config::default(), clock.clone()).unwrap();
            let scraped = Self {
                clock,
                end: Duration::from_secs(seconds),
                registry,
                publisher: RefCell::new(publisher),
                next: RefCell::default(),
                last: RefCell::default(),
                counters: RefCell::default(),
                scrapes: RefCell::default(),
            };
            Demo::new().begin(&openclaw, &rpc, &scraped, 1.0).go_on(&scraped);
            scraped
        }

        fn scrape(&self) {
            let now = self.clock.now();
            self.publisher.borrow_mut().tick();
            let text = encode::text(&self.registry);
            let page = exposition::parse(&text, Format::Text);
            assert_eq!(page.faults, []);
            let mut samples = Page::new();
            for family in &page.families {
                for sample in &family.samples {
                    let name = format!("{} {:?}", sample.name, sample.labels);
                    if matches!(family.kind(), Kind::Counter | Kind::Histogram) {
                        self.counters.borrow_mut().insert(name.clone());
                    }
                    samples.insert(name, sample.number());
                }
            }
            for name in self.counters.borrow().iter() {
                let before = self.last.borrow().get(name).copied().unwrap_or_default();
                let after = samples.get(name).copied().unwrap_or_else(|| panic!("{name} is gone"));
                assert!(after >= before, "{name} falls from {before} to {after} at {now:?}");
            }
            for uptime in UPTIMES {
                let of = |page: &Page| sum(page, uptime);
                assert!(of(&samples) >= of(&self.last.borrow()), "{uptime} falls at {now:?}");
            }
            *self.last.borrow_mut() = samples;
            *self.scrapes.borrow_mut() += 1;
        }
    }

    impl Time for Scraped {
        fn now(&self) -> Duration {
            self.clock.now()
        }

        fn unix(&self) -> Duration {
            self.clock.unix()
        }

        fn is_over(&self) -> bool {
            self.clock.now() >= self.end
        }

        fn sleep_until(&self, due: Duration) -> bool {
            while *self.next.borrow() <= due.min(self.end) {
                let next = *self.next.borrow();
                self.clock.advance(next.saturating_sub(self.clock.now()));
                self.scrape();
                *self.next.borrow_mut() = next + EVERY;
            }
            self.clock.advance(due.saturating_sub(self.clock.now()));
            !self.is_over()
        }
    }

    /// All samples of a name together.
    fn sum(page: &Page, name: &str) -> f64 {
        sum_where(page, name, "")
    }

    /// Those with a label as it is written in [`Page`].
    fn sum_where(page: &Page, name: &str, label: &str) -> f64 {
        let of = |sample: &str| sample.split_once(' ').is_some_and(|(of, labels)| of == name && labels.contains(label));
        page.iter().filter(|(sample, _)| of(sample)).map(|(_, value)| value).sum()
    }

    #[track_caller]
    fn agree(what: &str, one: f64, other: f64) {
        assert!(one > 0.0 && (one - other).abs() < 0.005, "{what}: {one} and {other}");
    }

    #[test]
    fn every_line_of_the_demo_is_used() {
        let demo = Demo::new();
        assert_eq!(demo.happenings.len() + demo.answers.len() + 1, ROUND.lines().count());
        for method in Method::ALL {
            assert!(demo.answers.iter().any(|(of, _)| *of == method), "{method:?}");
        }
        assert!(ROUND.len() <= 300_000, "{}", ROUND.len());
        let is_in_order = demo.happenings.is_sorted_by_key(|happening| happening.at_ms);
        assert!(is_in_order && demo.happenings.iter().all(|one| Duration::from_millis(one.at_ms) < demo.period));
    }

    #[test]
    fn what_begins_in_a_round_ends_in_it() {
        let mut open = BTreeSet::new();
        for happening in Demo::new().happenings {
            let What::Event(line) = happening.what else { continue };
            let event = &line["event"];
            let kind = event["type"].as_str().unwrap();
            let ids = [
                ("run.started", "run.completed", "runId"),
                ("harness.run.started", "harness.run.completed", "runId"),
                ("model.call.started", "model.call.completed", "callId"),
                ("model.call.started", "model.call.error", "callId"),
                ("tool.execution.started", "tool.execution.completed", "toolCallId"),
                ("message.received", "message.processed", "messageId"),
            ];
            for (begins, ends, id) in ids {
                let id = (begins, event[id].to_string());
                if kind == begins {
                    open.insert(id);
                } else if kind == ends {
                    assert!(open.remove(&id), "{line} begins nowhere");
                }
            }
        }
        assert_eq!(open, BTreeSet::new());
    }

    #[test]
    fn the_demo_is_true_for_ten_minutes() {
        // Until a round is over: what is called and not yet summed up is in no usage.
        let scraped = Scraped::of(630);
        assert_eq!(*scraped.scrapes.borrow(), 127);
        let page = scraped.last.borrow();
        // Model calls, and what the runs that made them say of their usage.
        let (calls, failed) =
            (sum(&page, "openclaw_model_call_total"), sum_where(&page, "openclaw_model_call_total", "\"error\""));
        assert!(failed > 0.0 && failed <= 0.03 * calls, "{failed} of {calls} fail");
        assert_eq!(sum(&page, "openclaw_agent_model_calls_total"), calls);
        assert_eq!(sum(&page, "openclaw_model_call_started_total"), calls);
        assert_eq!(
            sum(&page, "openclaw_run_completed_total"),
            sum(&page, "openclaw_model_usage_duration_seconds_count")
        );
        for token in ["input", "output", "cache_read", "cache_write"] {
            let of = |family| sum_where(&page, family, &format!("\"{token}\""));
            assert_eq!(of("openclaw_model_call_tokens_total"), of("openclaw_model_tokens_total"), "{token}");
        }
        agree("cost", sum(&page, "openclaw_model_cost_usd_total"), sum(&page, "openclaw_model_call_cost_usd_total"));
        // What is answered is of the rounds that are over: of all but this one.
        let header: Value = serde_json::from_str(ROUND.lines().next().unwrap()).unwrap();
        let of_round = header["cost_usd"].as_f64().unwrap();
        let answered = sum(&page, "openclaw_usage_cost_usd");
        agree("rounds", answered, of_round * 7.0);
        agree("all rounds", sum(&page, "openclaw_model_cost_usd_total"), of_round * 8.0);
        for family in
            ["openclaw_usage_model_cost_usd", "openclaw_usage_agent_cost_usd", "openclaw_usage_channel_cost_usd"]
        {
            agree(family, sum(&page, family), answered);
        }
        agree("today", sum_where(&page, "openclaw_usage_daily_cost_usd", "\"today\""), answered);
        for uptime in UPTIMES {
            // Three hours before it began, and what a round and these minutes are.
            let seconds = sum(&page, uptime);
            assert!((11_480.0..=11_530.0).contains(&seconds), "{uptime} {seconds}");
        }
        // Nothing is in flight for longer than a run takes.
        for (sample, age) in
            page.iter().filter(|(sample, _)| sample.starts_with("openclaw_inflight_oldest_age_seconds"))
        {
            assert!(*age < 30.0, "{sample} {age}");
        }
    }

    #[test]
    fn at_the_seam_the_answers_agree_with_the_events() {
        // Some seconds into a round no run has ended, and all was asked again.
        let scraped = Scraped::of(180);
        let page = scraped.last.borrow();
        agree("cost", sum(&page, "openclaw_model_cost_usd_total"), 3.0 * sum(&page, "openclaw_usage_cost_usd") / 2.0);
        let open = sum(&page, "openclaw_inflight_operations");
        assert_eq!(open, 0.0, "nothing is in flight between two rounds");
    }

    #[test]
    fn families_without_a_series_are_those_that_are_listed() {
        let scraped = Scraped::of(100);
        let page = scraped.last.borrow();
        let is_of = |sample: &str, name: &str| {
            let ending = sample.split(' ').next().and_then(|sample| sample.strip_prefix(name));
            ending.is_some_and(|ending| ["", "_count"].contains(&ending))
        };
        let has_series = |name: &str| page.keys().any(|sample| is_of(sample, name));
        let declared = scraped.registry.declared();
        // Those of the exporter itself depend on who scrapes.
        let names = declared.iter().map(|info| info.name()).filter(|name| !name.starts_with("openclaw_metrics_"));
        let empty: Vec<&str> = names.filter(|name| !has_series(name)).collect();
        let listed: Vec<&str> = ABSENT.lines().filter_map(|line| Some(line.split_once('\t')?.0)).collect();
        assert_eq!(empty, listed, "data/demo-absent.tsv lists what data/make_demo.py does not feed");
        assert!(ABSENT.lines().all(|line| line.split_once('\t').is_some_and(|(_, why)| why.len() > 10)));
    }

    #[test]
    fn only_the_demo_has_a_metric_that_says_so() {
        let Exporter { registry, site, .. } = Exporter::new(&Config::default(), ManualClock::new()).unwrap();
        assert!(!encode::text(&registry).contains("openclaw_demo"));
        declare(&registry, site).unwrap();
        assert!(encode::text(&registry).contains("\nopenclaw_demo 1\n"));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (unix, expected) in [
            (0.0, "1970-01-01"),
            (951_782_400.0, "2000-02-29"),
            (1_795_359_000.0, "2026-11-22"),
            (4_107_542_399.0, "2100-02-28"),
        ] {
            assert_eq!(date(unix * 1e3), expected);
        }
    }
}
