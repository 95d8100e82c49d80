//! Words that answers use, as labels may show them: from fixed lists, and never who is named.

use crate::openclaw::catalogue::sets::{OTHER, Set};
use crate::openclaw::policy;

/// The word as the list has it, or `other`.
pub(super) fn of(list: Set, word: &str) -> &'static str {
    list.iter().find(|known| **known == word).copied().unwrap_or(OTHER)
}

/// 1 for yes, 0 for no.
pub(super) fn flag(value: Option<&bool>) -> Option<f64> {
    value.map(|value| f64::from(*value))
}

/// `true`, `false` or `unknown`.
pub(super) fn yes_no(value: Option<&bool>) -> &'static str {
    match value {
        Some(true) => "true",
        Some(false) => "false",
        None => policy::UNKNOWN,
    }
}

/// How often each word of the list comes, in the order of the list: rows of a family with one label.
pub(super) fn count<'a>(
    list: Set,
    words: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = ([&'static str; 1], f64)> {
    let mut counts = vec![0.0; list.len()];
    for word in words {
        counts.iter_mut().zip(list).filter(|(_, known)| **known == word).for_each(|(count, _)| *count += 1.0);
    }
    list.iter().map(|word| [*word]).zip(counts)
}

/// A name that people gave, as far as it may be shown; none if it names a person, a telephone or a machine.
pub(super) fn name(raw: &str) -> Option<String> {
    policy::slug(raw).filter(|_| !is_identity(raw))
}

/// Digits from which on a number may be somebody's telephone.
const TELEPHONE_DIGITS: usize = 7;

/// Whether a name holds a telephone number or an IP address; an address of mail is no slug. A date of eight digits is taken for a
/// number too: better a name less than a number shown.
fn is_identity(raw: &str) -> bool {
    let is_in_number = |letter: char| letter.is_ascii_digit() || " +()./-".contains(letter);
    let digits = |number: &str| number.bytes().filter(u8::is_ascii_digit).count();
    let is_telephone = raw.split(|letter| !is_in_number(letter)).any(|number| digits(number) >= TELEPHONE_DIGITS);
    let is_in_ip = |letter: char| letter.is_ascii_hexdigit() || ".:".contains(letter);
    let is_ip = |word: &str| {
        let colons = word.matches(':').count();
        word.parse::<std::net::IpAddr>().is_ok() || colons == 1 && word.parse::<std::net::SocketAddrV4>().is_ok()
    };
    is_telephone || raw.split(|letter| !is_in_ip(letter)).any(is_ip)
}

/// The platform that a text as `linux 6.8.0` or `iOS 18.1` begins with.
pub(super) fn platform(raw: &str) -> &'static str {
    let word = raw.split(|letter: char| !letter.is_ascii_alphanumeric()).find(|word| !word.is_empty());
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "linux" => "linux",
        "macos" | "darwin" | "mac" | "macintel" => "macos",
        "windows" | "win32" => "windows",
        "ios" | "iphone" => "ios",
        "ipados" | "ipad" => "ipados",
        "watchos" => "watchos",
        "android" => "android",
        "web" | "browser" => "web",
        "" => policy::UNKNOWN,
        _ => OTHER,
    }
}

/// Classes of errors, by words that their messages use. Words of up to four letters or digits stand alone.
const ERRORS: &[(&str, &[&str])] = &[
    ("timeout", &["timed out", "timeout", "etimedout", "deadline"]),
    ("rate_limit", &["rate limit", "rate-limit", "ratelimit", "429", "too many requests"]),
    ("conflict", &["conflict", "409", "terminated by other", "replaced by another"]),
    ("auth", &["401", "403", "auth", "authenticat", "authoriz", "forbidden", "credential", "token is", "logged out"]),
    ("network", &["econn", "enotfound", "eai_again", "network", "socket", "fetch failed", "dns", "tls", "certificate"]),
    ("config", &["config", "missing", "invalid", "not set"]),
];

/// What a message of an error is about.
pub(super) fn error_class(message: &str) -> &'static str {
    let message = message.to_ascii_lowercase();
    let uses = |word: &str| match word.len() {
        ..=4 => message.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|other| other == word),
        _ => message.contains(word),
    };
    ERRORS.iter().find(|(_, words)| words.iter().any(|word| uses(word))).map_or(OTHER, |(class, _)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_names_somebody_is_not_shown() {
        for raw in [
            "someone@example.org",
            "+49 151 12345678",
            "4915112345678",
            "signal (0151) 234-5678",
            "relay 192.168.20.31",
            "192.168.20.31:8080",
            "10.0.0.7",
            "fe80::1",
            "agent:main:telegram:direct:1",
        ] {
            assert_eq!(name(raw), None, "{raw}");
        }
        for (raw, shown) in
            [("default", "default"), ("Team bot 2", "Team-bot-2"), ("gpt-5.1:eu", "gpt-5.1:eu"), ("v1.2.3", "v1.2.3")]
        {
            assert_eq!(name(raw).as_deref(), Some(shown), "{raw}");
        }
    }

    #[test]
    fn errors_have_a_class_by_their_words() {
        for (message, class) in [
            ("Call to 'getUpdates' failed! (409: Conflict: terminated by other getUpdates request)", "conflict"),
            ("401: Unauthorized", "auth"),
            ("connect ECONNREFUSED 10.0.0.7:443", "network"),
            ("probe timed out after 10000ms", "timeout"),
            ("429 Too Many Requests: retry after 5", "rate_limit"),
            ("The bot token is invalid", "auth"),
            ("appToken is missing", "auth"),
            ("Unexpected character at 4091", "other"),
            ("workspace is not configured", "config"),
            ("something else", "other"),
        ] {
            assert_eq!(error_class(message), class, "{message}");
        }
    }

    #[test]
    fn platforms_are_told_without_their_versions() {
        for (raw, shown) in [
            ("linux 6.8.0-31-generic", "linux"),
            ("Darwin", "macos"),
            ("iOS 18.1", "ios"),
            ("haiku", "other"),
            ("", "unknown"),
        ] {
            assert_eq!(platform(raw), shown, "{raw}");
        }
    }
}
