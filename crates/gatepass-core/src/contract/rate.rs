//! How often something may be asked for.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use iam_policy::Invalid;

/// A number of requests in a span of time, all of which may come at once: `"60/min"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    requests: NonZeroU32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

const UNITS: [(&str, Unit); 3] = [("s", Unit::Second), ("min", Unit::Minute), ("h", Unit::Hour)];

impl Rate {
    /// The most requests that a rate can have.
    pub const MAX: u32 = 1_000_000;

    /// Parses a rate.
    ///
    /// # Errors
    /// Anything but a whole number from 1 to [`Self::MAX`], a slash, and `s`, `min` or `h`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: &str| {
            Invalid::new(problem).hint("write e.g. \"10/s\", \"60/min\" or \"1000/h\"")
        };
        let (number, unit) = text.split_once('/').ok_or_else(|| wrong("is not a rate"))?;
        let unit = UNITS
            .iter()
            .find(|(name, _)| *name == unit.trim())
            .ok_or_else(|| wrong("counts in no unit that there is"))?
            .1;
        let number = number.trim();
        let requests = if number.bytes().all(|byte| byte.is_ascii_digit()) {
            number.parse().ok()
        } else {
            None
        };
        let requests = requests.filter(|requests| *requests <= Self::MAX).and_then(NonZeroU32::new);
        Ok(Self {
            requests: requests.ok_or_else(|| wrong("has no number from 1 to 1000000"))?,
            unit,
        })
    }

    /// How many requests.
    #[must_use]
    pub fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// In which span of time.
    #[must_use]
    pub fn per(self) -> Duration {
        Duration::from_secs(match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3600,
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(_, unit)| *unit == self.unit).map_or("", |(name, _)| name);
        write!(f, "{}/{unit}", self.requests)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn rates() {
        let texts = [
            "10/s",
            "60/min",
            "1000/h",
            " 5 / min",
            "0/s",
            "-1/s",
            "+1/s",
            "1.5/s",
            "1000001/s",
            "60",
            "60/m",
            "60/day",
            "/s",
            "",
        ];
        insta::assert_snapshot!(verdicts(Rate::parse, &texts), @r#"
        "10/s" → 10/s
        "60/min" → 60/min
        "1000/h" → 1000/h
        " 5 / min" → 5/min
        "0/s" ✗ has no number from 1 to 1000000; hint: write e.g. "10/s", "60/min" or "1000/h"
        "-1/s" ✗ has no number from 1 to 1000000; hint: write e.g. "10/s", "60/min" or "1000/h"
        "+1/s" ✗ has no number from 1 to 1000000; hint: write e.g. "10/s", "60/min" or "1000/h"
        "1.5/s" ✗ has no number from 1 to 1000000; hint: write e.g. "10/s", "60/min" or "1000/h"
        "1000001/s" ✗ has no number from 1 to 1000000; hint: write e.g. "10/s", "60/min" or "1000/h"
        "60" ✗ is not a rate; hint: write e.g. "10/s", "60/min" or "1000/h"
        "60/m" ✗ counts in no unit that there is; hint: write e.g. "10/s", "60/min" or "1000/h"
        "60/day" ✗ counts in no unit that there is; hint: write e.g. "10/s", "60/min" or "1000/h"
        "/s" ✗ has no number from 1 to 1000000; hint: write e.g. "10/s", "60/min" or "1000/h"
        "" ✗ is not a rate; hint: write e.g. "10/s", "60/min" or "1000/h"
        "#);
        assert_eq!(Rate::parse("2/min").unwrap().per(), Duration::from_secs(60));
    }
}
