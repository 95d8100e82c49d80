//! Reading: cells folded over the slabs into values, series sorted into leaves.
//!
//! A [`Reader`] keeps what it read. At each look it takes the marks that recording left, folds the marked blocks of 64
//! cells again, and notes which series changed. Series lie in leaves: sorted runs of one family, small enough that an
//! encoder can make the text of one anew, so that a new series or a wider number costs one leaf and not the page.
//!
//! What holds in every reading: counters never fall, a histogram's count is the sum of the buckets that were read, an
//! in-flight count is never below 0. Looking costs memory traffic only; no recording thread waits or notices.

use std::cmp::Ordering as Order;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Registry;
use super::family::{FamilyInfo, Kind, Source};
use super::snapshot::Row;
use crate::record::slab::{BLOCK_CELLS, bits};
use crate::record::{UNSET, gauge_value};
use crate::sync::Relaxed;

/// Text that a leaf should hold at most, estimated.
const LEAF_BYTES: usize = 16 << 10;
/// Bytes estimated per line beside name and labels.
const LINE_BYTES: usize = 24;

/// Marks, in `Reader::starts`, a counter of whole amounts.
const COUNTER: u32 = 1 << 31;

/// Folds a registry's cells and keeps its series in order.
#[derive(Debug)]
pub struct Reader {
    registry: Registry,
    /// Whether this reader takes marks; a reader that does not looks at everything.
    takes_marks: bool,
    tick: u64,
    /// The look that last found anything changed.
    last_change: u64,
    version: Option<u64>,
    families: Vec<ReadFamily>,
    /// Table family number to index in `families`.
    by_table: Vec<u32>,
    series: Vec<Series>,
    free_series: Vec<u32>,
    leaves: Vec<Leaf>,
    free_leaves: Vec<u32>,
    /// Leaves as they are written: families by name, series by labels.
    order: Vec<u32>,
    is_order_stale: bool,
    /// For each cell the series that starts there, plus 1, and COUNTER if that is a counter of whole amounts.
    starts: Vec<u32>,
    /// For each cell its value, folded.
    values: Vec<u64>,
    /// Series that are new in this look.
    fresh: Vec<u32>,
    /// Gauges, looked at each time: setting one leaves no mark.
    gauges: Vec<u32>,
    /// Gauges that were never set; not in a leaf yet.
    unset: Vec<u32>,
    /// Table series numbers looked at so far, and those of them that were not complete.
    walked: u32,
    incomplete: Vec<u32>,
}

#[derive(Debug)]
struct ReadFamily {
    info: Arc<FamilyInfo>,
    /// In order; never empty while the family exists.
    leaves: Vec<u32>,
    /// A snapshot's version and rows.
    rows_version: Option<u64>,
    rows: Arc<[Row]>,
    is_gone: bool,
}

/// Where the labels and the value of a series are.
#[derive(Debug, Clone, Copy)]
struct Series {
    family: u32,
    leaf: u32,
    /// Its number in the label table, in its closed set, or among the snapshot's rows.
    number: u32,
    /// Its first cell; unused in a snapshot.
    cell: u32,
    kind: Kind,
    /// Its cells.
    width: u16,
    changed: u64,
}

/// A sorted run of one family's series.
#[derive(Debug, Default)]
pub struct Leaf {
    family: u32,
    series: Vec<u32>,
    /// The first cell of each.
    cells: Vec<u32>,
    /// Estimated bytes of text.
    bytes: usize,
    /// The look at which a value last changed.
    changed: u64,
    /// The look at which the set of series last changed.
    shape: u64,
    /// Whether it comes first in its family.
    is_first: bool,
}

/// The value of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A counter of whole amounts, or an in-flight count.
    Whole(u64),
    /// A counter of fractional amounts, or a gauge.
    Fraction(f64),
    /// Observations per bucket, not cumulated, the last beyond all bounds; and their sum.
    Histogram {
        /// Observations per bucket.
        buckets: &'a [u64],
        /// Sum of the observed values.
        sum: f64,
    },
}

impl Registry {
    /// The reader for a publisher. It takes the marks that recording leaves, so there is one at a time.
    pub fn reader(&self) -> Option<Reader> {
        // ORDERING: Acquire pairs with the Release in the last reader's `drop`: the marks it took are in `touched`.
        let is_ours = !self.0.has_reader.swap(true, Ordering::Acquire);
        is_ours.then(|| Reader::new(self, true))
    }

    /// A reader for one look at everything, beside any publisher.
    pub fn reader_once(&self) -> Reader {
        Reader::new(self, false)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.takes_marks {
            // ORDERING: Release pairs with the Acquire in `reader`.
            self.registry.0.has_reader.store(false, Ordering::Release);
        }
    }
}

impl Reader {
    fn new(registry: &Registry, takes_marks: bool) -> Self {
        let cells = registry.store().slabs.stride();
        Self {
            registry: registry.clone(),
            takes_marks,
            tick: 0,
            last_change: 0,
            version: None,
            families: Vec::new(),
            by_table: Vec::new(),
            series: Vec::new(),
            free_series: Vec::new(),
            leaves: Vec::new(),
            free_leaves: Vec::new(),
            order: Vec::new(),
            is_order_stale: false,
            starts: vec![0; cells],
            values: vec![0; cells],
            fresh: Vec::new(),
            gauges: Vec::new(),
            unset: Vec::new(),
            walked: 0,
            incomplete: Vec::new(),
        }
    }

    /// Looks once: new families and series, and every value that changed.
    pub fn read(&mut self) -> Reading<'_> {
        self.tick += 1;
        self.registry.read_refusals();
        self.find_families();
        self.find_series();
        self.read_snapshots();
        self.read_gauges();
        self.read_blocks();
        if self.is_order_stale {
            self.sort_leaves();
            self.last_change = self.tick;
        }
        Reading { reader: self }
    }

    // --- families

    fn find_families(&mut self) {
        let version = self.registry.version();
        if self.version == Some(version) {
            return;
        }
        self.version = Some(version);
        let registry = self.registry.clone();
        let infos = registry.families();
        for index in 0..self.families.len() {
            let is_here = infos.iter().any(|info| Arc::ptr_eq(info, &self.families[index].info));
            if !is_here && !self.families[index].is_gone {
                self.forget_series(index as u32);
                let family = &mut self.families[index];
                family.is_gone = true;
                self.free_leaves.append(&mut family.leaves);
                self.is_order_stale = true;
            }
        }
        for info in infos.iter() {
            if !self.families.iter().any(|family| Arc::ptr_eq(&family.info, info)) {
                self.add_family(info.clone());
            }
        }
    }

    fn add_family(&mut self, info: Arc<FamilyInfo>) {
        let gone = self.families.iter().position(|family| family.is_gone);
        let family = gone.unwrap_or(self.families.len()) as u32;
        let leaf = self.new_leaf(family);
        self.leaves[leaf as usize].is_first = true;
        let (leaves, rows) = (vec![leaf], Arc::default());
        let read = ReadFamily { info: info.clone(), leaves, rows_version: None, rows, is_gone: false };
        match gone {
            Some(index) => self.families[index] = read,
            None => self.families.push(read),
        }
        self.is_order_stale = true;
        match info.source {
            Source::Table { family: number, .. } => {
                let number = number as usize;
                self.by_table.resize(self.by_table.len().max(number + 1), u32::MAX);
                self.by_table[number] = family;
            }
            Source::Closed { first, count, .. } => {
                for number in 0..count {
                    self.add_series(family, number, first + number * info.width() as u32);
                }
            }
            Source::Snapshot(_) => {}
        }
    }

    // --- series

    fn find_series(&mut self) {
        let registry = self.registry.clone();
        let table = &registry.store().table;
        let mut waiting = std::mem::take(&mut self.incomplete);
        waiting.retain(|number| !self.take_series(*number, table.series(*number)));
        self.incomplete = waiting;
        let high = table.series_high();
        for number in self.walked..high {
            if !self.take_series(number, table.series(number)) {
                self.incomplete.push(number);
            }
        }
        self.walked = high;
    }

    /// Adds a series of the label table. False while it, or what this reader knows of its family, is incomplete.
    fn take_series(&mut self, number: u32, place: Option<(u32, u32)>) -> bool {
        let Some((table_family, cell)) = place else { return false };
        match self.by_table.get(table_family as usize) {
            Some(family) if *family != u32::MAX => {
                self.add_series(*family, number, cell);
                true
            }
            _ => false,
        }
    }

    fn add_series(&mut self, family: u32, number: u32, cell: u32) {
        let info = &self.families[family as usize].info;
        let (kind, width) = (info.kind, info.width() as u16);
        let series = Series { family, leaf: u32::MAX, number, cell, kind, width, changed: self.tick };
        let id = self.free_series.pop().unwrap_or_else(|| {
            self.series.push(series);
            self.series.len() as u32 - 1
        });
        self.series[id as usize] = series;
        let info = &self.families[family as usize].info;
        match (info.kind, &info.source) {
            (_, Source::Snapshot(_)) => self.place_series(id),
            (Kind::Gauge, _) => self.unset.push(id),
            _ => {
                self.starts[cell as usize] = if kind == Kind::Counter { COUNTER | (id + 1) } else { id + 1 };
                self.fresh.push(id);
                self.place_series(id);
            }
        }
    }

    /// Puts a series into the leaf it belongs to.
    fn place_series(&mut self, id: u32) {
        let family = self.series[id as usize].family as usize;
        let leaves = &self.families[family].leaves;
        let place = leaves.partition_point(|leaf| {
            self.leaves[*leaf as usize].series.first().is_some_and(|first| self.compare(*first, id) == Order::Less)
        });
        let leaf = leaves[place.saturating_sub(1)];
        let at = self.leaves[leaf as usize].series.partition_point(|other| self.compare(*other, id) == Order::Less);
        let bytes = self.series_bytes(id);
        let tick = self.tick;
        self.last_change = tick;
        let target = &mut self.leaves[leaf as usize];
        target.series.insert(at, id);
        target.cells.insert(at, self.series[id as usize].cell);
        target.bytes += bytes;
        target.shape = tick;
        target.changed = tick;
        self.series[id as usize].leaf = leaf;
        if self.leaves[leaf as usize].bytes > LEAF_BYTES && self.leaves[leaf as usize].series.len() > 1 {
            self.split(leaf, place.saturating_sub(1));
        }
    }

    /// Moves the upper half of a leaf into one of its own.
    fn split(&mut self, leaf: u32, place: usize) {
        let family = self.leaves[leaf as usize].family;
        let upper = self.new_leaf(family);
        let lower = &mut self.leaves[leaf as usize];
        let half = lower.series.len() / 2;
        let (moved, cells) = (lower.series.split_off(half), lower.cells.split_off(half));
        lower.shape = self.tick;
        for id in &moved {
            self.series[*id as usize].leaf = upper;
        }
        let bytes = moved.iter().map(|id| self.series_bytes(*id)).sum();
        self.leaves[leaf as usize].bytes -= bytes;
        let target = &mut self.leaves[upper as usize];
        target.bytes = bytes;
        target.series.extend(moved);
        target.cells.extend(cells);
        self.families[family as usize].leaves.insert(place + 1, upper);
        self.is_order_stale = true;
    }

    fn new_leaf(&mut self, family: u32) -> u32 {
        let leaf = self.free_leaves.pop().unwrap_or_else(|| {
            self.leaves.push(Leaf::default());
            self.leaves.len() as u32 - 1
        });
        let target = &mut self.leaves[leaf as usize];
        target.series.clear();
        target.cells.clear();
        let (series, cells) = (std::mem::take(&mut target.series), std::mem::take(&mut target.cells));
        *target = Leaf { family, series, cells, ..Leaf::default() };
        target.shape = self.tick;
        target.changed = self.tick;
        leaf
    }

    /// Takes all series of a family out of its leaves and keeps the first leaf, empty.
    fn forget_series(&mut self, family: u32) {
        self.last_change = self.tick;
        let leaves = std::mem::take(&mut self.families[family as usize].leaves);
        for leaf in &leaves {
            let target = &mut self.leaves[*leaf as usize];
            self.free_series.append(&mut target.series);
            target.cells.clear();
            target.bytes = 0;
            target.shape = self.tick;
            target.changed = self.tick;
        }
        self.families[family as usize].leaves = leaves;
        let rest = self.families[family as usize].leaves.split_off(1);
        self.is_order_stale |= !rest.is_empty();
        self.free_leaves.extend(rest);
    }

    fn series_bytes(&self, id: u32) -> usize {
        let info = &self.families[self.series[id as usize].family as usize].info;
        let labels: usize = (0..info.labels.len())
            .map(|label| info.labels[label].as_str().len() + 4 + self.label(id, label).len())
            .sum();
        let lines = info.bounds.as_ref().map_or(1, |bounds| bounds.as_slice().len() + 3);
        lines * (info.name.len() + labels + LINE_BYTES)
    }

    fn compare(&self, a: u32, b: u32) -> Order {
        let labels = self.families[self.series[a as usize].family as usize].info.labels.len();
        (0..labels)
            .map(|label| self.label(a, label).cmp(self.label(b, label)))
            .find(|order| order.is_ne())
            .unwrap_or(Order::Equal)
    }

    /// A label value of a series.
    fn label(&self, id: u32, label: usize) -> &str {
        let series = &self.series[id as usize];
        let family = &self.families[series.family as usize];
        match &family.info.source {
            Source::Table { .. } => {
                self.registry.store().table.series_values(series.number).nth(label).unwrap_or_default()
            }
            Source::Closed { value, .. } => value(series.number as usize, label),
            Source::Snapshot(_) => {
                family.rows.get(series.number as usize).and_then(|row| row.labels.get(label)).map_or("", |text| text)
            }
        }
    }

    fn sort_leaves(&mut self) {
        let mut families: Vec<&ReadFamily> = self.families.iter().filter(|family| !family.is_gone).collect();
        families.sort_by(|a, b| a.info.name.cmp(&b.info.name));
        self.order.clear();
        self.order.extend(families.iter().flat_map(|family| &family.leaves));
        self.is_order_stale = false;
    }

    // --- values

    fn read_snapshots(&mut self) {
        for family in 0..self.families.len() {
            let Source::Snapshot(rows) = &self.families[family].info.source else { continue };
            if self.families[family].is_gone || self.families[family].rows_version == Some(rows.version()) {
                continue;
            }
            // The version first: rows that come in between are read now and once more, never missed.
            let (version, current) = (rows.version(), rows.current());
            debug_assert!(current.iter().all(|row| row.labels.len() == rows.arity()));
            self.forget_series(family as u32);
            self.families[family].rows_version = Some(version);
            self.families[family].rows = current.clone();
            for number in 0..current.len() {
                self.add_series(family as u32, number as u32, 0);
            }
        }
    }

    fn read_gauges(&mut self) {
        let registry = self.registry.clone();
        let slabs = &registry.store().slabs;
        let mut unset = std::mem::take(&mut self.unset);
        unset.retain(|id| {
            let cell = self.series[*id as usize].cell;
            let is_set = slabs.shared(cell).load(Relaxed) != UNSET;
            if is_set {
                self.gauges.push(*id);
                self.place_series(*id);
            }
            !is_set
        });
        self.unset = unset;
        for index in 0..self.gauges.len() {
            let id = self.gauges[index];
            let cell = self.series[id as usize].cell;
            let value = slabs.shared(cell).load(Relaxed);
            if self.values[cell as usize] != value {
                self.values[cell as usize] = value;
                self.note_change(id);
            }
        }
    }

    fn read_blocks(&mut self) {
        let registry = self.registry.clone();
        let store = registry.store();
        let in_use = store.slabs.in_use();
        let blocks = (store.table.cells_high() as usize).div_ceil(BLOCK_CELLS);
        for block in 0..blocks {
            if !self.takes_marks {
                self.read_block(block, in_use);
            } else if bits(in_use).fold(false, |is_marked, slab| store.slabs.take_mark(slab, block) | is_marked) {
                self.read_block(block, store.slabs.touched(block));
            }
        }
        // The mark of a new series may have gone to an earlier look. Only slabs whose marks were taken are folded here
        // too: a slab that is counted once must be counted ever after.
        let mut fresh = std::mem::take(&mut self.fresh);
        for id in fresh.drain(..) {
            let block = self.series[id as usize].cell as usize / BLOCK_CELLS;
            self.fold(id, if self.takes_marks { store.slabs.touched(block) } else { in_use });
        }
        self.fresh = fresh;
    }

    fn read_block(&mut self, block: usize, touched: u64) {
        let first = block * BLOCK_CELLS;
        let mut sums = [0; BLOCK_CELLS];
        self.registry.store().slabs.add_block(touched, block, &mut sums);
        for (offset, sum) in sums.into_iter().enumerate() {
            let start = self.starts[first + offset];
            if start & COUNTER != 0 {
                // Counters of whole amounts are the most there are, and ready in the sums.
                if replace(&mut self.values[first + offset], sum) {
                    self.note_change((start & !COUNTER) - 1);
                }
            } else if let Some(id) = start.checked_sub(1)
                && self.fold(id, touched)
            {
                self.note_change(id);
            }
        }
    }

    fn note_change(&mut self, id: u32) {
        self.last_change = self.tick;
        let series = &mut self.series[id as usize];
        series.changed = self.tick;
        if let Some(leaf) = self.leaves.get_mut(series.leaf as usize) {
            leaf.changed = self.tick;
        }
    }

    /// Folds the cells of a series over `touched` slabs and tells whether anything changed.
    fn fold(&mut self, id: u32, touched: u64) -> bool {
        let Series { kind, width, cell, .. } = self.series[id as usize];
        let slabs = &self.registry.store().slabs;
        let values = &mut self.values[cell as usize..][..width as usize];
        match kind {
            Kind::Counter => replace(&mut values[0], slabs.fold_whole(touched, cell)),
            Kind::CounterF64 => replace(&mut values[0], slabs.fold_fraction(touched, cell)),
            Kind::InFlight => replace(&mut values[0], slabs.fold_in_flight(cell)),
            Kind::Histogram => {
                let mut is_changed = replace(&mut values[0], slabs.fold_fraction(touched, cell));
                for (bucket, value) in (1..).zip(&mut values[1..]) {
                    is_changed |= replace(value, slabs.fold_whole(touched, cell + bucket));
                }
                is_changed
            }
            Kind::Gauge => replace(&mut values[0], slabs.shared(cell).load(Relaxed)),
        }
    }
}

fn replace(value: &mut u64, new: u64) -> bool {
    std::mem::replace(value, new) != new
}

/// One look, in the order in which it is written: families by name, series by label values.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    reader: &'a Reader,
}

impl<'a> Reading<'a> {
    /// The number of this look, from 1.
    pub fn tick(&self) -> u64 {
        self.reader.tick
    }

    /// The last look that found anything changed.
    pub fn last_change(&self) -> u64 {
        self.reader.last_change
    }

    /// The leaves in order, by number. A number names the same leaf until the leaf's shape changes.
    pub fn order(&self) -> &'a [u32] {
        &self.reader.order
    }

    /// One more than the largest leaf number.
    pub fn leaf_count(&self) -> usize {
        self.reader.leaves.len()
    }

    /// A leaf by number.
    pub fn leaf(&self, leaf: u32) -> &'a Leaf {
        &self.reader.leaves[leaf as usize]
    }

    /// The number of a leaf's family, and the family.
    pub fn family(&self, leaf: &Leaf) -> (u32, &'a FamilyInfo) {
        (leaf.family, &self.reader.families[leaf.family as usize].info)
    }

    /// The value of a label of a series.
    pub fn label(&self, series: u32, label: usize) -> &'a str {
        self.reader.label(series, label)
    }

    /// The look at which the value of a series last changed.
    pub fn changed(&self, series: u32) -> u64 {
        self.reader.series[series as usize].changed
    }

    /// The value of a series.
    pub fn value(&self, series: u32) -> Value<'a> {
        let Series { family, cell, number, kind, width, .. } = self.reader.series[series as usize];
        let family = &self.reader.families[family as usize];
        if let Source::Snapshot(_) = family.info.source {
            return Value::Fraction(family.rows.get(number as usize).map_or(0.0, |row| row.value));
        }
        let values = &self.reader.values[cell as usize..][..width as usize];
        match kind {
            Kind::Counter | Kind::InFlight => Value::Whole(values[0]),
            Kind::CounterF64 => Value::Fraction(f64::from_bits(values[0])),
            Kind::Gauge => Value::Fraction(gauge_value(values[0]).unwrap_or(f64::NAN)),
            Kind::Histogram => Value::Histogram { buckets: &values[1..], sum: f64::from_bits(values[0]) },
        }
    }

    /// For a leaf of whole numbers their values, in order; none for other kinds.
    pub fn wholes(&self, leaf: &'a Leaf) -> Option<impl Iterator<Item = u64> + use<'a>> {
        let Reader { families, values, .. } = self.reader;
        let is_whole = matches!(families[leaf.family as usize].info.kind, Kind::Counter | Kind::InFlight);
        is_whole.then(move || leaf.cells.iter().map(move |cell| values[*cell as usize]))
    }
}

impl Leaf {
    /// Its series, in order.
    pub fn series(&self) -> &[u32] {
        &self.series
    }

    /// The look at which a value last changed.
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// The look at which the set of series last changed.
    pub fn shape(&self) -> u64 {
        self.shape
    }

    /// Whether the family's HELP and TYPE belong before it.
    pub fn is_first(&self) -> bool {
        self.is_first
    }
}
