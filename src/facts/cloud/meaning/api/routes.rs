//! Routes as templates write them: methods, routes, listeners, OpenAPI documents, events.

use super::super::reader::{Reader, Subject};
use super::super::whom::Meant;
use super::{Backend, Route};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::{Place, Text};
use crate::facts::{Evidence, Key};

impl<'w> Reader<'w> {
    /// A route that an event of a function implies.
    pub(super) fn implied_route(&mut self, subject: &Subject<'w>) {
        let (Some(api), Some(function)) = (subject.get("Api"), subject.get("Function")) else { return };
        let Some(front) = self.front(subject.stack, &api.text()) else { return };
        let word = |name: &str| subject.get(name).map(|f| f.text().written()).unwrap_or_default();
        let path = route_name(&word("Method"), &word("Path"));
        let guards = subject.get("Authorizer").map(|guard| self.guards(subject, &guard)).unwrap_or_default();
        let backends = self.backends(subject, &function);
        let limit = self.limit(subject.get("TimeoutInMillis"));
        self.add(front, Route { path, backends, guards, limit, evidence: subject.resource.at.clone() });
    }

    pub(super) fn guards(&mut self, subject: &Subject<'w>, guard: &Field<'w>) -> Vec<(Meant, Evidence)> {
        let found = self.whom(subject.stack, &guard.text(), None).into_iter();
        found.filter(|m| m.sort == Some(Sort::Function)).map(|meant| (meant, guard.evidence())).collect()
    }

    pub(super) fn limit(&mut self, said: Option<Field<'w>>) -> Option<(f64, Evidence)> {
        let said = said?;
        Some((said.number(1.0, "number of milliseconds", &mut self.facts.problems)?, said.evidence()))
    }

    pub(super) fn method(&mut self, subject: &Subject<'w>) {
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

    pub(super) fn authorizer(&mut self, subject: &Subject<'w>, text: &Text) -> Vec<(Meant, Evidence)> {
        let Some(place) = text.resources().next() else { return Vec::new() };
        let world = self.world;
        let Some(resource) = world.stack(place.stack).and_then(|s| s.resource(&place.id)) else { return Vec::new() };
        match Field::of(world, place.stack, resource, "AuthorizerUri") {
            Some(uri) => self.guards(subject, &uri),
            None => Vec::new(),
        }
    }

    /// The path of a method's resource: its own part after those of its parents.
    pub(super) fn resource_path(&self, subject: &Subject<'w>) -> String {
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

    pub(super) fn route(&mut self, subject: &Subject<'w>) {
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
    pub(super) fn described(&mut self, subject: &Subject<'w>, front: &Key, body: &Field<'w>) {
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

    pub(super) fn listener(&mut self, subject: &Subject<'w>, front: &str, actions: &str) {
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

    pub(super) fn target_group(&mut self, subject: &Subject<'w>) {
        let place = Place { stack: subject.stack, id: subject.resource.id.clone() };
        for target in subject.get("Targets").map(|t| t.items()).unwrap_or_default() {
            let Some(id) = target.get("Id") else { continue };
            let found = self.whom(subject.stack, &id.text(), None);
            self.apis.groups.entry(place.clone()).or_default().extend(found);
        }
    }

    pub(super) fn attachment(&mut self, subject: &Subject<'w>) {
        let group = subject.get("TargetGroupArn").and_then(|g| g.text().resources().next().cloned());
        let (Some(group), Some(target)) = (group, subject.get("Target")) else { return };
        let found = self.whom(subject.stack, &target.text(), None);
        self.apis.groups.entry(group).or_default().extend(found);
    }

    /// A function that users call without an API.
    pub(super) fn function_url(&mut self, subject: &Subject<'w>) {
        let Some(function) = subject.get("TargetFunctionArn") else { return };
        for meant in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
            if let Some(key) = meant.key {
                self.urls.insert(key, subject.resource.at.clone());
            }
        }
    }

    pub(super) fn registered(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        for balancer in subject.get("LoadBalancers").map(|l| l.items()).unwrap_or_default() {
            let place = balancer.get("TargetGroupArn").and_then(|g| g.text().resources().next().cloned());
            if let Some(place) = place {
                let meant = Meant::component(key.clone(), Sort::Containers);
                self.apis.groups.entry(place).or_default().push(meant);
            }
        }
    }

    pub(super) fn distribution(&mut self, subject: &Subject<'w>) {
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
}

/// A route by its method and path: `POST/orders`.
fn route_name(method: &str, path: &str) -> String {
    let method = method.trim().to_ascii_uppercase();
    let any = method.is_empty() || matches!(method.as_str(), "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
    let slash = if path.starts_with('/') || path.starts_with('$') { "" } else { "/" };
    format!("{}{slash}{}", if any { "*" } else { &method }, path.trim())
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
