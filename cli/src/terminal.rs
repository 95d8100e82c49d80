//! What the program prints: answers on standard output, and lines about files on standard error.

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

/// Prints a line on standard error as it is, for editors and other programs that look for a file's name at its beginning.
pub(super) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// How many characters a line of standard output has, if that is a terminal.
pub(super) fn columns() -> Option<u16> {
    let terminal = console::Term::stdout();
    terminal.is_term().then(|| terminal.size().1)
}
