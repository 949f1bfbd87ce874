//! What every [`Cache`] must do.

use std::time::Duration;

use super::Cache;

/// Runs every check. `pass` lets time pass, by waiting or by moving a test clock; the spans are whole seconds, because some
/// stores count in them.
pub(crate) async fn check<F: Future<Output = ()>>(cache: &dyn Cache, pass: impl Fn(Duration) -> F) {
    const SECOND: Duration = Duration::from_secs(1);
    let get = async |key| cache.get(key).await.unwrap();

    assert_eq!(get("absent").await, None);
    cache.delete("absent").await.unwrap();

    cache.set("a", "first", None).await.unwrap();
    cache.set("b", "other", None).await.unwrap();
    assert_eq!(get("a").await.as_deref(), Some("first"));
    cache.set("a", "", None).await.unwrap();
    assert_eq!(get("a").await.as_deref(), Some(""), "an empty value is a value");
    cache.set("a", "zweite \u{1F600} \0", None).await.unwrap();
    assert_eq!(get("a").await.as_deref(), Some("zweite \u{1F600} \0"));
    cache.delete("a").await.unwrap();
    assert_eq!(get("a").await, None);
    assert_eq!(get("b").await.as_deref(), Some("other"), "keys do not touch each other");

    cache.set("short", "x", Some(SECOND)).await.unwrap();
    cache.set("long", "y", Some(60 * SECOND)).await.unwrap();
    assert_eq!(get("short").await.as_deref(), Some("x"));
    pass(2 * SECOND).await;
    assert_eq!(get("short").await, None, "its time has passed");
    assert_eq!(get("long").await.as_deref(), Some("y"));

    cache.set("renewed", "x", Some(SECOND)).await.unwrap();
    cache.set("renewed", "y", None).await.unwrap();
    pass(2 * SECOND).await;
    assert_eq!(get("renewed").await.as_deref(), Some("y"), "the life span goes with the value it was given for");

    cache.set("renewed", "z", Some(Duration::ZERO)).await.unwrap();
    assert_eq!(get("renewed").await, None, "no life span left");
    cache.set("ages", "x", Some(Duration::MAX)).await.unwrap();
    assert_eq!(get("ages").await.as_deref(), Some("x"));
}
