//! Parts that a client cut as it liked: what they are together is looked at before they become an object.

use std::collections::BTreeMap;

use super::multipart::unquoted;
use super::{PartPlan, PartsError, StoredPart};

/// The parts to complete an upload with, in their order: what the client says (number and ETag, with or without quotes), if
/// S3 lists it so, and if it is together as large as was declared and as the contract allows.
///
/// # Errors
/// [`PartsError`].
pub fn whole_of_free_parts(
    said: &[(u32, String)],
    listed: Vec<StoredPart>,
    declared: Option<u64>,
    max: u64,
) -> Result<Vec<StoredPart>, PartsError> {
    let mut etags = BTreeMap::new();
    for (number, etag) in said {
        if etags.insert(*number, unquoted(etag)).is_some() {
            return Err(PartsError::Twice(*number));
        }
    }
    let unknown: Vec<u32> = etags
        .keys()
        .copied()
        .filter(|number| !(1..=PartPlan::MAX_PARTS).contains(number))
        .collect();
    if !unknown.is_empty() {
        return Err(PartsError::Unknown(unknown));
    }
    let mut stored: BTreeMap<u32, StoredPart> =
        listed.into_iter().map(|part| (part.number, part)).collect();
    let missing: Vec<u32> =
        etags.keys().copied().filter(|number| !stored.contains_key(number)).collect();
    if !missing.is_empty() || etags.is_empty() {
        return Err(PartsError::Missing(if etags.is_empty() { vec![1] } else { missing }));
    }
    let wrong: Vec<u32> = etags
        .iter()
        .filter(|(number, etag)| stored.get(number).is_none_or(|part| part.etag != **etag))
        .map(|(number, _)| *number)
        .collect();
    if !wrong.is_empty() {
        return Err(PartsError::WrongEtag(wrong));
    }
    stored.retain(|number, _| etags.contains_key(number));
    let is: u64 = stored.values().map(|part| part.size).fold(0, u64::saturating_add);
    match declared {
        Some(declared) if declared != is => Err(PartsError::WrongTotal { is, declared }),
        _ if is > max => Err(PartsError::TooLarge { is, max }),
        _ => Ok(stored.into_values().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, size: u64) -> StoredPart {
        StoredPart { number, size, etag: format!("etag-{number}"), checksum_sha256: None }
    }

    fn said(numbers: &[u32]) -> Vec<(u32, String)> {
        numbers.iter().map(|number| (*number, format!("\"etag-{number}\""))).collect()
    }

    #[test]
    fn parts_are_what_was_said_and_allowed() {
        let listed = || vec![part(3, 1), part(1, 5), part(2, 5)];
        let whole = |numbers: &[u32], declared, max| {
            whole_of_free_parts(&said(numbers), listed(), declared, max).map(|parts| parts.len())
        };
        assert_eq!(whole(&[3, 1, 2], None, 11), Ok(3));
        assert_eq!(whole(&[1, 2], Some(10), 11), Ok(2));
        assert_eq!(
            whole(&[1, 2, 3], Some(10), 11),
            Err(PartsError::WrongTotal { is: 11, declared: 10 })
        );
        assert_eq!(whole(&[1, 2, 3], None, 10), Err(PartsError::TooLarge { is: 11, max: 10 }));
        assert_eq!(whole(&[1, 1], None, 11), Err(PartsError::Twice(1)));
        assert_eq!(whole(&[0, 10_001], None, 11), Err(PartsError::Unknown(vec![0, 10_001])));
        assert_eq!(whole(&[1, 4], None, 11), Err(PartsError::Missing(vec![4])));
        assert_eq!(whole(&[], None, 11), Err(PartsError::Missing(vec![1])));
        let other = [(1, "another".to_owned())];
        assert_eq!(
            whole_of_free_parts(&other, listed(), None, 11),
            Err(PartsError::WrongEtag(vec![1]))
        );
    }
}
