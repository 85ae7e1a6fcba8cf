//! What a monitoring system is told, in the form of OpenMetrics.
//!
//! It is on a listener of its own, which there is only where the contract names it: how much is uploaded is nobody's business who can
//! reach the endpoint. No label holds what a client sends.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::log_writer::LogWriter;

use super::error::ApiError;
use super::record::Record;
use super::routes::App;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// In seconds: from what a signature takes to what S3 may take to answer.
const BUCKETS: [f64; 12] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

type Seconds = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    route: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Done {
    outcome: &'static str,
}

/// Everything that is counted. It outlives the contract.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    durations: Family<Route, Histogram>,
    grants: Family<Kind, Counter>,
    granted_bytes: Family<Kind, Counter>,
    reloads: Family<Done, Counter>,
    credentials_expire: Seconds,
    credentials_loaded: Seconds,
    outstanding_bytes: Gauge,
    outstanding_most_bytes: Gauge,
    outstanding_limit_bytes: Gauge,
    outstanding_subjects: Gauge,
}

impl Metrics {
    /// Everything at zero. `log` is the queue whose dropped lines are counted.
    pub(super) fn new(log: Option<&LogWriter>) -> Self {
        let mut registry = Registry::with_prefix("gatepass");
        let requests = Family::default();
        registry.register(
            "requests",
            "Requests, by route and by what came of them: ok, or an error's code",
            requests.clone(),
        );
        let durations: Family<Route, Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register_with_unit(
            "request_duration",
            "How long answers took",
            Unit::Seconds,
            durations.clone(),
        );
        let grants = Family::default();
        registry.register("grants", "Rights that were given, by kind", grants.clone());
        let granted_bytes = Family::default();
        registry.register_with_unit(
            "granted",
            "What they are for, where that is declared",
            Unit::Bytes,
            granted_bytes.clone(),
        );
        if let Some(log) = log {
            let help =
                "Lines of the log that were dropped because standard error was not read in time";
            registry.register("log_lines_dropped", help, log.dropped_lines().clone());
        }
        let reloads = Family::default();
        registry.register("reloads", "How often the contract was reloaded", reloads.clone());
        let credentials_expire = Seconds::default();
        registry.register_with_unit(
            "credentials_expire_timestamp",
            "When the credentials that sign expire, since 1970; +Inf for those that do not",
            Unit::Seconds,
            credentials_expire.clone(),
        );
        let credentials_loaded = Seconds::default();
        registry.register_with_unit(
            "credentials_loaded_timestamp",
            "When the credentials that sign were taken into use, since 1970",
            Unit::Seconds,
            credentials_loaded.clone(),
        );
        let gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let outstanding_bytes = gauge(
            &mut registry,
            "outstanding_bytes",
            "What grants that have not expired are for, of all subjects",
        );
        let outstanding_most_bytes =
            gauge(&mut registry, "outstanding_most_bytes", "The same of the subject that has most");
        let outstanding_limit_bytes = gauge(
            &mut registry,
            "outstanding_limit_bytes",
            "How much of it one subject may have; 0 for no limit",
        );
        let outstanding_subjects =
            gauge(&mut registry, "outstanding_subjects", "How many subjects have some");
        Self {
            registry,
            requests,
            durations,
            grants,
            granted_bytes,
            reloads,
            credentials_expire,
            credentials_loaded,
            outstanding_bytes,
            outstanding_most_bytes,
            outstanding_limit_bytes,
            outstanding_subjects,
        }
    }

    /// Counts an answer; `route` is none for what is not known.
    pub(super) fn count(
        &self,
        route: Option<&'static str>,
        record: Option<&Record>,
        duration: Duration,
    ) {
        let route = route.unwrap_or("other");
        let outcome = match record {
            Some(Record::Refused { code, .. }) => code,
            _ => "ok",
        };
        self.requests.get_or_create(&Outcome { route, outcome }).inc();
        self.durations.get_or_create(&Route { route }).observe(duration.as_secs_f64());
        for right in record.map(Record::rights).unwrap_or_default() {
            let kind = Kind { kind: right.kind };
            self.grants.get_or_create(&kind).inc();
            if let Some(size) = right.size {
                self.granted_bytes.get_or_create(&kind).inc_by(size);
            }
        }
    }

    /// Counts a reload.
    pub(super) fn count_reload(&self, is_done: bool) {
        self.reloads
            .get_or_create(&Done { outcome: if is_done { "done" } else { "refused" } })
            .inc();
    }

    fn text(&self, app: &App) -> Result<String, fmt::Error> {
        let since_1970 =
            |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        self.credentials_expire
            .set(app.endpoint.credentials_expire_at().map_or(f64::INFINITY, since_1970));
        self.credentials_loaded.set(since_1970(app.endpoint.credentials_loaded_at()));
        if let Some(outstanding) = &app.endpoint.limits().outstanding {
            let used = outstanding.used(Instant::now());
            let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            self.outstanding_bytes.set(number(used.bytes));
            self.outstanding_most_bytes.set(number(used.most_bytes));
            self.outstanding_limit_bytes.set(number(outstanding.limit()));
            self.outstanding_subjects.set(i64::try_from(used.subjects).unwrap_or(i64::MAX));
        }
        let mut encoded = String::new();
        text::encode(&mut encoded, &self.registry)?;
        Ok(encoded)
    }
}

/// `GET /metrics`
pub(super) fn routes(metrics: Arc<Metrics>, current: Arc<ArcSwap<App>>) -> Router {
    let answer = async move || -> Response {
        let app = current.load_full();
        match tokio::task::spawn_blocking(move || metrics.text(&app)).await {
            Ok(Ok(text)) => {
                ([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text)
                    .into_response()
            }
            Ok(Err(error)) => ApiError::internal(error).into_response(),
            Err(error) => ApiError::internal(error).into_response(),
        }
    };
    Router::new().route("/metrics", get(answer))
}
