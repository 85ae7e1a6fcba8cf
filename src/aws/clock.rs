//! The difference between this machine's clock and a server's, by the `Date` of its answer.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// AWS refuses a signature that is 15 minutes away from its own time. `Date` has whole seconds, and an answer takes some.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList> (`RequestTimeTooSkewed`).
const REFUSED_FROM: Duration = Duration::from_secs(15 * 60 - 10);

/// A clock that is too wrong to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongClock {
    by: Duration,
    is_behind: bool,
}

impl WrongClock {
    /// Compares `now` with the answer's `Date`. A cached answer has an old one.
    pub(crate) fn of<'a>(
        header: impl Fn(&'static str) -> Option<&'a str>,
        now: SystemTime,
    ) -> Option<Self> {
        let date = header("date").filter(|_| header("age").is_none())?;
        let there = SystemTime::try_from(DateTime::from_str(date, Format::HttpDate).ok()?).ok()?;
        let (by, is_behind) = match there.duration_since(now) {
            Ok(by) => (by, true),
            Err(ahead) => (ahead.duration(), false),
        };
        (by >= REFUSED_FROM).then_some(Self { by, is_behind })
    }
}

impl fmt::Display for WrongClock {
    /// "this machine's clock is 20 minutes behind"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = (self.by.as_secs() + 30) / 60;
        let (count, unit) = match minutes {
            ..120 => (minutes, "minutes"),
            120..2880 => ((minutes + 30) / 60, "hours"),
            _ => ((minutes + 720) / 1440, "days"),
        };
        write!(
            f,
            "this machine's clock is {count} {unit} {}",
            if self.is_behind { "behind" } else { "ahead" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn told(date: &'static str, age: Option<&'static str>, seconds_ahead: i64) -> Option<String> {
        let there = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        let by = Duration::from_secs(seconds_ahead.unsigned_abs());
        let now = if seconds_ahead < 0 { there - by } else { there + by };
        let header = |name| if name == "date" { Some(date) } else { age };
        WrongClock::of(header, now).map(|clock| clock.to_string())
    }

    #[test]
    fn a_clock_is_wrong_from_where_signatures_are_refused() {
        let table: Vec<String> = [
            0,
            14 * 60,
            -14 * 60,
            15 * 60,
            -15 * 60,
            20 * 60 + 29,
            -20 * 60,
            -7200,
            90_000,
            7 * 86_400,
        ]
        .into_iter()
        .map(|ahead| format!("{ahead}: {}", told(DATE, None, ahead).unwrap_or_default()))
        .collect();
        insta::assert_snapshot!(table.join("\n"), @"
        0: 
        840: 
        -840: 
        900: this machine's clock is 15 minutes ahead
        -900: this machine's clock is 15 minutes behind
        1229: this machine's clock is 20 minutes ahead
        -1200: this machine's clock is 20 minutes behind
        -7200: this machine's clock is 2 hours behind
        90000: this machine's clock is 25 hours ahead
        604800: this machine's clock is 7 days ahead
        ");
    }

    #[test]
    fn what_is_no_date_of_now_says_nothing() {
        assert_eq!(told("yesterday", None, 3600), None);
        assert_eq!(told(DATE, Some("3600"), 3600), None, "a cache's answer");
    }
}
