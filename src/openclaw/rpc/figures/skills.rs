//! `skills.status`: the skills of the default agent.
//!
//! A skill has one state, the first of: switched off, blocked by a list, not for this platform, lacking something, eligible.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::loose::Loose;
use super::rows::Sums;
use super::series::Series;
use super::{AnswerError, Figures, List, elements, object};
use crate::openclaw::catalogue::sets::{OTHER, SKILL_NEED};
use crate::openclaw::catalogue::skills::Families;
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    skills: List<Skill>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Skill {
    category: Loose<String>,
    source: Loose<String>,
    eligible: Loose<bool>,
    disabled: Loose<bool>,
    blocked_by_allowlist: Loose<bool>,
    blocked_by_agent_filter: Loose<bool>,
    platform_incompatible: Loose<bool>,
    missing: Loose<Missing>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Missing {
    bins: List<IgnoredAny>,
    any_bins: List<IgnoredAny>,
    env: List<IgnoredAny>,
    config: List<IgnoredAny>,
    os: List<IgnoredAny>,
}

impl Missing {
    /// Whether something of each need is missing, in the order of [`SKILL_NEED`], as far as it is told.
    fn needs(&self) -> [Option<bool>; 5] {
        let needs = [&self.bins, &self.any_bins, &self.env, &self.config, &self.os];
        needs.map(|need| need.get().map(|need| !need.is_empty()))
    }
}

impl Skill {
    fn state(&self) -> &'static str {
        let is = |told: &Loose<bool>| told.get() == Some(&true);
        let is_lacking = self.missing.get().is_some_and(|missing| missing.needs().contains(&Some(true)));
        match () {
            () if is(&self.disabled) => "disabled",
            () if is(&self.blocked_by_allowlist) || is(&self.blocked_by_agent_filter) => "blocked",
            () if is(&self.platform_incompatible) => "incompatible",
            () if is_lacking => "missing_requirements",
            () if is(&self.eligible) => "eligible",
            () => OTHER,
        }
    }

    /// Newer Gateways tell where a skill comes from, and no category.
    fn category(&self) -> &str {
        self.category.get().or(self.source.get()).map_or("", String::as_str)
    }
}

/// The families of `skills.status`.
#[derive(Debug)]
pub(super) struct Skills {
    families: Families,
}

impl Skills {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Skills {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let list = answer.skills.get().ok_or(AnswerError::Shape)?;
        let (mut skills, mut by_category) = <(Sums<2>, Sums<1>)>::default();
        let mut lacking = [None; 5];
        for skill in elements(list) {
            skills.add([skill.category(), skill.state()], 1.0);
            by_category.add([skill.category()], 1.0);
            for (count, is_missing) in
                lacking.iter_mut().zip(skill.missing.get().map(Missing::needs).unwrap_or_default())
            {
                if let Some(is_missing) = is_missing {
                    *count = Some(count.unwrap_or(0.0) + f64::from(is_missing));
                }
            }
        }
        skills.put(&self.families.skills);
        by_category.put(&self.families.by_category);
        let mut rows = Series::default();
        SKILL_NEED.iter().zip(lacking).for_each(|(need, count)| rows.add([need], count));
        rows.put(&self.families.lacking);
        Ok(())
    }

    fn clear(&mut self) {
        self.families.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_tests::{Rows, expected, rows, taken};
    use crate::openclaw::rpc::Method;

    #[test]
    fn every_family_tells_what_the_answer_tells() {
        let (registry, _, answer) = taken(Method::Skills);
        let skills = answer["skills"].as_array().unwrap();
        assert_eq!(
            rows(&registry, "openclaw_skills"),
            expected(&[
                ("category=openclaw-bundled,state=blocked", 2.0),
                ("category=openclaw-bundled,state=eligible", 1.0),
                ("category=openclaw-bundled,state=incompatible", 1.0),
                ("category=openclaw-bundled,state=missing_requirements", 2.0),
                ("category=openclaw-workspace,state=disabled", 1.0),
                ("category=openclaw-workspace,state=eligible", 1.0),
                ("category=productivity,state=other", 1.0),
            ])
        );
        let mut by_category = Rows::new();
        for skill in skills {
            let category = skill["category"].as_str().or(skill["source"].as_str()).unwrap();
            *by_category.entry(format!("category={category}")).or_default() += 1.0;
        }
        assert_eq!(rows(&registry, "openclaw_skill_by_category"), by_category);
        let lacking = |field: &str| {
            let lacks = |skill: &&serde_json::Value| {
                skill["missing"][field].as_array().is_some_and(|missing| !missing.is_empty())
            };
            skills.iter().filter(lacks).count() as f64
        };
        assert_eq!(lacking("bins"), 3.0);
        assert_eq!(
            rows(&registry, "openclaw_skills_lacking"),
            expected(&[
                ("need=bins", lacking("bins")),
                ("need=any_bins", lacking("anyBins")),
                ("need=env", lacking("env")),
                ("need=config", lacking("config")),
                ("need=os", lacking("os")),
            ])
        );
    }
}
