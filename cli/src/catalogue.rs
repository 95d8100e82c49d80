//! `catalogue`: every metric there is, as a table, as JSON, or as the reference in Markdown; and rules that record the names
//! of the plugin before this one.
//!
//! Nothing is written down twice: an exporter is put together, and what it has registered is joined with what the
//! catalogue knows besides.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::{Exporter, VERSION};
use openclaw_prometheus::openclaw::catalogue::{
    Entry, Section, Source, Successor, entries, migrations, recording_rules,
};
use openclaw_prometheus::{FamilyInfo, SystemClock};
use serde::Serialize;
use serde_json::Number;

use super::CliError;
use super::terminal::{columns, print};

mod table;

#[derive(Debug, Args)]
pub(super) struct Catalogue {
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// The language of what the metrics tell.
    #[arg(long, value_enum, default_value_t = Language::En)]
    language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
    Markdown,
    /// Rules for Prometheus that record the names of the PartMe plugin.
    Rules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    En,
    Zh,
}

/// A metric with all that is known of it.
struct Metric {
    info: Arc<FamilyInfo>,
    entry: &'static Entry,
}

/// A label, and its values where there is a list of them.
type Label<'a> = (&'a str, Option<&'static [&'static str]>);

impl Metric {
    /// What a value of it counts or measures.
    fn unit(&self) -> &str {
        if let Some(unit) = self.info.unit() {
            return unit;
        }
        let base = self.info.base_name();
        let end = ["_tokens", "_usd", "_characters", "_messages"].into_iter().find(|unit| base.ends_with(unit));
        end.map_or("", |unit| unit.trim_start_matches('_'))
    }

    fn help(&self, language: Language) -> &str {
        match language {
            Language::En => self.info.help(),
            Language::Zh => self.entry.chinese_help(),
        }
    }

    fn labels(&self) -> Vec<Label<'_>> {
        match self.entry.labels {
            Some(labels) => labels.iter().map(|label| (label.name, label.values)).collect(),
            None => self.info.labels().iter().map(|label| (label.as_str(), None)).collect(),
        }
    }

    fn bounds(&self) -> &[f64] {
        self.info.bounds().map_or(&[], |bounds| bounds.as_slice())
    }
}

/// Every metric, in the order of the catalogue.
fn metrics() -> Result<Vec<Metric>, CliError> {
    let exporter = Exporter::new(&Config::default(), SystemClock::new())?;
    let declared = exporter.registry.declared();
    let found = |entry: &'static Entry| {
        let info = declared.iter().find(|info| info.name() == entry.name)?.clone();
        Some(Metric { info, entry })
    };
    Ok(entries().filter_map(found).collect())
}

/// Prints the catalogue.
pub(super) fn run(catalogue: &Catalogue) -> Result<u64, CliError> {
    let metrics = metrics()?;
    let text = match catalogue.format {
        Form::Table => match columns() {
            Some(columns) => table::fitted(&metrics, catalogue.language, columns),
            None => table::lines(&metrics, catalogue.language),
        },
        Form::Json => json(&metrics)?,
        Form::Markdown => markdown(&metrics, catalogue.language),
        Form::Rules => recording_rules(),
    };
    print(&text)?;
    Ok(0)
}

/// The catalogue as it is written in JSON, keys in this order.
#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    families: Vec<Family<'a>>,
}

#[derive(Serialize)]
struct Family<'a> {
    name: &'a str,
    r#type: &'static str,
    unit: &'a str,
    help: &'a str,
    help_zh: &'static str,
    labels: Vec<FamilyLabel<'a>>,
    buckets: Vec<Number>,
    source: &'static str,
    collector: &'static str,
    since: &'static str,
    /// The newest Gateway that was looked at, where it does not tell this yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
    replaces: &'static [&'static str],
}

#[derive(Serialize)]
struct FamilyLabel<'a> {
    name: &'a str,
    values: Option<&'static [&'static str]>,
}

impl<'a> From<&'a Metric> for Family<'a> {
    fn from(metric: &'a Metric) -> Self {
        let (info, entry) = (&metric.info, metric.entry);
        // Whole bounds have no point, as on a page.
        let number = |bound: &f64| match *bound {
            whole if whole.fract() == 0.0 => Some((whole as i64).into()),
            other => Number::from_f64(other),
        };
        Self {
            name: info.name(),
            r#type: info.kind().type_name(),
            unit: metric.unit(),
            help: info.help(),
            help_zh: entry.chinese_help(),
            labels: metric.labels().into_iter().map(|(name, values)| FamilyLabel { name, values }).collect(),
            buckets: metric.bounds().iter().filter_map(number).collect(),
            source: entry.source.as_str(),
            collector: entry.section.name(),
            since: entry.since,
            after: entry.after,
            replaces: entry.replaces,
        }
    }
}

fn json(metrics: &[Metric]) -> Result<String, CliError> {
    let document = Document { version: VERSION, families: metrics.iter().map(Family::from).collect() };
    serde_json::to_string(&document).map(|json| json + "\n").map_err(|error| CliError::Write(error.into()))
}

/// The words of the reference that are not the catalogue's.
struct Phrases {
    title: &'static str,
    lead: &'static str,
    sources: [(Source, &'static str); 6],
    head: &'static str,
    collectors: &'static str,
    collectors_lead: &'static str,
    collectors_head: &'static str,
    buckets: &'static str,
    values: &'static str,
    replaces: &'static str,
    older: &'static str,
    older_lead: &'static str,
    older_head: &'static str,
    colon: &'static str,
    comma: &'static str,
}

const ENGLISH: Phrases = Phrases {
    title: "# Metrics",
    lead: "Every metric of openclaw-prometheus. Written by `openclaw-prometheus catalogue --format markdown`; do not edit.\n\n\
           A label whose values are listed has these as far as the Gateway's own types say. Counters and histograms whose\n\
           labels all have lists, with at most 64 combinations, exist at 0 from the start and do not count towards\n\
           `maxSeries`; gauges appear once they are known. What Gateways after a version tell is not on the page at all before\n\
           one has told it. Beside these, `openclaw_demo` is 1 where what is shown is the demo (`--demo`) and no Gateway; it is\n\
           nowhere else.",
    sources: [
        (Source::Event, "From the Gateway's diagnostic events"),
        (Source::Plugin, "From hooks and runtime of the Gateway (plugin)"),
        (Source::Rpc, "From answers of the Gateway (plugin or `serve --gateway`)"),
        (Source::Node, "About Node (plugin, `includeRuntime`)"),
        (Source::Own, "About the exporter itself"),
        (Source::Process, "About the process (Linux)"),
    ],
    head: "| metric | type | collector | labels | what it tells |",
    collectors: "Collectors",
    collectors_lead: "Each metric belongs to one. All are enabled; `collectors.disabled` names those that are not, as does\n\
                      `--no-collector.NAME`. A scrape gets some with `?collect[]=NAME`, all but some with `?exclude[]=NAME`.",
    collectors_head: "| collector | what its metrics tell |",
    buckets: "Buckets",
    values: "Values of labels",
    replaces: "replaces",
    older: "Older names",
    older_lead: "Every family of the PartMe plugin with its labels, and an expression that gives it from the families here; each\n\
                 series has the labels of its target besides. A name that is still here needs no rule; the others are recorded by\n\
                 `grafana/rules/partme-names.yml` (`openclaw-prometheus catalogue --format rules`). The name that the setting\n\
                 `instance` gives, a label `instance` of every metric there, is the label `instance_name` of\n\
                 `openclaw_exporter_build_info` here: Prometheus keeps `instance` for the target, and stored it as `exported_instance`.",
    older_head: "| name in the PartMe plugin | labels | here |",
    colon: ": ",
    comma: ", ",
};

const CHINESE: Phrases = Phrases {
    title: "# 指标",
    lead: "openclaw-prometheus 的全部指标。由 `openclaw-prometheus catalogue --format markdown --language zh` 生成,请勿手工修改。\n\n\
           列出取值的标签,其取值以 Gateway 自身的类型为准。所有标签都有取值列表且组合不超过 64 种的计数器与直方图,\
           从一开始就以 0 存在,\n不计入 `maxSeries`;仪表(gauge)在值已知之后才出现。仅某版本之后的 Gateway 报告的指标,在其首次报告之前完全不出现。\n\
           此外,`openclaw_demo` 为 1 表示所示为演示(`--demo`)而非 Gateway;其他情况下不存在。",
    sources: [
        (Source::Event, "来自 Gateway 的诊断事件"),
        (Source::Plugin, "来自 Gateway 的钩子与运行时(插件)"),
        (Source::Rpc, "来自 Gateway 的应答(插件或 `serve --gateway`)"),
        (Source::Node, "关于 Node(插件,`includeRuntime`)"),
        (Source::Own, "关于导出器自身"),
        (Source::Process, "关于进程(Linux)"),
    ],
    head: "| 指标 | 类型 | 采集器 | 标签 | 含义 |",
    collectors: "采集器",
    collectors_lead: "每个指标属于一个采集器。默认全部启用;`collectors.disabled` 列出停用的,`--no-collector.NAME` 同样停用。\n\
                      抓取时 `?collect[]=NAME` 只取其中一些,`?exclude[]=NAME` 略去一些。",
    collectors_head: "| 采集器 | 其指标的内容 |",
    buckets: "分桶",
    values: "标签取值",
    replaces: "取代",
    older: "旧名称",
    older_lead: "PartMe 插件的每个指标族及其标签,以及从此处的指标族得到它的表达式;每个序列另有其抓取目标的标签。名称仍在的无需规则;\n\
                 其余的由 `grafana/rules/partme-names.yml` 记录(`openclaw-prometheus catalogue --format rules`)。设置 `instance` 给出的名称,\n\
                 原是每个指标的 `instance` 标签,此处是 `openclaw_exporter_build_info` 的 `instance_name` 标签:`instance` 由 Prometheus 留给抓取目标,\n\
                 过去被存为 `exported_instance`。",
    older_head: "| PartMe 插件中的名称 | 标签 | 此处 |",
    colon: ":",
    comma: "、",
};

fn markdown(metrics: &[Metric], language: Language) -> String {
    let phrases = match language {
        Language::En => ENGLISH,
        Language::Zh => CHINESE,
    };
    let mut text = format!("{}\n\n{}\n", phrases.title, phrases.lead);
    text.push_str(&format!(
        "\n## {}\n\n{}\n\n{}\n|---|---|\n",
        phrases.collectors, phrases.collectors_lead, phrases.collectors_head
    ));
    for section in Section::ALL {
        let about = match language {
            Language::En => section.about(),
            Language::Zh => section.chinese_about(),
        };
        text.push_str(&format!("| `{}` | {about} |\n", section.name()));
    }
    for (source, title) in phrases.sources {
        text.push_str(&format!("\n## {title}\n\n{}\n|---|---|---|---|---|\n", phrases.head));
        for metric in metrics.iter().filter(|metric| metric.entry.source == source) {
            row(&mut text, metric, language, &phrases);
        }
    }
    text.push_str(&format!(
        "\n## {}\n\n{}\n\n{}\n|---|---|---|\n",
        phrases.older, phrases.older_lead, phrases.older_head
    ));
    for old in migrations() {
        let labels: Vec<String> = old.labels.iter().map(|label| format!("`{label}`")).collect();
        let now = match old.successor {
            Successor::Expression(expression) => format!("`{}`", expression.replace('|', "\\|")),
            Successor::Gone { reason, .. } if language == Language::En => reason.into(),
            Successor::Gone { chinese_reason, .. } => chinese_reason.into(),
            _ => String::new(),
        };
        text.push_str(&format!("| `{}` | {} | {now} |\n", old.name, labels.join(" ")));
    }
    text.push_str(&format!("\n## {}\n\n", phrases.values));
    for (name, values, families) in listed(metrics) {
        let quoted = |all: &[&str]| all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(phrases.comma);
        text.push_str(&format!("- `{name}`{}{}  \n  {}\n", phrases.colon, quoted(values), quoted(&families)));
    }
    text.push_str(&format!("\n## {}\n\n", phrases.buckets));
    for (bounds, families) in buckets(metrics) {
        let bounds = bounds.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        let families = families.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(phrases.comma);
        text.push_str(&format!("- {bounds}  \n  {families}\n"));
    }
    text
}

fn row(text: &mut String, metric: &Metric, language: Language, phrases: &Phrases) {
    let labels: Vec<String> = metric.labels().iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut help = metric.help(language).replace('|', "\\|");
    if !metric.entry.replaces.is_empty() {
        let names: Vec<String> = metric.entry.replaces.iter().map(|name| format!("`{name}`")).collect();
        help.push_str(&format!(" ({} {})", phrases.replaces, names.join(phrases.comma)));
    }
    let (name, kind, collector) = (metric.info.name(), metric.info.kind().type_name(), metric.entry.section.name());
    text.push_str(&format!("| `{name}` | {kind} | {collector} | {} | {help} |\n", labels.join(" ")));
}

/// Each list of values with the label that has it and the families that do.
fn listed(metrics: &[Metric]) -> Vec<(&str, &'static [&'static str], Vec<&str>)> {
    let mut all: Vec<(&str, &'static [&'static str], Vec<&str>)> = Vec::new();
    for metric in metrics {
        for (name, values) in metric.labels() {
            let Some(values) = values else { continue };
            match all.iter_mut().find(|(label, known, _)| *label == name && *known == values) {
                Some((_, _, families)) => families.push(metric.info.name()),
                None => all.push((name, values, vec![metric.info.name()])),
            }
        }
    }
    all
}

/// Each set of bounds with the families that have it.
fn buckets(metrics: &[Metric]) -> Vec<(&[f64], Vec<&str>)> {
    let mut all: Vec<(&[f64], Vec<&str>)> = Vec::new();
    for metric in metrics.iter().filter(|metric| !metric.bounds().is_empty()) {
        match all.iter_mut().find(|(bounds, _)| *bounds == metric.bounds()) {
            Some((_, families)) => families.push(metric.info.name()),
            None => all.push((metric.bounds(), vec![metric.info.name()])),
        }
    }
    all
}
