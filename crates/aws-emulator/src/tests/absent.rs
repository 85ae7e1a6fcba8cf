//! What nobody can have here, asked for: the answers are those of where nobody made it.

use reqwest::Method;

use super::signing::ByHand;
use super::*;

#[tokio::test]
async fn a_user_and_the_account_have_none_of_what_cannot_be_made() {
    let running = Running::start().await;
    let iam = running.iam();
    let name = "administrator";
    assert!(iam.list_mfa_devices().user_name(name).send().await.unwrap().mfa_devices().is_empty());
    assert!(
        iam.list_signing_certificates()
            .user_name(name)
            .send()
            .await
            .unwrap()
            .certificates()
            .is_empty()
    );
    assert!(
        iam.list_ssh_public_keys()
            .user_name(name)
            .send()
            .await
            .unwrap()
            .ssh_public_keys()
            .is_empty()
    );
    assert!(
        iam.list_service_specific_credentials()
            .user_name(name)
            .send()
            .await
            .unwrap()
            .service_specific_credentials()
            .is_empty()
    );
    assert_eq!(
        code(&iam.list_mfa_devices().user_name("nobody").send().await.unwrap_err()),
        "NoSuchEntity"
    );
    assert_eq!(
        code(&iam.get_login_profile().user_name(name).send().await.unwrap_err()),
        "NoSuchEntity"
    );
    assert_eq!(
        code(&iam.delete_login_profile().user_name(name).send().await.unwrap_err()),
        "NoSuchEntity"
    );
    assert!(iam.list_groups().send().await.unwrap().groups().is_empty());
    assert!(iam.list_virtual_mfa_devices().send().await.unwrap().virtual_mfa_devices().is_empty());
    assert!(iam.list_saml_providers().send().await.unwrap().saml_provider_list().is_empty());
    assert!(
        iam.list_server_certificates()
            .send()
            .await
            .unwrap()
            .server_certificate_metadata_list()
            .is_empty()
    );
    assert_eq!(code(&iam.get_account_password_policy().send().await.unwrap_err()), "NoSuchEntity");
    // an ARN that is none is not looked for
    assert_eq!(
        code(
            &iam.get_policy().policy_arn("arn:aws:iam::no-policy-at-all").send().await.unwrap_err()
        ),
        "InvalidInput"
    );
    let decoded = running
        .sts()
        .decode_authorization_message()
        .encoded_message("abc")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (code(&decoded).as_str(), decoded.raw_response().unwrap().status().as_u16()),
        ("InvalidAuthorizationMessageException", 400)
    );
}

#[tokio::test]
async fn a_bucket_has_none_of_the_settings_that_cannot_be_made() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    s3.put_object().bucket("bucket-1").key("k").send().await.unwrap();
    let ask = async |path: &'static str| ByHand::new(Method::GET, path, b"").send(&running).await;
    for (list, one) in [
        ("/bucket-1?analytics=", "/bucket-1?analytics=&id=a"),
        ("/bucket-1?inventory=", "/bucket-1?id=a&inventory="),
        ("/bucket-1?metrics=", "/bucket-1?id=a&metrics="),
        ("/bucket-1?intelligent-tiering=", "/bucket-1?id=a&intelligent-tiering="),
    ] {
        let listed = ask(list).await;
        assert!(
            listed.status == 200 && listed.text.contains("<IsTruncated>false</IsTruncated>"),
            "{}",
            listed.text
        );
        assert_eq!(ask(one).await.told(), "404 NoSuchConfiguration");
    }
    s3.delete_bucket_website().bucket("bucket-1").send().await.unwrap();
    s3.delete_bucket_replication().bucket("bucket-1").send().await.unwrap();
    let put = async |path: &'static str, body: &str| {
        ByHand::new(Method::PUT, path, body.as_bytes()).send(&running).await.told()
    };
    assert_eq!(put("/bucket-1?notification=", "<NotificationConfiguration/>").await, "200");
    let topic = "<TopicConfiguration><Topic>arn:aws:sns:eu-central-1:111122223333:t</Topic><Event>s3:ObjectCreated:*</Event></TopicConfiguration>";
    assert_eq!(
        put(
            "/bucket-1?notification=",
            &format!("<NotificationConfiguration>{topic}</NotificationConfiguration>")
        )
        .await,
        "501 NotImplemented"
    );
    assert_eq!(put("/bucket-1?logging=", "<BucketLoggingStatus/>").await, "200");
    let payer = |who: &str| {
        format!("<RequestPaymentConfiguration><Payer>{who}</Payer></RequestPaymentConfiguration>")
    };
    assert_eq!(put("/bucket-1?requestPayment=", &payer("BucketOwner")).await, "200");
    assert_eq!(put("/bucket-1?requestPayment=", &payer("Requester")).await, "501 NotImplemented");
    assert_eq!(ask("/bucket-1/k?retention=").await.told(), "400 InvalidRequest");
    assert_eq!(ask("/bucket-1/k?legal-hold=").await.told(), "400 InvalidRequest");
    let may =
        r#"{"Statement":{"Effect":"Allow","Action":"s3:GetMetricsConfiguration","Resource":"*"}}"#;
    let metrics = s3_client(&running.config(session_of(&running, "metrics", may, None).await));
    metrics.list_bucket_metrics_configurations().bucket("bucket-1").send().await.unwrap();
    let inventory =
        metrics.list_bucket_inventory_configurations().bucket("bucket-1").send().await.unwrap_err();
    assert_eq!(code(&inventory), "AccessDenied");
}

#[tokio::test]
async fn what_would_lock_an_object_is_refused() {
    use aws_sdk_s3::types::*;
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = || s3.put_object().bucket("bucket-1").key("k");
    let until = aws_sdk_s3::primitives::DateTime::from_secs(4_000_000_000);
    let locked = put()
        .object_lock_mode(ObjectLockMode::Governance)
        .object_lock_retain_until_date(until)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&locked), "InvalidRequest");
    assert_eq!(
        code(
            &put()
                .object_lock_legal_hold_status(ObjectLockLegalHoldStatus::On)
                .send()
                .await
                .unwrap_err()
        ),
        "InvalidRequest"
    );
    put().send().await.unwrap();
    let hold = ObjectLockLegalHold::builder().status(ObjectLockLegalHoldStatus::On).build();
    let hold = s3
        .put_object_legal_hold()
        .bucket("bucket-1")
        .key("k")
        .legal_hold(hold)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&hold), "InvalidRequest");
    let constraint = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .build();
    let bucket = s3
        .create_bucket()
        .bucket("bucket-2")
        .create_bucket_configuration(constraint)
        .object_lock_enabled_for_bucket(true);
    assert_eq!(code(&bucket.send().await.unwrap_err()), "NotImplemented");
}

#[tokio::test]
async fn names_that_s3_keeps_for_itself_are_no_buckets() {
    let running = Running::start().await;
    for name in [
        "sthree-a",
        "amzn-s3-demo-a",
        "a-s3alias",
        "a--ol-s3",
        "a--table-s3",
        "a.mrap",
        "999.1.1.1",
    ] {
        assert_eq!(
            create_bucket(&running.s3(), name).await.unwrap_err(),
            "InvalidBucketName",
            "{name}"
        );
    }
}
