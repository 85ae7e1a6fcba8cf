//! AWS regions and the partitions they lie in.

use std::fmt;

use crate::Invalid;

/// An AWS region's code, such as `eu-central-1`.
/// See <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region(String);

/// A group of regions with accounts, ARNs and endpoints of its own.
/// See <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Partition {
    /// `aws`
    Aws,
    /// `aws-cn`: `cn-…` regions.
    AwsCn,
    /// `aws-us-gov`: `us-gov-…` regions.
    AwsUsGov,
}

/// How the codes of regions in AWS's other partitions begin: their ARNs and host names are others again.
const OTHER_PARTITIONS: [&str; 3] = ["us-iso", "eu-iso", "eusc-"];

impl Region {
    /// Parses a region's code by its form: AWS adds regions, so there is no list.
    ///
    /// # Errors
    /// What does not look like `eu-central-1`, and regions of the partitions that are not in [`Partition`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let parts: Vec<&str> = text.split('-').collect();
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        let well_formed = match parts.as_slice() {
            [words @ .., number] => {
                words.len() >= 2
                    && words.iter().all(|part| word(part))
                    && !number.is_empty()
                    && number.len() <= 2
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            }
            [] => false,
        };
        if let Some(prefix) = OTHER_PARTITIONS.iter().find(|prefix| text.starts_with(*prefix)) {
            return Err(Invalid::new(format!(
                "is in a partition that gatepass does not know ({prefix}…)"
            )));
        }
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("is not an AWS region").hint("write its code, e.g. \"eu-central-1\""))
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that the region lies in.
    #[must_use]
    pub fn partition(&self) -> Partition {
        if self.0.starts_with("cn-") {
            Partition::AwsCn
        } else if self.0.starts_with("us-gov-") {
            Partition::AwsUsGov
        } else {
            Partition::Aws
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Partition {
    /// The partition with this name in ARNs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Aws, Self::AwsCn, Self::AwsUsGov]
            .into_iter()
            .find(|partition| partition.as_str() == text)
    }

    /// The partition's name in ARNs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// The domain under which the partition's endpoints live.
    #[must_use]
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::test_support::verdicts;

    #[test]
    fn verdict() {
        let texts = [
            "eu-central-1",
            "ap-southeast-5",
            "us-gov-west-1",
            "cn-north-1",
            "mx-central-1",
            "us-east-1a",
            "us-east",
            "EU-CENTRAL-1",
            "eu-central-1 ",
            "eu--1",
            "aws-global",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "eusc-de-east-1",
            "",
        ];
        insta::assert_snapshot!(verdicts(Region::parse, &texts), @r#"
        "eu-central-1" → eu-central-1
        "ap-southeast-5" → ap-southeast-5
        "us-gov-west-1" → us-gov-west-1
        "cn-north-1" → cn-north-1
        "mx-central-1" → mx-central-1
        "us-east-1a" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "us-east" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "EU-CENTRAL-1" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "eu-central-1 " ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "eu--1" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "aws-global" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "us-iso-east-1" ✗ is in a partition that gatepass does not know (us-iso…)
        "us-isob-east-1" ✗ is in a partition that gatepass does not know (us-iso…)
        "eu-isoe-west-1" ✗ is in a partition that gatepass does not know (eu-iso…)
        "eusc-de-east-1" ✗ is in a partition that gatepass does not know (eusc-…)
        "" ✗ is not an AWS region; hint: write its code, e.g. "eu-central-1"
        "#);
    }

    #[test]
    fn partitions() {
        let partition = |region: &str| {
            Region::parse(region)
                .map(|region| format!("{} {}", region.partition(), region.partition().dns_suffix()))
        };
        insta::assert_snapshot!(verdicts(partition, &["eu-central-1", "us-gov-west-1", "cn-northwest-1"]), @r#"
        "eu-central-1" → aws amazonaws.com
        "us-gov-west-1" → aws-us-gov amazonaws.com
        "cn-northwest-1" → aws-cn amazonaws.com.cn
        "#);
    }
}
