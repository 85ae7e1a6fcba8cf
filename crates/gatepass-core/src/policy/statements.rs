//! The statement files under `policies/`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::grammar::{self, Kind, Problem};
use super::placeholders;
use iam_policy::strict_json;

/// What the `Sid` of every statement of ours begins with. A `Sid` may hold letters and digits only.
pub const OWN_SID_PREFIX: &str = "Gatepass";

/// One statement file, before its placeholders are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFile {
    /// The file's name without `.json`, which is the statement's `Sid`.
    pub sid: String,
    /// The statement's elements, without the `Sid`.
    pub json: Map<String, Value>,
}

/// All statement files, sorted by `Sid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFiles {
    /// `policies/bucket/`
    pub bucket: Vec<StatementFile>,
    /// `policies/role/`
    pub role: Vec<StatementFile>,
    /// `policies/trust/`
    pub trust: Vec<StatementFile>,
}

/// Why a set of files is no set of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFilesError {
    /// The file, relative to the directory.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
    /// The way out.
    pub hint: Option<String>,
}

impl fmt::Display for StatementFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StatementFilesError {}

impl StatementFiles {
    /// Takes the files of a directory of one's own: path relative to the directory (`bucket/GatepassX.json`) to content.
    /// A `README.md` and what begins with a dot are passed over.
    ///
    /// # Errors
    /// Names the first file that is no statement, and why.
    pub fn from_files(files: &BTreeMap<String, String>) -> Result<Self, StatementFilesError> {
        let mut all = Self { bucket: Vec::new(), role: Vec::new(), trust: Vec::new() };
        for (path, text) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            if name == "README.md" || path.split('/').any(|segment| segment.starts_with('.')) {
                continue;
            }
            let (kind, file) = read(path, text).map_err(|(problem, hint)| StatementFilesError {
                file: path.clone(),
                problem,
                hint,
            })?;
            match kind {
                Kind::Bucket => all.bucket.push(file),
                Kind::Role => all.role.push(file),
                Kind::Trust => all.trust.push(file),
            }
        }
        Ok(all)
    }
}

fn read(path: &str, text: &str) -> Result<(Kind, StatementFile), Problem> {
    let Some((kind, name)) = path
        .split_once('/')
        .and_then(|(directory, name)| Some((Kind::of_directory(directory)?, name)))
    else {
        return Err((
            "stands in none of the directories of statements".to_owned(),
            Some("move it to bucket/, role/ or trust/".to_owned()),
        ));
    };
    let Some(sid) = name.strip_suffix(".json").filter(|sid| !sid.contains('/')) else {
        return Err((
            "is not named like a statement".to_owned(),
            Some("name it <Sid>.json, or move it elsewhere".to_owned()),
        ));
    };
    if !sid.starts_with(OWN_SID_PREFIX) || !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err((
            format!("the file's name is the statement's Sid, and {sid:?} is none of ours"),
            Some(format!(
                "begin it with {OWN_SID_PREFIX}, by which gatepass knows its own statements, and use letters and digits only"
            )),
        ));
    }
    let mut json = match strict_json::parse(text) {
        Ok(Value::Object(json)) => json,
        Ok(_) => {
            return Err((
                "is not a JSON object".to_owned(),
                Some("write one statement: {\"Effect\": …}".to_owned()),
            ));
        }
        Err(error) => return Err((format!("is not JSON: {error}"), None)),
    };
    match json.shift_remove("Sid") {
        None => {}
        Some(Value::String(inside)) if inside == sid => {}
        Some(other) => {
            let hint = format!("leave the Sid out, or write {sid:?}");
            return Err((
                format!("its Sid is {other}, but the file's name says {sid:?}"),
                Some(hint),
            ));
        }
    }
    grammar::check(kind, &json)?;
    placeholders::check(&json)?;
    Ok((kind, StatementFile { sid: sid.to_owned(), json }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::policy::built_in::BUILT_IN;

    fn refused(path: &str, text: &str) -> String {
        StatementFiles::from_files(&BTreeMap::from([(path.to_owned(), text.to_owned())]))
            .unwrap_err()
            .to_string()
    }

    const DENY: &str = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "{{bucket_arn}}/*"}"#;

    fn with(element: &str, value: &str) -> String {
        let mut json: Value = serde_json::from_str(DENY).unwrap();
        json[element] = serde_json::from_str(value).unwrap();
        json.to_string()
    }

    #[test]
    fn the_built_in_files_are_those_whose_conditions_are_known() {
        let files = crate::policy::fixtures::built_in();
        let named = |kind: Kind, files: &[StatementFile]| {
            files.iter().map(|file| (kind, file.sid.clone())).collect::<Vec<_>>()
        };
        let files = [
            named(Kind::Bucket, &files.bucket),
            named(Kind::Role, &files.role),
            named(Kind::Trust, &files.trust),
        ]
        .concat();
        let known: Vec<_> =
            BUILT_IN.iter().map(|built_in| (built_in.kind, built_in.sid.to_owned())).collect();
        assert_eq!(files, known);
    }

    #[test]
    fn the_readme_speaks_of_every_file_and_placeholder() {
        let texts = crate::policy::fixtures::built_in_texts();
        let readme = &texts["README.md"];
        for name in texts.keys().filter_map(|path| path.strip_suffix(".json")?.rsplit('/').next()) {
            assert!(readme.contains(&format!("`{name}`")), "{name}");
        }
        for name in placeholders::NAMES {
            assert!(readme.contains(&format!("`{{{{{name}}}}}`")), "{name}");
        }
    }

    #[test]
    fn a_file_may_repeat_its_name_as_sid() {
        let text = with("Sid", r#""GatepassMine""#);
        let files = StatementFiles::from_files(&BTreeMap::from([(
            "bucket/GatepassMine.json".to_owned(),
            text,
        )]))
        .unwrap();
        assert_eq!(files.bucket[0].sid, "GatepassMine");
        assert_eq!(files.bucket[0].json.get("Sid"), None);
    }

    #[test]
    fn readmes_and_hidden_files_are_passed_over() {
        let files =
            ["README.md", "bucket/README.md", ".gitignore", "bucket/.DS_Store", ".git/config"];
        let files = files.map(|path| (path.to_owned(), "no statement".to_owned()));
        let files = StatementFiles::from_files(&BTreeMap::from(files)).unwrap();
        assert_eq!(
            files,
            StatementFiles { bucket: Vec::new(), role: Vec::new(), trust: Vec::new() }
        );
    }

    #[test]
    fn files_in_the_wrong_place_or_with_the_wrong_name_are_refused() {
        insta::assert_snapshot!(refused("GatepassMine.json", DENY), @"
        GatepassMine.json: stands in none of the directories of statements
          hint: move it to bucket/, role/ or trust/
        ");
        insta::assert_snapshot!(refused("buckets/GatepassMine.json", DENY), @"
        buckets/GatepassMine.json: stands in none of the directories of statements
          hint: move it to bucket/, role/ or trust/
        ");
        insta::assert_snapshot!(refused("bucket/more/GatepassMine.json", DENY), @"
        bucket/more/GatepassMine.json: is not named like a statement
          hint: name it <Sid>.json, or move it elsewhere
        ");
        insta::assert_snapshot!(refused("bucket/GatepassMine.jsonc", DENY), @"
        bucket/GatepassMine.jsonc: is not named like a statement
          hint: name it <Sid>.json, or move it elsewhere
        ");
        insta::assert_snapshot!(refused("bucket/Mine.json", DENY), @r#"
        bucket/Mine.json: the file's name is the statement's Sid, and "Mine" is none of ours
          hint: begin it with Gatepass, by which gatepass knows its own statements, and use letters and digits only
        "#);
        insta::assert_snapshot!(refused("bucket/Gatepass-mine.json", DENY), @r#"
        bucket/Gatepass-mine.json: the file's name is the statement's Sid, and "Gatepass-mine" is none of ours
          hint: begin it with Gatepass, by which gatepass knows its own statements, and use letters and digits only
        "#);
        insta::assert_snapshot!(refused("bucket/GatepassMine.json", &with("Sid", r#""GatepassOther""#)), @r#"
        bucket/GatepassMine.json: its Sid is "GatepassOther", but the file's name says "GatepassMine"
          hint: leave the Sid out, or write "GatepassMine"
        "#);
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let file = "bucket/GatepassMine.json";
        insta::assert_snapshot!(refused(file, "{"), @"bucket/GatepassMine.json: is not JSON: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(refused(file, &format!("{DENY} {DENY}")), @"bucket/GatepassMine.json: is not JSON: trailing characters at line 1 column 96");
        insta::assert_snapshot!(refused(file, r#"{"Effect": "Deny", "Effect": "Allow"}"#), @r#"bucket/GatepassMine.json: is not JSON: "Effect" stands twice in one object at line 1 column 27"#);
        insta::assert_snapshot!(refused(file, r#"{"Effect": "Deny", "Condition": {"Bool": {"a": "1", "a": "2"}}}"#), @r#"bucket/GatepassMine.json: is not JSON: "a" stands twice in one object at line 1 column 55"#);
        insta::assert_snapshot!(refused(file, "[]"), @r#"
        bucket/GatepassMine.json: is not a JSON object
          hint: write one statement: {"Effect": …}
        "#);
        insta::assert_snapshot!(refused(file, r#"{"Version": "2012-10-17", "Statement": []}"#), @r#"
        bucket/GatepassMine.json: is a whole document
          hint: keep only what stands between the braces inside "Statement": one statement a file
        "#);
        insta::assert_snapshot!(refused(file, &with("Conditions", "{}")), @r#"
        bucket/GatepassMine.json: has the unknown element "Conditions"
          hint: did you mean Condition?
        "#);
        insta::assert_snapshot!(refused(file, &with("Effect", r#""deny""#)), @r#"bucket/GatepassMine.json: its Effect is "deny", which is neither "Allow" nor "Deny""#);
        insta::assert_snapshot!(refused(file, r#"{"Principal": "*"}"#), @"bucket/GatepassMine.json: has no Effect");
        insta::assert_snapshot!(refused(file, &with("NotAction", r#""s3:*""#)), @"bucket/GatepassMine.json: has both Action and NotAction");
        insta::assert_snapshot!(refused(file, &with("Resource", "[]")), @"bucket/GatepassMine.json: its Resource is [], which is neither text nor a list of texts");
        insta::assert_snapshot!(refused(file, r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#), @"bucket/GatepassMine.json: has neither Principal nor NotPrincipal");
        insta::assert_snapshot!(refused(file, &with("Principal", r#""arn:aws:iam::111122223333:root""#)), @r#"bucket/GatepassMine.json: its principal is "arn:aws:iam::111122223333:root", which is neither "*" nor an object such as {"AWS": …}"#);
        insta::assert_snapshot!(refused(file, &with("Principal", r#"{"Aws": "*"}"#)), @r#"bucket/GatepassMine.json: names a principal of the unknown kind "Aws""#);
        insta::assert_snapshot!(refused(file, &with("Condition", r#"{"Bool": "false"}"#)), @r#"bucket/GatepassMine.json: its Condition has a string under "Bool", not an object of condition keys"#);
        insta::assert_snapshot!(refused(file, &with("Condition", r#"{"Bool": {"a:b": []}}"#)), @r#"bucket/GatepassMine.json: its Condition compares "a:b" with [], which is no value and no list of values"#);
        insta::assert_snapshot!(refused("role/GatepassMine.json", DENY), @"role/GatepassMine.json: has a Principal, and a permissions policy is the role's own and names no principal");
        insta::assert_snapshot!(refused("trust/GatepassMine.json", DENY), @"trust/GatepassMine.json: has a Resource, and a trust policy is about the role it belongs to and names no resource");
    }

    #[test]
    fn nothing_is_allowed_to_everybody() {
        for everybody in
            [r#""*""#, r#"{"AWS": "*"}"#, r#"{"AWS": ["arn:aws:iam::111122223333:root", "*"]}"#]
        {
            let text = with("Principal", everybody).replace("Deny", "Allow");
            assert!(
                refused("bucket/GatepassMine.json", &text)
                    .contains("allows something to everybody"),
                "{everybody}"
            );
            let text = format!(
                r#"{{"Effect": "Allow", "Principal": {everybody}, "Action": "sts:AssumeRole"}}"#
            );
            assert!(
                refused("trust/GatepassMine.json", &text)
                    .contains("lets everybody assume the role"),
                "{everybody}"
            );
        }
        let spares = r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}"#;
        insta::assert_snapshot!(refused("bucket/GatepassMine.json", spares), @"
        bucket/GatepassMine.json: allows something to everybody
          hint: name the principals: a bucket policy with such a statement can count as public, and S3 then refuses it
        ");
    }

    #[test]
    fn placeholders_are_checked_in_every_file() {
        let file = "bucket/GatepassMine.json";
        insta::assert_snapshot!(refused(file, &with("Resource", r#""{{bucket_arm}}/*""#)), @r#"
        bucket/GatepassMine.json: has the unknown placeholder {{bucket_arm}} in "{{bucket_arm}}/*"
          hint: did you mean {{bucket_arn}}?
        "#);
        insta::assert_snapshot!(refused(file, &with("Resource", r#""{{ bucket_arn }}/*""#)), @r#"
        bucket/GatepassMine.json: has the unknown placeholder {{ bucket_arn }} in "{{ bucket_arn }}/*"
          hint: did you mean {{bucket_arn}}?
        "#);
        insta::assert_snapshot!(refused(file, &with("Resource", r#""{{thing}}""#)), @r#"
        bucket/GatepassMine.json: has the unknown placeholder {{thing}} in "{{thing}}"
          hint: there are account, bucket, bucket_arn, dns_suffix, encryption, extension_resources, external_id, kms_key_arn, list_action, max_signature_age_ms, partition, prefix, presigner_actions, presigner_resources, principal, region, role_arn, tag_keys
        "#);
        insta::assert_snapshot!(refused(file, &with("Resource", r#""{{bucket_arn/*""#)), @r#"bucket/GatepassMine.json: has a placeholder without its "}}" in "{{bucket_arn/*""#);
        insta::assert_snapshot!(refused(file, &with("Resource", r#"["{{extension_resources}}/x"]"#)), @r#"
        bucket/GatepassMine.json: has {{extension_resources}}, which becomes several values, inside "{{extension_resources}}/x"
          hint: write it as an element of its own: ["{{extension_resources}}"]
        "#);
        insta::assert_snapshot!(refused(file, &with("Condition", r#"{"StringEquals": {"{{prefix}}": "x"}}"#)), @r#"
        bucket/GatepassMine.json: has a placeholder in the key "{{prefix}}"
          hint: placeholders stand in values only
        "#);
    }
}
