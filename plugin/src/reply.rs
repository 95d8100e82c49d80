//! From an answer to what JavaScript gets: an object, and bytes in a Buffer.

use napi::bindgen_prelude::{BufferSlice, Either, FromNapiValue, Object};
use napi::{Env, Result, sys};
use openclaw_prometheus::serve::Reply;

/// An answer as an object, or the number to ask for it with.
pub(crate) fn given<'e>(
    env: &'e Env,
    answer: std::result::Result<Reply, u32>,
    buffer: Option<BufferSlice<'_>>,
    known: Option<Vec<f64>>,
) -> Result<Either<Object<'e>, u32>> {
    match answer {
        Ok(reply) => to_object(env, reply, buffer, &known.unwrap_or_default()).map(Either::A),
        Err(number) => Ok(Either::B(number)),
    }
}

/// `status`, `headers` (names and values in turn), `delayMs` (how long to hold it back), `length`, `version` (which bytes these
/// are, if others may get the same), and unless it is in `buffer` or of a `known` version the `body`, a Buffer of Node's own: one
/// copy, and no view of our memory.
fn to_object<'e>(env: &'e Env, reply: Reply, buffer: Option<BufferSlice<'_>>, known: &[f64]) -> Result<Object<'e>> {
    let mut object = Object::new(env)?;
    object.set("status", u32::from(reply.status()))?;
    let headers: Vec<String> = reply.headers().flat_map(|(name, value)| [name.to_owned(), value.to_string()]).collect();
    object.set("headers", headers)?;
    object.set("delayMs", reply.delay().as_millis() as u32)?;
    let length = reply.pieces().map(<[u8]>::len).sum();
    object.set("length", length as f64)?;
    // Whole up to 2^53.
    let version = reply.version().map(|version| version as f64);
    object.set("version", version)?;
    match buffer {
        _ if version.is_some_and(|version| known.contains(&version)) => {}
        Some(mut given) if given.len() >= length => put(&reply, &mut given),
        _ => {
            let mut body = new_buffer(env, length)?;
            put(&reply, &mut body);
            object.set("body", body)?;
        }
    }
    Ok(object)
}

/// The body of a reply; what does not fit is left out.
fn put(reply: &Reply, mut into: &mut [u8]) {
    for piece in reply.pieces() {
        let (here, behind) = into.split_at_mut(piece.len().min(into.len()));
        here.copy_from_slice(piece.get(..here.len()).unwrap_or_default());
        into = behind;
    }
}

/// A Buffer of Node's own.
pub(crate) fn new_buffer(env: &Env, length: usize) -> Result<BufferSlice<'_>> {
    let mut value = std::ptr::null_mut();
    // SAFETY: `env` is that of the running callback. Where its bytes are is asked below.
    let status = unsafe { sys::napi_create_buffer(env.raw(), length, std::ptr::null_mut(), &mut value) };
    napi::check_status!(status, "Node gave no Buffer of {} bytes", length)?;
    // SAFETY: the value is a Buffer that Node has just made in this environment; nobody else has seen it.
    unsafe { BufferSlice::from_napi_value(env.raw(), value) }
}
