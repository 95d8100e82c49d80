//! How the addon is linked.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // Node unmaps an addon when the last environment that loaded it ends, a Worker's included. Our statics hold
        // the totals, which outlive any environment, and a thread of ours may still be on its way out: so we stay.
        // napi-build asks for the same where the C library is glibc, for reasons of its own; ours do not hang on it.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
