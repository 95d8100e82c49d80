//! How families are declared that are replaced whole, most of them by what the Gateway's RPC answers.

/// Declares the families of one module, all of them snapshot families: their source if it is not the RPC, their section, then help,
/// help in Chinese, field, kind (`gauge` or `counter`), name, a section of its own if it has one, labels. Behind a label its list of values, where it has one; behind the labels `replaces` for older
/// names.
macro_rules! snapshots {
    (source $source:ident in $section:ident; $($families:tt)*) => {
        snapshots! { @declare $source $section $($families)* }
    };
    (@declare $source:ident $section:ident
        $(
            $(#[doc = $help:literal])+ #[zh = $chinese:literal] $field:ident: $kind:ident = $name:literal
            $(in $own_section:ident)? [$($label:ident $(: $set:ident)?),*] $(replaces [$($old:literal),* $(,)?])?,
        )*
    ) => {
        /// The registered families, one field each.
        #[derive(Debug, Clone)]
        pub(in crate::openclaw) struct Families {
            $($(#[doc = $help])+ pub(in crate::openclaw) $field: SnapshotFamily<{ snapshots!(@count $($label)*) }>,)*
        }

        /// What is known of them.
        pub(in crate::openclaw) const ENTRIES: &[Entry] = &[
            $(Entry {
                name: $name,
                chinese_help: $chinese,
                source: Source::$source,
                section: snapshots!(@section $section $($own_section)?),
                since: "0.1.0",
                labels: Some(&[$(Label { name: stringify!($label), values: snapshots!(@values $($set)?) }),*]),
                replaces: &[$($($old),*)?],
                excepted: nothing,
                adds_up: false,
                has_overflow: false,
                events: &[],
                after: None,
            },)*
        ];

        impl Families {
            /// Registers them.
            ///
            /// # Errors
            /// A family of that name is there already, or the registry has no room for it.
            pub(in crate::openclaw) fn register(registry: &Registry) -> Result<Self, RegisterError> {
                Ok(Families {
                    $($field: registry
                        .snapshot($name, concat!($($help),+).trim_ascii(), snapshots!(@kind $kind))
                        .labels([$(stringify!($label)),*])
                        .register()?,)*
                })
            }

            /// Takes the series of all of them away.
            #[allow(dead_code, reason = "what is no answer of the Gateway does not end with it")]
            pub(in crate::openclaw) fn clear(&self) {
                $(self.$field.replace([]);)*
            }
        }
    };
    (@count $($label:ident)*) => {{ let labels: &[&str] = &[$(stringify!($label)),*]; labels.len() }};
    (@values) => { None };
    (@values $set:ident) => { Some($set) };
    (@section $section:ident) => { Section::$section };
    (@section $section:ident $own_section:ident) => { Section::$own_section };
    (@kind gauge) => { MetricKind::Gauge };
    (@kind counter) => { MetricKind::CounterF64 };
    (in $section:ident; $($families:tt)*) => { snapshots! { @declare Rpc $section $($families)* } };
}

pub(super) use snapshots;
