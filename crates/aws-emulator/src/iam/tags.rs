//! Tags of users, roles and everything else.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::{Call, QueryError};
use crate::xml::Xml;

use super::entity::Entity;
use super::{Answer, page};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>
pub(super) fn tag(call: &Call<'_>, entity: Entity) -> Answer {
    let new = checked(entity.quota(), call.params.tags()?)?;
    entity.change(call, |changed| {
        *changed.tags = added(entity.quota(), changed.tags, new)?;
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>
pub(super) fn untag(call: &Call<'_>, entity: Entity) -> Answer {
    let keys = call.params.texts("TagKeys");
    entity.change(call, |changed| {
        remove(changed.tags, &keys);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>
pub(super) fn list(call: &Call<'_>, entity: Entity) -> Answer {
    let state = call.account.store.read();
    page(call, entity.tags(call, &state)?)
}

/// One page of tags.
pub(super) fn page(call: &Call<'_>, tags: &BTreeMap<String, String>) -> Answer {
    page::list(
        call,
        "Tags",
        tags.iter().map(|(key, value)| (key.clone(), (key, value))),
        |xml, (key, value)| {
            xml.text("Key", key);
            xml.text("Value", value);
        },
    )
}

/// Tags with new ones among them. Keys are compared without regard to case; the newest spelling stays.
pub(super) fn added(
    quota: &str,
    old: &BTreeMap<String, String>,
    new: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, QueryError> {
    let mut tags = old.clone();
    tags.retain(|key, _| !new.keys().any(|replacing| replacing.eq_ignore_ascii_case(key)));
    tags.extend(new);
    checked(quota, tags)
}

/// Takes tags away.
pub(super) fn remove(tags: &mut BTreeMap<String, String>, keys: &[String]) {
    tags.retain(|key, _| !keys.iter().any(|gone| gone.eq_ignore_ascii_case(key)));
}

/// Refuses what IAM refuses: more than fifty tags, overlong or reserved keys, two keys that differ by case only.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules>.
pub(super) fn checked(
    quota: &str,
    tags: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, QueryError> {
    if tags.len() > 50 {
        return Err(QueryError::limit_exceeded(format!(
            "Cannot exceed quota for TagsPer{quota}: 50"
        )));
    }
    let keys: BTreeSet<String> = tags.keys().map(|key| key.to_ascii_lowercase()).collect();
    if keys.len() < tags.len() {
        return Err(QueryError::invalid_input(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ));
    }
    for (key, value) in &tags {
        let letters = |text: &str| {
            text.chars().all(|letter| {
                letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter)
            })
        };
        if key.is_empty()
            || key.chars().count() > 128
            || value.chars().count() > 256
            || !letters(key)
            || !letters(value)
        {
            return Err(QueryError::validation(format!(
                "1 validation error detected: the tag '{key}' = '{value}' failed to satisfy constraint: Member must satisfy regular expression \
                 pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]+, with at most 128 letters in a key and 256 in a value"
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(QueryError::invalid_input(format!(
                "The tag key '{key}' is reserved for AWS."
            )));
        }
    }
    Ok(tags)
}

/// `<Tags>`
pub(super) fn write(xml: &mut Xml, tags: &BTreeMap<String, String>) {
    xml.element("Tags", |xml| {
        for (key, value) in tags {
            xml.element("member", |xml| {
                xml.text("Key", key);
                xml.text("Value", value);
            });
        }
    });
}
