//! The `openclaw-prometheus` program; all of it is in the library beside this file.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    openclaw_prometheus_cli::run()
}
