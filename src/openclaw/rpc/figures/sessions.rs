//! What `sessions.list` answers.
//!
//! The Gateway lists as many sessions as it is asked for, those that changed last first, and tells how many there are. What
//! a session's entry says of tokens and cost is of its last run; `totalTokens` is what its context held then.

use serde::Deserialize;

use super::rows::{Sums, put_each};
use super::{AnswerError, Figures, List, object, series, words};
use crate::openclaw::catalogue::sessions::{Families, LAST_RUN};
use crate::openclaw::rpc::loose::Loose;
use crate::{RegisterError, Registry};

/// How long ago a session may have changed that is active, in milliseconds.
const RECENT_MS: f64 = 3_600_000.0;

/// What is shown for a channel or a state that a session does not have.
const NONE: &str = "none";

/// How many sessions there are, and what the last of them are.
#[derive(Debug)]
pub(super) struct Sessions {
    families: Families,
}

impl Sessions {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Sessions {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let sessions = answer.sessions.0.ok_or(AnswerError::Shape)?;
        let sessions: Vec<Session> = sessions.into_iter().filter_map(|session| session.0).collect();
        let families = &self.families;
        series::put(&families.stored, answer.total_count.amount());
        let mut listed = Sums::default();
        for session in &sessions {
            listed.add([session.kind(), session.state(), session.channel()], 1.0);
        }
        listed.put(&families.listed);
        // By the Gateway's clock, which may be another machine's.
        let changed: Vec<f64> = sessions.iter().filter_map(|session| session.updated_at.amount()).collect();
        let now = answer.ts.amount().filter(|_| changed.len() == sessions.len());
        let recent = now.map(|now| changed.iter().filter(|at| now - **at <= RECENT_MS).count() as f64);
        series::put(&families.recent, recent);
        put_each(
            &families.run_tokens,
            [
                ("input", sum(sessions.iter().map(|session| &session.input_tokens))),
                ("output", sum(sessions.iter().map(|session| &session.output_tokens))),
            ],
        );
        series::put(&families.run_cost, sum(sessions.iter().map(|session| &session.estimated_cost_usd)));
        series::put(&families.window, sum(sessions.iter().map(|session| &session.context_tokens)));
        let contexts: Vec<f64> = sessions.iter().filter_map(|session| session.total_tokens.amount()).collect();
        let sum = (!contexts.is_empty()).then(|| contexts.iter().sum::<f64>());
        put_each(
            &families.context,
            [
                ("sum", sum),
                ("mean", sum.map(|sum| sum / contexts.len() as f64)),
                ("max", contexts.iter().copied().reduce(f64::max)),
            ],
        );
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

/// The sum of what is known; nothing if nothing is.
fn sum<'a>(numbers: impl Iterator<Item = &'a Loose<f64>>) -> Option<f64> {
    numbers.filter_map(Loose::amount).reduce(|a, b| a + b)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    ts: Loose<f64>,
    total_count: Loose<f64>,
    sessions: List<Session>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Session {
    classification: Loose<String>,
    kind: Loose<String>,
    status: Loose<String>,
    channel: Loose<String>,
    updated_at: Loose<f64>,
    input_tokens: Loose<f64>,
    output_tokens: Loose<f64>,
    total_tokens: Loose<f64>,
    context_tokens: Loose<f64>,
    estimated_cost_usd: Loose<f64>,
}

impl Session {
    /// What it is for: a finer word than its kind, which older Gateways do not have.
    fn kind(&self) -> &str {
        self.classification.get().or(self.kind.get()).map_or(NONE, String::as_str)
    }

    fn state(&self) -> &'static str {
        self.status.get().map_or(NONE, |status| words::of(LAST_RUN, status))
    }

    fn channel(&self) -> &str {
        self.channel.get().map_or(NONE, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::super::recorded_tests::{Rows, all};
    use super::super::rows::MOST_ROWS;
    use super::*;
    use crate::{encode, testing};

    const ANSWER: &str = include_str!("../../../../tests/data/rpc/sessions.list.json");

    fn case() -> (Registry, Sessions) {
        let registry = Registry::builder().series(500).build().unwrap();
        let sessions = Sessions::register(&registry).unwrap();
        (registry, sessions)
    }

    fn samples(registry: &Registry) -> Vec<String> {
        let text = encode::text(registry);
        text.lines().filter(|line| line.starts_with("openclaw_session")).map(str::to_owned).collect()
    }

    /// The recorded answer with its sessions changed.
    fn answer(change: impl Fn(&mut Vec<Value>)) -> String {
        let mut answer: Value = serde_json::from_str(ANSWER).unwrap();
        change(answer["sessions"].as_array_mut().unwrap());
        answer.to_string()
    }

    #[test]
    fn the_families_show_what_the_answer_says() {
        let (registry, mut sessions) = case();
        sessions.take(ANSWER, 0.0).unwrap();
        let answer: Value = serde_json::from_str(ANSWER).unwrap();
        let listed = answer["sessions"].as_array().unwrap();
        let sum = |field: &str| listed.iter().filter_map(|session| session[field].as_f64()).sum::<f64>();
        let contexts: Vec<f64> = listed.iter().filter_map(|session| session["totalTokens"].as_f64()).collect();
        let family = |rows: &[(&str, f64)]| rows.iter().map(|(labels, value)| ((*labels).to_owned(), *value)).collect();
        let expected: BTreeMap<&str, Rows> = [
            ("openclaw_sessions_stored", family(&[("", 61.0)])),
            (
                "openclaw_sessions_listed",
                family(&[
                    ("kind=main,state=running,channel=telegram", 1.0),
                    ("kind=direct,state=done,channel=telegram", 2.0),
                    ("kind=channel,state=failed,channel=slack", 1.0),
                    ("kind=channel,state=timeout,channel=slack", 1.0),
                    ("kind=subagent,state=killed,channel=none", 1.0),
                    ("kind=dashboard,state=none,channel=none", 1.0),
                ]),
            ),
            ("openclaw_session_active_recent", family(&[("", 4.0)])),
            (
                "openclaw_session_last_run_tokens",
                family(&[("kind=input", sum("inputTokens")), ("kind=output", sum("outputTokens"))]),
            ),
            ("openclaw_session_last_run_cost_usd", family(&[("", sum("estimatedCostUsd"))])),
            (
                "openclaw_session_context_tokens",
                family(&[
                    ("stat=sum", sum("totalTokens")),
                    ("stat=mean", sum("totalTokens") / contexts.len() as f64),
                    ("stat=max", 53_100.0),
                ]),
            ),
            ("openclaw_session_context_window_tokens", family(&[("", sum("contextTokens"))])),
        ]
        .into();
        let shown = all(&registry);
        assert_eq!(
            shown.iter().map(|(name, rows)| (name.as_str(), rows.clone())).collect::<BTreeMap<_, _>>(),
            expected
        );
        assert_eq!(contexts.len(), 5, "of some it is not known");
    }

    #[test]
    fn no_label_shows_a_key_or_a_person() {
        let (registry, mut sessions) = case();
        let with_people = answer(|sessions| {
            sessions[0]["channel"] = json!("someone@example.org");
            sessions[1]["classification"] = json!("agent:main:telegram:direct:4930123456");
            sessions[2]["status"] = json!("agent:main:main");
        });
        sessions.take(&with_people, 0.0).unwrap();
        let page = encode::text(&registry);
        for text in ["4930", "example.org", "agent:", "C042", "429"] {
            assert!(!page.contains(text), "{text}: {page}");
        }
        let listed = |labels| testing::value(&registry, "openclaw_sessions_listed", labels);
        assert_eq!(listed(&[("kind", "main"), ("state", "running"), ("channel", "unknown")]), Some(1.0));
        assert_eq!(listed(&[("kind", "direct"), ("state", "other"), ("channel", "telegram")]), Some(1.0));
    }

    #[test]
    fn what_a_session_does_not_have_is_none() {
        let (registry, mut sessions) = case();
        sessions.take(r#"{"sessions":[{},{"kind":"group"},{"kind":"group","classification":"thread"}]}"#, 0.0).unwrap();
        assert_eq!(
            samples(&registry),
            [
                r#"openclaw_sessions_listed{kind="group",state="none",channel="none"} 1"#,
                r#"openclaw_sessions_listed{kind="none",state="none",channel="none"} 1"#,
                r#"openclaw_sessions_listed{kind="thread",state="none",channel="none"} 1"#,
            ]
        );
    }

    #[test]
    fn a_field_that_no_session_has_takes_its_family_away() {
        for (field, family) in [
            ("inputTokens", r#"openclaw_session_last_run_tokens{kind="input"}"#),
            ("outputTokens", r#"openclaw_session_last_run_tokens{kind="output"}"#),
            ("totalTokens", "openclaw_session_context_tokens"),
            ("contextTokens", "openclaw_session_context_window_tokens"),
            ("estimatedCostUsd", "openclaw_session_last_run_cost_usd"),
            ("updatedAt", "openclaw_session_active_recent"),
        ] {
            let (registry, mut sessions) = case();
            sessions.take(ANSWER, 0.0).unwrap();
            let before = samples(&registry);
            let without = answer(|sessions| sessions.iter_mut().for_each(|session| session[field] = json!({"of": 1})));
            sessions.take(&without, 0.0).unwrap();
            let expected: Vec<String> = before.iter().filter(|line| !line.starts_with(family)).cloned().collect();
            assert_eq!(samples(&registry), expected, "{field}");
            assert!(expected.len() < before.len(), "{field}");
        }
    }

    #[test]
    fn a_session_is_active_by_the_clock_of_the_gateway() {
        let (registry, mut sessions) = case();
        for (changed_at, expected) in [(10_000_000, 1.0), (6_400_000, 1.0), (6_399_999, 0.0), (10_000_001, 1.0)] {
            let one = format!(r#"{{"ts":10000000,"totalCount":1,"sessions":[{{"updatedAt":{changed_at}}}]}}"#);
            sessions.take(&one, 5e9).unwrap();
            assert_eq!(
                testing::value(&registry, "openclaw_session_active_recent", &[]),
                Some(expected),
                "{changed_at}"
            );
        }
    }

    #[test]
    fn rows_are_bounded_and_count_every_session() {
        let (registry, mut sessions) = case();
        let many: Vec<Value> = (0..200).map(|number| json!({"channel": format!("c{number}")})).collect();
        sessions.take(&json!({"sessions": many}).to_string(), 0.0).unwrap();
        let rows = samples(&registry);
        assert_eq!(rows.len(), MOST_ROWS);
        let counts = rows.iter().map(|row| row.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap());
        assert_eq!(counts.sum::<f64>(), 200.0);
    }

    #[test]
    fn an_answer_of_another_shape_leaves_the_families_as_they_were() {
        let (registry, mut sessions) = case();
        sessions.take(ANSWER, 0.0).unwrap();
        let before = samples(&registry);
        for answer in ["", "[]", "null", "{}", r#"{"sessions":7,"totalCount":3}"#, &ANSWER[..ANSWER.len() - 3]] {
            assert_eq!(sessions.take(answer, 0.0), Err(AnswerError::Shape), "{answer}");
        }
        assert_eq!(samples(&registry), before);
        sessions.clear();
        assert_eq!(samples(&registry), [""; 0]);
    }
}
