//! What texts of the demo's data stand for, by when they are played: see `data/make_demo.py`.

use serde_json::{Number, Value};

const DAY_MS: f64 = 86_400_000.0;

/// How often each of the cast has played its part, all and each for itself: a fault may have one play more often, or not at all.
#[derive(Debug, Clone, Default)]
pub(super) struct Rounds {
    pub(super) all: f64,
    pub(super) of: Vec<f64>,
}

impl Rounds {
    /// So much for each round that is over, and so much more.
    pub(super) fn times(&self, amount: &str) -> Option<Value> {
        let (amount, more) = amount.split_once('+').unwrap_or((amount, "0"));
        let times = if amount.contains(':') {
            let mut sum = 0.0;
            for share in amount.split(',') {
                let (who, amount) = share.split_once(':')?;
                sum += amount.parse::<f64>().ok()? * self.of.get(who.parse::<usize>().ok()?)?;
            }
            sum
        } else {
            amount.parse::<f64>().ok()? * self.all
        };
        Some(number(times + more.parse::<f64>().ok()?))
    }
}

/// A round, of which events tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Rounds that are over.
    pub(super) round: u64,
    /// When it began, since 1970.
    pub(super) began_ms: f64,
    pub(super) speed: f64,
    /// How much later than it stands there something happens.
    pub(super) late_ms: f64,
    /// Which copy it is of what happens once; 0 for that itself.
    pub(super) copy: u32,
}

impl Moment {
    /// When it is so long after the round began, since 1970.
    pub(super) fn at_ms(&self, ms: f64) -> f64 {
        (self.began_ms + (ms + self.late_ms) / self.speed).round()
    }

    pub(super) fn fill(&self, text: &str, rounds: &Rounds) -> Option<Value> {
        if let Some(name) = text.strip_suffix('#') {
            let Self { round, copy, .. } = self;
            return Some(if *copy == 0 { format!("{name}.{round}") } else { format!("{name}.{round}.{copy}") }.into());
        }
        match text.split_at_checked(1)? {
            ("@", ms) => Some(number(self.at_ms(ms.parse().ok()?))),
            ("*", amount) => rounds.times(amount),
            _ => None,
        }
    }
}

/// The moment of an answer.
#[derive(Debug)]
pub(super) struct Now<'r> {
    pub(super) unix_ms: f64,
    pub(super) uptime_ms: f64,
    pub(super) rounds: &'r Rounds,
}

impl Now<'_> {
    pub(super) fn fill(&self, text: &str) -> Option<Value> {
        match text.split_at_checked(1)? {
            ("@", "today") => Some(date(self.unix_ms).into()),
            ("@", "yesterday") => Some(date(self.unix_ms - DAY_MS).into()),
            ("@", ms) => Some(number((self.unix_ms + ms.parse::<f64>().ok()?).round())),
            ("*", amount) => self.rounds.times(amount),
            ("^", "") => Some(number(self.uptime_ms.round())),
            _ => None,
        }
    }
}

/// A value in which texts are filled in.
pub(super) fn filled(value: &Value, fill: &impl Fn(&str) -> Option<Value>) -> Value {
    match value {
        Value::String(text) => fill(text).unwrap_or_else(|| value.clone()),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), filled(value, fill))).collect(),
        other => other.clone(),
    }
}

pub(super) fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// The date in UTC: days are counted from March, so that the odd one is the year's last.
fn date(unix_ms: f64) -> String {
    let days = (unix_ms / DAY_MS).floor() as i64 + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    format!("{:04}-{month:02}-{day:02}", year_of_era + era * 400 + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (unix, expected) in [
            (0.0, "1970-01-01"),
            (951_782_400.0, "2000-02-29"),
            (1_795_359_000.0, "2026-11-22"),
            (4_107_542_399.0, "2100-02-28"),
        ] {
            assert_eq!(date(unix * 1e3), expected);
        }
    }

    #[test]
    fn an_amount_goes_by_the_rounds_of_those_it_is_of() {
        let rounds = Rounds { all: 3.0, of: vec![3.0, 0.0, 10.0] };
        for (amount, expected) in [("2", 6.0), ("2+1", 7.0), ("0:2,2:0.5", 11.0), ("1:9", 0.0), ("0", 0.0)] {
            assert_eq!(rounds.times(amount), Some(number(expected)), "{amount}");
        }
        for bad in ["", "a", "7:1", "0:x", "1+", ":"] {
            assert_eq!(rounds.times(bad), None, "{bad}");
        }
    }
}
