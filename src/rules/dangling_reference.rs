use super::{Context, Finding, rule};
use crate::graph::{Class, Component, ComponentId, Evidence, Graph, Key, Note};
use crate::source::nearest;
use rustc_hash::FxHashMap;

rule! {
    /// ## What it does
    ///
    /// Finds references to what the input should hold and does not: an address in one of its own namespaces that no
    /// Service answers to, a ConfigMap or Secret that nobody defines, a service that is switched off, a Compose service
    /// on another network.
    ///
    /// ## Why is this bad?
    ///
    /// The call will fail, or the pod will not start. And an analysis that does not know a dependency's other end cannot
    /// say what its failure breaks: the graph has a hole there.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// env:
    ///   - {name: CART_ADDR, value: "carts:7070"}     # the Service is called `cart`
    /// ```
    ///
    /// ## Remedy
    ///
    /// Correct the name, or include the manifest that defines it. What lives elsewhere on purpose is best addressed by
    /// its whole host name, or declared as an `External` in a linchpin manifest.
    "LP080" "dangling-reference", Warning, High, "Dangling",
    "a reference to something that the input should hold and does not"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let graph = cx.graph;
    if graph.unresolved.is_empty() && graph.notes.is_empty() {
        return Vec::new();
    }
    let known = Known::new(graph);
    let unresolved = graph.unresolved.iter().map(|u| {
        let message = format!("{} refers to {}: {}", cx.labels.of(u.from), u.target, u.why);
        let from = graph.component(u.from);
        let namespace = (&*from.scope, from.namespace.as_deref());
        finding(Some(u.from), message, &u.target, &u.evidence).meant(known.callable(namespace, &u.target))
    });
    let of_notes = graph.notes.iter().filter_map(|note| match note {
        Note::SelectorMatchesNothing { .. } | Note::ProbeAsks { .. } => None,
        Note::Dangling { from, target, evidence } => {
            let subject = from.as_ref().and_then(|key| known.component(key));
            let name = called(cx, subject, from.as_ref());
            let message = format!("{name} refers to {target}, which is not there");
            let meant = from.as_ref().and_then(|key| known.mountable((&key.scope, key.namespace.as_deref()), target));
            Some(finding(subject, message, target, evidence).meant(meant))
        }
        Note::Unreachable { from, to, evidence } => {
            let subject = known.component(from);
            let name = called(cx, subject, Some(from));
            let message = format!("{name} refers to {}, with which it shares no network", to.name);
            let mut finding = finding(subject, message, &format!("{} out of reach", to.name), evidence);
            finding.fix = format!("put {name} and {} on one network", to.name);
            Some(finding)
        }
    });
    unresolved.chain(of_notes).collect()
}

fn finding(subject: Option<ComponentId>, message: String, target: &str, evidence: &Evidence) -> Finding {
    let mut finding = Finding::new(&RULE, subject.into_iter().collect(), message);
    finding.discriminator = target.to_owned();
    finding.evidence = vec![evidence.clone()];
    // What is there and leads nowhere (switched off, a Service that selects nothing) needs no second manifest.
    finding.fix = format!("correct the name, or add what {target} should lead to");
    finding
}

impl Finding {
    /// Adds the name that was probably meant.
    fn meant(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.message.push_str(&format!("; did you mean `{name}`?"));
        }
        self
    }
}

/// What a component is called, or would be if it were there.
fn called<'a>(cx: &Context<'a>, component: Option<ComponentId>, key: Option<&'a Key>) -> &'a str {
    component.map_or_else(|| key.map_or("something", |key| &key.name), |id| cx.labels.of(id))
}

/// A scope and a namespace in it.
type Place<'a> = (&'a str, Option<&'a str>);

/// What there is, by place and name.
struct Known<'a> {
    graph: &'a Graph,
    components: FxHashMap<(Place<'a>, Class, &'a str), ComponentId>,
    by_place: FxHashMap<Place<'a>, Vec<ComponentId>>,
}

impl<'a> Known<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut known = Self { graph, components: FxHashMap::default(), by_place: FxHashMap::default() };
        for id in graph.ids() {
            let c = graph.component(id);
            let place = (&*c.scope, c.namespace.as_deref());
            known.components.insert((place, c.kind.class(), &*c.name), id);
            known.by_place.entry(place).or_default().push(id);
        }
        known
    }

    fn component(&self, key: &Key) -> Option<ComponentId> {
        let place = (&*key.scope, key.namespace.as_deref());
        self.components.get(&(place, key.class, &*key.name)).copied()
    }

    /// The name or alias in a place that an address most likely misspells.
    fn callable(&self, place: Place<'_>, target: &str) -> Option<&'a str> {
        // Of `cart.shop.svc` and `shop/cart` the name is what people misspell.
        let name = target.rsplit('/').next().unwrap_or(target).split(['.', ':']).next().unwrap_or(target);
        let runs = |c: &&Component| matches!(c.kind.class(), Class::Workload | Class::Job);
        let here = self.of(place).into_iter().filter(runs);
        let names = here.flat_map(|c| c.aliases.iter().chain([&c.name])).map(|name| &**name);
        let stems: Vec<(&str, &'a str)> = names.filter(|n| !n.contains('.')).map(|n| (stem(n), n)).collect();
        let near = nearest(stem(name), stems.iter().map(|(stem, _)| *stem))?;
        stems.iter().find(|(stem, meant)| *stem == near && *meant != name).map(|(_, meant)| *meant)
    }

    /// The ConfigMap, Secret, volume or Compose service in a place that `ConfigMap shop/setings` most likely misspells.
    fn mountable(&self, place: Place<'_>, target: &str) -> Option<&'a str> {
        let (sort, qualified) = target.rsplit_once(' ')?;
        let name = qualified.rsplit('/').next().unwrap_or(qualified);
        let class = match sort.rsplit(' ').next().unwrap_or(sort) {
            "ConfigMap" | "config" => Class::Config,
            "Secret" | "secret" => Class::Secret,
            "volume" => Class::Volume,
            "service" => Class::Workload,
            _ => return None,
        };
        let alike = self.of(place).into_iter().filter(|c| c.kind.class() == class);
        nearest(name, alike.map(|c| &*c.name)).filter(|meant| *meant != name)
    }

    fn of(&self, place: Place<'_>) -> Vec<&'a Component> {
        let ids = self.by_place.get(&place).into_iter().flatten();
        ids.map(|&id| self.graph.component(id)).collect()
    }
}

/// A name without the word that half of all names end in: it would make strangers look alike.
fn stem(name: &str) -> &str {
    let stems = ["service", "svc"].iter().filter_map(|word| name.strip_suffix(word));
    stems.map(|stem| stem.trim_end_matches(['-', '_'])).find(|stem| !stem.is_empty()).unwrap_or(name)
}
