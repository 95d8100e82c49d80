//! Which formats somebody takes, and when the next scrape of one is due.
//!
//! A format that nobody asked for in [`KEPT`] is not rendered, and its pages' memory is given back; the next scrape waits
//! for its page instead of loading it. Scrapes come in a rhythm, so the gzip form of a page is made just before one that
//! the last two foretell; one that comes otherwise has it made then.

use std::time::Duration;

/// How long a format is rendered after it was last asked for: longer than scrapes that come once a minute are apart.
pub(super) const KEPT: Duration = Duration::from_secs(150);

/// The demand for one format.
#[derive(Debug, Default)]
pub(super) struct Demand {
    asked_at: Option<Duration>,
    gzip_asked_at: Option<Duration>,
    /// The time between the last two scrapes that took the gzip form.
    period: Option<Duration>,
    /// The last look, and whether the gzip form was taken between each two of the last three: then it will be after this
    /// one too, however far apart looks are.
    looked_at: Option<Duration>,
    is_each_look: bool,
    /// Whether it is rendered though nobody asks.
    pub(super) is_kept: bool,
}

impl Demand {
    /// Notes, at a look, what was asked for since the look before.
    pub(super) fn note(&mut self, now: Duration, is_asked: bool, is_gzip_asked: bool) {
        if is_asked {
            self.asked_at = Some(now);
        }
        self.is_each_look = is_gzip_asked && self.looked_at.is_some() && self.gzip_asked_at == self.looked_at;
        self.looked_at = Some(now);
        if is_gzip_asked {
            self.period = self.gzip_asked_at.map(|before| now.saturating_sub(before));
            self.gzip_asked_at = Some(now);
        }
    }

    /// Whether the format is to be rendered.
    pub(super) fn is_in_use(&self, now: Duration) -> bool {
        self.is_kept || self.asked_at.is_some_and(|at| now.saturating_sub(at) < KEPT)
    }

    /// Whether the page of this look is the one that the next scrape will take, and in its gzip form.
    pub(super) fn is_gzip_due(&self, now: Duration, interval: Duration) -> bool {
        if self.is_each_look {
            return true;
        }
        let (Some(at), Some(period)) = (self.gzip_asked_at, self.period) else { return false };
        // A scrape noticed at `at` took the page of the look before; the next one comes a period later.
        let page_at = (at + period).saturating_sub(interval);
        now + interval / 2 >= page_at && now < page_at + interval / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Runs looks once a second, with scrapes at the given seconds and a half; the looks whose page was packed ahead.
    fn foretold(scrapes: &[u64], looks: u64) -> Vec<u64> {
        let mut demand = Demand::default();
        let mut foretold = Vec::new();
        for look in 0..looks {
            // A scrape at 3.5 is noticed by look 4.
            let is_asked = scrapes.contains(&(look.wrapping_sub(1)));
            demand.note(SECOND * look as u32, is_asked, is_asked);
            if demand.is_gzip_due(SECOND * look as u32, SECOND) {
                foretold.push(look);
            }
        }
        foretold
    }

    #[test]
    fn the_page_of_a_regular_scrape_is_packed_ahead_and_no_other() {
        assert_eq!(foretold(&[0, 15, 30, 45], 50), [30, 45]);
    }

    #[test]
    fn a_scrape_each_tick_has_every_page_packed() {
        assert_eq!(foretold(&[0, 1, 2, 3, 4, 5], 6), [2, 3, 4, 5]);
    }

    #[test]
    fn looks_that_are_late_foretell_too() {
        let mut demand = Demand::default();
        // Each takes three intervals.
        for look in 0..10 {
            demand.note(SECOND * 3 * look, true, true);
            assert_eq!(demand.is_gzip_due(SECOND * 3 * look, SECOND), look > 0, "{look}");
        }
        demand.note(SECOND * 30, false, false);
        assert!(!demand.is_gzip_due(SECOND * 30, SECOND));
    }

    #[test]
    fn one_scrape_foretells_nothing_and_a_missed_one_is_foretold_once() {
        assert_eq!(foretold(&[3], 100), [0; 0]);
        assert_eq!(foretold(&[3, 13], 100), [23]);
    }

    #[test]
    fn a_format_is_in_use_for_a_while_after_it_was_asked_for() {
        let mut demand = Demand::default();
        assert!(!demand.is_in_use(Duration::ZERO));
        demand.note(SECOND, true, false);
        assert!(demand.is_in_use(SECOND) && demand.is_in_use(SECOND * 120) && !demand.is_in_use(SECOND + KEPT));
        demand.is_kept = true;
        assert!(demand.is_in_use(SECOND * 10_000));
    }
}
