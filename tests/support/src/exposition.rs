//! A strict reader of text 0.0.4, for tests and fuzz targets: what it accepts is what the format allows, and no more.

use std::collections::BTreeMap;

/// A family as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    pub help: Option<String>,
    pub kind: String,
    /// In the order in which they were written.
    pub samples: Vec<Sample>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Vec<(String, String)>,
    /// As written, so that spelling can be compared.
    pub value: String,
}

impl Sample {
    pub fn number(&self) -> f64 {
        match self.value.as_str() {
            "+Inf" => f64::INFINITY,
            "-Inf" => f64::NEG_INFINITY,
            value => value.parse().expect("checked when it was read"),
        }
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a whole exposition.
pub fn parse(text: &str) -> Result<BTreeMap<String, Family>, String> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current: Option<String> = None;
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("the last line has no newline".into());
    }
    for (index, line) in text.split_terminator('\n').enumerate() {
        let fault = |what: &str| format!("line {}: {what}: {line:?}", index + 1);
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or_else(|| fault("HELP without text"))?;
            let help = unescape(help, false).ok_or_else(|| fault("bad escape"))?;
            if !is_name(name) || families.contains_key(name) {
                return Err(fault("bad or repeated name"));
            }
            families.insert(name.into(), Family { help: Some(help), kind: String::new(), samples: Vec::new() });
            current = Some(name.into());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or_else(|| fault("TYPE without type"))?;
            if current.as_deref() != Some(name) {
                if families.contains_key(name) || !is_name(name) {
                    return Err(fault("bad or repeated name"));
                }
                families.insert(name.into(), Family { help: None, kind: String::new(), samples: Vec::new() });
                current = Some(name.into());
            }
            let family = families.get_mut(name).ok_or_else(|| fault("no family"))?;
            if !family.kind.is_empty() || !["counter", "gauge", "histogram"].contains(&kind) {
                return Err(fault("second TYPE or unknown type"));
            }
            family.kind = kind.into();
        } else {
            let sample = sample(line).ok_or_else(|| fault("not a sample"))?;
            let name = current.as_ref().ok_or_else(|| fault("sample before any TYPE"))?;
            let family = families.get_mut(name).ok_or_else(|| fault("no family"))?;
            let suffix = sample.name.strip_prefix(name.as_str()).ok_or_else(|| fault("sample of another family"))?;
            let is_right = match family.kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
                "" => false,
                _ => suffix.is_empty(),
            };
            if !is_right {
                return Err(fault("sample of another family"));
            }
            let key = |sample: &Sample| {
                let mut labels = sample.labels.clone();
                labels.sort();
                (sample.name.clone(), labels)
            };
            if family.samples.len() < 500 && family.samples.iter().any(|other| key(other) == key(&sample)) {
                return Err(fault("sample written twice"));
            }
            family.samples.push(sample);
        }
    }
    Ok(families)
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels: Vec<(String, String)> = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, value) = rest.split_once("=\"")?;
            let quote = end_of_value(value)?;
            let text = unescape(&value[..quote], true)?;
            if !is_name(label) || label.contains(':') || labels.iter().any(|(known, _)| known == label) {
                return None;
            }
            labels.push((label.into(), text));
            rest = &value[quote + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}')?;
    }
    let value = rest.strip_prefix(' ')?;
    let is_number = matches!(value, "NaN" | "+Inf" | "-Inf")
        || value.parse::<f64>().is_ok() && value.bytes().all(|byte| b"0123456789+-.e".contains(&byte));
    (is_name(name) && is_number).then(|| Sample { name: name.into(), labels, value: value.into() })
}

/// Where the closing quote is.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(index),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str, has_quotes: bool) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next()? {
                '\\' => out.push('\\'),
                'n' => out.push('\n'),
                '"' if has_quotes => out.push('"'),
                _ => return None,
            },
            _ => out.push(char),
        }
    }
    Some(out)
}

fn is_name(name: &str) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && name.bytes().all(is_legal)
}
