//! Promise: without the token nobody sees a metric, nor makes the exporter work; the token in the file is the one that
//! holds; and it is never shown.
#![cfg(feature = "serve")]

mod file;
mod token;
mod told;
mod wrong;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openclaw_prometheus::publish::{Page, Publisher, RenderObserver, Ticker};
use openclaw_prometheus::serve::{Auth, RequestHead, Site};
use openclaw_prometheus::{ManualClock, Registry};
use support::answers::Answer;

const TOKEN: &str = "s3cret~Token+/=";
const PROTECTED: [&str; 4] = ["/metrics", "/metrics/per-object", "/metrics/detailed", "/metrics/health"];
const OPEN: [&str; 3] = ["/", "/-/healthy", "/-/ready"];

/// A site with this guard, and what makes its pages.
struct Guarded {
    site: Arc<Site>,
    renders: Arc<Renders>,
    _ticker: Ticker,
}

#[derive(Default)]
struct Renders(AtomicU64);

impl RenderObserver for Renders {
    fn rendered(&self, _: Duration) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn published(&self, _: &Page, _: Duration) {}

    fn compressed(&self, _: &Page, _: usize, _: Duration) {}
}

impl Guarded {
    fn new(auth: Auth) -> Self {
        Self::with_interval(auth, Duration::from_secs(1))
    }

    fn with_interval(auth: Auth, interval: Duration) -> Self {
        let registry = Registry::builder().series(64).build().unwrap();
        registry.counter("calls_total", "Calls.").register().unwrap().inc();
        let mut publisher = Publisher::new(&registry, interval, ManualClock::new()).unwrap();
        let renders = Arc::new(Renders::default());
        publisher.observer(renders.clone());
        let ticker = publisher.start().unwrap();
        Self { site: Arc::new(Site::new(ticker.pages()).auth(auth)), renders, _ticker: ticker }
    }

    fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Answer {
        let mut head = RequestHead::new(method, path);
        head.authorization = authorization;
        Answer::to(&self.site, &head)
    }

    fn status(&self, authorization: &str) -> u16 {
        self.ask("GET", "/metrics", Some(authorization)).status
    }
}

/// A folder of its own for each test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("auth-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
