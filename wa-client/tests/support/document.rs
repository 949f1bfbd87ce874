//! Tables in documents that are made from what tests have seen.

use std::fs;

use crate::tree;

/// Whether what is seen is stored, instead of compared with what is stored.
pub(crate) fn blessing() -> bool {
    std::env::var_os("WA_BLESS").is_some()
}

/// The part of a document between two lines is `made`, or becomes so.
pub(crate) fn settle(document: &str, begin: &str, end: &str, made: &str) {
    let file = tree::root().join(document);
    let text = fs::read_to_string(&file).expect("the document");
    let (head, rest) = text.split_once(begin).expect("the beginning of the table");
    let (_, tail) = rest.split_once(end).expect("the end of the table");
    let wanted = format!("{head}{begin}{made}{end}{tail}");
    if blessing() {
        fs::write(&file, wanted).expect("the document can be written");
    } else {
        assert!(wanted == text, "{document} is not what the tests have seen: WA_BLESS=1");
    }
}

/// A time as the tables show it.
pub(crate) fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

/// The words of a cell, or a dash for none.
pub(crate) fn list(words: &[String], separator: &str) -> String {
    if words.is_empty() { "–".to_owned() } else { words.join(separator) }
}
