//! `extends`: a service that begins as a copy of another one.

use super::load::{Context, Loader, is_remote};
use super::merge;
use super::model::Model;
use super::shape::shown;
use crate::parse::Node;
use crate::source::{Problem, folder_of};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A chain of extensions longer than this is no chain that people write.
const LIMIT: usize = 64;

impl Loader<'_> {
    /// Replaces every service that extends others by what it comes to.
    pub(super) fn extend_services(&mut self, path: &Arc<str>, model: &mut Model, context: &Context) {
        let extending: Vec<(String, Node)> = model
            .services
            .iter()
            .filter(|(_, (_, service))| service.get("extends").is_some())
            .map(|(name, (_, service))| (name.clone(), service.clone()))
            .collect();
        // All are computed before any is replaced: an extension reads what others wrote, not what they came to.
        let extended: Vec<(String, Node)> = extending
            .into_iter()
            .map(|(name, service)| {
                let node = self.extended(path, &name, service, model, context);
                (name, node)
            })
            .collect();
        for (name, node) in extended {
            if let Some((_, service)) = model.services.get_mut(&name) {
                *service = node;
            }
        }
    }

    /// The service merged over everything that it extends. Where the chain breaks, `extends` stays in the result.
    fn extended(&mut self, path: &Arc<str>, name: &str, own: Node, model: &Model, context: &Context) -> Node {
        let mut place = (path.clone(), name.to_owned());
        let mut seen = BTreeSet::from([place.clone()]);
        let (mut base, mut overs) = (own, Vec::new());
        let whole = loop {
            let Some(extends) = base.get("extends").filter(|e| !e.is_null()).cloned() else { break true };
            let next = self.place(&extends, &place.0, context).and_then(|next| {
                place = next;
                if !seen.insert(place.clone()) {
                    let reason = format!("service `{}` extends itself, in the end", shown(name));
                    return Err(Problem::new(extends.at(), reason).remedy("break the cycle"));
                }
                if overs.len() > LIMIT {
                    let reason = format!("service `{}` has more than {LIMIT} others to extend", shown(name));
                    return Err(Problem::new(extends.at(), reason).remedy("shorten the chain"));
                }
                let base = if place.0 == *path { model.services.get(&place.1).cloned() } else { None };
                let Some((_, next)) = base.or_else(|| self.elsewhere(path, &place, context)) else {
                    let reason =
                        format!("`extends` names service `{}`, which is not in `{}`", shown(&place.1), place.0);
                    return Err(Problem::new(extends.at(), reason));
                };
                Ok(next)
            });
            match next {
                Ok(next) => overs.push(std::mem::replace(&mut base, next)),
                Err(problem) => {
                    self.problems.push(problem);
                    break false;
                }
            }
        };
        let merged = overs.iter().rev().fold(base, |base, over| merge::service(&base, over));
        if whole { merge::without(&merged, "extends") } else { merged }
    }

    /// The file and service that `extends` names.
    fn place(&mut self, extends: &Node, current: &Arc<str>, context: &Context) -> Result<(Arc<str>, String), Problem> {
        let Some(service) = extends.str("service") else {
            return Err(Problem::new(extends.at(), "`extends` names no service").remedy("add `service:`"));
        };
        let Some(file) = extends.str("file") else {
            return Ok((current.clone(), service.to_owned()));
        };
        if is_remote(file) {
            return Err(Problem::new(extends.at(), "`extends` names a file of another place; it is not read"));
        }
        let path = self.path(extends, file);
        let home = || Context { folder: folder_of(&path).into(), variables: context.variables.clone() };
        self.homes.entry(path.clone()).or_insert_with(home);
        Ok((path, service.to_owned()))
    }

    /// A service of another file, as it is written there.
    fn elsewhere(&mut self, here: &Arc<str>, place: &(Arc<str>, String), context: &Context) -> Option<(Node, Node)> {
        if place.0 == *here { None } else { self.plain(&place.0, context)?.services.get(&place.1).cloned() }
    }
}
