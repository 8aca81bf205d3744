//! What a value comes to when a stack is deployed, as far as that is known before.

use std::sync::Arc;

/// A resource of a stack, by the place of the stack in the world and the resource's id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// Which stack.
    pub stack: usize,
    /// Which of its resources.
    pub id: Arc<str>,
}

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// Text as it is.
    Literal(String),
    /// Something that the platform says of a resource: its name, ARN, URL, endpoint.
    Resource(Place),
    /// Something that comes from outside: a parameter without a default, an import that nothing in the input exports.
    Input(Arc<str>),
    /// Something that nobody can know before (`AWS::Region`, a random suffix), with what it is called.
    Unknown(Arc<str>),
}

/// A value in pieces; neighbouring literals are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Text(Vec<Part>);

/// Values with more pieces, or longer literals, than this are no names.
const PARTS: usize = 4_096;
const LONGEST: usize = 1 << 20;

/// The first of the private characters that stand for pieces in a shape.
const FIRST: u32 = 0xF_0000;

impl Text {
    /// A literal.
    pub fn literal(text: impl Into<String>) -> Self {
        let mut this = Self::default();
        this.push(Part::Literal(text.into()));
        this
    }

    /// One piece.
    pub fn of(part: Part) -> Self {
        let mut this = Self::default();
        this.push(part);
        this
    }

    /// Adds a piece. What is too long to be a name loses its end.
    pub fn push(&mut self, part: Part) {
        let room = self.0.len() < PARTS;
        match (self.0.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(have)), Part::Literal(more)) if have.len() + more.len() <= LONGEST => {
                have.push_str(&more);
            }
            (Some(Part::Literal(_)), Part::Literal(_)) => {}
            (_, part) if room => self.0.push(part),
            _ => {}
        }
    }

    /// Adds all of another value.
    pub fn extend(&mut self, other: Text) {
        other.0.into_iter().for_each(|part| self.push(part));
    }

    /// The pieces.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The value, if all of it is known.
    pub fn known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The resources that it speaks of, in order.
    pub fn resources(&self) -> impl Iterator<Item = &Place> {
        self.0.iter().filter_map(|part| if let Part::Resource(place) = part { Some(place) } else { None })
    }

    /// The outside value that all of it is.
    pub fn input(&self) -> Option<&Arc<str>> {
        match self.0.as_slice() {
            [Part::Input(name)] => Some(name),
            _ => None,
        }
    }

    /// Whether any letter or digit of it is known.
    pub fn says_something(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Literal(text) if text.chars().any(char::is_alphanumeric)))
    }

    /// The value with a private character in the place of each piece that is no literal, so that it can be taken apart
    /// like any text; [`Text::piece`] puts the pieces back.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for (i, part) in (0u32..).zip(&self.0) {
            match part {
                Part::Literal(text) => shape.push_str(text),
                _ => shape.extend(char::from_u32(FIRST + i)),
            }
        }
        shape
    }

    /// The value that a piece of this value's shape stands for.
    pub fn piece(&self, shape: &str) -> Text {
        let mut text = Text::default();
        for c in shape.chars() {
            let index = (c as u32).checked_sub(FIRST).and_then(|i| usize::try_from(i).ok());
            match index.and_then(|i| self.0.get(i)) {
                Some(part) if !matches!(part, Part::Literal(_)) => text.push(part.clone()),
                _ => text.push(Part::Literal(c.to_string())),
            }
        }
        text
    }

    /// The value as settings are usually written, with `${name}` where something is not known.
    pub fn written(&self) -> String {
        let mut written = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => written.push_str(text),
                Part::Resource(place) => written.push_str(&format!("${{{}}}", place.id)),
                Part::Input(name) | Part::Unknown(name) => written.push_str(&format!("${{{name}}}")),
            }
        }
        written
    }

    /// The name without what varies at its ends: `orders` of `${Stage}-orders`.
    pub fn core(&self) -> Option<String> {
        let mut literals = self.0.iter().filter_map(|p| if let Part::Literal(text) = p { Some(text) } else { None });
        let (first, rest) = (literals.next()?, literals.next());
        let core = first.trim_matches(['-', '_', '.', '/', ':']);
        (rest.is_none() && !core.is_empty()).then(|| core.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shape is taken apart and put together again without losing a piece.
    #[test]
    fn shapes_hold_their_pieces() {
        let mut text = Text::literal("arn:aws:dynamodb:");
        text.push(Part::Unknown("AWS::Region".into()));
        text.push(Part::Literal(":table/".into()));
        text.push(Part::Input("Orders".into()));
        let shape = text.shape();
        let name = shape.rsplit('/').next().unwrap_or_default();
        assert_eq!(text.piece(name), Text::of(Part::Input("Orders".into())));
        assert_eq!(text.piece(&shape), text);
        assert_eq!(text.written(), "arn:aws:dynamodb:${AWS::Region}:table/${Orders}");
    }

    /// What varies at the ends of a name is no part of what people call it.
    #[test]
    fn cores() {
        let mut text = Text::of(Part::Input("Stage".into()));
        text.push(Part::Literal("-orders".into()));
        assert_eq!(text.core().as_deref(), Some("orders"));
        text.push(Part::Unknown("x".into()));
        text.push(Part::Literal("-more".into()));
        assert_eq!(text.core(), None);
    }
}
