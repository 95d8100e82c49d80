//! What happens in a round, and what is answered meanwhile: `data/demo.jsonl`, read once for all instances.

use std::time::Duration;

use openclaw_prometheus::openclaw::REPORTS;
use openclaw_prometheus::openclaw::rpc::Method;
use serde_json::Value;

pub(super) const ROUND: &str = include_str!("../../../data/demo.jsonl");

/// A round.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) happenings: Vec<Happening>,
    pub(super) answers: Vec<(Method, Value)>,
    pub(super) period: Duration,
    /// How long the Gateway has run when the first round begins.
    pub(super) uptime_ms: f64,
    pub(super) cost_usd: f64,
    /// Who is in each of the runs, in turn.
    pub(super) cast: Vec<Part>,
    /// When each run begins, and its model calls, after the round began.
    pub(super) runs: Vec<Run>,
}

/// One of the cast.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) channel: String,
    pub(super) provider: String,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Run {
    pub(super) begin_ms: f64,
    pub(super) calls_ms: Vec<f64>,
}

#[derive(Debug)]
pub(super) struct Happening {
    pub(super) at_ms: f64,
    pub(super) is_once: bool,
    /// The run it is of.
    pub(super) run: Option<usize>,
    /// Model calls of the run that have begun before.
    pub(super) calls_before: usize,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// A line of a recording.
    Event(Value),
    /// The place of a report, and its fields.
    Report(usize, Value),
}

impl Script {
    pub(super) fn new() -> Self {
        let mut script = Self {
            happenings: Vec::new(),
            answers: Vec::new(),
            period: Duration::ZERO,
            uptime_ms: 0.0,
            cost_usd: 0.0,
            cast: Vec::new(),
            runs: Vec::new(),
        };
        for line in ROUND.lines() {
            // The tests read each line of it.
            let mut line: Value = serde_json::from_str(line).unwrap_or_default();
            if let Some(period_ms) = line["period_ms"].as_u64() {
                script.period = Duration::from_millis(period_ms);
                script.uptime_ms = line["uptime_ms"].as_f64().unwrap_or_default();
                script.cost_usd = line["cost_usd"].as_f64().unwrap_or_default();
                script.cast = line["cast"].as_array().into_iter().flatten().map(Part::new).collect();
            } else if let Some(method) = line["answer"].as_str().and_then(Method::named) {
                script.answers.push((method, line["payload"].take()));
            } else if let Some(place) = line["report"].as_str().and_then(place_of_report) {
                let fields = line["fields"].take();
                script.put(&line, What::Report(place, fields));
            } else if line["event"].is_object() {
                script.put(&line.clone(), What::Event(line));
            }
        }
        script
    }

    fn put(&mut self, line: &Value, what: What) {
        let (at_ms, is_once) = (line["at"].as_f64().unwrap_or_default(), line["once"] == true);
        let run = line["run"].as_u64().map(|run| run as usize);
        let mut calls_before = 0;
        if let Some(run) = run {
            if run >= self.runs.len() {
                self.runs.resize(run + 1, Run { begin_ms: at_ms, calls_ms: Vec::new() });
                self.runs[run].begin_ms = at_ms;
            }
            calls_before = self.runs[run].calls_ms.len();
            if line["event"]["type"] == "model.call.started" {
                self.runs[run].calls_ms.push(at_ms);
            }
        }
        self.happenings.push(Happening { at_ms, is_once, run, calls_before, what });
    }

    /// Who of the cast a run is of.
    pub(super) fn part(&self, run: usize) -> Option<(usize, &Part)> {
        let who = run % self.cast.len().max(1);
        Some((who, self.cast.get(who)?))
    }
}

impl Part {
    fn new(part: &Value) -> Self {
        let text = |place: usize| part[place].as_str().unwrap_or_default().to_owned();
        Self { channel: text(1), provider: text(2) }
    }
}

impl Happening {
    /// The event, if it is one of a type.
    pub(super) fn event(&self, of_type: &str) -> Option<&Value> {
        match &self.what {
            What::Event(line) => Some(&line["event"]).filter(|event| event["type"] == of_type),
            What::Report(..) => None,
        }
    }

    /// Its event or its fields.
    pub(super) fn fields(&self) -> &Value {
        match &self.what {
            What::Event(line) => &line["event"],
            What::Report(_, fields) => fields,
        }
    }

    pub(super) fn is_report(&self, name: &str) -> bool {
        matches!(&self.what, What::Report(place, _) if REPORTS.get(*place) == Some(&name))
    }
}

fn place_of_report(name: &str) -> Option<usize> {
    REPORTS.iter().position(|known| *known == name)
}
