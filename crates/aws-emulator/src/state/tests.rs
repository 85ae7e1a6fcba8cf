#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn a_change_is_found_again_and_a_refused_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    let store = Store::open(path.clone()).unwrap();
    store
        .change(|state| {
            state.buckets.insert("kept".to_owned(), Bucket::new(7));
            Ok::<_, StateError>(())
        })
        .unwrap();
    let refused = store.change(|state| {
        state.buckets.clear();
        Err::<(), _>(StateError::Form { path: path.clone(), problem: "no".to_owned() })
    });
    assert!(refused.is_err());
    assert!(store.read().buckets.contains_key("kept"));

    let again = Store::open(path).unwrap();
    assert_eq!(again.read().buckets["kept"], Bucket::new(7));
}

#[test]
fn a_file_of_another_form_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    std::fs::write(&path, br#"{"format":99,"buckets":{},"roles":{},"policies":{},"sessions":{}}"#)
        .unwrap();
    let error = Store::open(path.clone()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{} is not a state file of this version of gatepass: its format is 99, not 1",
            path.display()
        )
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    Store::open(path.clone()).unwrap().change(|_| Ok::<_, StateError>(())).unwrap();
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}
