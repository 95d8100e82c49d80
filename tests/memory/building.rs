use std::process::Command;

use openclaw_prometheus::{BuildError, RegisterError, Registry, RegistryBuilder, encode, label_enum};

use crate::refuse_each;

label_enum! {
    enum Letter("letter") {
        A = "a", B = "b", C = "c", D = "d", E = "e", F = "f", G = "g", H = "h", I = "i", J = "j", K = "k", L = "l",
        M = "m", N = "n", O = "o", P = "p",
    }
}
label_enum! {
    enum Digit("digit") {
        N0 = "0", N1 = "1", N2 = "2", N3 = "3", N4 = "4", N5 = "5", N6 = "6", N7 = "7", N8 = "8", N9 = "9",
        N10 = "10", N11 = "11", N12 = "12", N13 = "13", N14 = "14", N15 = "15",
    }
}

#[test]
fn a_registry_without_memory_is_an_error_that_says_what_to_lower() {
    let build = || Registry::builder().series(1000).created_times(true).build();
    build().unwrap();
    let work = |_: &mut ()| build();
    let points = refuse_each(
        "building a registry",
        || (),
        work,
        |(), outcome, is_refused| match outcome {
            Ok(_) => assert!(!is_refused),
            Err(error) => {
                let BuildError::Memory { bytes, follows, .. } = &error else { panic!("{error:?}") };
                assert!(is_refused && *bytes >= 2048 && follows.contains("series"), "{error:?}");
                assert!(error.to_string().starts_with("registry: no memory for "), "{error}");
            }
        },
    );
    assert!(points >= 8, "{points}");
}

#[test]
fn a_family_without_memory_is_an_error_and_can_be_declared_later() {
    let prepare = || {
        let registry = Registry::builder().families(1000).build().unwrap();
        (0..600).for_each(|number| drop(registry.counter(&format!("a{number}_total"), "").register().unwrap()));
        registry
    };
    let open = |registry: &Registry| registry.counter("open_total", "").labels(["x"]).register();
    let closed = |registry: &Registry| registry.counter("closed_total", "").closed::<(Letter, Digit)>().register();
    let points = refuse_each(
        "declaring a family",
        prepare,
        |registry| (open(registry).map(drop), closed(registry).map(drop)),
        |registry, outcomes, is_refused| {
            let errors: Vec<_> = [outcomes.0, outcomes.1].into_iter().filter_map(Result::err).collect();
            assert_eq!(!errors.is_empty(), is_refused);
            assert!(errors.iter().all(|error| matches!(error, RegisterError::Memory { .. })), "{errors:?}");
            open(&registry).unwrap().with(["x"]).inc();
            closed(&registry).unwrap().at((Letter::A, Digit::N0)).inc();
            let text = encode::text(&registry);
            assert!(text.contains("open_total{x=\"x\"} 1\n"));
            assert!(text.contains("closed_total{letter=\"a\",digit=\"0\"} 1\n"));
        },
    );
    assert!(points >= 3, "{points}");
}

/// Set in a child that the system gives little address space.
const CHILD: &str = "OCP_LITTLE_MEMORY_CHILD";

/// What the child builds.
fn builder(name: &str) -> RegistryBuilder {
    match name {
        "most series" => Registry::builder().series(8_388_608).slabs(32),
        _ => Registry::builder().series(100_000),
    }
}

/// Builds in a process that may have no more than so much address space.
#[track_caller]
fn assert_built_with(kibibytes: u32, name: &str) {
    let this = std::env::current_exe().unwrap();
    let test = "building::a_registry_that_is_too_large_for_the_process_is_an_error";
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"")])
        .arg(this)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, name)
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {output:?}");
}

#[test]
fn a_registry_that_is_too_large_for_the_process_is_an_error() {
    if let Ok(name) = std::env::var(CHILD) {
        let error = builder(&name).build().unwrap_err();
        assert!(matches!(error, BuildError::Memory { .. }), "{error:?}");
        let sentence = error.to_string();
        let is_told = sentence.contains(" bytes asked for at once; lower its series");
        assert!(sentence.starts_with("registry: no memory for ") && is_told, "{sentence}");
        return;
    }
    assert_built_with(300_000, "many series");
    assert_built_with(4_000_000, "most series");
}
