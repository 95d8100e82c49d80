//! Which Gateway events come from, and which of them it tells.
//!
//! No Gateway lists the types of its events where a plugin could read them, so what a version tells stands here: found in the
//! packages of 2026.5.5 to 2026.9.6, and seen in 2026.5.5, 2026.6.6, 2026.7.35 and 2026.9.6 while they ran. A version between
//! two that were looked at counts as the older one: an event that comes all the same is recorded like any other, and only its
//! zero from the start is missing. Nobody is kept from anything here.

use std::fmt;

use super::event::EventType;

/// A version, such as 2026.9.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version([u32; 3]);

/// The oldest version that was tried for long.
const TRIED: Version = Version([2026, 6, 6]);
/// The first version behind the newest that was looked at. Its sources have what 2026.9.6 does not tell; no package of it was
/// there to be looked at.
const COMING: Version = Version([2026, 9, 7]);
/// The oldest version that plugins of ours are loaded by.
const OLDEST: Version = Version([2026, 5, 5]);

impl Version {
    /// The first three numbers of a text.
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let mut next = || numbers.next()?.parse().ok();
        Some(Self([next()?, next()?, next()?]))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, patch] = self.0;
        write!(f, "{year}.{month}.{patch}")
    }
}

/// Where events come from.
///
/// ```
/// use openclaw_prometheus::openclaw::{EventType, Host};
///
/// let old = Host::gateway("2026.6.6");
/// assert!(old.tells(EventType::RunCompleted) && !old.tells(EventType::GatewayRpc));
/// assert!(Host::any().tells(EventType::GatewayRpc));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// None for one that may tell anything.
    gateway: Option<Version>,
}

impl Host {
    /// One that may tell every event: a Gateway of one's own, or a recording of any.
    pub const fn any() -> Self {
        Self { gateway: None }
    }

    /// A Gateway of this version, inside which a plugin listens. A text that is no version is that of a newer one.
    pub fn gateway(version: &str) -> Self {
        Self { gateway: Some(Version::read(version).unwrap_or(Version([u32::MAX; 3]))) }
    }

    /// Whether it tells events of this type and stands by them, and whether they are asked for at all.
    pub fn tells(&self, event: EventType) -> bool {
        let Some(version) = self.gateway else { return true };
        since(event).is_some_and(|since| version >= since)
    }

    /// Whether it tells what child processes were spawned for; none for one that may, or may not.
    pub(super) fn tells_operations(&self) -> Option<bool> {
        self.gateway.map(|version| version >= COMING)
    }

    /// The types of events that some Gateway tells and this one does not.
    pub fn untold(&self) -> impl Iterator<Item = EventType> + use<'_> {
        EventType::ALL.iter().copied().filter(|event| since(*event).is_some() && !self.tells(*event))
    }

    /// What an operator should know of it: a sentence, and whether it is a warning.
    pub fn remark(&self) -> Option<(String, bool)> {
        let version = self.gateway?;
        let untold: Vec<_> = self.untold().map(EventType::as_str).collect();
        if untold.is_empty() {
            return None;
        }
        let untold = untold.join(", ");
        let told = format!("Gateway {version} does not tell {untold}: what only these feed is left out");
        let is_old = version < TRIED;
        let advice = format!("{told}; {TRIED} or newer tells messages, sessions and queues too");
        Some(if is_old { (advice, true) } else { (told, false) })
    }
}

/// Why a Gateway of this version cannot be observed from inside, if that is so.
pub fn too_old(version: &str) -> Option<String> {
    let is_too_old = Version::read(version).is_some_and(|version| version < OLDEST);
    is_too_old.then(|| {
        format!("the Gateway is {version}; {OLDEST} or newer is needed, and for an older one the program beside it")
    })
}

impl EventType {
    /// Whether a plugin asks for it: of a line that is logged a copy would be made each time.
    pub fn is_asked_for(self) -> bool {
        self != Self::LogRecord
    }
}

/// The first version that was found to tell it and to stand by it. None for what no Gateway tells, and for what is not
/// asked for.
fn since(event: EventType) -> Option<Version> {
    let version = match event {
        event if !event.is_asked_for() => return None,
        // All versions declare it, and none sends it.
        EventType::RunAttempt => return None,
        EventType::ChildProcessSpawn => [2026, 9, 6],
        EventType::Gc | EventType::EventLoopSample | EventType::GatewayRpc => [2026, 9, 3],
        EventType::RunExecutionPhase => [2026, 8, 1],
        EventType::ExecFollowupSuppressed => [2026, 7, 1],
        EventType::SecurityEvent => [2026, 6, 11],
        EventType::RunStarted
        | EventType::RunCompleted
        | EventType::HarnessRunStarted
        | EventType::HarnessRunCompleted
        | EventType::HarnessRunError
        | EventType::ContextAssembled
        | EventType::ModelCallStarted
        | EventType::ModelCallCompleted
        | EventType::ModelCallError
        | EventType::ModelUsage
        | EventType::ToolExecutionStarted
        | EventType::ToolExecutionCompleted
        | EventType::ToolExecutionError
        | EventType::ToolExecutionBlocked
        | EventType::PhaseCompleted
        | EventType::ExecProcessCompleted => OLDEST.0,
        // Before, anybody could have sent these.
        _ => [2026, 5, 28],
    };
    Some(Version(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_between_two_is_taken_for_the_older_one() {
        for (version, is_told) in
            [("2026.9.2", false), ("2026.9.3", true), ("2026.9.3-beta.2", true), ("2026.10.1", true), ("main", true)]
        {
            assert_eq!(Host::gateway(version).tells(EventType::GatewayRpc), is_told, "{version}");
        }
    }

    #[test]
    fn the_newest_gateway_is_not_remarked_on_and_an_old_one_is_warned_of() {
        assert_eq!(Host::any().remark(), None);
        assert_eq!(Host::gateway("2026.9.6").remark(), None);
        let (sentence, is_warning) = Host::gateway("2026.6.6").remark().expect("something");
        assert!(!is_warning && sentence.starts_with("Gateway 2026.6.6 does not tell diagnostic.gc, "), "{sentence}");
        assert!(!sentence.contains("run.attempt") && !sentence.contains("log.record"), "{sentence}");
        let (sentence, is_warning) = Host::gateway("2026.5.5").remark().expect("something");
        assert!(is_warning && sentence.contains("message.processed"), "{sentence}");
    }

    #[test]
    fn what_no_gateway_tells_is_told_by_a_recording_alone() {
        for event in [EventType::RunAttempt, EventType::LogRecord] {
            assert!(!Host::gateway("2026.9.6").tells(event) && Host::any().tells(event));
        }
    }

    #[test]
    fn a_gateway_that_is_too_old_hears_why() {
        for (version, is_too_old) in
            [("2026.5.4", true), ("2026.4.7", true), ("2026.5.5", false), ("2027.1.1", false), ("?", false)]
        {
            assert_eq!(too_old(version).is_some(), is_too_old, "{version}");
        }
    }
}
