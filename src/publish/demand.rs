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
    /// The last render, and whether the gzip form was taken between each two of the last three: then it will be after this
    /// one too, however far apart renders are.
    rendered_at: Option<Duration>,
    is_each_render: bool,
    /// Whether it is rendered though nobody asks.
    pub(super) is_kept: bool,
}

impl Demand {
    /// Notes, at a render, what was asked for since the render before.
    pub(super) fn note(&mut self, now: Duration, is_asked: bool, is_gzip_asked: bool) {
        if is_asked {
            self.asked_at = Some(now);
        }
        self.is_each_render = is_gzip_asked && self.rendered_at.is_some() && self.gzip_asked_at == self.rendered_at;
        self.rendered_at = Some(now);
        if is_gzip_asked {
            self.period = self.gzip_asked_at.map(|before| now.saturating_sub(before));
            self.gzip_asked_at = Some(now);
        }
    }

    /// Whether the format is to be rendered.
    pub(super) fn is_in_use(&self, now: Duration) -> bool {
        self.is_kept || self.asked_at.is_some_and(|at| now.saturating_sub(at) < KEPT)
    }

    /// Whether the page of this render is the one that the next scrape will take, and in its gzip form.
    pub(super) fn is_gzip_due(&self, now: Duration, interval: Duration) -> bool {
        if self.is_each_render {
            return true;
        }
        let (Some(at), Some(period)) = (self.gzip_asked_at, self.period) else { return false };
        // A scrape noticed at `at` took the page of the render before; the next one comes a period later.
        let page_at = at.saturating_add(period).saturating_sub(interval);
        now.saturating_add(interval / 2) >= page_at && now < page_at.saturating_add(interval / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Runs renders once a second, with scrapes at the given seconds and a half; the renders whose page was compressed ahead.
    fn foretold(scrapes: &[u64], renders: u64) -> Vec<u64> {
        let mut demand = Demand::default();
        let mut foretold = Vec::new();
        for render in 0..renders {
            // A scrape at 3.5 is noticed by render 4.
            let is_asked = scrapes.contains(&(render.wrapping_sub(1)));
            demand.note(SECOND * render as u32, is_asked, is_asked);
            if demand.is_gzip_due(SECOND * render as u32, SECOND) {
                foretold.push(render);
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
    fn renders_that_are_late_foretell_too() {
        let mut demand = Demand::default();
        // Each takes three intervals.
        for render in 0..10 {
            demand.note(SECOND * 3 * render, true, true);
            assert_eq!(demand.is_gzip_due(SECOND * 3 * render, SECOND), render > 0, "{render}");
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
