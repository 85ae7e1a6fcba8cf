//! The size of an object.

use std::fmt;

use super::Invalid;

/// A size in bytes that one PUT can carry: 1 byte to 5 GiB.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectSize(u64);

impl ObjectSize {
    /// S3's limit for one PUT.
    pub const MAX_PUT: u64 = 5 * 1024 * 1024 * 1024;

    /// Parses a size such as "10 MiB".
    ///
    /// # Errors
    /// What is no size, is zero, or is above [`Self::MAX_PUT`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let size: bytesize::ByteSize =
            text.parse().map_err(|error| Invalid::new(format!("is not a size ({error})")).hint("write e.g. \"10 MiB\""))?;
        Self::from_bytes(size.as_u64())
    }

    /// The same from a number of bytes.
    ///
    /// # Errors
    /// Zero, or above [`Self::MAX_PUT`].
    pub fn from_bytes(bytes: u64) -> Result<Self, Invalid> {
        match bytes {
            0 => Err(Invalid::new("allows no upload at all").hint("write e.g. \"10 MiB\"")),
            1..=Self::MAX_PUT => Ok(Self(bytes)),
            _ => Err(Invalid::new("is above 5 GiB, the most that one S3 PUT can carry").hint("write \"5 GiB\" or less")),
        }
    }

    /// The size in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ObjectSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", bytesize::ByteSize::b(self.0))
    }
}
