//! What is wrong with a command line, in one line as a configuration says it: which flag, what was given, what is allowed.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// The line.
pub(super) fn sentence(error: &Error) -> String {
    told(error).unwrap_or_else(|| first_of(&error.to_string()))
}

fn told(error: &Error) -> Option<String> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
        Some(ContextValue::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    };
    let arg = || text(ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let given = text(ContextKind::InvalidValue).filter(|given| !given.is_empty());
            let allowed = either(&texts(ContextKind::ValidValue));
            let allowed = if allowed.is_empty() { arg()?.to_owned() } else { allowed };
            rejected(arg()?, given, &format!("write {allowed}"))
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error)?.to_string();
            rejected(arg()?, text(ContextKind::InvalidValue), &why)
        }
        ErrorKind::TooManyValues => {
            rejected(arg()?, text(ContextKind::InvalidValue), &format!("write {} alone", name(arg()?)))
        }
        ErrorKind::UnknownArgument => {
            let near = texts(ContextKind::SuggestedArg);
            unknown(arg()?, if arg()?.starts_with('-') { "a flag" } else { "expected" }, &near)
        }
        ErrorKind::InvalidSubcommand => {
            unknown(text(ContextKind::InvalidSubcommand)?, "a command", &texts(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingSubcommand => {
            let whole = text(ContextKind::InvalidSubcommand)?.split_once(' ')?.1;
            let mut all = texts(ContextKind::ValidSubcommand);
            all.retain(|command| *command != "help");
            format!("{whole}: no command given; write {}", either(&all))
        }
        ErrorKind::MissingRequiredArgument => {
            format!("{} is missing; write it too, or see --help", either(&texts(ContextKind::InvalidArg)))
        }
        ErrorKind::ArgumentConflict => {
            let (first, others) = (arg().or(text(ContextKind::InvalidSubcommand))?, texts(ContextKind::PriorArg));
            if others == [first] {
                format!("{}: given twice; write it once", place(first))
            } else {
                let others: Vec<&str> = others.iter().map(|other| name(other)).collect();
                format!("{} and {} exclude each other; leave out one of them", name(first), others.join(" and "))
            }
        }
        _ => return None,
    })
}

/// `--speed` of `--speed <N>`, `FILE` of `<FILE>`.
fn name(arg: &str) -> &str {
    arg.split(' ').next().unwrap_or(arg).trim_matches(['<', '>', '[', ']', '.'])
}

/// Where it was given.
fn place(arg: &str) -> String {
    if arg.starts_with('-') { format!("flag {}", name(arg)) } else { name(arg).to_owned() }
}

fn rejected(arg: &str, given: Option<&str>, allowed: &str) -> String {
    let given = given.map_or_else(|| "no value".to_owned(), quoted);
    format!("{}: {given} given; {allowed}", place(arg))
}

fn unknown(given: &str, what: &str, near: &[&str]) -> String {
    let shown = if given.starts_with('-') { given.to_owned() } else { quoted(given) };
    match near {
        [] => format!("{shown}: not {what}; see --help"),
        near => format!("{shown}: not {what}; did you mean {}?", either(near)),
    }
}

/// In quotes, on one line, and no longer than a line.
fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(48).flat_map(char::escape_debug).collect();
    let more = if text.chars().nth(48).is_some() { "…" } else { "" };
    format!("\"{cut}{more}\"")
}

/// `a, b or c`.
fn either(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The first sentence of what clap says; the rest is the usage, which `--help` has.
fn first_of(message: &str) -> String {
    let lines = message.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let text = text.trim_start_matches("error: ").trim_end_matches("For more information, try '--help'.").trim();
    format!("{text}; see --help")
}
