//! Every operation of the endpoint.

use serde_json::{Value, json};

use crate::server::dialects;
use gatepass_core::contract::{Contract, Dialect};

use super::errors::{self, Errors};
use super::{better_upload, companion, links, schemas, sign_request};

/// What bodies are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    /// JSON, with the words of a refusal where clients look for them that were written for other servers.
    Told,
    /// As S3 writes it.
    Xml,
}

impl Media {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Json | Self::Told => "application/json",
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
    /// Whether clients keep the answer, and ask by its entity tag whether it is current.
    is_kept: bool,
    pub(super) media: Media,
    parameters: Vec<Value>,
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
        is_kept: false,
        media: Media::Json,
        parameters: vec![],
        request: None,
        answer: Some(answer),
        errors,
    };
    let post = |path, summary, request, answer, more: &[Errors]| Operation {
        path,
        method: "post",
        summary,
        is_for_callers: true,
        is_kept: false,
        media: Media::Json,
        parameters: vec![],
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
        Operation {
            is_for_callers: true,
            is_kept: true,
            ..get(
                "/api/contract",
                "What may be uploaded",
                schemas::contract(),
                vec![errors::CALLER],
            )
        },
        get("/healthz", "Whether the process answers", schemas::alive(), vec![]),
        get(
            "/readyz",
            "Whether credentials can sign and callers can be authenticated now",
            schemas::ready(),
            vec![errors::READY],
        ),
        Operation {
            is_kept: true,
            ..get(super::PATH, "This document", json!({ "type": "object" }), vec![errors::COUNTED])
        },
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
            post(
                "/api/multipart/parts",
                "Have parts signed",
                schemas::parts_asked(),
                schemas::parts_signed(),
                &[ticket, errors::PARTS],
            ),
            post(
                "/api/multipart/list",
                "List the parts that are there",
                schemas::of_ticket(),
                schemas::parts_listed(),
                &[ticket, store],
            ),
            post(
                "/api/multipart/complete",
                "Make an object of the parts",
                schemas::completion(),
                schemas::completed(contract),
                &[ticket, store, errors::COMPLETE, errors::CONFIRM],
            ),
            post(
                "/api/multipart/abort",
                "Give an upload up",
                schemas::of_ticket(),
                schemas::exactly(json!({})),
                &[ticket, store],
            ),
        ]);
    }
    if contract.serve.dialects.contains(&Dialect::UppySignRequest) {
        operations.push(post(
            dialects::SIGN_REQUEST,
            "Have a request of Uppy signed",
            sign_request::asked(contract),
            sign_request::signed(contract),
            &[
                errors::UPLOAD,
                errors::BEGIN,
                errors::TICKET,
                errors::PARTS,
                errors::STORE,
                errors::SIGN_REQUEST,
            ],
        ));
    }
    if contract.serve.dialects.contains(&Dialect::UppyCompanion) {
        operations.extend(of_companion(contract));
    }
    if contract.serve.dialects.contains(&Dialect::BetterUpload) {
        operations.push(Operation {
            media: Media::Told,
            ..post(
                dialects::BETTER_UPLOAD,
                "Get the rights to upload several files, as better-upload asks for them",
                better_upload::asked(contract),
                better_upload::granted(contract),
                &[
                    errors::UPLOAD,
                    errors::BEGIN,
                    errors::STORE,
                    errors::PARTS,
                    errors::BETTER_UPLOAD,
                ],
            )
        });
    }
    if contract.upload.multipart.is_some()
        && contract.serve.dialects.iter().any(|dialect| dialect.has_links())
    {
        operations.extend(linked());
    }
    operations
}

/// What Uppy asks of Companion.
fn of_companion(contract: &Contract) -> Vec<Operation> {
    let operation =
        |path, method, summary, parameters, request: Option<Value>, answer, more: &[Errors]| {
            Operation {
                path,
                method,
                summary,
                is_for_callers: true,
                is_kept: false,
                media: Media::Told,
                parameters,
                errors: [
                    &[errors::CALLER][..],
                    if request.is_some() { &[errors::BODY] } else { &[] },
                    more,
                ]
                .concat(),
                request,
                answer: Some(answer),
            }
        };
    let (single, ticket, store, parts) =
        (errors::UPLOAD, errors::TICKET, errors::STORE, errors::COMPANION_PARTS);
    let mut operations = vec![operation(
        "/s3/params",
        "get",
        "Get the right to upload one file, as Companion gives it",
        companion::file_in_query(contract),
        None,
        companion::params(contract),
        &[single, errors::FORM, errors::COMPANION],
    )];
    if contract.upload.multipart.is_some() {
        operations.extend([
            operation(
                "/s3/multipart",
                "post",
                "Begin an upload in parts, as Companion does",
                vec![],
                Some(companion::file(contract)),
                companion::begun(),
                &[single, errors::BEGIN, store, parts, errors::COMPANION],
            ),
            operation(
                "/s3/multipart/{ticket}",
                "get",
                "List the parts that are there, as Companion does",
                vec![companion::ticket()],
                None,
                companion::listed(),
                &[ticket, store],
            ),
            operation(
                "/s3/multipart/{ticket}",
                "delete",
                "Give an upload up, as Companion does",
                vec![companion::ticket()],
                None,
                schemas::exactly(json!({})),
                &[ticket, store],
            ),
            operation(
                "/s3/multipart/{ticket}/{number}",
                "get",
                "Have a part signed, as Companion does",
                vec![companion::ticket(), companion::number()],
                None,
                companion::signed(),
                &[ticket, errors::PARTS, parts],
            ),
            operation(
                "/s3/multipart/{ticket}/batch",
                "get",
                "Have parts signed, as Companion does",
                vec![companion::ticket(), companion::numbers()],
                None,
                companion::batch(),
                &[ticket, errors::PARTS, parts],
            ),
            operation(
                "/s3/multipart/{ticket}/complete",
                "post",
                "Make an object of the parts, as Companion does",
                vec![companion::ticket()],
                Some(companion::completion()),
                companion::completed(),
                &[ticket, store, errors::COMPLETE, errors::FREE_PARTS, errors::CONFIRM],
            ),
        ]);
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
        is_kept: false,
        media: Media::Xml,
        parameters: vec![links::parameter()],
        request,
        answer,
        errors: [&[errors::LINK, errors::STORE], more].concat(),
    };
    [
        operation(
            "get",
            "List the parts that are there, as S3 does",
            None,
            Some(links::parts_listed()),
            &[],
        ),
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
        let mut headers = json!({ "x-request-id": { "$ref": "#/components/headers/RequestId" } });
        if self.is_kept {
            headers["etag"] = json!({ "schema": { "type": "string" } });
            responses.insert(
                "304".to_owned(),
                json!({ "description": "What If-None-Match names is current", "headers": headers }),
            );
        }
        match &self.answer {
            Some(schema) => {
                let answer = json!({ "description": "OK", "headers": headers, "content": { media: { "schema": schema } } });
                responses.insert("200".to_owned(), answer);
            }
            None => {
                responses
                    .insert("204".to_owned(), json!({ "description": "Done", "headers": headers }));
            }
        }
        responses.insert(
            "431".to_owned(),
            json!({ "description": "The request's head is above 16 KiB" }),
        );
        let mut document =
            json!({ "summary": self.summary, "operationId": self.id(), "responses": responses });
        if let Some(request) = &self.request {
            // what begins an upload by a link has none
            let is_required = self.media != Media::Xml;
            document["requestBody"] =
                json!({ "required": is_required, "content": { media: { "schema": request } } });
        }
        if !self.parameters.is_empty() {
            document["parameters"] = json!(self.parameters);
        }
        if self.is_for_callers && contract.auth.is_some() {
            document["security"] = json!([{ "bearer": [] }]);
        }
        document
    }

    fn id(&self) -> String {
        let name = self
            .path
            .trim_start_matches("/api")
            .trim_matches('/')
            .replace(['/', '-', '.'], "_")
            .replace(['{', '}'], "");
        format!("{}_{name}", self.method)
    }
}
