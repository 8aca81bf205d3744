//! User directories that ask functions, and connectors.

use super::reader::{Reader, Subject};
use crate::facts::Interaction;
use crate::facts::cloud::kinds::Sort;

impl<'w> Reader<'w> {
    /// A user pool waits for the functions that it triggers.
    pub fn user_pool(&mut self, subject: &Subject<'w>) {
        let (Some(key), Some(triggers)) = (subject.key(), subject.get("LambdaConfig")) else { return };
        for (_, trigger) in triggers.fields() {
            let function = trigger.get("LambdaArn").unwrap_or(trigger);
            for meant in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
                self.used.insert(key.clone());
                self.depend(&key, meant, Interaction::Sync, function.evidence());
            }
        }
    }

    /// The same, said apart from the pool.
    pub fn user_pool_trigger(&mut self, subject: &Subject<'w>) {
        let (Some(pool), Some(function)) = (subject.get("UserPool"), subject.get("Function")) else { return };
        for pool in self.whom(subject.stack, &pool.text(), Some(Sort::Users)) {
            let Some(key) = pool.key else { continue };
            for meant in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
                self.used.insert(key.clone());
                self.depend(&key, meant, Interaction::Sync, subject.resource.at.clone());
            }
        }
    }

    /// A connector says that one resource uses another.
    pub fn connector(&mut self, subject: &Subject<'w>) {
        let (Some(source), Some(destination)) = (subject.get("Source"), subject.get("Destination")) else { return };
        let permissions = subject.get("Permissions").map(|p| p.texts()).unwrap_or_default();
        let may = |word: &str| permissions.iter().any(|p| p.known() == Some(word));
        let end = |block: &crate::facts::cloud::field::Field<'w>| block.get("Id").or_else(|| block.get("Arn"));
        let Some(from) = end(&source) else { return };
        let froms: Vec<_> = match from.known().filter(|_| source.get("Id").is_some()) {
            Some(id) => self.by_id(subject.stack, &id).into_iter().collect(),
            None => self.whom(subject.stack, &from.text(), None),
        };
        for to in destination.items() {
            let Some(target) = end(&to) else { continue };
            let meant = match target.known().filter(|_| to.get("Id").is_some()) {
                Some(id) => self.by_id(subject.stack, &id).into_iter().collect(),
                None => self.whom(subject.stack, &target.text(), None),
            };
            for meant in meant {
                for from in froms.iter().filter_map(|f| f.key.clone()) {
                    let interaction = match meant.sort {
                        Some(Sort::Table | Sort::Bucket) if may("Read") && !may("Write") => Interaction::Read,
                        Some(Sort::Table | Sort::Bucket) if may("Write") && !may("Read") => Interaction::Write,
                        Some(sort) => super::grant::passes(sort, &std::collections::BTreeSet::new()),
                        None => Interaction::Sync,
                    };
                    self.depend(&from, meant.clone(), interaction, target.evidence());
                }
            }
        }
    }

    /// A resource of the same stack by its id.
    fn by_id(&self, stack: usize, id: &str) -> Option<super::whom::Meant> {
        let place = crate::facts::cloud::text::Place { stack, id: id.into() };
        let (key, sort) = self.world.component(&place)?;
        Some(super::whom::Meant::component(key, sort))
    }
}
