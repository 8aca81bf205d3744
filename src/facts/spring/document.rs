//! Files of application configuration: which ones are, what their documents say, and when each of those holds.

use super::property::{self, Property, path};
use crate::parse::{Node, Outcome, documents};
use std::sync::Arc;

/// Names of configuration files, without profile and extension.
const STEMS: [&str; 2] = ["application", "bootstrap"];

/// Profiles by which people configure their own machines.
const OF_DEVELOPERS: [&str; 5] = ["local", "dev", "development", "default", "localhost"];

/// A document of a configuration file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub(super) file: Arc<str>,
    /// When it holds, if not always.
    pub(super) condition: Option<Condition>,
    /// What it says.
    pub(super) properties: Vec<Property>,
}

/// Profiles that a document is for, as written: `docker`, `!test`, `prod & eu`, `a, b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition(String);

impl Condition {
    /// Whether it holds when exactly these profiles are active.
    pub(super) fn holds(&self, active: &[String]) -> bool {
        let is_active = |name: &str| {
            let name = name.trim().trim_matches(['(', ')', ' ']);
            match name.strip_prefix('!') {
                Some(name) => !active.iter().any(|a| a == name.trim()),
                None => active.iter().any(|a| a == name),
            }
        };
        self.0.split([',', '|']).any(|all| all.split('&').all(is_active))
    }

    /// Whether it is about developers' own machines only.
    pub(super) fn is_for_developers(&self) -> bool {
        self.0.split([',', '|']).all(|name| OF_DEVELOPERS.contains(&name.trim().to_ascii_lowercase().as_str()))
    }

    /// Whether it is about tests only: nothing that is deployed.
    pub(super) fn is_for_tests(&self) -> bool {
        self.0.split([',', '|']).all(|name| {
            let name = name.trim().to_ascii_lowercase();
            name == "test" || name.ends_with("-test") || name == "it" || name == "tests"
        })
    }
}

/// Whether a file configures a Spring application, by its name.
pub fn recognises(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_of = |known: &str| stem.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    matches!(extension, "yml" | "yaml" | "properties") && STEMS.into_iter().any(is_of)
}

/// The documents of a `.properties` file.
pub fn of_lines(file: &Arc<str>, text: &str) -> Vec<Document> {
    property::of_lines(file, text).into_iter().map(|properties| Document::new(file, properties)).collect()
}

/// A document of a YAML file.
pub fn of_tree(file: &Arc<str>, node: &Node) -> Document {
    Document::new(file, property::of_tree(node))
}

/// The documents of a file's text.
pub(super) fn of_text(file: &Arc<str>, text: &str) -> Vec<Document> {
    if file.ends_with(".properties") {
        return of_lines(file, text);
    }
    let trees = documents(file, text).into_iter().filter_map(|d| match d.outcome {
        Outcome::Tree(node) => Some(of_tree(file, &node)),
        _ => None,
    });
    trees.collect()
}

impl Document {
    fn new(file: &Arc<str>, properties: Vec<Property>) -> Self {
        let stated = properties.iter().filter(|p| {
            let key = p.path();
            let key = key.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            // `spring.profiles` is the form before Spring Boot 2.4.
            matches!(key, "spring.config.activate.onprofile" | "spring.profiles")
        });
        let stated: Vec<&str> = stated.map(|p| &*p.value).collect();
        let condition = if stated.is_empty() { profile_of(file).map(str::to_owned) } else { Some(stated.join(",")) };
        Self { file: file.clone(), condition: condition.map(Condition), properties }
    }

    /// The value of a key, the last one if it is written twice.
    pub(super) fn get(&self, key: &str) -> Option<&Property> {
        let wanted = path(key.split('.'));
        self.properties.iter().rev().find(|p| p.path() == wanted)
    }

    /// Whether some key begins like this.
    pub(super) fn speaks_of(&self, prefix: &str) -> bool {
        let wanted = path(prefix.split('.'));
        self.properties.iter().any(|p| {
            let path = p.path();
            path.strip_prefix(&*wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// `bootstrap` files are read before the others, so these overrule them.
    pub(super) fn is_bootstrap(&self) -> bool {
        name_of(&self.file).starts_with("bootstrap")
    }
}

fn name_of(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

/// The profile in a file's name: `docker` of `application-docker.yml`.
fn profile_of(file: &str) -> Option<&str> {
    let (stem, _) = name_of(file).rsplit_once('.')?;
    STEMS.iter().find_map(|known| stem.strip_prefix(known)?.strip_prefix('-')).filter(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names decide which files are configuration, and for which profile.
    #[test]
    fn names() {
        for (file, expected) in [
            ("a/application.yml", Some(None)),
            ("application-docker.yaml", Some(Some("docker"))),
            ("bootstrap.properties", Some(None)),
            ("applications.yml", None),
            ("application.xml", None),
            ("my-application.yml", None),
        ] {
            assert_eq!(recognises(file).then(|| profile_of(file)), expected, "{file}");
        }
    }

    /// Lists are alternatives, `&` joins, `!` excludes.
    #[test]
    fn conditions() {
        let active = ["docker".to_owned(), "eu".to_owned()];
        for (text, holds) in [
            ("docker", true),
            ("test", false),
            ("test,docker", true),
            ("!docker", false),
            ("!test", true),
            ("docker & eu", true),
            ("docker & us", false),
            ("(test | eu)", true),
        ] {
            assert_eq!(Condition(text.to_owned()).holds(&active), holds, "{text}");
        }
    }
}
