//! HMAC-SHA256 (RFC 2104, FIPS 180-4) whose states after whole blocks can be kept and continued.
//!
//! Half of what signing a URL hashes is the same for all URLs of a day or of a second. The usual hashing interfaces
//! start over each time; here the state after that half is a value.

use sha2::block_api::compress256;

const BLOCK: usize = 64;
/// What [`Midstate::INITIAL`] holds: FIPS 180-4, section 5.3.3.
const INITIAL_WORDS: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// SHA-256's state after whole blocks.
#[derive(Clone, Copy)]
pub(super) struct Midstate {
    words: [u32; 8],
    absorbed: usize,
}

impl Midstate {
    /// Before the first block.
    pub(super) const INITIAL: Self = Self { words: INITIAL_WORDS, absorbed: 0 };

    /// The state after these blocks too.
    pub(super) fn absorb(mut self, blocks: &[[u8; BLOCK]]) -> Self {
        compress256(&mut self.words, blocks);
        self.absorbed += blocks.len() * BLOCK;
        self
    }

    /// The hash of everything absorbed and then `message`.
    pub(super) fn finish(self, message: &[u8]) -> [u8; 32] {
        let (blocks, rest) = message.as_chunks();
        let mut state = self.absorb(blocks);

        let mut padded = [0; 2 * BLOCK];
        padded[..rest.len()].copy_from_slice(rest);
        padded[rest.len()] = 0x80;
        // the message's length in bits stands in the last 8 bytes
        let end = if rest.len() < BLOCK - 8 { BLOCK } else { 2 * BLOCK };
        let bits = (state.absorbed + rest.len()) as u64 * 8;
        padded[end - 8..end].copy_from_slice(&bits.to_be_bytes());
        compress256(&mut state.words, padded[..end].as_chunks().0);

        let mut hash = [0; 32];
        for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state.words) {
            *bytes = word.to_be_bytes();
        }
        hash
    }
}

/// The SHA-256 of a message.
pub(super) fn sha256(message: &[u8]) -> [u8; 32] {
    Midstate::INITIAL.finish(message)
}

/// A key, as the states of the inner and the outer hash that have absorbed it.
#[derive(Clone, Copy)]
pub(super) struct HmacKey {
    inner: Midstate,
    outer: Midstate,
}

impl HmacKey {
    /// A key of any length.
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&sha256(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        Self {
            inner: Midstate::INITIAL.absorb(&[block.map(|byte| byte ^ 0x36)]),
            outer: Midstate::INITIAL.absorb(&[block.map(|byte| byte ^ 0x5c)]),
        }
    }

    /// The key having absorbed the first blocks of a message.
    pub(super) fn absorb(mut self, blocks: &[[u8; BLOCK]]) -> Self {
        self.inner = self.inner.absorb(blocks);
        self
    }

    /// The authentication code of what was absorbed and then `message`.
    pub(super) fn code(&self, message: &[u8]) -> [u8; 32] {
        self.outer.finish(&self.inner.finish(message))
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::super::encode::hex;
    use super::*;

    #[test]
    fn hashes_of_every_length_around_two_blocks_are_sha2s() {
        let message: Vec<u8> = (0..200).collect();
        for length in 0..=message.len() {
            let expected: [u8; 32] = Sha256::digest(&message[..length]).into();
            assert_eq!(sha256(&message[..length]), expected, "length {length}");
        }
    }

    #[test]
    fn a_kept_state_continues_where_it_stopped() {
        let message: Vec<u8> = (0..200).collect();
        let (blocks, _) = message.as_chunks();
        for kept in 0..=blocks.len() {
            let state = Midstate::INITIAL.absorb(&blocks[..kept]);
            assert_eq!(state.finish(&message[kept * BLOCK..]), sha256(&message));
            let key = HmacKey::new(b"key");
            assert_eq!(
                key.absorb(&blocks[..kept]).code(&message[kept * BLOCK..]),
                key.code(&message)
            );
        }
    }

    /// RFC 4231, test cases 1, 2, 3 and 6 (a key longer than a block).
    #[test]
    fn rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 4] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, code) in cases {
            assert_eq!(hex(&HmacKey::new(key).code(message)).as_slice(), code.as_bytes());
        }
    }
}
