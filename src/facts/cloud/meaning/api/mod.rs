//! Where users come in: APIs, load balancers, distributions. Routes with one set of backends are one entry.

mod graphql;
mod routes;

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::address::{Setting, in_settings};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::{Place, Text};
use crate::facts::{
    CallPolicy, Callers, Class, ComponentFact, Criticality, DependencyFact, EntryFact, EntryOrigin, Evidence,
    Interaction, Key, Kind, Layer, Providers, Rank, Target, TimeoutOrigin,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What waits for an answer, and how long at most unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    Rest,
    Http,
    WebSocket,
    GraphQl,
    Balancer,
    NetworkBalancer,
    Distribution,
}

impl Front {
    /// The front that a resource type is.
    fn of(of: &str, protocol: Option<&str>) -> Option<Self> {
        Some(match (of, protocol) {
            ("AWS::ApiGateway::RestApi", _) => Front::Rest,
            ("AWS::ApiGatewayV2::Api", Some("WEBSOCKET")) => Front::WebSocket,
            ("AWS::ApiGatewayV2::Api", _) => Front::Http,
            ("AWS::AppSync::GraphQLApi", _) => Front::GraphQl,
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", Some("NETWORK")) => Front::NetworkBalancer,
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", _) => Front::Balancer,
            ("AWS::CloudFront::Distribution", _) => Front::Distribution,
            _ => return None,
        })
    }

    /// Milliseconds that it waits for a backend (SEMANTICS B); a load balancer's are between two bytes.
    fn limit_ms(self) -> Option<f64> {
        match self {
            Front::Rest | Front::WebSocket => Some(29_000.0),
            Front::Http => Some(30_000.0),
            Front::Balancer => Some(60_000.0),
            Front::NetworkBalancer => Some(350_000.0),
            Front::GraphQl | Front::Distribution => None,
        }
    }
}

/// Who answers the requests of a route.
#[derive(Clone, Debug)]
enum Backend {
    Known(Meant, Evidence),
    /// Whoever is registered with a target group.
    Group(Place, Evidence),
    /// A host.
    Host(Target, Evidence),
}

#[derive(Clone, Debug)]
struct Route {
    /// `POST/orders`.
    path: String,
    backends: Vec<Backend>,
    /// Who is asked first whether the request may pass.
    guards: Vec<(Meant, Evidence)>,
    limit: Option<(f64, Evidence)>,
    evidence: Evidence,
}

/// All fronts with their routes, and the entries that they become.
#[derive(Default)]
pub(super) struct Apis {
    routes: BTreeMap<Key, Vec<Route>>,
    fronts: BTreeMap<Key, (Front, Evidence, Vec<Arc<str>>)>,
    /// How long a load balancer waits, where it says so.
    idle: BTreeMap<Key, (f64, Evidence)>,
    /// Requests per second of each route above which a front turns them away, where it says so.
    throttles: BTreeMap<Key, f64>,
    /// Fronts that only others of the same network reach.
    internal: BTreeSet<Key>,
    groups: BTreeMap<Place, Vec<Meant>>,
    entries: BTreeMap<Key, Vec<(Key, BTreeSet<Key>)>>,
}

impl Apis {
    /// The entries that calling a front may reach; none if the caller is behind it, since its own address is no call.
    pub fn entries_for(&self, from: &Key, front: &Key) -> Vec<Key> {
        let Some(entries) = self.entries.get(front) else { return Vec::new() };
        if entries.iter().any(|(_, behind)| behind.contains(from)) {
            return Vec::new();
        }
        entries.iter().map(|(key, _)| key.clone()).collect()
    }
}

impl<'w> Reader<'w> {
    /// Collects the routes that a resource says.
    pub fn routes(&mut self, subject: &Subject<'w>) {
        let of = &*subject.resource.of;
        let protocol = subject
            .get("ProtocolType")
            .or_else(|| subject.get("Type"))
            .and_then(|p| p.known())
            .map(|p| p.to_ascii_uppercase());
        if let (Some(front), Some(key)) = (Front::of(of, protocol.as_deref()), subject.key()) {
            let aliases = self.world.aliases(subject.stack, &subject.resource.id);
            let scheme = subject.get("Scheme").and_then(|s| s.known());
            let internal = subject.get("Internal").and_then(|i| i.flag()) == Some(true);
            if internal || scheme.as_deref() == Some("internal") {
                self.apis.internal.insert(key.clone());
            }
            self.apis.fronts.insert(key.clone(), (front, subject.resource.at.clone(), aliases));
            if let Some(idle) = self.idle(subject) {
                self.apis.idle.insert(key.clone(), idle);
            }
            self.throttled(subject, key.clone());
            for body in ["Body", "DefinitionBody"].iter().filter_map(|name| subject.get(name)) {
                self.described(subject, &key, &body);
            }
        }
        match of {
            "AWS::Serverless::Route" => self.implied_route(subject),
            "AWS::ApiGateway::Method" => self.method(subject),
            "AWS::ApiGatewayV2::Route" => self.route(subject),
            "AWS::ApiGateway::Stage" => self.stage(subject, "RestApiId"),
            "AWS::ApiGatewayV2::Stage" => self.stage(subject, "ApiId"),
            "AWS::AppSync::Resolver" => self.resolver(subject),
            "AWS::ElasticLoadBalancingV2::Listener" => self.listener(subject, "LoadBalancerArn", "DefaultActions"),
            "AWS::ElasticLoadBalancingV2::ListenerRule" => self.listener(subject, "ListenerArn", "Actions"),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => self.target_group(subject),
            "AWS::ElasticLoadBalancingV2::TargetGroupAttachment" => self.attachment(subject),
            "AWS::ECS::Service" => self.registered(subject),
            "AWS::Lambda::Url" => self.function_url(subject),
            "AWS::CloudFront::Distribution" => self.distribution(subject),
            _ => {}
        }
    }

    /// A stage of an API limits what comes.
    fn stage(&mut self, subject: &Subject<'w>, api: &str) {
        let Some(api) = subject.get(api) else { return };
        if let Some(front) = self.front(subject.stack, &api.text()) {
            self.throttled(subject, front);
        }
    }

    /// The throttling that a stage states for all its routes; SAM writes it on the API itself.
    fn throttled(&mut self, subject: &Subject<'w>, front: Key) {
        let of_http = subject.get("DefaultRouteSettings");
        let all = |s: &Field<'w>, name: &str, every: &[&str]| {
            s.get(name).and_then(|value| value.known()).is_some_and(|value| every.contains(&value.as_str()))
        };
        let methods = subject.get("MethodSettings").map(|list| list.items()).unwrap_or_default();
        let of_rest =
            methods.into_iter().find(|s| all(s, "ResourcePath", &["/*", "*"]) && all(s, "HttpMethod", &["*"]));
        let Some(rate) = of_http.or(of_rest).and_then(|s| s.get("ThrottlingRateLimit")) else { return };
        if let Some(rps) = rate.number(0.0, "number of requests a second", &mut self.facts.problems) {
            self.apis.throttles.insert(front, rps);
        }
    }

    /// The idle timeout that a load balancer states, in milliseconds.
    fn idle(&mut self, subject: &Subject<'w>) -> Option<(f64, Evidence)> {
        let names = ["idle_timeout.timeout_seconds", "tcp.idle_timeout.seconds"];
        let attributes = subject.get("LoadBalancerAttributes").map(|list| list.items()).unwrap_or_default();
        let key = |a: &Field<'w>| a.get("Key").and_then(|k| k.known()).is_some_and(|k| names.contains(&k.as_str()));
        let stated = attributes.iter().find(|a| key(a)).and_then(|a| a.get("Value"));
        let field = stated.or_else(|| subject.get("IdleTimeout"))?;
        let seconds = field.number(1.0, "number of seconds", &mut self.facts.problems)?;
        Some((seconds * 1000.0, field.evidence()))
    }

    /// The front that a value means; one from outside the stack is known by the name of its parameter.
    fn front(&mut self, stack: usize, text: &Text) -> Option<Key> {
        for place in text.resources() {
            if let Some((key, Sort::Api)) = self.world.component(place) {
                return Some(key);
            }
        }
        text.input().and_then(|name| Some(self.world.stack(stack)?.key(Class::Entry, name)))
    }

    fn add(&mut self, front: Key, route: Route) {
        self.apis.routes.entry(front).or_default().push(route);
    }

    fn backends(&mut self, subject: &Subject<'w>, value: &Field<'w>) -> Vec<Backend> {
        let text = value.text();
        let evidence = if subject.resource.implied { subject.resource.at.clone() } else { value.evidence() };
        let mut backends: Vec<Backend> = Vec::new();
        for meant in self.whom(subject.stack, &text, None) {
            backends.push(Backend::Known(meant, evidence.clone()));
        }
        if backends.is_empty() {
            for (_, found) in in_settings(&[Setting { key: "integration.url", value: &text.written() }]) {
                let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
                backends.push(Backend::Host(target, evidence.clone()));
            }
        }
        backends
    }

    /// Makes entries of all routes. Fronts behind fronts are known only when all have theirs, so what is behind comes
    /// second.
    pub fn entries(&mut self) {
        let routes = std::mem::take(&mut self.apis.routes);
        let mut behind: Vec<(Key, Vec<Route>)> = Vec::new();
        for (front, routes) in routes {
            let mut sets: BTreeMap<String, Vec<Route>> = BTreeMap::new();
            for mut route in routes {
                route.backends = self.grouped(route.backends);
                let known = |b: &Backend| match b {
                    Backend::Known(meant, _) => format!("{:?}", meant.target),
                    Backend::Host(target, _) => format!("{target:?}"),
                    Backend::Group(..) => String::new(),
                };
                let set: BTreeSet<String> = route.backends.iter().map(known).filter(|s| !s.is_empty()).collect();
                if !set.is_empty() {
                    sets.entry(format!("{set:?}")).or_default().push(route);
                }
            }
            let alone = sets.len() == 1;
            for mut routes in sets.into_values() {
                routes.sort_by(|a, b| (&a.path, &a.evidence).cmp(&(&b.path, &b.evidence)));
                let Some(first) = routes.first() else { continue };
                let name = if alone { front.name.to_string() } else { format!("{}:{}", front.name, first.path) };
                let key = Key { name: name.into(), ..front.clone() };
                let evidence = first.evidence.clone();
                let mut fact = ComponentFact::new(key.clone(), Kind::Entry, evidence.clone());
                fact.kind_stated = true;
                // Each route may use up the limit on its own.
                fact.settings.shed_rps = self.apis.throttles.get(&front).map(|rps| rps * routes.len() as f64);
                if !self.apis.internal.contains(&front) {
                    let origin = match self.apis.fronts.get(&front) {
                        Some((Front::Balancer | Front::NetworkBalancer, ..)) => EntryOrigin::LoadBalancer,
                        _ => EntryOrigin::ApiEvent,
                    };
                    fact.entry = Some(EntryFact { origin, weight: None, evidence });
                }
                if let (true, Some((_, at, aliases))) = (alone, self.apis.fronts.get(&front)) {
                    fact.aliases = aliases.clone();
                    fact.evidence = at.clone();
                }
                self.facts.components.push(fact);
                let reached = routes.iter().flat_map(|r| &r.backends).filter_map(|b| match b {
                    Backend::Known(meant, _) => meant.key.clone(),
                    _ => None,
                });
                self.apis.entries.entry(front.clone()).or_default().push((key.clone(), reached.collect()));
                self.waits(&front, &key, &routes);
                behind.push((key, routes));
            }
        }
        for (key, routes) in behind {
            self.behind(&key, routes);
        }
    }

    /// Target groups are whoever is registered with them.
    fn grouped(&self, backends: Vec<Backend>) -> Vec<Backend> {
        let expand = |backend: Backend| match backend {
            Backend::Group(place, evidence) => {
                let members = self.apis.groups.get(&place).cloned().unwrap_or_default();
                members.into_iter().map(|meant| Backend::Known(meant, evidence.clone())).collect()
            }
            other => vec![other],
        };
        backends.into_iter().flat_map(expand).collect()
    }

    /// How long a front waits for what is behind it.
    fn waits(&mut self, front: &Key, entry: &Key, routes: &[Route]) {
        let callers = || Callers::Components(Arc::new([entry.clone()].into()));
        let mut set = |ms: f64, origin, rank, evidence: Evidence| {
            let scope = entry.scope.clone();
            let mut policy = CallPolicy::new(scope, Layer::Gateway, callers(), Providers::Anyone, evidence);
            (policy.timeout, policy.rank) = (Some((ms, origin)), rank);
            self.facts.policies.push(policy);
        };
        if let Some((kind, at, _)) = self.apis.fronts.get(front)
            && let Some(ms) = kind.limit_ms()
        {
            set(ms, TimeoutOrigin::PlatformDefault, Rank::Default, at.clone());
        }
        if let Some((ms, at)) = self.apis.idle.get(front) {
            set(*ms, TimeoutOrigin::Explicit, Rank::Provider, at.clone());
        }
        let written = routes.iter().filter_map(|r| r.limit.clone());
        if let Some((ms, evidence)) = written.max_by(|a, b| a.0.total_cmp(&b.0)) {
            set(ms, TimeoutOrigin::Explicit, Rank::Route, evidence);
        }
    }

    fn behind(&mut self, entry: &Key, routes: Vec<Route>) {
        let hard = |fact: DependencyFact| fact.criticality(Criticality::Hard);
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for route in routes {
            for backend in route.backends {
                match backend {
                    Backend::Known(meant, evidence) => {
                        let interaction = match meant.sort {
                            Some(sort) => super::grant::passes(sort, &BTreeSet::new()),
                            None => Interaction::Sync,
                        };
                        if seen.insert(format!("{:?}", meant.target)) {
                            self.depend_as(entry, meant, interaction, evidence, hard);
                        }
                    }
                    Backend::Host(target, evidence) => {
                        if seen.insert(format!("{target:?}")) {
                            let fact = DependencyFact::new(entry.clone(), target, Interaction::Sync, evidence);
                            self.facts.dependencies.push(hard(fact));
                        }
                    }
                    Backend::Group(..) => {}
                }
            }
            for (guard, evidence) in route.guards {
                if seen.insert(format!("{:?}", guard.target)) {
                    self.depend_as(entry, guard, Interaction::Sync, evidence, hard);
                }
            }
        }
    }
}
