//! Every operation of the endpoint.

use serde_json::{Value, json};

use crate::contract::{Contract, Dialect};
use crate::server::dialects;

use super::errors::{self, Errors};
use super::{links, schemas, sign_request};

/// What bodies are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    /// As S3 writes it.
    Xml,
}

impl Media {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// One method of one path.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: &'static str,
    summary: &'static str,
    is_for_callers: bool,
    pub(super) media: Media,
    /// Whether it comes by a link.
    is_linked: bool,
    request: Option<Value>,
    /// None where there is nothing in it (204).
    answer: Option<Value>,
    errors: Vec<Errors>,
}

fn shared(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What this contract's endpoint has.
pub(super) fn of(contract: &Contract) -> Vec<Operation> {
    let get = |path, summary, answer, errors| Operation {
        path,
        method: "get",
        summary,
        is_for_callers: false,
        media: Media::Json,
        is_linked: false,
        request: None,
        answer: Some(answer),
        errors,
    };
    let post = |path, summary, request, answer, more: &[Errors]| Operation {
        path,
        method: "post",
        summary,
        is_for_callers: true,
        media: Media::Json,
        is_linked: false,
        request: Some(request),
        answer: Some(answer),
        errors: [&[errors::CALLER, errors::BODY], more].concat(),
    };
    let mut operations = vec![
        post(
            super::super::routes::UPLOAD_URL,
            "Get the right to upload one file by PUT",
            shared("Upload"),
            shared("Grant"),
            &[errors::UPLOAD],
        ),
        post(
            "/api/upload-urls",
            "Get the rights to upload several files, each by PUT",
            schemas::files(),
            schemas::grants(),
            &[errors::UPLOAD, errors::FILES],
        ),
        Operation { is_for_callers: true, ..get("/api/contract", "What may be uploaded", schemas::contract(), vec![errors::CALLER]) },
        get("/healthz", "Whether the process answers", schemas::alive(), vec![]),
        get("/readyz", "Whether credentials can sign now", schemas::ready(), vec![errors::READY]),
        get(super::PATH, "This document", json!({ "type": "object" }), vec![]),
    ];
    if contract.upload.form {
        operations.push(post(
            "/api/upload-form",
            "Get the right to upload one file by a form",
            shared("FormUpload"),
            schemas::form(contract),
            &[errors::UPLOAD, errors::FORM],
        ));
    }
    if let Some(download) = &contract.download {
        operations.push(post(
            "/api/download-url",
            "Get the right to read one upload",
            schemas::download(contract, download),
            schemas::downloadable(),
            &[errors::DOWNLOAD],
        ));
    }
    if contract.upload.confirm {
        operations.push(post(
            "/api/confirm",
            "Have an upload looked at, and get a receipt",
            schemas::of_ticket(),
            schemas::confirmed(),
            &[errors::TICKET, errors::STORE, errors::CONFIRM],
        ));
    }
    if contract.upload.multipart.is_some() {
        let (ticket, store) = (errors::TICKET, errors::STORE);
        operations.extend([
            post(
                "/api/multipart",
                "Begin an upload in parts",
                shared("MultipartUpload"),
                schemas::begun(),
                &[errors::UPLOAD, errors::BEGIN, store],
            ),
            post("/api/multipart/parts", "Have parts signed", schemas::parts_asked(), schemas::parts_signed(), &[ticket, errors::PARTS]),
            post("/api/multipart/list", "List the parts that are there", schemas::of_ticket(), schemas::parts_listed(), &[ticket, store]),
            post(
                "/api/multipart/complete",
                "Make an object of the parts",
                schemas::completion(),
                schemas::completed(contract),
                &[ticket, store, errors::COMPLETE, errors::CONFIRM],
            ),
            post("/api/multipart/abort", "Give an upload up", schemas::of_ticket(), schemas::exactly(json!({})), &[ticket, store]),
        ]);
    }
    if contract.serve.dialects.contains(&Dialect::UppySignRequest) {
        operations.push(post(
            dialects::SIGN_REQUEST,
            "Have a request of Uppy signed",
            sign_request::asked(contract),
            sign_request::signed(contract),
            &[errors::UPLOAD, errors::BEGIN, errors::TICKET, errors::PARTS, errors::STORE, errors::SIGN_REQUEST],
        ));
    }
    if contract.upload.multipart.is_some() && contract.serve.dialects.iter().any(|dialect| dialect.has_links()) {
        operations.extend(linked());
    }
    operations
}

/// What the endpoint does in the place of S3.
fn linked() -> [Operation; 3] {
    let operation = |method, summary, request, answer, more: &[Errors]| Operation {
        path: dialects::LINKS,
        method,
        summary,
        is_for_callers: false,
        media: Media::Xml,
        is_linked: true,
        request,
        answer,
        errors: [&[errors::LINK, errors::STORE], more].concat(),
    };
    [
        operation("get", "List the parts that are there, as S3 does", None, Some(links::parts_listed()), &[]),
        operation(
            "post",
            "Begin an upload in parts, or make an object of them, as S3 does",
            Some(links::completion()),
            Some(links::begun_or_completed()),
            &[errors::XML_BODY, errors::COMPLETE, errors::FREE_PARTS, errors::CONFIRM],
        ),
        operation("delete", "Give an upload up, as S3 does", None, None, &[]),
    ]
}

impl Operation {
    pub(super) fn document(&self, contract: &Contract) -> Value {
        let media = self.media.as_str();
        let mut responses = errors::responses(&self.errors, self.media);
        let headers = json!({ "x-request-id": { "$ref": "#/components/headers/RequestId" } });
        match &self.answer {
            Some(schema) => {
                let answer = json!({ "description": "OK", "headers": headers, "content": { media: { "schema": schema } } });
                responses.insert("200".to_owned(), answer);
            }
            None => {
                responses.insert("204".to_owned(), json!({ "description": "Done", "headers": headers }));
            }
        }
        responses.insert("431".to_owned(), json!({ "description": "The request's head is above 16 KiB" }));
        let mut document = json!({ "summary": self.summary, "operationId": self.id(), "responses": responses });
        if let Some(request) = &self.request {
            document["requestBody"] = json!({ "required": !self.is_linked, "content": { media: { "schema": request } } });
        }
        if self.is_linked {
            let description = "As it stands in the URL that was given. It is a right.";
            document["parameters"] =
                json!([{ "name": "link", "in": "query", "required": true, "schema": { "type": "string" }, "description": description }]);
        }
        if self.is_for_callers && contract.auth.is_some() {
            document["security"] = json!([{ "bearer": [] }]);
        }
        document
    }

    fn id(&self) -> String {
        let name = self.path.trim_start_matches("/api").trim_matches('/').replace(['/', '-', '.'], "_");
        format!("{}_{name}", self.method)
    }
}
