//! Identifiers that the host makes itself, known by their shape before anybody looks for secrets in them.
//!
//! A process number and a time in milliseconds are 14 digits or more, and one in six of them is a card number by its check
//! digit; so is one build in seventy by its commit and date. A shape is for its one field: elsewhere the same text is judged
//! like any other. It is exact, so that what is let through is a number of a process and a time, or a build, and nothing else;
//! whatever has another shape goes the usual way.

use super::policy;

/// Milliseconds from the Unix epoch to 2020 and to 2100: starts of processes that there are.
const STARTS_MS: std::ops::Range<u64> = 1_577_836_800_000..4_102_444_800_000;
/// Digits of a process number: 4194304 is the largest that Linux gives.
const PID_DIGITS: usize = 7;
/// Hexadecimal digits of a commit.
const COMMIT_DIGITS: usize = 12;

/// What of the name of a running process may be shown: `17004-1795804234676`, or any name that policy lets through.
pub(in crate::openclaw) fn process_instance_id(raw: &str) -> Option<&str> {
    if is_process_instance(raw) { Some(raw) } else { policy::shown(raw) }
}

/// What of the name of a build may be shown: `2026.9.6-release-eb377ac59e6c-2026-09-23T16-33-12.144Z`, or any name that
/// policy lets through.
pub(in crate::openclaw) fn build_id(raw: &str) -> Option<&str> {
    if is_build(raw) { Some(raw) } else { policy::shown(raw) }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_process_instance(text: &str) -> bool {
    let Some((pid, time)) = text.split_once('-') else { return false };
    let is_pid = (1..=PID_DIGITS).contains(&pid.len()) && is_digits(pid) && !pid.starts_with('0');
    // A sign is no digit.
    is_pid && is_digits(time) && time.parse().is_ok_and(|ms| STARTS_MS.contains(&ms)) && !time.starts_with('0')
}

/// Version, channel, commit, time.
fn is_build(text: &str) -> bool {
    let mut parts = text.splitn(4, '-');
    let (Some(version), Some(channel), Some(commit), Some(time)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_version = follows("0000.0.0", version) || follows("0000.00.0", version) || follows("0000.0.00", version);
    let is_version = is_version || follows("0000.00.00", version);
    let is_channel = (1..=16).contains(&channel.len()) && channel.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_commit = commit.len() == COMMIT_DIGITS && commit.bytes().all(is_hex);
    is_version && is_channel && is_commit && follows("0000-00-00T00-00-00.000Z", time)
}

/// Whether `text` is `pattern`, in which 0 stands for any digit.
fn follows(pattern: &str, text: &str) -> bool {
    let is_there = |(wanted, found): (u8, u8)| if wanted == b'0' { found.is_ascii_digit() } else { found == wanted };
    pattern.len() == text.len() && pattern.bytes().zip(text.bytes()).all(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As plain as can be: what a time of a start looks like, as a pattern.
    fn naive_process_instance(text: &str) -> bool {
        let parts: Vec<&str> = text.split('-').collect();
        let [pid, time] = parts[..] else { return false };
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| number.to_string() == text);
        number(pid).is_some_and(|pid| (1..=9_999_999).contains(&pid))
            && number(time).is_some_and(|time| STARTS_MS.contains(&time))
    }

    proptest! {
        #[test]
        fn a_process_is_a_number_and_a_time_and_nothing_else(
            text in "[0-9]{1,9}-[0-9]{12,14}|[0-9+]{1,8}-[1-4][0-9]{12}|[1-9][0-9]{0,6}-1[6-9][0-9]{11}|[0-9-]{13,24}",
        ) {
            prop_assert_eq!(is_process_instance(&text), naive_process_instance(&text), "{}", text);
        }
    }

    proptest! {
        /// A card number shows in its groups, its separators and what stands around it.
        #[test]
        fn a_card_number_passes_as_nothing_but_a_process_or_a_build(
            text in "([a-z]{0,4}[-.:_])?[0-9]{1,6}[-.:_]?[0-9]{1,6}[-.:_]?[0-9]{4,13}[-.:_]?[a-z]{0,3}",
        ) {
            let usual = policy::shown(&text);
            let as_process = process_instance_id(&text);
            prop_assert!(as_process == usual || naive_process_instance(&text), "{} {:?}", text, as_process);
            prop_assert_eq!(build_id(&text), usual, "{}", text);
        }
    }

    #[test]
    fn a_build_is_one_to_the_last_letter() {
        let build = "2026.9.6-release-eb377ac59e6c-2026-09-23T16-33-12.144Z";
        for text in [build, "2026.10.12-beta-000000004111-2026-11-11T11-11-11.110Z"] {
            assert!(is_build(text), "{text}");
            for at in 0..text.len() {
                let mut longer = text.to_owned();
                longer.insert(at, '_');
                assert!(!is_build(&longer), "{longer}");
                let mut shorter = text.to_owned();
                shorter.remove(at);
                // A version's numbers and a channel have several lengths.
                assert!(!is_build(&shorter) || at < text.len() - 38, "{shorter}");
            }
            assert!(!is_build(&format!("{text}4")));
        }
        assert_eq!(build_id("2026.9.6-release-411111111111-1111-11-11T16"), None);
        assert_eq!(build_id("4111-1111-1111-1111"), None);
    }
}
