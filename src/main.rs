//! The `openclaw-prometheus` program: replays recorded events, and serves their metrics.
//!
//! Exit status: 0 done, 1 done but some lines were skipped, 2 not done.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
