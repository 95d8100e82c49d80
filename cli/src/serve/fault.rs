//! What can go wrong in a demo: `--fault NAME[@INSTANCE][:after=60s]`. What each changes stands in `data/faults.tsv`, with what
//! `status` says of it; `demo/trouble.rs` does it.

use std::fmt::Write;
use std::str::FromStr;
use std::time::Duration;

/// When a fault begins, unless it is said.
const AFTER: Duration = Duration::from_secs(60);

macro_rules! faults {
    ($($fault:ident = $name:literal,)*) => {
        /// Something that goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Fault { $($fault),* }

        impl Fault {
            pub(super) const ALL: &[Self] = &[$(Self::$fault),*];

            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$fault => $name),* }
            }
        }
    };
}

faults! {
    SlowModel = "slow-model",
    FailingTool = "failing-tool",
    FailingProvider = "failing-provider",
    StuckSession = "stuck-session",
    ToolLoop = "tool-loop",
    ExpiringAuth = "expiring-auth",
    QuotaNearlyUsed = "quota-nearly-used",
    LeakingLabel = "leaking-label",
    LoopBlocked = "loop-blocked",
    SilentChannel = "silent-channel",
    CostJump = "cost-jump",
    OverBudget = "over-budget",
    CronFailing = "cron-failing",
    QueueStuck = "queue-stuck",
    Memory = "memory",
    CollectorHanging = "collector-hanging",
    PortLost = "port-lost",
}

/// A fault, where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedFault {
    pub(super) fault: Fault,
    /// Which instance has it; none for all.
    pub(super) instance: Option<Box<str>>,
    pub(super) begins: Begins,
}

/// When, from where the demo is when the program has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    After(Duration),
    /// It had begun so long before.
    Before(Duration),
}

impl PlannedFault {
    /// What goes wrong with an instance, and when, by a clock that shows `present` when the program has started.
    pub(super) fn of(planned: &[Self], instance: Option<&str>, present: Duration) -> Vec<(Fault, Duration)> {
        let is_of = |one: &&Self| one.instance.as_deref().is_none_or(|of| Some(of) == instance);
        planned.iter().filter(is_of).map(|one| (one.fault, one.begins.at(present))).collect()
    }
}

impl FromStr for PlannedFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, options) = text.split_once(':').map_or((text, None), |(what, options)| (what, Some(options)));
        let (name, instance) = what.split_once('@').map_or((what, None), |(name, at)| (name, Some(at)));
        let fault = Fault::ALL.iter().copied().find(|fault| fault.name() == name).ok_or_else(allowed)?;
        if instance.is_some_and(str::is_empty) {
            return Err("name an instance after the @, such as gw-001, or leave both out".into());
        }
        let begins = match options {
            None => Begins::After(AFTER),
            Some(option) => {
                let time = option.strip_prefix("after=").and_then(Begins::read);
                time.ok_or("write :after= with a time such as 90s or 5m, or -5m for what began before; or nothing")?
            }
        };
        Ok(Self { fault, instance: instance.map(Into::into), begins })
    }
}

impl Begins {
    fn read(text: &str) -> Option<Self> {
        let (is_before, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (number, seconds) = match text.char_indices().last()? {
            (end, 's') => (&text[..end], 1),
            (end, 'm') => (&text[..end], 60),
            (end, 'h') => (&text[..end], 3600),
            _ => return None,
        };
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let time = Duration::from_secs(number.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(seconds)?);
        Some(if is_before { Self::Before(time) } else { Self::After(time) })
    }

    fn at(self, present: Duration) -> Duration {
        match self {
            Self::After(time) => present.saturating_add(time),
            Self::Before(time) => present.saturating_sub(time),
        }
    }
}

fn allowed() -> String {
    let mut sentence = String::from("write one of ");
    for (place, fault) in Fault::ALL.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(sentence, "{}{}", if place == 0 { "" } else { ", " }, fault.name());
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_with_where_and_when() {
        let read = |text: &str| text.parse::<PlannedFault>();
        let seconds = Duration::from_secs;
        for (text, fault, instance, begins) in [
            ("memory", Fault::Memory, None, Begins::After(seconds(60))),
            ("memory@gw-3", Fault::Memory, Some("gw-3"), Begins::After(seconds(60))),
            ("slow-model:after=5m", Fault::SlowModel, None, Begins::After(seconds(300))),
            ("tool-loop@a:after=-10m", Fault::ToolLoop, Some("a"), Begins::Before(seconds(600))),
            ("port-lost:after=0s", Fault::PortLost, None, Begins::After(seconds(0))),
        ] {
            assert_eq!(read(text), Ok(PlannedFault { fault, instance: instance.map(Into::into), begins }), "{text}");
        }
        for bad in
            ["", "slow", "memory@", "memory:", "memory:after=", "memory:after=5", "memory:after=m", "memory:at=5s"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
        for bad in ["memory:after=+5s", "memory:after=--5s", "memory:after=1.5m", "memory:after=99999999999999999h"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("slow").unwrap_err().starts_with("write one of slow-model, failing-tool, "));
    }
}
