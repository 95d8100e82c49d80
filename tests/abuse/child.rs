//! A server in a process of its own, for what cannot be done to this one: no descriptors, and signals at their default.

use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::{GET, Lab, SMALL, limits};
use crate::peer::Peer;
use crate::server::{ANY, Place, SUBJECTS};

/// Says to the child which server it is.
const SUBJECT: &str = "OCP_ABUSE_SUBJECT";
/// Descriptors of the child.
const DESCRIPTORS: usize = 64;

struct Served {
    child: Child,
    /// Read from, so that it can say how it ended.
    _lines: Lines<BufReader<ChildStdout>>,
    address: Place,
}

impl Served {
    /// Runs `child_that_serves` of this binary under a shell's limit of descriptors.
    fn start(lab: &Lab, descriptors: usize) -> Self {
        let itself = std::env::current_exe().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -n $0; exec \"$@\"", &descriptors.to_string()])
            .arg(itself)
            .args(["--exact", "child_that_serves", "--ignored", "--nocapture"])
            .env(SUBJECT, lab.subject.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| Some(line.ok()?.split_once("at http://")?.1.to_owned())).expect("its address");
        let address = Place { at: line.trim().parse().unwrap(), is_tls: lab.subject.is_tls };
        Self { child, _lines: lines, address }
    }

    /// How long it has had a processor.
    fn busy(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    #[track_caller]
    fn is_scraped(&self) {
        let mut peer = Peer::connect(self.address);
        peer.send(GET);
        assert_eq!(peer.skip_answer(), Some((200, SMALL.page_bytes)));
    }

    /// Ends it; whether it ended as it should.
    fn stop(mut self) -> bool {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().success()
    }
}

unsafe extern "C" {
    fn signal(number: i32, action: usize) -> usize;
}

/// What the child runs: serves until its standard input ends.
pub(crate) fn serve() {
    const SIGPIPE: i32 = 13;
    const DEFAULT: usize = 0;
    let Ok(name) = std::env::var(SUBJECT) else { return };
    // SAFETY: sets an action that the system itself has; no handler of ours is involved.
    unsafe { signal(SIGPIPE, DEFAULT) };
    let subject = SUBJECTS.iter().find(|subject| subject.name == name).unwrap();
    let mut limits = limits();
    // Nothing but the lack of descriptors closes what waits.
    (limits.head, limits.idle) = (Duration::from_secs(60), Duration::from_secs(60));
    let server = (subject.start)(ANY, SMALL.site.clone(), limits).unwrap();
    println!("at http://{}", server.address().at);
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    server.stop();
}

pub(crate) fn a_process_out_of_descriptors_is_served_on(lab: &Lab) {
    let served = Served::start(lab, DESCRIPTORS);
    served.is_scraped();
    // More than it has descriptors for, all silent: each that is accepted closes an older one.
    let silent: Vec<Peer> = (0..DESCRIPTORS * 4).map(|_| Peer::connect(served.address)).collect();
    for _ in 0..20 {
        served.is_scraped();
    }
    assert!(served.descriptors() <= DESCRIPTORS);
    // Nobody comes: nothing is tried again and again.
    let (busy, began) = (served.busy(), Instant::now());
    while began.elapsed() < Duration::from_millis(500) {
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let busy = served.busy() - busy;
    assert!(busy < began.elapsed() / 4, "{busy:?} of {:?}", began.elapsed());
    // When they have gone all is as before.
    drop(silent);
    for _ in 0..20 {
        served.is_scraped();
    }
    assert!(served.stop());
}

pub(crate) fn a_process_whose_descriptors_all_answer_waits_without_spinning(lab: &Lab) {
    let served = Served::start(lab, DESCRIPTORS);
    // Readers that stand still have every descriptor there is. Nobody may be closed for the next.
    let mut readers = Vec::new();
    while served.descriptors() < DESCRIPTORS - 1 {
        let mut reader = Peer::with_small_window(served.address);
        reader.send(GET.repeat(20));
        assert!(reader.is_being_answered());
        readers.push(reader);
    }
    // Each asks at once: who has said nothing goes first when there is no room.
    let ask = |_| {
        let mut peer = Peer::connect(served.address);
        peer.send_ahead(GET);
        peer
    };
    let mut waiting: Vec<Peer> = (0..10).map(ask).collect();
    std::thread::scope(|scope| {
        // The readers are cut when their time is over; then those that wait are answered.
        for peer in &mut waiting {
            scope.spawn(|| assert_eq!(peer.skip_answer(), Some((200, SMALL.page_bytes))));
        }
        let (busy, began) = (served.busy(), Instant::now());
        while began.elapsed() < Duration::from_millis(300) {
            std::thread::park_timeout(Duration::from_millis(100));
        }
        let busy = served.busy() - busy;
        assert!(busy < began.elapsed() / 2, "{busy:?} of {:?}", began.elapsed());
    });
    drop(readers);
    served.is_scraped();
    assert!(served.stop());
}

pub(crate) fn a_host_that_does_not_ignore_sigpipe_lives(lab: &Lab) {
    let served = Served::start(lab, 1024);
    for round in 0..300 {
        let mut peer =
            if round % 2 == 0 { Peer::connect(served.address) } else { Peer::with_small_window(served.address) };
        peer.send(GET.repeat(3));
        if round % 3 != 0 {
            assert!(peer.is_being_answered());
        }
        // Every other one closes with what it has not read, which resets too, and the rest says nothing more first.
        if round % 4 < 2 {
            peer.reset();
        } else {
            peer.finish();
        }
    }
    served.is_scraped();
    assert!(served.stop());
}
