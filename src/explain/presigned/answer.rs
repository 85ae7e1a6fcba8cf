//! S3's own refusal, explained.

use serde::Serialize;

use super::canonical_request::CanonicalRequest;
use super::differences::{Difference, between};
use super::{Basis, Finding, Sent, SignedUrl, UrlExplanation, codes};
use crate::explain::decision::{Action, DocumentName, Explanation, Principal};
use bounded_xml as xml;
use iam_policy::Invalid;
use iam_policy::evaluate::{PolicyError, RequestContext};

/// The XML that S3 answers a refused request with.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Answer {
    xml: String,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerExplanation {
    /// S3's error code.
    pub code: String,
    /// S3's message.
    pub message: String,
    /// What the answer means, the most certain first.
    pub findings: Vec<Finding>,
    /// Where the signature does not match: what S3 received against what was signed, in the order of the canonical request.
    pub differences: Vec<Difference>,
    /// Where a policy denies it: what the contract's documents say.
    pub policies: Option<Explanation>,
    /// The URL that was used, explained, where it is given.
    pub url: Option<UrlExplanation>,
}

impl S3Answer {
    /// Takes the body of an answer.
    ///
    /// # Errors
    /// What is no `<Error>` of S3's.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new("is no error of S3's: it has no <Error> with a <Code>")
                .hint("give the body of S3's answer, as curl prints it")
        };
        let start = text.find("<Error>").ok_or_else(wrong)?;
        let answer = Self { xml: text[start..].to_owned() };
        answer.element("Code").ok_or_else(wrong)?;
        Ok(answer)
    }

    fn element(&self, name: &str) -> Option<String> {
        xml::text(&self.xml, name)
    }

    /// The same, where it may be told by its bytes only: `<NameBytes>50 55 54</NameBytes>`.
    fn text_or_bytes(&self, name: &str) -> Option<String> {
        self.element(name).filter(|text| !text.trim().is_empty()).or_else(|| {
            let bytes = self.element(&format!("{name}Bytes"))?;
            let bytes = bytes.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok());
            String::from_utf8(bytes.collect::<Option<_>>()?).ok()
        })
    }
}

impl AnswerExplanation {
    /// Explains an answer to a request with this URL, where it is given.
    ///
    /// # Errors
    /// A document that cannot be evaluated.
    pub fn of(
        answer: &S3Answer,
        url: Option<&SignedUrl>,
        sent: &Sent,
        basis: Basis<'_>,
    ) -> Result<Self, PolicyError> {
        let code = answer.element("Code").unwrap_or_default();
        let message = answer.element("Message").unwrap_or_default();
        let is_signature = code == "SignatureDoesNotMatch";
        // the answer itself tells which headers came
        let of_url = if is_signature { &Sent::default() } else { sent };
        let mut explanation = Self {
            findings: Vec::new(),
            differences: Vec::new(),
            policies: None,
            url: url.map(|url| UrlExplanation::of(url, of_url, basis)).transpose()?,
            code,
            message,
        };
        if is_signature {
            explanation.signature(answer, url, sent, basis);
            return Ok(explanation);
        }
        match codes::find(&explanation.code, &explanation.message) {
            Some(meaning) => {
                let text = match answer.element("HeadersNotSigned") {
                    Some(headers) => format!("{}: {headers}", meaning.text),
                    None => meaning.text.to_owned(),
                };
                explanation.findings.push(Finding::refused("meaning", text, meaning.way_out));
            }
            None if explanation.code == "AccessDenied" => explanation.denied(basis)?,
            None => {
                let text =
                    format!("{} is not a code that says something about uploads", explanation.code);
                let way_out = "AWS lists them: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
                explanation.findings.push(Finding::refused("code_unknown", text, way_out));
            }
        }
        Ok(explanation)
    }

    fn signature(
        &mut self,
        answer: &S3Answer,
        url: Option<&SignedUrl>,
        sent: &Sent,
        basis: Basis<'_>,
    ) {
        let provided = answer.element("SignatureProvided");
        if let (Some(url), Some(provided)) = (url, &provided)
            && url.get("X-Amz-Signature").is_some_and(|signature| signature != *provided)
        {
            let text = "the signature that S3 received is not that of the URL: the URL was changed, or this is the answer to another request";
            self.findings.push(Finding::refused(
                "other_signature",
                text,
                "use the URL exactly as it was given",
            ));
        }
        let Some(received) = answer
            .text_or_bytes("CanonicalRequest")
            .and_then(|text| CanonicalRequest::parse(&text))
        else {
            let text = "what was sent is not what was signed; the answer does not tell what S3 received (it has no CanonicalRequest)";
            self.findings.push(Finding::refused(
                "signature",
                text,
                "send method, path, query and headers exactly as the grant gives them",
            ));
            return;
        };
        self.differences = between(&received, url, sent, basis.contract);
        if !self.differences.is_empty() {
            return;
        }
        let bound: Vec<&str> = received
            .signed_headers
            .iter()
            .map(String::as_str)
            .filter(|name| *name != "host")
            .collect();
        let values: Vec<String> = bound
            .iter()
            .filter_map(|name| Some(format!("{name}: {}", received.header(name)?)))
            .collect();
        let text = match values.as_slice() {
            [] => "what S3 received is what can be seen to be signed".to_owned(),
            values => format!(
                "what S3 received is what can be seen to be signed; what cannot are the values of its headers ({})",
                values.join(", ")
            ),
        };
        let way_out = "compare these values with the grant's (give them with -H); if they are the same, the signer's secret key is not that of its access key id";
        self.findings.push(Finding::refused("signature", text, way_out));
    }

    fn denied(&mut self, basis: Basis<'_>) -> Result<(), PolicyError> {
        let Basis { contract, account, documents, .. } = basis;
        let Some(denial) = Denied::read(&self.message) else {
            // S3's plain words; what the URL tells is all that there is
            let text = match &self.url {
                Some(_) => {
                    "a policy denies the request, and S3 does not say which; this is what the contract's say to the URL"
                }
                None => {
                    "a policy denies the request, or nothing allows it, and S3 does not say which"
                }
            };
            let way_out = "give the URL too, and `gatepass plan` shows whether the documents are those of the contract";
            self.findings.push(Finding::refused("denied", text, way_out));
            self.policies = self.url.as_mut().and_then(|url| url.policies.take());
            return Ok(());
        };
        let principal = Principal::parse(&denial.user, contract, account)
            .unwrap_or_else(|_| Principal::anonymous());
        if let Ok(action) = Action::parse(&denial.action) {
            let seen = self
                .url
                .as_mut()
                .and_then(|url| url.policies.take())
                .filter(|policies| policies.action == action.as_str());
            self.policies = match seen {
                Some(policies) => Some(policies),
                None => Some(Explanation::of(
                    contract,
                    account,
                    documents,
                    &principal,
                    &action,
                    &denial.resource,
                    |usual: RequestContext| usual,
                )?),
            };
        }
        self.findings.push(denial.finding(self.policies.as_ref(), &principal));
        Ok(())
    }
}

/// What AWS says about a denial.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
struct Denied {
    user: String,
    action: String,
    resource: String,
    /// Whether a statement denies it; else nothing allows it.
    explicitly: bool,
    /// `resource-based policy`, `identity-based policy`, `permissions boundary`, …
    policy: &'static str,
}

const POLICIES: [&str; 7] = [
    "resource-based policy",
    "identity-based policy",
    "permissions boundary",
    "session policy",
    "service control policy",
    "resource control policy",
    "VPC endpoint policy",
];

impl Denied {
    fn read(message: &str) -> Option<Self> {
        let between = |start: &str, end: char| {
            let (_, rest) = message.split_once(start)?;
            Some(
                rest.split(end)
                    .next()
                    .unwrap_or(rest)
                    .trim_matches(['"', ' ', ',', '.'])
                    .to_owned(),
            )
        };
        let policy = POLICIES.into_iter().find(|policy| message.contains(policy))?;
        Some(Self {
            user: between("User: ", ' ').unwrap_or_default(),
            action: between("to perform: ", ' ')?,
            resource: between("on resource: ", ' ').unwrap_or_default(),
            explicitly: message.contains("explicit deny"),
            policy,
        })
    }

    fn finding(&self, policies: Option<&Explanation>, principal: &Principal) -> Finding {
        let plan = "`gatepass plan` shows whether what is there is what the contract states";
        let denied_in = |document: DocumentName| {
            policies
                .iter()
                .flat_map(|policies| &policies.denied_by)
                .find(move |denial| denial.document == document)
        };
        let who = if principal.is_presigner() {
            String::new()
        } else {
            format!("; it asked as {principal}, which is not the presigner role")
        };
        match (self.explicitly, self.policy) {
            (true, "resource-based policy") => match denied_in(DocumentName::BucketPolicy) {
                Some(denial) => Finding::refused(
                    "denied_by_bucket_policy",
                    format!("{} of the bucket policy denies it{who}", denial.sid),
                    "ask for a grant and use it as it was given, in time",
                ),
                None => {
                    let suspects: Vec<&str> = policies
                        .iter()
                        .flat_map(|policies| &policies.would_deny)
                        .map(|denial| denial.sid.as_str())
                        .collect();
                    let text = match suspects.as_slice() {
                        [] => format!(
                            "the bucket policy denies it, by no statement of the contract's{who}"
                        ),
                        suspects => format!(
                            "the bucket policy denies it, by one of {}{who}",
                            suspects.join(", ")
                        ),
                    };
                    Finding::refused(
                        "denied_by_bucket_policy",
                        text,
                        format!("give the URL too, which tells the circumstances; {plan}"),
                    )
                }
            },
            (true, "identity-based policy") => Finding::refused(
                "denied_by_identity_policy",
                format!(
                    "a policy attached to the caller denies it; the contract's denies nothing{who}"
                ),
                "look at the policies attached to the role",
            ),
            (false, "identity-based policy") if principal.is_presigner() => {
                match policies.and_then(|policies| policies.allowed_by.as_ref()) {
                    Some(allowing) => Finding::refused(
                        "not_allowed",
                        format!(
                            "nothing attached to the role allows it, and {} of the contract does: the role is not as the contract states",
                            allowing.sid
                        ),
                        plan,
                    ),
                    None => Finding::refused(
                        "not_allowed",
                        "the role's permissions policy allows no such thing, nor should it by the contract",
                        "ask for what the contract grants",
                    ),
                }
            }
            (false, "identity-based policy") => Finding::refused(
                "not_allowed",
                format!("no policy of the caller allows it{who}"),
                "let the endpoint run as the presigner role, or with serve.sign_as_role = true",
            ),
            (false, "resource-based policy") => Finding::refused(
                "not_allowed",
                format!("the bucket policy does not let in somebody of another account{who}"),
                "sign with credentials of the bucket's account",
            ),
            (_, "permissions boundary") => Finding::refused(
                "boundary",
                "the role's permissions boundary does not let it pass",
                "see role.permissions_boundary",
            ),
            (_, "session policy") => Finding::refused(
                "session_policy",
                "the policy that the session was opened with does not let it pass",
                "assume the role without a session policy",
            ),
            (_, other) => Finding::refused(
                "organization",
                format!("a {other} does not let it pass, which is none of the contract's"),
                "ask who keeps the account or its network",
            ),
        }
    }
}
