//! Checksums of objects.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>.

use s3s::checksum::ChecksumHasher;
use s3s::dto;
use serde::{Deserialize, Serialize};

/// The algorithms that S3 knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As `x-amz-sdk-checksum-algorithm` names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// By that name.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The header with a checksum of it.
    pub(crate) fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// The element with a checksum of it.
    pub(crate) fn element(self) -> String {
        format!("Checksum{}", self.name())
    }

    /// How many bytes a checksum has.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The checksum of these bytes, in base64.
    pub(crate) fn of(self, bytes: &[u8]) -> String {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        finish(hasher)
    }

    /// What computes it.
    pub(crate) fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Default::default()),
            Self::Crc32c => hasher.crc32c = Some(Default::default()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Default::default()),
            Self::Sha1 => hasher.sha1 = Some(Default::default()),
            Self::Sha256 => hasher.sha256 = Some(Default::default()),
        }
        hasher
    }
}

/// An object's checksum, if it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksums {
    /// The algorithm and the base64 form; of a checksum over the parts' checksums with `-` and their number.
    pub(crate) value: Option<(Algorithm, String)>,
    /// Whether it is one over the parts' checksums.
    pub(crate) is_composite: bool,
}

impl Checksums {
    /// Of the whole object.
    pub(crate) fn full(algorithm: Algorithm, value: String) -> Self {
        Self { value: Some((algorithm, value)), is_composite: false }
    }

    /// The value for one algorithm.
    pub(crate) fn of(&self, algorithm: Algorithm) -> Option<String> {
        self.value.as_ref().filter(|(own, _)| *own == algorithm).map(|(_, value)| value.clone())
    }

    /// `FULL_OBJECT` or `COMPOSITE`; None without a checksum.
    pub(crate) fn kind(&self) -> Option<dto::ChecksumType> {
        let kind = if self.is_composite {
            dto::ChecksumType::COMPOSITE
        } else {
            dto::ChecksumType::FULL_OBJECT
        };
        self.value.as_ref().map(|_| dto::ChecksumType::from_static(kind))
    }
}

/// The base64 form that a hasher for one algorithm came to.
pub(super) fn finish(hasher: ChecksumHasher) -> String {
    let dto::Checksum {
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        ..
    } = hasher.finalize();
    checksum_crc32
        .or(checksum_crc32c)
        .or(checksum_crc64nvme)
        .or(checksum_sha1)
        .or(checksum_sha256)
        .unwrap_or_default()
}
