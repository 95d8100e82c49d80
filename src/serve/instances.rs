//! Several sites behind one address: each under `/i/NAME`, and at `/sd` the list of them that Prometheus' HTTP service
//! discovery reads (its documentation, "HTTP service discovery": an array of `targets` and `labels`).

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::site::Site;

/// Where sites are, followed by their names.
const PREFIX: &str = "/i/";
/// Links to instances that the root page has at most.
const LINKS: usize = 12;
/// How long a name may be.
const NAME_CHARS: usize = 63;

/// Why sites cannot be served together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstanceError {
    /// A name that cannot stand in a path.
    Name(Box<str>),
    /// Two sites of one name.
    Twice(Box<str>),
}

impl fmt::Display for InstanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "serve: instance {name:?} given; write 1 to {NAME_CHARS} letters, digits, dots, hyphens and underscores, and \
                 not only dots"
            ),
            Self::Twice(name) => write!(f, "serve: instance {name:?} given twice; give each a name of its own"),
        }
    }
}

impl std::error::Error for InstanceError {}

/// Sites by name.
#[derive(Debug, Default)]
pub(super) struct Instances {
    sites: BTreeMap<Box<str>, Arc<Site>>,
}

impl Instances {
    pub(super) fn new(
        sites: impl IntoIterator<Item = (impl Into<Box<str>>, Arc<Site>)>,
    ) -> Result<Self, InstanceError> {
        let mut by_name = BTreeMap::new();
        for (name, site) in sites {
            let name = name.into();
            if !is_name(&name) {
                return Err(InstanceError::Name(name));
            }
            if by_name.contains_key(&name) {
                return Err(InstanceError::Twice(name));
            }
            by_name.insert(name, site);
        }
        Ok(Self { sites: by_name })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    pub(super) fn sites(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.sites.values()
    }

    /// The site that a path belongs to, and the rest of the path.
    pub(super) fn find<'p>(&self, path: &'p str) -> Option<(&Site, &'p str)> {
        let rest = path.strip_prefix(PREFIX)?;
        let (name, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let site = self.sites.get(name)?;
        // As relative links of the root page go by the folder they are in.
        Some((site, if path.is_empty() { "/" } else { path }))
    }

    /// What service discovery reads: each with its path, reached at `host`.
    pub(super) fn targets(&self, host: &str) -> String {
        let host = quoted(host);
        let mut list = String::from("[");
        for (name, site) in &self.sites {
            let comma = if list.len() > 1 { "," } else { "" };
            let path = quoted(&format!("{PREFIX}{name}{}", site.metrics_path()));
            // Writing to a string cannot fail.
            let _ = write!(
                list,
                "{comma}\n{{\"targets\":[{host}],\"labels\":{{\"__metrics_path__\":{path},\"instance\":\"{name}\"}}}}"
            );
        }
        list.push_str("\n]\n");
        list
    }

    /// What the root page says of them.
    pub(super) fn links(&self) -> String {
        let mut html = String::new();
        for name in self.sites.keys().take(LINKS) {
            let _ = write!(html, "<a href=\"{}{name}/\">{name}</a> ", &PREFIX[1..]);
        }
        if self.sites.len() > LINKS {
            let _ = write!(html, "and {} more: <a href=\"sd\">/sd</a>", self.sites.len() - LINKS);
        }
        html
    }

    pub(super) fn len(&self) -> usize {
        self.sites.len()
    }
}

/// Whether a name needs no escape in a path, a label or a page.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=NAME_CHARS).contains(&name.len()) && name.bytes().all(is_plain) && name.bytes().any(|byte| byte != b'.')
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_no_escape() {
        for good in ["a", "gw-001", "eu.west_1", "A9", &"x".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a\"", "%61", &"x".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_string_of_json_is_one_whatever_it_holds() {
        assert_eq!(quoted("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
    }
}
