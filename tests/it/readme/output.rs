//! Comparing what a command printed with what the README shows.

use std::sync::LazyLock;

use regex::Regex;

/// What differs from run to run.
static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
    let alternatives = [
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
        r"\b\d{4}-\d\d-\d\d\b",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"\bAKIA[A-Z0-9]{16}\b",
        r"\bAWS_SECRET_ACCESS_KEY=\S+",
        r"\bX-Amz-[A-Za-z-]+=[^&\x22\s]+",
        r"(/tmp|/home/[a-z]+|/var/folders)/[\w./-]+",
        r"\b(localhost|\d+\.\d+\.\d+\.\d+):\d+",
        r"\b\d+(\.\d+)? (ms|s|B|KiB|MiB)\b",
        r"\b[a-z]+_us=\d+",
        r"\b[0-9a-f]{16,}\b",
    ];
    Regex::new(&alternatives.join("|")).unwrap()
});

/// What the README shows, and what came in its place.
#[derive(Debug, Default)]
pub(super) struct Bindings(Vec<(String, String)>);

impl Bindings {
    pub(super) fn bind(&mut self, shown: &str, came: &str) {
        if shown != came && !self.0.iter().any(|(known, _)| known == shown) {
            self.0.push((shown.to_owned(), came.to_owned()));
            // the longer first, for one can be the beginning of another
            self.0.sort_by_key(|(shown, _)| std::cmp::Reverse(shown.len()));
        }
    }

    /// A command with everything that came before in its place.
    pub(super) fn apply(&self, command: &str) -> String {
        let mut applied = String::new();
        let mut rest = command;
        while let Some(letter) = rest.chars().next() {
            match self.0.iter().find(|(shown, _)| rest.starts_with(shown.as_str())) {
                Some((shown, came)) => {
                    applied.push_str(came);
                    rest = &rest[shown.len()..];
                }
                None => {
                    applied.push(letter);
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        applied
    }

    /// Whether a line is what is shown, apart from what differs from run to run, which is bound.
    pub(super) fn matches(&mut self, shown: &str, came: &str) -> bool {
        if shown.contains('…') {
            let (shown, came) = (VOLATILE.replace_all(shown, "?"), VOLATILE.replace_all(came, "?"));
            return wildcard(&shown, &came);
        }
        if VOLATILE.replace_all(shown, "?") != VOLATILE.replace_all(came, "?") {
            return false;
        }
        for (shown, came) in VOLATILE.find_iter(shown).zip(VOLATILE.find_iter(came)) {
            self.bind(shown.as_str(), came.as_str());
        }
        true
    }

    /// Whether the lines are what is shown; why not, otherwise.
    pub(super) fn compare(&mut self, shown: &[&str], came: &[String]) -> Result<(), String> {
        let Some((first, rest)) = shown.split_first() else {
            return if came.is_empty() {
                Ok(())
            } else {
                Err(format!("more came than is shown:\n{}", came.join("\n")))
            };
        };
        if *first == "…" {
            return (0..=came.len())
                .map(|skipped| self.compare(rest, &came[skipped..]))
                .find(Result::is_ok)
                .unwrap_or_else(|| {
                    Err(format!("what follows `…` did not come, in:\n{}", came.join("\n")))
                });
        }
        match came.split_first() {
            Some((line, after)) if self.matches(first, line) => self.compare(rest, after),
            Some((line, _)) => {
                Err(format!("shown: {first}\n came: {line}\nwith:\n{}", came.join("\n")))
            }
            None => Err(format!("shown, but did not come: {first}")),
        }
    }
}

/// `…` stands for anything.
fn wildcard(shown: &str, came: &str) -> bool {
    let parts: Vec<&str> = shown.split('…').collect();
    let (Some((first, rest)), Some(last)) = (parts.split_first(), parts.last()) else {
        return false;
    };
    let Some(mut left) = came.strip_prefix(first) else { return false };
    for part in &rest[..rest.len() - 1] {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}

#[test]
fn what_differs_is_bound_and_what_must_not_is_told() {
    let mut bindings = Bindings::default();
    let shown = ["Ready in 0.2 s on http://127.0.0.1:8080/", "…", "key uploads/…"];
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let came = lines(&["Ready in 1.4 s on http://127.0.0.1:40001/", "a", "b", "key uploads/x"]);
    bindings.compare(&shown, &came).unwrap();
    assert_eq!(bindings.apply("curl http://127.0.0.1:8080/api"), "curl http://127.0.0.1:40001/api");
    assert!(
        bindings
            .compare(
                &shown,
                &lines(&["Ready in 1.4 s at http://127.0.0.1:40001/", "key uploads/x"])
            )
            .is_err()
    );
    assert!(
        bindings
            .compare(&shown, &lines(&["Ready in 1.4 s on http://127.0.0.1:40001/", "key"]))
            .is_err()
    );
    assert!(bindings.compare(&shown[..1], &came).is_err());
}
