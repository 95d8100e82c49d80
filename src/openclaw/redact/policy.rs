//! What may become a label value: short plain names, never a secret, never a session key.
//!
//! Everything else becomes the field's fall-back. A value is trimmed as JavaScript trims, so that both exporters show
//! the same text. Checking borrows and never allocates; a usual short name costs one look at each of its bytes, and in
//! a recorder not even that once it was seen.
//!
//! The check knows shapes, not meanings: a password that looks like a name is shown. Hosts must not send such fields.

use super::secret;

/// The label value when there is nothing better to say.
pub const UNKNOWN: &str = "unknown";

/// The longest label value, in bytes after trimming.
pub const LIMIT_BYTES: usize = 120;

/// `raw` without the space around it, if it may be shown; else `fallback`.
///
/// ```
/// use openclaw_prometheus::openclaw::policy::value;
/// assert_eq!(value(" mock-small ", "unknown"), "mock-small");
/// assert_eq!(value("agent:main:lab-1-0", "unknown"), "unknown");
/// assert_eq!(value("token:fakefake", "unknown"), "unknown");
/// ```
pub fn value<'a>(raw: &'a str, fallback: &'static str) -> &'a str {
    shown(raw).unwrap_or(fallback)
}

/// `raw` without the space around it, if it may be shown.
pub fn shown(raw: &str) -> Option<&str> {
    let text = trim(raw);
    (is_plain(text) && !names_agent(text) && !secret::is_in(text)).then_some(text)
}

/// What of a name that people gave may be shown: `-` stands for each run of characters that no label has, and what is longer
/// than [`LIMIT_BYTES`] is cut. None for a secret, a
/// session's key, an address of mail, and a name of which nothing is left.
///
/// ```
/// use openclaw_prometheus::openclaw::policy::slug;
/// assert_eq!(slug("Memory Dreaming Promotion!").as_deref(), Some("Memory-Dreaming-Promotion"));
/// assert_eq!(slug("report for token:fakefake"), None);
/// ```
pub fn slug(raw: &str) -> Option<String> {
    let is_legal = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
    let words = || raw.split(|letter| !is_legal(letter)).filter(|word| !word.is_empty());
    if raw.contains('@') || secret::is_in(raw) || words().any(|word| names_agent(word) || secret::is_in(word)) {
        return None;
    }
    let mut name = words().collect::<Vec<_>>().join("-");
    name.truncate(LIMIT_BYTES);
    shown(name.trim_end_matches('-')).map(str::to_owned)
}

/// The lane a queue name belongs to: what stands before the first `:`, if that may be shown; else `unknown`.
///
/// ```
/// use openclaw_prometheus::openclaw::policy::lane;
/// assert_eq!(lane("session:agent:main:lab-1-0"), "session");
/// assert_eq!(lane("agent:main:lab-1-0"), "unknown");
/// ```
pub fn lane(raw: &str) -> &str {
    lane_of(raw).and_then(|lane| shown(lane).filter(|shown| shown.len() == lane.len())).unwrap_or(UNKNOWN)
}

/// The part of a queue's name that is its lane, if what stands behind does not forbid it. It is [`shown`] whole or not at
/// all.
pub(in crate::openclaw) fn lane_of(raw: &str) -> Option<&str> {
    let text = trim(raw);
    let Some((lane, _)) = text.split_once(':') else { return Some(text) };
    // A bot's token is its number, a colon and a key: the number is a part of the secret.
    let is_secret = secret::is_bot_token_at(text.as_bytes(), lane.len());
    (!lane.eq_ignore_ascii_case("agent") && !is_secret).then_some(lane)
}

/// The agent that a session's key names, in front of what is never shown: `main` of `agent:main:telegram:…`.
///
/// ```
/// use openclaw_prometheus::openclaw::policy::agent_of;
/// assert_eq!(agent_of("agent:main:lab-1-0"), Some("main"));
/// assert_eq!(agent_of("cron:nightly"), None);
/// ```
pub fn agent_of(session_key: &str) -> Option<&str> {
    // What nearly all are: nothing to trim before the name, and a colon behind it.
    if let Some(rest) = session_key.strip_prefix("agent:")
        && let Some(end) = rest.bytes().position(|byte| byte == b':')
    {
        return rest.get(..end);
    }
    let (kind, rest) = trim(session_key).split_once(':')?;
    let (agent, _) = rest.split_once(':').unwrap_or((rest, ""));
    (kind.eq_ignore_ascii_case("agent")).then_some(agent)
}

/// Removes what JavaScript calls white space: U+FEFF is, U+0085 and U+001C to U+001F are not.
fn trim(raw: &str) -> &str {
    raw.trim_matches(|c: char| {
        matches!(c, '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
    })
}

fn is_plain(text: &str) -> bool {
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
    (1..=LIMIT_BYTES).contains(&text.len()) && text.bytes().all(is_plain_byte)
}

/// Whether `text` is, or holds, the key of an agent's session.
fn names_agent(text: &str) -> bool {
    // The part behind the last colon is only a name.
    let Some((keys, _)) = text.rsplit_once(':') else { return false };
    keys.split(':').any(|key| key.eq_ignore_ascii_case("agent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_key_is_never_shown() {
        for raw in ["agent:main", "AGENT:MAIN", "x:agent:y", "x:Agent:", "agent:", " agent:x "] {
            assert_eq!(value(raw, UNKNOWN), UNKNOWN, "{raw}");
        }
        for raw in ["agent", "x:agent", "agents:x", "x:agentx:y", "subagent:x"] {
            assert_eq!(value(raw, UNKNOWN), raw);
        }
    }

    #[test]
    fn length_counts_after_trimming() {
        let longest = "x".repeat(LIMIT_BYTES);
        assert_eq!(value(&format!(" {longest}\n"), UNKNOWN), longest);
        assert_eq!(value(&format!("{longest}x"), UNKNOWN), UNKNOWN);
    }

    #[test]
    fn names_that_people_gave_are_shown_without_what_no_label_has() {
        for (raw, shown) in [
            (" nightly  backup (eu) ", Some("nightly-backup-eu")),
            ("夜间 backup", Some("backup")),
            ("夜间", None),
            ("agent:main:lab-1-0", None),
            ("run agent:main:lab-1-0 daily", None),
            ("mail someone@example.org", None),
        ] {
            assert_eq!(slug(raw).as_deref(), shown, "{raw}");
        }
        assert_eq!(slug(&"x ".repeat(500)).unwrap().len(), LIMIT_BYTES - 1);
    }

    #[test]
    fn trimming_follows_javascript() {
        for space in
            ["\t", "\u{b}", "\u{c}", "\r\n", "\u{a0}", "\u{1680}", "\u{2003}", "\u{2028}", "\u{3000}", "\u{feff}"]
        {
            assert_eq!(value(&format!("{space}bom{space}"), UNKNOWN), "bom", "{space:?}");
        }
        for other in ["\u{85}", "\u{1c}", "\u{1f}", "\u{180e}", "\u{200b}"] {
            assert_eq!(value(&format!("bom{other}"), UNKNOWN), UNKNOWN, "{other:?}");
        }
    }

    #[test]
    fn what_is_no_plain_name_gives_the_fallback() {
        for raw in ["", " ", "a b", "a/b", "a=b", "someone@example.org", "主", "a\u{0}"] {
            assert_eq!(value(raw, "other"), "other", "{raw:?}");
            assert_eq!(lane(raw), UNKNOWN, "{raw:?}");
        }
    }
}
