//! What is sent: URLs, regions, headers and bodies of the writing calls.

use std::collections::BTreeMap;

use super::{Answer, Replay, account, bucket, contract, region, role};
use crate::provision::{
    DefaultEncryption, ExpectedBucket, LifecycleConfiguration, LifecycleExpiration,
    LifecycleFilter, LifecycleRule, NewRole, NoncurrentVersionExpiration, ObjectOwnership,
    PublicAccessBlock, ReadState as _, TagSet, WriteState as _,
};
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{BucketName, PolicyArn};

const DONE: Answer<'static> = Answer(200, &[], "");

fn tags() -> TagSet {
    BTreeMap::from([("gatepass:contract".to_owned(), "acme-uploads".to_owned())])
}

fn document() -> Document {
    Document::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"GatepassX","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
    )
    .unwrap()
}

async fn create_bucket_in(code: &str) -> String {
    let replay = Replay::of(&contract(code, ""), &[DONE]);
    let writer = replay.connection.writer();
    writer
        .create_bucket(&bucket(), &region(code), ObjectOwnership::BucketOwnerEnforced, &tags())
        .await
        .unwrap();
    replay.requests()
}

#[tokio::test]
async fn a_bucket_is_created_in_its_region() {
    insta::assert_snapshot!(create_bucket_in("eu-central-1").await, @r#"
    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/
    x-amz-object-ownership: BucketOwnerEnforced
    scope: eu-central-1/s3
    <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <LocationConstraint>eu-central-1</LocationConstraint>
    <Tags>
    <Tag>
    <Key>gatepass:contract</Key>
    <Value>acme-uploads</Value>
    </Tag>
    </Tags>
    </CreateBucketConfiguration>
    "#);
}

/// The header with which S3 accepts the name.
#[tokio::test]
async fn an_account_regional_bucket_is_created_in_its_namespace() {
    let replay = Replay::of(&contract("eu-central-1", ""), &[DONE]);
    let name = BucketName::parse("acme-111122223333-eu-central-1-an").unwrap();
    let bucket = ExpectedBucket { name, owner: account() };
    let writer = replay.connection.writer();
    writer
        .create_bucket(
            &bucket,
            &region("eu-central-1"),
            ObjectOwnership::BucketOwnerEnforced,
            &TagSet::new(),
        )
        .await
        .unwrap();
    insta::assert_snapshot!(replay.requests(), @r#"
    PUT https://acme-111122223333-eu-central-1-an.s3.eu-central-1.amazonaws.com/
    x-amz-bucket-namespace: account-regional
    x-amz-object-ownership: BucketOwnerEnforced
    scope: eu-central-1/s3
    <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <LocationConstraint>eu-central-1</LocationConstraint>
    </CreateBucketConfiguration>
    "#);
}

#[tokio::test]
async fn us_east_1_is_named_by_leaving_it_out() {
    insta::assert_snapshot!(create_bucket_in("us-east-1").await, @r#"
    PUT https://acme-uploads.s3.us-east-1.amazonaws.com/
    x-amz-object-ownership: BucketOwnerEnforced
    scope: us-east-1/s3
    <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Tags>
    <Tag>
    <Key>gatepass:contract</Key>
    <Value>acme-uploads</Value>
    </Tag>
    </Tags>
    </CreateBucketConfiguration>
    "#);
}

#[tokio::test]
async fn china_and_govcloud_have_hosts_of_their_own() {
    insta::assert_snapshot!(create_bucket_in("cn-north-1").await, @r#"
    PUT https://acme-uploads.s3.cn-north-1.amazonaws.com.cn/
    x-amz-object-ownership: BucketOwnerEnforced
    scope: cn-north-1/s3
    <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <LocationConstraint>cn-north-1</LocationConstraint>
    <Tags>
    <Tag>
    <Key>gatepass:contract</Key>
    <Value>acme-uploads</Value>
    </Tag>
    </Tags>
    </CreateBucketConfiguration>
    "#);
    insta::assert_snapshot!(create_bucket_in("us-gov-west-1").await.lines().next().unwrap_or_default(), @"PUT https://acme-uploads.s3.us-gov-west-1.amazonaws.com/");
}

#[tokio::test]
async fn iam_is_called_and_signed_for_where_each_partition_has_it() {
    let mut told = Vec::new();
    for code in ["eu-central-1", "cn-north-1", "us-gov-east-1"] {
        let replay = Replay::of(&contract(code, ""), &[DONE]);
        replay.connection.writer().delete_role(&role()).await.unwrap();
        told.push(replay.requests());
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=DeleteRole
    Version=2010-05-08
    RoleName=acme-uploads-presigner

    POST https://iam.cn-north-1.amazonaws.com.cn/
    scope: cn-north-1/iam
    Action=DeleteRole
    Version=2010-05-08
    RoleName=acme-uploads-presigner

    POST https://iam.us-gov.amazonaws.com/
    scope: us-gov-west-1/iam
    Action=DeleteRole
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    ");
}

#[tokio::test]
async fn sts_is_asked_in_the_contracts_region() {
    let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ops</Arn>\
                  <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let replay = Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], answer)]);
    assert_eq!(replay.connection.account().await.unwrap(), account());
    insta::assert_snapshot!(replay.requests(), @r"
    POST https://sts.eu-central-1.amazonaws.com/
    scope: eu-central-1/sts
    Action=GetCallerIdentity
    Version=2011-06-15
    ");
}

#[tokio::test]
async fn another_endpoint_takes_all_three_services_and_the_bucket_in_the_path() {
    let local = contract("eu-central-1", "[endpoint]\nurl = \"http://localhost:4566\"\n");
    let replay = Replay::of(&local, &[DONE, DONE]);
    replay.connection.writer().delete_bucket(&bucket()).await.unwrap();
    replay.connection.writer().delete_role(&role()).await.unwrap();
    insta::assert_snapshot!(replay.requests(), @r"
    DELETE http://localhost:4566/acme-uploads/
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-central-1/s3

    POST http://localhost:4566/
    scope: eu-central-1/iam
    Action=DeleteRole
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    ");
}

#[tokio::test]
async fn every_setting_of_a_bucket_is_written_as_s3_wants_it() {
    let replay = Replay::of(&contract("eu-central-1", ""), &[DONE, DONE, DONE, DONE, DONE]);
    let writer = replay.connection.writer();
    let bucket = bucket();
    writer
        .put_bucket_ownership_controls(&bucket, ObjectOwnership::BucketOwnerEnforced)
        .await
        .unwrap();
    writer.put_public_access_block(&bucket, &PublicAccessBlock::ALL).await.unwrap();
    let encryption = DefaultEncryption {
        algorithm: "aws:kms".to_owned(),
        kms_key: Some("arn:aws:kms:eu-central-1:111122223333:key/0a1b".to_owned()),
        bucket_key_enabled: Some(true),
        blocked_encryption_types: vec!["SSE-C".to_owned()],
    };
    writer.put_bucket_encryption(&bucket, &encryption).await.unwrap();
    writer.put_bucket_versioning(&bucket, true).await.unwrap();
    writer.put_bucket_tagging(&bucket, &tags()).await.unwrap();
    insta::assert_snapshot!(replay.requests(), @r#"
    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?ownershipControls
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Rule>
    <ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>
    </Rule>
    </OwnershipControls>

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?publicAccessBlock
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <BlockPublicAcls>true</BlockPublicAcls>
    <IgnorePublicAcls>true</IgnorePublicAcls>
    <BlockPublicPolicy>true</BlockPublicPolicy>
    <RestrictPublicBuckets>true</RestrictPublicBuckets>
    </PublicAccessBlockConfiguration>

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?encryption
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Rule>
    <ApplyServerSideEncryptionByDefault>
    <SSEAlgorithm>aws:kms</SSEAlgorithm>
    <KMSMasterKeyID>arn:aws:kms:eu-central-1:111122223333:key/0a1b</KMSMasterKeyID>
    </ApplyServerSideEncryptionByDefault>
    <BucketKeyEnabled>true</BucketKeyEnabled>
    <BlockedEncryptionTypes>
    <EncryptionType>SSE-C</EncryptionType>
    </BlockedEncryptionTypes>
    </Rule>
    </ServerSideEncryptionConfiguration>

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?versioning
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Status>Enabled</Status>
    </VersioningConfiguration>

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?tagging
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <TagSet>
    <Tag>
    <Key>gatepass:contract</Key>
    <Value>acme-uploads</Value>
    </Tag>
    </TagSet>
    </Tagging>
    "#);
}

#[tokio::test]
async fn whole_documents_are_written_as_s3_wants_them() {
    let replay = Replay::of(&contract("eu-central-1", ""), &[DONE, DONE, DONE]);
    let writer = replay.connection.writer();
    let bucket = bucket();
    let rule = LifecycleRule {
        id: Some("gatepass-expire-uploads".to_owned()),
        enabled: true,
        filter: LifecycleFilter {
            prefix: Some("uploads/".to_owned()),
            ..LifecycleFilter::default()
        },
        expiration: Some(LifecycleExpiration { days: Some(30), ..LifecycleExpiration::default() }),
        noncurrent_version_expiration: Some(NoncurrentVersionExpiration {
            noncurrent_days: Some(7),
            newer_noncurrent_versions: None,
        }),
        abort_incomplete_multipart_upload_days: Some(1),
        transitions: Vec::new(),
        noncurrent_version_transitions: Vec::new(),
    };
    let lifecycle = LifecycleConfiguration {
        rules: vec![rule],
        transition_default_minimum_object_size: Some("all_storage_classes_128K".to_owned()),
    };
    writer.put_bucket_lifecycle_configuration(&bucket, &lifecycle).await.unwrap();
    let cors = CorsRule {
        id: Some("gatepass-upload".to_owned()),
        allowed_origins: vec!["https://app.example.com".to_owned()],
        allowed_methods: vec!["PUT".to_owned()],
        allowed_headers: vec!["content-type".to_owned(), "if-none-match".to_owned()],
        expose_headers: vec!["ETag".to_owned()],
        max_age_seconds: Some(3600),
    };
    writer.put_bucket_cors(&bucket, &[cors]).await.unwrap();
    writer.put_bucket_policy(&bucket, &document()).await.unwrap();
    insta::assert_snapshot!(replay.requests(), @r#"
    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?lifecycle
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    x-amz-transition-default-minimum-object-size: all_storage_classes_128K
    scope: eu-central-1/s3
    <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Rule>
    <Expiration>
    <Days>30</Days>
    </Expiration>
    <ID>gatepass-expire-uploads</ID>
    <Filter>
    <Prefix>uploads/</Prefix>
    </Filter>
    <Status>Enabled</Status>
    <NoncurrentVersionExpiration>
    <NoncurrentDays>7</NoncurrentDays>
    </NoncurrentVersionExpiration>
    <AbortIncompleteMultipartUpload>
    <DaysAfterInitiation>1</DaysAfterInitiation>
    </AbortIncompleteMultipartUpload>
    </Rule>
    </LifecycleConfiguration>

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?cors
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <CORSRule>
    <ID>gatepass-upload</ID>
    <AllowedHeader>content-type</AllowedHeader>
    <AllowedHeader>if-none-match</AllowedHeader>
    <AllowedMethod>PUT</AllowedMethod>
    <AllowedOrigin>https://app.example.com</AllowedOrigin>
    <ExposeHeader>ETag</ExposeHeader>
    <MaxAgeSeconds>3600</MaxAgeSeconds>
    </CORSRule>
    </CORSConfiguration>

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?policy
    x-amz-confirm-remove-self-bucket-access: false
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    {"Version":"2012-10-17","Statement":[{"Sid":"GatepassX","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}
    "#);
}

#[tokio::test]
async fn a_role_is_written_as_iam_wants_it() {
    let made = "<CreateRoleResponse><CreateRoleResult><Role><Path>/</Path><RoleName>acme-uploads-presigner</RoleName><RoleId>AROAEXAMPLE</RoleId>\
                <Arn>arn:aws:iam::111122223333:role/acme-uploads-presigner</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate></Role>\
                </CreateRoleResult></CreateRoleResponse>";
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(200, &[], made), DONE, DONE, DONE, DONE],
    );
    let writer = replay.connection.writer();
    let boundary = PolicyArn::parse("arn:aws:iam::111122223333:policy/boundary").unwrap();
    let new = NewRole {
        name: role(),
        path: contract("eu-central-1", "").role.path,
        description: "signs uploads".to_owned(),
        max_session_duration: 3600,
        permissions_boundary: Some(boundary.clone()),
        trust_policy: document(),
        tags: tags(),
    };
    writer.create_role(&new).await.unwrap();
    writer.put_role_policy(&role(), "gatepass-upload", &document()).await.unwrap();
    writer.update_role(&role(), "signs uploads", 7200).await.unwrap();
    writer.update_assume_role_policy(&role(), &document()).await.unwrap();
    writer.put_role_permissions_boundary(&role(), &boundary).await.unwrap();
    insta::assert_snapshot!(replay.requests(), @r#"
    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=CreateRole
    Version=2010-05-08
    Path=/
    RoleName=acme-uploads-presigner
    AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Sid":"GatepassX","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}
    Description=signs uploads
    MaxSessionDuration=3600
    PermissionsBoundary=arn:aws:iam::111122223333:policy/boundary
    Tags.member.1.Key=gatepass:contract
    Tags.member.1.Value=acme-uploads

    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=PutRolePolicy
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    PolicyName=gatepass-upload
    PolicyDocument={"Version":"2012-10-17","Statement":[{"Sid":"GatepassX","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}

    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=UpdateRole
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    Description=signs uploads
    MaxSessionDuration=7200

    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=UpdateAssumeRolePolicy
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    PolicyDocument={"Version":"2012-10-17","Statement":[{"Sid":"GatepassX","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}

    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=PutRolePermissionsBoundary
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    PermissionsBoundary=arn:aws:iam::111122223333:policy/boundary
    "#);
}

#[tokio::test]
async fn what_is_removed_is_named_and_nothing_else() {
    let replay = Replay::of(&contract("eu-central-1", ""), &[DONE, DONE, DONE, DONE, DONE]);
    let writer = replay.connection.writer();
    writer.delete_bucket_cors(&bucket()).await.unwrap();
    writer.delete_bucket_policy(&bucket()).await.unwrap();
    writer.delete_bucket(&bucket()).await.unwrap();
    writer.delete_role_policy(&role(), "gatepass-upload").await.unwrap();
    writer.delete_role(&role()).await.unwrap();
    insta::assert_snapshot!(replay.requests(), @r"
    DELETE https://acme-uploads.s3.eu-central-1.amazonaws.com/?cors
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-central-1/s3

    DELETE https://acme-uploads.s3.eu-central-1.amazonaws.com/?policy
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-central-1/s3

    DELETE https://acme-uploads.s3.eu-central-1.amazonaws.com/
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-central-1/s3

    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=DeleteRolePolicy
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    PolicyName=gatepass-upload

    POST https://iam.amazonaws.com/
    scope: us-east-1/iam
    Action=DeleteRole
    Version=2010-05-08
    RoleName=acme-uploads-presigner
    ");
}

#[tokio::test]
async fn every_read_of_a_bucket_names_the_account_that_must_own_it() {
    let answers = [
        "",
        "<LocationConstraint>EU</LocationConstraint>",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>",
        "<PublicAccessBlockConfiguration/>",
        "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>",
        "<VersioningConfiguration/>",
        "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>",
        "<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
        "{\"Statement\":[{\"Effect\":\"Deny\"}]}",
        "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>",
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
    ];
    let replay =
        Replay::of(&contract("eu-west-1", ""), &answers.map(|body| Answer(200, &[], body)));
    let (reader, bucket) = (replay.connection.reader(), bucket());
    assert!(reader.head_bucket(&bucket).await.unwrap().is_some());
    assert_eq!(reader.get_bucket_location(&bucket).await.unwrap(), region("eu-west-1"));
    assert_eq!(reader.get_bucket_tagging(&bucket).await.unwrap().len(), 1);
    assert_eq!(
        reader.get_bucket_ownership_controls(&bucket).await.unwrap(),
        Some(ObjectOwnership::ObjectWriter)
    );
    assert!(reader.get_public_access_block(&bucket).await.unwrap().is_some());
    assert!(reader.get_bucket_encryption(&bucket).await.unwrap().is_some());
    assert_eq!(
        reader.get_bucket_versioning(&bucket).await.unwrap(),
        crate::provision::Versioning::NeverEnabled
    );
    assert!(reader.get_bucket_lifecycle_configuration(&bucket).await.unwrap().is_some());
    assert_eq!(reader.get_bucket_cors(&bucket).await.unwrap().len(), 1);
    assert!(reader.get_bucket_policy(&bucket).await.unwrap().is_some());
    assert_eq!(reader.list_object_versions(&bucket).await.unwrap().versions.count, 0);
    assert_eq!(reader.list_multipart_uploads(&bucket).await.unwrap().count, 0);
    insta::assert_snapshot!(replay.requests(), @r"
    HEAD https://acme-uploads.s3.eu-west-1.amazonaws.com/
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?location
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?tagging
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?ownershipControls
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?publicAccessBlock
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?encryption
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?versioning
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?lifecycle
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?cors
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?policy
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?versions&encoding-type=url
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3

    GET https://acme-uploads.s3.eu-west-1.amazonaws.com/?uploads&encoding-type=url
    x-amz-expected-bucket-owner: 111122223333
    scope: eu-west-1/s3
    ");
}
