//! Running an endpoint: another contract without a stop, the audit, metrics, traces.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::auth::{new_key, workspace};
use crate::backend::{Backend, run};
use crate::workspace::{Serving, Workspace};

const METRICS: &str = "[serve]\nmetrics_listen = \"127.0.0.1:0\"\n";

fn png(size: u64) -> Value {
    json!({ "content_type": "image/png", "size": size })
}

/// Asks until it is so.
/// Waits for something for as long as a test may take.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting)
        .await
        .unwrap_or_else(|_| panic!("not {what} after 30 s"));
}

async fn metrics(endpoint: &Serving) -> String {
    let log = endpoint.log();
    let line = log.lines().find(|line| line.contains("\"message\":\"metrics\"")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let response = crate::upload::http()
        .get(format!("http://{}/metrics", line["metrics"].as_str().unwrap()))
        .send()
        .await
        .unwrap();
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    response.text().await.unwrap()
}

async fn reloads(endpoint: &Serving, outcome: &str) -> bool {
    metrics(endpoint).await.contains(&format!("gatepass_reloads_total{{outcome=\"{outcome}\"}} 1"))
}

fn contract(workspace: &Workspace) -> String {
    workspace.read("gatepass.toml")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_contract_comes_without_a_request_lost_and_a_broken_one_does_not() {
    let (old, old_lines) = new_key("old").await;
    let (new, new_lines) = new_key("new").await;
    let workspace = workspace(&format!("{METRICS}{old_lines}"));
    let before = contract(&workspace);
    let endpoint = Arc::new(workspace.serve().await);
    assert_eq!(endpoint.ask_as(&new, &png(3)).await.status(), 401);

    // on connections that are kept
    let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let load: Vec<_> = (0..4)
        .map(|_| {
            let (endpoint, old, stop, asked) =
                (Arc::clone(&endpoint), old.clone(), Arc::clone(&stop), Arc::clone(&asked));
            tokio::spawn(async move {
                let http = crate::upload::http();
                while !stop.load(Ordering::Relaxed) {
                    let request = http
                        .post(format!("{}/api/upload-url", endpoint.url))
                        .bearer_auth(&old)
                        .json(&png(3));
                    let response = request.send().await.expect("a request was lost");
                    assert_eq!(response.status(), 200);
                    response.bytes().await.expect("an answer was lost");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let goes_on = async || {
        let seen = asked.load(Ordering::Relaxed);
        until("asked on", || async { asked.load(Ordering::Relaxed) > seen + 20 }).await;
    };
    goes_on().await;
    workspace.write("gatepass.toml", format!("{before}{new_lines}"));
    endpoint.hang_up().await;
    until("reloaded", || reloads(&endpoint, "done")).await;
    assert_eq!(endpoint.ask_as(&new, &png(3)).await.status(), 200);
    goes_on().await;

    workspace.write("gatepass.toml", "bucket = 7");
    endpoint.hang_up().await;
    until("refused", || async { endpoint.log().contains("the present one stays") }).await;
    goes_on().await;
    assert_eq!(endpoint.ask_as(&new, &png(3)).await.status(), 200);
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }

    // a key that is taken out ends, and what cannot change is said
    workspace.write(
        "gatepass.toml",
        before.replace(&old_lines, &new_lines).replace("[serve]", "[serve]\nmax_connections = 7"),
    );
    endpoint.hang_up().await;
    until("refused", || async { endpoint.ask_as(&old, &png(3)).await.status() == 401 }).await;
    assert_eq!(endpoint.ask_as(&new, &png(3)).await.status(), 200);
    let Ok(endpoint) = Arc::try_unwrap(endpoint) else { panic!("the load goes on") };
    let (code, log) = endpoint.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |message: &str| {
        lines
            .iter()
            .find(|line| line["message"] == message)
            .unwrap_or_else(|| panic!("no {message}:\n{log}"))
    };
    assert_eq!(line("takes a restart to change")["field"], "serve.max_connections");
    let refused = line("the contract is not reloaded, and the present one stays");
    assert_eq!(refused["level"], "ERROR");
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .contains("gatepass.toml:1: bucket = 7 is an integer, not a table"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_open_endpoint_does_not_become_one_for_everybody() {
    let (key, lines) = new_key("app").await;
    let workspace = workspace(&format!("{METRICS}{lines}"));
    let endpoint = workspace.serve_on("0.0.0.0:0", &[]).await;
    workspace
        .write("gatepass.toml", contract(&workspace).replace(&lines, "").replace("{subject}/", ""));
    endpoint.hang_up().await;
    let refused = || async {
        endpoint.ask(&png(3)).await.status() == 401
            && endpoint.ask_as(&key, &png(3)).await.status() == 200
    };
    assert!(refused().await);
    until("said", || async { endpoint.log().contains("refusing to listen on 0.0.0.0:") }).await;
    assert!(reloads(&endpoint, "refused").await);
    assert!(refused().await);
}

#[tokio::test]
async fn every_grant_is_written_down_in_a_file_that_can_be_moved_away() {
    let (key, lines) = new_key("app").await;
    let workspace = workspace(&format!("[serve]\naudit = \"audit.jsonl\"\n{lines}"));
    let endpoint = workspace.serve().await;
    let response = endpoint.ask_as(&key, &png(3)).await;
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let grant: Value = response.json().await.unwrap();
    assert_eq!(endpoint.ask_as(&key, &png(0)).await.status(), 400);
    let audit = workspace.read("audit.jsonl");
    let line: Value = serde_json::from_str(&audit).unwrap();
    let said = |name: &str| line[name].as_str().unwrap().to_owned();
    assert_eq!(line["key"], grant["key"]);
    assert_eq!(
        (said("request_id"), said("kind"), said("subject"), said("access_key")),
        (id, "put".into(), "api-key:the \"app\"".into(), "app".into())
    );
    assert_eq!(
        (said("content_type"), said("client")),
        ("image/png".to_owned(), "127.0.0.1".to_owned())
    );
    assert_eq!(line["size"], 3);
    let lifetime = humantime::parse_rfc3339(&said("expires_at"))
        .unwrap()
        .duration_since(humantime::parse_rfc3339(&said("time")).unwrap());
    assert_eq!(lifetime.unwrap(), Duration::from_secs(300));
    for secret in [key.as_str(), "X-Amz-Signature"] {
        assert!(!audit.contains(secret), "{audit}");
    }

    std::fs::rename(workspace.path("audit.jsonl"), workspace.path("audit.1")).unwrap();
    assert_eq!(endpoint.ask_as(&key, &png(4)).await.status(), 200);
    endpoint.hang_up().await;
    until("a new file", || async { workspace.path("audit.jsonl").exists() }).await;
    assert_eq!(endpoint.ask_as(&key, &png(5)).await.status(), 200);
    let sizes = |file: &str| -> Vec<u64> {
        workspace
            .read(file)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["size"].as_u64().unwrap())
            .collect()
    };
    assert_eq!((sizes("audit.1"), sizes("audit.jsonl")), (vec![3, 4], vec![5]));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_cannot_be_written_down_is_not_given() {
    let (key, lines) = new_key("app").await;
    // a device that is always full
    let workspace = workspace(&format!("[serve]\naudit = \"/dev/full\"\n{lines}"));
    let endpoint = workspace.serve().await;
    let response = endpoint.ask_as(&key, &png(3)).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "5");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["code"], "audit_failed");
    assert!(body.get("upload_url").is_none());
    // what gives no right needs no line
    assert_eq!(endpoint.ask_as(&key, &png(0)).await.status(), 400);
    let (_, log) = endpoint.terminate().await;
    assert!(
        log.contains("No space left on device") && !log.contains("\"message\":\"granted\""),
        "{log}"
    );
}

#[tokio::test]
async fn an_audit_that_has_no_place_is_said_at_the_start() {
    let workspace = workspace(
        "[serve]\naudit = \"no/such/directory/audit.jsonl\"\n[[auth.keys]]\nid = \"a\"\nsha256 = \"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\"\n",
    );
    let refused = workspace.run(&["serve", "--listen", "127.0.0.1:0"]).await.exits(1);
    assert!(refused.stderr.starts_with("error: opening the audit's file"), "{}", refused.stderr);
}

#[tokio::test]
async fn metrics_are_on_a_listener_of_their_own() {
    let (key, lines) = new_key("app").await;
    let workspace =
        workspace(&format!("{METRICS}{lines}[limits]\noutstanding_bytes = \"10 MiB\"\n"));
    let endpoint = workspace.serve().await;
    for size in [3, 4] {
        assert_eq!(endpoint.ask_as(&key, &png(size)).await.status(), 200);
    }
    assert_eq!(endpoint.ask_as(&key, &png(0)).await.status(), 400);
    assert_eq!(endpoint.ask(&png(3)).await.status(), 401);
    for path in ["/metrics", "/a-path-of-a-client", "/another"] {
        let response =
            crate::upload::http().get(format!("{}{path}", endpoint.url)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    let text = metrics(&endpoint).await;
    for line in [
        "gatepass_requests_total{route=\"/api/upload-url\",outcome=\"ok\"} 2",
        "gatepass_requests_total{route=\"/api/upload-url\",outcome=\"size_zero\"} 1",
        "gatepass_requests_total{route=\"/api/upload-url\",outcome=\"token_missing\"} 1",
        "gatepass_requests_total{route=\"other\",outcome=\"not_found\"} 3",
        "gatepass_grants_total{kind=\"put\"} 2",
        "gatepass_granted_bytes_total{kind=\"put\"} 7",
        "gatepass_request_duration_seconds_count{route=\"/api/upload-url\"} 4",
        "gatepass_outstanding_bytes 7",
        "gatepass_log_lines_dropped_total 0",
        "gatepass_outstanding_limit_bytes 10485760",
        "gatepass_outstanding_subjects 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
    assert!(
        text.contains("gatepass_credentials_loaded_timestamp_seconds ")
            && !text.contains("a-path-of-a-client"),
        "{text}"
    );
}

/// An endpoint that other clients can upload to, and what keeps it running.
async fn of_other_clients(backend: &Backend) -> (Serving, Workspace) {
    let contract = format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "10 MiB"
        allowed_origins = []
        multipart = true
        [[role.trust]]
        principal = "account"
        [serve]
        metrics_listen = "127.0.0.1:0"
        dialects = ["uppy-companion", "better-upload"]
        url = "http://127.0.0.1:8080"
        [endpoint]
        url = "{endpoint}"
        "#,
        bucket = backend.unique_bucket("others"),
        region = backend.region,
        endpoint = backend.endpoint,
    );
    let mut workspace = Workspace::new(backend, &contract);
    workspace.set("GATEPASS_LOG", "debug");
    workspace.run(&["apply", "--yes"]).await.exits(0);
    (workspace.serve().await, workspace)
}

/// Has an upload begun as Companion's clients do, and gives its ticket.
async fn begin(endpoint: &Serving) -> String {
    let file = json!({ "type": "image/png", "metadata": { "size": 3 } });
    let begun = crate::upload::http()
        .post(format!("{}/s3/multipart", endpoint.url))
        .json(&file)
        .send()
        .await
        .unwrap();
    assert_eq!(begun.status(), 200);
    begun.json::<Value>().await.unwrap()["uploadId"].as_str().unwrap().to_owned()
}

async fn status(endpoint: &Serving, method: Method, path: &str) -> u16 {
    crate::upload::http()
        .request(method, format!("{}{path}", endpoint.url))
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[test]
fn metrics_tell_the_routes_of_other_clients_apart() {
    run(async {
        let backend = Backend::embedded().await;
        let (endpoint, _workspace) = of_other_clients(&backend).await;
        let ticket = begin(&endpoint).await;
        assert_eq!(
            status(&endpoint, Method::GET, "/s3/params?type=image/png&metadata[size]=3").await,
            200
        );
        assert_eq!(status(&endpoint, Method::POST, "/better-upload").await, 415);
        assert_eq!(status(&endpoint, Method::GET, &format!("/s3/multipart/{ticket}")).await, 200);
        assert_eq!(status(&endpoint, Method::GET, &format!("/s3/multipart/{ticket}/1")).await, 200);
        assert_eq!(
            status(&endpoint, Method::GET, &format!("/s3/multipart/{ticket}/batch")).await,
            400
        );
        let text = metrics(&endpoint).await;
        for labels in [
            "route=\"/s3/multipart\",outcome=\"ok\"",
            "route=\"/s3/params\",outcome=\"ok\"",
            "route=\"/better-upload\",outcome=\"not_json\"",
            "route=\"/s3/multipart/{ticket}\",outcome=\"ok\"",
            "route=\"/s3/multipart/{ticket}/{number}\",outcome=\"ok\"",
            "route=\"/s3/multipart/{ticket}/batch\",outcome=\"part_numbers_malformed\"",
        ] {
            assert!(
                text.lines().any(|line| line == format!("gatepass_requests_total{{{labels}}} 1")),
                "no {labels} in\n{text}"
            );
        }
        assert!(!text.contains(&ticket), "{text}");
    });
}

#[test]
fn a_ticket_in_a_path_is_nowhere_in_the_log() {
    run(async {
        let backend = Backend::embedded().await;
        let (endpoint, workspace) = of_other_clients(&backend).await;
        let ticket = begin(&endpoint).await;
        let at = format!("/s3/multipart/{ticket}");
        for (method, path, expected) in [
            (Method::GET, at.clone(), 200),
            (Method::GET, format!("{at}/10001"), 409),
            (Method::GET, format!("/s3/multipart/10001/{ticket}"), 400),
            (Method::POST, format!("{at}/complete"), 415),
            (Method::PUT, at.clone(), 405),
            (Method::GET, format!("{at}/"), 404),
            (Method::GET, format!("/behind/a/proxy{at}/1"), 404),
            (Method::GET, "/wp-login.php".to_owned(), 404),
        ] {
            assert_eq!(status(&endpoint, method, &path).await, expected, "{path}");
        }
        assert_eq!(status(&endpoint, Method::DELETE, &at).await, 200);
        // and now S3 has no such bucket
        workspace.run(&["destroy", "--yes"]).await.exits(0);
        assert_eq!(status(&endpoint, Method::GET, &at).await, 502);
        let (_, log) = endpoint.terminate().await;
        let (_, seal) = ticket.rsplit_once('.').unwrap();
        assert!(!log.contains(seal), "{log}");
        let lines: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told = |message: &str| -> Vec<&str> {
            lines
                .iter()
                .filter(|line| line["message"] == message)
                .filter_map(|line| line["path"].as_str())
                .collect()
        };
        assert_eq!(
            told("refused"),
            [
                "/s3/multipart/{ticket}/{number}",
                "/s3/multipart/{ticket}/{number}",
                "/s3/multipart/{ticket}/complete",
                "/s3/multipart/{ticket}",
                "/s3/multipart/…/",
                "/behind/a/proxy/s3/multipart/…/1",
                "/wp-login.php",
            ]
        );
        assert_eq!(told("answered"), ["/s3/multipart/{ticket}"]);
        assert_eq!(told("failed"), ["/s3/multipart/{ticket}"]);
    });
}

#[tokio::test]
async fn a_trace_goes_into_the_log_and_into_the_answer() {
    let (key, lines) = new_key("app").await;
    let workspace = workspace(&lines);
    let endpoint = workspace.serve().await;
    let ask = async |parent: &str| {
        let request = crate::upload::http()
            .post(format!("{}/api/upload-url", endpoint.url))
            .bearer_auth(&key)
            .json(&png(3));
        request.header("traceparent", parent).send().await.unwrap()
    };
    let response = ask("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").await;
    let answered = response.headers()["traceresponse"].to_str().unwrap().to_owned();
    let span = answered
        .strip_prefix("00-0af7651916cd43dd8448eb211c80319c-")
        .and_then(|rest| rest.strip_suffix("-01"))
        .unwrap()
        .to_owned();
    assert_ne!(span, "b7ad6b7169203331");
    assert!(ask("nonsense").await.headers().get("traceresponse").is_none());
    let (_, log) = endpoint.terminate().await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let traced: Vec<_> = lines.iter().filter(|line| line.get("trace_id").is_some()).collect();
    assert_eq!(traced.len(), 1, "{log}");
    assert_eq!(traced[0]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(
        (traced[0]["span_id"].as_str(), traced[0]["parent_span_id"].as_str()),
        (Some(span.as_str()), Some("b7ad6b7169203331"))
    );
}
