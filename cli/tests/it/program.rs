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
    let line = lines.find(|line| line.contains("open http://")).expect("a line that says what to open");
    let address = line.trim().split("open http://").nth(1).filter(|rest| rest.ends_with("/metrics"));
    let address = address.and_then(|rest| rest.split('/').next()?.parse().ok());
    (running, address.unwrap_or_else(|| panic!("no address in {line:?}")))
}
