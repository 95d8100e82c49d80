//! The work: label values, the order in which series are met, observed values, and series for pages.
//!
//! All of it is the same in each run, and for each peer.

use std::sync::LazyLock;

/// Names of the three labels.
pub const LABELS: [&str; 3] = ["provider", "model", "outcome"];
/// How often an order or a list of values repeats. A power of two.
pub const CYCLE: usize = 4096;
/// Upper bounds of the histograms in milliseconds, for peers that count whole units; [`BOUNDS`] in seconds.
pub const BOUNDS_MS: [u64; 16] =
    [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000];
/// Upper bounds of the histograms in seconds.
pub const BOUNDS: [f64; 16] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// How many values each of three labels has. Series are all combinations.
#[derive(Debug, Clone, Copy)]
pub struct Grid(pub [usize; 3]);

/// 256 series, found by their labels.
pub const LOOKUP: Grid = Grid([8, 16, 2]);
/// The series of a small page.
pub const PAGE_2K: Grid = Grid([16, 16, 8]);
/// The series of a middling page.
pub const PAGE_20K: Grid = Grid([50, 20, 20]);
/// The series of a large page.
pub const PAGE_200K: Grid = Grid([50, 200, 20]);
/// Histograms of a page.
pub const HISTOGRAMS: Grid = Grid([10, 10, 5]);

impl Grid {
    /// How many series there are.
    pub fn count(self) -> usize {
        self.0.iter().product()
    }

    /// The label values of a series.
    pub fn labels(self, index: usize) -> [String; 3] {
        let [a, b, _] = self.0;
        [format!("provider-{}", index % a), format!("model-{}", index / a % b), format!("outcome-{}", index / (a * b))]
    }

    /// The values of label number `label`.
    pub fn values(self, label: usize) -> impl Iterator<Item = String> {
        let name = LABELS[label];
        (0..self.0[label]).map(move |value| format!("{name}-{value}"))
    }

    /// All series.
    pub fn all(self) -> impl Iterator<Item = [String; 3]> {
        (0..self.count()).map(move |index| self.labels(index))
    }
}

/// What series number `index` of a page starts at.
pub fn start(index: usize) -> u64 {
    (index * 7919 % 1_000_000) as u64
}

/// A generator of numbers that look random (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.draw() % bound as u64) as usize
    }
}

/// The label values of the 256 series.
pub static KEYS: LazyLock<Vec<[String; 3]>> = LazyLock::new(|| LOOKUP.all().collect());

/// A random order of the 256 series.
pub static ORDER: LazyLock<[u8; CYCLE]> = LazyLock::new(|| {
    let mut random = Random(1);
    std::array::from_fn(|_| random.below(256) as u8)
});

/// Values between 1 ms and 20 minutes, each magnitude as likely as the others, in whole milliseconds.
pub static MILLIS: LazyLock<[u64; CYCLE]> = LazyLock::new(|| {
    let mut random = Random(2);
    std::array::from_fn(|_| {
        let unit = random.below(1 << 24) as f64 / (1 << 24) as f64;
        (unit * 1_200_000f64.ln()).exp() as u64
    })
});

/// The same values in seconds.
pub static SECONDS: LazyLock<[f64; CYCLE]> = LazyLock::new(|| std::array::from_fn(|at| MILLIS[at] as f64 / 1000.0));

/// What one thread's operations take, by their number; threads start apart.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    keys: &'static [[String; 3]],
    order: &'static [u8; CYCLE],
    seconds: &'static [f64; CYCLE],
    millis: &'static [u64; CYCLE],
    offset: usize,
}

impl Work {
    /// The work of thread number `thread`.
    pub fn of(thread: usize) -> Self {
        Self { keys: &KEYS, order: &ORDER, seconds: &SECONDS, millis: &MILLIS, offset: thread * 509 }
    }

    /// The label values of the series that operation number `at` meets.
    #[inline(always)]
    pub fn key(&self, at: u64) -> [&'static str; 3] {
        let [a, b, c] = &self.keys[self.number(at)];
        [a, b, c]
    }

    /// The series that operation number `at` meets.
    #[inline(always)]
    pub fn number(&self, at: u64) -> usize {
        usize::from(self.order[self.place(at)])
    }

    /// The value that operation number `at` observes, in seconds.
    #[inline(always)]
    pub fn seconds(&self, at: u64) -> f64 {
        self.seconds[self.place(at)]
    }

    /// The same value in milliseconds.
    #[inline(always)]
    pub fn millis(&self, at: u64) -> u64 {
        self.millis[self.place(at)]
    }

    #[inline(always)]
    fn place(&self, at: u64) -> usize {
        (at as usize + self.offset) % CYCLE
    }
}
