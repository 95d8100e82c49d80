//! Whether the configuration that holds is the one that stands in its files.

use std::sync::Arc;

use crate::clock::Clock;
use crate::record::Gauge;
use crate::registry::{RegisterError, Registry};

/// Tells how reading a configuration again went, as Prometheus tells it of its own.
///
/// ```
/// use openclaw_prometheus::{Registry, SystemClock, collector::Reloads, encode};
///
/// let registry = Registry::builder().build()?;
/// let reloads = Reloads::register(&registry, "app", SystemClock::new())?;
/// reloads.tell(false);
/// assert!(encode::text(&registry).contains("app_config_last_reload_successful 0\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reloads {
    is_successful: Gauge,
    succeeded_at: Gauge,
    clock: Arc<dyn Clock>,
}

impl Reloads {
    /// Registers `PREFIX_config_last_reload_successful` and `PREFIX_config_last_reload_success_timestamp_seconds`. That it begins
    /// counts as the first success.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn register(registry: &Registry, prefix: &str, clock: impl Clock + 'static) -> Result<Self, RegisterError> {
        let gauge =
            |rest: &str, help: &str| registry.gauge(&format!("{prefix}_config_last_reload_{rest}"), help).register();
        let reloads = Self {
            is_successful: gauge("successful", "Whether the configuration was taken when it was last read.")?,
            succeeded_at: gauge(
                "success_timestamp_seconds",
                "When a configuration was last taken, in seconds since the Unix epoch.",
            )?,
            clock: Arc::new(clock),
        };
        reloads.tell(true);
        Ok(reloads)
    }

    /// Tells that it was read again, and whether it was taken.
    pub fn tell(&self, is_taken: bool) {
        self.is_successful.set(f64::from(u8::from(is_taken)));
        if is_taken {
            self.succeeded_at.set(self.clock.unix().as_secs_f64());
        }
    }
}
