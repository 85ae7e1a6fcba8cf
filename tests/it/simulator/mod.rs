//! Whether another evaluator decides as ours does: `@cloud-copilot/iam-simulate`, from npm, over all of S3's actions.
//!
//! It knows AWS's actions with their resource types and condition keys, and shares no code and no author with ours.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::policy::Documents;
use gatepass_core::policy::check::{Actor, Circumstance, Imagined, Place, Stage};
use iam_policy::AccountId;
use iam_policy::evaluate::{Caller, Reason, RequestContext};
use iam_policy::s3_actions;
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const PACKAGE: &str = include_str!("package.json");
const SCRIPT: &str = include_str!("simulate.js");
/// How a verdict begins that is none.
const UNKNOWN: &str = "error";
/// The actions that are tried under every circumstance; the others are in the usual one only.
const SAMPLED: [&str; 4] =
    ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListBucket"];

/// Contracts that together have every built-in statement.
const CONTRACTS: [(&str, &str, &str); 4] = [
    ("strict", "", ""),
    ("compatible", "mode = \"compatible\"", ""),
    ("other keys", "key = \"in/{uuid}-{filename}\"", ""),
    (
        "kms",
        "sign_encryption_headers = true",
        "encryption = \"aws:kms\"\nkms_key_arn = \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    ),
];

fn contract(upload: &str, bucket: &str) -> Contract {
    let text = format!(
        r#"
        [bucket]
        name = "acme-uploads"
        region = "eu-central-1"
        {bucket}
        [upload]
        content_types = ["image/png", "application/pdf"]
        max_size = "10 MiB"
        allowed_origins = []
        {upload}
        [[role.trust]]
        principal = "account"
        "#
    );
    Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap()
}

/// Requests for the other one, and what ours decides.
#[derive(Default)]
struct Questions {
    policies: Vec<Value>,
    requests: Vec<Value>,
    /// What is asked, for people, and our verdict in the other one's words.
    ours: Vec<(String, &'static str)>,
}

impl Questions {
    fn add(&mut self, name: &str, contract: &Contract) {
        let account = AccountId::parse(ACCOUNT).unwrap();
        let documents =
            Documents::render(contract, &account, &gatepass::statement_files::built_in().unwrap())
                .unwrap();
        let first = self.policies.len();
        self.policies.extend([
            documents.bucket_policy.to_json(),
            documents.permissions_policy.to_json(),
            Stage::wide_policy("*"),
            Stage::wide_policy("s3:*"),
        ]);
        let identity = |actor| match actor {
            Actor::Presigner => vec![first + 1],
            Actor::WidenedPresigner => vec![first + 1, first + 2],
            Actor::User => vec![first + 3],
            Actor::Anonymous => vec![],
        };
        let stage = Stage::new(contract, &account, &documents, RequestContext::new()).unwrap();
        for circumstance in &stage.circumstances(&documents.bucket_policy) {
            for (actor, place) in
                Actor::ALL.into_iter().flat_map(|actor| Place::ALL.map(|place| (actor, place)))
            {
                let Some(resource) = stage.arn(place).filter(|_| place != Place::Account) else {
                    continue;
                };
                for (action, _) in s3_actions().filter(|(_, about)| *about == place.resource()) {
                    let action = &format!("s3:{action}");
                    let usual = circumstance.name == Circumstance::USUAL;
                    let sampled = place.is_in_bucket() && SAMPLED.contains(&action.as_str());
                    if !circumstance.suits(action) || !(usual || sampled) {
                        continue;
                    }
                    let imagined = Imagined { actor, action, place, circumstance };
                    let context: BTreeMap<String, Vec<String>> = stage
                        .context(&imagined)
                        .iter()
                        .map(|(key, values)| (key.to_owned(), values.to_vec()))
                        .collect();
                    let bucket = place.is_in_bucket().then_some(first);
                    self.requests.push(json!({
                        "principal": principal(&stage.caller(actor)), "action": action, "resource": resource, "account": ACCOUNT,
                        "identity": identity(actor), "bucket": bucket, "context": singles(context),
                    }));
                    let verdict = match stage.decide(&imagined).reason {
                        Reason::Allowed { .. } | Reason::RootUser => "Allowed",
                        Reason::ExplicitDeny { .. } => "ExplicitlyDenied",
                        Reason::ImplicitDeny { .. } => "ImplicitlyDenied",
                    };
                    self.ours.push((
                        format!(
                            "{name}: {} {action} {resource} {}",
                            actor.name(),
                            circumstance.name
                        ),
                        verdict,
                    ));
                }
            }
        }
    }
}

fn principal(caller: &Caller) -> Option<&str> {
    match caller {
        Caller::User { arn } => Some(arn),
        Caller::RoleSession { session_arn, .. } => Some(session_arn),
        _ => None,
    }
}

/// A key of one value as that value.
fn singles(context: BTreeMap<String, Vec<String>>) -> Value {
    let value = |values: Vec<String>| {
        if let [only] = values.as_slice() { json!(only) } else { json!(values) }
    };
    context.into_iter().map(|(key, values)| (key, value(values))).collect()
}

#[test]
#[ignore = "needs Node.js: run tests/all"]
fn another_evaluator_decides_as_ours_does() {
    let mut questions = Questions::default();
    for (name, upload, bucket) in CONTRACTS {
        questions.add(name, &contract(upload, bucket));
    }
    let theirs =
        simulate(&json!({ "policies": questions.policies, "requests": questions.requests }));
    assert_eq!(theirs.len(), questions.ours.len());

    let compared =
        || questions.ours.iter().zip(&theirs).filter(|(_, verdict)| !verdict.starts_with(UNKNOWN));
    let disagreements: Vec<String> = compared()
        .filter(|((_, ours), theirs)| *ours != theirs.as_str())
        .map(|((asked, ours), theirs)| format!("{asked}: {ours} here, {theirs} there"))
        .collect();
    assert!(
        disagreements.is_empty(),
        "{} of {}:\n{}",
        disagreements.len(),
        theirs.len(),
        disagreements[..disagreements.len().min(40)].join("\n")
    );

    // agreement about what both deny is cheap: each verdict has to have been given often
    for verdict in ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied"] {
        let given = compared().filter(|((_, ours), _)| *ours == verdict).count();
        assert!(given > 100, "{verdict} was decided {given} times only");
    }
    let unknown: Vec<&String> =
        theirs.iter().filter(|verdict| verdict.starts_with(UNKNOWN)).collect();
    assert!(
        unknown.is_empty(),
        "{} of {} were not decided, e.g. {:?}",
        unknown.len(),
        theirs.len(),
        unknown.first()
    );
}

/// Asks the other one.
fn simulate(questions: &Value) -> Vec<String> {
    let directory = installed();
    let input = directory.join("questions.json");
    std::fs::write(&input, questions.to_string()).unwrap();
    let output = Command::new("node")
        .arg("simulate.js")
        .current_dir(&directory)
        .stdin(File::open(&input).unwrap())
        .output()
        .expect("this test needs Node.js: run tests/all");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The directory that it is installed in, under `target/`; once for each version.
fn installed() -> PathBuf {
    let version =
        serde_json::from_str::<Value>(PACKAGE).unwrap()["dependencies"]["@cloud-copilot/iam-simulate"].as_str().unwrap().to_owned();
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(format!("iam-simulate-{version}"));
    std::fs::create_dir_all(&directory).unwrap();
    let known = std::fs::read_to_string(directory.join("package.json"))
        .is_ok_and(|package| package == PACKAGE);
    if !(known && directory.join("node_modules/@cloud-copilot/iam-simulate/package.json").exists())
    {
        std::fs::write(directory.join("package.json"), PACKAGE).unwrap();
        let install = Command::new("npm")
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"])
            .current_dir(&directory)
            .stdin(Stdio::null())
            .output();
        let output = install.unwrap_or_else(|error| panic!("npm: {error}\nhint: run tests/all"));
        assert!(
            output.status.success(),
            "npm install:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    std::fs::write(directory.join("simulate.js"), SCRIPT).unwrap();
    directory
}
