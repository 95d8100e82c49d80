//! `config print`: the settings that hold, each with where it comes from.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};
use openclaw_prometheus::config::{Config, Key, Origin, Origins};
use serde::Serialize;
use serde_json::Value;

use crate::collectors::HEADING;
use crate::terminal::print;
use crate::{CliError, Serve, command, settings};

#[derive(Debug, Args)]
pub(super) struct Print {
    #[command(flatten)]
    serve: Serve,
    /// How it is written.
    #[arg(long = "format", value_enum, default_value_t = Form::Table)]
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
}

/// What `serve` is to show, not how: no settings.
const NO_SETTINGS: [&str; 7] = ["demo", "instances", "fault", "replay", "speed", "is_loop", "config"];

/// A setting that holds.
#[derive(Serialize)]
struct Setting {
    /// The key, or the flag of what has none.
    name: String,
    /// Null where there is none, and for a secret.
    value: Value,
    is_secret: bool,
    origin: &'static str,
    /// Which file, variable or flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

/// Prints them, then says what keeps `serve` from serving with them.
pub(super) fn run(asked: &Print, given: &ArgMatches) -> Result<u64, CliError> {
    let serve = &asked.serve;
    let built = settings::layers(serve).build_with_origins();
    let (config, origins) = built.map_err(|errors| CliError::Config(vec![errors]))?;
    let web = config.web_config().map_err(|errors| CliError::Config(vec![errors]))?;
    let keys = Key::all().iter().map(|key| Setting::of_key(key, &config, &origins));
    let all: Vec<Setting> = keys.chain(flags(given)).collect();
    print(&match asked.form {
        Form::Table => table(&all),
        Form::Json => serde_json::to_string_pretty(&all).map_err(|error| CliError::Write(error.into()))? + "\n",
    })?;
    config.check_exposure(serve.allow_unauthenticated || web.asks_who())?;
    Ok(0)
}

impl Setting {
    fn of_key(key: &Key, config: &Config, origins: &Origins) -> Self {
        let value = key.value(config);
        let origin = origins.of(key);
        let (origin, place) = match origin {
            Origin::File(file) => ("file", Some(file.display().to_string())),
            Origin::Variable(name) => ("variable", Some(settings::variable(name).into())),
            Origin::Flag(name) => ("flag", Some(name.clone())),
            _ => ("default", None),
        };
        let is_secret = key.is_secret();
        Self { name: key.name().into(), value: value.unwrap_or(Value::Null), is_secret, origin, place }
    }

    fn shown(&self) -> String {
        match &self.value {
            Value::Null if self.is_secret && self.origin != "default" => "(not shown)".into(),
            Value::Null => "none".into(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        }
    }
}

/// Flags that are settings and have no key.
fn flags(given: &ArgMatches) -> impl Iterator<Item = Setting> {
    let command = command();
    let args: Vec<_> = command.get_arguments().cloned().collect();
    args.into_iter().filter_map(|arg| {
        let flag = format!("--{}", arg.get_long()?);
        let id = arg.get_id().as_str();
        // What collectors are left out is a key's value.
        let is_collectors = arg.get_help_heading() == Some(HEADING);
        if is_collectors || NO_SETTINGS.contains(&id) || Key::all().iter().any(|key| key.flag() == Some(flag.as_str()))
        {
            return None;
        }
        let is_given = given.value_source(id) == Some(ValueSource::CommandLine);
        let values: Vec<Value> =
            given.get_raw(id)?.map(|value| value.to_string_lossy().into_owned()).map(Value::from).collect();
        let value = match values.as_slice() {
            [Value::String(word)] if !arg.get_action().takes_values() => Value::from(word == "true"),
            [one] => one.clone(),
            _ => Value::from(values),
        };
        let (origin, place) = if is_given { ("flag", Some(flag.clone())) } else { ("default", None) };
        Some(Setting { name: flag, value, is_secret: false, origin, place })
    })
}

fn table(all: &[Setting]) -> String {
    let rows: Vec<[String; 3]> = all
        .iter()
        .map(|setting| {
            let place = setting.place.as_deref().map(|place| format!(" {place}")).unwrap_or_default();
            [setting.name.clone(), setting.shown(), format!("{}{place}", setting.origin)]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (names, values) = (width(0), width(1).min(40));
    rows.iter().map(|[name, value, origin]| format!("{name:names$}  {value:values$}  {origin}\n")).collect()
}
