//! Spans of time, each in the unit and the bounds of what AWS accepts for it.

use std::time::Duration;

use super::Invalid;

macro_rules! seconds {
    ($(#[$doc:meta])* $name:ident, $min:expr, $max:expr, $range:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $name {
            /// Parses a span such as "5m".
            ///
            /// # Errors
            /// What is no span of whole seconds, or is out of bounds.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let span = humantime::parse_duration(text)
                    .map_err(|error| Invalid::new(format!("is not a span of time ({error})")).hint("write e.g. \"5m\" or \"1h 30m\""))?;
                Self::from_duration(span)
            }

            /// The same from a duration.
            ///
            /// # Errors
            /// A fraction of a second, or out of bounds.
            pub fn from_duration(span: Duration) -> Result<Self, Invalid> {
                let bounds: std::ops::RangeInclusive<u64> = $min..=$max;
                if span.subsec_nanos() != 0 || !bounds.contains(&span.as_secs()) {
                    return Err(Invalid::new(concat!("is out of bounds: ", $range)));
                }
                u32::try_from(span.as_secs()).map(Self).map_err(|_| Invalid::new(concat!("is out of bounds: ", $range)))
            }

            /// The span in seconds.
            #[must_use]
            pub fn seconds(self) -> u32 {
                self.0
            }
        }
    };
}

seconds! {
    /// How long a presigned URL is valid, in seconds: `X-Amz-Expires`, 1 second to 7 days.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    ExpiresIn, 1, 604_800, "a presigned URL is valid for 1 second to 7 days"
}
seconds! {
    /// The bucket policy's limit on the age of a signature, in seconds (`s3:signatureAge` counts milliseconds).
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>.
    SignatureAge, 120, 604_800, "a signature's maximum age is 2 minutes (below that S3 fails at random) to 7 days"
}
seconds! {
    /// A role's maximum session duration, in seconds.
    /// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    SessionDuration, 3_600, 43_200, "a role's maximum session duration is 1 to 12 hours"
}

impl SignatureAge {
    /// The value of `s3:signatureAge`.
    #[must_use]
    pub fn milliseconds(self) -> u64 {
        u64::from(self.0) * 1000
    }
}

/// Whole days, at least one: the unit of lifecycle rules.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(u32);

impl Days {
    /// Parses a span such as "30d".
    ///
    /// # Errors
    /// What is no whole number of days, or less than one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("is not a whole number of days").hint("write e.g. \"30d\"");
        let seconds = humantime::parse_duration(text).map_err(|_| wrong())?.as_secs();
        let days = u32::try_from(seconds / 86_400).map_err(|_| wrong())?;
        if seconds % 86_400 == 0 && days > 0 && i32::try_from(days).is_ok() { Ok(Self(days)) } else { Err(wrong()) }
    }

    /// The number of days.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
