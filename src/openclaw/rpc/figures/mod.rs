//! From an answer to families: a file for each subject, a struct for each method.
//!
//! Every text that becomes a label goes through the [policy](crate::openclaw::policy), and a family has a bounded number
//! of rows: what is beyond is left out or summed up, and its file says which.

mod answer;
mod auth;
mod channels;
mod cron;
mod health;
mod heartbeat;
mod jobs;
mod lanes;
mod models;
mod nodes;
mod presence;
mod quotas;
#[cfg(test)]
mod recorded_tests;
mod rows;
mod series;
mod sessions;
mod skills;
mod system;
mod usage;
mod windows;
mod words;

pub(super) use answer::AnswerError;
pub(super) use answer::Figures;
use answer::{List, elements, list, moment, object};
pub(crate) use lanes::Queued;
pub(super) use lanes::Waiting;

use super::method::Method;
use crate::{RegisterError, Registry};

/// Registers what is made of a method's answers, all of it in [`Method::section`].
pub(super) fn register(
    method: Method,
    registry: &Registry,
    waiting: &Waiting,
) -> Result<Box<dyn Figures>, RegisterError> {
    Ok(match method {
        Method::LastHeartbeat => Box::new(heartbeat::Heartbeat::register(registry)?),
        Method::Presence => Box::new(presence::Presence::register(registry)?),
        Method::CronStatus => Box::new(cron::Scheduler::register(registry)?),
        Method::CronList => Box::new(jobs::Jobs::register(registry)?),
        Method::Lanes => Box::new(lanes::Lanes::register(registry, waiting.clone())?),
        Method::ChannelsStatus => Box::new(channels::Channels::register(registry)?),
        Method::Sessions => Box::new(sessions::Sessions::register(registry)?),
        Method::UsageCost => Box::new(usage::UsageCost::register(registry)?),
        Method::SessionsUsage => Box::new(usage::SessionsUsage::register(registry)?),
        Method::Health => Box::new(health::Health::register(registry)?),
        Method::Nodes => Box::new(nodes::Nodes::register(registry)?),
        Method::SystemInfo => Box::new(system::System::register(registry)?),
        Method::Models => Box::new(models::Models::register(registry)?),
        Method::AuthStatus => Box::new(auth::Auth::register(registry)?),
        Method::UsageStatus => Box::new(quotas::Quotas::register(registry)?),
        Method::Skills => Box::new(skills::Skills::register(registry)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openclaw::catalogue::section_of;

    #[test]
    fn what_a_method_feeds_is_switched_with_it_and_nothing_else_is() {
        for method in Method::ALL {
            let registry = Registry::builder().rejections_family(None).build().unwrap();
            register(method, &registry, &Waiting::default()).unwrap();
            let families = registry.declared();
            assert!(!families.is_empty());
            for family in families {
                assert_eq!(section_of(family.name()), method.section() as usize, "{method:?}: {}", family.name());
            }
        }
    }
}
