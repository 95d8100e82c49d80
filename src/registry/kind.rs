//! The kinds of families, and what the exposition formats call them.

/// The kind of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// Whole amounts that add up.
    Counter,
    /// Fractional amounts that add up.
    CounterF64,
    /// The last value set.
    Gauge,
    /// Starts less ends.
    InFlight,
    /// Buckets and a sum.
    Histogram,
}

impl MetricKind {
    /// The type's name in the exposition formats: `counter`, `gauge` or `histogram`.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Counter | Self::CounterF64 => "counter",
            Self::Gauge | Self::InFlight => "gauge",
            Self::Histogram => "histogram",
        }
    }
}
