//! Sections: families of a registry that are shown, left out and asked for together.
//!
//! Each family belongs to one, by its name, from when it is declared. What is hidden is on no page and in no view from the next
//! reading on; it is recorded and folded as before, so that it is whole when it is shown again.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Some of a registry's sections, by their numbers.
///
/// ```
/// use openclaw_prometheus::SectionSet;
/// let some = SectionSet::NONE.with(0).with(5);
/// assert!(some.contains(5) && !some.contains(1) && some.complement().contains(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SectionSet(u64);

impl SectionSet {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// How many sections a registry may have.
    pub const MOST: usize = u64::BITS as usize;

    /// The same, and section number `section`.
    #[must_use]
    pub const fn with(self, section: usize) -> Self {
        Self(self.0 | 1 << (section % Self::MOST))
    }

    /// All others.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// Whether section number `section` is one of them.
    pub const fn contains(self, section: usize) -> bool {
        self.0 >> (section % Self::MOST) & 1 == 1
    }
}

/// How the families of a registry are cut into sections, and which of these are hidden.
///
/// ```
/// use openclaw_prometheus::{Registry, SectionSet, encode};
///
/// let section_of = |family: &str| usize::from(family.starts_with("job_"));
/// let registry = Registry::builder().sections(&["http", "jobs"], section_of).rejections_family(None).build()?;
/// registry.counter("requests_total", "Requests.").register()?;
/// registry.counter("job_runs_total", "Runs of jobs.").register()?;
/// let jobs = registry.sections().find("jobs").ok_or("no such section")?;
/// registry.sections().hide(SectionSet::NONE.with(jobs));
/// assert_eq!(encode::text(&registry).lines().last(), Some("requests_total 0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sections {
    names: &'static [&'static str],
    section_of: fn(&str) -> usize,
    /// Relaxed: a reading goes by what it finds, and orders nothing by it.
    hidden: AtomicU64,
}

impl fmt::Debug for Sections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { names, hidden, .. } = self;
        f.debug_struct("Sections").field("names", names).field("hidden", hidden).finish_non_exhaustive()
    }
}

impl Sections {
    pub(super) fn new(names: &'static [&'static str], section_of: fn(&str) -> usize) -> Self {
        Self { names, section_of, hidden: AtomicU64::new(0) }
    }

    /// Their names, by number. None of a registry that was built without sections: all its families are in one.
    pub fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// The number of the section with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }

    /// Hides these sections and no others, from the next reading on.
    pub fn hide(&self, sections: SectionSet) {
        self.hidden.store(sections.0, Ordering::Relaxed);
    }

    /// What is hidden.
    pub fn hidden(&self) -> SectionSet {
        SectionSet(self.hidden.load(Ordering::Relaxed))
    }

    /// The names of these.
    pub fn hidden_names(&self) -> impl Iterator<Item = &'static str> {
        let hidden = self.hidden();
        self.names.iter().enumerate().filter(move |(section, _)| hidden.contains(*section)).map(|(_, name)| *name)
    }

    /// The section of a family. What names none that is there is in the last one.
    pub(super) fn of(&self, family: &str) -> u8 {
        (self.section_of)(family).min(self.names.len().saturating_sub(1)) as u8
    }
}
