//! Percent-encoding as SigV4 wants it: every byte but RFC 3986's unreserved characters.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but letters, digits, `-`, `.`, `_` and `~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for an object key, whose slashes stay.
const RESERVED_IN_KEY: &AsciiSet = &RESERVED.remove(b'/');

/// Appends a query parameter's name or value.
pub(super) fn push_encoded(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// Appends an object key.
pub(super) fn push_key(out: &mut String, key: &str) {
    out.extend(utf8_percent_encode(key, RESERVED_IN_KEY));
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
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
