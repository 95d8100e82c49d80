//! The capacities of a registry: fixed when it is built, told by [`Memory`](super::Memory).

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex};

use super::created::{CreatedTimes, WallClock};
use super::error::RegisterError;
use super::sections::{SectionSet, Sections};
use super::shared::{Registry, RegistryState, RejectionRows};
use crate::clock::{Clock, SystemClock};
use crate::label::{Table, TableCapacity};
use crate::record::slab::{MAX_SLABS, Slabs};
use crate::record::{REJECTION_CELLS, SINK_CELLS, Store};
use crate::sync::{OutOfMemory, Published};

/// Series that one registry may have.
const MAX_SERIES: u32 = 1 << 23;
/// Bytes of label text that one registry may have.
const MAX_LABEL_BYTES: u32 = 1 << 31;
/// Label bytes that there is one distinct value for.
const VALUE_BYTES: u32 = 32;
/// Cells that one slab may have.
const MAX_CELLS: u32 = 1 << 28;

/// Capacities of a [`Registry`]. All of it is address space until it is used.
///
/// ```
/// # use openclaw_prometheus::Registry;
/// let registry = Registry::builder().series(100_000).label_bytes(8 << 20).slabs(16).build()?;
/// assert_eq!(registry.memory().series_bound, 100_000);
/// # Ok::<(), openclaw_prometheus::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RegistryBuilder {
    series: u32,
    reserved: u32,
    cells: Option<u32>,
    label_bytes: Option<u32>,
    slabs: u32,
    families: u32,
    family_series: Option<u32>,
    family_label_bytes: Option<u32>,
    seed: Option<u64>,
    has_prefault: bool,
    rejections: Option<Box<str>>,
    has_created: bool,
    clock: Option<WallClock>,
    section_names: &'static [&'static str],
    section_of: fn(&str) -> usize,
}

impl Default for RegistryBuilder {
    fn default() -> Self {
        Self {
            series: 8192,
            reserved: 0,
            cells: None,
            label_bytes: None,
            slabs: 32,
            families: 512,
            family_series: None,
            family_label_bytes: None,
            seed: None,
            has_prefault: false,
            rejections: Some("metrics_refused_total".into()),
            has_created: false,
            clock: None,
            section_names: &[],
            section_of: |_| 0,
        }
    }
}

/// Why a registry could not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A capacity is outside what is allowed.
    OutOfRange {
        /// The capacity.
        what: &'static str,
        /// What was given.
        given: u64,
        /// The smallest value allowed.
        least: u64,
        /// The largest value allowed.
        most: u64,
    },
    /// The system has not the memory, or the process may not have it.
    Memory {
        /// What it was to be for.
        what: &'static str,
        /// How many bytes.
        bytes: u64,
        /// The capacities that it follows.
        follows: &'static str,
    },
    /// The family that shows rejections cannot be declared.
    Rejections(RegisterError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { what, given, least, most } => {
                write!(f, "registry: {what}: {given} given; allowed are {least} to {most}")
            }
            Self::Memory { what, bytes, follows } => {
                write!(f, "registry: no memory for {what}: {bytes} bytes asked for at once; lower its {follows}")
            }
            Self::Rejections(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::OutOfRange { .. } | Self::Memory { .. } => None,
            Self::Rejections(error) => Some(error),
        }
    }
}

impl Registry {
    /// Starts a registry; see [`RegistryBuilder`] for its capacities.
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::default()
    }
}

impl RegistryBuilder {
    /// Series with labels of an open set, over all families; a histogram is one. Default 8,192.
    ///
    /// So many fit with [`cells`](Self::cells) and [`label_bytes`](Self::label_bytes) for them. By default that is so for
    /// histograms of up to 16 bounds and for 64 bytes of new label text a series, half of which one family may bring; what
    /// else runs out first is named by the rejection.
    pub fn series(mut self, series: u32) -> Self {
        self.series = series;
        self
    }

    /// Capacity for series beside those of [`series`](Self::series), for what is declared with its series and has all of them
    /// from the start. In [`Memory`](crate::Memory) they are neither bound nor use.
    pub fn reserved_series(mut self, series: u32) -> Self {
        self.reserved = series;
        self
    }

    /// Cells for all series: 1 for a counter or gauge, 2 for an in-flight count, bounds + 2 for a histogram. Default
    /// 18 for each series, and some for families of closed label sets. 8 bytes of address space each, in each slab.
    ///
    /// ```
    /// # use openclaw_prometheus::{Bounds, Registry};
    /// let bounds = Bounds::linear(0.01, 0.01, 100)?;
    /// let registry = Registry::builder().series(1000).cells(1000 * 102).build()?;
    /// let seconds = registry.histogram("call_seconds", "Length.", bounds).labels(["model"]).register()?;
    /// (0..1000).for_each(|model| seconds.with([&model.to_string()]).observe(0.5));
    /// assert_eq!(registry.rejected(), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cells(mut self, cells: u32) -> Self {
        self.cells = Some(cells);
        self
    }

    /// Bytes for the text of distinct label values, each of which takes 32 at least of the default: 64 for each series, at
    /// least 64 KiB.
    pub fn label_bytes(mut self, bytes: u32) -> Self {
        self.label_bytes = Some(bytes);
        self
    }

    /// Slabs, the shared one included: one less than the threads that record without sharing. 1 to 64, default 32.
    pub fn slabs(mut self, slabs: u32) -> Self {
        self.slabs = slabs;
        self
    }

    /// Families. Default 512.
    pub fn families(mut self, families: u32) -> Self {
        self.families = families;
        self
    }

    /// Series that one family may have unless it is declared with a bound of its own. Default: all.
    pub fn family_series(mut self, series: u32) -> Self {
        self.family_series = Some(series);
        self
    }

    /// Bytes of label text that one family may be the first to use, so that the values of one hostile label cannot
    /// take the bytes of later good ones. Default: half of all.
    pub fn family_label_bytes(mut self, bytes: u32) -> Self {
        self.family_label_bytes = Some(bytes);
        self
    }

    /// The seed of the label table's hash. Default: random, so that nobody can aim label values at its slots; fix it
    /// in tests only.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Touches the memory of the label table and of the shared slab now, all of their bound, so that no recording meets
    /// a fresh page there, not even that of a new series. [`Registry::warm_thread`] then does the same for a thread's slab.
    ///
    /// Costs the memory: what [`Registry::memory`] tells as bounds, and 8 bytes a cell for each thread that is warmed.
    pub fn prefault(mut self) -> Self {
        self.has_prefault = true;
        self
    }

    /// Names the counter family that shows rejected observations by family and reason; none blocks it out of the
    /// exposition. Default `metrics_refused_total`. [`Registry::rejected`] tells the same.
    pub fn rejections_family(mut self, name: Option<&str>) -> Self {
        self.rejections = name.map(Box::from);
        self
    }

    /// Keeps the creation time of each counter and histogram, to the millisecond, for the formats that show it
    /// (OpenMetrics: `_created`). Costs 8 bytes a series, a line a series in those formats, and a read of the clock for each
    /// reading, none for a recording. Default off.
    ///
    /// A time is that of the render before the one that found the series: never too late, and too early by one interval of
    /// the publisher at most. Series of snapshot families have none.
    pub fn created_times(mut self, is_kept: bool) -> Self {
        self.has_created = is_kept;
        self
    }

    /// The clock whose time of day [`created_times`](Self::created_times) are. Default: the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(WallClock(Arc::new(clock)));
        self
    }

    /// Cuts the families into sections, 64 at most, each family by its name into the section whose number `section_of` gives:
    /// see [`Sections`]. Default: all are in one that has no name.
    pub fn sections(mut self, names: &'static [&'static str], section_of: fn(&str) -> usize) -> Self {
        (self.section_names, self.section_of) = (names, section_of);
        self
    }

    /// Builds the registry.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for a capacity of 0 or beyond what is allowed, [`BuildError::Memory`] if there is not so
    /// much address space, [`BuildError::Rejections`] if the family that shows rejections cannot be declared.
    pub fn build(self) -> Result<Registry, BuildError> {
        in_range("series", self.series, 1, MAX_SERIES)?;
        in_range("reserved series", self.reserved, 0, MAX_SERIES)?;
        let all_series = (self.series + self.reserved).min(MAX_SERIES);
        in_range("slabs", self.slabs, 1, MAX_SLABS)?;
        in_range("families", self.families, 1, 1 << 16)?;
        in_range("sections", self.section_names.len() as u32, 0, SectionSet::MOST as u32)?;
        let label_bytes = self.label_bytes.unwrap_or(all_series.saturating_mul(64).clamp(64 << 10, MAX_LABEL_BYTES));
        in_range("label bytes", label_bytes, 1, MAX_LABEL_BYTES)?;
        let extra = SINK_CELLS + self.families * REJECTION_CELLS + 8192;
        let cells = self.cells.unwrap_or(all_series.saturating_mul(18));
        in_range("cells", cells, 1, MAX_CELLS - (1 << 21))?;
        let capacity = TableCapacity {
            series: all_series,
            cells: cells + extra,
            widest: SINK_CELLS,
            values: values(all_series, label_bytes),
            label_bytes,
            families: self.families,
        };
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one("openclaw-prometheus"));
        let table =
            Table::new(seed, capacity).map_err(no_memory("series and their labels", "series or label bytes"))?;
        let slabs = Slabs::new(self.slabs, capacity.all_cells() as usize);
        let store = Store::new(table, slabs.map_err(no_memory("cells", "series, cells or slabs"))?);
        // The sink is the first thing handed out, so it starts at cell 0.
        store.table.reserve_cells(SINK_CELLS);
        if self.has_prefault {
            store.prefault();
        }
        let clock = self.clock.unwrap_or_else(|| WallClock(Arc::new(SystemClock::new())));
        let created = self.has_created.then(|| CreatedTimes::new(clock, store.table.series_places())).transpose();
        let registry = Registry(Arc::new(RegistryState {
            store,
            families: Published::new(Arc::default()),
            declaring: Mutex::default(),
            version: AtomicU64::new(0),
            reader_process: AtomicU32::new(0),
            family_series: self.family_series.unwrap_or(u32::MAX),
            series: self.series,
            reserved: self.reserved,
            family_label_bytes: self.family_label_bytes.unwrap_or(label_bytes / 2),
            // The family that shows rejections is one more than what was asked for.
            families_bound: self.families + u32::from(self.rejections.is_some()),
            rejections: RejectionRows::default(),
            saturated: Mutex::default(),
            created: created.map_err(no_memory("creation times", "series"))?,
            sections: Arc::new(Sections::new(self.section_names, self.section_of)),
        }));
        if let Some(name) = self.rejections {
            registry.show_rejections(&name).map_err(BuildError::Rejections)?;
        }
        Ok(registry)
    }
}

/// Distinct label values that there is room for: two a series, or more where more label bytes are given, so that these are
/// what raises it. A value takes 4 bytes at least.
fn values(series: u32, label_bytes: u32) -> u32 {
    series.saturating_mul(2).max(label_bytes / VALUE_BYTES).min(label_bytes / 4).max(64)
}

fn no_memory(what: &'static str, follows: &'static str) -> impl Fn(OutOfMemory) -> BuildError {
    move |OutOfMemory { bytes }| BuildError::Memory { what, bytes: bytes as u64, follows }
}

fn in_range(what: &'static str, given: u32, least: u32, most: u32) -> Result<(), BuildError> {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(BuildError::OutOfRange { what, given: given.into(), least: least.into(), most: most.into() })
}
