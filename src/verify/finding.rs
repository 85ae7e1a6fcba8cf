//! What one attack came to, before the backend itself is doubted.

use super::http::{Answer, NoAnswer};

/// What one attack came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// Refused as it must be.
    Held(String),
    /// It went through, or what must work does not.
    NotHeld(String),
    /// Refused, but not for the guardrail's reason.
    RefusedOtherwise {
        /// The refusal.
        told: String,
        /// What the guardrail gives.
        expected: String,
    },
    /// It says nothing about the guardrail.
    NotTested(String),
}

/// The refusals that show that a guardrail holds: status and error code.
pub(super) type Refusals = &'static [(u16, &'static str)];

/// An upload in parts that does not exist, in the form that S3 gives.
pub(super) const NO_UPLOAD: &str = "VXBsb2FkIG9mIGdhdGVwYXNzIHZlcmlmeSB0aGF0IG5ldmVyIHdhcw--";

/// The same for an attack on [`NO_UPLOAD`]: that there is no such upload is said only to those who may give it up.
pub(super) fn passed(answer: Result<Answer, NoAnswer>, refusals: Refusals) -> Finding {
    match answer {
        Ok(answer) if answer.code().as_deref() == Some("NoSuchUpload") => {
            Finding::NotHeld(format!("let through, to {}", answer.told()))
        }
        answer => judge(answer, refusals),
    }
}

/// What an answer says about a guardrail that must refuse in one of these ways.
pub(super) fn judge(answer: Result<Answer, NoAnswer>, refusals: Refusals) -> Finding {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer { cause, .. }) => return Finding::NotTested(format!("no answer: {cause}")),
    };
    let (told, code) = (answer.told(), answer.code());
    if answer.is_success() {
        return Finding::NotHeld(format!("accepted with {told}"));
    }
    if refusals
        .iter()
        .any(|(status, expected)| answer.status == *status && code.as_deref() == Some(expected))
    {
        return Finding::Held(told);
    }
    match answer.status {
        501 => Finding::NotTested(format!("this backend does not know such a request ({told})")),
        300..400 | 429 | 500.. => {
            Finding::NotTested(format!("the answer {told} says nothing about it"))
        }
        _ => Finding::RefusedOtherwise { told, expected: expected(refusals) },
    }
}

fn expected(refusals: Refusals) -> String {
    let told: Vec<String> =
        refusals.iter().map(|(status, code)| format!("{status} {code}")).collect();
    told.join(" or ")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    const DENIED: Refusals = &[(403, "AccessDenied"), (412, "PreconditionFailed")];

    fn judged(status: u16, code: Option<&str>) -> String {
        let body = code.map_or_else(Bytes::new, |code| {
            Bytes::from(format!("<Error><Code>{code}</Code></Error>"))
        });
        format!("{:?}", judge(Ok(Answer { status, headers: HeaderMap::new(), body }), DENIED))
    }

    #[test]
    fn only_the_refusal_that_the_guardrail_gives_holds() {
        let answers = [
            (200, None),
            (204, None),
            (403, Some("AccessDenied")),
            (412, Some("PreconditionFailed")),
            (403, None),
            (403, Some("InvalidAccessKeyId")),
            (412, Some("AccessDenied")),
            (400, Some("InvalidRequest")),
            (400, None),
            (307, Some("TemporaryRedirect")),
            (429, None),
            (501, Some("NotImplemented")),
            (503, Some("SlowDown")),
        ];
        let told: Vec<String> =
            answers.iter().map(|(status, code)| judged(*status, *code)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        NotHeld("accepted with 200")
        NotHeld("accepted with 204")
        Held("403 AccessDenied")
        Held("412 PreconditionFailed")
        RefusedOtherwise { told: "403", expected: "403 AccessDenied or 412 PreconditionFailed" }
        RefusedOtherwise { told: "403 InvalidAccessKeyId", expected: "403 AccessDenied or 412 PreconditionFailed" }
        RefusedOtherwise { told: "412 AccessDenied", expected: "403 AccessDenied or 412 PreconditionFailed" }
        RefusedOtherwise { told: "400 InvalidRequest", expected: "403 AccessDenied or 412 PreconditionFailed" }
        RefusedOtherwise { told: "400", expected: "403 AccessDenied or 412 PreconditionFailed" }
        NotTested("the answer 307 TemporaryRedirect says nothing about it")
        NotTested("the answer 429 says nothing about it")
        NotTested("this backend does not know such a request (501 NotImplemented)")
        NotTested("the answer 503 SlowDown says nothing about it")
        "#);
    }

    #[test]
    fn no_answer_says_nothing() {
        let none = NoAnswer { is_timeout: false, cause: "connection refused".to_owned() };
        assert_eq!(
            judge(Err(none), DENIED),
            Finding::NotTested("no answer: connection refused".to_owned())
        );
    }
}
