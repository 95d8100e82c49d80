//! What faults make of a demo: what they change of events, reports and answers, and what they add.
//!
//! A fault is of what begins after it: a run that is on its way goes on as it was. What a fault changes it changes everywhere: an answer says
//! what the events say.

use std::time::Duration;

use openclaw_prometheus::openclaw::rpc::Method;
use serde_json::{Value, json};

use super::fill::{Moment, number};
use super::script::{Happening, Part, Script};
use crate::serve::fault::Fault;
use crate::serve::pace::divided;

/// The provider whose models become slow, and how much later the first byte of each call comes.
const SLOW_PROVIDER: &str = "anthropic";
const SLOW_MS: f64 = 25_000.0;
/// The provider of which each call fails once before it succeeds.
const FAILING_PROVIDER: &str = "openai";
const FAILING_TOOL: &str = "exec";
const LOOPING_TOOL: &str = "web_search";
const SILENT_CHANNEL: &str = "whatsapp";
const FAILING_JOB: &str = "check-mail";
const STUCK_LANE: &str = "cron";
const EXPIRING_PROVIDER: &str = "anthropic";
/// Who of the cast runs wild, and how often its runs are played then.
const WILD: (usize, f64) = (6, 16.0);
/// How long after the fault a key expires.
const KEY_LASTS_MS: f64 = 40.0 * 60e3;
const QUOTA_USED_PERCENT: f64 = 98.6;
/// How long the event loop stands still, and how often.
const STILL: Duration = Duration::from_secs(6);
const STILL_MS: f64 = 6_000.0;
const STILL_PERIOD: Duration = Duration::from_secs(30);
/// Between two entries of the stuck lane.
const QUEUED: Duration = Duration::from_secs(20);
/// How much memory grows in a millisecond, and to how much.
const GROWTH_BYTES: f64 = 24_000.0;
const MEMORY_BYTES: f64 = 3_300e6;
/// What the Gateway says is too much.
const THRESHOLD_BYTES: f64 = 1_610_612_736.0;

/// Something on the agenda.
#[derive(Debug)]
pub(super) enum Due {
    /// Something of the script, later than its place.
    Later {
        place: usize,
        moment: Moment,
        change: Change,
    },
    Begin(Fault),
    /// What a fault does again and again.
    Again {
        fault: Fault,
        count: u64,
    },
}

/// How something of the script happens otherwise.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Change {
    pub(super) late_ms: f64,
    /// How much longer it took.
    more_ms: f64,
    first_byte_ms: f64,
    has_failed: bool,
}

impl Change {
    /// Has an event or a report tell it.
    pub(super) fn make(self, fields: &mut Value) {
        for (name, more) in [("durationMs", self.more_ms), ("timeToFirstByteMs", self.first_byte_ms)] {
            if let Some(ms) = fields[name].as_f64().filter(|_| more > 0.0) {
                fields[name] = number(ms + more);
            }
        }
        if self.has_failed {
            fields["type"] = "tool.execution.error".into();
            fields["errorCategory"] = "TimeoutError".into();
            fields["terminalReason"] = "failed".into();
        }
    }
}

/// All that goes wrong by now.
#[derive(Debug)]
pub(super) struct Troubles {
    active: Vec<Active>,
    speed: f64,
    round_began: Duration,
    /// Until when the event loop stands still.
    still_until: Option<Duration>,
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    since: Duration,
    /// The same since 1970.
    since_ms: f64,
    /// When the first round after it began, since 1970.
    round_ms: Option<f64>,
}

impl Troubles {
    pub(super) fn new(speed: f64) -> Self {
        Self { active: Vec::new(), speed, round_began: Duration::ZERO, still_until: None }
    }

    pub(super) fn begin(&mut self, fault: Fault, since: Duration, since_ms: f64) {
        self.active.push(Active { fault, since, since_ms, round_ms: None });
    }

    pub(super) fn begin_round(&mut self, began: Duration, began_ms: f64) {
        self.round_began = began;
        for active in self.active.iter_mut().filter(|active| active.since <= began) {
            active.round_ms.get_or_insert(began_ms);
        }
    }

    fn find(&self, fault: Fault) -> Option<&Active> {
        self.active.iter().find(|active| active.fault == fault)
    }

    /// Whether it was there already when something began.
    fn is_of(&self, fault: Fault, begun: Duration) -> bool {
        self.find(fault).is_some_and(|active| active.since <= begun)
    }

    /// How often one of the cast plays in this round.
    pub(super) fn plays(&self, who: usize, part: &Part) -> f64 {
        if self.is_of(Fault::SilentChannel, self.round_began) && part.channel == SILENT_CHANNEL {
            0.0
        } else if self.is_of(Fault::CostJump, self.round_began) && who == WILD.0 {
            WILD.1
        } else {
            1.0
        }
    }

    /// Until when nothing happens, if the event loop stands still.
    pub(super) fn stands_still_until(&self, now: Duration) -> Option<Duration> {
        self.still_until.filter(|until| now < *until)
    }

    /// What becomes of something of a run that has `begun`, and the events before it.
    pub(super) fn change(
        &self,
        happening: &Happening,
        part: Option<&Part>,
        begun: Duration,
        script: &Script,
    ) -> (Change, Vec<Value>) {
        let (mut change, mut before) = (Change::default(), Vec::new());
        let (Some(part), Some(run)) = (part, happening.run.and_then(|run| script.runs.get(run))) else {
            return (change, before);
        };
        if self.is_of(Fault::SlowModel, begun) && part.provider == SLOW_PROVIDER {
            change.late_ms = SLOW_MS * happening.calls_before as f64;
            if let Some(took_ms) = happening.fields()["durationMs"].as_f64() {
                // Times are whole milliseconds.
                let began_ms = happening.at_ms - took_ms - 2.0;
                let calls = run.calls_ms[..happening.calls_before].iter().filter(|at_ms| **at_ms >= began_ms).count();
                change.more_ms = SLOW_MS * calls as f64;
                change.first_byte_ms = SLOW_MS;
            }
        }
        if self.is_of(Fault::FailingTool, begun) {
            let ended = happening.event("tool.execution.completed");
            change.has_failed = ended.is_some_and(|event| event["toolName"] == FAILING_TOOL);
        }
        if self.is_of(Fault::FailingProvider, begun)
            && part.provider == FAILING_PROVIDER
            && let Some(started) = happening.event("model.call.started")
        {
            let mut call = started.clone();
            call["callId"] = format!("failed-{}", started["callId"].as_str().unwrap_or_default()).into();
            before.push(call.clone());
            call["type"] = "model.call.error".into();
            call["durationMs"] = 180.into();
            call["errorCategory"] = "overloaded".into();
            before.push(call);
        }
        (change, before)
    }

    /// What the event says otherwise, whoever it is of.
    pub(super) fn change_event(&self, event: &mut Value, at_ms: f64) {
        if event["type"] == "diagnostic.memory.sample"
            && let Some(memory) = self.memory(at_ms)
        {
            (event["memory"]["rssBytes"], event["memory"]["heapUsedBytes"]) = (memory.0, memory.1.clone());
            event["memory"]["heapTotalBytes"] = memory.1;
        }
    }

    /// The same of a report.
    pub(super) fn change_report(&self, happening: &Happening, fields: &mut Value, at_ms: f64) {
        if happening.is_report("node.sample") {
            if let Some((rss, heap)) = self.memory(at_ms) {
                (fields["rssBytes"], fields["heapUsedBytes"], fields["heapTotalBytes"]) = (rss, heap.clone(), heap);
            }
            if self.find(Fault::LoopBlocked).is_some() {
                fields["lag"]["maxSeconds"] = number(STILL_MS / 1e3);
            }
        }
        if happening.is_report("channel.activity")
            && fields["channel"] == SILENT_CHANNEL
            && let Some(last) = self.find(Fault::SilentChannel).and_then(|active| active.round_ms)
        {
            (fields["inboundAtMs"], fields["outboundAtMs"]) = (number(last), number(last));
        }
        let is_end = happening.is_report("hook.cron_changed") && fields["action"] == "finished";
        if is_end && self.find(Fault::CronFailing).is_some() {
            fields["status"] = "error".into();
        }
    }

    /// Resident memory and heap, if they grow.
    fn memory(&self, at_ms: f64) -> Option<(Value, Value)> {
        let grown = (at_ms - self.find(Fault::Memory)?.since_ms).max(0.0) * GROWTH_BYTES;
        let rss = (420e6 + grown).min(MEMORY_BYTES);
        Some((number(rss.round()), number((rss * 0.82).round())))
    }

    /// The same of an answer.
    pub(super) fn change_answer(&self, method: Method, answer: &mut Value, now_ms: f64) {
        for active in &self.active {
            match (active.fault, method) {
                (Fault::ExpiringAuth, Method::AuthStatus) => active.expire_key(answer, now_ms),
                (Fault::QuotaNearlyUsed, Method::UsageStatus) => {
                    answer["providers"][0]["windows"][0]["usedPercent"] = number(QUOTA_USED_PERCENT);
                }
                (Fault::QuotaNearlyUsed, Method::AuthStatus) => {
                    answer["providers"][0]["usage"]["windows"][0]["usedPercent"] = number(QUOTA_USED_PERCENT);
                }
                (Fault::CronFailing, Method::CronList) => active.fail_job(answer, now_ms),
                (Fault::QueueStuck, Method::Lanes) => active.fill_lane(answer, now_ms, self.speed),
                (Fault::SilentChannel, Method::ChannelsStatus) => {
                    if let Some(last) = active.round_ms {
                        let account = &mut answer["channelAccounts"][SILENT_CHANNEL][0];
                        (account["lastInboundAt"], account["lastOutboundAt"]) = (number(last), number(last));
                    }
                }
                (Fault::Memory, Method::SystemInfo) => {
                    if let Some((rss, heap)) = self.memory(now_ms) {
                        let memory = &mut answer["processMemory"];
                        (memory["rssBytes"], memory["heapUsedBytes"], memory["heapTotalBytes"]) =
                            (rss, heap.clone(), heap);
                    }
                }
                (Fault::LoopBlocked, Method::SystemInfo) => {
                    let event_loop = &mut answer["eventLoop"];
                    (event_loop["degraded"], event_loop["reasons"]) = (true.into(), json!(["event_loop_delay"]));
                    (event_loop["delayP99Ms"], event_loop["delayMaxMs"]) = (number(STILL_MS), number(STILL_MS));
                }
                // What it says of a day would have to know each call.
                (Fault::SlowModel, Method::SessionsUsage) => {
                    (answer["aggregates"]["latency"], answer["aggregates"]["dailyLatency"]) = (Value::Null, json!([]));
                }
                _ => {}
            }
        }
    }

    /// What a fault adds the next time, and how long after that again; none if it adds nothing ever.
    pub(super) fn again(
        &mut self,
        fault: Fault,
        count: u64,
        due: Duration,
        unix_ms: f64,
    ) -> Option<(Vec<Value>, Duration)> {
        let since_ms = self.find(fault).map_or(unix_ms, |active| active.since_ms);
        let seconds = Duration::from_secs;
        let internal = |event: Value| json!({ "event": event, "metadata": { "internal": true } });
        Some(match fault {
            Fault::StuckSession => {
                let mut lines = stuck_session(since_ms, unix_ms, count == 0);
                lines.iter_mut().for_each(|line| line["event"]["ts"] = number(unix_ms));
                (lines, seconds(30))
            }
            Fault::ToolLoop => {
                let event = json!({
                    "type": "tool.loop", "toolName": LOOPING_TOOL, "level": "critical", "action": "warn",
                    "detector": "generic_repeat", "count": 10 + count, "message": "", "ts": unix_ms,
                });
                (vec![internal(event)], seconds(15))
            }
            Fault::LeakingLabel => {
                let skill = format!("draft-{count}");
                let event = json!({
                    "type": "skill.used", "agentId": "main", "skillName": skill, "skillSource": "workspace",
                    "activation": "model", "ts": unix_ms,
                });
                (vec![json!({ "event": event, "metadata": { "trusted": true } })], Duration::from_millis(500))
            }
            Fault::LoopBlocked if count.is_multiple_of(2) => {
                self.still_until = Some(due.saturating_add(divided(STILL, self.speed)));
                (Vec::new(), STILL)
            }
            Fault::LoopBlocked => {
                let sample = json!({
                    "type": "gateway.event_loop.sample", "intervalMs": STILL_MS, "delayMaxMs": STILL_MS, "ts": unix_ms,
                });
                let warning = json!({
                    "type": "diagnostic.liveness.warning", "reasons": ["event_loop_delay"], "intervalMs": 30_000,
                    "eventLoopDelayP99Ms": STILL_MS, "eventLoopDelayMaxMs": STILL_MS, "eventLoopUtilization": 0.31,
                    "cpuCoreRatio": 0.3, "active": 1, "waiting": 0, "queued": 0, "ts": unix_ms,
                });
                (vec![internal(sample), internal(warning)], STILL_PERIOD.saturating_sub(STILL))
            }
            Fault::QueueStuck => {
                let event =
                    json!({ "type": "queue.lane.enqueue", "lane": STUCK_LANE, "queueSize": count + 1, "ts": unix_ms });
                (vec![internal(event)], QUEUED)
            }
            Fault::Memory => {
                let (rss, heap) = self.memory(unix_ms).unwrap_or_default();
                let is_too_much = rss.as_f64().is_some_and(|rss| rss >= THRESHOLD_BYTES);
                let event = json!({
                    "type": "diagnostic.memory.pressure", "level": "critical", "reason": "rss_threshold",
                    "memory": { "rssBytes": rss, "heapUsedBytes": heap, "heapTotalBytes": heap }, "thresholdBytes": THRESHOLD_BYTES,
                    "ts": unix_ms,
                });
                (if is_too_much { vec![internal(event)] } else { Vec::new() }, seconds(15))
            }
            _ => return None,
        })
    }
}

/// A session that does not get on: its run begins `first`, and the Gateway finds it stuck each time it looks.
fn stuck_session(since_ms: f64, unix_ms: f64, is_first: bool) -> Vec<Value> {
    let named = |event: &mut Value| {
        event["sessionKey"] = "agent:support:slack:direct:demo-7".into();
        event["sessionId"] = format!("session-stuck.{since_ms}").into();
    };
    let mut events = Vec::new();
    if is_first {
        events.push((
            json!({ "type": "session.state", "state": "processing", "reason": "run_started", "queueDepth": 0 }),
            false,
        ));
        let run = json!({
            "type": "run.started", "runId": format!("run-stuck.{since_ms}"), "provider": "openai", "model": "gpt-5.2",
            "trigger": "user",
        });
        events.push((run, true));
    }
    let found = json!({
        "type": "session.stuck", "state": "processing", "ageMs": unix_ms - since_ms + 120_000.0, "queueDepth": 1,
        "classification": "stale_session_state",
    });
    events.push((found, false));
    let line = |(mut event, is_trusted): (Value, bool)| {
        named(&mut event);
        json!({ "event": event, "metadata": { (if is_trusted { "trusted" } else { "internal" }): true } })
    };
    events.into_iter().map(line).collect()
}

impl Active {
    fn expire_key(&self, answer: &mut Value, now_ms: f64) {
        let left_ms = self.since_ms + KEY_LASTS_MS - now_ms;
        let status = if left_ms > 0.0 { "expiring" } else { "expired" };
        let expiry = json!({ "at": self.since_ms + KEY_LASTS_MS, "remainingMs": left_ms.max(0.0) });
        let is_meant = |provider: &&mut Value| provider["provider"] == EXPIRING_PROVIDER;
        for provider in elements(&mut answer["providers"]).filter(is_meant) {
            (provider["status"], provider["expiry"]) = (status.into(), expiry.clone());
            for profile in elements(&mut provider["profiles"]) {
                (profile["status"], profile["expiry"]) = (status.into(), expiry.clone());
            }
        }
    }

    fn fail_job(&self, answer: &mut Value, now_ms: f64) {
        let failures = 3.0 + ((now_ms - self.since_ms) / 300e3).floor().max(0.0);
        for job in elements(&mut answer["jobs"]).filter(|job| job["name"] == FAILING_JOB) {
            let state = &mut job["state"];
            (state["lastRunStatus"], state["lastErrorReason"]) = ("error".into(), "rate_limit".into());
            state["consecutiveErrors"] = number(failures);
            (state["lastDelivered"], state["lastDeliveryStatus"]) = (false.into(), "not-delivered".into());
        }
    }

    fn fill_lane(&self, answer: &mut Value, now_ms: f64, speed: f64) {
        let queued = ((now_ms - self.since_ms) * speed / (QUEUED.as_secs_f64() * 1e3)).floor().max(0.0) + 1.0;
        for lane in elements(&mut answer["lanes"]).filter(|lane| lane["lane"] == STUCK_LANE) {
            (lane["queuedCount"], lane["activeCount"]) = (number(queued), lane["maxConcurrent"].clone());
        }
    }
}

fn elements(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.as_array_mut().into_iter().flatten()
}
