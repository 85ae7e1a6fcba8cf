//! Spans of time, each in the unit and the bounds of what AWS accepts for it.

use std::fmt;
use std::time::Duration;

use iam_policy::Invalid;

/// Parses a span such as "5m" or "1h 30m".
///
/// # Errors
/// What is no span of time. Months and years among it: they have no fixed length, and "5M" was meant as "5m".
pub(super) fn span(text: &str) -> Result<Duration, Invalid> {
    let wrong = |problem: String| {
        Invalid::new(problem).hint("write e.g. \"300s\", \"5m\", \"1h 30m\" or \"7d\"")
    };
    // Longer numbers are no span that anything here accepts, and the library's sums can overflow on them.
    if text.bytes().filter(u8::is_ascii_digit).count() > 12 {
        return Err(wrong("is not a span of time that can be meant".to_owned()));
    }
    let units = text.split(|c: char| !c.is_alphabetic()).filter(|unit| !unit.is_empty());
    for unit in units {
        if matches!(unit, "M" | "month" | "months" | "y" | "yr" | "yrs" | "year" | "years") {
            let mut refused = wrong(format!("counts in {unit:?}, which has no fixed length"));
            if unit == "M" {
                refused = refused.hint("write \"m\" for minutes, \"d\" for days");
            }
            return Err(refused);
        }
    }
    humantime::parse_duration(text)
        .map_err(|error| wrong(format!("is not a span of time ({error})")))
}

macro_rules! seconds {
    ($(#[$doc:meta])* $name:ident, $min:expr, $max:expr, default $default:expr, $range:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $name {
            /// Where a contract says nothing.
            pub const DEFAULT: Self = Self($default);

            /// Parses a span such as "5m".
            ///
            /// # Errors
            /// What is no span of whole seconds, or is out of bounds.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                Self::from_duration(span(text)?)
            }

            /// The same from a duration.
            ///
            /// # Errors
            /// A fraction of a second, or out of bounds.
            pub fn from_duration(span: Duration) -> Result<Self, Invalid> {
                if span.subsec_nanos() != 0 {
                    return Err(Invalid::new("is not a whole number of seconds"));
                }
                u32::try_from(span.as_secs())
                    .ok()
                    .filter(|seconds| ($min..=$max).contains(seconds))
                    .map(Self)
                    .ok_or_else(|| Invalid::new(concat!("is out of bounds: ", $range)))
            }

            /// The span in seconds.
            #[must_use]
            pub fn seconds(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                humantime::format_duration(Duration::from_secs(self.0.into())).fmt(f)
            }
        }
    };
}

seconds! {
    /// How long a presigned URL is valid, in seconds: `X-Amz-Expires`, 1 second to 7 days.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    ExpiresIn, 1, 604_800, default 300, "a presigned URL is valid for 1 second to 7 days"
}
seconds! {
    /// The bucket policy's limit on the age of a signature, in seconds (`s3:signatureAge` counts milliseconds).
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>.
    SignatureAge, 120, 604_800, default 900, "a signature's maximum age is 2 minutes (below that S3 fails at random) to 7 days"
}
seconds! {
    /// How long a ticket is valid, in seconds: 1 minute to 7 days.
    TicketExpiresIn, 60, 604_800, default 86_400, "a ticket is valid for 1 minute to 7 days"
}
seconds! {
    /// A role's maximum session duration, in seconds.
    /// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    SessionDuration, 3_600, 43_200, default 3_600, "a role's maximum session duration is 1 to 12 hours"
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
    /// One day.
    pub const ONE: Self = Self(1);

    /// The span in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.duration().as_secs()
    }

    /// The span.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * 86_400)
    }

    /// Parses a span such as "30d".
    ///
    /// # Errors
    /// What is no whole number of days, or less than one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const DAY: u64 = 86_400;
        let span = span(text)?;
        let whole = span.subsec_nanos() == 0 && span.as_secs() % DAY == 0 && span.as_secs() >= DAY;
        // S3 counts days in a signed 32-bit number.
        let days =
            i32::try_from(span.as_secs() / DAY).ok().and_then(|days| u32::try_from(days).ok());
        days.filter(|_| whole).map(Self).ok_or_else(|| {
            Invalid::new("is not a whole number of days, at least one: S3 counts in days here")
                .hint("write e.g. \"30d\"")
        })
    }

    /// The number of days.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn expires_in() {
        let texts = [
            "5m",
            "300s",
            "1h 30m",
            "1h30m",
            "5 minutes",
            "0.5h",
            "7d",
            "1w",
            "1s",
            "0s",
            "1500ms",
            "2000ms",
            "8d",
            "5M",
            "1 month",
            "1y",
            "300",
            "-5m",
            "m",
            "",
            "5m!",
            "1000000000000000s",
            "18446744073709551615s 1000ms",
            "184467 44073709551615s 1000ms",
            "５m",
        ];
        insta::assert_snapshot!(verdicts(ExpiresIn::parse, &texts), @r#"
        "5m" → 5m
        "300s" → 5m
        "1h 30m" → 1h 30m
        "1h30m" → 1h 30m
        "5 minutes" → 5m
        "0.5h" → 30m
        "7d" → 7days
        "1w" → 7days
        "1s" → 1s
        "0s" ✗ is out of bounds: a presigned URL is valid for 1 second to 7 days
        "1500ms" ✗ is not a whole number of seconds
        "2000ms" → 2s
        "8d" ✗ is out of bounds: a presigned URL is valid for 1 second to 7 days
        "5M" ✗ counts in "M", which has no fixed length; hint: write "m" for minutes, "d" for days
        "1 month" ✗ counts in "month", which has no fixed length; hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "1y" ✗ counts in "y", which has no fixed length; hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "300" ✗ is not a span of time (time unit needed, for example 300sec or 300ms); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "-5m" ✗ is not a span of time (expected number at 0); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "m" ✗ is not a span of time (expected number at 0); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "" ✗ is not a span of time (value was empty); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "5m!" ✗ is not a span of time (invalid character at 2); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "1000000000000000s" ✗ is not a span of time that can be meant; hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "18446744073709551615s 1000ms" ✗ is not a span of time that can be meant; hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "184467 44073709551615s 1000ms" ✗ is not a span of time that can be meant; hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "５m" ✗ is not a span of time (expected number at 0); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "#);
    }

    #[test]
    fn other_bounds() {
        insta::assert_snapshot!(verdicts(SignatureAge::parse, &["2m", "119s", "7d", "604801s"]), @r#"
        "2m" → 2m
        "119s" ✗ is out of bounds: a signature's maximum age is 2 minutes (below that S3 fails at random) to 7 days
        "7d" → 7days
        "604801s" ✗ is out of bounds: a signature's maximum age is 2 minutes (below that S3 fails at random) to 7 days
        "#);
        insta::assert_snapshot!(verdicts(SessionDuration::parse, &["1h", "59m", "12h", "13h"]), @r#"
        "1h" → 1h
        "59m" ✗ is out of bounds: a role's maximum session duration is 1 to 12 hours
        "12h" → 12h
        "13h" ✗ is out of bounds: a role's maximum session duration is 1 to 12 hours
        "#);
        assert_eq!(SignatureAge::DEFAULT.milliseconds(), 900_000);
    }

    #[test]
    fn days() {
        let texts =
            ["1d", "30d", "24h", "2w", "1d 1ms", "36h", "0d", "1M", "1 year", "999999999d", "30"];
        insta::assert_snapshot!(verdicts(|text| Days::parse(text).map(Days::get), &texts), @r#"
        "1d" → 1
        "30d" → 30
        "24h" → 1
        "2w" → 14
        "1d 1ms" ✗ is not a whole number of days, at least one: S3 counts in days here; hint: write e.g. "30d"
        "36h" ✗ is not a whole number of days, at least one: S3 counts in days here; hint: write e.g. "30d"
        "0d" ✗ is not a whole number of days, at least one: S3 counts in days here; hint: write e.g. "30d"
        "1M" ✗ counts in "M", which has no fixed length; hint: write "m" for minutes, "d" for days
        "1 year" ✗ counts in "year", which has no fixed length; hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "999999999d" → 999999999
        "30" ✗ is not a span of time (time unit needed, for example 30sec or 30ms); hint: write e.g. "300s", "5m", "1h 30m" or "7d"
        "#);
    }
}
