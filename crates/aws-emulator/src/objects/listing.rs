//! One page of a listing.

/// Where a page begins: after this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// A key, or a common prefix that is done with as a whole.
    pub(crate) key: String,
    /// With a version of the key, after that version; without one, after the key.
    pub(crate) version_id: Option<String>,
}

/// A page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// What keys that go on after the delimiter have in common.
    pub(crate) common_prefixes: Vec<String>,
    /// Where the next page begins; None on the last one.
    pub(crate) next: Option<Position>,
}

/// Takes a page out of `entries`, which are sorted by key: at most `max` of keys and common prefixes together.
pub(crate) fn page<'a, T>(
    entries: impl Iterator<Item = (&'a str, Option<&'a str>, T)>,
    prefix: &str,
    delimiter: Option<&str>,
    after: Option<&Position>,
    max: usize,
) -> Page<T> {
    let mut page = Page { items: Vec::new(), common_prefixes: Vec::new(), next: None };
    let mut last: Option<Position> = None;
    // whether the version that the page begins after was met
    let mut met = false;
    for (key, version_id, item) in entries
        .skip_while(|(key, ..)| *key < prefix)
        .take_while(|(key, ..)| key.starts_with(prefix))
    {
        let common = common_prefix(key, prefix, delimiter);
        if let Some(after) = after {
            let done = match (&after.version_id, common) {
                (_, Some(common)) if common == after.key => true,
                (Some(version), _) if key == after.key => {
                    let passed = met;
                    met |= version_id == Some(version);
                    !passed
                }
                _ => key <= after.key.as_str(),
            };
            if done {
                continue;
            }
        }
        if common
            .is_some_and(|common| page.common_prefixes.last().is_some_and(|last| last == common))
        {
            continue;
        }
        if page.items.len() + page.common_prefixes.len() == max {
            page.next = last;
            break;
        }
        match common {
            Some(common) => {
                last = Some(Position { key: common.to_owned(), version_id: None });
                page.common_prefixes.push(common.to_owned());
            }
            None => {
                last = Some(Position {
                    key: key.to_owned(),
                    version_id: version_id.map(str::to_owned),
                });
                page.items.push(item);
            }
        }
    }
    page
}

fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let end = prefix.len() + key.get(prefix.len()..)?.find(delimiter)? + delimiter.len();
    key.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 7] = ["a", "b/1", "b/2", "b/3/x", "c", "d/1", "é"];

    fn list(
        prefix: &str,
        delimiter: Option<&str>,
        after: Option<&Position>,
        max: usize,
    ) -> Page<&'static str> {
        page(KEYS.iter().map(|key| (*key, None, *key)), prefix, delimiter, after, max)
    }

    /// Every page of a listing.
    fn pages(prefix: &str, delimiter: Option<&str>, max: usize) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut after = None;
        loop {
            let page = list(prefix, delimiter, after.as_ref(), max);
            pages.push(
                page.items
                    .iter()
                    .map(|item| (*item).to_owned())
                    .chain(page.common_prefixes)
                    .collect(),
            );
            after = page.next;
            if after.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn pages_hold_everything_once() {
        for max in 1..9 {
            assert_eq!(pages("", None, max).concat(), KEYS);
            let mut with_prefixes = pages("", Some("/"), max).concat();
            with_prefixes.sort();
            assert_eq!(with_prefixes, ["a", "b/", "c", "d/", "é"]);
        }
        assert_eq!(pages("b/", Some("/"), 2), [vec!["b/1", "b/2"], vec!["b/3/"]]);
    }

    #[test]
    fn a_page_can_begin_in_the_middle_of_a_prefix() {
        let after = Position { key: "b/1".to_owned(), version_id: None };
        let page = list("", Some("/"), Some(&after), 2);
        assert_eq!((page.items, page.common_prefixes), (vec!["c"], vec!["b/".to_owned()]));
    }

    #[test]
    fn versions_of_a_key_go_on_after_the_one_named() {
        let entries = [("a", "3"), ("a", "2"), ("a", "1"), ("b", "1")];
        let after = Position { key: "a".to_owned(), version_id: Some("3".to_owned()) };
        let page = page(
            entries.iter().map(|(key, version)| (*key, Some(*version), *version)),
            "",
            None,
            Some(&after),
            2,
        );
        assert_eq!(page.items, ["2", "1"]);
        assert_eq!(
            page.next,
            Some(Position { key: "a".to_owned(), version_id: Some("1".to_owned()) })
        );
    }
}
