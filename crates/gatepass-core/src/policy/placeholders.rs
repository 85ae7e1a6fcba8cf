//! What stands in `{{…}}` in a statement file, and how it is filled: in parsed values, never in text, and once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::grammar::Problem;
use super::needs;
use crate::contract::{Contract, Encryption};
use iam_policy::S3Resource;
use iam_policy::{AccountId, closest};

/// Every placeholder.
pub(super) const NAMES: [&str; 18] = [
    "account",
    "bucket",
    "bucket_arn",
    "dns_suffix",
    "encryption",
    EXTENSION_RESOURCES,
    "external_id",
    "kms_key_arn",
    LIST_ACTION,
    "max_signature_age_ms",
    "partition",
    "prefix",
    PRESIGNER_ACTIONS,
    PRESIGNER_RESOURCES,
    "principal",
    "region",
    "role_arn",
    TAG_KEYS,
];

/// The placeholders that become several list elements.
const SEVERAL: [&str; 4] = [EXTENSION_RESOURCES, PRESIGNER_ACTIONS, PRESIGNER_RESOURCES, TAG_KEYS];
const PRESIGNER_RESOURCES: &str = "presigner_resources";
const EXTENSION_RESOURCES: &str = "extension_resources";
const PRESIGNER_ACTIONS: &str = "presigner_actions";
const TAG_KEYS: &str = "tag_keys";
const LIST_ACTION: &str = "list_action";

/// The values that one contract gives to the placeholders.
#[derive(Debug, Clone)]
pub(super) struct Values {
    texts: BTreeMap<&'static str, String>,
    extensions: Vec<&'static str>,
    presigner_actions: Vec<&'static str>,
    tag_keys: Vec<String>,
    /// Whether the role needs something of the bucket itself.
    needs_bucket: bool,
}

/// A part of a string of a statement file.
enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

/// Checks that each placeholder exists and stands where one can.
pub(super) fn check(statement: &Map<String, Value>) -> Result<(), Problem> {
    for (key, value) in statement {
        if key.contains("{{") {
            let hint = "placeholders stand in values only".to_owned();
            return Err((format!("has a placeholder in the key {key:?}"), Some(hint)));
        }
        check_value(value)?;
    }
    Ok(())
}

fn check_value(value: &Value) -> Result<(), Problem> {
    match value {
        Value::Object(members) => check(members),
        Value::Array(elements) => elements.iter().try_for_each(check_value),
        Value::String(text) => {
            let pieces = pieces(text)?;
            let alone = pieces.len() == 1;
            for piece in pieces {
                let Piece::Placeholder(name) = piece else { continue };
                if !NAMES.contains(&name) {
                    let hint = match closest(name, NAMES) {
                        Some(known) => format!("did you mean {{{{{known}}}}}?"),
                        None => format!("there are {}", NAMES.join(", ")),
                    };
                    return Err((
                        format!("has the unknown placeholder {{{{{name}}}}} in {text:?}"),
                        Some(hint),
                    ));
                }
                if SEVERAL.contains(&name) && !alone {
                    let hint = format!("write it as an element of its own: [\"{{{{{name}}}}}\"]");
                    return Err((
                        format!(
                            "has {{{{{name}}}}}, which becomes several values, inside {text:?}"
                        ),
                        Some(hint),
                    ));
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, following)) = after.split_once("}}") else {
            return Err((format!("has a placeholder without its \"}}}}\" in {text:?}"), None));
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Placeholder(name));
        rest = following;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

impl Values {
    /// What the contract says in this account.
    pub(super) fn of(contract: &Contract, account: &AccountId) -> Self {
        let bucket = &contract.bucket;
        let partition = bucket.region.partition();
        let mut texts = BTreeMap::from([
            ("account", account.to_string()),
            ("bucket", bucket.name.to_string()),
            ("bucket_arn", format!("arn:{partition}:s3:::{}", bucket.name)),
            ("dns_suffix", partition.dns_suffix().to_owned()),
            ("max_signature_age_ms", contract.upload.max_signature_age.milliseconds().to_string()),
            ("partition", partition.to_string()),
            ("prefix", contract.upload.key.prefix().to_owned()),
            ("region", bucket.region.to_string()),
            ("role_arn", contract.role_arn(account)),
        ]);
        match &bucket.encryption {
            Encryption::SseS3 => {
                texts.insert("encryption", "AES256".to_owned());
            }
            Encryption::SseKms { key } => {
                texts.insert("encryption", "aws:kms".to_owned());
                texts.insert("kms_key_arn", key.to_string());
            }
        }
        texts.extend(needs::listing(contract).map(|action| (LIST_ACTION, action.to_owned())));
        let mut extensions = Vec::new();
        if contract.upload.key.ends_in_extension() {
            extensions
                .extend(contract.upload.content_types.iter().flat_map(|range| range.extensions()));
            extensions.sort_unstable();
            extensions.dedup();
        }
        let needs = needs::of(contract);
        let needs_bucket = needs.iter().any(|need| need.resource == S3Resource::Bucket);
        let presigner_actions = needs.into_iter().map(|need| need.action).collect();
        let tag_keys = contract.tag_keys().map(str::to_owned).collect();
        Self { texts, extensions, presigner_actions, tag_keys, needs_bucket }
    }

    /// The same for a statement about one principal that the contract trusts.
    pub(super) fn for_principal(&self, principal: String, external_id: Option<&str>) -> Self {
        let mut values = self.clone();
        values.texts.insert("principal", principal);
        if let Some(external_id) = external_id {
            values.texts.insert("external_id", external_id.to_owned());
        }
        values
    }

    /// The statement with every placeholder filled.
    pub(super) fn fill(
        &self,
        statement: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Problem> {
        statement.iter().map(|(key, value)| Ok((key.clone(), self.fill_value(value)?))).collect()
    }

    fn fill_value(&self, value: &Value) -> Result<Value, Problem> {
        match value {
            Value::Object(members) => self.fill(members).map(Value::Object),
            Value::Array(elements) => {
                let mut filled = Vec::with_capacity(elements.len());
                for element in elements {
                    match (element, self.fill_value(element)?) {
                        (Value::String(_), Value::Array(several)) => filled.extend(several),
                        (_, one) => filled.push(one),
                    }
                }
                Ok(Value::Array(filled))
            }
            Value::String(text) => self.fill_text(text),
            other => Ok(other.clone()),
        }
    }

    /// The filled text; a list for the placeholder that becomes several values.
    fn fill_text(&self, text: &str) -> Result<Value, Problem> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text)? {
            match piece {
                Piece::Text(text) => filled += text,
                Piece::Placeholder(EXTENSION_RESOURCES) => return self.extension_resources(),
                Piece::Placeholder(TAG_KEYS) if self.tag_keys.is_empty() => {
                    return Err(absent(TAG_KEYS));
                }
                Piece::Placeholder(TAG_KEYS) => return Ok(self.tag_keys.clone().into()),
                Piece::Placeholder(PRESIGNER_RESOURCES) => return self.presigner_resources(),
                Piece::Placeholder(PRESIGNER_ACTIONS) => {
                    return Ok(self.presigner_actions.clone().into());
                }
                Piece::Placeholder(name) => filled += self.text(name)?,
            }
        }
        Ok(Value::String(filled))
    }

    fn presigner_resources(&self) -> Result<Value, Problem> {
        let bucket = self.text("bucket_arn")?;
        let mut resources = vec![format!("{bucket}/{}*", self.text("prefix")?)];
        if self.needs_bucket {
            resources.push(bucket.to_owned());
        }
        Ok(resources.into())
    }

    fn extension_resources(&self) -> Result<Value, Problem> {
        if self.extensions.is_empty() {
            return Err(absent(EXTENSION_RESOURCES));
        }
        let bucket = self.text("bucket_arn")?;
        Ok(self
            .extensions
            .iter()
            .map(|extension| Value::from(format!("{bucket}/*.{extension}")))
            .collect())
    }

    /// One value, if nothing in it means more to IAM than itself: a contract's text can be neither a wildcard nor the
    /// beginning of a policy variable, and has only characters that IAM takes in a document.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html> and
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.
    fn text(&self, name: &str) -> Result<&str, Problem> {
        let value = self.texts.get(name).ok_or_else(|| absent(name))?;
        match value.chars().find(|c| {
            matches!(c, '*' | '?' | '$') || !(' '..='\u{ff}').contains(c) || c.is_control()
        }) {
            None => Ok(value),
            Some(other) => {
                let why = if matches!(other, '*' | '?' | '$') {
                    "which means more than itself in a policy"
                } else {
                    "which IAM refuses"
                };
                let hint = format!("change {} in the contract", field(name));
                Err((
                    format!("{{{{{name}}}}} would become {value:?} with {other:?} in it, {why}"),
                    Some(hint),
                ))
            }
        }
    }
}

/// Why a placeholder has no value here.
fn absent(name: &str) -> Problem {
    let why = match name {
        "kms_key_arn" => "the contract's bucket.encryption is not \"aws:kms\"",
        "principal" | "external_id" => {
            "only the built-in statements about principals have it, once for each [[role.trust]]"
        }
        LIST_ACTION => {
            "the contract has no uploads confirmed, or has them confirmed without listing, because the role may read"
        }
        TAG_KEYS => {
            "uploads carry no tags: the contract has neither upload.tags nor bucket.lifecycle.unconfirmed_expiration"
        }
        EXTENSION_RESOURCES => "the contract's upload.key does not end in .{ext}",
        _ => "it is no placeholder",
    };
    (format!("{{{{{name}}}}} has no value: {why}"), None)
}

/// The contract's field that a placeholder's value comes from.
fn field(name: &str) -> &'static str {
    match name {
        "account" => "account_id",
        "bucket" | "bucket_arn" => "bucket.name",
        "external_id" => "role.trust.external_id",
        "kms_key_arn" => "bucket.kms_key_arn",
        "prefix" => "upload.key",
        "principal" => "role.trust.principal",
        "role_arn" => "role.path or role.name",
        _ => "bucket.region",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::contract::Trust;
    use crate::policy::Documents;
    use crate::policy::fixtures::{PLAIN, Written, account, own_files, refused, rendered};
    use iam_policy::PrincipalArn;

    #[test]
    fn a_placeholder_without_a_value_is_refused() {
        let with = |resource: &str| {
            let text = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": resource}).to_string();
            own_files(&[("bucket/GatepassMine.json", &text)])
        };
        let contract = PLAIN.contract();
        insta::assert_snapshot!(refused(&contract, &with("{{kms_key_arn}}")), @r#"bucket/GatepassMine.json: {{kms_key_arn}} has no value: the contract's bucket.encryption is not "aws:kms""#);
        insta::assert_snapshot!(refused(&contract, &with("{{principal}}")), @"bucket/GatepassMine.json: {{principal}} has no value: only the built-in statements about principals have it, once for each [[role.trust]]");
        let contract = Written {
            upload: "content_types = [\"image/png\"]\nkey = \"uploads/{uuid}\"",
            ..PLAIN
        }
        .contract();
        insta::assert_snapshot!(refused(&contract, &with("{{extension_resources}}")), @"bucket/GatepassMine.json: {{extension_resources}} has no value: the contract's upload.key does not end in .{ext}");
    }

    fn with_external_id(external_id: &str) -> Contract {
        let mut contract = PLAIN.contract();
        let principal = PrincipalArn::parse("arn:aws:iam::444455556666:root").unwrap();
        contract.role.trust =
            vec![Trust::Principal { principal, external_id: Some(external_id.to_owned()) }];
        contract
    }

    fn trust_policy(external_id: &str) -> Result<Value, String> {
        let files = crate::policy::fixtures::built_in();
        let documents = Documents::render(&with_external_id(external_id), &account(), &files)
            .map_err(|error| error.to_string())?;
        Ok(documents.trust_policy.to_json())
    }

    #[test]
    fn quotes_backslashes_and_placeholders_stay_text() {
        for text in [r#"","Effect":"Allow"#, r"\", r"\u0022", "{{account}}", "}}{{", "a b", "é"] {
            let condition = &trust_policy(text).unwrap()["Statement"][0]["Condition"];
            assert_eq!(*condition, json!({"StringEquals": {"sts:ExternalId": text}}), "{text:?}");
        }
    }

    #[test]
    fn wildcards_variables_and_what_iam_refuses_are_refused() {
        insta::assert_snapshot!(trust_policy("${aws:username}").unwrap_err(), @r#"
        trust/GatepassTrustPrincipalWithExternalId.json: {{external_id}} would become "${aws:username}" with '$' in it, which means more than itself in a policy
          hint: change role.trust.external_id in the contract
        "#);
        insta::assert_snapshot!(trust_policy("a*").unwrap_err(), @r#"
        trust/GatepassTrustPrincipalWithExternalId.json: {{external_id}} would become "a*" with '*' in it, which means more than itself in a policy
          hint: change role.trust.external_id in the contract
        "#);
        insta::assert_snapshot!(trust_policy("a\u{0}").unwrap_err(), @r#"
        trust/GatepassTrustPrincipalWithExternalId.json: {{external_id}} would become "a\0" with '\0' in it, which IAM refuses
          hint: change role.trust.external_id in the contract
        "#);
        for text in ["?", "\n", "\u{7f}", "\u{100}", "snow\u{2603}"] {
            assert!(trust_policy(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_external_id_is_refused_or_stands_where_it_belongs(text in prop_oneof![any::<String>(), "[ -~¡-ÿ]{0,12}"]) {
            if let Ok(policy) = trust_policy(&text) {
                let mut expected = trust_policy("x").unwrap();
                expected["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = text.clone().into();
                prop_assert_eq!(serde_json::from_str::<Value>(&policy.to_string()).unwrap(), expected);
                prop_assert!(!text.contains(['*', '?', '$']));
            }
        }

        /// Whatever key template and names a contract can be made to take: the documents differ from another contract's
        /// in those strings alone.
        #[test]
        fn any_prefix_and_names_that_a_contract_takes_change_their_strings_only(
            prefix in r#"[!-~]{1,12}/"#, path in r#"/([!-~]{1,8}/)?"#, bucket in "[a-z0-9.-]{3,12}",
        ) {
            use iam_policy::BucketName;
            use crate::contract::{KeyTemplate, RolePath};
            let (template, path, bucket) = (KeyTemplate::parse(&format!("{prefix}{{uuid}}.{{ext}}")), RolePath::parse(&path), BucketName::parse(&bucket));
            if let (Ok(template), Ok(path), Ok(bucket)) = (template, path, bucket) {
                let mut contract = PLAIN.contract();
                let plain = rendered(&contract, &crate::policy::fixtures::built_in()).to_json().to_string();
                let role_arn = contract.role_arn(&account());
                let (prefix, bucket_text) = (template.prefix().to_owned(), bucket.as_str().to_owned());
                contract.upload.key = template;
                contract.role.path = path;
                contract.bucket.name = bucket;
                let quoted = |text: &str| Value::from(text).to_string().trim_matches('"').to_owned();
                let expected = plain
                    .replace(&role_arn, &quoted(&contract.role_arn(&account())))
                    .replace("s3:::acme-uploads/uploads/", &format!("s3:::acme-uploads/{}", quoted(&prefix)))
                    .replace("s3:::acme-uploads", &format!("s3:::{bucket_text}"));
                prop_assert_eq!(rendered(&contract, &crate::policy::fixtures::built_in()).to_json().to_string(), expected);
            }
        }
    }
}
