//! The reader: cells folded over the slabs into values, series sorted into blocks.
//!
//! A [`Reader`] keeps what it read. At each look it takes the marks that recording left, folds the marked groups of 16
//! cells again, and notes which series changed. Series lie in blocks: sorted runs of one family, small enough that an
//! encoder can make the text of one anew, so that a new series costs one block and not the page.
//!
//! What holds in every reading: counters never fall, a histogram's count is the sum of the buckets that were read, an
//! in-flight count is never below 0. Looking costs memory traffic only; no recording thread waits or notices.

use std::cmp::Ordering as Order;
use std::sync::Arc;
use std::time::Duration;

use super::block::{BLOCK_BYTES, BLOCK_SERIES, Block};
use super::idle::{FEW_SLABS, Settled};
use super::reading::Reading;
use crate::label::RejectReason;
use crate::record::UNSET;
use crate::record::slab::{ALL_GROUPS, CHUNK_CELLS, GROUP_CELLS, bits};
use crate::registry::Registry;
use crate::registry::created::{Created, Look};
use crate::registry::family::{FamilyInfo, MetricKind, Source};
use crate::registry::snapshot::Row;
use crate::sync::Relaxed;

/// Groups of a chunk from which on all of it is summed, slab by slab.
const MANY_GROUPS: u32 = 8;
/// New series of a look that room is kept for.
const USUAL: usize = 1024;
/// Bytes estimated per line beside name and labels.
const LINE_BYTES: usize = 24;

/// Folds a registry's cells and keeps its series in order.
#[derive(Debug)]
pub struct Reader {
    registry: Registry,
    /// Whether this reader takes marks; a reader that does not looks at everything.
    takes_marks: bool,
    pub(super) tick: u64,
    /// The look that last found anything changed.
    pub(super) last_change: u64,
    /// This look, where creation times are kept.
    look: Option<Look>,
    version: Option<u64>,
    pub(super) families: Vec<ReadFamily>,
    /// Table family number to index in `families`.
    by_table: Vec<u32>,
    pub(super) blocks: Vec<Block>,
    free_blocks: Vec<u32>,
    /// Blocks as they are written: families by name, series by labels.
    pub(super) order: Vec<u32>,
    is_order_stale: bool,
    /// For each cell the bits of the spot of the series that starts there. Plain words, so that pages of cells without a
    /// series are never touched.
    spots: Vec<u32>,
    /// For each cell its value, folded.
    pub(super) values: Vec<u64>,
    settled: Settled,
    /// First cells of series that are new in this look.
    fresh: Vec<u32>,
    /// Blocks whose series moved in this look.
    moved: Vec<u32>,
    /// Cells of gauges, looked at each time: setting one blocks no mark.
    gauges: Vec<u32>,
    /// Gauges that were never set; not in a block yet.
    unset: Vec<Series>,
    /// Table series numbers looked at so far, and those of them that were not complete.
    walked: u32,
    incomplete: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct ReadFamily {
    pub(super) info: Arc<FamilyInfo>,
    /// In order; never empty while the family exists.
    blocks: Vec<u32>,
    /// A snapshot's version and rows.
    rows_version: Option<u64>,
    pub(super) rows: Arc<[Row]>,
    is_gone: bool,
}

/// Where the labels and the value of a series are.
#[derive(Debug, Clone, Copy)]
struct Series {
    family: u32,
    /// Its number in the label table, in its closed set, or among the snapshot's rows.
    number: u32,
    /// Its first cell; unused in a snapshot.
    cell: u32,
}

/// Where a series is: its block and its place there, and whether it is a counter of whole amounts, of which there are
/// the most. 0 for none.
#[derive(Debug, Clone, Copy)]
struct Spot(u32);

impl Spot {
    const COUNTER: u32 = 1 << 31;
    /// Blocks at most: as many as there can be series and families in a registry, and more.
    const MAX_LEAVES: usize = (1 << 23) - 1;

    fn new(block: u32, place: usize, kind: MetricKind) -> Self {
        let counter = if kind == MetricKind::Counter { Self::COUNTER } else { 0 };
        Self(counter | ((block << 8 | place as u32) + 1))
    }

    #[inline(always)]
    fn is_none(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    fn is_counter(self) -> bool {
        self.0 & Self::COUNTER != 0
    }

    /// The block and the place; for a spot that is one.
    #[inline(always)]
    fn place(self) -> (usize, u8) {
        let place = (self.0 & !Self::COUNTER) - 1;
        ((place >> 8) as usize, place as u8)
    }
}

impl Registry {
    /// The reader for a publisher. It takes the marks that recording blocks, so there is one at a time.
    pub fn reader(&self) -> Option<Reader> {
        self.take_marks().then(|| Reader::new(self, true))
    }

    /// A reader for one look at everything, beside any publisher.
    pub fn reader_once(&self) -> Reader {
        Reader::new(self, false)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.takes_marks {
            self.registry.give_marks_back();
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
            look: None,
            version: None,
            families: Vec::new(),
            by_table: Vec::new(),
            blocks: Vec::new(),
            free_blocks: Vec::new(),
            order: Vec::new(),
            is_order_stale: false,
            spots: vec![0; cells],
            values: vec![0; cells],
            settled: Settled::new(cells),
            fresh: Vec::new(),
            moved: Vec::new(),
            gauges: Vec::new(),
            unset: Vec::new(),
            walked: 0,
            incomplete: Vec::new(),
        }
    }

    /// Looks once: new families and series, and every value that changed.
    pub fn read(&mut self) -> Reading<'_> {
        self.tick += 1;
        self.look = self.registry.created().map(Created::begin);
        self.registry.read_rejections();
        self.find_families();
        self.find_series();
        if let (Some(created), Some(look)) = (self.registry.created(), self.look) {
            created.end(look);
        }
        self.find_rows();
        self.find_gauges();
        self.settle_moved();
        self.read_gauges();
        self.read_chunks();
        if self.is_order_stale {
            self.sort_blocks();
            self.last_change = self.tick;
        }
        Reading { reader: self }
    }

    /// The last reading once more, without looking.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading { reader: self }
    }

    /// What a family rejected so far, by reason; reasons at 0 are left out.
    pub(super) fn rejected(&self, info: &FamilyInfo) -> Vec<(RejectReason, u64)> {
        self.registry.rejected_of(info)
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
                self.free_blocks.append(&mut family.blocks);
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
        let block = self.new_block(family, &info);
        self.blocks[block as usize].is_first = true;
        let (blocks, rows) = (vec![block], Arc::default());
        let read = ReadFamily { info: info.clone(), blocks, rows_version: None, rows, is_gone: false };
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
                if let Some(look) = self.look {
                    info.created.note(look);
                }
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
                if let (Some(created), Some(look)) = (self.registry.created(), self.look) {
                    created.note_series(number, look);
                }
                self.add_series(*family, number, cell);
                true
            }
            _ => false,
        }
    }

    fn add_series(&mut self, family: u32, number: u32, cell: u32) {
        let series = Series { family, number, cell };
        let info = &self.families[family as usize].info;
        match (info.kind, &info.source) {
            (_, Source::Snapshot(_)) => self.place_series(series),
            (MetricKind::Gauge, _) => self.unset.push(series),
            _ => {
                self.fresh.push(cell);
                self.place_series(series);
            }
        }
    }

    /// Puts a series into the block it belongs to.
    fn place_series(&mut self, series: Series) {
        let blocks = &self.families[series.family as usize].blocks;
        let index = blocks.partition_point(|block| {
            let first = self.blocks[*block as usize].numbers.first();
            first.is_some_and(|first| self.compare(series.family, *first, series.number) == Order::Less)
        });
        let index = index.saturating_sub(1);
        let block = blocks[index];
        let numbers = &self.blocks[block as usize].numbers;
        let place = numbers.partition_point(|other| self.compare(series.family, *other, series.number) == Order::Less);
        let bytes = self.series_bytes(series.family, series.number);
        let target = &mut self.blocks[block as usize];
        target.insert(place, series.number, series.cell, bytes);
        let is_full = target.len() > BLOCK_SERIES || target.bytes > BLOCK_BYTES && target.len() > 1;
        self.note_moved(block);
        if is_full && self.blocks.len() < Spot::MAX_LEAVES {
            self.split(block, index);
        }
    }

    /// Moves the upper half of a block into one of its own.
    fn split(&mut self, block: u32, index: usize) {
        let family = self.blocks[block as usize].family;
        let info = self.families[family as usize].info.clone();
        let upper = self.new_block(family, &info);
        let (numbers, cells) = self.blocks[block as usize].split_off();
        let bytes = numbers.iter().map(|number| self.series_bytes(family, *number)).sum();
        self.blocks[block as usize].bytes -= bytes;
        let target = &mut self.blocks[upper as usize];
        (target.numbers, target.cells, target.bytes) = (numbers, cells, bytes);
        self.note_moved(upper);
        self.families[family as usize].blocks.insert(index + 1, upper);
        self.is_order_stale = true;
    }

    fn new_block(&mut self, family: u32, info: &FamilyInfo) -> u32 {
        let block = Block::new(family, info.kind, info.width() as u32, self.tick);
        match self.free_blocks.pop() {
            Some(free) => {
                self.blocks[free as usize] = block;
                free
            }
            None => {
                self.blocks.push(block);
                self.blocks.len() as u32 - 1
            }
        }
    }

    /// Takes all series of a snapshot family out of its blocks and keeps the first block, empty.
    fn forget_series(&mut self, family: u32) {
        let blocks = std::mem::take(&mut self.families[family as usize].blocks);
        for block in &blocks {
            self.blocks[*block as usize].clear();
            self.note_moved(*block);
        }
        self.families[family as usize].blocks = blocks;
        let rest = self.families[family as usize].blocks.split_off(1);
        self.is_order_stale |= !rest.is_empty();
        self.free_blocks.extend(rest);
    }

    fn note_moved(&mut self, block: u32) {
        self.last_change = self.tick;
        let target = &mut self.blocks[block as usize];
        if !target.is_moved {
            target.is_moved = true;
            self.moved.push(block);
        }
    }

    /// Tells the cells of series that moved where their series are now.
    fn settle_moved(&mut self) {
        for block in self.moved.drain(..) {
            let target = &mut self.blocks[block as usize];
            target.is_moved = false;
            target.note_shape(self.tick);
            if let Source::Snapshot(_) = self.families[target.family as usize].info.source {
                continue;
            }
            for (place, cell) in target.cells.iter().enumerate() {
                self.spots[*cell as usize] = Spot::new(block, place, target.kind).0;
            }
        }
    }

    fn series_bytes(&self, family: u32, number: u32) -> usize {
        let info = &self.families[family as usize].info;
        let labels: usize = (0..info.labels.len())
            .map(|label| info.labels[label].as_str().len() + 4 + self.label(family, number, label).len())
            .sum();
        let created = usize::from(self.look.is_some() && info.has_created());
        let lines = created + info.bounds.as_ref().map_or(1, |bounds| bounds.as_slice().len() + 3);
        lines * (info.name.len() + labels + LINE_BYTES)
    }

    fn compare(&self, family: u32, a: u32, b: u32) -> Order {
        let labels = self.families[family as usize].info.labels.len();
        (0..labels)
            .map(|label| self.label(family, a, label).cmp(self.label(family, b, label)))
            .find(|order| order.is_ne())
            .unwrap_or(Order::Equal)
    }

    /// When a series was created.
    pub(super) fn created(&self, family: u32, number: u32) -> Option<Duration> {
        let created = self.registry.created()?;
        let info = &self.families[family as usize].info;
        match info.source {
            _ if !info.has_created() => None,
            Source::Table { .. } => created.series(number),
            Source::Closed { .. } => info.created.get(),
            Source::Snapshot(_) => None,
        }
    }

    /// A label value of a series.
    pub(super) fn label(&self, family: u32, number: u32, label: usize) -> &str {
        let family = &self.families[family as usize];
        match &family.info.source {
            Source::Table { .. } => self.registry.store().table.series_values(number).nth(label).unwrap_or_default(),
            Source::Closed { value, .. } => value(number as usize, label),
            Source::Snapshot(_) => {
                family.rows.get(number as usize).and_then(|row| row.labels.get(label)).map_or("", |text| text)
            }
        }
    }

    fn sort_blocks(&mut self) {
        let mut families: Vec<&ReadFamily> = self.families.iter().filter(|family| !family.is_gone).collect();
        families.sort_by(|a, b| a.info.name.cmp(&b.info.name));
        self.order.clear();
        self.order.extend(families.iter().flat_map(|family| &family.blocks));
        self.is_order_stale = false;
    }

    /// Snapshots that were replaced.
    fn find_rows(&mut self) {
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

    /// Gauges that were set for the first time.
    fn find_gauges(&mut self) {
        let registry = self.registry.clone();
        let mut unset = std::mem::take(&mut self.unset);
        unset.retain(|series| {
            let is_set = registry.store().slabs.shared(series.cell).load(Relaxed) != UNSET;
            if is_set {
                self.gauges.push(series.cell);
                self.place_series(*series);
            }
            !is_set
        });
        self.unset = unset;
    }

    // --- values

    fn read_gauges(&mut self) {
        let slabs = &self.registry.store().slabs;
        for cell in &self.gauges {
            let cell = *cell as usize;
            if replace(&mut self.values[cell], slabs.shared(cell as u32).load(Relaxed)) {
                note_change(&mut self.blocks, Spot(self.spots[cell]), self.tick);
                self.last_change = self.tick;
            }
        }
    }

    fn read_chunks(&mut self) {
        let registry = self.registry.clone();
        let store = registry.store();
        let in_use = store.slabs.in_use();
        let chunks = (store.table.cells_high() as usize).div_ceil(CHUNK_CELLS);
        for chunk in 0..chunks {
            if !self.takes_marks {
                self.read_chunk(chunk, ALL_GROUPS, in_use, in_use);
                continue;
            }
            let (groups, marked) = store.slabs.take_marks(in_use, chunk);
            if groups != 0 {
                let touched = store.slabs.touched(chunk);
                let unsettled = self.settled.settle(&store.slabs, chunk, touched, marked);
                self.read_chunk(chunk, groups, touched, unsettled);
            }
        }
        // The mark of a new series may have gone to an earlier look. Only slabs whose marks were taken are folded here
        // too: a slab that is counted once must be counted ever after.
        let mut fresh = std::mem::take(&mut self.fresh);
        for cell in fresh.drain(..) {
            let touched = if self.takes_marks { store.slabs.touched(cell as usize / CHUNK_CELLS) } else { in_use };
            self.fold(cell, touched);
        }
        // The first look finds many, later ones few.
        fresh.shrink_to(USUAL);
        self.fresh = fresh;
    }

    /// Reads `groups` of a chunk that slabs have `touched`; of those the `unsettled` are added to what is settled.
    fn read_chunk(&mut self, chunk: usize, groups: u64, touched: u64, unsettled: u64) {
        let first = chunk * CHUNK_CELLS;
        let has_settled = unsettled != touched;
        if unsettled.count_ones() > FEW_SLABS && groups.count_ones() >= MANY_GROUPS {
            let mut sums = [0; CHUNK_CELLS];
            self.registry.store().slabs.add_chunk(unsettled, chunk, &mut sums);
            for group in bits(groups) {
                let start = group as usize * GROUP_CELLS;
                if let Some(sums) = sums.get(start..).and_then(|sums| sums.first_chunk()) {
                    self.read_group(first + start, *sums, has_settled, touched);
                }
            }
        } else {
            for group in bits(groups) {
                let start = first + group as usize * GROUP_CELLS;
                let sums = self.registry.store().slabs.fold_wholes(unsettled, start as u32);
                self.read_group(start, sums, has_settled, touched);
            }
        }
    }

    /// Reads the series that start in the group of cells from `first` on, whose unsettled slabs come to `sums`.
    #[inline(always)]
    fn read_group(&mut self, first: usize, mut sums: [u64; GROUP_CELLS], has_settled: bool, touched: u64) {
        let Some(spots) = self.spots.get(first..).and_then(|spots| spots.first_chunk::<GROUP_CELLS>()) else { return };
        let values = self.values.get_mut(first..).and_then(|values| values.first_chunk_mut::<GROUP_CELLS>());
        let Some(values) = values else { return };
        if has_settled && let Some(settled) = self.settled.sums.get(first..) {
            sums.iter_mut().zip(settled).for_each(|(sum, settled)| *sum = sum.wrapping_add(*settled));
        }
        // Counters of whole amounts are the most there are, and ready in the sums.
        let mut others = 0u64;
        for offset in 0..GROUP_CELLS {
            let spot = Spot(spots[offset]);
            if spot.is_counter() {
                if replace(&mut values[offset], sums[offset]) {
                    note_change(&mut self.blocks, spot, self.tick);
                    self.last_change = self.tick;
                }
            } else if !spot.is_none() {
                others |= 1 << offset;
            }
        }
        for cell in bits(others).map(|offset| first + offset as usize) {
            if self.fold(cell as u32, touched) {
                note_change(&mut self.blocks, Spot(self.spots[cell]), self.tick);
                self.last_change = self.tick;
            }
        }
    }

    /// Folds the cells of the series that starts at `cell` over `touched` slabs and tells whether anything changed.
    fn fold(&mut self, cell: u32, touched: u64) -> bool {
        let (block, _) = Spot(self.spots[cell as usize]).place();
        let Block { kind, width, .. } = self.blocks[block];
        let slabs = &self.registry.store().slabs;
        let values = &mut self.values[cell as usize..][..width as usize];
        match kind {
            MetricKind::Counter => replace(&mut values[0], slabs.fold_whole(touched, cell)),
            MetricKind::CounterF64 => replace(&mut values[0], slabs.fold_fraction(touched, cell)),
            MetricKind::InFlight => replace(&mut values[0], slabs.fold_in_flight(cell)),
            MetricKind::Histogram => {
                let (sum, buckets) = values.split_at_mut(1);
                let mut is_changed = replace(&mut sum[0], slabs.fold_fraction(touched, cell));
                for (from, buckets) in (cell + 1..).step_by(GROUP_CELLS).zip(buckets.chunks_mut(GROUP_CELLS)) {
                    for (bucket, now) in buckets.iter_mut().zip(slabs.fold_wholes(touched, from)) {
                        is_changed |= replace(bucket, now);
                    }
                }
                is_changed
            }
            MetricKind::Gauge => replace(&mut values[0], slabs.shared(cell).load(Relaxed)),
        }
    }
}

/// Notes that the value of the series at `spot` changed.
#[inline(always)]
fn note_change(blocks: &mut [Block], spot: Spot, tick: u64) {
    let (block, place) = spot.place();
    if let Some(block) = blocks.get_mut(block) {
        block.note_change(place, tick);
    }
}

fn replace(value: &mut u64, new: u64) -> bool {
    std::mem::replace(value, new) != new
}
