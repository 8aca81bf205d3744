//! What people know of their system that no manifest says.

use super::place::Placed;
use super::value::{Count, Positive, Text, Weight};
use schemars::JsonSchema;
use serde::Deserialize;

/// A component where users come in.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The component: an id, or an unambiguous name.
    pub component: Placed<Text>,
    /// How much it counts beside other entries, 1 if absent.
    pub weight: Option<Weight>,
}

/// What the failure of a dependency means, whatever the inputs say.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredCriticality {
    /// The dependent: an id, or an unambiguous name.
    pub from: Placed<Text>,
    /// The provider: an id, or an unambiguous name.
    pub to: Placed<Text>,
    /// What the provider's failure means for the dependent.
    pub criticality: Criticality,
}

/// What a provider's failure means for its dependent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Criticality {
    /// It fails too.
    Hard,
    /// It goes on, degraded.
    Soft,
}

/// What a component can serve, all replicas together.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Capacity {
    /// Requests per second.
    pub rps: Option<Positive>,
    /// Requests at once; of a pool its size.
    pub concurrency: Option<Positive>,
}

/// What holds when the inputs are silent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Assume {
    /// Failed calls that must have been observed before traces may turn an assumed-hard edge soft.
    pub containment_min: u32,
}

impl Default for Assume {
    fn default() -> Self {
        Self { containment_min: 5 }
    }
}

/// Platforms whose behaviour depends on what manifests do not tell.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Platform {
    /// AWS.
    pub aws: Aws,
    /// Istio.
    pub istio: Istio,
    /// Kubernetes.
    pub kubernetes: Kubernetes,
}

/// AWS.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Aws {
    /// Functions of the account that may run at once, in the region: the quota `ConcurrentExecutions`. 1000 if absent,
    /// as an assumption.
    pub lambda_concurrency: Option<Positive>,
    /// Tries of a call with the AWS SDK, the first included. 3, its standard mode's, if absent, as an assumption.
    pub sdk_max_attempts: Option<Count>,
}

/// Istio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Istio {
    /// The version that runs (`1.24`, `1.24.2`): it decides which defaults exist. Unknown if absent.
    pub version: Option<Placed<Text>>,
}

impl Istio {
    /// Major and minor number of the version.
    pub fn version(&self) -> Option<(u32, u32)> {
        let mut parts = self.version.as_ref()?.as_str().trim_start_matches('v').splitn(3, '.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

/// Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kubernetes {
    /// The domain under which the cluster's services are found: names in other domains (`cart.shop.svc.east.example`)
    /// are those of other clusters. If absent, a name in any domain is one of this cluster's.
    pub cluster_domain: Option<Text>,
}
