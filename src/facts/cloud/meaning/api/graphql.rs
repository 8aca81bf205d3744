//! GraphQL APIs: resolvers and the data sources behind them.

use super::super::reader::{Reader, Subject};
use super::super::whom::Meant;
use super::{Backend, Route};
use crate::facts::Target;
use crate::facts::address::Address;
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::Place;

impl<'w> Reader<'w> {
    pub(super) fn resolver(&mut self, subject: &Subject<'w>) {
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
    pub(super) fn data_source(&mut self, subject: &Subject<'w>, name: &Field<'w>) -> Vec<Backend> {
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
}
/// Whether a target is the platform's own API.
fn is_platform(target: &Target) -> bool {
    let Target::Addresses { addresses, .. } = target else { return false };
    addresses.iter().all(|a| matches!(a, Address::Host { host, .. } if host.ends_with(".amazonaws.com")))
}
