//! Promise: a setting that there is no memory for is one line and status 2.

use std::process::{Command, Stdio};

use crate::program::message;

fn under_a_limit(kibibytes: u32, command: &str) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {kibibytes}; exec \"$0\" {command}")])
        .arg(env!("CARGO_BIN_EXE_openclaw-prometheus"))
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn more_series_than_there_is_memory_for_are_one_line_and_status_2() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-large.json5", std::process::id()));
    std::fs::write(&file, "{ maxSeries: 1000000 }").expect("a folder for tests");
    let command = format!("serve --demo --web.listen-address 127.0.0.1:0 --config '{}'", file.display());
    let (status, said) = under_a_limit(4 << 20, &command);
    assert_eq!(
        message(&said),
        "config: maxSeries: there is not the memory for 1000000 series; write a smaller number, or let the process have more \
         memory"
    );
    assert_eq!(said.lines().count(), 1);
    assert_eq!(status, Some(2));
}

#[test]
fn a_recording_that_there_is_no_memory_for_is_one_line_and_status_2() {
    let (status, said) = under_a_limit(30_000, "replay -");
    assert!(said.starts_with("openclaw-prometheus: registry: no memory for "), "{said}");
    assert_eq!((said.lines().count(), status), (1, Some(2)), "{said}");
}
