use super::{Context, Finding, rule};
use crate::graph::{Class, ComponentId, Key, Note};
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
    let mut findings: Vec<Finding> = Vec::new();
    for u in &cx.graph.unresolved {
        let from = cx.labels.of(u.from);
        let mut finding = Finding::new(&RULE, vec![u.from], format!("{from} refers to {}: {}", u.target, u.why));
        finding.discriminator = u.target.to_string();
        finding.evidence = vec![u.evidence.clone()];
        finding.fix = format!("correct the name, or add the manifest that defines {}", u.target);
        findings.push(finding);
    }
    let by_key = if cx.graph.notes.is_empty() { FxHashMap::default() } else { components_by_key(cx) };
    let find = |key: &Key| by_key.get(&(&*key.scope, key.class, key.namespace.as_deref(), &*key.name)).copied();
    for note in &cx.graph.notes {
        let (subject, name, message, target, evidence, fix) = match note {
            Note::SelectorMatchesNothing { .. } => continue,
            Note::Dangling { from, target, evidence } => {
                let subject = from.as_ref().and_then(find);
                let name = from.as_ref().map_or("something", |key| &key.name);
                (
                    subject,
                    name,
                    format!("refers to {target}, which is not there"),
                    target.clone(),
                    evidence,
                    format!("correct the name, or add the manifest that defines {target}"),
                )
            }
            Note::Unreachable { from, to, evidence } => (
                find(from),
                &*from.name,
                format!("refers to {}, with which it shares no network", to.name),
                format!("{} out of reach", to.name),
                evidence,
                format!("put {} and {} on one network", from.name, to.name),
            ),
        };
        let name = subject.map_or(name, |id| cx.labels.of(id));
        let mut finding = Finding::new(&RULE, subject.into_iter().collect(), format!("{name} {message}"));
        finding.discriminator = target;
        finding.evidence = vec![evidence.clone()];
        finding.fix = fix;
        findings.push(finding);
    }
    findings
}

/// A key's scope, class, namespace and name.
type KeyParts<'a> = (&'a str, Class, Option<&'a str>, &'a str);

fn components_by_key<'a>(cx: &Context<'a>) -> FxHashMap<KeyParts<'a>, ComponentId> {
    let graph = cx.graph;
    let parts = |id| {
        let c = graph.component(id);
        ((&*c.scope, c.kind.class(), c.namespace.as_deref(), &*c.name), id)
    };
    graph.ids().map(parts).collect()
}
