//! Published ports: where users come in.
//!
//! A port of a database is published for an operator, and a port on a random one of the host for nobody who does not
//! ask for it. So the users' doors are the best ones that a project has: fixed ports of programs before random ones,
//! programs before stores and watchers, and all of these before what a file that is named after tests publishes.

use super::reader::Subject;
use crate::facts::{Class, Evidence};
use crate::parse::Node;

/// How good a door is; the first is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Door {
    rehearsal: bool,
    backstage: bool,
    random: bool,
}

/// The doors that users take in a project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doors(Option<Door>);

impl Doors {
    /// The best doors of the services that run without a profile; those of the others if there are none.
    pub(super) fn of(subjects: &[Subject<'_>]) -> Self {
        let best = |optional: bool| {
            let doors = subjects.iter().filter(|s| has_profiles(s.node) == optional).filter_map(|s| Some(door(s)?.0));
            doors.min()
        };
        Self(best(false).or_else(|| best(true)))
    }

    /// The port by which users come in at a service, if they do.
    pub(super) fn entry(self, subject: &Subject<'_>) -> Option<Evidence> {
        let (own, port) = door(subject)?;
        (own <= self.0?).then(|| Evidence::new(port.at(), "ports"))
    }
}

fn has_profiles(service: &Node) -> bool {
    service.get("profiles").is_some_and(|p| !p.items().is_empty())
}

/// The best door of a service and its port.
fn door<'a>(subject: &Subject<'a>) -> Option<(Door, &'a Node)> {
    let backstage = subject.image.telemetry || subject.image.kind.is_store();
    if subject.key.class == Class::Job {
        return None;
    }
    let rehearsal = is_for_tests(&subject.variant.file);
    let ports = subject.node.get("ports").into_iter().flat_map(Node::items);
    let doors = ports.filter_map(|port| Some((Door { rehearsal, backstage, random: is_random(port)? }, port)));
    doors.min_by_key(|(door, port)| (*door, port.line(), port.at().column))
}

/// Whether a file is named after tests: `docker-compose-tests.override.yml`, `compose.e2e.yaml`.
fn is_for_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let word = |word: &str| ["test", "tests", "testing", "e2e"].iter().any(|t| word.eq_ignore_ascii_case(t));
    name.split(['.', '-', '_']).any(word)
}

/// Whether a port is published on any free one of the host; `None` if it is no port.
fn is_random(port: &Node) -> Option<bool> {
    match port.text() {
        Some(text) => {
            let text = text.split('/').next().unwrap_or(text).trim();
            let (host, container) = text.rsplit_once(':').unwrap_or(("", text));
            let fixed =
                host.rsplit(':').next().is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()) && p != "0");
            container.starts_with(|c: char| c.is_ascii_digit()).then_some(!fixed)
        }
        None => port.get("target").map(|_| port.str("published").is_none_or(|p| p.is_empty() || p == "0")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::tree;
    use super::*;

    /// A port is fixed if the file says which one of the host it is.
    #[test]
    fn forms() {
        let rows = [
            ("'8080:80'", Some(false)),
            ("'127.0.0.1:8080:80/tcp'", Some(false)),
            ("'[::1]:8080:80'", Some(false)),
            ("'3000-3005:3000-3005'", Some(false)),
            ("'8080'", Some(true)),
            ("8080", Some(true)),
            ("'3000-3005'", Some(true)),
            ("'127.0.0.1::80'", Some(true)),
            ("'0:80'", Some(true)),
            ("':80'", Some(true)),
            ("{target: 80, published: 8080}", Some(false)),
            ("{target: 80, published: '8080', host_ip: 127.0.0.1}", Some(false)),
            ("{target: 80}", Some(true)),
            ("{published: 80}", None),
            ("''", None),
            ("[1]", None),
        ];
        for (text, want) in rows {
            assert_eq!(is_random(&tree(&format!("p: {text}")).get("p").unwrap().clone()), want, "{text}");
        }
    }
}
