//! What a host has to say of itself in `/health`: a sentence for each of its subjects.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sentences for `/health`, by subject: what works how, and what does not. Cheap to clone; any thread may change it at any
/// time, at the price of a lock and a copy.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher, serve::Site};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let site = Site::new(publisher.pages());
/// site.remarks().tell("upstream", "asked over a WebSocket");
/// site.remarks().warn("queue", "is not reached: nobody listens on port 5672");
/// let (is_healthy, document) = site.health();
/// let document = String::from_utf8(document)?;
/// assert!(is_healthy && document.contains(r#""warnings":["queue: is not reached: nobody listens on port 5672"]"#));
/// assert!(document.contains(r#""upstream":"asked over a WebSocket""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Remarks(Arc<Mutex<BTreeMap<&'static str, Remark>>>);

#[derive(Debug, Clone, PartialEq)]
struct Remark {
    sentence: String,
    is_warning: bool,
}

impl Remarks {
    /// Says how it stands with a subject. False if that was known.
    pub fn tell(&self, subject: &'static str, sentence: &str) -> bool {
        self.set(subject, sentence, false)
    }

    /// Says what is wrong with a subject: `/health` lists it among its warnings, too. False if that was known.
    pub fn warn(&self, subject: &'static str, sentence: &str) -> bool {
        self.set(subject, sentence, true)
    }

    /// Says nothing of a subject any more.
    pub fn forget(&self, subject: &'static str) {
        self.lock().remove(subject);
    }

    /// Every subject with its sentence.
    pub fn all(&self) -> Vec<(&'static str, String)> {
        self.lock().iter().map(|(subject, remark)| (*subject, remark.sentence.clone())).collect()
    }

    /// What is wrong, the subject in front.
    pub fn warnings(&self) -> Vec<String> {
        let wrong =
            |(subject, remark): (&&str, &Remark)| remark.is_warning.then(|| format!("{subject}: {}", remark.sentence));
        self.lock().iter().filter_map(wrong).collect()
    }

    fn set(&self, subject: &'static str, sentence: &str, is_warning: bool) -> bool {
        let remark = Remark { sentence: sentence.into(), is_warning };
        self.lock().insert(subject, remark.clone()).as_ref() != Some(&remark)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Remark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
