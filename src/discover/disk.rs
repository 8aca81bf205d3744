use crate::source::Files;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// A file larger than this is no manifest, unless `linchpin.toml` says otherwise.
pub const MANIFEST_LIMIT: u64 = 64 << 20;

/// Files on disk, by their reported path.
#[derive(Clone, Copy, Debug)]
pub struct DiskFiles {
    /// No file larger than this is read, in bytes.
    pub limit: u64,
}

impl Default for DiskFiles {
    fn default() -> Self {
        Self { limit: MANIFEST_LIMIT }
    }
}

/// Why a file's text could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Larger than [`DiskFiles::limit`], with its size as far as it is known.
    TooLarge(u64),
    /// Not UTF-8.
    NotText,
    /// The system said no.
    Io(String),
}

impl DiskFiles {
    /// The text of a regular file.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn text(self, path: &str) -> Result<String, Unreadable> {
        let io = |e: std::io::Error| Unreadable::Io(e.to_string());
        let file = File::open(path).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if !meta.is_file() {
            return Err(Unreadable::Io("not a regular file".into()));
        }
        if meta.len() > self.limit {
            return Err(Unreadable::TooLarge(meta.len()));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
        // The file may grow while it is read, or be one of those whose length says nothing.
        file.take(self.limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > self.limit {
            return Err(Unreadable::TooLarge(bytes.len() as u64));
        }
        decode(bytes)
    }

    /// The first bytes of a file, `most` of them if it has as many.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn head(path: &str, most: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// UTF-8, or UTF-16 with a byte order mark (as some editors on Windows write).
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, Unreadable> {
    let utf16 = |read: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| Unreadable::NotText)
    };
    match bytes.get(..2) {
        Some([0xff, 0xfe]) => utf16(u16::from_le_bytes),
        Some([0xfe, 0xff]) => utf16(u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|_| Unreadable::NotText),
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &str) -> Option<Arc<str>> {
        self.text(path).ok().map(Into::into)
    }

    fn is_file(&self, path: &str) -> bool {
        std::fs::metadata(path).is_ok_and(|m| m.is_file())
    }
}
