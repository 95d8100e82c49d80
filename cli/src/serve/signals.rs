//! What an operator says: SIGHUP and `POST /-/reload` reload, SIGTERM and SIGINT end.

use std::io;
use std::task::Poll;

use openclaw_prometheus::serve::{ReloadRequest, Site};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Requests to reload that wait at most; one more is refused.
const WAITING: usize = 8;

/// Signals and requests that are heard from now on.
pub(super) struct Signals {
    runtime: Runtime,
    heard: Vec<(SignalKind, Signal)>,
    requests: Receiver<ReloadRequest>,
    asked: Sender<ReloadRequest>,
}

/// What was heard.
enum Heard {
    /// To reload; with who waits for the outcome, if anybody does.
    Reload(Option<ReloadRequest>),
    /// To end.
    End(SignalKind),
}

impl Signals {
    pub(super) fn open() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let within = runtime.enter();
        let kinds = [SignalKind::hangup(), SignalKind::terminate(), SignalKind::interrupt()];
        let heard = kinds.into_iter().map(|kind| Ok((kind, signal(kind)?))).collect::<io::Result<_>>()?;
        drop(within);
        let (asked, requests) = channel(WAITING);
        Ok(Self { runtime, heard, requests, asked })
    }

    /// Has a site's `POST /-/reload` be heard.
    pub(super) fn listen_to(&self, site: Site) -> Site {
        let asked = self.asked.clone();
        site.lifecycle(move |request| asked.try_send(request).is_ok())
    }

    /// Waits for SIGTERM or SIGINT, and has it reload whenever that is asked for until then. From then on a second one ends the
    /// process at once, whoever is still being answered.
    pub(super) fn wait(mut self, mut reload: impl FnMut() -> Result<(), String>) -> io::Result<()> {
        while let Heard::Reload(asked) = self.next() {
            let outcome = reload();
            if let Some(request) = asked {
                request.answer(outcome);
            }
        }
        let second = move || {
            loop {
                // A request that comes now is dropped, and answered with that.
                if let Heard::End(kind) = self.next() {
                    // As a shell says it of a process that a signal ended.
                    std::process::exit(128 + kind.as_raw_value());
                }
            }
        };
        std::thread::Builder::new().name("signals".into()).spawn(second).map(drop)
    }

    fn next(&mut self) -> Heard {
        let Self { runtime, heard, requests, .. } = self;
        runtime.block_on(std::future::poll_fn(|cx| {
            let came = heard.iter_mut().find_map(|(kind, signal)| signal.poll_recv(cx).is_ready().then_some(*kind));
            match came {
                Some(kind) if kind == SignalKind::hangup() => return Poll::Ready(Heard::Reload(None)),
                Some(kind) => return Poll::Ready(Heard::End(kind)),
                None => {}
            }
            // Never over, as a sender is kept.
            requests.poll_recv(cx).map(Heard::Reload)
        }))
    }
}
