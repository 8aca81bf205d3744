use super::access::Access;
use super::node::Mode;
use super::record::{PARTS, Record, Traits};
use crate::parse::spans::SpanKind;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of a record on disk.
const SIZE: usize = 7 * 8 + 3 * 4 + 4;

/// A temporary file with spans that do not fit into memory, by part. It holds ids, times and numbers of names, no texts;
/// it is gone when this is dropped, or at once where open files can be removed.
#[derive(Debug)]
pub struct Spill {
    file: File,
    path: PathBuf,
    /// Where runs of records of each part begin, and how many they are.
    runs: Vec<Vec<(u64, usize)>>,
    end: u64,
    bytes: Vec<u8>,
}

impl Spill {
    /// A new empty file in the folder for temporary files.
    pub fn new() -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("linchpin-{}-{number}.spans", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        // Where this fails (Windows), dropping removes it.
        let _ = fs::remove_file(&path);
        Ok(Self { file, path, runs: vec![Vec::new(); PARTS], end: 0, bytes: Vec::new() })
    }

    /// Appends records of a part.
    pub fn write(&mut self, part: usize, records: &[Record]) -> io::Result<()> {
        self.bytes.clear();
        for record in records {
            encode(record, &mut self.bytes);
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&self.bytes)?;
        if let Some(runs) = self.runs.get_mut(part) {
            runs.push((self.end, records.len()));
        }
        self.end += self.bytes.len() as u64;
        Ok(())
    }

    /// How many records of a part there are.
    pub fn count(&self, part: usize) -> usize {
        self.runs.get(part).map_or(0, |runs| runs.iter().map(|&(_, count)| count).sum())
    }

    /// Reads all records of a part, behind those that are in `into`.
    pub fn read(&mut self, part: usize, into: &mut Vec<Record>) -> io::Result<()> {
        for &(start, count) in self.runs.get(part).map_or(&[][..], Vec::as_slice) {
            self.bytes.resize(count * SIZE, 0);
            self.file.seek(SeekFrom::Start(start))?;
            self.file.read_exact(&mut self.bytes)?;
            into.extend(self.bytes.chunks_exact(SIZE).filter_map(decode));
        }
        Ok(())
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn encode(r: &Record, into: &mut Vec<u8>) {
    for n in [r.trace, r.trace_high, r.id, r.parent, r.start, r.duration, r.weight] {
        into.extend(n.to_le_bytes());
    }
    for n in [r.service, r.name, r.peer, traits_to_bits(r.traits)] {
        into.extend(n.to_le_bytes());
    }
}

fn decode(bytes: &[u8]) -> Option<Record> {
    let (longs, shorts) = bytes.split_at_checked(7 * 8)?;
    let mut longs = longs.chunks_exact(8).filter_map(|b| b.try_into().ok().map(u64::from_le_bytes));
    let mut shorts = shorts.chunks_exact(4).filter_map(|b| b.try_into().ok().map(u32::from_le_bytes));
    Some(Record {
        trace: longs.next()?,
        trace_high: longs.next()?,
        id: longs.next()?,
        parent: longs.next()?,
        start: longs.next()?,
        duration: longs.next()?,
        weight: longs.next()?,
        service: shorts.next()?,
        name: shorts.next()?,
        peer: shorts.next()?,
        traits: traits_from_bits(shorts.next()?),
    })
}

const KINDS: [SpanKind; 6] = [
    SpanKind::Unspecified,
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];
const MODES: [Option<Mode>; 4] = [None, Some(Mode::Call), Some(Mode::Publish), Some(Mode::Consume)];
const ACCESSES: [Access; 4] = [Access::Unknown, Access::Read, Access::Write, Access::Unknown];

fn traits_to_bits(t: Traits) -> u32 {
    let index = |found: Option<usize>| found.unwrap_or(0) as u32;
    let kind = index(KINDS.iter().position(|&k| k == t.kind));
    let mode = index(MODES.iter().position(|&m| m == t.mode));
    let access = index(ACCESSES.iter().position(|&a| a == t.access));
    let flags = [t.failed, t.shared, t.follows_from, t.resent, t.semantic];
    let flags = flags.iter().rev().fold(0, |bits, &flag| bits << 1 | u32::from(flag));
    kind | mode << 3 | access << 5 | flags << 7
}

fn traits_from_bits(bits: u32) -> Traits {
    let flag = |n: u32| bits >> (7 + n) & 1 == 1;
    Traits {
        kind: KINDS.get((bits & 7) as usize).copied().unwrap_or_default(),
        mode: MODES[(bits >> 3 & 3) as usize],
        access: ACCESSES[(bits >> 5 & 3) as usize],
        failed: flag(0),
        shared: flag(1),
        follows_from: flag(2),
        resent: flag(3),
        semantic: flag(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written comes back by part, in order, with every property.
    #[test]
    fn records_come_back() {
        let mut spill = Spill::new().unwrap();
        let record = |n: u32| Record {
            trace: u64::from(n) << 40,
            trace_high: 2,
            id: u64::MAX - u64::from(n),
            parent: 4,
            start: 5,
            duration: 6,
            weight: 7,
            service: n,
            name: 9,
            peer: 10,
            traits: Traits {
                kind: KINDS[n as usize % 6],
                mode: MODES[n as usize % 4],
                access: ACCESSES[n as usize % 3],
                failed: n & 1 > 0,
                shared: n & 2 > 0,
                follows_from: n & 4 > 0,
                resent: n & 8 > 0,
                semantic: n & 16 > 0,
            },
        };
        let records: Vec<Record> = (0..32).map(record).collect();
        spill.write(3, &records[..10]).unwrap();
        spill.write(PARTS - 1, &records[10..20]).unwrap();
        spill.write(3, &records[20..]).unwrap();
        let mut found = Vec::new();
        spill.read(3, &mut found).unwrap();
        assert_eq!(found, [&records[..10], &records[20..]].concat());
        found.clear();
        spill.read(0, &mut found).unwrap();
        assert!(found.is_empty());
    }
}
