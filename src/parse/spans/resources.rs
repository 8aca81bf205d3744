use super::{Attribute, ResourceIndex, Sink};
use rustc_hash::FxHashMap;

/// Distinct resources that are remembered; beyond this many, an input that makes up a new one for every span pays with
/// repetitions instead of memory.
const REMEMBERED: usize = 1 << 16;

/// Resources already given to a sink: formats that repeat the resource in every span give it once.
#[derive(Default)]
pub struct Resources {
    known: FxHashMap<Box<[u8]>, ResourceIndex>,
    key: Vec<u8>,
}

impl Resources {
    /// The index of a resource, which is given to the sink if it is new. Always the same sink must be used.
    pub fn index(&mut self, attributes: &[(Attribute, &str)], sink: &mut impl Sink) -> ResourceIndex {
        self.key.clear();
        for (attribute, value) in attributes {
            self.key.push(*attribute as u8);
            self.key.extend_from_slice(&(value.len() as u64).to_le_bytes());
            self.key.extend_from_slice(value.as_bytes());
        }
        if let Some(&index) = self.known.get(self.key.as_slice()) {
            return index;
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let index = sink.resource(attributes);
        self.known.insert(self.key.as_slice().into(), index);
        index
    }
}
