//! A histogram of latencies: 16 buckets an octave, so a quantile is right to 6 %.

/// Buckets per octave.
const PER_OCTAVE: u64 = 16;

/// Counts of nanoseconds.
#[derive(Debug, Clone)]
pub struct Latencies {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { buckets: vec![0; 64 * PER_OCTAVE as usize], count: 0, max: 0 }
    }
}

impl Latencies {
    /// Counts one.
    pub fn record(&mut self, nanoseconds: u64) {
        self.buckets[Self::bucket(nanoseconds)] += 1;
        self.count += 1;
        self.max = self.max.max(nanoseconds);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The largest.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// An upper bound of the given share of what was counted.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Self::upper(bucket as u64).min(self.max);
            }
        }
        self.max
    }

    fn bucket(value: u64) -> usize {
        if value < PER_OCTAVE {
            return value as usize;
        }
        let octave = u64::from(63 - value.leading_zeros()) - u64::from(PER_OCTAVE.trailing_zeros());
        ((octave + 1) * PER_OCTAVE + (value >> octave) - PER_OCTAVE) as usize
    }

    fn upper(bucket: u64) -> u64 {
        if bucket < PER_OCTAVE {
            return bucket;
        }
        let octave = bucket / PER_OCTAVE - 1;
        ((bucket % PER_OCTAVE + PER_OCTAVE + 1) << octave) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_at_most_a_sixteenth_below_its_buckets_upper_bound() {
        for value in (0..100_000).chain((20..60).map(|shift| 12_345 << (shift - 15))) {
            let upper = Latencies::upper(Latencies::bucket(value) as u64);
            assert!(value <= upper && upper <= value + value / 16 + 1, "{value} {upper}");
        }
    }

    #[test]
    fn quantiles_are_of_what_was_counted() {
        let mut latencies = Latencies::default();
        (1..=1000).for_each(|value| latencies.record(value));
        assert!((500..=532).contains(&latencies.quantile(0.5)));
        assert_eq!(latencies.quantile(1.0), 1000);
    }
}
