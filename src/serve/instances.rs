//! Several sites behind one address: each under `/i/NAME`, and at `/sd` the list of them that Prometheus' HTTP service
//! discovery reads (its documentation, "HTTP service discovery": an array of `targets` and `labels`).

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::landing::escaped;
use crate::encode::json::Json;
use crate::sync::OutOfMemory;

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
#[derive(Debug)]
pub(super) struct Instances<S> {
    by_name: BTreeMap<Box<str>, Instance<S>>,
}

#[derive(Debug)]
struct Instance<S> {
    site: Arc<S>,
    /// Where its exposition is, below its own prefix.
    metrics_path: Box<str>,
}

impl<S> Default for Instances<S> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new() }
    }
}

impl<S> Instances<S> {
    /// Takes one more.
    pub(super) fn add(&mut self, name: Box<str>, site: Arc<S>, metrics_path: &str) -> Result<(), InstanceError> {
        if !is_name(&name) {
            return Err(InstanceError::Name(name));
        }
        if self.by_name.contains_key(&name) {
            return Err(InstanceError::Twice(name));
        }
        self.by_name.insert(name, Instance { site, metrics_path: metrics_path.into() });
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(super) fn sites(&self) -> impl Iterator<Item = &Arc<S>> {
        self.by_name.values().map(|instance| &instance.site)
    }

    /// The site that a path belongs to, and the rest of the path.
    pub(super) fn find<'p>(&self, path: &'p str) -> Option<(&S, &'p str)> {
        let rest = path.strip_prefix(PREFIX)?;
        // With the slash: relative links of its root page go by the folder that they are in.
        let (name, path) = rest.split_at(rest.find('/')?);
        Some((&self.by_name.get(name)?.site, path))
    }

    /// What service discovery reads: each with its path below `prefix`, reached at `host`.
    pub(super) fn targets(&self, host: &str, prefix: &str) -> Result<Vec<u8>, OutOfMemory> {
        let mut json = Json::default();
        json.array(|json| {
            for (name, instance) in &self.by_name {
                json.object(|json| {
                    json.key("targets").texts([host]);
                    json.key("labels").object(|json| {
                        json.key("__metrics_path__").text(&format!("{prefix}{PREFIX}{name}{}", instance.metrics_path));
                        json.key("instance").text(name);
                    });
                });
            }
        });
        json.into_bytes()
    }

    /// What the root page says of them: how many there are, and links to some, which begin with `root`.
    pub(super) fn links(&self, root: &str) -> (usize, String) {
        let (root, mut html) = (escaped(root), String::new());
        for name in self.by_name.keys().take(LINKS) {
            let _ = write!(html, "<a href=\"{root}{PREFIX}{name}/\">{name}</a> ");
        }
        if self.by_name.len() > LINKS {
            let _ = write!(html, "and {} more: <a href=\"{root}/sd\">/sd</a>", self.by_name.len() - LINKS);
        }
        (self.by_name.len(), html)
    }
}

/// Whether a name needs no escape in a path, a label or a page.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=NAME_CHARS).contains(&name.len()) && name.bytes().all(is_plain) && name.bytes().any(|byte| byte != b'.')
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
    fn the_list_is_json_whatever_the_host_is_called() {
        let mut instances = Instances::default();
        instances.add("attic".into(), Arc::new(()), "/metrics").unwrap();
        let list = instances.targets("a\"b\\c\n<d", "/below").unwrap();
        assert_eq!(
            String::from_utf8(list).unwrap(),
            "[{\"targets\":[\"a\\\"b\\\\c\\n\\u003cd\"],\
             \"labels\":{\"__metrics_path__\":\"/below/i/attic/metrics\",\"instance\":\"attic\"}}]"
        );
    }
}
