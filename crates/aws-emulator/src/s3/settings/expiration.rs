//! When a lifecycle rule would remove an object: told, and not done.

use s3s::dto::{ExpirationStatus, LifecycleRule, Tag, TimestampFormat};
use time::{Duration, OffsetDateTime};

use crate::objects::Version;
use crate::s3::Buckets;

/// `x-amz-expiration`: the rule that comes first, and the midnight after its days.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html>.
pub(crate) fn of(buckets: &Buckets, bucket: &str, version: &Version) -> Option<String> {
    let rules = buckets
        .read(bucket, |bucket| bucket.lifecycle.as_ref().map(|lifecycle| lifecycle.rules.clone()))
        .ok()??;
    let dated = rules
        .iter()
        .filter(|rule| applies(rule, version))
        .filter_map(|rule| Some((date(rule, version)?, rule)));
    let (date, rule) = dated.min_by_key(|(date, _)| *date)?;
    let mut text = Vec::new();
    s3s::dto::Timestamp::from(date).format(TimestampFormat::HttpDate, &mut text).ok()?;
    let id = rule.id.as_deref().unwrap_or_default();
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Some(format!("expiry-date=\"{}\", rule-id=\"{id}\"", String::from_utf8(text).ok()?))
}

fn date(rule: &LifecycleRule, version: &Version) -> Option<OffsetDateTime> {
    let expiration = rule.expiration.as_ref()?;
    if let Some(date) = &expiration.date {
        return Some(OffsetDateTime::from(date.clone()));
    }
    let made = OffsetDateTime::from_unix_timestamp(version.modified / 1000).ok()?;
    let due = made + Duration::days(i64::from(expiration.days?));
    Some(due.replace_time(time::Time::MIDNIGHT) + Duration::days(1))
}

fn applies(rule: &LifecycleRule, version: &Version) -> bool {
    let filter = rule.filter.as_ref();
    let and = filter.and_then(|filter| filter.and.as_ref());
    let prefixes = [
        rule.prefix.as_deref(),
        filter.and_then(|filter| filter.prefix.as_deref()),
        and.and_then(|and| and.prefix.as_deref()),
    ];
    let tags = filter
        .and_then(|filter| filter.tag.as_ref())
        .into_iter()
        .chain(and.and_then(|and| and.tags.as_ref()).into_iter().flatten());
    let has = |tag: &Tag| {
        let (key, value) =
            (tag.key.as_deref().unwrap_or_default(), tag.value.as_deref().unwrap_or_default());
        version.attributes.tags.iter().any(|(own, own_value)| own == key && own_value == value)
    };
    let size = i64::try_from(version.size).unwrap_or(i64::MAX);
    let above = [
        filter.and_then(|filter| filter.object_size_greater_than),
        and.and_then(|and| and.object_size_greater_than),
    ];
    let below = [
        filter.and_then(|filter| filter.object_size_less_than),
        and.and_then(|and| and.object_size_less_than),
    ];
    rule.status.as_str() == ExpirationStatus::ENABLED
        && prefixes.into_iter().flatten().all(|prefix| version.key.starts_with(prefix))
        && tags.into_iter().all(has)
        && above.into_iter().flatten().all(|least| size > least)
        && below.into_iter().flatten().all(|most| size < most)
}
