//! Answers that have no end.

use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::{Answer, Replay, contract};
use crate::aws::Connection;
use crate::aws::connection::{Hosts, Transport};
use crate::ca_certificates::CaCertificates;
use crate::http_body::tests::endless;

fn page(next: usize, parts: std::ops::Range<usize>) -> String {
    let part = |number| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>\"e\"</ETag><Size>1</Size></Part>")
    };
    let parts: String = parts.map(part).collect();
    format!(
        "<ListPartsResult><Bucket>acme-uploads</Bucket><Key>k</Key><UploadId>u</UploadId><IsTruncated>true</IsTruncated>\
         <NextPartNumberMarker>{next}</NextPartNumberMarker>{parts}</ListPartsResult>"
    )
}

/// What is told of a list of parts with these pages, and how many were asked for.
async fn listing(pages: &[String]) -> (String, usize) {
    let contract = contract("eu-central-1", "");
    let answers: Vec<Answer<'_>> = pages.iter().map(|page| Answer(200, &[], page)).collect();
    let replay = Replay::of(&contract, &answers);
    let objects =
        replay.connection.objects(&contract, replay.connection.signing_credentials(&contract));
    let told = objects.list_parts("k", "u").await.unwrap_err().to_string();
    (told, replay.calls())
}

#[tokio::test]
async fn pages_end() {
    let pages: Vec<String> = (1..200).map(|number| page(number, number..number + 1)).collect();
    let (told, calls) = listing(&pages).await;
    assert!(told.ends_with("AWS in eu-central-1 answered with more than 100 pages"), "{told}");
    assert_eq!(calls, 100);

    let same: Vec<String> = (1..10).map(|_| page(7, 7..8)).collect();
    let (told, calls) = listing(&same).await;
    assert!(told.ends_with("AWS in eu-central-1 repeats a page of the list: the next one is to begin at Some(\"7\") again"), "{told}");
    assert_eq!(calls, 2);

    let long: Vec<String> = (1..20).map(|number| page(number, 1..2000)).collect();
    let (told, calls) = listing(&long).await;
    assert!(
        told.ends_with("the answer lists more than the 10000 parts that an upload can have"),
        "{told}"
    );
    assert_eq!(calls, 6);
}

#[tokio::test]
async fn a_body_ends() {
    for status in [200, 403] {
        let url = endless(status).await;
        let contract = contract("eu-central-1", &format!("[endpoint]\nurl = \"{url}\""));
        let credentials = SharedCredentialsProvider::new(Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            None,
            None,
            "test",
        ));
        let transport = Transport {
            retry: RetryConfig::disabled(),
            ..Transport::believing(&CaCertificates::default())
        };
        let connection = Connection::new(&contract, credentials, Hosts::default(), transport);
        let objects = connection.objects(&contract, connection.signing_credentials(&contract));
        let told = objects.list_parts("k", "u").await.unwrap_err().to_string();
        assert!(told.ends_with(&format!("{url} answered with more than 16777216 bytes")), "{told}");
        let told = connection.account().await.unwrap_err().to_string();
        assert!(told.ends_with(&format!("{url} answered with more than 16777216 bytes")), "{told}");
    }
}
