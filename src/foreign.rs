//! Calls into code that is not ours: collectors, observers, clocks.
//!
//! A panic there ends nothing of ours: it is caught here and told as a sentence. Whoever calls holds no lock of ours
//! meanwhile, as that code may ask us for anything.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

/// What `act` gives, or what its panic said.
pub(crate) fn call<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    // What the callers share with `act` guards itself, or is not used again.
    panic::catch_unwind(AssertUnwindSafe(act)).map_err(message)
}

/// What a panic said.
fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("without a message").to_owned();
    // What was thrown may throw again when it goes; that is then left where it is.
    if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Again;

    impl Drop for Again {
        fn drop(&mut self) {
            std::panic::panic_any(7);
        }
    }

    #[test]
    fn a_panic_is_told_in_its_words_whatever_was_thrown() {
        assert_eq!(call(|| 1), Ok(1));
        assert_eq!(call(|| -> u8 { panic!("plain") }), Err("plain".into()));
        assert_eq!(call(|| -> u8 { panic!("of {}", 2) }), Err("of 2".into()));
        assert_eq!(call(|| -> u8 { panic::panic_any(3) }), Err("without a message".into()));
        assert_eq!(call(|| -> u8 { panic::panic_any(Again) }), Err("without a message".into()));
    }
}
