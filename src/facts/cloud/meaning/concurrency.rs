//! The functions of an account share one number of executions at a time. What is reserved for one is its own limit and
//! is taken from what the others have.

use super::reader::{Reader, Subject};
use crate::facts::{
    Class, ComponentFact, DependencyFact, Evidence, Interaction, Key, Kind, PlatformAssumption, Target,
};
use std::sync::Arc;

/// The quota of an account in a region, unless it was raised.
const DEFAULT: f64 = 1000.0;
/// Executions that cannot be reserved.
const UNRESERVED: f64 = 100.0;
/// The name of the pool.
pub(super) const POOL: &str = "lambda-concurrency";

/// What a function says of its share.
#[derive(Clone, Debug)]
pub(super) struct Share {
    reserved: Option<f64>,
    evidence: Evidence,
}

impl<'w> Reader<'w> {
    /// Notes what a function says of its share.
    pub fn share(&mut self, subject: &Subject<'w>, key: &Key) {
        let said = subject.get("ReservedConcurrentExecutions");
        let reserved = said.as_ref().and_then(|n| n.number(0.0, "number of executions", &mut self.facts.problems));
        let evidence = said.map_or_else(|| subject.resource.at.clone(), |n| n.evidence());
        self.functions.insert(key.clone(), Share { reserved, evidence });
    }

    /// The pool of an account, and what each function takes from it. Several stacks may go to several accounts; nothing
    /// in the input says so, so they are taken to share one.
    pub fn concurrency(&mut self) {
        let Some(first) = self.functions.values().map(|share| &share.evidence).min().cloned() else { return };
        let pool = Key { namespace: Some("aws".into()), ..Key::global(Class::Pool, POOL) };
        let mut fact = ComponentFact::new(pool.clone(), Kind::Pool, first);
        fact.kind_stated = true;
        let size = self.options.concurrency.unwrap_or(DEFAULT);
        fact.settings.capacity_concurrency = Some(size);
        if self.options.concurrency.is_none() {
            let assumption = PlatformAssumption {
                id: "lambda-concurrency".into(),
                text: format!(
                    "all functions run in one AWS account and region whose quota is the default of {DEFAULT} concurrent executions (new accounts have less)"
                ),
                setting: Some("[platform.aws] lambda_concurrency in linchpin.toml".into()),
            };
            let evidence = fact.evidence.clone();
            self.facts.assumptions.push((Arc::new(assumption), evidence));
        }
        let total: f64 = self.functions.values().filter_map(|share| share.reserved).sum();
        if total > size - UNRESERVED {
            let most = self.functions.values().filter(|s| s.reserved.is_some()).map(|s| &s.evidence).max();
            if let Some(at) = most {
                let reason = format!(
                    "functions reserve {total} concurrent executions together; an account of {size} lets {} be reserved",
                    size - UNRESERVED
                );
                let remedy = "lower the reservations, or set [platform.aws] lambda_concurrency to the account's quota";
                self.facts.problems.push(crate::source::Problem::new(at.at.clone(), reason).remedy(remedy));
            }
        }
        for (key, share) in &self.functions {
            let target = Target::Component(pool.clone());
            let evidence = share.evidence.clone();
            let fact = DependencyFact::new(key.clone(), target, Interaction::UsesPool, evidence);
            self.facts.dependencies.push(DependencyFact { pool: Some((share.reserved, share.reserved)), ..fact });
        }
        self.facts.components.push(fact);
    }
}
