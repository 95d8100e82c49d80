//! Label values on their way into a family: texts that may be shown, with the registry's ids where they are known.

use crate::{Family, Instrument, LabelId, Registry};

/// A label value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label<'a> {
    pub(super) text: &'a str,
    /// The registry's id of the text, once it is known: then the series is found without a look at the text.
    pub(super) id: Option<LabelId>,
}

impl Label<'_> {
    /// The registry's id of the text, if it has one by now.
    #[inline]
    pub(super) fn id_in(self, registry: &Registry) -> Option<LabelId> {
        self.id.or_else(|| registry.known(self.text))
    }
}

impl<'a> From<&'a str> for Label<'a> {
    fn from(text: &'a str) -> Self {
        Label { text, id: None }
    }
}

/// The series of a family with these labels.
#[inline]
pub(super) fn at<'f, K: Instrument, const N: usize>(family: &'f Family<K, N>, labels: [Label<'_>; N]) -> K::Ref<'f> {
    let mut ids = [LabelId { at: 0, hash: 0 }; N];
    for (id, label) in ids.iter_mut().zip(&labels) {
        match label.id {
            Some(known) => *id = known,
            None => return family.with(labels.map(|label| label.text)),
        }
    }
    family.with_ids(ids)
}

/// Declares the words that recorders use as label values.
macro_rules! words {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// Words that recorders use as label values, interned.
        #[derive(Debug, Clone)]
        pub(super) struct InternedLabels { $(pub(super) $name: Label<'static>),* }

        impl InternedLabels {
            /// Where the registry has no room for them they are texts like others.
            pub(super) fn new(registry: &Registry) -> Self {
                InternedLabels { $($name: Label { text: $text, id: registry.intern($text).ok() }),* }
            }
        }
    };
}

words! {
    empty = "",
    unknown = "unknown",
    none = "none",
    other = "other",
    completed = "completed",
    error = "error",
    failed = "failed",
    blocked = "blocked",
    skill = "skill",
    tool = "tool",
    core = "core",
    request = "request",
    turn = "turn",
    input = "input",
    output = "output",
    cache_read = "cache_read",
    cache_write = "cache_write",
    reasoning = "reasoning",
    prompt = "prompt",
    total = "total",
    history = "history",
    system_prompt = "system_prompt",
    first = "first",
    retry = "retry",
    abort = "abort",
    recover = "recover",
    requested = "requested",
    yes = "true",
    no = "false",
    default = "default",
}
