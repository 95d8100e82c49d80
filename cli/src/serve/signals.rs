//! What an operator says with signals: SIGHUP reload, SIGTERM and SIGINT end.

use std::io;
use std::task::Poll;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that are heard from now on.
pub(super) struct Signals {
    runtime: Runtime,
    heard: Vec<(SignalKind, Signal)>,
}

impl Signals {
    pub(super) fn open() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let within = runtime.enter();
        let kinds = [SignalKind::hangup(), SignalKind::terminate(), SignalKind::interrupt()];
        let heard = kinds.into_iter().map(|kind| Ok((kind, signal(kind)?))).collect::<io::Result<_>>()?;
        drop(within);
        Ok(Self { runtime, heard })
    }

    /// Waits for SIGTERM or SIGINT, and has it reload at each SIGHUP until then. From then on a second one ends the process at
    /// once, whoever is still being answered.
    pub(super) fn wait(mut self, mut reload: impl FnMut()) -> io::Result<()> {
        while self.next() == SignalKind::hangup() {
            reload();
        }
        let second = move || {
            loop {
                let kind = self.next();
                if kind != SignalKind::hangup() {
                    // As a shell says it of a process that a signal ended.
                    std::process::exit(128 + kind.as_raw_value());
                }
            }
        };
        std::thread::Builder::new().name("signals".into()).spawn(second).map(drop)
    }

    fn next(&mut self) -> SignalKind {
        let Self { runtime, heard } = self;
        runtime.block_on(std::future::poll_fn(|cx| {
            let came = heard.iter_mut().find_map(|(kind, signal)| signal.poll_recv(cx).is_ready().then_some(*kind));
            came.map_or(Poll::Pending, Poll::Ready)
        }))
    }
}
