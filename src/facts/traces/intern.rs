use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Number of an interned text. 0 is the empty text, which stands for "none".
pub type Symbol = u32;

/// Texts and their numbers, shared by all workers. Numbers depend on which worker came first: they may decide what is
/// equal, never what comes first.
#[derive(Debug)]
pub struct Interner {
    numbers: FxHashMap<Arc<str>, Symbol>,
    texts: Vec<Arc<str>>,
}

impl Default for Interner {
    fn default() -> Self {
        let none: Arc<str> = "".into();
        Self { numbers: FxHashMap::from_iter([(none.clone(), 0)]), texts: vec![none] }
    }
}

impl Interner {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> Symbol {
        self.known(text).1
    }

    fn known(&mut self, text: &str) -> (Arc<str>, Symbol) {
        if let Some((text, &number)) = self.numbers.get_key_value(text) {
            return (text.clone(), number);
        }
        let text: Arc<str> = text.into();
        // Four billion texts do not fit into memory.
        let number = Symbol::try_from(self.texts.len()).unwrap_or(Symbol::MAX);
        self.texts.push(text.clone());
        self.numbers.insert(text.clone(), number);
        (text, number)
    }

    /// The text of a number.
    pub fn text(&self, number: Symbol) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }
}

/// One worker's view of the shared texts: asks the others only about what it has not met before.
#[derive(Debug)]
pub struct Local<'s> {
    known: FxHashMap<Arc<str>, Symbol>,
    shared: &'s Mutex<Interner>,
}

impl<'s> Local<'s> {
    /// A view of `shared`.
    pub fn new(shared: &'s Mutex<Interner>) -> Self {
        Self { known: FxHashMap::default(), shared }
    }

    /// The number of a text.
    pub fn number(&mut self, text: &str) -> Symbol {
        if text.is_empty() {
            return 0;
        }
        if let Some(&number) = self.known.get(text) {
            return number;
        }
        let (text, number) = self.shared.lock().unwrap_or_else(PoisonError::into_inner).known(text);
        self.known.insert(text, number);
        number
    }
}
