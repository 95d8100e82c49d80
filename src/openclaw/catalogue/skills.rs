//! What `skills.status` answers: the skills of the default agent.

use super::entry::{Entry, Label, Section, Source, nothing};
use super::sets::{SKILL_NEED, SKILL_STATE};
use super::snapshots::snapshots;
use crate::{MetricKind, RegisterError, Registry, SnapshotFamily};

snapshots! {
    in Skills;
    /// Skills of the default agent, by where they come from and whether the agent can use them.
    #[zh = "默认代理的技能数,按来源及代理能否使用。"]
    skills: gauge = "openclaw_skills" [category, state: SKILL_STATE]
        replaces ["openclaw_skill_total", "openclaw_skill_active_total"],
    /// Skills of the default agent, by where they come from.
    #[zh = "默认代理的技能数,按来源。"]
    by_category: gauge = "openclaw_skill_by_category" [category],
    /// Skills of the default agent that lack something, by what they lack; one that lacks two things counts for both.
    #[zh = "缺少条件的默认代理技能数,按所缺条件;缺少多项则各计一次。"]
    lacking: gauge = "openclaw_skills_lacking" [need: SKILL_NEED],
}
