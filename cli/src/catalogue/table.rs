//! The catalogue as a table: for a reader one that fits the terminal, for programs a line for each metric.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::{Language, Metric};

/// In fewer columns than this no sentence can be read.
const LEAST_COLUMNS: u16 = 40;

/// A line for each metric, however long.
pub(super) fn lines(metrics: &[Metric], language: Language) -> String {
    let names: Vec<String> = metrics
        .iter()
        .map(|metric| {
            let labels: Vec<&str> = metric.labels().iter().map(|(name, _)| *name).collect();
            if labels.is_empty() {
                metric.info.name().into()
            } else {
                format!("{}{{{}}}", metric.info.name(), labels.join(","))
            }
        })
        .collect();
    let width = names.iter().map(String::len).max().unwrap_or(0).min(90);
    let mut text = String::new();
    for (metric, name) in metrics.iter().zip(names) {
        let (kind, source) = (metric.info.kind().type_name(), metric.entry.source.as_str());
        text.push_str(&format!("{name:width$}  {kind:9}  {source:7}  {}\n", metric.help(language)));
    }
    text
}

/// A table for a line of so many characters: what each metric tells, with type, source and labels, beside its name, or below it
/// where a line is too short for both. A name is copied, so it is never cut.
pub(super) fn fitted(metrics: &[Metric], language: Language, columns: u16) -> String {
    let longest = metrics.iter().map(|metric| metric.info.name().len()).max().unwrap_or(0);
    let names = u16::try_from(longest + 2).unwrap_or(u16::MAX);
    let is_beside = columns >= names.saturating_add(LEAST_COLUMNS);
    let mut text = String::new();
    let mut table = table(columns);
    for metric in metrics {
        let name = metric.info.name();
        if is_beside {
            table.add_row([name.to_owned(), told(metric, language)]);
            continue;
        }
        text.push_str(&format!("{name}\n"));
        let mut below = self::table(columns.max(LEAST_COLUMNS));
        below.add_row([told(metric, language)]);
        if let Some(column) = below.column_mut(0) {
            column.set_padding((4, 0));
        }
        write(&mut text, &below);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(names)));
    }
    write(&mut text, &table);
    text
}

fn table(columns: u16) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
    table
}

fn told(metric: &Metric, language: Language) -> String {
    let labels: Vec<&str> = metric.labels().iter().map(|(name, _)| *name).collect();
    let labels = if labels.is_empty() { String::new() } else { format!(": {}", labels.join(", ")) };
    let (kind, source) = (metric.info.kind().type_name(), metric.entry.source.as_str());
    format!("{}\n{kind}, {source}{labels}", metric.help(language))
}

fn write(text: &mut String, table: &Table) {
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
