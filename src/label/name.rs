//! Names that are legal by construction.
//!
//! The rules are those of the Prometheus data model (metric names and labels) and of its text format: `__` starts
//! names that belong to Prometheus, `le` and `quantile` belong to histograms and summaries.

use std::fmt;

/// A metric name: ASCII letters, digits, `_` and `:`, not starting with a digit.
///
/// ```
/// use openclaw_prometheus::MetricName;
/// assert_eq!(MetricName::new("calls_total")?.as_str(), "calls_total");
/// assert!(MetricName::new("calls-total").is_err());
/// # Ok::<(), openclaw_prometheus::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricName(Box<str>);

/// A label name: ASCII letters, digits and `_`, not starting with a digit or `__`, and neither `le` nor `quantile`.
///
/// ```
/// use openclaw_prometheus::LabelName;
/// assert_eq!(LabelName::new("model")?.as_str(), "model");
/// assert!(LabelName::new("le").is_err());
/// # Ok::<(), openclaw_prometheus::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelName(Box<str>);

/// Why a name was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// The metric name is empty or holds a character that is not allowed.
    Metric(Box<str>),
    /// The counter's name is `_total` and nothing else: without its ending, as OpenMetrics and some readers of text name a
    /// counter, it has none.
    EndingAlone(Box<str>),
    /// The label name is empty or holds a character that is not allowed.
    Label(Box<str>),
    /// The label name belongs to Prometheus.
    ReservedLabel(Box<str>),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(name) => {
                write!(f, "{name:?} is not a metric name; allowed are a-z A-Z 0-9 _ : and no digit in front")
            }
            Self::EndingAlone(name) => {
                write!(f, "{name:?} is a counter's ending and no name; put one in front of it")
            }
            Self::Label(name) => {
                write!(f, "{name:?} is not a label name; allowed are a-z A-Z 0-9 _ and no digit in front")
            }
            Self::ReservedLabel(name) => {
                write!(f, "the label {name:?} is reserved (le, quantile and names starting with __); choose another")
            }
        }
    }
}

impl std::error::Error for NameError {}

impl MetricName {
    /// Takes `name` if it is legal.
    ///
    /// # Errors
    /// [`NameError::Metric`] if it is not.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if is_name(name, |byte| byte == b':') { Ok(Self(name.into())) } else { Err(NameError::Metric(name.into())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LabelName {
    /// Takes `name` if it is legal and not reserved.
    ///
    /// # Errors
    /// [`NameError::Label`] or [`NameError::ReservedLabel`].
    pub fn new(name: &str) -> Result<Self, NameError> {
        if !is_name(name, |_| false) {
            Err(NameError::Label(name.into()))
        } else if name.starts_with("__") || name == "le" || name == "quantile" {
            Err(NameError::ReservedLabel(name.into()))
        } else {
            Ok(Self(name.into()))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_name(name: &str, is_extra: fn(u8) -> bool) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || is_extra(byte);
    name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && name.bytes().all(is_legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_names_follow_the_data_model() {
        for good in ["a", "_", ":", "a:b_c9", "openclaw_run_completed_total"] {
            assert!(MetricName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "9a", "a-b", "a b", "a\n", "é", "a{", "a\0"] {
            assert!(MetricName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn label_names_that_belong_to_prometheus_are_rejected() {
        for reserved in ["__name__", "__x", "le", "quantile"] {
            assert_eq!(LabelName::new(reserved), Err(NameError::ReservedLabel(reserved.into())));
        }
        for bad in ["", "a:b", "1a", "a-b"] {
            assert_eq!(LabelName::new(bad), Err(NameError::Label(bad.into())));
        }
        assert!(LabelName::new("_private").is_ok());
    }
}
