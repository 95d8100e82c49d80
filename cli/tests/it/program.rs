//! The program, run as a user runs it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// A child that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `serve` on any free port, and waits until it says where that is.
#[track_caller]
pub(crate) fn serve(arguments: &[&str]) -> (Running, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .args(["serve", "--web.listen-address", "127.0.0.1:0"])
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built with this test");
    let stderr = child.stderr.take().expect("piped");
    let running = Running(child);
    // Before that it may have to say what is wrong.
    let mut lines = BufReader::new(stderr).lines().map(|line| line.expect("UTF-8"));
    let address = lines.find_map(|line| served(&line, "/metrics"));
    (running, address.expect("a line that says where it serves"))
}

/// What a line of the log says.
#[track_caller]
pub(crate) fn message(line: &str) -> String {
    let quoted = line.split_once(" msg=").map(|(_, quoted)| quoted.trim_end());
    let quoted = quoted.filter(|_| line.starts_with("time=")).unwrap_or_else(|| panic!("no line of a log: {line:?}"));
    serde_json::from_str(quoted).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

/// Where a line says that it serves, with metrics at a path that ends so.
pub(crate) fn served(line: &str, path: &str) -> Option<SocketAddr> {
    let message = message(line);
    let (at, _) = message.strip_prefix("serving ")?.split_once(" at http://")?.1.split_once(',')?;
    at.strip_suffix(path)?.split('/').next()?.parse().ok()
}
