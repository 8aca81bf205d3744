//! Compressed input as a plain stream that is bounded: memory by the decoders' windows, output by [`MAX_RATIO`].

use flate2::read::MultiGzDecoder;
use std::io::{self, BufReader, ErrorKind, Read};

/// The most bytes that one compressed byte may become, on the whole. Telemetry shrinks to a tenth, very repetitive
/// telemetry to a hundredth; a file beyond this was made to fill a disk.
pub const MAX_RATIO: u64 = 500;

/// Output below this is never suspicious, in bytes.
const UNSUSPICIOUS: u64 = 64 << 20;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// One or more gzip members.
    Gzip,
    /// One or more Zstandard frames.
    Zstd,
}

impl Compression {
    /// Recognises compressed bytes by their first ones.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
            // A skippable frame, with which some writers begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The plain bytes of `input`, as a stream.
    ///
    /// # Errors
    /// If the decoder cannot be set up. Reading fails with [`ErrorKind::UnexpectedEof`] where the input is cut off and
    /// with [`ErrorKind::InvalidData`] where it is damaged or expands beyond [`MAX_RATIO`]; what was read before stands.
    pub fn decoder<R: Read>(self, input: R) -> io::Result<Decompressed<R>> {
        let input = Counted { input, count: 0 };
        let decoder = match self {
            Compression::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => Decoder::Zstd(Box::new(zstd::Decoder::new(input)?)),
        };
        Ok(Decompressed { decoder, output: 0 })
    }
}

/// A decompressing reader with bounded output.
pub struct Decompressed<R: Read> {
    decoder: Decoder<R>,
    output: u64,
}

enum Decoder<R: Read> {
    Gzip(Box<MultiGzDecoder<Counted<R>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Counted<R>>>>),
}

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, input) = match &mut self.decoder {
            Decoder::Gzip(decoder) => (decoder.read(buffer), decoder.get_ref().count),
            Decoder::Zstd(decoder) => (decoder.read(buffer), decoder.get_ref().get_ref().count),
        };
        let read = read.map_err(explain)?;
        self.output += read as u64;
        if self.output > UNSUSPICIOUS && self.output / input.max(1) > MAX_RATIO {
            let reason = format!("it expands to more than {MAX_RATIO} times its size, as a decompression bomb does");
            return Err(io::Error::new(ErrorKind::InvalidData, reason));
        }
        Ok(read)
    }
}

/// Decoders' errors in words that say what happened to the file.
fn explain(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => io::Error::new(ErrorKind::UnexpectedEof, "the compressed data is cut off"),
        ErrorKind::Interrupted => error,
        _ => io::Error::new(ErrorKind::InvalidData, format!("the compressed data is damaged ({error})")),
    }
}

struct Counted<R> {
    input: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn plain(bytes: &[u8]) -> (Vec<u8>, Option<io::Error>) {
        let mut out = Vec::new();
        let mut decoder = Compression::sniff(bytes).unwrap().decoder(bytes).unwrap();
        let result = io::copy(&mut decoder, &mut out);
        (out, result.err())
    }

    /// Members and frames that follow each other are one stream.
    #[test]
    fn concatenated_parts_are_one_stream() {
        let gz = [gzip(b"one "), gzip(b"two")].concat();
        let zst = [zstd::encode_all(&b"one "[..], 1).unwrap(), zstd::encode_all(&b"two"[..], 1).unwrap()].concat();
        for bytes in [gz, zst] {
            let (out, error) = plain(&bytes);
            assert_eq!((out.as_slice(), error.is_none()), (&b"one two"[..], true));
        }
    }

    /// Cut-off input fails after giving what was there.
    #[test]
    fn truncation_is_said_and_keeps_what_was_read() {
        let noise: Vec<u8> =
            (0..1_000_000u64).map(|i| (i.wrapping_mul(i ^ 0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect();
        for bytes in [gzip(&noise), zstd::encode_all(&noise[..], 1).unwrap()] {
            let (out, error) = plain(&bytes[..bytes.len() / 2]);
            assert!(!out.is_empty() && noise.starts_with(&out));
            assert_eq!(error.unwrap().to_string(), "the compressed data is cut off");
        }
    }

    /// Damage is told apart from truncation.
    #[test]
    fn damage_is_said() {
        let mut bytes = gzip(&[7; 1000]);
        let middle = bytes.len() - 6;
        bytes[middle] ^= 0xff;
        assert!(plain(&bytes).1.unwrap().to_string().starts_with("the compressed data is damaged"));
    }

    /// A bomb is stopped soon after it begins to look like one.
    #[test]
    fn bombs_are_stopped() {
        let bomb = zstd::encode_all(io::repeat(0).take(100 << 20), 1).unwrap();
        let (out, error) = plain(&bomb);
        assert!(out.len() < 80 << 20, "{}", out.len());
        assert!(error.unwrap().to_string().contains("bomb"));
    }
}
