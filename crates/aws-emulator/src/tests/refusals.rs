//! What S3 refuses to keep, and how it says so.

use aws_sdk_s3::types::*;

use super::signing::{Answer, ByHand};
use super::*;

#[tokio::test]
async fn bucket_policies_that_s3_does_not_take() {
    let running = Running::with_bucket("bucket-1").await;
    let statement = |changes: &[(&str, serde_json::Value)]| {
        let mut statement = serde_json::json!({
            "Sid": "A", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::bucket-1", "arn:aws:s3:::bucket-1/*"],
        });
        for (name, value) in changes {
            match value {
                serde_json::Value::Null => {
                    statement.as_object_mut().unwrap().remove(*name).map(|_| ()).unwrap()
                }
                value => statement[*name] = value.clone(),
            }
        }
        statement
    };
    let put = async |policy: String| {
        let put = running.s3().put_bucket_policy().bucket("bucket-1").policy(policy).send().await;
        put.map(|_| "taken".to_owned()).unwrap_or_else(|error| {
            format!("{}: {}", code(&error), error.message().unwrap_or_default())
        })
    };
    let of = |statement: serde_json::Value| {
        serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let json = serde_json::Value::from;
    let mut told = Vec::new();
    for (name, changes) in [
        ("nothing wrong", vec![]),
        ("no such action", vec![("Action", json("s3:Nope"))]),
        ("another service's", vec![("Action", json("ec2:RunInstances"))]),
        (
            "action without a resource",
            vec![("Action", json("s3:ListBucket")), ("Resource", json("arn:aws:s3:::bucket-1/*"))],
        ),
        ("another bucket", vec![("Resource", json("arn:aws:s3:::bucket-2/*"))]),
        ("no principal", vec![("Principal", serde_json::Value::Null)]),
        ("a name for a principal", vec![("Principal", serde_json::json!({"AWS": "somebody"}))]),
        (
            "a user that is not there",
            vec![("Principal", serde_json::json!({"AWS": "arn:aws:iam::111122223333:user/none"}))],
        ),
        (
            "a role that is not there",
            vec![("Principal", serde_json::json!({"AWS": "arn:aws:iam::111122223333:role/none"}))],
        ),
        (
            "a wildcard in a principal",
            vec![("Principal", serde_json::json!({"AWS": "arn:aws:iam::111122223333:role/*"}))],
        ),
        ("an account", vec![("Principal", serde_json::json!({"AWS": "999999999999"}))]),
        (
            "no such operator",
            vec![("Condition", serde_json::json!({"StringEqual": {"aws:PrincipalType": "User"}}))],
        ),
        (
            "no such key",
            vec![("Condition", serde_json::json!({"StringEquals": {"s3:signatureColour": "red"}}))],
        ),
        (
            "no number",
            vec![(
                "Condition",
                serde_json::json!({"NumericGreaterThan": {"s3:signatureAge": "old"}}),
            )],
        ),
        ("effect", vec![("Effect", json("deny"))]),
        ("unknown element", vec![("Comment", json("hello"))]),
    ] {
        told.push(format!("{name} → {}", put(of(statement(&changes))).await));
    }
    told.push(format!("no JSON → {}", put("{".to_owned()).await));
    told.push(format!("an empty object → {}", put("{}".to_owned()).await));
    told.push(format!(
        "no statement → {}",
        put(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()).await
    ));
    let long: Vec<_> = (0..100)
        .map(|n| {
            statement(&[
                ("Sid", format!("S{n}").into()),
                ("Resource", format!("arn:aws:s3:::bucket-1/{}", "x".repeat(200)).into()),
            ])
        })
        .collect();
    told.push(format!("long → {}", put(serde_json::json!({"Statement": long}).to_string()).await));
    insta::assert_snapshot!(told.join("\n"), @r"
    nothing wrong → taken
    no such action → MalformedPolicy: Policy has invalid action
    another service's → MalformedPolicy: Policy has invalid action
    action without a resource → MalformedPolicy: Action does not apply to any resource(s) in statement
    another bucket → MalformedPolicy: Policy has invalid resource
    no principal → MalformedPolicy: Missing required field Principal
    a name for a principal → MalformedPolicy: Invalid principal in policy
    a user that is not there → MalformedPolicy: Invalid principal in policy
    a role that is not there → MalformedPolicy: Invalid principal in policy
    a wildcard in a principal → MalformedPolicy: Invalid principal in policy
    an account → taken
    no such operator → MalformedPolicy: Syntax errors in policy.
    no such key → MalformedPolicy: Policy has an invalid condition key - s3:signatureColour
    no number → MalformedPolicy: Syntax errors in policy.
    effect → MalformedPolicy: Invalid effect
    unknown element → MalformedPolicy: Unknown field in a statement
    no JSON → MalformedPolicy: Policies must be valid JSON and the first byte must be '{'
    an empty object → MalformedPolicy: Missing required field Statement
    no statement → MalformedPolicy: Could not parse the policy: Statement is empty!
    long → MalformedPolicy: Normalized policy document exceeds the maximum allowed size of 20480 bytes.
    ");
}

#[tokio::test]
async fn lifecycle_rules_that_s3_does_not_take() {
    let running = Running::with_bucket("bucket-1").await;
    let put = async |rules: &str| {
        let body = format!(
            r#"<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{rules}</LifecycleConfiguration>"#
        );
        ByHand::new(reqwest::Method::PUT, "/bucket-1?lifecycle=", body.as_bytes())
            .send(&running)
            .await
            .told()
    };
    let rule = |content: &str| {
        format!("<Rule><Filter><Prefix>a</Prefix></Filter><Status>Enabled</Status>{content}</Rule>")
    };
    let days = |days: i32| format!("<Expiration><Days>{days}</Days></Expiration>");
    let to = |class: &str, days: i32| {
        format!("<Transition><Days>{days}</Days><StorageClass>{class}</StorageClass></Transition>")
    };
    assert_eq!(put(&rule(&days(1))).await, "200");
    assert_eq!(put(&rule(&(to("STANDARD_IA", 30) + &days(31)))).await, "200");
    assert_eq!(put(&rule(&days(0))).await, "400 InvalidArgument");
    assert_eq!(put(&rule("")).await, "400 InvalidRequest");
    assert_eq!(put("").await, "400 MalformedXML");
    assert_eq!(
        put("<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>").await,
        "400 MalformedXML"
    );
    assert_eq!(put(&rule(&days(1)).replace("Enabled", "On")).await, "400 MalformedXML");
    assert_eq!(put(&rule(&to("STANDARD_IA", 29))).await, "400 InvalidArgument");
    assert_eq!(put(&rule(&to("FREEZER", 40))).await, "400 MalformedXML");
    assert_eq!(put(&rule(&(to("GLACIER", 40) + &days(40)))).await, "400 InvalidArgument");
    assert_eq!(
        put(&rule("<Expiration><Date>2030-01-01T05:00:00Z</Date></Expiration>")).await,
        "400 InvalidArgument"
    );
    assert_eq!(
        put(&rule("<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>"))
            .await,
        "400 MalformedXML"
    );
    let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    let tagged =
        rule(abort).replace("<Prefix>a</Prefix>", "<Tag><Key>a</Key><Value>b</Value></Tag>");
    assert_eq!(put(&tagged).await, "400 InvalidRequest");
    let named = rule(&days(1)).replace("<Rule>", "<Rule><ID>same</ID>");
    assert_eq!(put(&named.repeat(2)).await, "400 InvalidArgument");
    assert_eq!(put(&named.replace("same", &"x".repeat(256))).await, "400 InvalidArgument");
}

#[tokio::test]
async fn other_settings_that_s3_does_not_take() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let bucket_tags = |tags: Vec<Tag>| {
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().unwrap();
        s3.put_bucket_tagging().bucket("bucket-1").tagging(tagging).send()
    };
    assert_eq!(
        code(&bucket_tags(vec![tag("a", "1"), tag("a", "2")]).await.unwrap_err()),
        "InvalidTag"
    );
    assert_eq!(code(&bucket_tags(vec![tag("aws:a", "1")]).await.unwrap_err()), "InvalidTag");
    assert_eq!(
        code(&bucket_tags(vec![tag(&"x".repeat(129), "1")]).await.unwrap_err()),
        "InvalidTag"
    );
    s3.put_object().bucket("bucket-1").key("k").send().await.unwrap();
    let many: Vec<Tag> = (0..11).map(|n| tag(&n.to_string(), "")).collect();
    let tagging = Tagging::builder().set_tag_set(Some(many)).build().unwrap();
    assert_eq!(
        code(
            &s3.put_object_tagging()
                .bucket("bucket-1")
                .key("k")
                .tagging(tagging)
                .send()
                .await
                .unwrap_err()
        ),
        "BadRequest"
    );
    let status =
        VersioningConfiguration::builder().status(BucketVersioningStatus::from("On")).build();
    let versioning =
        s3.put_bucket_versioning().bucket("bucket-1").versioning_configuration(status).send();
    assert_eq!(code(&versioning.await.unwrap_err()), "MalformedXML");
    let versioning = s3
        .put_bucket_versioning()
        .bucket("bucket-1")
        .versioning_configuration(VersioningConfiguration::builder().build());
    assert_eq!(
        code(&versioning.send().await.unwrap_err()),
        "IllegalVersioningConfigurationException"
    );
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::Aes256)
        .kms_master_key_id("k");
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default.build().unwrap())
        .build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let put = s3
        .put_bucket_encryption()
        .bucket("bucket-1")
        .server_side_encryption_configuration(encryption)
        .send();
    assert_eq!(code(&put.await.unwrap_err()), "InvalidArgument");
    let owner = s3
        .get_object()
        .bucket("bucket-1")
        .key("k")
        .expected_bucket_owner("999999999999")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&owner), "AccessDenied");
    let put =
        s3.put_object().bucket("bucket-1").key("k").expected_bucket_owner("999999999999").send();
    assert_eq!(code(&put.await.unwrap_err()), "AccessDenied");
    let customer_key = s3.put_object().bucket("bucket-1").key("k").sse_customer_algorithm("AES256");
    assert_eq!(code(&customer_key.send().await.unwrap_err()), "InvalidRequest");
    assert_eq!(
        code(&s3.put_object().bucket("bucket-1").key("k".repeat(1025)).send().await.unwrap_err()),
        "KeyTooLongError"
    );
    let with_metadata = |bytes: usize| {
        s3.put_object()
            .bucket("bucket-1")
            .key("m")
            .metadata("name", "v".repeat(bytes - "name".len()))
            .send()
    };
    assert_eq!(code(&with_metadata(2049).await.unwrap_err()), "MetadataTooLarge");
    assert!(with_metadata(2048).await.is_ok());
    assert_eq!(
        code(&s3.get_bucket_website().bucket("bucket-1").send().await.unwrap_err()),
        "NoSuchWebsiteConfiguration"
    );
    assert_eq!(
        code(&s3.get_object_lock_configuration().bucket("bucket-1").send().await.unwrap_err()),
        "ObjectLockConfigurationNotFoundError"
    );
    let attributes = s3
        .get_object_attributes()
        .bucket("bucket-1")
        .key("k")
        .object_attributes(ObjectAttributes::ObjectSize)
        .send();
    assert_eq!(attributes.await.unwrap().object_size(), Some(0));
}

#[tokio::test]
async fn a_refusal_explains_itself_in_s3s_elements() {
    let running = Running::with_bucket("bucket-1").await;
    let mut request = ByHand::new(reqwest::Method::GET, "/bucket-1/a", b"");
    request.credentials = Credentials::new(KEY, "wrong", None, None, "test");
    let Answer { text, .. } = request.send(&running).await;
    for element in [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
        "RequestId",
        "HostId",
    ] {
        assert!(text.contains(&format!("<{element}>")), "{element}: {text}");
    }
    assert!(text.contains("<CanonicalRequestBytes>47 45 54 0a 2f"), "{text}");
    request.credentials = root();
    request.signed_at -= time::Duration::hours(1);
    let Answer { text, .. } = request.send(&running).await;
    assert!(
        text.contains("<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>")
            && text.contains("<ServerTime>"),
        "{text}"
    );
}

#[tokio::test]
async fn a_part_can_be_copied() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    s3.put_object()
        .bucket("bucket-1")
        .key("from")
        .body(aws_sdk_s3::primitives::ByteStream::from_static(b"hello world"))
        .send()
        .await
        .unwrap();
    let upload = s3.create_multipart_upload().bucket("bucket-1").key("to").send().await.unwrap();
    let id = upload.upload_id().unwrap();
    let copy = |range: &str, number: i32| {
        let copy =
            s3.upload_part_copy().bucket("bucket-1").key("to").upload_id(id).part_number(number);
        copy.copy_source("bucket-1/from").copy_source_range(range).send()
    };
    assert_eq!(code(&copy("bytes=0-11", 1).await.unwrap_err()), "InvalidArgument");
    assert_eq!(code(&copy("bytes=0-1", 10_001).await.unwrap_err()), "InvalidArgument");
    let part = copy("bytes=6-10", 1).await.unwrap();
    let part = CompletedPart::builder()
        .part_number(1)
        .e_tag(part.copy_part_result().unwrap().e_tag().unwrap())
        .build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    s3.complete_multipart_upload()
        .bucket("bucket-1")
        .key("to")
        .upload_id(id)
        .multipart_upload(parts)
        .send()
        .await
        .unwrap();
    let got = s3
        .get_object()
        .bucket("bucket-1")
        .key("to")
        .response_content_disposition("attachment")
        .send()
        .await
        .unwrap();
    assert_eq!(got.content_disposition(), Some("attachment"));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"world");
}
