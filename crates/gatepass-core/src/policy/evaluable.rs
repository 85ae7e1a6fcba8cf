//! Documents whose conditions AWS would not understand.

use super::RenderError;
use super::grammar::Kind;
use iam_policy::Document;
use iam_policy::evaluate::{Policy, PolicyError};

/// Refuses a rendered document that the evaluator cannot make sense of: a condition operator that AWS does not know, or a
/// value that its operator cannot compare.
pub(super) fn check(kind: Kind, document: &Document) -> Result<(), RenderError> {
    match Policy::parse(&document.to_json()) {
        Ok(_) => Ok(()),
        Err(PolicyError { statement, problem }) => Err(RenderError {
            problem: format!("{}/{statement}.json: {problem}", kind.directory()),
            hint: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::fixtures::{PLAIN, own_files, refused};

    #[test]
    fn a_condition_that_aws_does_not_know_is_refused() {
        let with = |condition: &str| {
            let statement = format!(
                r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "{{{{bucket_arn}}}}/*", "Condition": {condition}}}"#
            );
            refused(&PLAIN.contract(), &own_files(&[("bucket/GatepassMine.json", &statement)]))
        };
        insta::assert_snapshot!(with(r#"{"StringEqual": {"s3:authType": "POST"}}"#), @"bucket/GatepassMine.json: `StringEqual` is not a condition operator");
        insta::assert_snapshot!(with(r#"{"NumericGreaterThan": {"s3:signatureAge": "15m"}}"#), @"bucket/GatepassMine.json: `15m` is not a number, which NumericGreaterThan compares");
        insta::assert_snapshot!(with(r#"{"Bool": {"aws:SecureTransport": "no"}}"#), @"bucket/GatepassMine.json: `no` is not `true` or `false`, which Bool compares");
    }
}
