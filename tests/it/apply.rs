//! `gatepass apply` as a process: what it sends, and what stays when it is stopped, killed, or not alone.

use tokio::process::Child;

use crate::backend::{Backend, on_every_backend};
use crate::proxy::Proxy;
use crate::workspace;
use crate::workspace::Workspace;

on_every_backend!(
    only_the_first_apply_writes,
    nobody_to_ask_means_no_change,
    ctrl_c_finishes_the_step_and_the_next_apply_the_rest,
    killed_half_way_the_next_apply_finishes,
    two_at_once_end_in_the_stated_state,
    proves_what_it_made,
);

fn contract(backend: &Backend, bucket: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{}"
        versioning = true
        tags = {{ team = "web" }}
        lifecycle = {{ expiration = "30d" }}
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        principal = "account"
        [endpoint]
        url = "{}"
        "#,
        backend.region, backend.endpoint
    )
}

/// A workspace whose backend is behind a proxy.
async fn watched(backend: &Backend, what: &str) -> (Workspace, Proxy) {
    let proxy = Proxy::to(backend).await;
    let contract = contract(backend, &backend.unique_bucket(what));
    (Workspace::new(backend, &proxy.takes_place_of(backend, &contract)), proxy)
}

async fn only_the_first_apply_writes(backend: &Backend) {
    let (workspace, proxy) = watched(backend, "idempotent").await;
    workspace.run(&["plan"]).await.exits(2);
    assert_eq!(proxy.writes(), [""; 0]);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let writes = proxy.writes();
    assert!(writes.len() >= 8, "{writes:?}");
    workspace.run(&["apply", "--yes"]).await.exits(0);
    assert_eq!(proxy.writes(), [""; 0]);
    workspace.run(&["plan"]).await.exits(0);
    workspace.run(&["destroy", "--yes"]).await.exits(0);
    assert!(!proxy.writes().is_empty());
    workspace.run(&["destroy", "--yes"]).await.exits(0);
    assert_eq!(proxy.writes(), [""; 0]);
}

async fn nobody_to_ask_means_no_change(backend: &Backend) {
    let (workspace, proxy) = watched(backend, "ask").await;
    let refused = workspace.run(&["apply"]).await.exits(1);
    assert!(refused.stderr.ends_with(
        "error: nothing was changed: there is no terminal to ask on\n  hint: look at the plan, then run `gatepass apply --yes`\n"
    ));
    assert_eq!(proxy.writes(), [""; 0]);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    proxy.writes();
    let refused = workspace.run(&["destroy"]).await.exits(1);
    assert!(refused.stderr.ends_with(
        "error: nothing was changed: there is no terminal to ask on\n  hint: look at the plan, then run `gatepass destroy --yes`\n"
    ));
    assert_eq!(proxy.writes(), [""; 0]);
}

async fn ctrl_c_finishes_the_step_and_the_next_apply_the_rest(backend: &Backend) {
    let (workspace, proxy) = watched(backend, "ctrl-c").await;
    proxy.hold_after(3);
    let mut apply = workspace.command(&["apply", "--yes"]).spawn().unwrap();
    until_held(&proxy, &mut apply).await;
    interrupt(&apply).await;
    proxy.release();
    let output = apply.wait_with_output().await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("stopping after this step"), "{stderr}");
    let writes = proxy.writes();
    assert!((4..8).contains(&writes.len()), "{writes:?}");

    workspace.run(&["plan"]).await.exits(2);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    workspace.run(&["plan"]).await.exits(0);
}

async fn killed_half_way_the_next_apply_finishes(backend: &Backend) {
    for writes in [1, 4, 7] {
        let (workspace, proxy) = watched(backend, "killed").await;
        proxy.hold_after(writes);
        let mut apply = workspace.command(&["apply", "--yes"]).spawn().unwrap();
        until_held(&proxy, &mut apply).await;
        apply.kill().await.unwrap();
        proxy.release();
        assert_eq!(proxy.writes().len(), writes + 1);
        workspace.run(&["plan"]).await.exits(2);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        workspace.run(&["plan"]).await.exits(0);
    }
}

async fn two_at_once_end_in_the_stated_state(backend: &Backend) {
    let (workspace, _proxy) = watched(backend, "both").await;
    let (one, other) =
        tokio::join!(workspace.run(&["apply", "--yes"]), workspace.run(&["apply", "--yes"]));
    for run in [&one, &other] {
        // whoever meets the other's work either agrees with it or says so
        let told = run.stderr.contains("somebody changed it since the plan was made");
        assert!(run.code == Some(0) || (run.code == Some(1) && told), "{}", run.stderr);
    }
    workspace.run(&["apply", "--yes"]).await.exits(0);
    workspace.run(&["plan"]).await.exits(0);
}

async fn until_held(proxy: &Proxy, apply: &mut Child) {
    tokio::select! {
        () = proxy.held() => {}
        ended = apply.wait() => panic!("it ended before its answer was held: {ended:?} after {:?}", proxy.writes()),
    }
}

async fn interrupt(process: &Child) {
    let id = process.id().expect("it still runs").to_string();
    workspace::signal("-INT", &id).await;
}

async fn proves_what_it_made(backend: &Backend) {
    use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
    let bucket = backend.unique_bucket("proven");
    let workspace = Workspace::new(backend, &contract(backend, &bucket));
    let applied = workspace.run(&["apply", "--yes"]).await.exits(0);
    assert!(applied.stderr.contains("Next: `gatepass verify`"), "{}", applied.stderr);
    assert_eq!(applied.stdout, "", "nobody asked for a proof");
    let proven = workspace.run(&["apply", "--yes", "--verify"]).await.exits(0);
    assert!(proven.stdout.contains(" 0 broken"), "{}", proven.stdout);

    // somebody else's rule, which apply leaves alone
    let s3 = backend.s3();
    let mut rules = s3.get_bucket_cors().bucket(&bucket).send().await.unwrap().cors_rules.unwrap();
    let headers = ["content-type", "if-none-match", "x-amz-checksum-sha256"].map(str::to_owned);
    let wide = CorsRule::builder()
        .allowed_origins("*")
        .allowed_methods("PUT")
        .set_allowed_headers(Some(headers.into()));
    rules.push(wide.build().unwrap());
    let rules = CorsConfiguration::builder().set_cors_rules(Some(rules)).build().unwrap();
    s3.put_bucket_cors().bucket(&bucket).cors_configuration(rules).send().await.unwrap();
    let proven = workspace.run(&["apply", "--yes", "--verify"]).await.exits(2);
    assert!(
        proven.stdout.contains("wrong origin's preflight") && proven.stdout.contains(" 1 broken"),
        "{}",
        proven.stdout
    );
}
