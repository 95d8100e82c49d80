//! `man` and `completions`: the command line, told to a reader of manuals and to shells.

use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use openclaw_prometheus::config::Key;
use openclaw_prometheus::exporter::VERSION;

use super::terminal::print;
use super::{CliError, command};

/// What the program is called where it is installed.
const NAME: &str = "openclaw-prometheus";

/// Prints what a shell reads to complete the command line.
pub(super) fn completions(shell: Shell) -> Result<u64, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), NAME, &mut text);
    // For bash clap_complete spells a name with a hyphen in two ways, so that nothing is offered behind a command.
    let text = String::from_utf8_lossy(&text).replace(&NAME.replace('-', "__subcmd__"), &NAME.replace('-', "__"));
    print(&text)?;
    Ok(0)
}

/// Prints the manual page of the program, or of the command that these words name.
pub(super) fn man(words: &[String]) -> Result<u64, CliError> {
    let mut asked = command();
    asked.build();
    for word in words {
        let known: Vec<&str> = asked.get_subcommands().map(clap::Command::get_name).collect();
        let unknown = || format!("man: there is no command {word:?}; write one of {}", known.join(", "));
        asked = asked.find_subcommand(word).cloned().ok_or_else(|| CliError::Usage(unknown()))?;
    }
    let page = page(Man::new(asked), words.is_empty()).map_err(CliError::Write)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(0)
}

fn page(man: Man, is_whole: bool) -> std::io::Result<Vec<u8>> {
    let man = man.source(format!("{NAME} {VERSION}")).manual("Prometheus metrics of OpenClaw");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if is_whole {
        man.render_subcommands_section(&mut page)?;
        environment().to_writer(&mut page)?;
    }
    let mut status = Roff::default();
    status.control("SH", ["EXIT STATUS"]);
    status.text([roman("0 done, 1 done but some lines were skipped or something is wrong, 2 not done.")]);
    status.to_writer(&mut page)?;
    Ok(page)
}

/// The variables of the environment, each with what its key does.
fn environment() -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["ENVIRONMENT"]);
    for (variable, key) in Key::all().iter().filter_map(|key| Some((key.variable()?, key))) {
        roff.control("TP", []);
        roff.text([bold(variable)]);
        roff.text([roman(format!("{} Allowed: {}.", key.help(), key.allowed()))]);
    }
    roff
}
