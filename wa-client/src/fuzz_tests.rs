use std::path::Path;

use proptest::prelude::*;

use super::*;

fn target(name: &str) -> Target {
    TARGETS.iter().find(|(target, _)| *target == name).expect("a target").1
}

/// The files of a target, in the order of their names.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory for each target")
        .map(|entry| entry.expect("a file").path())
        .map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Changes bytes of a file of the corpus: most changed files still reach deep.
fn mutated(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<_> = corpus(name).into_iter().map(|(_, bytes)| bytes).collect();
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..5_u8);
    (prop::sample::select(files), prop::collection::vec(change, 0..6)).prop_map(|(mut bytes, changes)| {
        for (index, byte, kind) in changes {
            if bytes.is_empty() {
                bytes.push(byte);
                continue;
            }
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                3 => bytes.truncate(at),
                _ => bytes.extend_from_within(at..),
            }
            bytes.truncate(1 << 16);
        }
        bytes
    })
}

#[test]
fn the_corpus_passes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let directories = std::fs::read_dir(root).expect("the corpus").count();
    assert_eq!(directories, TARGETS.len(), "a directory for each target");
    for (name, target) in TARGETS {
        let files = corpus(name);
        assert!(files.len() >= 12, "{name} has only {} files", files.len());
        for (file, bytes) in files {
            assert!(bytes.len() <= 1 << 16, "{name}/{file} is large");
            target(&bytes);
        }
    }
}

macro_rules! properties {
    ($($test:ident: $target:literal;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $test(changed in mutated($target), any_bytes in prop::collection::vec(any::<u8>(), 0..300), any_text in "\\PC{0,80}") {
                    let target = target($target);
                    target(&changed);
                    target(&any_bytes);
                    target(any_text.as_bytes());
                }
            )*
        }
    };
}

properties! {
    any_batches: "bridge";
    any_answers: "answers";
    any_frames: "frames";
    any_phone: "phone";
    any_ids: "ids";
    any_chat_ids: "chat_ids";
    any_config: "config";
    any_cache: "cache";
    any_stored: "stored";
    any_overrides: "overrides";
}
