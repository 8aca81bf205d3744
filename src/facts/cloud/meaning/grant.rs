//! What may do what: policies of roles and functions. Being allowed to is no call, but it says what passes between a
//! function and what its environment names.

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::{Place, Text};
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

/// Statements by the role that they are for, and roles by who has them.
#[derive(Default)]
pub(super) struct Grants {
    by_role: BTreeMap<Place, Vec<Grant>>,
    /// Statements of a function itself.
    by_holder: BTreeMap<Place, Vec<Grant>>,
    /// The key and the role of each holder.
    holders: BTreeMap<Place, (Key, Vec<Place>)>,
}

impl Grants {
    /// All that a holder may do.
    fn of(&self, holder: &Place) -> impl Iterator<Item = &Grant> {
        let roles = self.holders.get(holder).into_iter().flat_map(|(_, roles)| roles);
        let by_role = roles.filter_map(|role| self.by_role.get(role)).flatten();
        self.by_holder.get(holder).into_iter().flatten().chain(by_role)
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
                self.grants.by_role.entry(place).or_default().extend(grants);
            }
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" => {
                let document = subject.get("PolicyDocument");
                let grants: Vec<Grant> = document.iter().flat_map(statements).collect();
                let roles = subject.get("Roles").map(|r| r.texts()).unwrap_or_default();
                let single = subject.get("RoleName").map(|r| r.text());
                for role in roles.iter().chain(&single).filter_map(|text| text.resources().next()) {
                    self.grants.by_role.entry(role.clone()).or_default().extend(grants.clone());
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
                let properties = ["Role", "RoleArn", "TaskRoleArn", "ManagedPolicyArns"];
                let roles = properties.iter().filter_map(|p| subject.get(p)).flat_map(|role| role.texts());
                let roles = roles.filter_map(|text| text.resources().next().cloned()).collect();
                self.grants.by_holder.insert(place.clone(), own);
                self.grants.holders.insert(place, (key, roles));
            }
            _ => {}
        }
    }

    /// What passes between a holder and a thing of a sort, by what the holder may do to it.
    pub fn interaction(&mut self, subject: &Subject<'w>, meant: &Meant) -> Interaction {
        let Some(sort) = meant.sort else { return Interaction::Sync };
        let place = Place { stack: subject.stack, id: subject.resource.id.clone() };
        let grants: Vec<Grant> = self.grants.of(&place).cloned().collect();
        let mut actions: BTreeSet<String> = BTreeSet::new();
        for grant in grants {
            let on = self.whom(subject.stack, &grant.on, grant.sort);
            if on.iter().any(|on| on.key.is_some() && on.key == meant.key) {
                let of_service = grant.actions.iter().filter(|a| a.starts_with(sort.service()) || a.as_str() == "*");
                actions.extend(of_service.cloned());
            }
        }
        passes(sort, &actions)
    }

    /// What a holder may do this on: for calls whose target only their input knows.
    pub fn allowed(&mut self, subject: &Subject<'w>, action: &str, sort: Sort) -> Vec<(Meant, Evidence)> {
        let place = Place { stack: subject.stack, id: subject.resource.id.clone() };
        let action = action.to_ascii_lowercase();
        let covers = |grant: &Grant| grant.actions.iter().any(|a| covers(a, &action));
        let grants: Vec<Grant> = self.grants.of(&place).filter(|g| covers(g)).cloned().collect();
        let mut allowed: Vec<(Meant, Evidence)> = Vec::new();
        for grant in grants {
            for meant in self.whom(subject.stack, &grant.on, grant.sort) {
                if meant.sort == Some(sort) && !allowed.iter().any(|(known, _)| known.key == meant.key) {
                    allowed.push((Meant { inferred: true, ..meant }, grant.evidence.clone()));
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
            let grants: Vec<Grant> = self.grants.of(&place).cloned().collect();
            for grant in grants {
                let actions: BTreeSet<String> = grant.actions.iter().cloned().collect();
                for meant in self.whom(place.stack, &grant.on, grant.sort) {
                    let (Some(sort), true) = (meant.sort, meant.key.as_ref() != Some(&from)) else { continue };
                    if sort == Sort::Api || sort == Sort::Log {
                        continue;
                    }
                    let known = matches!(meant.target, Target::Component(_));
                    if known && meant.key.as_ref().is_some_and(|key| sort.only_if_used() && !self.used.contains(key)) {
                        continue;
                    }
                    let evidence = grant.evidence.clone();
                    let fact = DependencyFact::new(from.clone(), meant.target, passes(sort, &actions), evidence);
                    self.facts.dependencies.push(fact.plane(Plane::Permission).confidence(Confidence::Inferred));
                }
            }
        }
    }
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
