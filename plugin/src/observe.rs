//! `observe(generation, type, metadata, numbers, count)`, the one call on the path of an event: written by hand.
//!
//! What `#[napi]` generates for a function with arguments allocates twice and takes a lock in every call, for the
//! book-keeping of borrowed class instances (napi 3.16). This asks Node for four numbers and where an array lies, and
//! records: no lock, and no panic that reaches Node. Wrong arguments are refused, and record nothing.
//!
//! A type behind those of events is that of a report. It gives 0 for what was recorded or need not be, 1 if the texts are
//! of another generation, so that JavaScript hands them over again, and 2 for arguments that make no sense or while there
//! is no engine.

use std::panic::catch_unwind;
use std::ptr;

use napi::sys;
use openclaw_prometheus::openclaw::{DiagnosticEvent, Metadata};

use crate::{engine, texts};

const RECORDED: f64 = 0.0;
const OLD_TEXTS: f64 = 1.0;
const REFUSED: f64 = 2.0;
/// The type of a `Float64Array` in Node-API.
const FLOAT64_ARRAY: sys::napi_typedarray_type = 8;

/// The callback that Node calls.
///
/// # Safety
/// `env` and `info` are those of a callback that is running in this thread.
pub(crate) unsafe extern "C" fn observe(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // A panic that left an `extern "C"` function would abort the Gateway.
    let outcome = catch_unwind(|| {
        // SAFETY: the caller's promise.
        let arguments = unsafe { arguments(env, info) };
        arguments.map_or(REFUSED, |([generation, event_type, metadata], numbers)| {
            record(generation, event_type, metadata, numbers)
        })
    });
    let mut value = ptr::null_mut();
    // SAFETY: the callback is running, and there is a place for the value. Without one the result is undefined.
    unsafe { sys::napi_create_double(env, outcome.unwrap_or(REFUSED), &mut value) };
    value
}

fn record(generation: f64, event_type: f64, metadata: f64, numbers: &[f64]) -> f64 {
    let Some(openclaw) = engine::openclaw() else { return REFUSED };
    // Conversions saturate and take NaN for 0, so they have to lead back.
    let (place, bits) = (event_type as usize, metadata as u8);
    if place as f64 != event_type || f64::from(bits) != metadata {
        return REFUSED;
    }
    let mut vouched = Metadata::none();
    (vouched.trusted, vouched.internal) = (bits & 1 != 0, bits & 2 != 0);
    let events = DiagnosticEvent::TYPES.len();
    let is_type = texts::with(generation, |texts| {
        if place < events {
            openclaw.observe_numbers(place, numbers, texts, vouched)
        } else {
            openclaw.report_numbers(place - events, numbers, texts)
        }
    });
    match is_type {
        Some(true) => RECORDED,
        Some(false) => REFUSED,
        None => OLD_TEXTS,
    }
}

/// Three numbers, and the first so many of an array.
///
/// # Safety
/// As for [`observe`]; the numbers may be used until JavaScript runs again.
unsafe fn arguments<'n>(env: sys::napi_env, info: sys::napi_callback_info) -> Option<([f64; 3], &'n [f64])> {
    let mut values = [ptr::null_mut(); 5];
    let mut count = values.len();
    let (this, data) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the callback is running, `values` has room for `count`, and what is not wanted is null. Arguments that
    // were not passed are filled in as undefined.
    let status = unsafe { sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), this, data) };
    if status != sys::Status::napi_ok {
        return None;
    }
    let [generation, event_type, metadata, array, used] = values;
    let mut numbers = [0.0; 4];
    for (value, number) in [generation, event_type, metadata, used].into_iter().zip(&mut numbers) {
        // SAFETY: a value of the running callback, and a place for a double.
        if unsafe { sys::napi_get_value_double(env, value, number) } != sys::Status::napi_ok {
            return None;
        }
    }
    let [generation, event_type, metadata, used] = numbers;
    let (mut kind, mut length, mut place) = (-1, 0, ptr::null_mut());
    let (buffer, offset) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a value of the running callback, places for what is wanted, and null for the rest. Of what is no typed array
    // Node says so.
    let status =
        unsafe { sys::napi_get_typedarray_info(env, array, &mut kind, &mut length, &mut place, buffer, offset) };
    let wanted = used as usize;
    if status != sys::Status::napi_ok || kind != FLOAT64_ARRAY || wanted as f64 != used || wanted > length {
        return None;
    }
    if wanted == 0 {
        return Some(([generation, event_type, metadata], &[]));
    }
    // SAFETY: Node says that so many doubles lie there, aligned as a Float64Array is; they are read before JavaScript,
    // which alone could move or change them, runs again. An array over shared memory is not used with this.
    let numbers = unsafe { std::slice::from_raw_parts(place.cast::<f64>(), wanted) };
    Some(([generation, event_type, metadata], numbers))
}

#[cfg(test)]
mod tests {
    use openclaw_prometheus::config::Config;
    use openclaw_prometheus::testing;

    use super::*;

    #[global_allocator]
    static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;

    #[test]
    fn recording_by_numbers_allocates_nothing() {
        let config = Config::from_json5("{ port: 0 }").expect("a configuration");
        engine::start(&config, openclaw_prometheus::openclaw::Host::any()).expect("threads");
        let generation = f64::from(texts::begin());
        let texts = ["telegram", "message"].map(|text| texts::add(generation, text).map(f64::from));
        let numbers = texts.map(|number| number.expect("room"));
        let place = DiagnosticEvent::TYPES.iter().position(|name| *name == "webhook.received").expect("a type") as f64;
        let observe = || {
            assert_eq!(record(generation, place, 1.0, &numbers), RECORDED);
            assert_eq!(record(generation, place, 1.0, &[f64::NAN, 7.5]), RECORDED);
            assert_eq!(record(generation, place, 0.0, &numbers), RECORDED);
            assert_eq!(record(generation + 1.0, place, 1.0, &numbers), OLD_TEXTS);
            assert_eq!(record(generation, 1e9, 1.0, &numbers), REFUSED);
        };
        // The first recordings of a thread claim its slab, and its texts are learned.
        (0..3).for_each(|_| observe());
        assert_eq!(support::allocator::calls(|| (0..10_000).for_each(|_| observe())), 0);
        let registry = engine::registry().expect("an engine");
        let labels = [("channel", "telegram"), ("webhook", "message")];
        assert_eq!(testing::value(registry, "openclaw_webhook_received_total", &labels), Some(10_003.0));
        engine::stop();
    }
}
