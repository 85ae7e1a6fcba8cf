//! Percent-encoding as SigV4 wants it: every byte but RFC 3986's unreserved characters.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// An object key's slashes stay.
const RESERVED_IN_KEY: &AsciiSet = &RESERVED.remove(b'/');

/// Appends a query parameter's name or value.
pub(super) fn push_encoded(out: &mut String, text: &str) {
    if all(text, is_unreserved) {
        out.push_str(text);
    } else {
        out.extend(utf8_percent_encode(text, RESERVED));
    }
}

/// Appends an object key.
pub(super) fn push_key(out: &mut String, key: &str) {
    if all(key, |byte| is_unreserved(byte) || byte == b'/') {
        out.push_str(key);
    } else {
        out.extend(utf8_percent_encode(key, RESERVED_IN_KEY));
    }
}

fn is_unreserved(byte: u8) -> bool {
    const UNRESERVED: Kind =
        kind(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
    UNRESERVED[usize::from(byte)]
}

/// Which bytes are of a kind: one look for each, where ranges would want several comparisons.
pub(super) type Kind = [bool; 256];

/// These bytes and no others.
pub(super) const fn kind(bytes: &[u8]) -> Kind {
    let mut kind = [false; 256];
    let mut place = 0;
    while place < bytes.len() {
        kind[bytes[place] as usize] = true;
        place += 1;
    }
    kind
}

/// Whether all bytes are of a kind. It looks at every one: a way out at each would cost more.
pub(super) fn all(text: &str, kind: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |so_far, byte| so_far & kind(byte))
}

/// Appends what [`hex`] gives.
pub(super) fn push_hex(out: &mut String, digits: &[u8; 64]) {
    // digits are ASCII
    out.push_str(str::from_utf8(digits).unwrap_or_default());
}

/// Appends a number in decimal.
pub(super) fn push_number(out: &mut String, number: u32) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    // a digit is below 10
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        let all: String = (' '..='~').collect();
        let mut encoded = String::new();
        push_encoded(&mut encoded, &all);
        insta::assert_snapshot!(encoded, @"%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~");
    }

    #[test]
    fn a_key_keeps_its_slashes_and_is_encoded_byte_by_byte() {
        let mut encoded = String::new();
        push_key(&mut encoded, "a b/ü+~/😀\u{0}\u{7f}");
        insta::assert_snapshot!(encoded, @"a%20b/%C3%BC%2B~/%F0%9F%98%80%00%7F");
    }

    #[test]
    fn hex_is_lower_case_and_keeps_leading_zeros() {
        let mut bytes = [0; 32];
        bytes[..3].copy_from_slice(&[0x00, 0x0f, 0xab]);
        assert_eq!(hex(&bytes).as_slice(), format!("000fab{}", "00".repeat(29)).as_bytes());
    }
}
