//! Assertions of SAML providers, of which none is known.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/ci";
const PROVIDER: &str = "arn:aws:iam::111122223333:saml-provider/acme";

#[tokio::test]
async fn an_assertion_is_read_and_its_provider_is_not_there() {
    let running = Running::start().await;
    let sts = running.sts();
    let told = async |role: &str, provider: &str, assertion: &str| {
        let assume = sts
            .assume_role_with_saml()
            .role_arn(role)
            .principal_arn(provider)
            .saml_assertion(assertion)
            .send()
            .await;
        let refused = assume.unwrap_err();
        let status = refused.raw_response().unwrap().status().as_u16();
        format!("{status} {}: {}", code(&refused), refused.message().unwrap_or_default())
    };
    let response = STANDARD.encode(
        r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"></samlp:Response>"#,
    );
    let table = [
        ("no role", told("nonsense", PROVIDER, &response).await),
        ("no ARN", told("this-is-no-arn-at-all", PROVIDER, &response).await),
        ("the other way round", told(PROVIDER, ROLE, &response).await),
        ("no assertion", told(ROLE, PROVIDER, "abc").await),
        ("no base64", told(ROLE, PROVIDER, "nonsense!").await),
        ("no response", told(ROLE, PROVIDER, &STANDARD.encode("<Request/>")).await),
        ("all is well", told(ROLE, PROVIDER, &response).await),
    ];
    insta::assert_snapshot!(table.map(|(case, told)| format!("{case}: {told}")).join("\n"), @"
    no role: 400 ValidationError: 1 validation error detected: Value 'nonsense' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20
    no ARN: 400 ValidationError: this-is-no-arn-at-all is invalid
    the other way round: 400 ValidationError: Request ARN is invalid
    no assertion: 400 ValidationError: 1 validation error detected: Value 'abc' at 'sAMLAssertion' failed to satisfy constraint: Member must have length greater than or equal to 4
    no base64: 400 InvalidIdentityToken: Invalid base64 SAMLResponse
    no response: 400 InvalidIdentityToken: Invalid base64 SAMLResponse
    all is well: 400 InvalidIdentityToken: Specified provider doesn't exist
    ");
    let anonymous = reqwest::Client::new()
        .post(running.url())
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = anonymous
        .body(format!("Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn={ROLE}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("Value null at &apos;principalArn&apos;"));
}
