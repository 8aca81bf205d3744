use super::arithmetic::of_layer;
use super::{Context, Finding, Measure, rule, words};
use crate::analysis::call::{Call, LayerTries, Symptom};

rule! {
    /// ## What it does
    ///
    /// Finds calls that several layers retry, each not knowing of the others: the caller's library, a sidecar, a gateway.
    ///
    /// ## Why is this bad?
    ///
    /// The tries multiply: 3 of the library and 3 of the mesh are 9. Nobody wrote 9 anywhere, and who reads one of the
    /// settings believes it to be 3.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// resilience4j.retry.instances.payments.maxAttempts: 3      # in the caller
    /// retries: {attempts: 2}                                    # in the VirtualService of payments: 3 tries
    /// ```
    ///
    /// ## Remedy
    ///
    /// Choose the layer that knows best what may be repeated, usually the library, and switch the others off
    /// (`attempts: 0`), or the other way round.
    "LP022" "layered-retries", Warning, High, "Layered retries",
    "several layers retry the same call"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let calls = cx.graph.dependency_ids().filter_map(|id| Call::of(cx.graph, id));
    calls.filter_map(|call| finding(cx, &call)).collect()
}

fn finding(cx: &Context<'_>, call: &Call) -> Option<Finding> {
    let acting =
        |seen: Symptom| -> Vec<LayerTries> { call.layers(seen, true).into_iter().filter(|l| l.tries > 1.0).collect() };
    let seen = [Symptom::Refused, Symptom::Error, Symptom::Late].map(acting);
    let layers = seen.into_iter().max_by(|a, b| product(a).total_cmp(&product(b)).then(a.len().cmp(&b.len())))?;
    if layers.len() < 2 {
        return None;
    }
    let (from, to) = (cx.labels.of(call.from), cx.labels.of(call.to));
    let factors: Vec<String> = layers.iter().map(of_layer).collect();
    let tries = words::factor(product(&layers));
    let message = format!("{from} → {to} is retried by {} layers: {} = {tries}", layers.len(), factors.join(" × "));
    let mut finding = Finding::new(&RULE, vec![call.from, call.to], message);
    let d = cx.graph.dependency(call.dependency);
    let of_layers = d.retry.iter().flat_map(|r| &r.layers).filter(|l| layers.iter().any(|a| a.layer == l.layer));
    finding.evidence = of_layers.filter_map(|l| l.evidence.clone()).collect();
    finding.measure = Some(Measure::Calls(product(&layers)));
    finding.path = vec![call.to, call.from];
    finding.edges = vec![call.dependency];
    finding.assumptions.clone_from(&d.assumptions);
    let others: Vec<&str> = layers.iter().skip(1).map(|l| l.layer.word()).collect();
    finding.fix = format!("let one layer retry: switch the retries of the {} off", words::list(others, 3));
    Some(finding)
}

fn product(layers: &[LayerTries]) -> f64 {
    layers.iter().map(|l| l.tries).product()
}
