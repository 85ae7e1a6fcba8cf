//! What others wrote into a document of the bucket comes back into it as it was.

use super::{Answer, Replay, bucket, contract};
use crate::provision::{ReadState as _, WriteState as _};

/// The body of the one request after the first.
fn written(replay: &Replay) -> String {
    replay.requests().split("\n\n").nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn lifecycle_rules_with_everything_in_them() {
    let body = "<LifecycleConfiguration>\
        <Rule><ID>archive</ID><Status>Enabled</Status><Filter><And><Prefix>logs/</Prefix><Tag><Key>class</Key><Value>cold &amp; dry</Value></Tag>\
          <Tag><Key>team</Key><Value>data</Value></Tag><ObjectSizeGreaterThan>1024</ObjectSizeGreaterThan>\
          <ObjectSizeLessThan>5000000000</ObjectSizeLessThan></And></Filter>\
          <Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>\
          <Transition><Date>2030-01-01T00:00:00Z</Date><StorageClass>A_CLASS_TO_COME</StorageClass></Transition>\
          <NoncurrentVersionTransition><NoncurrentDays>7</NoncurrentDays><StorageClass>GLACIER</StorageClass>\
          <NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionTransition>\
          <NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays><NewerNoncurrentVersions>5</NewerNoncurrentVersions>\
          </NoncurrentVersionExpiration></Rule>\
        <Rule><ID>by-tag</ID><Status>Disabled</Status><Filter><Tag><Key>temporary</Key><Value>yes</Value></Tag></Filter>\
          <Expiration><Date>2031-05-06T00:00:00Z</Date></Expiration></Rule>\
        <Rule><ID>markers</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>\
          <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>\
        <Rule><ID>old-form</ID><Prefix>tmp/</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>\
          <AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>\
        </LifecycleConfiguration>";
    let minimum = [("x-amz-transition-default-minimum-object-size", "varies_by_storage_class")];
    let replay = Replay::of(
        &contract("eu-central-1", ""),
        &[Answer(200, &minimum, body), Answer(200, &[], "")],
    );
    let read = replay
        .connection
        .reader()
        .get_bucket_lifecycle_configuration(&bucket())
        .await
        .unwrap()
        .unwrap();
    replay.connection.writer().put_bucket_lifecycle_configuration(&bucket(), &read).await.unwrap();
    insta::assert_snapshot!(written(&replay), @r#"
    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?lifecycle
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    x-amz-transition-default-minimum-object-size: varies_by_storage_class
    scope: eu-central-1/s3
    <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Rule>
    <ID>archive</ID>
    <Filter>
    <And>
    <Prefix>logs/</Prefix>
    <Tag>
    <Key>class</Key>
    <Value>cold &amp; dry</Value>
    </Tag>
    <Tag>
    <Key>team</Key>
    <Value>data</Value>
    </Tag>
    <ObjectSizeGreaterThan>1024</ObjectSizeGreaterThan>
    <ObjectSizeLessThan>5000000000</ObjectSizeLessThan>
    </And>
    </Filter>
    <Status>Enabled</Status>
    <Transition>
    <Days>30</Days>
    <StorageClass>STANDARD_IA</StorageClass>
    </Transition>
    <Transition>
    <Date>2030-01-01T00:00:00Z</Date>
    <StorageClass>A_CLASS_TO_COME</StorageClass>
    </Transition>
    <NoncurrentVersionTransition>
    <NoncurrentDays>7</NoncurrentDays>
    <StorageClass>GLACIER</StorageClass>
    <NewerNoncurrentVersions>2</NewerNoncurrentVersions>
    </NoncurrentVersionTransition>
    <NoncurrentVersionExpiration>
    <NoncurrentDays>90</NoncurrentDays>
    <NewerNoncurrentVersions>5</NewerNoncurrentVersions>
    </NoncurrentVersionExpiration>
    </Rule>
    <Rule>
    <Expiration>
    <Date>2031-05-06T00:00:00Z</Date>
    </Expiration>
    <ID>by-tag</ID>
    <Filter>
    <Tag>
    <Key>temporary</Key>
    <Value>yes</Value>
    </Tag>
    </Filter>
    <Status>Disabled</Status>
    </Rule>
    <Rule>
    <Expiration>
    <ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>
    </Expiration>
    <ID>markers</ID>
    <Filter>
    <Prefix>
    </Prefix>
    </Filter>
    <Status>Enabled</Status>
    </Rule>
    <Rule>
    <Expiration>
    <Days>1</Days>
    </Expiration>
    <ID>old-form</ID>
    <Filter>
    <Prefix>tmp/</Prefix>
    </Filter>
    <Status>Enabled</Status>
    <AbortIncompleteMultipartUpload>
    <DaysAfterInitiation>3</DaysAfterInitiation>
    </AbortIncompleteMultipartUpload>
    </Rule>
    </LifecycleConfiguration>
    "#);
}

#[tokio::test]
async fn cors_rules_in_their_order() {
    let body = "<CORSConfiguration>\
        <CORSRule><AllowedOrigin>https://*.example.org</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod>\
          <AllowedHeader>X-Custom-*</AllowedHeader><ExposeHeader>x-amz-meta-a</ExposeHeader><MaxAgeSeconds>0</MaxAgeSeconds></CORSRule>\
        <CORSRule><ID>without more</ID><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>\
        </CORSConfiguration>";
    let replay =
        Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], body), Answer(200, &[], "")]);
    let read = replay.connection.reader().get_bucket_cors(&bucket()).await.unwrap();
    replay.connection.writer().put_bucket_cors(&bucket(), &read).await.unwrap();
    insta::assert_snapshot!(written(&replay), @r#"
    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?cors
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <CORSRule>
    <AllowedHeader>X-Custom-*</AllowedHeader>
    <AllowedMethod>GET</AllowedMethod>
    <AllowedMethod>HEAD</AllowedMethod>
    <AllowedOrigin>https://*.example.org</AllowedOrigin>
    <ExposeHeader>x-amz-meta-a</ExposeHeader>
    <MaxAgeSeconds>0</MaxAgeSeconds>
    </CORSRule>
    <CORSRule>
    <ID>without more</ID>
    <AllowedMethod>GET</AllowedMethod>
    <AllowedOrigin>*</AllowedOrigin>
    </CORSRule>
    </CORSConfiguration>
    "#);
}

#[tokio::test]
async fn encryption_with_what_is_blocked() {
    let body = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms:dsse</SSEAlgorithm>\
        <KMSMasterKeyID>arn:aws:kms:eu-central-1:111122223333:key/0a1b</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>\
        <BucketKeyEnabled>false</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>\
        </Rule></ServerSideEncryptionConfiguration>";
    let replay =
        Replay::of(&contract("eu-central-1", ""), &[Answer(200, &[], body), Answer(200, &[], "")]);
    let read = replay.connection.reader().get_bucket_encryption(&bucket()).await.unwrap().unwrap();
    replay.connection.writer().put_bucket_encryption(&bucket(), &read).await.unwrap();
    insta::assert_snapshot!(written(&replay), @r#"
    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/?encryption
    x-amz-expected-bucket-owner: 111122223333
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Rule>
    <ApplyServerSideEncryptionByDefault>
    <SSEAlgorithm>aws:kms:dsse</SSEAlgorithm>
    <KMSMasterKeyID>arn:aws:kms:eu-central-1:111122223333:key/0a1b</KMSMasterKeyID>
    </ApplyServerSideEncryptionByDefault>
    <BucketKeyEnabled>false</BucketKeyEnabled>
    <BlockedEncryptionTypes>
    <EncryptionType>SSE-C</EncryptionType>
    </BlockedEncryptionTypes>
    </Rule>
    </ServerSideEncryptionConfiguration>
    "#);
}
