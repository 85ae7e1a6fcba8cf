//! The names of what a run makes, by which a later run knows what one that was killed has left.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::place::random;

/// What every name begins with.
const BEGINNING: &str = "gatepass-verify-";
/// Seconds since 1970, and something random.
const DIGITS: usize = 8 + 8;
/// A run takes seconds. What is older than this belongs to none that goes on.
const OVER_AFTER: Duration = Duration::from_secs(10 * 60);

/// The beginning of the names of everything that one run makes: `gatepass-verify-`, when it began, and something random.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunName(String);

impl RunName {
    /// How long every name is.
    pub(super) const LENGTH: usize = BEGINNING.len() + DIGITS;

    /// A new one.
    pub(super) fn new() -> Result<Self, String> {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|error| error.to_string())?
            .as_secs();
        let [a, b, c, d, ..] = random()?;
        Ok(Self(format!("{BEGINNING}{:08x}{a:02x}{b:02x}{c:02x}{d:02x}", seconds & 0xffff_ffff)))
    }

    /// The run that a name was made by, if it was made by one: of a bucket, a role, a policy, or a key's folder.
    pub(super) fn of(name: &str) -> Option<Self> {
        let digits = name.strip_prefix(BEGINNING)?.get(..DIGITS)?;
        let is_ours = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_ours.then(|| Self(format!("{BEGINNING}{digits}")))
    }

    /// Whether it cannot go on any more.
    pub(super) fn is_over(&self, now: SystemTime) -> bool {
        let began = self
            .0
            .get(BEGINNING.len()..BEGINNING.len() + 8)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let began = UNIX_EPOCH + Duration::from_secs(began.unwrap_or_default());
        now.duration_since(began).is_ok_and(|age| age > OVER_AFTER)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the names of all runs begin with.
    pub(super) fn beginning() -> &'static str {
        BEGINNING
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_run_and_when_it_began() {
        let run = RunName::new().unwrap();
        assert_eq!(RunName::of(&format!("{run}-3")), Some(run.clone()));
        assert_eq!(RunName::of(&format!("{run}/3.png")), Some(run.clone()));
        let now = SystemTime::now();
        assert!(!run.is_over(now));
        assert!(
            !run.is_over(now - Duration::from_secs(3600)),
            "the clock of whoever began it may be ahead"
        );
        assert!(run.is_over(now + OVER_AFTER + Duration::from_secs(2)));
    }

    #[test]
    fn what_others_named_is_no_run_of_ours() {
        for name in [
            "gatepass-verify-",
            "gatepass-verify-0123456789abcde",
            "gatepass-verify-our-own-bucket-x",
            "gatepass-demo",
            "",
        ] {
            assert_eq!(RunName::of(name), None, "{name}");
        }
    }
}
