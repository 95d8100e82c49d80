//! Closed label sets: all values are known when the program is written, so a series is found by arithmetic.

/// A label with a fixed list of values, written with [`label_enum!`](crate::label_enum).
pub trait LabelEnum: Copy {
    /// The label's name.
    const NAME: &'static str;
    /// All its values; a value's place here is its index.
    const VALUES: &'static [&'static str];
    /// The place of this value in `VALUES`.
    fn index(self) -> usize;
}

/// One closed label, or a tuple of up to four: the series are all combinations, and all exist from the start.
///
/// ```
/// openclaw_prometheus::label_enum! {
///     /// Which way a message went.
///     pub enum Direction("direction") { In = "in", Out = "out" }
/// }
/// openclaw_prometheus::label_enum! {
///     /// How it ended.
///     pub enum Outcome("outcome") { Ok = "ok", Error = "error" }
/// }
/// # let registry = openclaw_prometheus::Registry::builder().build()?;
/// let messages = registry.counter("messages_total", "Messages.").closed::<(Direction, Outcome)>().register()?;
/// messages.at((Direction::In, Outcome::Ok)).inc();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ClosedLabels: Copy {
    /// The labels' names, in the order in which they are written.
    const NAMES: &'static [&'static str];
    /// How many combinations there are.
    const COUNT: usize;
    /// The number of this combination, below `COUNT`.
    fn index(self) -> usize;
    /// The value of label number `label` in combination number `index`.
    fn value(index: usize, label: usize) -> &'static str;
}

/// How many values a label has. Two that are the same do not compile: their series would be one twice, and Prometheus
/// keeps one of them.
const fn count<A: LabelEnum>() -> usize {
    let mut index = 0;
    while index < A::VALUES.len() {
        let mut earlier = 0;
        while earlier < index {
            assert!(!are_equal(A::VALUES[earlier], A::VALUES[index]), "two values of a closed label are the same text");
            earlier += 1;
        }
        index += 1;
    }
    index
}

/// `==`, which is not const.
const fn are_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

impl<A: LabelEnum> ClosedLabels for A {
    const NAMES: &'static [&'static str] = &[A::NAME];
    const COUNT: usize = count::<A>();

    #[inline(always)]
    fn index(self) -> usize {
        LabelEnum::index(self)
    }

    fn value(index: usize, _label: usize) -> &'static str {
        A::VALUES.get(index).copied().unwrap_or_default()
    }
}

macro_rules! closed_tuple {
    ($first:ident $(, $rest:ident)*) => {
        impl<$first: LabelEnum $(, $rest: LabelEnum)*> ClosedLabels for ($first, $($rest),*) {
            const NAMES: &'static [&'static str] = &[$first::NAME $(, $rest::NAME)*];
            const COUNT: usize = count::<$first>() $(* count::<$rest>())*;

            #[inline(always)]
            #[allow(non_snake_case)]
            fn index(self) -> usize {
                let ($first, $($rest),*) = self;
                let index = LabelEnum::index($first);
                $(let index = index * $rest::VALUES.len() + LabelEnum::index($rest);)*
                index
            }

            fn value(index: usize, label: usize) -> &'static str {
                let all = [$first::VALUES $(, $rest::VALUES)*];
                // The last label runs fastest: what stands behind `label` has been counted through before it moves.
                let behind: usize = all.iter().skip(label + 1).map(|values| values.len()).product();
                let Some(values) = all.get(label).filter(|values| !values.is_empty()) else { return "" };
                values.get(index / behind.max(1) % values.len()).copied().unwrap_or_default()
            }
        }
    };
}
closed_tuple!(A, B);
closed_tuple!(A, B, C);
closed_tuple!(A, B, C, D);

/// Declares a label with a closed list of values: the enum, its name and the text of each value.
///
/// ```
/// openclaw_prometheus::label_enum! {
///     /// How a request ended.
///     pub enum Outcome("outcome") { Ok = "ok", Error = "error" }
/// }
/// assert_eq!(Outcome::Error.as_str(), "error");
/// ```
///
/// Two equal texts do not compile:
///
/// ```compile_fail,E0080
/// openclaw_prometheus::label_enum! {
///     /// How a request ended.
///     pub enum Outcome("outcome") { Ok = "ok", Error = "ok" }
/// }
/// ```
#[macro_export]
macro_rules! label_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident($label:literal) { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        $vis enum $name { $($(#[$doc])* $variant),+ }

        #[allow(dead_code)]
        impl $name {
            /// All values, in order.
            $vis const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as it is written in a label.
            $vis fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl $crate::LabelEnum for $name {
            const NAME: &'static str = $label;
            const VALUES: &'static [&'static str] = &[$($text),+];
            #[inline(always)]
            fn index(self) -> usize { self as usize }
        }

        // Its count is where equal texts are found; so they are found where they are written.
        const _: usize = <$name as $crate::ClosedLabels>::COUNT;
    };
}

pub(super) use label_enum;

#[cfg(test)]
mod tests {
    use super::*;

    crate::label_enum! { enum Size("size") { Small = "s", Large = "l" } }
    crate::label_enum! { enum Colour("colour") { Red = "r", Green = "g", Blue = "b" } }

    #[test]
    fn every_combination_has_its_own_number_and_its_own_values() {
        type Both = (Size, Colour);
        assert_eq!(<Both as ClosedLabels>::COUNT, 6);
        assert_eq!(<Both as ClosedLabels>::NAMES, ["size", "colour"]);
        let mut next = 0;
        for size in Size::ALL {
            for colour in Colour::ALL {
                let index = ClosedLabels::index((*size, *colour));
                assert_eq!(index, next);
                assert_eq!(<Both as ClosedLabels>::value(index, 0), size.as_str());
                assert_eq!(<Both as ClosedLabels>::value(index, 1), colour.as_str());
                next += 1;
            }
        }
    }
}
