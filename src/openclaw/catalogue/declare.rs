//! How families are declared.

/// Declares the families: help, help in Chinese, field, kind, name, section, labels.
///
/// A `counter` counts whole steps; an `amount` adds up what the host reports, which may be a fraction. The kinds of
/// histogram are named after their buckets: `seconds`, `tokens`, `bytes`, `message_bytes`, `ratio`; of `byte_changes` some are
/// negative. A `snapshot` is replaced as a whole, as are `totals`, which the host adds up itself. Behind a label its list of
/// values, where it has one. Behind the labels: `after` the newest Gateway that does not tell it, where the packages of
/// none do yet: it is not on the page, nor there at 0, before it was told; `except` for combinations that cannot be; `series` for a family that bounds
/// itself and sums up the rest; `replaces` for older names; `from` for what no event tells; `of` for the events that it is
/// fed by, where it may exist at 0 from the start. At the end stand families whose labels are enums.
macro_rules! families {
    (
        $(
            $(#[doc = $help:literal])+ #[zh = $chinese:literal] $field:ident: $kind:ident = $name:literal
            in $section:ident [$($label:ident $(: $set:ident)?),*] $(after $after:literal)?
            $(except $except:ident)? $(series $series:literal)? $(replaces [$($old:literal),*])? $(from $source:ident)?
            $(of [$($event:ident),*])?,
        )*
        closed:
        $(
            $(#[doc = $closed_help:literal])+ #[zh = $closed_chinese:literal]
            $closed_field:ident: $closed_kind:ident = $closed_name:literal
            in $closed_section:ident [$closed_label:ident: $enum:ident] source $closed_source:ident,
        )*
    ) => {
        /// The registered families, one field each.
        #[derive(Debug, Clone)]
        pub struct Families {
            $($(#[doc = $help])+ pub $field: families!(@type $kind [$($label),*]),)*
            $($(#[doc = $closed_help])+ pub $closed_field: families!(@closed $closed_kind $enum),)*
        }

        /// What is known of them.
        pub(super) const EVENTS: &[Entry] = &[
            $(Entry {
                name: $name,
                chinese_help: $chinese,
                source: families!(@source $($source)?),
                section: Section::$section,
                since: "0.1.0",
                labels: Some(&[$(Label { name: stringify!($label), values: families!(@values $($set)?) }),*]),
                replaces: &[$($($old),*)?],
                excepted: families!(@except $($except)?),
                adds_up: families!(@adds_up $kind),
                has_overflow: families!(@has_overflow $($series)?),
                events: &[$($(EventType::$event),*)?],
                after: families!(@after $($after)?),
            },)*
            $(Entry {
                name: $closed_name,
                chinese_help: $closed_chinese,
                source: Source::$closed_source,
                section: Section::$closed_section,
                since: "0.1.0",
                labels: Some(&[Label {
                    name: stringify!($closed_label),
                    values: Some(<$enum as crate::LabelEnum>::VALUES),
                }]),
                replaces: &[],
                excepted: nothing,
                // They exist from the start by themselves.
                adds_up: false,
                has_overflow: false,
                events: &[],
                after: None,
            },)*
        ];

        impl Families {
            /// The families' names, in the order of the catalogue.
            pub const NAMES: &'static [&'static str] = &[$($name,)* $($closed_name),*];

            /// Registers every family of the catalogue. What can be fed by no event that `host` tells is not there at 0 from
            /// the start.
            ///
            /// # Errors
            /// A family of that name is there already, or the registry has no room for it.
            pub fn register(registry: &Registry, host: &Host) -> Result<Self, RegisterError> {
                let mut entries = EVENTS.iter();
                Ok(Families {
                    $($field: {
                        #[allow(unused_variables, reason = "some are never there from the start")]
                        let (entry, is_listed_late) = (entries.next(), families!(@after $($after)?).is_some());
                        #[allow(unused_variables, reason = "as before")]
                        let entry = entry.filter(|entry| entry.adds_up && entry.is_fed_by(host));
                        families!(
                            @register registry (entry, is_listed_late) $kind $name [$($label),*] $($series)?,
                            concat!($($help),+).trim_ascii()
                        )
                    },)*
                    $($closed_field: families!(
                        @declare registry $closed_kind $closed_name concat!($($closed_help),+).trim_ascii()
                    ).closed::<$enum>().register()?,)*
                })
            }
        }
    };
    (@count $($label:ident)*) => {{ let labels: &[&str] = &[$(stringify!($label)),*]; labels.len() }};

    (@type counter []) => { Counter };
    (@type amount []) => { Counter<f64> };
    (@type gauge []) => { Gauge };
    (@type $histogram:ident []) => { Histogram };
    (@type byte_changes [$($label:ident),*]) => { SignedHistogramFamily<{ families!(@count $($label)*) }> };
    (@type totals [$($label:ident),*]) => { SnapshotFamily<{ families!(@count $($label)*) }> };
    (@type counter [$($label:ident),*]) => { CounterFamily<{ families!(@count $($label)*) }> };
    (@type amount [$($label:ident),*]) => { CounterFamily<{ families!(@count $($label)*) }, f64> };
    (@type gauge [$($label:ident),*]) => { GaugeFamily<{ families!(@count $($label)*) }> };
    (@type snapshot [$($label:ident),*]) => { SnapshotFamily<{ families!(@count $($label)*) }> };
    (@type $histogram:ident [$($label:ident),*]) => { HistogramFamily<{ families!(@count $($label)*) }> };
    (@closed counter $enum:ident) => { ClosedCounter<$enum> };
    (@closed in_flight $enum:ident) => { crate::ClosedFamily<InFlight, $enum> };

    (@source) => { Source::Event };
    (@source $source:ident) => { Source::$source };
    (@values) => { None };
    (@values $set:ident) => { Some($set) };
    (@except) => { nothing };
    (@except $except:ident) => { $except };
    (@after) => { Option::<&str>::None };
    (@after $after:literal) => { Some($after) };
    (@has_overflow) => { false };
    (@has_overflow $series:literal) => { true };
    (@adds_up gauge) => { false };
    (@adds_up snapshot) => { false };
    (@adds_up totals) => { false };
    (@adds_up $kind:ident) => { true };

    (@declare $registry:ident counter $name:literal $help:expr) => { $registry.counter($name, $help) };
    (@declare $registry:ident amount $name:literal $help:expr) => { $registry.counter_f64($name, $help) };
    (@declare $registry:ident gauge $name:literal $help:expr) => { $registry.gauge($name, $help) };
    (@declare $registry:ident in_flight $name:literal $help:expr) => { $registry.in_flight($name, $help) };
    (@declare $registry:ident byte_changes $name:literal $help:expr) => {
        $registry.signed_histogram($name, $help, SignedBounds::byte_changes())
    };
    (@declare $registry:ident $bounds:ident $name:literal $help:expr) => {
        $registry.histogram($name, $help, Bounds::$bounds())
    };

    (@snapshot $registry:ident $late:ident $kind:ident $name:literal [$($label:ident),*] $help:expr) => {
        $registry
            .snapshot($name, $help, MetricKind::$kind)
            .listed_once_used($late)
            .labels([$(stringify!($label)),*])
            .register()?
    };
    (@register $registry:ident ($entry:ident, $late:ident) snapshot $name:literal [$($label:ident),*], $help:expr) => {
        families!(@snapshot $registry $late Gauge $name [$($label),*] $help)
    };
    (@register $registry:ident ($entry:ident, $late:ident) totals $name:literal [$($label:ident),*], $help:expr) => {
        families!(@snapshot $registry $late CounterF64 $name [$($label),*] $help)
    };
    (@register $registry:ident ($entry:ident, $late:ident) $kind:ident $name:literal [], $help:expr) => {
        families!(@declare $registry $kind $name $help).shown_once_used($entry.is_none()).register()?
    };
    (@register $registry:ident ($entry:ident, $late:ident) $kind:ident $name:literal [$($label:ident),*], $help:expr) => {{
        let declared = families!(@declare $registry $kind $name $help).listed_once_used($late);
        let family = declared.labels([$(stringify!($label)),*]).register()?;
        if let Some(entry) = $entry {
            seed(&family, entry)?;
        }
        family
    }};
    (@register $registry:ident ($entry:ident, $late:ident) $kind:ident $name:literal [$($label:ident),*] $series:literal, $help:expr) => {
        families!(@declare $registry $kind $name $help)
            .labels([$(stringify!($label)),*])
            .series($series)
            .overflow()
            .register()?
    };
}

pub(super) use families;
