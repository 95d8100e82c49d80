//! `--version`: what was built, of which commit, for what, by which compiler, and with which parts.

use std::sync::LazyLock;

use openclaw_prometheus::exporter::{FEATURES, VERSION};

/// The lines of `--version`; `-V` has the first alone.
pub(super) fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| {
        let mut text = VERSION.to_owned();
        for (name, value) in [
            // A package of the source has none.
            ("commit", option_env!("OCP_COMMIT").unwrap_or_default().to_owned()),
            ("target", env!("OCP_TARGET").to_owned()),
            ("compiler", env!("OCP_COMPILER").to_owned()),
            ("features", FEATURES.join(", ")),
        ] {
            if !value.is_empty() {
                text.push_str(&format!("\n{name}: {value}"));
            }
        }
        text
    });
    &LONG
}
