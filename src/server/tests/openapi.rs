//! The document that says what the endpoint does. That every answer is declared in it is checked where answers are made.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use http_body_util::BodyExt as _;
use reqwest::Method;
use serde_json::Value;

use super::auth::asking;
use super::{Running, compatible, contract, credentials, header};
use crate::server::endpoint::{Endpoint, Equipment};
use crate::server::{openapi, route};
use gatepass_core::contract::{Contract, Dialect, Download, MediaRange, Multipart, PartSize};

async fn document(contract: &Contract) -> Value {
    Running::start(contract).await.get("/openapi.json").await.json().await.unwrap()
}

/// Every `$ref` of a document.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn it_is_the_contracts() {
    let strict = document(&contract()).await;
    assert_eq!(strict["openapi"], "3.1.0");
    let upload = &strict["components"]["schemas"]["Upload"];
    assert_eq!(upload["required"], serde_json::json!(["size"]));
    assert_eq!(upload["anyOf"][0]["required"], serde_json::json!(["content_type"]));
    assert_eq!(upload["anyOf"][1]["required"], serde_json::json!(["filename"]));
    assert_eq!(upload["properties"]["size"]["maximum"], 10_485_760);
    let pattern =
        regex::Regex::new(upload["properties"]["content_type"]["pattern"].as_str().unwrap())
            .unwrap();
    for (text, matches) in [
        ("image/png", true),
        ("application/pdf", true),
        ("application/pdfx", false),
        ("xapplication/pdf", false),
        ("text/html", false),
    ] {
        assert_eq!(pattern.is_match(text), matches, "{text}");
    }
    assert_eq!(
        document(&compatible()).await["components"]["schemas"]["Upload"]["required"],
        serde_json::json!([])
    );
    let mut any = contract();
    any.upload.content_types = vec![MediaRange::parse("*/*").unwrap()];
    let any = document(&any).await;
    let pattern = any["components"]["schemas"]["Upload"]["properties"]["content_type"]["pattern"]
        .as_str()
        .unwrap();
    assert!(
        regex::Regex::new(pattern).unwrap().is_match("application/vnd.oasis.opendocument.text")
    );
}

#[tokio::test]
async fn who_asks_is_said_where_it_is_asked() {
    let open = document(&contract()).await;
    assert!(open["components"].get("securitySchemes").is_none());
    let asking = document(&asking()).await;
    assert_eq!(asking["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    for (path, is_for_callers) in [
        ("/api/upload-url", true),
        ("/api/contract", true),
        ("/healthz", false),
        ("/readyz", false),
    ] {
        let operation = asking["paths"][path].as_object().unwrap().values().next().unwrap();
        assert_eq!(operation.get("security").is_some(), is_for_callers, "{path}");
    }
}

#[tokio::test]
async fn what_it_points_to_is_there() {
    let document = document(&asking()).await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn every_path_of_it_is_known_to_the_log_and_the_metrics() {
    let mut contract = contract();
    contract.serve.dialects =
        vec![Dialect::UppyCompanion, Dialect::UppySignRequest, Dialect::BetterUpload];
    let upload = &mut contract.upload;
    (upload.form, upload.confirm, upload.multipart) =
        (true, true, Some(Multipart { part_size: PartSize::DEFAULT }));
    contract.download = Some(Download { expires_in: contract.upload.expires_in, inline: vec![] });
    let document = openapi::document(&contract);
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert!(paths.len() > 15, "{paths:?}");
    for path in paths {
        assert_eq!(route::known(path), Some(path.as_str()));
    }
}

#[tokio::test]
async fn it_is_rendered_once_for_a_contract() {
    let endpoint =
        || Arc::new(Endpoint::new(contract(), (*credentials()).clone(), Equipment::default()));
    let body = async |endpoint: &Arc<Endpoint>| {
        let response = openapi::get(State(Arc::clone(endpoint)), HeaderMap::new()).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let (first, second) = (endpoint(), endpoint());
    let rendered = body(&first).await;
    // the same memory, not only the same text
    assert_eq!(body(&first).await.as_ptr(), rendered.as_ptr());
    assert_ne!(body(&second).await.as_ptr(), rendered.as_ptr());
}

#[tokio::test]
async fn what_is_kept_is_not_sent_twice() {
    let server = Running::start(&contract()).await;
    for path in ["/openapi.json", "/api/contract", "/gatepass.js", "/gatepass.d.ts"] {
        let first = server.get(path).await;
        assert_eq!(
            (first.status().as_u16(), header(&first, "cache-control")),
            (200, Some("no-cache")),
            "{path}"
        );
        let etag = header(&first, "etag").unwrap();
        let again = server.send(Method::GET, path, &[("if-none-match", etag)], "").await;
        assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, Some(etag)), "{path}");
        assert_eq!(again.text().await.unwrap(), "", "{path}");
        assert_eq!(
            server.send(Method::GET, path, &[("if-none-match", "\"other\"")], "").await.status(),
            200,
            "{path}"
        );
    }
}
