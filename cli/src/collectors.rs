//! The flags that enable and disable collectors, as node_exporter has them: `--collector.NAME` and `--no-collector.NAME` for each
//! section of the catalogue, `--collector.disable-defaults`, `--web.disable-exporter-metrics`.
//!
//! All collectors are enabled unless something says otherwise, so that `--collector.NAME` matters over a configuration, and after
//! `--collector.disable-defaults`. Of the two flags of a name the last one holds.

use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use openclaw_prometheus::openclaw::catalogue::Section;

/// What the exporter tells of itself, and of the process that it is.
const OF_THE_EXPORTER: [Section; 2] = [Section::Exporter, Section::Process];
const DISABLE_DEFAULTS: &str = "collector.disable-defaults";
const DISABLE_EXPORTER_METRICS: &str = "web.disable-exporter-metrics";
pub(super) const HEADING: &str = "Collectors";

/// The flags of one section: to enable and to disable it.
struct Pair {
    section: Section,
    on: String,
    off: String,
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let pair = |section: &Section| {
        let name = section.name();
        Pair { section: *section, on: format!("collector.{name}"), off: format!("no-collector.{name}") }
    };
    Section::ALL.iter().map(pair).collect()
});

/// Collectors that were enabled and disabled, in the order in which that holds.
#[derive(Debug, Clone, Default)]
pub(super) struct CollectorFlags(Vec<(Section, bool)>);

impl CollectorFlags {
    /// Each with its name, and whether it is enabled; a later one wins.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.0.iter().map(|(section, is_enabled)| (section.name(), *is_enabled))
    }
}

impl Args for CollectorFlags {
    fn augment_args(command: Command) -> Command {
        let flag = |name: &'static str, help: String| {
            Arg::new(name).long(name).help(help).action(ArgAction::SetTrue).help_heading(HEADING).hide_short_help(true)
        };
        let several = [
            (DISABLE_DEFAULTS, "Leave out all collectors but those of --collector.NAME"),
            (DISABLE_EXPORTER_METRICS, "Leave out what the exporter tells of itself and of its process"),
        ];
        let command = several.into_iter().fold(command, |command, (name, help)| command.arg(flag(name, help.into())));
        PAIRS.iter().fold(command, |command, Pair { section, on, off }| {
            let about = section.about().trim_end_matches('.');
            // Each undoes the other, and itself.
            let on_flag = flag(on, format!("Enable: {about}")).overrides_with_all([on.as_str(), off]);
            let off_flag = flag(off, format!("Leave out: {about}")).overrides_with_all([on.as_str(), off]);
            // The help has one line for both.
            command.arg(on_flag.hide(true)).arg(off_flag)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CollectorFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let all_disabled =
            matches.get_flag(DISABLE_DEFAULTS).then(|| Section::ALL.iter().map(|section| (*section, false)));
        let given = PAIRS.iter().filter(|Pair { on, off, .. }| matches.get_flag(on) || matches.get_flag(off));
        let switched = given.map(|Pair { section, on, .. }| (*section, matches.get_flag(on)));
        let own = matches.get_flag(DISABLE_EXPORTER_METRICS).then(|| OF_THE_EXPORTER.map(|section| (section, false)));
        Ok(Self(all_disabled.into_iter().flatten().chain(switched).chain(own.into_iter().flatten()).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
