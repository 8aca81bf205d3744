//! Trace and span ids as text: hexadecimal as OTLP wants them, base64 as generic protobuf-to-JSON encoders write them.

/// An id of exactly `N` bytes in hexadecimal of either case, or in padded base64, told apart by length (SEMANTICS F.5).
/// All zeros is a syntactically good id; see [`valid`].
pub fn parse<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() == 2 * N { hex(text) } else { base64(text) }
}

/// An id in hexadecimal of either case whose leading zeros may be missing, as Jaeger writes it: 1 to 2`N` digits.
pub fn short_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.is_empty() || text.len() > 2 * N {
        return None;
    }
    let mut id = [0; N];
    for (i, &digit) in text.iter().rev().enumerate() {
        let nibble = nibble(digit)?;
        *id.get_mut(N - 1 - i / 2)? |= if i % 2 == 0 { nibble } else { nibble << 4 };
    }
    Some(id)
}

/// Whether an id may be used: all zeros means that there is none.
pub fn valid<const N: usize>(id: &[u8; N]) -> bool {
    id.iter().any(|&byte| byte != 0)
}

fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut id = [0; N];
    // Digits are checked once at the end: a bad one sets the high bits of `bad`.
    let mut bad = 0;
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        let (high, low) = (NIBBLES[usize::from(high)], NIBBLES[usize::from(low)]);
        bad |= high | low;
        *byte = high << 4 | low & 15;
    }
    (bad < 16).then_some(id)
}

fn nibble(digit: u8) -> Option<u8> {
    let nibble = NIBBLES[usize::from(digit)];
    (nibble < 16).then_some(nibble)
}

/// Value of each hexadecimal digit; 255 for all other bytes.
const NIBBLES: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < 16 {
        table[b"0123456789abcdef"[i] as usize] = i as u8;
        table[b"0123456789ABCDEF"[i] as usize] = i as u8;
        i += 1;
    }
    table
};

fn base64<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    let unpadded = text.len() - (N.div_ceil(3) * 3 - N);
    let (digits, padding) = text.split_at(unpadded);
    if padding.iter().any(|&c| c != b'=') {
        return None;
    }
    let mut id = [0; N];
    let mut out = id.iter_mut();
    let (mut bits, mut held) = (0u32, 0);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            *out.next()? = (bits >> held & 255) as u8;
        }
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tempo's documentation writes the same id both ways.
    #[test]
    fn base64_and_hexadecimal_agree() {
        let id = parse::<16>(b"5B8EFFF798038103D269B633813FC60C");
        assert!(id.is_some());
        assert_eq!(parse::<16>(b"5b8efff798038103d269b633813fc60c"), id);
        assert_eq!(parse::<16>(b"W47/95gDgQPSabYzgT/GDA=="), id);
        assert_eq!(parse::<16>(b"AAAAAAAAAAABI0VniavN7w=="), short_hex(b"123456789abcdef"));
        assert_eq!(parse::<8>(b"ASNFZ4mrze8="), parse(b"0123456789abcdef"));
    }

    /// Wrong lengths, digits and padding give no id.
    #[test]
    fn broken_ids_are_refused() {
        for text in ["", "0123", "0123456789abcdeg", "0123456789abcdef0", "ASNFZ4mrze8", "ASNFZ4mrze==", "AS FZ4mrze8="]
        {
            assert_eq!(parse::<8>(text.as_bytes()), None, "{text}");
        }
        assert_eq!(short_hex::<8>(b""), None);
        assert_eq!(short_hex::<8>(b"00123456789abcdef"), None);
        assert_eq!(short_hex::<8>(b"1a"), Some([0, 0, 0, 0, 0, 0, 0, 0x1a]));
        assert!(!valid(&[0; 8]) && valid(&[0, 1]));
    }
}
