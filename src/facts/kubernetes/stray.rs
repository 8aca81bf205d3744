//! Settings of a mesh that stand beside the kustomization that deploys what they speak of: people apply them on top.

use super::cluster::World;
use super::object::Object;
use super::role::Role;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// A Service by its namespace and name.
type Service = (String, String);

/// Gives settings that no kustomization holds, of a Service that only kustomizations deploy, to each world that has it.
pub(super) fn adopt(worlds: &mut [World]) {
    let mut homes: FxHashMap<Service, Vec<usize>> = FxHashMap::default();
    for (i, world) in worlds.iter().enumerate() {
        for service in world.objects.iter().filter(|o| o.role == Role::Service) {
            homes.entry((service.namespace().to_owned(), service.name.to_string())).or_default().push(i);
        }
    }
    let mut adopted: Vec<(usize, Object)> = Vec::new();
    for (i, world) in worlds.iter().enumerate().filter(|(_, w)| &*w.scope == "kubernetes") {
        for object in &world.objects {
            let Some(homes) = subject(object).and_then(|service| homes.get(&service)) else { continue };
            if !homes.contains(&i) {
                adopted.extend(homes.iter().map(|&home| (home, object.clone())));
            }
        }
    }
    let mut grown: BTreeSet<usize> = BTreeSet::new();
    for (home, object) in adopted {
        if let Some(world) = worlds.get_mut(home) {
            world.objects.push(object);
            grown.insert(home);
        }
    }
    for world in worlds.iter_mut().enumerate().filter(|(i, _)| grown.contains(i)).map(|(_, world)| world) {
        world.objects.sort_by_cached_key(|o| o.node.at());
    }
}

/// The one Service that an object says something about and that it does nothing else for.
fn subject(object: &Object) -> Option<Service> {
    let spec = object.node.get("spec")?;
    let host = match (&*object.group, &*object.kind) {
        ("linkerd.io", "ServiceProfile") => &object.name,
        ("networking.istio.io", "DestinationRule") => spec.str("host")?,
        ("networking.istio.io", "VirtualService") if spec.get("gateways").is_none() => match spec.get("hosts")?.items()
        {
            [host] => host.text()?,
            _ => return None,
        },
        ("consul.hashicorp.com", "ServiceRouter" | "ServiceResolver") => &object.name,
        _ => return None,
    };
    let mut labels = host.split('.');
    let (name, namespace) = (labels.next()?, labels.next().unwrap_or(object.namespace()));
    Some((namespace.to_owned(), name.to_owned()))
}
