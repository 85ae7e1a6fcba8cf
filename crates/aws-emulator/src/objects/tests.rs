#![allow(clippy::unwrap_used)]

use bytes::Bytes;

use super::*;

/// What a body is made of in these tests.
fn body(
    text: &'static str,
) -> Option<futures::stream::Iter<std::vec::IntoIter<Result<Bytes, s3s::StdError>>>> {
    Some(futures::stream::iter(vec![Ok(Bytes::from_static(text.as_bytes()))]))
}

async fn put(
    store: &ObjectStore,
    key: &str,
    text: &'static str,
    versioning: Versioning,
    condition: &Condition,
) -> Result<Version, CommitError> {
    let received = store.receive(body(text), Declared::default()).await.unwrap();
    let mut version = Version::new(key, Attributes::default());
    version.etag = hex(&received.md5);
    version.size = received.size;
    store.commit("b", version, received, versioning, condition)
}

fn store(dir: &Path) -> ObjectStore {
    let store = ObjectStore::open(dir.to_owned()).unwrap();
    store.add_bucket("b").unwrap();
    store
}

fn text(store: &ObjectStore, version: &Version) -> String {
    std::fs::read_to_string(store.file("b", &version.id)).unwrap()
}

fn files(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

#[tokio::test]
async fn a_key_may_be_anything_and_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let keys = [
        "../../etc/passwd",
        "a",
        "a/b",
        "a//b",
        "/",
        "ü\u{0}\n",
        &"k".repeat(1024),
        ".incoming",
        "x.json",
    ];
    for key in keys {
        put(&store(dir.path()), key, "hello", Versioning::Never, &Condition::Always).await.unwrap();
    }
    let store = store(dir.path());
    for key in keys {
        assert_eq!(text(&store, &store.find("b", key, None).unwrap()), "hello", "{key}");
    }
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    assert_eq!(store.read("b", |keys| keys.keys().cloned().collect::<Vec<_>>()), sorted);
}

#[tokio::test]
async fn an_object_is_replaced_as_a_whole_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    put(&store, "k", "one", Versioning::Never, &Condition::Always).await.unwrap();
    put(&store, "k", "two", Versioning::Never, &Condition::Always).await.unwrap();
    assert_eq!(text(&store, &store.find("b", "k", None).unwrap()), "two");
    assert_eq!(files(&dir.path().join("b")), 2);
    store.remove("b", "k", None, Versioning::Never).unwrap();
    assert_eq!(store.find("b", "k", None), Err(Missing::Key(None)));
    assert_eq!((files(&dir.path().join("b")), files(&dir.path().join(receive::DIRECTORY))), (0, 0));
}

#[tokio::test]
async fn what_was_cut_off_is_gone_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path());
    put(&first, "k", "one", Versioning::Never, &Condition::Always).await.unwrap();
    std::fs::write(dir.path().join("b/0123"), "bytes without a description").unwrap();
    std::fs::write(dir.path().join(receive::DIRECTORY).join("half"), "hal").unwrap();
    drop(first);
    let again = store(dir.path());
    assert!(again.find("b", "k", None).is_ok());
    assert_eq!((files(&dir.path().join("b")), files(&dir.path().join(receive::DIRECTORY))), (2, 0));
}

#[tokio::test]
async fn of_many_at_once_only_one_finds_nothing_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let puts = (0..8).map(|_| put(&store, "k", "hello", Versioning::Never, &Condition::Absent));
    let results = futures::future::join_all(puts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(|error| matches!(error, CommitError::Condition("If-None-Match")))
    );
}

#[tokio::test]
async fn an_etag_is_what_a_write_can_depend_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let depending = Condition::Etag("x".to_owned());
    assert!(matches!(
        put(&store, "k", "one", Versioning::Never, &depending).await,
        Err(CommitError::Missing)
    ));
    let first = put(&store, "k", "one", Versioning::Never, &Condition::Always).await.unwrap();
    assert!(matches!(
        put(&store, "k", "two", Versioning::Never, &depending).await,
        Err(CommitError::Condition("If-Match"))
    ));
    put(&store, "k", "two", Versioning::Never, &Condition::Etag(first.etag)).await.unwrap();
}

#[tokio::test]
async fn versions_pile_up_and_a_marker_hides_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    put(&store, "k", "null", Versioning::Never, &Condition::Always).await.unwrap();
    let one = put(&store, "k", "one", Versioning::Enabled, &Condition::Always).await.unwrap();
    let two = put(&store, "k", "two", Versioning::Enabled, &Condition::Always).await.unwrap();
    let marker = store.remove("b", "k", None, Versioning::Enabled).unwrap();
    assert!(marker.delete_marker);
    assert!(matches!(store.find("b", "k", None), Err(Missing::Key(Some(_)))));
    assert!(put(&store, "k", "three", Versioning::Enabled, &Condition::Absent).await.is_ok());
    drop(store);

    let store = ObjectStore::open(dir.path().to_owned()).unwrap();
    let order: Vec<String> = store
        .read("b", |keys| keys["k"].iter().map(|version| version.id_text().to_owned()).collect());
    assert_eq!(
        &order[1..],
        [
            marker.version_id.clone().unwrap(),
            two.id_text().to_owned(),
            one.id_text().to_owned(),
            NULL.to_owned()
        ]
    );
    assert!(matches!(store.find("b", "k", marker.version_id.as_deref()), Err(Missing::Marker(_))));
    assert_eq!(text(&store, &store.find("b", "k", one.version_id.as_deref()).unwrap()), "one");
    // without versioning any more, the one without a version id is replaced
    put(&store, "k", "other", Versioning::Suspended, &Condition::Always).await.unwrap();
    assert_eq!(text(&store, &store.find("b", "k", Some(NULL)).unwrap()), "other");
    assert_eq!(store.read("b", |keys| keys["k"].len()), 5);
    assert!(!store.remove_bucket("b").unwrap());
}

#[tokio::test]
async fn bytes_that_are_not_the_declared_ones_are_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let refused =
        async |declared: Declared| store.receive(body("hello"), declared).await.unwrap_err();
    let md5 = |text: &str| Declared { md5: Some(text.to_owned()), ..Declared::default() };
    assert!(matches!(refused(md5("nonsense")).await, ReceiveError::InvalidMd5(_)));
    assert!(matches!(
        refused(md5("AAAAAAAAAAAAAAAAAAAAAA==")).await,
        ReceiveError::OtherMd5 { .. }
    ));
    let checksum = |algorithm, value: &str| Declared {
        checksum: Some((algorithm, Some(value.to_owned()))),
        ..Declared::default()
    };
    assert!(matches!(
        refused(checksum(Algorithm::Sha256, "AAAA")).await,
        ReceiveError::InvalidChecksum(Algorithm::Sha256)
    ));
    assert!(matches!(
        refused(checksum(Algorithm::Crc32, "AAAAAA==")).await,
        ReceiveError::OtherChecksum { algorithm: Algorithm::Crc32, .. }
    ));
    let length = Declared { length: Some(6), ..Declared::default() };
    assert!(matches!(refused(length).await, ReceiveError::Incomplete));
    assert_eq!(files(&dir.path().join(receive::DIRECTORY)), 0);
    // of "hello", as other tools compute them
    for (algorithm, value) in [
        (Algorithm::Crc32, "NhCmhg=="),
        (Algorithm::Crc32c, "mnG7TA=="),
        (Algorithm::Sha1, "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        (Algorithm::Sha256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ] {
        let received = store.receive(body("hello"), checksum(algorithm, value)).await.unwrap();
        assert_eq!(received.checksums, Checksums::full(algorithm, value.to_owned()));
    }
}
