//! Block public access, ownership and ACLs.

use aws_sdk_s3::types::*;
use reqwest::StatusCode;

use super::*;

/// A bucket whose public access block is only this.
async fn with_block(running: &Running, block: PublicAccessBlockConfiguration) {
    running
        .s3()
        .put_public_access_block()
        .bucket("bucket-1")
        .public_access_block_configuration(block)
        .send()
        .await
        .unwrap();
}

fn block() -> aws_sdk_s3::types::builders::PublicAccessBlockConfigurationBuilder {
    PublicAccessBlockConfiguration::builder()
}

const PUBLIC: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-1/*"}]}"#;

async fn put_policy(running: &Running, policy: &str) -> Result<(), String> {
    running
        .s3()
        .put_bucket_policy()
        .bucket("bucket-1")
        .policy(policy)
        .send()
        .await
        .map(|_| ())
        .map_err(|error| code(&error))
}

#[tokio::test]
async fn a_public_policy_is_blocked_and_a_limited_one_is_not() {
    let running = Running::with_bucket("bucket-1").await;
    let refused = running
        .s3()
        .put_bucket_policy()
        .bucket("bucket-1")
        .policy(PUBLIC)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&refused), "AccessDenied");
    assert!(refused.message().unwrap().contains(
        "because public policies are blocked by the BlockPublicPolicy block public access setting."
    ));
    let limited = |condition: &str| {
        PUBLIC.replace("\"Resource\"", &format!("\"Condition\":{condition},\"Resource\""))
    };
    put_policy(&running, &limited(r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#))
        .await
        .unwrap();
    put_policy(&running, &limited(r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#))
        .await
        .unwrap();
    assert_eq!(
        put_policy(&running, &limited(r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#))
            .await
            .unwrap_err(),
        "AccessDenied"
    );
    assert_eq!(
        put_policy(&running, &limited(r#"{"StringLike":{"aws:Referer":"https://app.test/*"}}"#))
            .await
            .unwrap_err(),
        "AccessDenied"
    );
    // what stands already is what counts for the status
    let status = running.s3().get_bucket_policy_status().bucket("bucket-1").send().await.unwrap();
    assert_eq!(status.policy_status().unwrap().is_public(), Some(false));
}

#[tokio::test]
async fn a_network_of_ones_own_gets_in_by_its_address() {
    let running = Running::with_bucket("bucket-1").await;
    running.s3().put_object().bucket("bucket-1").key("a").send().await.unwrap();
    let url = format!("{}/bucket-1/a", running.url());
    let by_address = |network: &str| {
        PUBLIC.replace(
            "\"Resource\"",
            &format!(
                "\"Condition\":{{\"IpAddress\":{{\"aws:SourceIp\":\"{network}\"}}}},\"Resource\""
            ),
        )
    };
    put_policy(&running, &by_address("203.0.113.0/24")).await.unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().status(), StatusCode::FORBIDDEN);
    put_policy(&running, &by_address("127.0.0.0/8")).await.unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().status(), StatusCode::OK);
    assert_eq!(
        reqwest::get(format!("{url}?response-content-type=text/html")).await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_bucket_whose_owner_owns_all_takes_no_acls() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = |acl: ObjectCannedAcl| s3.put_object().bucket("bucket-1").key("a").acl(acl).send();
    put(ObjectCannedAcl::BucketOwnerFullControl).await.unwrap();
    for acl in
        [ObjectCannedAcl::PublicRead, ObjectCannedAcl::Private, ObjectCannedAcl::AuthenticatedRead]
    {
        assert_eq!(code(&put(acl).await.unwrap_err()), "AccessControlListNotSupported");
    }
    let granted = s3.put_object().bucket("bucket-1").key("a").grant_read("id=abc").send();
    assert_eq!(code(&granted.await.unwrap_err()), "AccessControlListNotSupported");
    let object_acl =
        s3.put_object_acl().bucket("bucket-1").key("a").acl(ObjectCannedAcl::PublicRead).send();
    assert_eq!(code(&object_acl.await.unwrap_err()), "AccessControlListNotSupported");
    let bucket_acl = s3.put_bucket_acl().bucket("bucket-1").acl(BucketCannedAcl::Private).send();
    assert_eq!(code(&bucket_acl.await.unwrap_err()), "AccessControlListNotSupported");
    let upload = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("a")
        .acl(ObjectCannedAcl::PublicRead)
        .send();
    assert_eq!(code(&upload.await.unwrap_err()), "AccessControlListNotSupported");
    let acl = s3.get_bucket_acl().bucket("bucket-1").send().await.unwrap();
    assert_eq!(acl.grants()[0].permission(), Some(&Permission::FullControl));
    assert_eq!(
        s3.get_object_acl().bucket("bucket-1").key("a").send().await.unwrap().owner(),
        acl.owner()
    );
}

#[tokio::test]
async fn acls_that_let_everybody_in_are_blocked() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let rule = OwnershipControlsRule::builder()
        .object_ownership(ObjectOwnership::ObjectWriter)
        .build()
        .unwrap();
    let controls = OwnershipControls::builder().rules(rule).build().unwrap();
    s3.put_bucket_ownership_controls()
        .bucket("bucket-1")
        .ownership_controls(controls)
        .send()
        .await
        .unwrap();
    let put = |acl: ObjectCannedAcl| s3.put_object().bucket("bucket-1").key("a").acl(acl).send();
    put(ObjectCannedAcl::Private).await.unwrap();
    assert_eq!(code(&put(ObjectCannedAcl::PublicRead).await.unwrap_err()), "AccessDenied");
    let everybody = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"";
    assert_eq!(
        code(
            &s3.put_object_acl()
                .bucket("bucket-1")
                .key("a")
                .grant_read(everybody)
                .send()
                .await
                .unwrap_err()
        ),
        "AccessDenied"
    );
    with_block(&running, block().block_public_acls(false).build()).await;
    // grants are not kept, and nobody is left to believe that they were
    assert_eq!(code(&put(ObjectCannedAcl::PublicRead).await.unwrap_err()), "NotImplemented");
}

#[tokio::test]
async fn a_bucket_cannot_be_made_with_an_acl() {
    let running = Running::start().await;
    let constraint = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .build();
    let create = running
        .s3()
        .create_bucket()
        .bucket("bucket-1")
        .create_bucket_configuration(constraint)
        .acl(BucketCannedAcl::PublicRead);
    assert_eq!(code(&create.send().await.unwrap_err()), "InvalidBucketAclWithObjectOwnership");
}
