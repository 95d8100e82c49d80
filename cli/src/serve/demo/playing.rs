//! A demo that is played: round after round, with what goes wrong in it.
//!
//! A step does all that is due and says when it wants the next one, so that one thread can play many. Most of a round happens in
//! its place; what a fault delays or adds is on an agenda of its own, and may come when the round is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::openclaw::numbers::Shape;
use openclaw_prometheus::openclaw::rpc::{Rpc, Way};
use openclaw_prometheus::openclaw::{Line, OpenClaw, report_shapes};
use serde_json::{Value, json};

use super::fill::{Moment, Now, Rounds, filled, number};
use super::script::{Happening, Script, What};
use super::trouble::{Change, Due, Troubles};
use crate::serve::fault::Fault;
use crate::serve::pace::{Time, divided};

/// Which Gateway it is.
const GATEWAY: &str = "2026.9.6";
/// Methods are asked as for this `snapshotIntervalMs`, so that what is answered is never much behind the events.
const INTERVAL: Duration = Duration::from_secs(10);
/// What an answer costs.
const COST: Duration = Duration::from_millis(2);
/// Between two looks at what is to be asked.
const GAP: Duration = Duration::from_millis(50);

/// One Gateway of a demo.
#[derive(Debug)]
pub(crate) struct Playing {
    script: Arc<Script>,
    openclaw: OpenClaw,
    rpc: Rpc,
    troubles: Troubles,
    rounds: Rounds,
    moment: Moment,
    /// When the round began.
    began: Duration,
    /// What happens next in it.
    next: usize,
    /// What else is due, by when and in which order.
    agenda: BTreeMap<(Duration, u64), Due>,
    /// How much was put there ever.
    planned: u64,
}

/// What is given to one at its beginning.
pub(crate) struct Beginning<'a> {
    pub(crate) openclaw: &'a OpenClaw,
    pub(crate) rpc: &'a Rpc,
    /// The number that tells it from others; its rounds are that much out of step.
    pub(crate) number: usize,
    pub(crate) speed: f64,
    /// What goes wrong, and when by the clock that plays.
    pub(crate) faults: Vec<(Fault, Duration)>,
}

/// How much later each further copy of a run is played.
const COPY_MS: f64 = 730.0;
/// By how much the rounds of one instance are out of step with those of the one before: all are spread over a round.
const OUT_OF_STEP: Duration = Duration::from_millis(7_310);

impl Playing {
    /// Begins to play: tells a first round that is over already, so that there is something to see.
    pub(super) fn begin(script: &Arc<Script>, beginning: Beginning<'_>, time: &impl Time) -> Self {
        let Beginning { openclaw, rpc, number, speed, faults } = beginning;
        openclaw.identify(&format!("5f0c1d2e-0000-4000-8000-{number:012x}"), Some(GATEWAY));
        let (now, period) = (time.now(), divided(script.period, speed));
        let moment = Moment {
            round: 0,
            began_ms: milliseconds(time.unix().saturating_sub(period)),
            speed,
            late_ms: 0.0,
            copy: 0,
        };
        let mut playing = Self {
            script: script.clone(),
            openclaw: openclaw.clone(),
            rpc: rpc.clone(),
            troubles: Troubles::new(speed),
            rounds: Rounds { all: 0.0, of: vec![0.0; script.cast.len()] },
            moment,
            began: now,
            next: 0,
            agenda: BTreeMap::new(),
            planned: 0,
        };
        for happening in &script.happenings {
            playing.tell(happening, Change::default(), &moment);
        }
        // What had happened by now is told at the first step.
        let ahead = OUT_OF_STEP.as_millis() * number as u128 % script.period.as_millis().max(1);
        playing.end_round(now.saturating_sub(playing.scaled(ahead as f64)), time);
        rpc.identify(GATEWAY);
        rpc.begin(INTERVAL);
        rpc.reached(Way::WebSocket, Ok(()));
        for (fault, at) in faults {
            playing.plan(at, Due::Begin(fault));
        }
        playing
    }

    /// Does what is due. When there is more to do.
    pub(crate) fn step(&mut self, time: &impl Time) -> Duration {
        let now = time.now();
        if let Some(until) = self.troubles.stands_still_until(now) {
            return until;
        }
        let script = self.script.clone();
        let next = loop {
            let in_its_place = match script.happenings.get(self.next) {
                Some(happening) => self.began.saturating_add(self.scaled(happening.at_ms)),
                None => self.began.saturating_add(divided(script.period, self.moment.speed)),
            };
            let planned = self.agenda.first_key_value().map(|((due, _), _)| *due);
            let due = planned.unwrap_or(Duration::MAX).min(in_its_place);
            if due > now {
                break due;
            }
            if planned.is_some_and(|planned| planned <= in_its_place) {
                if let Some(((due, _), what)) = self.agenda.pop_first() {
                    self.do_due(what, due, time);
                }
                if let Some(until) = self.troubles.stands_still_until(now) {
                    return until;
                }
            } else if let Some(happening) = script.happenings.get(self.next) {
                self.next += 1;
                if !happening.is_once {
                    self.happen(&script, happening);
                }
            } else {
                self.end_round(in_its_place, time);
            }
        };
        self.answer(time);
        next.min(now.saturating_add(self.rpc.pause().max(GAP)))
    }

    /// Plays until it is time to stop.
    pub(crate) fn go_on(&mut self, time: &impl Time) {
        loop {
            let next = self.step(time);
            if !time.sleep_until(next) {
                return;
            }
        }
    }

    /// A round is over, and the next one begins.
    fn end_round(&mut self, end: Duration, time: &impl Time) {
        let Self { script, rounds, troubles, moment, began, .. } = self;
        rounds.all += 1.0;
        for (who, part) in script.cast.iter().enumerate() {
            rounds.of[who] += troubles.plays(who, part);
        }
        moment.round += 1;
        // Where the clock was set meanwhile.
        moment.began_ms = milliseconds(time.unix()) - milliseconds(time.now().saturating_sub(end));
        (*began, self.next) = (end, 0);
        troubles.begin_round(end, moment.began_ms);
    }

    /// Something of the round is due in its place: it happens, or what faults make of it does.
    fn happen(&mut self, script: &Script, happening: &Happening) {
        let part = happening.run.and_then(|run| script.part(run));
        if let Some((who, part)) = part {
            let copies = self.troubles.plays(who, part) as u32;
            if copies == 0 {
                return;
            }
            for copy in 1..copies {
                let due = self.began.saturating_add(self.scaled(happening.at_ms + f64::from(copy) * COPY_MS));
                let moment = Moment { copy, late_ms: f64::from(copy) * COPY_MS, ..self.moment };
                self.plan(due, Due::Later { place: self.next - 1, moment, change: Change::default() });
            }
        }
        let run_began = happening.run.and_then(|run| script.runs.get(run)).map(|run| run.begin_ms);
        let begun = self.began.saturating_add(self.scaled(run_began.unwrap_or(happening.at_ms)));
        let (change, before) = self.troubles.change(happening, part.map(|(_, part)| part), begun, script);
        for event in &before {
            self.tell_event(event, happening);
        }
        let moment = Moment { late_ms: change.late_ms, ..self.moment };
        if change.late_ms > 0.0 {
            let due = self.began.saturating_add(self.scaled(happening.at_ms + change.late_ms));
            self.plan(due, Due::Later { place: self.next - 1, moment, change });
        } else {
            self.tell(happening, change, &moment);
        }
    }

    /// Something of the agenda is due.
    fn do_due(&mut self, what: Due, due: Duration, time: &impl Time) {
        let unix_ms = milliseconds(time.unix()) - milliseconds(time.now().saturating_sub(due));
        match what {
            Due::Later { place, moment, change } => self.tell(&self.script.happenings[place], change, &moment),
            Due::Begin(fault) => {
                self.troubles.begin(fault, due, unix_ms);
                if fault == Fault::OverBudget {
                    // Half of what today has cost.
                    let spent = self.script.cost_usd * self.rounds.all;
                    self.rpc.budget(Some((spent * 50.0).round() / 100.0));
                }
                self.plan(due, Due::Again { fault, count: 0 });
            }
            Due::Again { fault, count } => {
                let Some((lines, pause)) = self.troubles.again(fault, count, due, unix_ms) else { return };
                for line in lines {
                    self.tell_line(&line);
                }
                let due = due.saturating_add(divided(pause, self.moment.speed));
                self.plan(due, Due::Again { fault, count: count + 1 });
            }
        }
    }

    #[cfg(test)]
    pub(super) fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    fn plan(&mut self, due: Duration, what: Due) {
        self.planned += 1;
        self.agenda.insert((due, self.planned), what);
    }

    /// So many milliseconds of the script, by the clock that plays.
    fn scaled(&self, ms: f64) -> Duration {
        divided(Duration::from_secs_f64(ms / 1e3), self.moment.speed)
    }

    fn answer(&mut self, time: &impl Time) {
        let Self { script, rpc, rounds, moment, began, troubles, .. } = self;
        while let Some(method) = rpc.next() {
            let of_round = milliseconds(time.now().saturating_sub(*began)) * moment.speed;
            match script.answers.iter().find(|(of, _)| *of == method) {
                Some((_, answer)) => {
                    let now = Now {
                        unix_ms: milliseconds(time.unix()),
                        uptime_ms: script.uptime_ms + rounds.all * milliseconds(script.period) + of_round,
                        rounds,
                    };
                    let mut answer = filled(answer, &|text| now.fill(text));
                    troubles.change_answer(method, &mut answer, now.unix_ms);
                    rpc.answered(method, &answer.to_string(), COST);
                }
                None => rpc.failed(method, "the demo has no answer"),
            }
        }
    }

    fn tell(&self, happening: &Happening, change: Change, moment: &Moment) {
        let fill = |text: &str| moment.fill(text, &self.rounds);
        let at_ms = moment.at_ms(happening.at_ms);
        match &happening.what {
            What::Event(line) => {
                let mut line = filled(line, &fill);
                line["event"]["ts"] = number(at_ms);
                change.make(&mut line["event"]);
                self.troubles.change_event(&mut line["event"], at_ms);
                self.tell_line(&line);
            }
            What::Report(place, fields) => {
                let mut fields = filled(fields, &fill);
                change.make(&mut fields);
                self.troubles.change_report(happening, &mut fields, at_ms);
                let (mut numbers, mut texts) = (Vec::new(), Vec::new());
                if let Some(Shape::Object(members)) = report_shapes().get(*place) {
                    members
                        .iter()
                        .for_each(|member| write(&fields[member.key], &member.shape, &mut numbers, &mut texts));
                }
                self.openclaw.report_numbers(*place, &numbers, &|number| texts.get(number as usize).copied());
            }
        }
    }

    /// Tells an event that a fault adds to one of the script.
    fn tell_event(&self, event: &Value, beside: &Happening) {
        let mut event = filled(event, &|text| self.moment.fill(text, &self.rounds));
        event["ts"] = number(self.moment.at_ms(beside.at_ms));
        self.tell_line(&json!({ "event": event, "metadata": { "trusted": true } }));
    }

    fn tell_line(&self, line: &Value) {
        let text = line.to_string();
        if let Ok(line) = Line::parse(&text) {
            self.openclaw.observe(&line.event, line.metadata);
        }
    }
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
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
