//! Which build of a program this is.

use crate::registry::{MetricKind, RegisterError, Registry};

/// Registers an info metric, a gauge that is 1 for ever: `name` with the `labels` and their values. An empty value is not
/// written. Registered again it tells the new values, and the old ones no more.
///
/// ```
/// use openclaw_prometheus::{Registry, collector, encode};
///
/// let registry = Registry::builder().build()?;
/// collector::build_info(&registry, "app_build_info", "Which build this is.", [("version", "1.2.3"), ("instance", "")])?;
/// assert!(encode::text(&registry).contains("app_build_info{version=\"1.2.3\"} 1\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The family is registered already with other labels, or there is no room.
pub fn build_info<const N: usize>(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: [(&str, &str); N],
) -> Result<(), RegisterError> {
    let family = registry.snapshot(name, help, MetricKind::Gauge).labels(labels.map(|(name, _)| name)).register()?;
    family.replace([(labels.map(|(_, value)| value), 1.0)]);
    Ok(())
}
