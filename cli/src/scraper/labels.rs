//! The labels of a sample as they are stored.
//!
//! A label whose value is empty is none, and takes all of its name with it. What the target itself is called stands over
//! what the page says: its `job` becomes `exported_job`. The third writes the bounds of buckets and quantiles in one way.

use std::borrow::Cow;

use super::cursor::{float, shown};
use super::{Release, Sample};
use crate::exposition::bound_spellings;

/// What Prometheus puts on each series itself.
const OF_TARGET: [&[u8]; 2] = [b"instance", b"job"];
const NAME: &[u8] = b"__name__";

/// What a series is known by: names and values in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Series<'a>(Vec<Pair<'a>>);

type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

impl<'a> Series<'a> {
    /// The labels of a sample, or why the scrape fails.
    pub(super) fn of(sample: &Sample<'a>, release: Release) -> Result<Self, String> {
        let is_named = release == Release::V3;
        let name = |name: &'a [u8]| if is_named { unescape(name) } else { name.into() };
        let mut pairs = Vec::with_capacity(sample.labels.len() + 1);
        pairs.push((Cow::Borrowed(NAME), name(sample.name)));
        for (label, value) in &sample.labels {
            let (label, value) = (name(label), unescape(value));
            let is_bound = is_named && sample.bound_label.is_some_and(|bound| *label == *bound.as_bytes());
            let value =
                if is_bound { canonical(&value).map_or(value, |value| value.into_bytes().into()) } else { value };
            pairs.push((label, value));
        }
        pairs.sort_unstable();
        // Sorted, an empty value comes first of its name.
        let mut empty: Option<Cow<'_, [u8]>> = None;
        pairs.retain(|(label, value)| {
            if value.is_empty() {
                empty = Some(label.clone());
            }
            empty.as_ref() != Some(label)
        });
        // The target's labels stand over one of each name; the older one lets them stand over all.
        if release == Release::V3 {
            twice(&pairs)?;
        }
        exported(&mut pairs);
        if pairs.iter().all(|(label, _)| **label != *NAME) {
            return Err("the metric has no name: it is empty".into());
        }
        for (label, value) in &pairs {
            let (is_legal, what) = match (&**label, release) {
                (NAME, Release::V2) => (is_classic(value), "a metric name"),
                (NAME, Release::V3) => (std::str::from_utf8(value).is_ok(), "a metric name in UTF-8"),
                _ => (!label.is_empty() && std::str::from_utf8(label).is_ok(), "a label name in UTF-8"),
            };
            if !is_legal {
                let found = if **label == *NAME { value } else { label };
                return Err(format!("expected {what}, found {:?}", shown(found)));
            }
        }
        twice(&pairs)?;
        Ok(Self(pairs))
    }

    /// The name, if it begins with blanks.
    pub(super) fn name_with_blanks(&self) -> Option<String> {
        let (_, name) = self.0.iter().find(|(label, _)| **label == *NAME)?;
        matches!(name.first(), Some(b' ' | b'\t')).then(|| shown(name))
    }
}

fn twice(pairs: &[Pair<'_>]) -> Result<(), String> {
    match pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(format!("label `{}` is there twice", shown(&pair[0].0))),
        None => Ok(()),
    }
}

/// Gives what the page says of the target other names.
fn exported(pairs: &mut Vec<Pair<'_>>) {
    for target in OF_TARGET {
        let Some(value) = pairs.iter().find(|(label, _)| **label == *target).map(|(_, value)| value.clone()) else {
            continue;
        };
        pairs.retain(|(label, _)| **label != *target);
        let mut name = [b"exported_", target].concat();
        while pairs.iter().any(|(label, _)| **label == *name) {
            name = [b"exported_", &*name].concat();
        }
        pairs.push((name.into(), value));
        pairs.sort_unstable();
    }
}

/// A bound in the one way that Prometheus 3 writes it.
fn canonical(value: &[u8]) -> Option<String> {
    let number = float(value)?;
    if number.is_nan() {
        return Some("NaN".into());
    }
    // There is one zero.
    let [canonical, ..] = bound_spellings(if number == 0.0 { 0.0 } else { number });
    Some(canonical)
}

/// What a name is made of for the older one.
fn is_classic(name: &[u8]) -> bool {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':');
    name.first().is_some_and(|byte| is_first(*byte)) && name.iter().all(|byte| is_first(*byte) || byte.is_ascii_digit())
}

/// Undoes the three escapes, and leaves others.
fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return text.into();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        let escaped = match (byte, bytes.as_slice().first()) {
            (b'\\', Some(b'n')) => Some(b'\n'),
            (b'\\', Some(quoted @ (b'"' | b'\\'))) => Some(*quoted),
            _ => None,
        };
        if escaped.is_some() {
            bytes.next();
        }
        out.push(escaped.unwrap_or(byte));
    }
    out.into()
}
