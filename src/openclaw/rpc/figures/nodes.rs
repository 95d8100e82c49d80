//! `node.list`: nodes that are paired or connected. Names, addresses and devices are not read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::loose::Loose;
use super::rows::Sums;
use super::series::Series;
use super::{AnswerError, Figures, List, elements, object, words};
use crate::openclaw::catalogue::nodes::Families;
use crate::openclaw::catalogue::sets::{NODE_APPROVAL, YES_NO_UNKNOWN};
use crate::{RegisterError, Registry};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    nodes: List<Node>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Node {
    platform: Loose<String>,
    device_family: Loose<String>,
    connected: Loose<bool>,
    approval_state: Loose<String>,
}

/// The families of `node.list`.
#[derive(Debug)]
pub(super) struct Nodes {
    families: Families,
}

impl Nodes {
    pub(super) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(Self { families: Families::register(registry)? })
    }
}

impl Figures for Nodes {
    fn take(&mut self, answer: &str, _now: f64) -> Result<(), AnswerError> {
        let answer: Answer = object(answer)?;
        let nodes = answer.nodes.get().ok_or(AnswerError::Shape)?;
        let mut approvals = Sums::default();
        let mut platforms: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        let all = words::count(YES_NO_UNKNOWN, elements(nodes).map(|node| words::yes_no(node.connected.get())));
        for node in elements(nodes) {
            let platform = node.platform.get().or(node.device_family.get()).map_or("", String::as_str);
            let (known, connected) = platforms.entry(words::platform(platform)).or_default();
            *known += 1.0;
            *connected += words::flag(node.connected.get()).unwrap_or_default();
            if let Some(state) = node.approval_state.get() {
                approvals.add([words::of(NODE_APPROVAL, state)], 1.0);
            }
        }
        let (mut by_platform, mut connected) = <(Series<1>, Series<1>)>::default();
        for (platform, (known, live)) in platforms {
            by_platform.add([platform], Some(known));
            connected.add([platform], Some(live));
        }
        self.families.nodes.replace(all);
        by_platform.put(&self.families.by_platform);
        connected.put(&self.families.connected);
        approvals.put(&self.families.approvals);
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
        let (registry, _, answer) = taken(Method::Nodes);
        let nodes = answer["nodes"].as_array().unwrap();
        let connected = nodes.iter().filter(|node| node["connected"] == true).count() as f64;
        let gone = nodes.len() as f64 - connected;
        assert_eq!((connected, gone), (2.0, 2.0));
        let all = [("connected=true", connected), ("connected=false", gone), ("connected=unknown", 0.0)];
        assert_eq!(rows(&registry, "openclaw_nodes"), expected(&all));
        let by_platform = [("platform=android", 1.0), ("platform=ios", 2.0), ("platform=macos", 1.0)];
        assert_eq!(rows(&registry, "openclaw_node_by_platform"), expected(&by_platform));
        let live = [("platform=android", 0.0), ("platform=ios", 1.0), ("platform=macos", 1.0)];
        assert_eq!(rows(&registry, "openclaw_node_connected"), expected(&live));
        let approvals = [("state=approved", 2.0), ("state=other", 1.0), ("state=pending-reapproval", 1.0)];
        assert_eq!(rows(&registry, "openclaw_node_approvals"), expected(&approvals));
    }

    #[test]
    fn a_gateway_without_nodes_has_0_of_them() {
        let (registry, mut figures) = figures(Method::Nodes);
        figures.take(r#"{"nodes":[]}"#, 0.0).unwrap();
        assert_eq!(rows(&registry, "openclaw_nodes").values().sum::<f64>(), 0.0);
        assert_eq!(rows(&registry, "openclaw_nodes").len(), 3);
        assert!(rows(&registry, "openclaw_node_by_platform").is_empty());
    }
}
