//! The formats an exposition can be written in.

/// A text format. All of them are written by the same [`Encoder`](super::Encoder).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Prometheus text: version 0.0.4 and, with the same bytes, 1.0.0.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Text, Self::OpenMetrics];

    /// What stands behind the last family.
    pub fn tail(self) -> &'static [u8] {
        match self {
            Self::Text => b"",
            Self::OpenMetrics => b"# EOF\n",
        }
    }
}
