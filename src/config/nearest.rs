//! The known name that a mistyped one is like.

/// Names longer than this are like none.
const MAX_BYTES: usize = 64;

/// The name among `known` that `name` most likely stands for: the same but for case and punctuation, or at most one
/// slip in three letters away. Of names with dots the last part counts.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_BYTES {
        return None;
    }
    let last = |name: &str| plain(name.rsplit('.').next().unwrap_or(name));
    let name = last(name);
    let distances = known.into_iter().map(|known| {
        let plain = last(known);
        (strsim::osa_distance(&name, &plain), plain.len(), known)
    });
    let (distance, length, nearest) = distances.min_by_key(|(distance, ..)| *distance)?;
    (distance <= (length / 3).max(1) && distance < name.len()).then_some(nearest)
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_another_word_none() {
        let known = ["path", "port", "collectIntervalMs", "scrapeAuth.bearerToken", "scrapeAuth.bearerTokenFile"];
        for (name, expected) in [
            ("colectIntervalMs", Some("collectIntervalMs")),
            ("collect_interval_ms", Some("collectIntervalMs")),
            ("collectInterval", Some("collectIntervalMs")),
            ("bearertoken", Some("scrapeAuth.bearerToken")),
            ("bearer-token-file", Some("scrapeAuth.bearerTokenFile")),
            ("prot", Some("port")),
            ("auth.bearerToken", Some("scrapeAuth.bearerToken")),
            ("Path", Some("path")),
            ("token", None),
            ("retention", None),
            ("x", None),
            ("", None),
            ("___", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
        assert_eq!(nearest(&"port".repeat(100), known), None);
    }
}
