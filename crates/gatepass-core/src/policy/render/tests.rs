#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::policy::Documents;
use crate::policy::fixtures::{PLAIN, Written, own_files, refused, rendered};
use iam_policy::Document;

fn sids(documents: &Documents) -> Vec<&str> {
    documents.bucket_policy.statements().iter().filter_map(|statement| statement.sid()).collect()
}

fn notes(documents: &Documents) -> String {
    documents
        .notes
        .iter()
        .map(|note| format!("{}: {}", note.about, note.text))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A document with one statement a line.
fn statement_lines(document: &Document) -> String {
    let json = document.to_json();
    let statements = json["Statement"].as_array().unwrap().iter().map(Value::to_string);
    [json["Version"].to_string()].into_iter().chain(statements).collect::<Vec<_>>().join("\n")
}

/// All documents with one statement a line.
fn lines(documents: &Documents) -> String {
    let Documents { bucket_policy, permissions_policy, trust_policy, .. } = documents;
    let policies =
        [bucket_policy, permissions_policy, trust_policy].map(statement_lines).join("\n\n");
    format!("{policies}\n\n{}", documents.to_json()["cors"])
}

#[test]
fn a_strict_contract_with_extensions() {
    let documents = PLAIN.documents();
    insta::assert_json_snapshot!(documents.to_json(), @r#"
    {
      "bucket_policy": {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "GatepassDenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [
              "arn:aws:s3:::acme-uploads",
              "arn:aws:s3:::acme-uploads/*"
            ],
            "Condition": {
              "Bool": {
                "aws:SecureTransport": "false"
              }
            }
          },
          {
            "Sid": "GatepassDenyOldSignatures",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::acme-uploads/*",
            "Condition": {
              "NumericGreaterThan": {
                "s3:signatureAge": "900000"
              }
            }
          },
          {
            "Sid": "GatepassDenyOtherEncryption",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-uploads/*",
            "Condition": {
              "Null": {
                "s3:x-amz-server-side-encryption": "false"
              },
              "StringNotEquals": {
                "s3:x-amz-server-side-encryption": "AES256"
              }
            }
          },
          {
            "Sid": "GatepassDenySignatureV2",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [
              "arn:aws:s3:::acme-uploads",
              "arn:aws:s3:::acme-uploads/*"
            ],
            "Condition": {
              "StringEquals": {
                "s3:signatureversion": "AWS"
              }
            }
          },
          {
            "Sid": "GatepassDenySseC",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-uploads/*",
            "Condition": {
              "Null": {
                "s3:x-amz-server-side-encryption-customer-algorithm": "false"
              }
            }
          },
          {
            "Sid": "GatepassDenyTlsBelow12",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [
              "arn:aws:s3:::acme-uploads",
              "arn:aws:s3:::acme-uploads/*"
            ],
            "Condition": {
              "NumericLessThan": {
                "s3:TlsVersion": "1.2"
              }
            }
          },
          {
            "Sid": "GatepassPresignerOnlyExtensions",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "NotResource": [
              "arn:aws:s3:::acme-uploads/*.jpg",
              "arn:aws:s3:::acme-uploads/*.pdf",
              "arn:aws:s3:::acme-uploads/*.png"
            ],
            "Condition": {
              "ArnEquals": {
                "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
              }
            }
          },
          {
            "Sid": "GatepassPresignerOnlyPrefix",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "NotResource": [
              "arn:aws:s3:::acme-uploads/uploads/*"
            ],
            "Condition": {
              "ArnEquals": {
                "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
              }
            }
          },
          {
            "Sid": "GatepassPresignerOnlyUploadActions",
            "Effect": "Deny",
            "Principal": "*",
            "NotAction": [
              "s3:PutObject"
            ],
            "Resource": [
              "arn:aws:s3:::acme-uploads",
              "arn:aws:s3:::acme-uploads/*"
            ],
            "Condition": {
              "ArnEquals": {
                "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
              }
            }
          },
          {
            "Sid": "GatepassPresignerWriteOnce",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-uploads/uploads/*",
            "Condition": {
              "ArnEquals": {
                "aws:PrincipalArn": "arn:aws:iam::111122223333:role/acme-uploads-presigner"
              },
              "Null": {
                "s3:if-none-match": "true"
              },
              "Bool": {
                "s3:ObjectCreationOperation": "true"
              }
            }
          }
        ]
      },
      "permissions_policy": {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "GatepassUpload",
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-uploads/uploads/*",
            "Condition": {
              "StringEquals": {
                "aws:ResourceAccount": "111122223333"
              }
            }
          }
        ]
      },
      "trust_policy": {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "GatepassTrustLambda",
            "Effect": "Allow",
            "Principal": {
              "Service": "lambda.amazonaws.com"
            },
            "Action": "sts:AssumeRole"
          }
        ]
      },
      "cors": {
        "CORSRules": [
          {
            "ID": "gatepass-upload",
            "AllowedOrigins": [
              "https://a.example",
              "https://b.example"
            ],
            "AllowedMethods": [
              "PUT"
            ],
            "AllowedHeaders": [
              "content-type",
              "if-none-match",
              "x-amz-checksum-sha256"
            ],
            "ExposeHeaders": [
              "ETag"
            ],
            "MaxAgeSeconds": 3600
          }
        ]
      }
    }
    "#);
    assert_eq!(documents.notes, []);
}

#[test]
fn a_compatible_contract_without_extensions() {
    let documents = Written {
        bucket: "region = \"us-east-1\"\nversioning = true",
        upload: "content_types = [\"*/*\"]\nmode = \"compatible\"\nkey = \"inbox/{uuid}\"\nmax_signature_age = \"1h\"",
        ..PLAIN
    }
    .documents();
    insta::assert_snapshot!(lines(&documents), @r#"
    "2012-10-17"
    {"Sid":"GatepassDenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}
    {"Sid":"GatepassDenyOldSignatures","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"NumericGreaterThan":{"s3:signatureAge":"3600000"}}}
    {"Sid":"GatepassDenyOtherEncryption","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}}
    {"Sid":"GatepassDenySignatureV2","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"StringEquals":{"s3:signatureversion":"AWS"}}}
    {"Sid":"GatepassDenySseC","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}}
    {"Sid":"GatepassDenyTlsBelow12","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}
    {"Sid":"GatepassPresignerOnlyPrefix","Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":["arn:aws:s3:::acme-uploads/inbox/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyUploadActions","Effect":"Deny","Principal":"*","NotAction":["s3:PutObject"],"Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}

    "2012-10-17"
    {"Sid":"GatepassUpload","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/inbox/*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}

    "2012-10-17"
    {"Sid":"GatepassTrustLambda","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}

    {"CORSRules":[{"ID":"gatepass-upload","AllowedOrigins":["https://a.example","https://b.example"],"AllowedMethods":["PUT"],"AllowedHeaders":["content-type","x-amz-checksum-sha256"],"ExposeHeaders":["ETag","x-amz-version-id"],"MaxAgeSeconds":3600}]}
    "#);
    insta::assert_snapshot!(notes(&documents), @"
    upload.mode: In compatible mode S3 enforces neither the size of an upload nor that a grant is used once: content-length and if-none-match are not signed, and GatepassPresignerWriteOnce is left out.
    upload.key: Keys do not end in .{ext}, so GatepassPresignerOnlyExtensions is left out and the bucket policy cannot see a type.
    ");
}

#[test]
fn a_kms_key_is_guarded_and_granted() {
    let documents = Written {
        bucket: "region = \"eu-central-1\"\nencryption = \"aws:kms\"\nkms_key_arn = \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
        upload: "content_types = [\"image/png\"]\nsign_encryption_headers = true",
        ..PLAIN
    }
    .documents();
    insta::assert_snapshot!(lines(&documents), @r#"
    "2012-10-17"
    {"Sid":"GatepassDenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}
    {"Sid":"GatepassDenyOldSignatures","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"NumericGreaterThan":{"s3:signatureAge":"900000"}}}
    {"Sid":"GatepassDenyOtherEncryption","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}
    {"Sid":"GatepassDenyOtherKmsKey","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"ArnNotEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}}
    {"Sid":"GatepassDenySignatureV2","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"StringEquals":{"s3:signatureversion":"AWS"}}}
    {"Sid":"GatepassDenySseC","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}}
    {"Sid":"GatepassDenyTlsBelow12","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}
    {"Sid":"GatepassPresignerOnlyExtensions","Effect":"Deny","Principal":"*","Action":"s3:PutObject","NotResource":["arn:aws:s3:::acme-uploads/*.png"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyPrefix","Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":["arn:aws:s3:::acme-uploads/uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyUploadActions","Effect":"Deny","Principal":"*","NotAction":["s3:PutObject"],"Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerWriteOnce","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/uploads/*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"},"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}}

    "2012-10-17"
    {"Sid":"GatepassUpload","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/uploads/*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}
    {"Sid":"GatepassUseKmsKey","Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-central-1.amazonaws.com"}}}

    "2012-10-17"
    {"Sid":"GatepassTrustLambda","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}

    {"CORSRules":[{"ID":"gatepass-upload","AllowedOrigins":["https://a.example","https://b.example"],"AllowedMethods":["PUT"],"AllowedHeaders":["content-type","if-none-match","x-amz-checksum-sha256","x-amz-server-side-encryption","x-amz-server-side-encryption-aws-kms-key-id"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":3600}]}
    "#);
}

#[test]
fn a_plain_http_endpoint_leaves_out_what_would_deny_it() {
    let documents =
        Written { endpoint: "[endpoint]\nurl = \"http://localhost:4566\"", ..PLAIN }.documents();
    let left_out = ["GatepassDenyInsecureTransport", "GatepassDenyTlsBelow12"];
    let with_tls = PLAIN.documents();
    let expected: Vec<_> =
        sids(&with_tls).into_iter().filter(|sid| !left_out.contains(sid)).collect();
    assert_eq!(sids(&documents), expected);
    assert_eq!(documents.permissions_policy, with_tls.permissions_policy);
    insta::assert_snapshot!(lines(&documents), @r#"
    "2012-10-17"
    {"Sid":"GatepassDenyOldSignatures","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"NumericGreaterThan":{"s3:signatureAge":"900000"}}}
    {"Sid":"GatepassDenyOtherEncryption","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}}
    {"Sid":"GatepassDenySignatureV2","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"StringEquals":{"s3:signatureversion":"AWS"}}}
    {"Sid":"GatepassDenySseC","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}}
    {"Sid":"GatepassPresignerOnlyExtensions","Effect":"Deny","Principal":"*","Action":"s3:PutObject","NotResource":["arn:aws:s3:::acme-uploads/*.jpg","arn:aws:s3:::acme-uploads/*.pdf","arn:aws:s3:::acme-uploads/*.png"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyPrefix","Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":["arn:aws:s3:::acme-uploads/uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyUploadActions","Effect":"Deny","Principal":"*","NotAction":["s3:PutObject"],"Resource":["arn:aws:s3:::acme-uploads","arn:aws:s3:::acme-uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerWriteOnce","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/uploads/*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/acme-uploads-presigner"},"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}}

    "2012-10-17"
    {"Sid":"GatepassUpload","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/uploads/*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}

    "2012-10-17"
    {"Sid":"GatepassTrustLambda","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}

    {"CORSRules":[{"ID":"gatepass-upload","AllowedOrigins":["https://a.example","https://b.example"],"AllowedMethods":["PUT"],"AllowedHeaders":["content-type","if-none-match","x-amz-checksum-sha256"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":3600}]}
    "#);
    insta::assert_snapshot!(notes(&documents), @"endpoint.url: The endpoint is plain HTTP, so GatepassDenyInsecureTransport and GatepassDenyTlsBelow12 are left out.");
    let with_tls =
        Written { endpoint: "[endpoint]\nurl = \"https://s3.example\"", ..PLAIN }.documents();
    assert_eq!(sids(&with_tls), sids(&PLAIN.documents()));
}

#[test]
fn downloads_are_allowed_where_the_contract_has_them() {
    let documents = Written { endpoint: "[download]", ..PLAIN }.documents();
    insta::assert_snapshot!(statement_lines(&documents.permissions_policy), @r#"
    "2012-10-17"
    {"Sid":"GatepassDownload","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-uploads/uploads/*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}
    {"Sid":"GatepassUpload","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/uploads/*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}
    "#);
    insta::assert_snapshot!(documents.to_json()["cors"].to_string(), @r#"{"CORSRules":[{"ID":"gatepass-upload","AllowedOrigins":["https://a.example","https://b.example"],"AllowedMethods":["GET","PUT"],"AllowedHeaders":["content-type","if-none-match","range","x-amz-checksum-sha256"],"ExposeHeaders":["Content-Disposition","Content-Range","ETag"],"MaxAgeSeconds":3600}]}"#);
    insta::assert_snapshot!(notes(&documents), @"download: Keys do not have {subject} in them, so whoever may ask the endpoint can download every upload whose key they know.");
    let differ = |sid: &&str| {
        let of = |documents: &Documents| {
            documents.bucket_policy.statements().iter().find(|it| it.sid() == Some(*sid)).cloned()
        };
        of(&documents) != of(&PLAIN.documents())
    };
    assert_eq!(sids(&documents), sids(&PLAIN.documents()));
    assert_eq!(
        sids(&documents).into_iter().filter(differ).collect::<Vec<_>>(),
        ["GatepassPresignerOnlyUploadActions"]
    );
}

#[test]
fn the_china_partition_has_its_own_arns_and_domain() {
    let documents = Written {
        bucket: "region = \"cn-north-1\"\nencryption = \"aws:kms\"\nkms_key_arn = \"arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
        role: "[role]\npath = \"/uploads/\"\n[[role.trust]]\nservice = \"ecs-tasks.amazonaws.com\"\n[[role.trust]]\nprincipal = \"account\"",
        ..PLAIN
    }
    .documents();
    insta::assert_snapshot!(lines(&documents), @r#"
    "2012-10-17"
    {"Sid":"GatepassDenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws-cn:s3:::acme-uploads","arn:aws-cn:s3:::acme-uploads/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}
    {"Sid":"GatepassDenyOldSignatures","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws-cn:s3:::acme-uploads/*","Condition":{"NumericGreaterThan":{"s3:signatureAge":"900000"}}}
    {"Sid":"GatepassDenyOtherEncryption","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws-cn:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}
    {"Sid":"GatepassDenyOtherKmsKey","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws-cn:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"false"},"ArnNotEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}}
    {"Sid":"GatepassDenySignatureV2","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws-cn:s3:::acme-uploads","arn:aws-cn:s3:::acme-uploads/*"],"Condition":{"StringEquals":{"s3:signatureversion":"AWS"}}}
    {"Sid":"GatepassDenySseC","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws-cn:s3:::acme-uploads/*","Condition":{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"false"}}}
    {"Sid":"GatepassDenyTlsBelow12","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws-cn:s3:::acme-uploads","arn:aws-cn:s3:::acme-uploads/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}
    {"Sid":"GatepassPresignerOnlyExtensions","Effect":"Deny","Principal":"*","Action":"s3:PutObject","NotResource":["arn:aws-cn:s3:::acme-uploads/*.jpg","arn:aws-cn:s3:::acme-uploads/*.pdf","arn:aws-cn:s3:::acme-uploads/*.png"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws-cn:iam::111122223333:role/uploads/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyPrefix","Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":["arn:aws-cn:s3:::acme-uploads/uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws-cn:iam::111122223333:role/uploads/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerOnlyUploadActions","Effect":"Deny","Principal":"*","NotAction":["s3:PutObject"],"Resource":["arn:aws-cn:s3:::acme-uploads","arn:aws-cn:s3:::acme-uploads/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws-cn:iam::111122223333:role/uploads/acme-uploads-presigner"}}}
    {"Sid":"GatepassPresignerWriteOnce","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws-cn:s3:::acme-uploads/uploads/*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws-cn:iam::111122223333:role/uploads/acme-uploads-presigner"},"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}}

    "2012-10-17"
    {"Sid":"GatepassUpload","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws-cn:s3:::acme-uploads/uploads/*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}
    {"Sid":"GatepassUseKmsKey","Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Condition":{"StringEquals":{"kms:ViaService":"s3.cn-north-1.amazonaws.com.cn"}}}

    "2012-10-17"
    {"Sid":"GatepassTrustEcsTasks","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws-cn:ecs:cn-north-1:111122223333:*"}}}
    {"Sid":"GatepassTrustPrincipal","Effect":"Allow","Principal":{"AWS":"arn:aws-cn:iam::111122223333:root"},"Action":"sts:AssumeRole"}

    {"CORSRules":[{"ID":"gatepass-upload","AllowedOrigins":["https://a.example","https://b.example"],"AllowedMethods":["PUT"],"AllowedHeaders":["content-type","if-none-match","x-amz-checksum-sha256"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":3600}]}
    "#);
}

#[test]
fn each_trust_has_its_statement() {
    let documents = Written {
        role: r#"
            [[role.trust]]
            service = "ec2.amazonaws.com"
            [[role.trust]]
            service = "ecs-tasks.amazonaws.com"
            [[role.trust]]
            principal = "account"
            [[role.trust]]
            principal = "arn:aws:iam::444455556666:role/app"
            external_id = "for/acme:1"
            [[role.trust]]
            principal = "444455556666"
            [[role.trust]]
            principal = "arn:aws:iam::444455556666:role/app"
            external_id = "for/acme:2"
        "#,
        ..PLAIN
    }
    .documents();
    insta::assert_snapshot!(statement_lines(&documents.trust_policy), @r#"
    "2012-10-17"
    {"Sid":"GatepassTrustEc2","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}
    {"Sid":"GatepassTrustEcsTasks","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-central-1:111122223333:*"}}}
    {"Sid":"GatepassTrustPrincipal","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}
    {"Sid":"GatepassTrustPrincipal2","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}
    {"Sid":"GatepassTrustPrincipalWithExternalId","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/app"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"for/acme:1"}}}
    {"Sid":"GatepassTrustPrincipalWithExternalId2","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/app"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"for/acme:2"}}}
    "#);
}

#[test]
fn no_origin_is_no_cors_rule() {
    let mut contract = PLAIN.contract();
    contract.upload.allowed_origins = crate::contract::AllowedOrigins::Listed(Vec::new());
    let documents = rendered(&contract, &crate::policy::fixtures::built_in());
    assert_eq!(documents.cors, None);
    assert_eq!(documents.to_json()["cors"], json!({"CORSRules": []}));
}

#[test]
fn listed_headers_are_in_the_cors_rule_once() {
    let mut contract = PLAIN.contract();
    contract.upload.allowed_headers = ["baggage", "Content-Type", "traceparent"]
        .map(|name| crate::contract::AllowedHeader::parse(name).unwrap())
        .into();
    let documents = rendered(&contract, &crate::policy::fixtures::built_in());
    let expected =
        ["baggage", "content-type", "if-none-match", "traceparent", "x-amz-checksum-sha256"];
    assert_eq!(documents.cors.unwrap().allowed_headers, expected);
}

#[test]
fn any_origin_is_said() {
    let mut contract = PLAIN.contract();
    contract.upload.allowed_origins = crate::contract::AllowedOrigins::Any;
    let documents = rendered(&contract, &crate::policy::fixtures::built_in());
    assert_eq!(documents.cors.as_ref().unwrap().allowed_origins, ["*"]);
    insta::assert_snapshot!(notes(&documents), @"upload.allowed_origins: Pages of any origin may upload with a grant they hold.");
}

#[test]
fn a_directory_of_ones_own_replaces_adds_and_leaves_out() {
    let vpc = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "{{bucket_arn}}/{{prefix}}${aws:username}/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}"#;
    let write_once = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "{{bucket_arn}}/*",
        "Condition": {"Null": {"s3:if-none-match": true}, "Bool": {"s3:ObjectCreationOperation": true}}}"#;
    let files = own_files(&[
        ("bucket/GatepassOnlyFromVpc.json", vpc),
        ("bucket/GatepassPresignerWriteOnce.json", write_once),
        ("bucket/GatepassDenySseC.json", ""),
        ("bucket/GatepassDenyOtherKmsKey.json", ""),
        ("trust/GatepassTrustEc2.json", ""),
    ]);
    let documents = rendered(&PLAIN.contract(), &files);
    insta::assert_snapshot!(sids(&documents).join("\n"), @"
    GatepassDenyInsecureTransport
    GatepassDenyOldSignatures
    GatepassDenyOtherEncryption
    GatepassDenySignatureV2
    GatepassDenyTlsBelow12
    GatepassOnlyFromVpc
    GatepassPresignerOnlyExtensions
    GatepassPresignerOnlyPrefix
    GatepassPresignerOnlyUploadActions
    GatepassPresignerWriteOnce
    ");
    let own: Vec<String> = ["GatepassOnlyFromVpc", "GatepassPresignerWriteOnce"]
        .iter()
        .filter_map(|sid| {
            documents
                .bucket_policy
                .statements()
                .iter()
                .find(|statement| statement.sid() == Some(sid))
        })
        .map(|statement| Value::Object(statement.json().clone()).to_string())
        .collect();
    insta::assert_snapshot!(own.join("\n"), @r#"
    {"Sid":"GatepassOnlyFromVpc","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-uploads/uploads/${aws:username}/*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}
    {"Sid":"GatepassPresignerWriteOnce","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-uploads/*","Condition":{"Null":{"s3:if-none-match":true},"Bool":{"s3:ObjectCreationOperation":true}}}
    "#);
    // the contract wants neither the KMS key's guard nor the trust in EC2, so that their loss says nothing
    insta::assert_snapshot!(notes(&documents), @"GatepassDenySseC: bucket/GatepassDenySseC.json is missing from the policies directory, so an upload may be encrypted with a key that only its sender has.");

    let compatible =
        Written { upload: "content_types = [\"image/png\"]\nmode = \"compatible\"", ..PLAIN };
    let documents = rendered(&compatible.contract(), &files);
    assert!(
        !sids(&documents).contains(&"GatepassPresignerWriteOnce"),
        "a replaced file follows the same condition"
    );
}

#[test]
fn a_document_without_statements_is_refused() {
    let files = own_files(&[("role/GatepassUpload.json", "")]);
    insta::assert_snapshot!(refused(&PLAIN.contract(), &files), @"
    role/ has no statement for this contract, and AWS takes no document without one
      hint: put one of the built-in statements there (GatepassConfirm, GatepassDownload, GatepassKeepConfirmed, GatepassTagUploads, GatepassUpload, GatepassUploadInParts, GatepassUseKmsKey), or one of your own
    ");
    let files = own_files(&[("trust/GatepassTrustLambda.json", "")]);
    insta::assert_snapshot!(refused(&PLAIN.contract(), &files), @"
    trust/ has no statement for this contract, and AWS takes no document without one
      hint: put one of the built-in statements there (GatepassTrustEc2, GatepassTrustEcsTasks, GatepassTrustLambda, GatepassTrustPrincipal, GatepassTrustPrincipalWithExternalId), or one of your own
    ");
}

#[test]
fn two_statements_never_share_a_sid() {
    let text = r#"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
    let files = own_files(&[("trust/GatepassTrustPrincipal2.json", text)]);
    let role =
        "[[role.trust]]\nprincipal = \"account\"\n[[role.trust]]\nprincipal = \"444455556666\"";
    insta::assert_snapshot!(refused(&Written { role, ..PLAIN }.contract(), &files), @"
    trust/ gives two statements the Sid GatepassTrustPrincipal2
      hint: name the file otherwise: further statements of one kind of trust are numbered from 2
    ");
}
