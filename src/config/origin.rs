//! Where the value of each key came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::key::Key;

/// Where a value came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody gave one.
    #[default]
    Default,
    /// A text or a parsed value, as a host passes it.
    Value,
    /// A file.
    File(PathBuf),
    /// A variable of the environment, by its name.
    Variable(String),
    /// A flag of the command line, with its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Value => f.write_str("value"),
            Self::File(file) => write!(f, "file {}", file.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Where the values of a configuration came from, key by key. It is no part of the configuration: two that say the same are
/// equal, wherever it was said.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    given: BTreeMap<&'static str, Origin>,
}

impl Origins {
    /// Where the value of this key came from.
    pub fn of(&self, key: &Key) -> &Origin {
        self.given.get(key.name()).unwrap_or(&Origin::Default)
    }

    pub(super) fn note(&mut self, key: &'static str, origin: Origin) {
        self.given.insert(key, origin);
    }
}
