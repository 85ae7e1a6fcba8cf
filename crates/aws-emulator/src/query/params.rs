//! The form of a request.

use std::collections::BTreeMap;

use super::QueryError;

/// The parameters of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Parses `application/x-www-form-urlencoded`.
    pub(crate) fn parse(form: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(form).into_owned().collect())
    }

    /// A parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that has to be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, QueryError> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            let name = member(name);
            QueryError::validation(format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    /// A whole number within limits.
    pub(crate) fn number(
        &self,
        name: &str,
        limits: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>, QueryError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let Ok(number) = text.parse::<i64>() else {
            let message = format!(
                "1 validation error detected: Value '{text}' at '{}' is not a number",
                member(name)
            );
            return Err(QueryError::validation(message));
        };
        let constraint = if number < i64::from(*limits.start()) {
            format!("greater than or equal to {}", limits.start())
        } else if number > i64::from(*limits.end()) {
            format!("less than or equal to {}", limits.end())
        } else {
            return Ok(u32::try_from(number).ok());
        };
        Err(QueryError::validation(format!(
            "1 validation error detected: Value '{text}' at '{}' failed to satisfy constraint: Member must have value {constraint}",
            member(name)
        )))
    }

    /// A list, `Name.member.1`, `Name.member.2`, …: each element's fields by name, the element itself under an empty name.
    pub(crate) fn list(&self, name: &str) -> Vec<BTreeMap<&str, &str>> {
        let prefix = format!("{name}.member.");
        let mut elements: BTreeMap<u32, BTreeMap<&str, &str>> = BTreeMap::new();
        for (key, value) in &self.0 {
            let Some(rest) = key.strip_prefix(&prefix) else { continue };
            let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(index) = index.parse() {
                elements.entry(index).or_default().insert(field, value);
            }
        }
        elements.into_values().collect()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name)
            .iter()
            .filter_map(|element| element.get("").map(|text| (*text).to_owned()))
            .collect()
    }

    /// `Tags.member.N.Key` and `.Value`.
    pub(crate) fn tags(&self) -> Result<BTreeMap<String, String>, QueryError> {
        let mut tags = BTreeMap::new();
        for element in self.list("Tags") {
            let (Some(key), value) =
                (element.get("Key"), element.get("Value").copied().unwrap_or_default())
            else {
                return Err(QueryError::validation(
                    "1 validation error detected: Value null at 'tags.member.key': Member must not be null",
                ));
            };
            if tags.insert((*key).to_owned(), value.to_owned()).is_some() {
                return Err(QueryError::invalid_input(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
        }
        Ok(tags)
    }
}

/// A parameter as AWS names it in an error: with a small first letter.
fn member(name: &str) -> String {
    name.chars()
        .take(1)
        .map(|first| first.to_ascii_lowercase())
        .chain(name.chars().skip(1))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_the_order_of_their_numbers() {
        let params = Params::parse(
            b"Tags.member.10.Key=b&Tags.member.10.Value=2&Tags.member.9.Key=a+c&TagKeys.member.1=x",
        );
        assert_eq!(
            params.list("Tags").iter().map(|tag| tag["Key"]).collect::<Vec<_>>(),
            ["a c", "b"]
        );
        assert_eq!(params.list("TagKeys")[0][""], "x");
        assert_eq!(params.tags().unwrap()["a c"], "");
    }

    #[test]
    fn a_missing_parameter_is_named_as_aws_names_it() {
        let error = Params::default().required("RoleName").unwrap_err();
        insta::assert_snapshot!(
            error,
            @"ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"
        );
    }
}
