//! The size of an object.

use std::fmt;

use bytesize::ByteSize;

use iam_policy::Invalid;

/// The size of an object in bytes: 1 byte to 48.8 TiB, of which one PUT can carry 5 GiB.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectSize(u64);

/// Parses a number of bytes with its unit: "10 MiB" is 10 × 1024², "10 MB" is 10 × 1000².
///
/// # Errors
/// What is no size, or no whole number of bytes.
pub(super) fn bytes(text: &str) -> Result<u64, Invalid> {
    let wrong = |problem: &str| {
        Invalid::new(problem).hint("write e.g. \"10 MiB\" (1024²) or \"10 MB\" (1000²)")
    };
    let text = text.trim();
    // The library would also take "+5" and "5..": a size is digits, at most one dot, and a unit.
    let number = text.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(wrong("is not a size"));
    }
    let size: ByteSize = text.parse().map_err(|_| wrong("is not a size"))?;
    // The library cuts off what is left of a byte: "1.5 B", "0.3 KiB".
    if number.contains('.') {
        let unit: bytesize::Unit =
            text[number.len()..].trim_start().parse().map_err(|_| wrong("is not a size"))?;
        let exact = number.parse::<f64>().map_err(|_| wrong("is not a size"))? * unit;
        if exact.fract() != 0.0 {
            return Err(wrong("is not a whole number of bytes"));
        }
    }
    Ok(size.as_u64())
}

impl ObjectSize {
    /// S3's limit for one PUT.
    pub const MAX_PUT: u64 = 5 * 1024 * 1024 * 1024;
    /// S3's limit for an object: 10,000 parts of 5 GiB.
    pub const MAX: u64 = 10_000 * Self::MAX_PUT;

    /// Parses a size such as "10 MiB".
    ///
    /// # Errors
    /// What is no size, is zero, or is above [`Self::MAX`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::from_bytes(bytes(text)?)
    }

    /// The same from a number of bytes.
    ///
    /// # Errors
    /// Zero, or above [`Self::MAX`].
    pub fn from_bytes(bytes: u64) -> Result<Self, Invalid> {
        match bytes {
            0 => Err(Invalid::new("allows no upload at all").hint("write e.g. \"10 MiB\"")),
            1..=Self::MAX => Ok(Self(bytes)),
            _ => Err(Invalid::new("is above 50000 GiB, the most that an S3 object can have")
                .hint("write \"50000 GiB\" or less")),
        }
    }

    /// The size in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

/// How big the parts of an upload are, in bytes: 5 MiB to 5 GiB.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartSize(u64);

impl PartSize {
    /// Where a contract says nothing: few requests for what is usually uploaded, and little to send again.
    pub const DEFAULT: Self = Self(16 * 1024 * 1024);
    /// S3's least, for all parts but the last.
    pub const MIN: u64 = 5 * 1024 * 1024;

    /// Takes a number of bytes.
    ///
    /// # Errors
    /// Below 5 MiB or above 5 GiB.
    pub fn from_bytes(bytes: u64) -> Result<Self, Invalid> {
        if (Self::MIN..=ObjectSize::MAX_PUT).contains(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(Invalid::new("is out of bounds: a part of an upload has 5 MiB to 5 GiB"))
        }
    }

    /// The size in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PartSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ByteSize::b(self.0))
    }
}

impl fmt::Display for ObjectSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ByteSize::b(self.0))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn verdict() {
        let texts = [
            "10 MiB",
            "10MiB",
            "10 mib",
            "10 MB",
            "10 M",
            "10 Mi",
            "1.5 GiB",
            "1.5 KiB",
            "0.5 KiB",
            "1.5 B",
            "0.3 KiB",
            "1.0 B",
            "5 GiB",
            "5.0000000001 GiB",
            "5368709120",
            "5368709121",
            "6 GiB",
            "50000 GiB",
            "50001 GiB",
            "50 TB",
            "1",
            " 1 KiB ",
            "0",
            "0 MiB",
            "-5 MiB",
            "+5 MiB",
            "5",
            "1e3",
            "1 000 B",
            "10 Mbit",
            "ten",
            "",
            "MiB",
            ".5 MiB",
            "1.2.3 MiB",
            "99999999999999999999 B",
            "18446744073709551616",
            "9999999999999999 PiB",
            "10 ﬁ",
            "10\u{a0}MiB",
        ];
        insta::assert_snapshot!(verdicts(|text| ObjectSize::parse(text).map(ObjectSize::bytes), &texts), @r#"
        "10 MiB" → 10485760
        "10MiB" → 10485760
        "10 mib" → 10485760
        "10 MB" → 10000000
        "10 M" → 10000000
        "10 Mi" → 10485760
        "1.5 GiB" → 1610612736
        "1.5 KiB" → 1536
        "0.5 KiB" → 512
        "1.5 B" ✗ is not a whole number of bytes; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "0.3 KiB" ✗ is not a whole number of bytes; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "1.0 B" → 1
        "5 GiB" → 5368709120
        "5.0000000001 GiB" ✗ is not a whole number of bytes; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "5368709120" → 5368709120
        "5368709121" → 5368709121
        "6 GiB" → 6442450944
        "50000 GiB" → 53687091200000
        "50001 GiB" ✗ is above 50000 GiB, the most that an S3 object can have; hint: write "50000 GiB" or less
        "50 TB" → 50000000000000
        "1" → 1
        " 1 KiB " → 1024
        "0" ✗ allows no upload at all; hint: write e.g. "10 MiB"
        "0 MiB" ✗ allows no upload at all; hint: write e.g. "10 MiB"
        "-5 MiB" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "+5 MiB" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "5" → 5
        "1e3" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "1 000 B" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "10 Mbit" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "ten" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "MiB" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        ".5 MiB" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "1.2.3 MiB" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "99999999999999999999 B" ✗ is above 50000 GiB, the most that an S3 object can have; hint: write "50000 GiB" or less
        "18446744073709551616" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "9999999999999999 PiB" ✗ is above 50000 GiB, the most that an S3 object can have; hint: write "50000 GiB" or less
        "10 ﬁ" ✗ is not a size; hint: write e.g. "10 MiB" (1024²) or "10 MB" (1000²)
        "10\u{a0}MiB" → 10485760
        "#);
    }
}
