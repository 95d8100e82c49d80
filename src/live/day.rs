//! When the Gateway's day began, which its answers do not tell: they name the date, and that changes at midnight.
//!
//! Where the Gateway is, a day begins at a full quarter of an hour of everybody's. So the quarter in which the date was seen to
//! change is known, if it was asked often enough; before a midnight was seen nothing is.

/// Days of all time zones begin at multiples of it.
const QUARTER: f64 = 900.0;
/// Whoever did not look for so many seconds has missed the change.
const MISSED: f64 = 60.0;

/// The Gateway's day.
#[derive(Debug, Default)]
pub(super) struct Day {
    date: Option<Box<str>>,
    /// When that was seen last, since 1970.
    seen_at: f64,
    /// When it began.
    pub(super) from: Option<f64>,
}

impl Day {
    /// Takes in the date at a time, and how many seconds there are between two questions for it.
    pub(super) fn look(&mut self, date: Option<Box<str>>, interval: Option<f64>, unix: f64) {
        let Some(date) = date else { return };
        if self.date.as_ref() != Some(&date) {
            let was_seen = self.date.is_some() && unix - self.seen_at <= MISSED;
            let is_sure = was_seen && interval.is_some_and(|interval| interval < QUARTER);
            self.from = is_sure.then(|| (unix / QUARTER).floor() * QUARTER);
            self.date = Some(date);
        }
        self.seen_at = unix;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_began_in_the_quarter_of_an_hour_in_which_its_date_was_first_seen() {
        let midnight = 1_795_000_500.0;
        let mut day = Day::default();
        let mut look = |date: Option<&str>, interval: f64, at: f64| {
            day.look(date.map(Box::from), Some(interval), midnight + at);
            day.from
        };
        assert_eq!(look(Some("2026-11-18"), 30.0, -40.0), None, "nobody saw it begin");
        assert_eq!(look(Some("2026-11-18"), 30.0, 20.0), None, "an answer of before is shown for a while");
        assert_eq!(look(Some("2026-11-19"), 30.0, 21.0), Some(midnight));
        assert_eq!(look(None, 30.0, 3_600.0), Some(midnight));
        assert_eq!(look(Some("2026-11-19"), 30.0, 7_200.0), Some(midnight));
        assert_eq!(look(Some("2026-11-20"), 30.0, 90_000.0), None, "it was not looked at when it began");
        assert_eq!(look(Some("2026-11-20"), 1_800.0, 172_790.0), None);
        assert_eq!(look(Some("2026-11-21"), 1_800.0, 172_820.0), None, "the answer may be as late as that");
    }
}
