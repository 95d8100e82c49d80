//! `models.list`: models that can be chosen.
//!
//! Of more than [`MOST_ROWS`](super::rows::MOST_ROWS) providers those with the fewest models are added up as `other`.

use serde::Deserialize;

use super::super::loose::Loose;
use super::rows::Sums;
use super::{AnswerError, Figures, List, elements, object, words};
use crate::openclaw::catalogue::models::Families;
use crate::openclaw::catalogue::sets::YES_NO_UNKNOWN;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    models: List<Model>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Model {
    provider: Loose<String>,
    available: Loose<bool>,
}

/// The families of `models.list`.
#[derive(Debug)]
pub(super) struct Models {
    families: Families,
}

impl Models {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Models {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let models = answer.models.get().ok_or(AnswerError::Shape)?;
        let available = elements(models).map(|model| words::yes_no(model.available.get()));
        self.families.models.replace(words::count(YES_NO_UNKNOWN, available));
        let mut by_provider = Sums::default();
        elements(models).for_each(|model| by_provider.add([model.provider.text()], 1.0));
        by_provider.put(&self.families.by_provider);
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{expected, figures, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::Models);
        let models = answer["models"].as_array().unwrap();
        let of = |provider: &str| models.iter().filter(|model| model["provider"] == provider).count() as f64;
        assert_eq!(
            rows(&registry, "openclaw_model_by_provider"),
            expected(&[("provider=anthropic", of("anthropic")), ("provider=openai", of("openai"))])
        );
        assert_eq!(of("anthropic"), 3.0);
        let usable = models.iter().filter(|model| model["available"] == true).count() as f64;
        let unusable = models.iter().filter(|model| model["available"] == false).count() as f64;
        let unknown = models.len() as f64 - usable - unusable;
        assert_eq!((usable, unusable, unknown), (3.0, 1.0, 1.0));
        let all = [("available=true", usable), ("available=false", unusable), ("available=unknown", unknown)];
        assert_eq!(rows(&registry, "openclaw_models"), expected(&all));
    }

    #[test]
    fn a_gateway_without_models_has_0_of_them() {
        let (registry, mut figures) = figures(Method::Models);
        figures.take(r#"{"models":[]}"#, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_models").values().sum::<f64>(), 0.0);
        assert_eq!(rows(&registry, "openclaw_models").len(), 3);
    }
}
