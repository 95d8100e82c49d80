//! Why a family could not be declared, in words for who declares it.

use std::fmt;

use super::kind::MetricKind;
use crate::label::NameError;

/// Why a family could not be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The family's name or one of its labels' is not legal.
    Name {
        /// The family.
        family: Box<str>,
        /// What is wrong.
        error: NameError,
    },
    /// A label is named twice.
    LabelTwice {
        /// The family.
        family: Box<str>,
        /// The label.
        label: Box<str>,
    },
    /// Closed labels give two of their combinations the same values.
    SeriesTwice {
        /// The family.
        family: Box<str>,
        /// The labels of the series, as they are written.
        series: Box<str>,
    },
    /// The family exists and is another.
    Different {
        /// The family.
        family: Box<str>,
        /// What it was declared as.
        was: Box<str>,
        /// What it is declared as now.
        now: Box<str>,
    },
    /// The family, or a sample of it, would have the name of another family's in one of the formats.
    Collides {
        /// The family.
        family: Box<str>,
        /// The other one.
        other: Box<str>,
        /// The name they would share.
        name: Box<str>,
    },
    /// The unit does not end the family's name.
    Unit {
        /// The family.
        family: Box<str>,
        /// The unit.
        unit: Box<str>,
    },
    /// The registry has no capacity for another family.
    Full {
        /// The family.
        family: Box<str>,
        /// What is used up.
        what: &'static str,
    },
    /// The system has not the memory, or the process may not have it.
    Memory {
        /// The family.
        family: Box<str>,
        /// How many bytes were asked for at once.
        bytes: u64,
    },
    /// The kind cannot be replaced whole.
    NotASnapshotKind {
        /// The family.
        family: Box<str>,
        /// The kind.
        kind: MetricKind,
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { family, error } => write!(f, "registry: family `{family}`: {error}"),
            Self::LabelTwice { family, label } => {
                write!(f, "registry: family `{family}`: the label `{label}` is named twice; labels are distinct")
            }
            Self::SeriesTwice { family, series } => {
                write!(
                    f,
                    "registry: family `{family}` would have the series {{{series}}} twice; give each combination of closed \
                     labels values of its own"
                )
            }
            Self::Different { family, was, now } => {
                write!(f, "registry: family `{family}` was registered as {was} and now as {now}")
            }
            Self::Collides { family, other, name } => {
                write!(f, "registry: families `{family}` and `{other}` would both write `{name}`; rename one")
            }
            Self::Unit { family, unit } => {
                write!(
                    f,
                    "registry: family `{family}` does not end in its unit {unit:?}; end the name in `_`, the unit and, \
                     for a counter, `_total`"
                )
            }
            Self::Full { family, what } => {
                write!(f, "registry: no room for family `{family}`: raise the registry's {what}")
            }
            Self::Memory { family, bytes } => {
                write!(
                    f,
                    "registry: no memory for family `{family}`: {bytes} bytes asked for at once; let the process have more, \
                     or declare less"
                )
            }
            Self::NotASnapshotKind { family, kind } => {
                write!(f, "registry: family `{family}`: a snapshot is a Gauge or a CounterF64, not a {kind:?}")
            }
        }
    }
}

impl std::error::Error for RegisterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name { error, .. } => Some(error),
            Self::LabelTwice { .. }
            | Self::SeriesTwice { .. }
            | Self::Different { .. }
            | Self::Collides { .. }
            | Self::Unit { .. }
            | Self::Full { .. }
            | Self::Memory { .. }
            | Self::NotASnapshotKind { .. } => None,
        }
    }
}
