//! What may do what: policies of roles and functions. Being allowed to is no call, but it says what passes between a
//! function and what its environment names.

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::{Place, Text};
use crate::facts::cloud::world::World;
use crate::facts::{Confidence, DependencyFact, Evidence, Interaction, Key, Plane, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A statement that allows something.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// What is allowed, in lower case: `dynamodb:getitem`, `s3:*`.
    pub actions: Arc<[String]>,
    /// On what.
    pub on: Text,
    /// Of what sort that is, if its name alone does not say.
    pub sort: Option<Sort>,
    pub evidence: Evidence,
}

/// A statement with whom it is about.
pub(super) struct Allowance {
    /// Nobody where it is about everything, or about nothing that the input knows.
    on: Vec<Meant>,
    actions: Arc<[String]>,
    evidence: Evidence,
}

/// Statements by the role that they are for, and roles by who has them.
#[derive(Default)]
pub(super) struct Grants {
    by_role: BTreeMap<Place, Vec<Grant>>,
    /// Statements of a function itself.
    by_holder: BTreeMap<Place, Vec<Grant>>,
    /// The key and the role of each holder.
    holders: BTreeMap<Place, (Key, Vec<Place>)>,
    /// Holders and roles with policies that are not in the input.
    opaque: BTreeSet<Place>,
    /// Stacks with statements for somebody who is not in the input.
    unclear: BTreeSet<usize>,
    resolved: BTreeMap<Place, Arc<[Allowance]>>,
}

impl Grants {
    /// All that a holder may do.
    fn of(&self, holder: &Place) -> impl Iterator<Item = &Grant> {
        let roles = self.holders.get(holder).into_iter().flat_map(|(_, roles)| roles);
        let by_role = roles.filter_map(|role| self.by_role.get(role)).flatten();
        self.by_holder.get(holder).into_iter().flatten().chain(by_role)
    }

    /// Whether a holder, or a role of its, has policies that are not in the input.
    fn is_opaque(&self, holder: &Place) -> bool {
        let mut roles = self.holders.get(holder).into_iter().flat_map(|(_, roles)| roles);
        self.opaque.contains(holder) || roles.any(|role| self.opaque.contains(role))
    }

    /// Whether anybody of a stack may do anything.
    fn somebody(&self, stack: usize) -> bool {
        self.holders.keys().filter(|place| place.stack == stack).any(|place| self.of(place).next().is_some())
    }
}

impl<'w> Reader<'w> {
    /// Collects the statements of a resource.
    pub fn granted(&mut self, subject: &Subject<'w>) {
        let place = Place { stack: subject.stack, id: subject.resource.id.clone() };
        match &*subject.resource.of {
            "AWS::IAM::Role" => {
                let documents = subject.get("Policies").map(|p| p.items()).unwrap_or_default();
                let documents = documents.iter().filter_map(|policy| policy.get("PolicyDocument"));
                let grants: Vec<Grant> = documents.flat_map(|document| statements(&document)).collect();
                self.opaque_policies(subject, "ManagedPolicyArns", &place);
                self.grants.by_role.entry(place).or_default().extend(grants);
            }
            "AWS::Serverless::Connector" => {
                self.grants.unclear.insert(subject.stack);
            }
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" => {
                let document = subject.get("PolicyDocument");
                let grants: Vec<Grant> = document.iter().flat_map(statements).collect();
                let roles = subject.get("Roles").map(|r| r.texts()).unwrap_or_default();
                let single = subject.get("RoleName").map(|r| r.text());
                for role in roles.iter().chain(&single) {
                    match text_role(self.world, subject.stack, role) {
                        Some(Ok(role)) => self.grants.by_role.entry(role).or_default().extend(grants.clone()),
                        Some(Err(holder)) => self.grants.by_holder.entry(holder).or_default().extend(grants.clone()),
                        None => {
                            self.grants.unclear.insert(subject.stack);
                        }
                    }
                }
                self.grants.by_role.entry(place).or_default().extend(grants);
            }
            "AWS::Lambda::Function" | "AWS::StepFunctions::StateMachine" | "AWS::ECS::Service" => {
                let Some(key) = subject.key() else { return };
                let own: Vec<Grant> = subject
                    .get("Policies")
                    .map(|p| p.items())
                    .unwrap_or_default()
                    .iter()
                    .flat_map(|policy| match policy.get("PolicyDocument") {
                        Some(document) => statements(&document),
                        None => statements(policy).into_iter().chain(super::function::by_template(policy)).collect(),
                    })
                    .collect();
                let task = super::container::task(self.world, subject);
                let given = ["Role", "RoleArn"].iter().filter_map(|p| subject.get(p));
                let given = given.chain(task.and_then(|task| task.get("TaskRoleArn")));
                let texts: Vec<Text> = given.flat_map(|role| role.texts()).collect();
                let roles: Vec<Place> = texts.iter().filter_map(|text| text.resources().next().cloned()).collect();
                if roles.len() < texts.len() {
                    self.grants.opaque.insert(place.clone());
                }
                self.opaque_policies(subject, "Policies", &place);
                self.grants.by_holder.entry(place.clone()).or_default().extend(own);
                self.grants.holders.insert(place, (key, roles));
            }
            _ => {}
        }
    }

    /// Notes policies of a role or holder that are only named.
    fn opaque_policies(&mut self, subject: &Subject<'w>, property: &str, place: &Place) {
        for policy in subject.get(property).map(|p| p.items()).unwrap_or_default() {
            let plain =
                policy.node().entries().is_empty() || super::super::evaluate::intrinsic(policy.node()).is_some();
            let text = policy.text();
            let here = text.resources().next().cloned();
            if let (true, Some(here)) = (plain, &here) {
                // A policy of the stack: what it allows is known.
                let grants = self.grants.by_role.get(here).cloned();
                match grants {
                    Some(grants) => self.grants.by_holder.entry(place.clone()).or_default().extend(grants),
                    None => {
                        self.grants.opaque.insert(place.clone());
                    }
                }
            } else if plain && !only_runs(&text.written()) {
                self.grants.opaque.insert(place.clone());
            }
        }
    }

    /// What a holder may do, and on whom.
    fn allowances(&mut self, holder: &Place) -> Arc<[Allowance]> {
        if let Some(known) = self.grants.resolved.get(holder) {
            return known.clone();
        }
        let grants: Vec<Grant> = self.grants.of(holder).cloned().collect();
        let resolve = |grant: Grant| {
            let on = self.whom(holder.stack, &grant.on, grant.sort);
            Allowance { on, actions: grant.actions, evidence: grant.evidence }
        };
        let resolved: Arc<[Allowance]> = grants.into_iter().map(resolve).collect();
        self.grants.resolved.insert(holder.clone(), resolved.clone());
        resolved
    }

    /// What passes between a holder and a thing of a sort, by what the holder may do to it.
    pub fn interaction(&mut self, subject: &Subject<'w>, meant: &Meant) -> Interaction {
        let Some(sort) = meant.sort else { return Interaction::Sync };
        let allowances = self.allowances(&subject.place());
        let on = allowances.iter().filter(|a| a.on.iter().any(|on| on.key.is_some() && on.key == meant.key));
        let actions = on.flat_map(|a| a.actions.iter()).filter(|a| is_of(a, sort)).cloned();
        passes(sort, &actions.collect())
    }

    /// Whether a holder may do anything to a thing, as far as its stack says. Where a policy is not in the input, or no
    /// statement of the stack is for anybody, it may.
    pub fn may_use(&mut self, subject: &Subject<'w>, meant: &Meant) -> bool {
        let holder = subject.place();
        let Some(sort) = meant.sort.filter(|sort| sort.behind_sdk()) else { return true };
        let grants = &self.grants;
        if grants.unclear.contains(&holder.stack) || grants.is_opaque(&holder) || !grants.somebody(holder.stack) {
            return true;
        }
        self.allowances(&holder).iter().any(|allowed| {
            let any = allowed.on.is_empty() || allowed.on.iter().any(|on| on.key == meant.key);
            any && allowed.actions.iter().any(|action| is_of(action, sort))
        })
    }

    /// What a holder may do this on: for calls whose target only their input knows.
    pub fn allowed(&mut self, subject: &Subject<'w>, action: &str, sort: Sort) -> Vec<Meant> {
        let action = action.to_ascii_lowercase();
        let mut allowed: Vec<Meant> = Vec::new();
        for allowance in self.allowances(&subject.place()).iter() {
            if !allowance.actions.iter().any(|a| covers(a, &action)) {
                continue;
            }
            for meant in allowance.on.iter().filter(|on| on.sort == Some(sort)) {
                if !allowed.iter().any(|known| known.key == meant.key) {
                    allowed.push(Meant { inferred: true, ..meant.clone() });
                }
            }
        }
        allowed
    }

    /// What may be done is a fact of its own, on the plane of permissions.
    pub fn permissions(&mut self) {
        let holders: Vec<(Place, Key)> =
            self.grants.holders.iter().map(|(place, (key, _))| (place.clone(), key.clone())).collect();
        for (place, from) in holders {
            for allowance in self.allowances(&place).iter() {
                let actions: BTreeSet<String> = allowance.actions.iter().cloned().collect();
                for meant in &allowance.on {
                    let (Some(sort), true) = (meant.sort, meant.key.as_ref() != Some(&from)) else { continue };
                    if sort == Sort::Api || sort == Sort::Log {
                        continue;
                    }
                    let known = matches!(meant.target, Target::Component(_));
                    if known && meant.key.as_ref().is_some_and(|key| sort.only_if_used() && !self.used.contains(key)) {
                        continue;
                    }
                    let (target, evidence) = (meant.target.clone(), allowance.evidence.clone());
                    let fact = DependencyFact::new(from.clone(), target, passes(sort, &actions), evidence);
                    self.facts.dependencies.push(fact.plane(Plane::Permission).confidence(Confidence::Inferred));
                }
            }
        }
    }
}

/// The role that a policy is for: one of the stack, or the one that SAM makes for a function.
fn text_role(world: &World, stack: usize, role: &Text) -> Option<Result<Place, Place>> {
    if let Some(place) = role.resources().next() {
        return Some(Ok(place.clone()));
    }
    let function = role.input()?.strip_suffix("Role")?;
    let resource = world.stack(stack)?.resource(function)?;
    Some(Err(Place { stack, id: resource.id.clone() }))
}

/// Whether an action is of the service that a sort belongs to.
fn is_of(action: &str, sort: Sort) -> bool {
    action == "*" || action.split(':').next() == Some(sort.service())
}

/// Whether a policy that is not in the input lets a function do no more than run and report.
fn only_runs(policy: &str) -> bool {
    let words = ["BasicExecution", "VPCAccessExecution", "XRay", "CloudWatch", "LambdaInsights"];
    words.iter().any(|word| policy.contains(word))
}

/// The statements of a policy document that allow something.
fn statements(document: &Field<'_>) -> Vec<Grant> {
    let Some(document) = document.object() else { return Vec::new() };
    let list = document.get("Statement").or(Some(document).filter(|d| d.get("Action").is_some()));
    let mut grants = Vec::new();
    for statement in list.map(|s| s.items()).unwrap_or_default() {
        if statement.get("Effect").is_some_and(|effect| effect.known().as_deref() == Some("Deny")) {
            continue;
        }
        let actions = statement.get("Action").map(|a| a.texts()).unwrap_or_default();
        let actions: Arc<[String]> = actions.iter().filter_map(|a| Some(a.known()?.to_ascii_lowercase())).collect();
        if let Some(resource) = statement.get("Resource") {
            let evidence = resource.evidence();
            let grants_on = |on| Grant { actions: actions.clone(), on, sort: None, evidence: evidence.clone() };
            grants.extend(resource.texts().into_iter().map(grants_on));
        }
    }
    grants
}

/// Whether a granted action, perhaps with wildcards at its end, is or includes another.
fn covers(granted: &str, action: &str) -> bool {
    match granted.split_once('*') {
        Some((start, _)) => action.starts_with(start),
        None => granted == action,
    }
}

/// What passes if this is all that may be done. Nothing known is whatever the sort is for.
pub(super) fn passes(sort: Sort, actions: &BTreeSet<String>) -> Interaction {
    const READS: &[&str] = &[
        "get",
        "list",
        "query",
        "scan",
        "batchget",
        "describe",
        "head",
        "select",
        "conditioncheck",
        "eshttpget",
        "eshttphead",
        "partiqlselect",
    ];
    const WRITES: &[&str] = &[
        "put",
        "update",
        "delete",
        "batchwrite",
        "abort",
        "partiqlinsert",
        "partiqlupdate",
        "partiqldelete",
        "eshttpput",
        "eshttpdelete",
        "restore",
    ];
    const TAKES: &[&str] = &["receive", "deletemessage", "changemessage", "get", "describe", "subscribe", "list"];
    let verb = |action: &String| action.split_once(':').map_or(action.as_str(), |(_, verb)| verb).to_owned();
    let all = |words: &[&str]| {
        !actions.is_empty() && actions.iter().all(|action| words.iter().any(|word| verb(action).starts_with(word)))
    };
    match sort {
        Sort::Queue | Sort::Stream | Sort::Broker if all(TAKES) => Interaction::AsyncConsume,
        Sort::Queue | Sort::Stream | Sort::Delivery | Sort::Topic | Sort::Bus | Sort::Rule => Interaction::AsyncPublish,
        Sort::StateMachine if actions.iter().any(|a| verb(a).starts_with("startsync")) => Interaction::Sync,
        Sort::StateMachine => Interaction::AsyncPublish,
        Sort::Table | Sort::Bucket | Sort::Search if all(READS) => Interaction::Read,
        Sort::Table | Sort::Bucket | Sort::Search if all(WRITES) => Interaction::Write,
        Sort::Broker => Interaction::AsyncPublish,
        _ => Interaction::Sync,
    }
}
