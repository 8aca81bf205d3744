//! Where the containers of a service are: on the one host that Compose runs on, or on the machines of a swarm.

use super::project::Project;
use crate::facts::{Apart, Bond, Evidence, Scheduler, Spread};
use crate::parse::Node;

/// Keys of `deploy` that only Swarm obeys: whoever writes one has more than one machine.
const SWARM: [&str; 4] = ["placement", "update_config", "rollback_config", "endpoint_mode"];

/// Whether a project is run by Swarm, as far as its files show.
pub(super) fn in_swarm(project: &Project) -> bool {
    let services = project.variants.iter().flat_map(|v| v.model.services.values());
    let mut deployed = services.filter_map(|(_, service)| service.get("deploy"));
    deployed.any(|d| is_global(d) || SWARM.iter().any(|key| d.get(key).is_some_and(|n| !n.is_null())))
}

fn is_global(deploy: &Node) -> bool {
    deploy.str("mode").is_some_and(|mode| mode.starts_with("global"))
}

/// What is known of the places of a service's containers, of which there are several.
pub(super) fn of(service: &Node, count: u32, in_swarm: bool, evidence: &Evidence) -> Spread {
    if !in_swarm {
        let bound = Apart::Together(Bond::Host);
        return Spread::bound(bound, bound, evidence.clone());
    }
    let mut spread = Spread { scheduler: Scheduler::Swarm, ..Spread::default() };
    let Some(placement) = service.path(&["deploy", "placement"]) else { return spread };
    if let Some(most) = placement.get("max_replicas_per_node")
        && most.int().is_some_and(|n| n > 0 && n < i64::from(count))
    {
        let evidence = Evidence::new(most.at(), "deploy.placement.max_replicas_per_node");
        spread.strengthen(Apart::Demanded, Apart::Unsaid, evidence);
    }
    if let Some(preferences) = placement.get("preferences").filter(|p| !p.items().is_empty()) {
        let evidence = Evidence::new(preferences.at(), "deploy.placement.preferences");
        spread.strengthen(Apart::Preferred, Apart::Preferred, evidence);
    }
    spread
}
