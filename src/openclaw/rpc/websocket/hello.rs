//! What the Gateway says of itself once it has let us in.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::{field, shown};

/// Method names that are kept.
const MOST_METHODS: usize = 4096;
/// Bytes of a name that is kept.
const MOST_NAME_BYTES: usize = 128;

/// The answer to a connect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    version: String,
    protocol: u64,
    /// INVARIANT: sorted.
    methods: Box<[Box<str>]>,
    scopes: Option<Box<[Box<str>]>>,
    max_payload_bytes: Option<u64>,
    tick_interval_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    protocol: Option<&'a RawValue>,
    #[serde(borrow)]
    server: Option<&'a RawValue>,
    #[serde(borrow)]
    features: Option<&'a RawValue>,
    #[serde(borrow)]
    auth: Option<&'a RawValue>,
    #[serde(borrow)]
    policy: Option<&'a RawValue>,
}

/// Those of its fields that an object of the answer may have.
#[derive(Deserialize, Default)]
struct Part<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    methods: Option<&'a RawValue>,
    #[serde(borrow)]
    scopes: Option<&'a RawValue>,
    #[serde(borrow, rename = "maxPayload")]
    max_payload: Option<&'a RawValue>,
    #[serde(borrow, rename = "tickIntervalMs")]
    tick_interval_ms: Option<&'a RawValue>,
}

impl Hello {
    /// Reads what there is; none if it is no object. A part of another shape is as one that is not there.
    pub(super) fn read(payload: &str) -> Option<Self> {
        let payload: Payload<'_> = serde_json::from_str(payload).ok()?;
        let part = |raw| field::<Part<'_>>(raw).unwrap_or_default();
        let (server, features, auth, policy) =
            (part(payload.server), part(payload.features), part(payload.auth), part(payload.policy));
        let mut methods = names(features.methods).unwrap_or_default();
        methods.sort_unstable();
        Some(Self {
            version: shown(&field::<String>(server.version).unwrap_or_default(), None),
            protocol: field(payload.protocol).unwrap_or_default(),
            methods,
            scopes: names(auth.scopes),
            max_payload_bytes: field(policy.max_payload),
            tick_interval_ms: field(policy.tick_interval_ms),
        })
    }

    /// The Gateway's version, `2026.9.6`; empty if it does not say.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version of the protocol that is spoken; 0 if it does not say.
    pub fn protocol(&self) -> u64 {
        self.protocol
    }

    /// Whether it lists a method, whatever scope that asks for; true if it lists none at all.
    pub fn offers(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.binary_search_by(|name| name.as_ref().cmp(method)).is_ok()
    }

    /// The methods that it lists, in order.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = &str> {
        self.methods.iter().map(AsRef::as_ref)
    }

    /// What we may do, `operator.read`; none if it does not say.
    pub fn scopes(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        self.scopes.as_ref().map(|scopes| scopes.iter().map(AsRef::as_ref))
    }

    /// Bytes of the longest frame that it takes.
    pub fn max_payload_bytes(&self) -> Option<u64> {
        self.max_payload_bytes
    }

    /// Milliseconds between two of its `tick` events: a connection without any for a few of these is dead.
    pub fn tick_interval_ms(&self) -> Option<u64> {
        self.tick_interval_ms
    }
}

/// The names of a list, those that are too long left out.
fn names(raw: Option<&RawValue>) -> Option<Box<[Box<str>]>> {
    let names: Vec<&RawValue> = field(raw)?;
    let names = names.into_iter().take(MOST_METHODS).filter_map(|name| field::<Box<str>>(Some(name)));
    Some(names.filter(|name| name.len() <= MOST_NAME_BYTES).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_another_shape_is_as_if_it_were_not_there() {
        let hello = Hello::read(
            r#"{"type":"hello-ok","protocol":4,"server":{"version":"2026.9.6"},"features":{"methods":["health",7,"a.b"]},
            "auth":{"scopes":["operator.read"]},"policy":{"maxPayload":26214400,"tickIntervalMs":30000},"snapshot":{}}"#,
        )
        .unwrap();
        assert_eq!((hello.version(), hello.protocol()), ("2026.9.6", 4));
        assert_eq!(hello.methods().collect::<Vec<_>>(), ["a.b", "health"]);
        assert!(hello.offers("health") && !hello.offers("nodes"));
        assert_eq!(hello.scopes().unwrap().collect::<Vec<_>>(), ["operator.read"]);
        assert_eq!((hello.max_payload_bytes(), hello.tick_interval_ms()), (Some(26_214_400), Some(30_000)));
        let text = r#"{"protocol":"4","server":7,"features":[],"auth":{"scopes":"all"},"policy":{"maxPayload":-1}}"#;
        let odd = Hello::read(text).unwrap();
        assert_eq!(odd, Hello::default());
        assert!(odd.offers("anything") && odd.scopes().is_none());
        assert_eq!(Hello::read("[]"), None);
    }
}
