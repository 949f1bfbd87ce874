//! The page's files: compiled in, or read from a directory while somebody works on them.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

include!(concat!(env!("OUT_DIR"), "/scripts.rs"));

static INDEX: &str = include_str!("../page/index.html");
static STYLE: &str = include_str!("../page/style.css");
static BROWSERS: &str = include_str!("../page/browsers.html");

/// Where the page's files come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assets {
    dir: Option<PathBuf>,
}

impl Assets {
    /// `WA_SIM_PAGE_DIR` names a directory to serve instead of what is compiled in.
    pub(crate) fn from_env() -> Self {
        Self { dir: std::env::var_os("WA_SIM_PAGE_DIR").map(PathBuf::from) }
    }

    fn read(&self, name: &str, embedded: &'static str) -> io::Result<Cow<'static, str>> {
        match &self.dir {
            None => Ok(embedded.into()),
            Some(dir) => std::fs::read_to_string(dir.join(name)).map(Cow::Owned),
        }
    }

    /// Names of the scripts in the order in which the page loads them.
    pub(crate) fn order(&self) -> io::Result<Vec<String>> {
        let Some(dir) = &self.dir else {
            return Ok(SCRIPTS.iter().map(|(name, _)| (*name).to_owned()).collect());
        };
        let order = std::fs::read_to_string(dir.join("order.txt"))?;
        let names = order.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        Ok(names.map(str::to_owned).collect())
    }

    /// A script of the page; `None` when it is not in the list.
    pub(crate) fn script(&self, name: &str) -> io::Result<Option<Cow<'static, str>>> {
        if self.dir.is_some() {
            return if self.order()?.iter().any(|n| n == name) { self.read(name, "").map(Some) } else { Ok(None) };
        }
        Ok(SCRIPTS.iter().find(|(n, _)| *n == name).map(|(_, text)| Cow::Borrowed(*text)))
    }

    pub(crate) fn style(&self) -> io::Result<Cow<'static, str>> {
        self.read("style.css", STYLE)
    }

    pub(crate) fn browsers(&self) -> io::Result<Cow<'static, str>> {
        self.read("browsers.html", BROWSERS)
    }

    /// The page with its settings, its scripts and the nonce that lets them run.
    pub(crate) fn index(&self, config: &serde_json::Value, nonce: &str) -> io::Result<String> {
        // A settings text with "</script>" in it must not end the element.
        let config = config.to_string().replace('<', "\\u003c");
        let scripts: String = self
            .order()?
            .iter()
            .map(|name| format!("<script nonce=\"{nonce}\" src=\"/assets/{name}\"></script>\n"))
            .collect();
        Ok(self
            .read("index.html", INDEX)?
            .replace("{{nonce}}", nonce)
            .replace("{{config}}", &config)
            .replace("{{scripts}}", &scripts))
    }
}
