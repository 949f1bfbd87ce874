//! What comes with a control call.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::{ErrorCode, Failure, Reply};

pub(super) struct Input {
    query: BTreeMap<String, String>,
    body: Value,
}

impl Input {
    pub(super) fn new(query: &str, body: Value) -> Reply<Self> {
        let mut fields = BTreeMap::new();
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            fields.insert(decode(name)?, decode(value)?);
        }
        Ok(Self { query: fields, body })
    }

    /// The body as the type wanted; such calls take no query.
    pub(super) fn body<T: DeserializeOwned>(self) -> Reply<T> {
        super::parse(self.object()?)
    }

    pub(super) fn object(self) -> Reply<Value> {
        let body = self.body.clone();
        self.nothing_left()?;
        Ok(body)
    }

    pub(super) fn map(self) -> Reply<Map<String, Value>> {
        match self.object()? {
            Value::Object(map) => Ok(map),
            _ => Err(Failure::bad_request("a JSON object is wanted")),
        }
    }

    /// Takes a parameter of the query; an empty one counts as left out.
    pub(super) fn take<T: FromStr>(&mut self, name: &str) -> Reply<Option<T>> {
        match self.query.remove(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(Failure::bad_request(format!("parameter `{name}` is of the wrong type"))),
            },
        }
    }

    /// Refuses parameters that nobody took.
    pub(super) fn nothing_left(self) -> Reply<()> {
        match self.query.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Failure::new(ErrorCode::UnknownField, format!("unknown parameter `{name}`"))),
        }
    }
}

/// Undoes percent encoding, and `+` for a blank.
fn decode(text: &str) -> Reply<String> {
    let bad = || Failure::bad_request("the query is not well formed");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or_else(bad);
                let value = digit()? * 16 + digit()?;
                u8::try_from(value).map_err(|_| bad())?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn queries_are_percent_decoded() {
        assert_eq!(decode("a%20b+c%C3%A9").ok().as_deref(), Some("a b cé"));
        assert!(decode("%2").is_err());
        assert!(decode("%ff").is_err());
    }
}
