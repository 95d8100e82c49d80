//! `config docs`: the reference of all settings in Markdown, English and Chinese.
//!
//! Keys tell of themselves, the command line of its flags; here is only what is said around them, and in Chinese of flags that
//! have no key.

use std::fmt::Write as _;

use clap::{Arg, Args};
use openclaw_prometheus::config::{Config, Key};
use openclaw_prometheus::openclaw::catalogue::Section;
use serde_json::Value;

use crate::catalogue::Language;
use crate::serve::TAKEN;
use crate::terminal::print;
use crate::{CliError, command};

#[derive(Debug, Args)]
pub(super) struct Reference {
    /// The language.
    #[arg(long, value_enum, default_value_t = Language::En)]
    language: Language,
}

/// Prints it.
pub(super) fn run(asked: &Reference) -> Result<u64, CliError> {
    let words = match asked.language {
        Language::En => &ENGLISH,
        Language::Zh => &CHINESE,
    };
    let mut text = format!("# {}\n\n{}\n\n## {}\n", words.title, words.lead, words.keys);
    let defaults = Config::default();
    let _ = write!(text, "\n{}\n|---|---|---|---|\n", words.keys_head);
    Key::all().iter().for_each(|key| overview(&mut text, key, &defaults, words));
    Key::all().iter().for_each(|key| tell(&mut text, key, &defaults, words));
    let _ = write!(text, "\n## {}\n\n{}\n|---|---|---|\n", words.flags, words.flags_head);
    flags().iter().for_each(|arg| row(&mut text, arg, words));
    let names: Vec<String> = Section::NAMES.iter().map(|name| code(name)).collect();
    let _ = writeln!(
        text,
        "| `--collector.NAME`, `--no-collector.NAME` |  | {} ({}) |",
        words.collectors,
        names.join(words.comma)
    );
    let _ = writeln!(text, "\n## {}\n\n{}", words.rest, words.rest_text);
    print(&text)?;
    Ok(0)
}

/// The words of the reference that are neither a key's nor a flag's.
struct Words {
    title: &'static str,
    lead: &'static str,
    keys: &'static str,
    keys_head: &'static str,
    kind: &'static str,
    default: &'static str,
    none: &'static str,
    flag: &'static str,
    variable: &'static str,
    effect: &'static str,
    at_reload: &'static str,
    at_restart: &'static str,
    colon: &'static str,
    comma: &'static str,
    flags: &'static str,
    flags_head: &'static str,
    collectors: &'static str,
    rest: &'static str,
    rest_text: &'static str,
    help: fn(&Key) -> &'static str,
    allowed: fn(&Key) -> String,
    flag_help: fn(&Arg) -> String,
}

const ENGLISH: Words = Words {
    title: "Configuration",
    lead: "Written by `openclaw-prometheus config docs`; do not edit.\n\n\
           Everything has a default. A file (`--config FILE`: JSON or JSON5, at most 1 MiB) is laid over the defaults, variables\n\
           of the environment over the file, and flags over those, key by key. In the plugin the file's place is taken by\n\
           `plugins.entries.openclaw-prometheus.config` of the Gateway's configuration; it reads the variables too, and no flags.\n\
           An empty variable counts as not set; in one, members of a list stand with commas between them.\n\
           `--web.listen-address` is address and port at once: `127.0.0.1:19464`, `:19464` for all addresses, `unix:/path/to.sock`.\n\n\
           - `openclaw-prometheus config check FILE` says whether a file is right: each mistake is a line with its place, what is\n  \
           there and what is allowed. Exit status 0 right, 2 not.\n\
           - `openclaw-prometheus config print`, with the flags of `serve`, prints what holds and where it comes from.\n\
           - `openclaw-prometheus config schema` prints the JSON Schema, [config.schema.json](config.schema.json).\n\n\
           **When a change takes effect.** The program reads all of it again at SIGHUP. What takes effect then is marked *at a\n\
           reload*, and so does the file of `--web.config.file`; what else has changed is named in the log and waits for a\n\
           restart. A mistake changes nothing. The plugin is begun anew by the Gateway when its configuration changes, so that all\n\
           of it takes effect.",
    keys: "Settings",
    keys_head: "| key | type | default | takes effect |",
    kind: "type",
    default: "default",
    none: "none",
    flag: "flag",
    variable: "variable",
    effect: "takes effect",
    at_reload: "at a reload",
    at_restart: "at a restart",
    colon: ": ",
    comma: ", ",
    flags: "Flags of `serve` without a key",
    flags_head: "| flag | default | what it does |",
    collectors: "Show a collector, or leave it out, over what `collectors.disabled` says; the last one holds.",
    rest: "Other variables",
    rest_text: "| variable | what it does |\n|---|---|\n\
        | `OPENCLAW_GATEWAY_TOKEN`, `OPENCLAW_GATEWAY_PASSWORD` | the Gateway's own; the program reads them where `OPENCLAW_PROMETHEUS_GATEWAY_TOKEN` or `OPENCLAW_PROMETHEUS_GATEWAY_PASSWORD` is not set |\n\
        | `openclaw-prometheus_BEARER_TOKEN` | what `OPENCLAW_PROMETHEUS_BEARER_TOKEN` was called by the PartMe plugin; read where that is not set |\n\n\
        A variable that begins with `OPENCLAW_PROMETHEUS_` and is not here is refused, but for those that Kubernetes sets for a\n\
        service of that name.",
    help: Key::help,
    allowed: Key::allowed,
    flag_help: |arg| arg.get_help().map(ToString::to_string).unwrap_or_default(),
};

const CHINESE: Words = Words {
    title: "配置",
    lead: "由 `openclaw-prometheus config docs --language zh` 生成,请勿手工修改。\n\n\
           每一项都有默认值。文件(`--config FILE`:JSON 或 JSON5,最多 1 MiB)覆盖默认值,环境变量覆盖文件,命令行选项再覆盖环境变量,逐键进行。\n\
           在插件中,Gateway 配置里的 `plugins.entries.openclaw-prometheus.config` 代替文件;它同样读取环境变量,没有选项。空变量视为未设;\n\
           变量中列表的各项以逗号分隔。`--web.listen-address` 同时给出地址与端口:`127.0.0.1:19464`、`:19464`(所有地址)、`unix:/path/to.sock`。\n\n\
           - `openclaw-prometheus config check FILE` 说明文件是否正确:每个错误一行,含位置、给出的值与允许的值。退出状态 0 正确,2 不正确。\n\
           - `openclaw-prometheus config print` 加上 `serve` 的选项,打印生效的设置及其来源。\n\
           - `openclaw-prometheus config schema` 打印 JSON Schema,即 [config.schema.json](config.schema.json)。\n\n\
           **更改何时生效。** 收到 SIGHUP 时程序重新读取全部配置。届时生效的标为*重新加载时*,`--web.config.file` 的文件也在此时生效;其余更改写入日志,等待重启。有错误时什么都不变。\n\
           插件在其配置变化时由 Gateway 重新启动,因此全部生效。",
    keys: "设置",
    keys_head: "| 键 | 类型 | 默认值 | 生效 |",
    kind: "类型",
    default: "默认值",
    none: "无",
    flag: "选项",
    variable: "变量",
    effect: "生效",
    at_reload: "重新加载时",
    at_restart: "重启时",
    colon: ":",
    comma: ",",
    flags: "没有对应键的 `serve` 选项",
    flags_head: "| 选项 | 默认值 | 作用 |",
    collectors: "显示或略去一个采集器,优先于 `collectors.disabled`;以最后一个为准。",
    rest: "其他变量",
    rest_text: "| 变量 | 作用 |\n|---|---|\n\
        | `OPENCLAW_GATEWAY_TOKEN`、`OPENCLAW_GATEWAY_PASSWORD` | Gateway 自己的变量;未设 `OPENCLAW_PROMETHEUS_GATEWAY_TOKEN` 或 `OPENCLAW_PROMETHEUS_GATEWAY_PASSWORD` 时由程序读取 |\n\
        | `openclaw-prometheus_BEARER_TOKEN` | PartMe 插件中 `OPENCLAW_PROMETHEUS_BEARER_TOKEN` 的名称;后者未设时读取 |\n\n\
        以 `OPENCLAW_PROMETHEUS_` 开头而不在此列的变量会被拒绝,Kubernetes 为同名服务设置的变量除外。",
    help: Key::chinese_help,
    allowed: Key::chinese_allowed,
    flag_help: |arg| {
        let told = FLAGS_IN_CHINESE.iter().find(|(id, _)| arg.get_long() == Some(id));
        // In English rather than not at all; a test asks for the rest.
        told.map_or_else(|| (ENGLISH.flag_help)(arg), |(_, told)| (*told).into())
    },
};

/// What flags without a key do, in Chinese.
const FLAGS_IN_CHINESE: [(&str, &str); 14] = [
    ("demo", "循环实时播放内置的一小段记录,如同一个当前的 Gateway。"),
    ("instances", "演示中 Gateway 的数量,各在 /i/NAME/metrics 下,命名为 gw-001 等;/sd 为 Prometheus 列出它们。"),
    ("fault", "让演示中出现一种故障,在一分钟后或所说的时间之后,针对所有实例或其中一个:NAME[@INSTANCE][:after=60s]。"),
    ("replay", "按原有节奏重放一段记录;`-` 读取标准输入。"),
    ("speed", "比记录时快多少倍。"),
    ("loop", "记录结束后重新开始:至少一秒之后,除以速度。"),
    ("config", "配置文件:JSON 或 JSON5,所有键均可省略。"),
    ("web.systemd-socket", "在 systemd 交来的套接字(LISTEN_FDS)上提供服务,不在别处监听。"),
    ("web.enable-lifecycle", "也接受 POST /-/reload 重新加载,供可以抓取者使用。"),
    ("collector.disable-defaults", "停用全部采集器,--collector.NAME 所列的除外。"),
    ("web.disable-exporter-metrics", "略去导出器关于自身及其进程的内容。"),
    ("allow-unauthenticated", "即使不要求令牌也在本机之外监听。"),
    ("log.level", "略去级别更低的行。"),
    ("log.format", "行的写法。"),
];

/// The flags of `serve` that no key has told of; those of single collectors have one row together.
fn flags() -> Vec<Arg> {
    let command = command();
    let serve = command.find_subcommand("serve").cloned().unwrap_or(command);
    let is_told = |arg: &Arg| {
        let flag = arg.get_long().map(|long| format!("--{long}"));
        Key::all().iter().any(|key| key.flag().is_some() && key.flag() == flag.as_deref())
    };
    let is_collector = |arg: &Arg| {
        let name = arg.get_long().and_then(|long| long.trim_start_matches("no-").strip_prefix("collector."));
        name.is_some_and(|name| Section::named(name).is_some())
    };
    let flags = serve.get_arguments().filter(|arg| arg.get_long().is_some() && !is_told(arg) && !is_collector(arg));
    flags.cloned().collect()
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn default_of(key: &Key, defaults: &Config, words: &Words) -> String {
    match key.value(defaults) {
        Some(Value::String(value)) => code(&value),
        Some(value) => code(&value.to_string()),
        None => words.none.into(),
    }
}

/// When a change of the key takes effect in the program.
fn effect_of(key: &Key, words: &Words) -> &'static str {
    if TAKEN.contains(&key.name()) { words.at_reload } else { words.at_restart }
}

/// A key on a line, which leads to all that is known of it.
fn overview(text: &mut String, key: &Key, defaults: &Config, words: &Words) {
    let (name, kind) = (key.name(), key.type_name());
    // As the heading below is called in a link.
    let anchor = name.to_lowercase().replace('.', "");
    let (default, effect) = (default_of(key, defaults, words), effect_of(key, words));
    let _ = writeln!(text, "| [`{name}`](#{anchor}) | {kind} | {default} | {effect} |");
}

/// A key with all that is known of it.
fn tell(text: &mut String, key: &Key, defaults: &Config, words: &Words) {
    let (default, effect) = (default_of(key, defaults, words), effect_of(key, words));
    let kind = format!("{}{}{}", key.type_name(), words.comma, (words.allowed)(key));
    let mut rows = vec![(words.kind, kind), (words.default, default)];
    rows.extend(key.flag().map(|flag| (words.flag, code(flag))));
    rows.extend(key.variable().map(|variable| (words.variable, code(variable))));
    rows.push((words.effect, effect.into()));
    let _ = write!(text, "\n### `{}`\n\n{}\n\n", key.name(), (words.help)(key));
    for (name, value) in rows {
        let _ = writeln!(text, "- {name}{}{}", words.colon, value.replace('*', "\\*"));
    }
}

/// A flag without a key.
fn row(text: &mut String, arg: &Arg, words: &Words) {
    let long = arg.get_long().unwrap_or_default();
    let names = arg.get_value_names().unwrap_or_default().join(" ");
    let value = if arg.get_action().takes_values() { format!(" {names}") } else { String::new() };
    let defaults: Vec<String> = arg.get_default_values().iter().map(|value| code(&value.to_string_lossy())).collect();
    let choices: Vec<String> = arg.get_possible_values().iter().map(|value| code(value.get_name())).collect();
    let choices = match arg.get_action().takes_values() && !choices.is_empty() {
        true => format!(" ({})", choices.join(words.comma)),
        false => String::new(),
    };
    let default = if arg.get_action().takes_values() { defaults.join(words.comma) } else { String::new() };
    let help = (words.flag_help)(arg).replace('|', "\\|");
    let _ = writeln!(text, "| `--{long}{value}` | {default} | {help}{choices} |");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_without_a_key_is_told_in_chinese_and_no_other() {
        let flags = flags();
        let longs: Vec<&str> = flags.iter().filter_map(Arg::get_long).collect();
        for long in &longs {
            assert!(FLAGS_IN_CHINESE.iter().any(|(known, _)| known == long), "--{long} lacks its words in Chinese");
        }
        for (known, _) in FLAGS_IN_CHINESE {
            assert!(longs.contains(&known), "--{known} is no flag without a key");
        }
    }
}
