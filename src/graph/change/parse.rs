use super::{Change, Name};
use crate::graph::Kind;
use crate::source::{nearest, quoted};
use std::sync::Arc;
use thiserror::Error;

/// The changes that can be written, a line each, for help texts.
pub const GRAMMAR: &str = "\
  replicas(X)=3         X runs 3 instances
  need(X)=2             2 instances of X must work
  zones(X)=a,b          the instances of X are spread over these zones; likewise nodes(X)=… and regions(X)=…
  add(X->Y)             X depends on Y
  soft(X->Y)            X goes on without Y; hard(X->Y) is the opposite
  fallback(X->Y)=Z      Z takes over for X when Y fails
  standby(X)            a second X, elsewhere and with volumes of its own, takes over
  split(X)              each dependent of X gets an X of its own";

/// The words of the grammar.
const WORDS: [&str; 11] =
    ["replicas", "need", "zones", "nodes", "regions", "add", "soft", "hard", "fallback", "standby", "split"];

/// Text that is no change: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at character {at}: {reason}")]
pub struct ParseError {
    /// The place of the first character that cannot be read, from 1.
    pub at: usize,
    /// What is wrong there, and what would be right.
    pub reason: String,
}

/// Reads a change such as `replicas(cart)=3` or `soft(frontend->ads)`.
///
/// # Errors
/// If it is not of the [`GRAMMAR`].
pub fn parse(text: &str) -> Result<Change<Name>, ParseError> {
    let whole = Part { text, at: 1 }.trim();
    let (word, rest) = whole.until("(").ok_or_else(|| {
        let word = whole.until("=").map_or(whole, |(word, _)| word);
        word.error(match known(word.text) {
            Ok(word) => format!("`{word}` needs a component in parentheses: `{}`", example(word)),
            Err(reason) => reason,
        })
    })?;
    let word = word.trim();
    let word_text = known(word.text).map_err(|reason| word.error(reason))?;
    let expected = |part: Part<'_>, what: &str| part.error(format!("{what}, as in `{}`", example(word_text)));
    // A name may hold parentheses, a value may not.
    let (subject, value) = rest.until_last(")").ok_or_else(|| expected(rest.end(), "`)` is missing"))?;
    let value = match (value.trim().text.strip_prefix('='), value.trim().text) {
        (_, "") => None,
        (Some(_), _) => Some(value.trim().after(1).trim()),
        (None, _) => return Err(expected(value.trim(), "only `=` may follow the parenthesis")),
    };
    let takes_value = !matches!(word_text, "add" | "soft" | "hard" | "standby" | "split");
    let value = match value {
        Some(value) if !takes_value => return Err(expected(value, &format!("`{word_text}` takes no value"))),
        Some(Part { text: "", .. }) | None if takes_value => {
            return Err(expected(whole.end(), &format!("`{word_text}` needs a value")));
        }
        value => value.unwrap_or(whole.end()),
    };
    let one = || match subject.until("->").or_else(|| subject.until("→")) {
        Some((_, arrow)) => Err(expected(arrow, &format!("`{word_text}` is about one component"))),
        None => subject.name(),
    };
    let two = || pair(subject).ok_or_else(|| expected(subject, "two components with `->` between them are needed"))?;
    let number = |least: u32| {
        let number = value.text.parse::<u32>().ok().filter(|&n| n >= least);
        number.ok_or_else(|| value.error(format!("`{}` is no number from {least} on", value.text)))
    };
    Ok(match word_text {
        "replicas" => Change::Replicas(one()?, number(1)?),
        "need" => Change::Need(one()?, number(1)?),
        "zones" => Change::Spread(one()?, Kind::Zone, domains(value)?),
        "nodes" => Change::Spread(one()?, Kind::Node, domains(value)?),
        "regions" => Change::Spread(one()?, Kind::Region, domains(value)?),
        "standby" => Change::Standby(one()?),
        "split" => Change::Split(one()?),
        "fallback" => two().and_then(|(from, to)| Ok(Change::Fallback(from, to, value.name()?)))?,
        "soft" => two().map(|(from, to)| Change::Soft(from, to))?,
        "hard" => two().map(|(from, to)| Change::Hard(from, to))?,
        _ => two().map(|(from, to)| Change::Add(from, to))?,
    })
}

/// Reads what is to be left out: `ads`, or `frontend->ads`.
///
/// # Errors
/// If nothing is named.
pub fn parse_without(text: &str) -> Result<Change<Name>, ParseError> {
    let whole = Part { text, at: 1 }.trim();
    match pair(whole) {
        Some(ends) => ends.map(|(from, to)| Change::Cut(from, to)),
        None => whole.name().map(Change::Remove),
    }
}

/// Two components with an arrow between them, if there is an arrow.
fn pair(part: Part<'_>) -> Option<Result<(Name, Name), ParseError>> {
    let (from, to) = part.until("->").or_else(|| part.until("→"))?;
    Some(from.name().and_then(|from| Ok((from, to.name()?))))
}

fn known(word: &str) -> Result<&'static str, String> {
    WORDS.into_iter().find(|w| w.eq_ignore_ascii_case(word)).ok_or_else(|| match nearest(word, WORDS) {
        Some(meant) => format!("there is no change `{word}`; did you mean `{meant}`?"),
        None => format!("there is no change `{word}`; there are {}", quoted(&WORDS)),
    })
}

fn example(word: &str) -> &'static str {
    let line = GRAMMAR.split([' ', '\n', ';']).find(|part| part.starts_with(word) && part.contains('('));
    line.unwrap_or("hard(X->Y)")
}

fn domains(value: Part<'_>) -> Result<Vec<Arc<str>>, ParseError> {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut rest = Some(value);
    while let Some(part) = rest {
        let (name, more) = part.until(",").map_or((part, None), |(name, more)| (name, Some(more)));
        let name = name.name()?.text;
        if !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
        rest = more;
    }
    Ok(names)
}

/// A piece of the text, with the place of its first character.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Part<'t> {
    fn after(self, bytes: usize) -> Self {
        let (before, text) = self.text.split_at(bytes);
        Self { text, at: self.at + before.chars().count() }
    }

    fn trim(self) -> Self {
        let start = self.after(self.text.len() - self.text.trim_start().len());
        Self { text: start.text.trim_end(), ..start }
    }

    /// What stands before and after the first mark.
    fn until(self, mark: &str) -> Option<(Self, Self)> {
        self.text.find(mark).map(|at| self.split(at, mark))
    }

    fn until_last(self, mark: &str) -> Option<(Self, Self)> {
        // What follows `=` is a value and may hold anything.
        let end = self.text.find(")=").or_else(|| self.text.rfind(mark))?;
        Some(self.split(end, mark))
    }

    fn split(self, at: usize, mark: &str) -> (Self, Self) {
        (Self { text: self.text.get(..at).unwrap_or_default(), at: self.at }, self.after(at + mark.len()))
    }

    fn end(self) -> Self {
        self.after(self.text.len())
    }

    fn name(self) -> Result<Name, ParseError> {
        let part = self.trim();
        if part.text.is_empty() {
            return Err(part.error("a name is missing".to_owned()));
        }
        Ok(Name { text: part.text.to_owned(), at: part.at })
    }

    fn error(self, reason: String) -> ParseError {
        ParseError { at: self.at, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, at: usize) -> Name {
        Name { text: text.to_owned(), at }
    }

    /// Every line of the grammar is read, whatever the spaces and whichever the arrow.
    #[test]
    fn changes() {
        for (text, change) in [
            ("replicas(cart)=3", Change::Replicas(name("cart", 10), 3)),
            (" Replicas ( shop/cart ) = 3 ", Change::Replicas(name("shop/cart", 13), 3)),
            ("need(etcd)=2", Change::Need(name("etcd", 6), 2)),
            ("zones(cart)=a, b,a", Change::Spread(name("cart", 7), Kind::Zone, vec!["a".into(), "b".into()])),
            ("nodes(cart)=n", Change::Spread(name("cart", 7), Kind::Node, vec!["n".into()])),
            ("add(a->b)", Change::Add(name("a", 5), name("b", 8))),
            ("soft(frontend -> ads)", Change::Soft(name("frontend", 6), name("ads", 18))),
            ("hard(ä→b)", Change::Hard(name("ä", 6), name("b", 8))),
            ("fallback(a->b)=c", Change::Fallback(name("a", 10), name("b", 13), name("c", 16))),
            ("standby(entry:shop/web:x.example/)", Change::Standby(name("entry:shop/web:x.example/", 9))),
            ("split(db(1))", Change::Split(name("db(1)", 7))),
        ] {
            assert_eq!(parse(text), Ok(change), "{text}");
        }
        assert_eq!(parse_without("ads"), Ok(Change::Remove(name("ads", 1))));
        assert_eq!(parse_without(" a -> b"), Ok(Change::Cut(name("a", 2), name("b", 7))));
    }

    /// What cannot be read says where, why, and what would be right.
    #[test]
    fn mistakes() {
        for (text, said) in [
            ("replcas(cart)=3", "at character 1: there is no change `replcas`; did you mean `replicas`?"),
            ("replicas", "at character 1: `replicas` needs a component in parentheses: `replicas(X)=3`"),
            (
                "cart=3",
                "at character 1: there is no change `cart`; there are `replicas`, `need`, `zones`, `nodes`, `regions`, `add`, `soft`, `hard`, `fallback`, `standby`, `split`",
            ),
            ("replicas(cart", "at character 14: `)` is missing, as in `replicas(X)=3`"),
            ("replicas(cart)", "at character 15: `replicas` needs a value, as in `replicas(X)=3`"),
            ("replicas(cart)=", "at character 16: `replicas` needs a value, as in `replicas(X)=3`"),
            ("replicas(cart)=many", "at character 16: `many` is no number from 1 on"),
            ("replicas(cart)=0", "at character 16: `0` is no number from 1 on"),
            ("replicas(a->b)=3", "at character 13: `replicas` is about one component, as in `replicas(X)=3`"),
            ("replicas()=3", "at character 10: a name is missing"),
            ("replicas(cart) 3", "at character 16: only `=` may follow the parenthesis, as in `replicas(X)=3`"),
            ("soft(a)", "at character 6: two components with `->` between them are needed, as in `soft(X->Y)`"),
            ("soft(a->)", "at character 9: a name is missing"),
            ("soft(a->b)=1", "at character 12: `soft` takes no value, as in `soft(X->Y)`"),
            ("zones(a)=x,,y", "at character 12: a name is missing"),
            ("fallback(a->b)", "at character 15: `fallback` needs a value, as in `fallback(X->Y)=Z`"),
            (
                "",
                "at character 1: there is no change ``; there are `replicas`, `need`, `zones`, `nodes`, `regions`, `add`, `soft`, `hard`, `fallback`, `standby`, `split`",
            ),
        ] {
            assert_eq!(parse(text).map_err(|e| e.to_string()), Err(said.to_owned()), "{text}");
        }
        assert!(parse_without(" ").is_err() && parse_without("a->").is_err());
    }
}
