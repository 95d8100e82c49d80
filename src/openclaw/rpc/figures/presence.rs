//! `system-presence`: who is connected. Hosts, addresses, devices, users and the sessions they watch are not read.

use serde::Deserialize;

use super::super::loose::Loose;
use super::rows::Sums;
use super::{AnswerError, Figures, list, words};
use crate::openclaw::catalogue::presence::Families;
use crate::openclaw::catalogue::sets::CLIENT_MODE;
use crate::openclaw::policy::UNKNOWN;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    mode: Loose<String>,
    platform: Loose<String>,
    reason: Loose<String>,
}

/// The families of `system-presence`.
#[derive(Debug)]
pub(super) struct Presence {
    families: Families,
}

impl Presence {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Presence {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let entries: Vec<Entry> = list(answer)?;
        let mut presence = Sums::default();
        for entry in &entries {
            let mode = entry.mode.get().map_or(UNKNOWN, |mode| words::of(CLIENT_MODE, mode));
            let state = if entry.reason.text() == "disconnect" { "gone" } else { "present" };
            presence.add([mode, words::platform(entry.platform.text()), state], 1.0);
        }
        presence.put(&self.families.presence);
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{expected, figures, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::Presence);
        let presence = rows(&registry, "openclaw_presence");
        assert_eq!(
            presence,
            expected(&[
                ("mode=gateway,platform=linux,state=present", 1.0),
                ("mode=node,platform=ios,state=gone", 1.0),
                ("mode=other,platform=other,state=present", 1.0),
                ("mode=webchat,platform=macos,state=present", 2.0),
            ])
        );
        assert_eq!(presence.values().sum::<f64>(), answer.as_array().unwrap().len() as f64);
    }

    #[test]
    fn nobody_is_no_row() {
        let (registry, mut figures) = figures(Method::Presence);
        figures.take("[]", 0.0).unwrap();
        assert!(rows(&registry, "openclaw_presence").is_empty());
    }
}
