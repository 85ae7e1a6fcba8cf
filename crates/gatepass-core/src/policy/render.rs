//! From the contract to its documents.

use std::fmt;

use serde_json::{Map, Value, json};

use super::built_in::{self, BUILT_IN};
use super::grammar::Kind;
use super::placeholders::Values;
use super::{
    CorsRule, Note, StatementFile, StatementFiles, cors_rule, evaluable, limits, lockout, note,
};
use crate::contract::{Contract, Trust};
use iam_policy::AccountId;
use iam_policy::{Document, Statement};

/// The documents that a contract stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documents {
    /// Our statements of the bucket policy.
    pub bucket_policy: Document,
    /// The presigner role's one inline policy.
    pub permissions_policy: Document,
    /// Who may assume the presigner role.
    pub trust_policy: Document,
    /// Our CORS rule; none where the contract allows no origin.
    pub cors: Option<CorsRule>,
    /// What the reader of a plan should know: guardrails that this contract or this endpoint leaves out.
    pub notes: Vec<Note>,
}

/// Why a contract and a set of statement files give no documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// What is wrong, with the statement's file where it is one's fault.
    pub problem: String,
    /// The way out.
    pub hint: Option<String>,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RenderError {}

impl Documents {
    /// Renders every document.
    ///
    /// # Errors
    /// A placeholder without a value, a value that IAM would take for a wildcard or a variable, a document without
    /// statements or above AWS's size limit, a condition that AWS does not know, a bucket policy that nobody could change
    /// any more.
    pub fn render(
        contract: &Contract,
        account: &AccountId,
        files: &StatementFiles,
    ) -> Result<Self, RenderError> {
        let values = Values::of(contract, account);
        let bucket_policy =
            document(Kind::Bucket, statements(Kind::Bucket, &files.bucket, contract, &values)?)?;
        let permissions_policy =
            document(Kind::Role, statements(Kind::Role, &files.role, contract, &values)?)?;
        let trust_policy =
            document(Kind::Trust, trust_statements(&files.trust, contract, account, &values)?)?;
        for (kind, document) in [
            (Kind::Bucket, &bucket_policy),
            (Kind::Role, &permissions_policy),
            (Kind::Trust, &trust_policy),
        ] {
            evaluable::check(kind, document)?;
        }
        limits::check_bucket_policy_size(&bucket_policy)?;
        limits::check_permissions_policy_size(&permissions_policy)?;
        limits::check_trust_policy_size(&trust_policy)?;
        let bucket = &contract.bucket;
        lockout::check(
            &bucket_policy,
            &format!("arn:{}:s3:::{}", bucket.region.partition(), bucket.name),
            account,
        )?;
        Ok(Self {
            bucket_policy,
            permissions_policy,
            trust_policy,
            cors: cors_rule(contract),
            notes: note::notes(contract, files),
        })
    }

    /// `{"bucket_policy":…, "permissions_policy":…, "trust_policy":…, "cors":…}`, stable to the byte.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "bucket_policy": self.bucket_policy.to_json(),
            "permissions_policy": self.permissions_policy.to_json(),
            "trust_policy": self.trust_policy.to_json(),
            "cors": { "CORSRules": self.cors.iter().collect::<Vec<_>>() },
        })
    }
}

/// The statements that the contract wants, and those that only a directory of one's own has.
fn statements(
    kind: Kind,
    files: &[StatementFile],
    contract: &Contract,
    values: &Values,
) -> Result<Vec<Statement>, RenderError> {
    files
        .iter()
        .filter(|file| {
            built_in::find(kind, &file.sid).is_none_or(|built_in| (built_in.wanted)(contract))
        })
        .map(|file| statement(kind, file, &file.sid, values))
        .collect()
}

/// The same for the trust policy, where a built-in statement stands once for each `[[role.trust]]` that it is about.
fn trust_statements(
    files: &[StatementFile],
    contract: &Contract,
    account: &AccountId,
    values: &Values,
) -> Result<Vec<Statement>, RenderError> {
    let mut statements = Vec::new();
    for file in files {
        if built_in::find(Kind::Trust, &file.sid).is_none() {
            statements.push(statement(Kind::Trust, file, &file.sid, values)?);
            continue;
        }
        let mut seen: Vec<&Trust> = Vec::new();
        for trust in
            contract.role.trust.iter().filter(|trust| built_in::trust_sid(trust) == file.sid)
        {
            if seen.contains(&trust) {
                continue;
            }
            seen.push(trust);
            let sid = if seen.len() == 1 {
                file.sid.clone()
            } else {
                format!("{}{}", file.sid, seen.len())
            };
            let values = trusted_values(trust, contract, account, values);
            statements.push(statement(Kind::Trust, file, &sid, &values)?);
        }
    }
    Ok(statements)
}

fn trusted_values(
    trust: &Trust,
    contract: &Contract,
    account: &AccountId,
    values: &Values,
) -> Values {
    match trust {
        Trust::EcsTasks | Trust::Ec2 | Trust::Lambda => values.clone(),
        Trust::SameAccount { external_id } => {
            let root = format!("arn:{}:iam::{account}:root", contract.bucket.region.partition());
            values.for_principal(root, external_id.as_deref())
        }
        Trust::Principal { principal, external_id } => {
            values.for_principal(principal.to_string(), external_id.as_deref())
        }
    }
}

fn statement(
    kind: Kind,
    file: &StatementFile,
    sid: &str,
    values: &Values,
) -> Result<Statement, RenderError> {
    let in_file = |problem: String| format!("{}/{}.json: {problem}", kind.directory(), file.sid);
    let filled = values
        .fill(&file.json)
        .map_err(|(problem, hint)| RenderError { problem: in_file(problem), hint })?;
    let mut json = Map::from_iter([("Sid".to_owned(), Value::from(sid))]);
    json.extend(filled);
    Statement::from_json(Value::Object(json))
        .map_err(|error| RenderError { problem: in_file(error.to_string()), hint: None })
}

fn document(kind: Kind, statements: Vec<Statement>) -> Result<Document, RenderError> {
    let directory = kind.directory();
    if statements.is_empty() {
        let names: Vec<&str> = BUILT_IN
            .iter()
            .filter(|built_in| built_in.kind == kind)
            .map(|built_in| built_in.sid)
            .collect();
        return Err(RenderError {
            problem: format!(
                "{directory}/ has no statement for this contract, and AWS takes no document without one"
            ),
            hint: Some(format!(
                "put one of the built-in statements there ({}), or one of your own",
                names.join(", ")
            )),
        });
    }
    let mut sids: Vec<Option<&str>> = statements.iter().map(Statement::sid).collect();
    sids.sort_unstable();
    match sids.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(Document::new(statements)),
        Some(pair) => Err(RenderError {
            problem: format!("{directory}/ gives two statements the Sid {}", pair[0].unwrap_or_default()),
            hint: Some("name the file otherwise: further statements of one kind of trust are numbered from 2".to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests;
