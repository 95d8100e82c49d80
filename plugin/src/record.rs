//! `record(provider, model, outcome, seconds)`, the one call on the path of an event: written by hand.
//!
//! What `#[napi]` generates for a function with arguments allocates twice and takes a lock in every call, for the
//! book-keeping of borrowed class instances (napi 3.16). This asks Node for four numbers and records them: no
//! allocation, no lock, and no panic that reaches Node. All arguments are checked before anything is recorded.

use std::ffi::CStr;
use std::panic::catch_unwind;
use std::ptr;

use napi::sys;

use crate::engine;

/// Why nothing was recorded. Becomes a JavaScript exception; its text is made at compile time.
enum Fault {
    /// A `TypeError`.
    Type(&'static CStr),
    /// A `RangeError`.
    Range(&'static CStr),
    /// An `Error`: ours.
    Bug(&'static CStr),
}

const NOT_A_NUMBER: [&CStr; 4] = [
    c"record: provider must be a number that intern() gave",
    c"record: model must be a number that intern() gave",
    c"record: outcome must be a number that intern() gave",
    c"record: seconds must be a number",
];
const UNKNOWN: [&CStr; 3] = [
    c"record: provider is not a number that intern() gave",
    c"record: model is not a number that intern() gave",
    c"record: outcome is not a number that intern() gave",
];

/// The callback that Node calls.
///
/// # Safety
/// `env` and `info` are those of a callback that is running in this thread.
pub(crate) unsafe extern "C" fn record(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // A panic that left an `extern "C"` function would abort the Gateway.
    let recorded = catch_unwind(|| {
        // SAFETY: the caller's promise.
        let [provider, model, outcome, seconds] = unsafe { arguments(env, info) }?;
        record_numbers([provider, model, outcome], seconds)
    });
    if let Err(fault) = recorded.unwrap_or(Err(Fault::Bug(c"record: internal error"))) {
        // SAFETY: the caller's promise.
        unsafe { throw(env, fault) };
    }
    // Null is undefined.
    ptr::null_mut()
}

fn record_numbers(labels: [f64; 3], seconds: f64) -> Result<(), Fault> {
    // Without an engine no number was given out.
    let engine = engine::existing().ok_or(Fault::Range(UNKNOWN[0]))?;
    let id = |index: usize| engine.ids.get(labels[index]).ok_or(Fault::Range(UNKNOWN[index]));
    engine.record([id(0)?, id(1)?, id(2)?], seconds);
    Ok(())
}

/// # Safety
/// As for [`record`].
unsafe fn arguments(env: sys::napi_env, info: sys::napi_callback_info) -> Result<[f64; 4], Fault> {
    let mut values = [ptr::null_mut(); 4];
    let mut count = values.len();
    let (this, data) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the callback is running, `values` has room for `count`, and what is not wanted is null. Arguments that
    // were not passed are filled in as undefined.
    let status = unsafe { sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), this, data) };
    if status != sys::Status::napi_ok {
        return Err(Fault::Bug(c"record: Node gave no arguments"));
    }
    let mut numbers = [0.0; 4];
    for ((value, number), message) in values.iter().zip(&mut numbers).zip(NOT_A_NUMBER) {
        // SAFETY: a value of the running callback, and a place for a double.
        let status = unsafe { sys::napi_get_value_double(env, *value, number) };
        if status != sys::Status::napi_ok {
            return Err(Fault::Type(message));
        }
    }
    Ok(numbers)
}

/// # Safety
/// `env` is that of a callback that is running in this thread.
#[cold]
unsafe fn throw(env: sys::napi_env, fault: Fault) {
    let code = c"ERR_OCP_RECORD".as_ptr();
    // If Node cannot take the exception, one is pending already: that one is thrown.
    let _ = match fault {
        // SAFETY: the callback is running, and both texts end with a zero.
        Fault::Type(text) => unsafe { sys::napi_throw_type_error(env, code, text.as_ptr()) },
        // SAFETY: as above.
        Fault::Range(text) => unsafe { sys::napi_throw_range_error(env, code, text.as_ptr()) },
        // SAFETY: as above.
        Fault::Bug(text) => unsafe { sys::napi_throw_error(env, code, text.as_ptr()) },
    };
}
