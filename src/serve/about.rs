//! What a site says of itself, on its landing page and in `/health`.

/// What a site says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The program's name.
    pub name: Box<str>,
    /// Its version.
    pub version: Box<str>,
    /// One sentence on what it shows.
    pub description: Box<str>,
}

impl About {
    /// A program with a name, a version, and a sentence on what it shows.
    pub fn new(name: &str, version: &str, description: &str) -> Self {
        Self { name: name.into(), version: version.into(), description: description.into() }
    }
}

impl Default for About {
    fn default() -> Self {
        Self::new("metrics", "", "Metrics for Prometheus.")
    }
}
