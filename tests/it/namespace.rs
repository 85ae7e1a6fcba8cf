//! A bucket in the account regional namespace, from an empty account to an upload and back. LocalStack knows no namespaces.

use serde_json::json;

use crate::backend::{self, Backend};
use crate::workspace::Workspace;

const WHOLE: &str = "acme-uploads-111122223333-eu-central-1-an";
const ROLE: &str = "acme-uploads-eu-central-1-presigner";

fn contract(backend: &Backend, name: &str, account_id: &str) -> String {
    format!(
        r#"
        {account_id}
        [bucket]
        name = "{name}"
        namespace = "account-regional"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        principal = "account"
        [endpoint]
        url = "{endpoint}"
        "#,
        region = backend.region,
        endpoint = backend.endpoint,
    )
}

#[test]
fn account_regional_bucket() {
    backend::run(async {
        let backend = Backend::embedded().await;
        let workspace = Workspace::new(
            &backend,
            &contract(&backend, "acme-uploads", "account_id = \"111122223333\""),
        );
        let plan = workspace.run(&["plan"]).await.exits(2).stdout;
        assert!(
            plan.contains(&format!("+ bucket {WHOLE}\n"))
                && plan.contains("+ Namespace: account-regional\n"),
            "{plan}"
        );
        assert!(plan.contains(&format!("role {ROLE}")), "{plan}");
        let json = workspace.run(&["plan", "--json"]).await.exits(2).stdout;
        assert!(json.contains(r#""BucketNamespace":"account-regional""#), "{json}");
        workspace.run(&["apply", "--yes"]).await.exits(0);
        workspace.run(&["plan"]).await.exits(0);
        workspace.run(&["verify"]).await.exits(0);

        // the whole name means the same
        let whole = Workspace::new(&backend, &contract(&backend, WHOLE, ""));
        whole.run(&["plan"]).await.exits(0);

        let endpoint = workspace.serve().await;
        let grant = endpoint.grant(&json!({ "content_type": "image/png", "size": 7 })).await;
        grant.put(b"content").await.is_ok();
        let s3 = backend.s3();
        let stored = s3
            .get_object()
            .bucket(WHOLE)
            .key(&grant.key)
            .send()
            .await
            .unwrap()
            .body
            .collect()
            .await
            .unwrap();
        assert_eq!(stored.into_bytes().as_ref(), b"content");
        endpoint.terminate().await;

        s3.delete_object().bucket(WHOLE).key(&grant.key).send().await.unwrap();
        workspace.run(&["destroy", "--yes"]).await.exits(0);
        assert!(
            s3.head_bucket()
                .bucket(WHOLE)
                .send()
                .await
                .unwrap_err()
                .into_service_error()
                .is_not_found()
        );
        workspace.run(&["plan"]).await.exits(2);
    });
}
