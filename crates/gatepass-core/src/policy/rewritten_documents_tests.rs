//! What AWS does to the text of a document is no change; any other text is one.

#![allow(clippy::unwrap_used)]

use iam_policy::{Document, diff};
use serde_json::{Value, json};

use super::fixtures::PLAIN;

/// Every text in the value, with a path to it.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .flat_map(|(index, element)| under(&index.to_string(), element))
            .collect(),
        Value::Object(members) => {
            members.iter().flat_map(|(key, member)| under(key, member)).collect()
        }
        _ => vec![String::new()],
    }
}

fn under(name: &str, value: &Value) -> Vec<String> {
    let name = name.replace('~', "~0").replace('/', "~1");
    leaves(value).into_iter().map(|rest| format!("/{name}{rest}")).collect()
}

/// What AWS does to a document at times: other order, lists of one instead of their element, other case of actions.
fn rewritten(value: &Value) -> Value {
    match value {
        Value::Array(elements) if elements.len() == 1 => rewritten(&elements[0]),
        Value::Array(elements) => elements.iter().rev().map(rewritten).collect(),
        Value::Object(members) => {
            let rewrite = |(key, value): (&String, &Value)| match (key.as_str(), value) {
                ("Action" | "NotAction", Value::String(text)) => {
                    (key.clone(), json!([text.to_uppercase()]))
                }
                ("Resource" | "NotResource", Value::String(text)) => (key.clone(), json!([text])),
                ("Principal", Value::String(text)) => (key.clone(), json!({"AWS": [text]})),
                _ => (key.clone(), rewritten(value)),
            };
            Value::Object(members.iter().rev().map(rewrite).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn in_real_documents_a_rewriting_is_no_change_and_any_other_text_is_one() {
    let documents = PLAIN.documents();
    for document in [documents.bucket_policy, documents.permissions_policy, documents.trust_policy]
    {
        let json = document.to_json();
        let read_back = Document::parse(&rewritten(&json).to_string()).unwrap();
        assert_eq!(read_back, document);
        assert_eq!(diff(Some(&read_back), &document), []);
        for leaf in leaves(&json)
            .into_iter()
            .filter(|leaf| leaf.starts_with("/Statement") && !leaf.ends_with("/Effect"))
        {
            let mut changed = json.clone();
            let text = changed.pointer_mut(&leaf).unwrap();
            *text = format!("{}x", text.as_str().unwrap()).into();
            let changed = Document::parse(&changed.to_string()).unwrap();
            assert_ne!(changed, document, "{leaf}");
            assert_ne!(diff(Some(&changed), &document), [], "{leaf}");
        }
    }
}
