//! Files that travel with messages.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::World;
use super::messages::Record;
use crate::failure::{Failure, Reply};

const SIZE_MAX: usize = 64 << 20;

/// Field `media` of `POST /sim/messages`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MediaSpec {
    base64: Option<String>,
    size: Option<usize>,
    mimetype: Option<String>,
    filename: Option<String>,
    caption: Option<String>,
}

/// A file of a message.
#[derive(Clone, Debug)]
pub(super) struct Media {
    file: String,
    pub(super) bytes: usize,
    pub(super) sha256: String,
    pub(super) mimetype: String,
    pub(super) filename: Option<String>,
    pub(super) caption: Option<String>,
}

/// Files by the name under which `/media/` hands them out.
#[derive(Default)]
pub(super) struct Files {
    files: HashMap<String, (String, Vec<u8>)>,
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn usual_mimetype(kind: &str) -> &'static str {
    match kind {
        "image" => "image/jpeg",
        "video" => "video/mp4",
        "audio" => "audio/ogg; codecs=opus",
        "sticker" => "image/webp",
        _ => "application/octet-stream",
    }
}

impl World {
    fn keep_file(&mut self, mimetype: &str, bytes: Vec<u8>) -> Media {
        let sha256 = sha256(&bytes);
        // One name for one content: sending a file twice keeps it once.
        let file = sha256[..32].to_owned();
        let size = bytes.len();
        self.files.files.insert(file.clone(), (mimetype.to_owned(), bytes));
        Media { file, bytes: size, sha256, mimetype: mimetype.to_owned(), filename: None, caption: None }
    }

    pub(super) fn take_media(&mut self, spec: MediaSpec, kind: &str) -> Reply<Media> {
        let bytes = match (&spec.base64, spec.size) {
            (Some(_), Some(_)) => return Err(Failure::bad_request("media: base64 or size")),
            (Some(text), None) => {
                STANDARD.decode(text).map_err(|_| Failure::bad_request("media.base64 is not base64"))?
            }
            (None, size) => {
                let size = size.unwrap_or(1024);
                if size > SIZE_MAX {
                    return Err(Failure::bad_request("media.size: 64 MiB at most"));
                }
                self.ids.bytes(size)
            }
        };
        let mimetype = spec.mimetype.unwrap_or_else(|| usual_mimetype(kind).to_owned());
        let media = self.keep_file(&mimetype, bytes);
        Ok(Media { filename: spec.filename, caption: spec.caption, ..media })
    }

    /// A page uploads a file.
    pub(super) fn upload(&mut self, args: &Value) -> Result<Value, (u16, &'static str)> {
        let bytes = args["base64"].as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or((400, "bad-request"))?;
        let media = self.keep_file(args["mimetype"].as_str().unwrap_or("application/octet-stream"), bytes);
        Ok(json!({
            "media": media.file, "size": media.bytes, "sha256": media.sha256, "url": format!("/media/{}", media.file),
        }))
    }

    /// The file that a page's message carries: uploaded before, or within the message.
    pub(super) fn sent_media(&mut self, fields: &Value) -> Option<Media> {
        let text = |key: &str| fields[key].as_str().map(str::to_owned);
        let (mimetype, bytes) = match (text("media"), text("base64")) {
            (Some(file), _) => self.files.files.get(&file).cloned()?,
            (None, Some(base64)) => (text("mimetype")?, STANDARD.decode(base64).ok()?),
            (None, None) => return None,
        };
        let mimetype = text("mimetype").unwrap_or(mimetype);
        let media = self.keep_file(&mimetype, bytes);
        Some(Media { filename: text("filename"), caption: text("caption"), ..media })
    }

    pub(crate) fn file(&self, name: &str) -> Option<(String, Vec<u8>)> {
        self.files.files.get(name).cloned()
    }

    pub(super) fn media_fields(&self, record: &Record) -> Option<Value> {
        let media = record.media.as_ref()?;
        Some(json!({
            "mimetype": media.mimetype, "filename": media.filename, "caption": media.caption, "size": media.bytes,
            "sha256": media.sha256, "url": format!("/media/{}", media.file),
        }))
    }
}
