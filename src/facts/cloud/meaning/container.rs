//! Services of containers and the tasks that they run.

use super::environment::Variable;
use super::reader::{Reader, Subject};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::world::World;
use crate::facts::{Answer, Assumable, ComponentFact, Interaction, NameFact, address};

/// Seconds that a container has to stop where its definition does not say.
const STOP_S: f64 = 30.0;

impl<'w> Reader<'w> {
    /// What the containers of a service need, and the names that it answers to.
    pub fn containers(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        self.containers.insert(key.clone());
        let Some(task) = task(self.world, subject) else { return };
        let containers = task.get("ContainerDefinitions").and_then(|c| c.object().or(Some(c)));
        for container in containers.map(|c| c.items()).unwrap_or_default() {
            let pairs = either(&container, "Environment", "environment").map(|e| e.items()).unwrap_or_default();
            let pair =
                |pair: &Field<'w>| Some((either(pair, "Name", "name")?.known()?, either(pair, "Value", "value")?));
            let variables: Vec<Variable<'w>> = pairs.iter().filter_map(pair).collect();
            let at = Subject { stack: task.stack, ..subject.clone() };
            self.environment(&at, &key, &variables);
            self.sdk_settings(&key, &variables);
            for secret in either(&container, "Secrets", "secrets").map(|s| s.items()).unwrap_or_default() {
                let Some(from) = either(&secret, "ValueFrom", "valueFrom") else { continue };
                for meant in self.whom(task.stack, &from.text(), Some(Sort::Secret)) {
                    self.depend(&key, meant, Interaction::Mount, from.evidence());
                }
            }
        }
        self.known_after_apply(&task, &key);
        self.service_names(subject);
    }

    /// Names under which Service Connect and service discovery make a service known.
    fn service_names(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let mut names: Vec<(String, crate::facts::Evidence)> = Vec::new();
        let connect = subject.get("ServiceConnectConfiguration").and_then(|c| c.get("Services"));
        for service in connect.map(|s| s.items()).unwrap_or_default() {
            for alias in service.get("ClientAliases").map(|a| a.items()).unwrap_or_default() {
                names.extend(alias.get("DnsName").and_then(|n| Some((n.known()?, n.evidence()))));
            }
            names.extend(service.get("DiscoveryName").and_then(|n| Some((n.known()?, n.evidence()))));
        }
        for registry in subject.get("ServiceRegistries").map(|r| r.items()).unwrap_or_default() {
            let Some(place) = registry.get("RegistryArn").and_then(|r| r.text().resources().next().cloned()) else {
                continue;
            };
            let Some(resource) = self.world.stack(place.stack).and_then(|s| s.resource(&place.id)) else { continue };
            let service = Subject { world: self.world, stack: place.stack, resource };
            let Some(name) = service.get("Name").and_then(|n| n.known()) else { continue };
            let space = ["NamespaceId", "DnsConfig"].iter().filter_map(|p| service.get(p)).find_map(|field| {
                let field = field.get("NamespaceId").unwrap_or(field);
                let place = field.text().resources().next().cloned()?;
                let resource = self.world.stack(place.stack)?.resource(&place.id)?;
                Field::of(self.world, place.stack, resource, "Name")?.known()
            });
            let evidence = registry.evidence();
            names.extend(space.map(|space| (format!("{name}.{space}"), evidence.clone())));
            names.push((name, evidence));
        }
        for (name, evidence) in names {
            let (scope, answer) = (key.scope.clone(), Answer::Components(vec![key.clone()]));
            let name = name.to_lowercase().into();
            self.facts.names.push(NameFact { scope, namespace: None, name, answer, evidence });
        }
    }

    /// How many tasks a service runs, and how long they have to stop.
    pub fn container_numbers(&mut self, subject: &Subject<'w>, fact: &mut ComponentFact) {
        let problems = &mut self.facts.problems;
        fact.replicas = match subject.get("DesiredCount") {
            Some(said) => said
                .number(0.0, "number of tasks", problems)
                .map(|count| Assumable::explicit(count as u32, said.evidence())),
            None => (!subject.resource.implied).then(|| Assumable::default(1)),
        };
        let Some(task) = task(self.world, subject) else { return };
        let containers = task.get("ContainerDefinitions").and_then(|c| c.object().or(Some(c)));
        let containers = containers.map(|c| c.items()).unwrap_or_default();
        let stops = containers.iter().filter_map(|c| either(c, "StopTimeout", "stopTimeout"));
        let longest = stops
            .filter_map(|s| s.number(0.0, "number of seconds", problems))
            .fold(None, |a: Option<f64>, b| Some(a.map_or(b, |a| a.max(b))));
        fact.settings.drain_ms = Some(longest.unwrap_or(STOP_S) * 1000.0);
        if let [container] = containers.as_slice()
            && let Some(kind) =
                either(container, "Image", "image").and_then(|i| address::kind_of_image(&i.text().written()))
        {
            fact.kind = kind;
        }
    }
}

/// A field under the name that templates use, or the one that the service's own API uses.
fn either<'w>(field: &Field<'w>, template: &str, own: &str) -> Option<Field<'w>> {
    field.get(template).or_else(|| field.get(own))
}

/// The task definition that a service runs.
pub(super) fn task<'w>(world: &'w World, subject: &Subject<'w>) -> Option<Subject<'w>> {
    let text = subject.get("TaskDefinition")?.text();
    let place = match text.resources().next() {
        Some(place) => place.clone(),
        None => {
            // By family, perhaps with a revision.
            let known = text.known()?;
            let family = known.rsplit('/').next().unwrap_or(known).split(':').next()?;
            let stack = world.stack(subject.stack)?;
            let tasks = stack.resources.values().filter(|r| &*r.of == "AWS::ECS::TaskDefinition");
            let mut named = tasks.filter(|r| {
                let field = Field::of(world, subject.stack, r, "Family");
                field.is_some_and(|f| f.known().as_deref() == Some(family))
            });
            crate::facts::cloud::text::Place { stack: subject.stack, id: named.next()?.id.clone() }
        }
    };
    let resource = world.stack(place.stack)?.resource(&place.id)?;
    Some(Subject { world, stack: place.stack, resource })
}
