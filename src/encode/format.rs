//! The formats an exposition can be written in: what there is to say of each is said here, once.
//!
//! Encoder, publisher, negotiation, configuration, self-metrics, probe and tests read it from [`Format::ALL`] and
//! [`Format::info`]. Where a format needs code of its own, a `match` without `_` asks for it.

/// What there is to say of a format.
#[derive(Debug)]
#[non_exhaustive]
pub struct FormatInfo {
    /// Its name in metrics, in reports and on the command line: `openmetrics`.
    pub name: &'static str,
    /// Its name in sentences: `OpenMetrics`.
    pub title: &'static str,
    /// Whether it is lines of UTF-8. What is not is given to those alone who ask for it by name.
    pub is_text: bool,
    /// Its media type in lower case, without parameters.
    pub media_type: &'static str,
    /// What has to stand behind the media type, beside a version, for it to mean this format.
    pub parameters: &'static [(&'static str, &'static str)],
    /// What it can be called, with the same bytes. The first is for those who name no format.
    pub versions: &'static [FormatVersion],
    /// The version that is meant by those who name the format and no version.
    pub implied_version: &'static str,
    /// How the bounds of buckets are spelled.
    pub bounds: BoundSpelling,
    /// Whether histograms of values that may be negative have a sum, which may fall.
    pub has_signed_sums: bool,
    /// What stands behind the last family.
    pub tail: &'static [u8],
    /// The key of the configuration that turns it off, and its variable; none for the one that everybody can read.
    pub switch: Option<(&'static str, &'static str)>,
}

/// A version of a format, and what it is called in answers.
#[derive(Debug)]
#[non_exhaustive]
pub struct FormatVersion {
    /// As clients write it; empty if the format has no versions.
    pub number: &'static str,
    /// The Content-Type for those who do not say how names are to be escaped.
    pub content_type: &'static str,
    /// The Content-Types for those who do, by [`Escaping`]; none if the answer does not say it.
    pub escaped: Option<[&'static str; Escaping::ALL.len()]>,
}

/// How names that are not in the classic set are to be written. Ours all are, so that every scheme gives the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are named as in Prometheus' documentation")]
pub enum Escaping {
    AllowUtf8,
    Underscores,
    Dots,
    Values,
}

/// How the bounds of buckets are spelled. A bound is part of a series' name: another spelling is another series to many
/// readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BoundSpelling {
    /// In plain digits: `1048576`.
    Plain,
    /// In OpenMetrics' canonical form: `1.048576e+06`.
    Canonical,
}

impl Escaping {
    /// Every scheme, each at its own number.
    pub const ALL: [Self; 4] = [Self::AllowUtf8, Self::Underscores, Self::Dots, Self::Values];

    /// Its name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllowUtf8 => "allow-utf-8",
            Self::Underscores => "underscores",
            Self::Dots => "dots",
            Self::Values => "values",
        }
    }
}

impl FormatVersion {
    /// The Content-Type for those who ask for this way of escaping, or say nothing of it.
    pub const fn content_type(&self, escaping: Option<Escaping>) -> &'static str {
        match (self.escaped, escaping) {
            (Some(escaped), Some(escaping)) => escaped[escaping as usize],
            _ => self.content_type,
        }
    }
}

/// Makes the enum of the formats, the array of all of them, and their descriptions from one list: none can be left out.
macro_rules! formats {
    (
        $(#[$of_all:meta])*
        pub enum Format { $($(#[$of_one:meta])* $name:ident = $info:expr,)+ }
    ) => {
        $(#[$of_all])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format {
            $($(#[$of_one])* $name,)+
        }

        impl Format {
            /// Every format, each at its own number.
            pub const ALL: [Self; [$(stringify!($name)),+].len()] = [$(Self::$name),+];

            /// What there is to say of it.
            pub const fn info(self) -> &'static FormatInfo {
                match self {
                    $(Self::$name => const { &$info },)+
                }
            }
        }
    };
}

/// A Content-Type with each way of escaping behind it.
macro_rules! escaped {
    ($content_type:literal) => {
        Some([
            concat!($content_type, "; escaping=allow-utf-8"),
            concat!($content_type, "; escaping=underscores"),
            concat!($content_type, "; escaping=dots"),
            concat!($content_type, "; escaping=values"),
        ])
    };
}

formats! {
/// A format of expositions.
///
/// A new one is added here, and at the places that the compiler and the tests then ask for: how it is written (a file
/// beside `open_metrics.rs`, and the `match` in `encoder.rs`); its switch in `src/config/key.rs`, with its row in the
/// table of `src/config/mod.rs`, its word in the plugin's manifest and its cases in `tests/it/config_keys`; its reader
/// in `cli/src/exposition`; its spelling in `tests/support/src/exposition.rs`; its names in `tests/it/negotiation.rs`. It
/// is offered, published, counted and probed by its description alone.
pub enum Format {
    /// Prometheus text: version 0.0.4 and, with the same bytes, 1.0.0.
    Text = FormatInfo {
        name: "text",
        title: "Prometheus text",
        is_text: true,
        media_type: "text/plain",
        parameters: &[],
        versions: &[
            FormatVersion {
                number: "0.0.4",
                content_type: "text/plain; version=0.0.4; charset=utf-8",
                escaped: None,
            },
            FormatVersion {
                number: "1.0.0",
                content_type: "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
                escaped: escaped!("text/plain; version=1.0.0; charset=utf-8"),
            },
        ],
        implied_version: "0.0.4",
        bounds: BoundSpelling::Plain,
            has_signed_sums: true,
        tail: b"",
        switch: None,
    },
    /// OpenMetrics 1.0.0.
    OpenMetrics = FormatInfo {
        name: "openmetrics",
        title: "OpenMetrics",
        is_text: true,
        media_type: "application/openmetrics-text",
        parameters: &[],
        versions: &[
            FormatVersion {
                number: "1.0.0",
                content_type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
                escaped: escaped!("application/openmetrics-text; version=1.0.0; charset=utf-8"),
            },
            FormatVersion {
                number: "0.0.1",
                content_type: "application/openmetrics-text; version=0.0.1; charset=utf-8",
                escaped: None,
            },
        ],
        // The one before the standard, as the Go library has it.
        implied_version: "0.0.1",
        bounds: BoundSpelling::Canonical,
            has_signed_sums: false,
        tail: b"# EOF\n",
        switch: Some(("formats.openMetrics", "OPENCLAW_PROMETHEUS_FORMATS_OPEN_METRICS")),
    },
}
}

impl Format {
    /// What those get who ask for nothing that there is, as everybody can read it.
    pub const FALLBACK: Self = Self::Text;

    /// Its name in metrics, in reports and on the command line.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// What stands behind the last family.
    pub const fn tail(self) -> &'static [u8] {
        self.info().tail
    }

    /// The Content-Type for those who ask for no version of it.
    pub const fn content_type(self) -> &'static str {
        self.info().versions[0].content_type
    }
}

/// Some of the formats.
///
/// ```
/// use openclaw_prometheus::encode::{Format, FormatSet};
///
/// let text = FormatSet::NONE.with(Format::Text);
/// assert!(text.contains(Format::Text) && !text.contains(Format::OpenMetrics));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FormatSet(u8);

impl FormatSet {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self((1 << Format::ALL.len()) - 1);

    /// Whether `format` is one of them.
    pub const fn contains(self, format: Format) -> bool {
        self.0 & 1 << format as u8 != 0
    }

    /// These and `format`.
    #[must_use]
    pub const fn with(self, format: Format) -> Self {
        Self(self.0 | 1 << format as u8)
    }

    /// These without `format`.
    #[must_use]
    pub const fn without(self, format: Format) -> Self {
        Self(self.0 & !(1 << format as u8))
    }
}
