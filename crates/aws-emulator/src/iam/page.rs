//! Lists in pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::query::{Call, QueryError};
use crate::xml::Xml;

use super::Answer;

/// How many elements a page has unless the call says so.
const PAGE: u32 = 100;

/// Answers with one page of a list: `MaxItems` elements after the one that `Marker` stands for.
/// `items` are in the order of their keys, and `write` writes one of them.
pub(super) fn list<T>(
    call: &Call<'_>,
    element: &str,
    items: impl IntoIterator<Item = (String, T)>,
    write: impl Fn(&mut Xml, &T),
) -> Answer {
    page(call, element, items, |xml, item| xml.element("member", |xml| write(xml, item)))
}

/// The same for elements that are text.
pub(super) fn texts(
    call: &Call<'_>,
    element: &str,
    items: impl IntoIterator<Item = String>,
) -> Answer {
    page(call, element, items.into_iter().map(|item| (item.clone(), item)), |xml, item| {
        xml.text("member", item)
    })
}

fn page<T>(
    call: &Call<'_>,
    element: &str,
    items: impl IntoIterator<Item = (String, T)>,
    write: impl Fn(&mut Xml, &T),
) -> Answer {
    let most = call.params.number("MaxItems", 1..=1000)?.unwrap_or(PAGE) as usize;
    let after = call.params.get("Marker").map(unmarked).transpose()?;
    let mut items =
        items.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let page: Vec<(String, T)> = items.by_ref().take(most).collect();
    let is_truncated = items.next().is_some();
    let mut xml = Xml::default();
    xml.element(element, |xml| {
        for (_, item) in &page {
            write(xml, item);
        }
    });
    xml.text("IsTruncated", if is_truncated { "true" } else { "false" });
    if let Some((last, _)) = page.last().filter(|_| is_truncated) {
        xml.text("Marker", &STANDARD.encode(last));
    }
    Ok(Some(xml))
}

fn unmarked(marker: &str) -> Result<String, QueryError> {
    let key = STANDARD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| QueryError::validation("Invalid Marker."))
}
