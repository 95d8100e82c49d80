//! What the program prints on standard output.

use std::io::{self, Write};

use super::CliError;

/// Prints on standard output. False once nobody reads any more: whoever reads may stop, as `head` does.
pub(super) fn print(text: &str) -> Result<bool, CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Write(error)),
    }
}
