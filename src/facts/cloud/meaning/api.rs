//! Where users come in: APIs, load balancers, distributions. Routes with one set of backends are one entry.

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
            for body in ["Body", "DefinitionBody"].iter().filter_map(|name| subject.get(name)) {
                self.described(subject, &key, &body);
            }
        }
        match of {
            "AWS::Serverless::Route" => self.implied_route(subject),
            "AWS::ApiGateway::Method" => self.method(subject),
            "AWS::ApiGatewayV2::Route" => self.route(subject),
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

    /// A route that an event of a function implies.
    fn implied_route(&mut self, subject: &Subject<'w>) {
        let (Some(api), Some(function)) = (subject.get("Api"), subject.get("Function")) else { return };
        let Some(front) = self.front(subject.stack, &api.text()) else { return };
        let word = |name: &str| subject.get(name).map(|f| f.text().written()).unwrap_or_default();
        let path = route_name(&word("Method"), &word("Path"));
        let guards = subject.get("Authorizer").map(|guard| self.guards(subject, &guard)).unwrap_or_default();
        let backends = self.backends(subject, &function);
        let limit = self.limit(subject.get("TimeoutInMillis"));
        self.add(front, Route { path, backends, guards, limit, evidence: subject.resource.at.clone() });
    }

    fn guards(&mut self, subject: &Subject<'w>, guard: &Field<'w>) -> Vec<(Meant, Evidence)> {
        let found = self.whom(subject.stack, &guard.text(), None).into_iter();
        found.filter(|m| m.sort == Some(Sort::Function)).map(|meant| (meant, guard.evidence())).collect()
    }

    fn limit(&mut self, said: Option<Field<'w>>) -> Option<(f64, Evidence)> {
        let said = said?;
        Some((said.number(1.0, "number of milliseconds", &mut self.facts.problems)?, said.evidence()))
    }

    fn method(&mut self, subject: &Subject<'w>) {
        let (Some(api), Some(integration)) = (subject.get("RestApiId"), subject.get("Integration")) else { return };
        let Some(front) = self.front(subject.stack, &api.text()) else { return };
        let Some(uri) = integration.get("Uri") else { return };
        let method = subject.get("HttpMethod").and_then(|m| m.known()).unwrap_or_default();
        let path = route_name(&method, &self.resource_path(subject));
        let guards = match subject.get("AuthorizerId").map(|a| a.text()) {
            Some(text) => self.authorizer(subject, &text),
            None => Vec::new(),
        };
        let backends = self.backends(subject, &uri);
        let limit = self.limit(integration.get("TimeoutInMillis"));
        self.add(front, Route { path, backends, guards, limit, evidence: subject.resource.at.clone() });
    }

    fn authorizer(&mut self, subject: &Subject<'w>, text: &Text) -> Vec<(Meant, Evidence)> {
        let Some(place) = text.resources().next() else { return Vec::new() };
        let world = self.world;
        let Some(resource) = world.stack(place.stack).and_then(|s| s.resource(&place.id)) else { return Vec::new() };
        match Field::of(world, place.stack, resource, "AuthorizerUri") {
            Some(uri) => self.guards(subject, &uri),
            None => Vec::new(),
        }
    }

    /// The path of a method's resource: its own part after those of its parents.
    fn resource_path(&self, subject: &Subject<'w>) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut next = subject.get("ResourceId").and_then(|r| r.text().resources().next().cloned());
        while let Some(place) = next.take().filter(|_| parts.len() < 32) {
            let Some(resource) = self.world.stack(place.stack).and_then(|s| s.resource(&place.id)) else { break };
            let get = |name: &str| Field::of(self.world, place.stack, resource, name).map(|f| f.text());
            if let Some(part) = get("PathPart") {
                parts.push(part.written());
                next = get("ParentId").and_then(|parent| parent.resources().next().cloned()).filter(|p| *p != place);
            }
        }
        parts.reverse();
        format!("/{}", parts.join("/"))
    }

    fn route(&mut self, subject: &Subject<'w>) {
        let (Some(api), Some(target)) = (subject.get("ApiId"), subject.get("Target")) else { return };
        let Some(front) = self.front(subject.stack, &api.text()) else { return };
        let text = target.text();
        let Some(place) = text.resources().next() else { return };
        let world = self.world;
        let Some(resource) = world.stack(place.stack).and_then(|s| s.resource(&place.id)) else { return };
        let integration = Subject { world, stack: place.stack, resource };
        let Some(uri) = integration.get("IntegrationUri") else { return };
        let backends = self.backends(&integration, &uri);
        let key = subject.get("RouteKey").map(|k| k.text().written()).unwrap_or_default();
        let (method, path) = key.split_once(' ').unwrap_or(("", &key));
        let guards = match subject.get("AuthorizerId").map(|a| a.text()) {
            Some(text) => self.authorizer(subject, &text),
            None => Vec::new(),
        };
        let limit = self.limit(integration.get("TimeoutInMillis"));
        let path = route_name(method, path);
        self.add(front, Route { path, backends, guards, limit, evidence: subject.resource.at.clone() });
    }

    /// An API that an OpenAPI document describes.
    fn described(&mut self, subject: &Subject<'w>, front: &Key, body: &Field<'w>) {
        let Some(body) = body.object() else { return };
        for (path, methods) in body.get("paths").map(|p| p.fields()).unwrap_or_default() {
            for (method, operation) in methods.fields() {
                let Some(integration) = operation.get("x-amazon-apigateway-integration") else { continue };
                let Some(uri) = integration.get("uri") else { continue };
                let evidence = uri.clone().named(format!("paths.{path}")).evidence();
                let backends = self.backends(subject, &uri);
                let limit = self.limit(integration.get("timeoutInMillis"));
                let path = route_name(method.trim_start_matches("x-amazon-apigateway-"), &path);
                self.add(front.clone(), Route { path, backends, guards: Vec::new(), limit, evidence });
            }
        }
    }

    fn resolver(&mut self, subject: &Subject<'w>) {
        let Some(front) = subject.get("ApiId").and_then(|api| self.front(subject.stack, &api.text())) else { return };
        let word = |name: &str| subject.get(name).map(|f| f.text().written()).unwrap_or_default();
        let path = format!("{}.{}", word("TypeName"), word("FieldName"));
        let mut backends = Vec::new();
        let mut steps: Vec<Subject<'w>> = vec![subject.clone()];
        let functions = subject.get("PipelineConfig").and_then(|p| p.get("Functions"));
        for place in functions.map(|f| f.texts()).unwrap_or_default().iter().filter_map(|t| t.resources().next()) {
            if let Some(resource) = self.world.stack(place.stack).and_then(|s| s.resource(&place.id)) {
                steps.push(Subject { world: self.world, stack: place.stack, resource });
            }
        }
        for step in steps {
            if let Some(source) = step.get("DataSourceName") {
                backends.extend(self.data_source(&step, &source));
            }
            // What a request template speaks of is what the request is for.
            if let Some(template) = step.get("RequestMappingTemplate") {
                let text = template.text();
                let spoken: Vec<Place> = text.resources().cloned().collect();
                for (key, sort) in spoken.iter().filter_map(|place| self.world.component(place)) {
                    backends.push(Backend::Known(Meant::component(key, sort), template.evidence()));
                }
            }
        }
        let evidence = subject.resource.at.clone();
        self.add(front, Route { path, backends, guards: Vec::new(), limit: None, evidence });
    }

    /// What a data source, by reference or name, is.
    fn data_source(&mut self, subject: &Subject<'w>, name: &Field<'w>) -> Vec<Backend> {
        let text = name.text();
        let world = self.world;
        let by_name = || {
            let known = text.known()?;
            let stack = world.stack(subject.stack)?;
            let sources = stack.resources.values().filter(|r| &*r.of == "AWS::AppSync::DataSource");
            let mut named = sources.filter(|r| r.get("Name").is_some_and(|(node, _)| node.text() == Some(known)));
            named.next().map(|r| Place { stack: subject.stack, id: r.id.clone() })
        };
        let Some(place) = text.resources().next().cloned().or_else(by_name) else { return Vec::new() };
        let Some(resource) = world.stack(place.stack).and_then(|s| s.resource(&place.id)) else { return Vec::new() };
        let source = Subject { world, stack: place.stack, resource };
        let ends: [(&str, &[&str], Option<Sort>); 7] = [
            ("LambdaConfig", &["LambdaFunctionArn"], Some(Sort::Function)),
            ("DynamoDBConfig", &["TableName"], Some(Sort::Table)),
            ("HttpConfig", &["Endpoint"], None),
            ("ElasticsearchConfig", &["Endpoint"], None),
            ("OpenSearchServiceConfig", &["Endpoint"], None),
            ("EventBridgeConfig", &["EventBusArn"], Some(Sort::Bus)),
            ("RelationalDatabaseConfig", &["RdsHttpEndpointConfig", "DbClusterIdentifier"], Some(Sort::Database)),
        ];
        let mut backends = Vec::new();
        for (block, path, sort) in ends {
            let Some(end) = source.get(block).and_then(|b| b.path(path)) else { continue };
            match sort {
                Some(sort) => {
                    let found = self.whom(place.stack, &end.text(), Some(sort)).into_iter();
                    backends.extend(found.map(|meant| Backend::Known(meant, end.evidence())));
                }
                None => backends.extend(self.backends(&source, &end)),
            }
        }
        // The endpoints of the platform itself say which service is called, not what of it.
        backends.retain(|b| !matches!(b, Backend::Host(target, _) if is_platform(target)));
        backends
    }

    fn listener(&mut self, subject: &Subject<'w>, front: &str, actions: &str) {
        let Some(of) = subject.get(front).map(|f| f.text()) else { return };
        let Some(front) = self.front(subject.stack, &of) else { return };
        let conditions = subject.get("Conditions").map(|c| c.items()).unwrap_or_default();
        let values = |c: &Field<'w>| {
            let blocks = ["PathPatternConfig", "HostHeaderConfig"].iter().filter_map(|b| c.path(&[b, "Values"]));
            blocks.chain(c.get("Values")).flat_map(|v| v.texts()).map(|t| t.written()).collect::<Vec<_>>()
        };
        let path = conditions.iter().flat_map(values).next().unwrap_or_else(|| "/".to_owned());
        for action in subject.get(actions).map(|a| a.items()).unwrap_or_default() {
            let forwarded = action.path(&["ForwardConfig", "TargetGroups"]).map(|g| g.items()).unwrap_or_default();
            let single = action.get("TargetGroupArn");
            let groups = forwarded.iter().filter_map(|g| g.get("TargetGroupArn")).chain(single);
            let backends: Vec<Backend> = groups
                .filter_map(|group| {
                    let place = group.text().resources().next().cloned()?;
                    Some(Backend::Group(place, group.evidence()))
                })
                .collect();
            let (guards, limit, evidence) = (Vec::new(), None, subject.resource.at.clone());
            self.add(front.clone(), Route { path: path.clone(), backends, guards, limit, evidence });
        }
    }

    fn target_group(&mut self, subject: &Subject<'w>) {
        let place = Place { stack: subject.stack, id: subject.resource.id.clone() };
        for target in subject.get("Targets").map(|t| t.items()).unwrap_or_default() {
            let Some(id) = target.get("Id") else { continue };
            let found = self.whom(subject.stack, &id.text(), None);
            self.apis.groups.entry(place.clone()).or_default().extend(found);
        }
    }

    fn attachment(&mut self, subject: &Subject<'w>) {
        let group = subject.get("TargetGroupArn").and_then(|g| g.text().resources().next().cloned());
        let (Some(group), Some(target)) = (group, subject.get("Target")) else { return };
        let found = self.whom(subject.stack, &target.text(), None);
        self.apis.groups.entry(group).or_default().extend(found);
    }

    /// A function that users call without an API.
    fn function_url(&mut self, subject: &Subject<'w>) {
        let Some(function) = subject.get("TargetFunctionArn") else { return };
        for meant in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
            if let Some(key) = meant.key {
                self.urls.insert(key, subject.resource.at.clone());
            }
        }
    }

    fn registered(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        for balancer in subject.get("LoadBalancers").map(|l| l.items()).unwrap_or_default() {
            let place = balancer.get("TargetGroupArn").and_then(|g| g.text().resources().next().cloned());
            if let Some(place) = place {
                let meant = Meant::component(key.clone(), Sort::Containers);
                self.apis.groups.entry(place).or_default().push(meant);
            }
        }
    }

    fn distribution(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let origins = subject.get("DistributionConfig").and_then(|c| c.get("Origins"));
        for origin in origins.map(|o| o.items()).unwrap_or_default() {
            let Some(domain) = origin.get("DomainName") else { continue };
            let backends = self.backends(subject, &domain);
            let path = origin.get("Id").map(|id| id.text().written()).unwrap_or_default();
            let (guards, limit, evidence) = (Vec::new(), None, domain.evidence());
            self.add(key.clone(), Route { path, backends, guards, limit, evidence });
        }
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

/// A route by its method and path: `POST/orders`.
fn route_name(method: &str, path: &str) -> String {
    let method = method.trim().to_ascii_uppercase();
    let any = method.is_empty() || matches!(method.as_str(), "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
    let slash = if path.starts_with('/') || path.starts_with('$') { "" } else { "/" };
    format!("{}{slash}{}", if any { "*" } else { &method }, path.trim())
}

/// Whether a target is the platform's own API.
fn is_platform(target: &Target) -> bool {
    use crate::facts::address::Address;
    let Target::Addresses { addresses, .. } = target else { return false };
    addresses.iter().all(|a| matches!(a, Address::Host { host, .. } if host.ends_with(".amazonaws.com")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Routes are named by method and path, however they are written.
    #[test]
    fn routes_have_names() {
        for (method, path, expected) in
            [("post", "orders", "POST/orders"), ("ANY", "/{proxy+}", "*/{proxy+}"), ("", "$connect", "*$connect")]
        {
            assert_eq!(route_name(method, path), expected);
        }
    }
}
