//! A linked page whose message events are recorded, and the calls that steer it.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use wa_client_sim::Simulator;

use crate::support::browser::{Browser, Page};
use crate::support::control::call;

pub(crate) const ANA: &str = "5511988887777";
pub(crate) const BOB: &str = "5511977776666";

/// Records the events of the collections, from the moment they exist, one line each: owner, event, and for changes
/// new value `<-` old value, for the rest id, type, `isNewMsg` and ack. Ids of messages that the page or the server makes
/// up are written `#1`, `#2`, … in the order in which they appear.
const SCRIPT: &str = r"(() => {
  const say = window.testRecord;
  if (!say) return;
  delete window.testRecord;
  const ids = new Map();
  const text = (value) => {
    if (value === undefined || value === null) return String(value);
    if (typeof value === 'object') return value.toString === Object.prototype.toString ? JSON.stringify(value) : String(value);
    return String(value);
  };
  const short = (line) => line.replace(/(?<![0-9A-Z])3(?:A|EB0)[0-9A-F]{10,}(?![0-9A-Z])/g, (id) => {
    if (!ids.has(id)) ids.set(id, `#${ids.size + 1}`);
    return ids.get(id);
  });
  const record = (line) => say(short(line));
  const follow = (name, emitter) => emitter.on('all', (event, model, value, old) => {
    if (event === 'sort' || event === 'change' || event.startsWith('bulk_')) return;
    if (event.startsWith('change:')) record(`${name} ${event} ${text(value)} <- ${text(old)}`);
    else if (model && model.id) record(`${name} ${event} ${[model.id, model.type, model.isNewMsg, model.ack].map(text).join(' ')}`);
    else record(`${name} ${event}`);
  });
  let lazy;
  Object.defineProperty(window, 'requireLazy', {
    configurable: true,
    get: () => lazy,
    set: (value) => {
      lazy = value;
      lazy(['WAWebCollections', 'WAWebSocketModel', 'WAWebCmd', 'WAWebBackendEventBus'], (collections, socket, cmd, bus) => {
        for (const name of ['Contact', 'Chat', 'Msg', 'Presence']) follow(name, collections[name]);
        cmd.Cmd.on('alert_new_msg', (msg) => record(`Cmd alert_new_msg ${msg.id}`));
        socket.Socket.on('change:hasSynced', (_socket, synced) => say(`hasSynced ${synced}`));
        socket.Socket.on('change:stream', (_socket, stream) => say(`stream ${stream}`));
        bus.BackendEventBus.onOfflineDeliveryEnd(() => say('offline_delivery_end'));
      });
    },
  });
})()";

/// Names of page modules for expressions.
pub(crate) const PRELUDE: &str = r"
  const { createWid } = require('WAWebWidFactory');
  const MsgKey = require('WAWebMsgKey');
  const { Chat, Msg, Contact } = require('WAWebCollections');
  const real = (msg) => ['chat', 'ciphertext', 'revoked', 'image'].includes(msg.type);
  const lastReal = () => Msg.toArray().filter(real).at(-1);
";

pub(crate) struct Rig {
    pub(crate) base: String,
    pub(crate) page: Page,
    browser: Browser,
    profile: TempDir,
    _sim: Simulator,
}

impl Rig {
    /// A linked page with this addressing, nothing recorded yet.
    pub(crate) async fn linked(addressing: &str) -> Self {
        Self::with_config(json!({"addressing": addressing, "login": {"synced_delay_ms": 0, "step_ms": 1}})).await
    }

    pub(crate) async fn with_config(config: Value) -> Self {
        let sim = Simulator::start().await.expect("a simulator");
        let base = sim.base();
        call(&base, "PATCH", "/sim/config", config).await;
        let accounts = json!({"accounts": [
            {"number": ANA, "pushname": "Ana"},
            {"number": BOB, "pushname": "Bob", "name": "Bob Lima"},
        ]});
        call(&base, "POST", "/sim/accounts", accounts).await;
        let profile = tempfile::tempdir().expect("a directory");
        let browser = Browser::launch(profile.path()).await;
        let page = browser.page(SCRIPT).await;
        let mut rig = Self { base, page, browser, profile, _sim: sim };
        rig.page.goto(&rig.base).await;
        let shown = "document.querySelector('div[data-testid=\"link-device-qr-code\"]')?.dataset.ref";
        let qr = rig.until(shown).await;
        rig.call("POST", "/sim/phone/scan", json!({"qr": qr})).await;
        rig.page.wait_line("stream CONNECTED").await;
        rig.forget().await;
        rig
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        call(&self.base, method, path, body).await
    }

    /// Runs page code with [`PRELUDE`] in front; `return` gives the value.
    pub(crate) async fn run(&self, code: &str) -> Value {
        self.page.eval(&format!("(async () => {{ {PRELUDE} {code} }})()")).await
    }

    /// Value of an expression as soon as it is truthy; looked at on every change of the document's tasks.
    pub(crate) async fn until(&self, expression: &str) -> Value {
        let code = format!(
            "new Promise((resolve) => {{ const look = () => {{ const value = ({expression}); \
             if (value) resolve(value); else requestAnimationFrame(look); }}; look(); }})"
        );
        self.page.eval(&code).await
    }

    /// Somebody writes; answers when the page has taken it in.
    pub(crate) async fn inbound(&self, mut message: Value) -> Value {
        message["wait"] = json!("applied");
        self.call("POST", "/sim/messages", message).await["messages"].clone()
    }

    /// The LID of a number.
    pub(crate) async fn lid(&self, number: &str) -> String {
        let accounts = self.call("GET", "/sim/accounts", Value::Null).await;
        let found = accounts["accounts"].as_array().expect("accounts").iter().find(|a| a["number"] == number);
        found.expect("a declared number")["lid"].as_str().expect("a lid").to_owned()
    }

    /// What was recorded up to now, without lines of these owners.
    pub(crate) async fn recorded(&mut self, without: &[&str]) -> Vec<String> {
        let mark = format!("mark {}", self.page.lines().len());
        self.page.eval(&format!("require('WAWebCmd').Cmd.trigger('alert_new_msg', {{id: '{mark}'}})")).await;
        self.page.wait_line(&format!("Cmd alert_new_msg {mark}")).await;
        let lines = self.page.lines().iter().filter(|line| !line.contains("alert_new_msg mark"));
        lines.filter(|line| !without.iter().any(|owner| line.starts_with(owner))).cloned().collect()
    }

    /// Forgets everything recorded up to now.
    pub(crate) async fn forget(&mut self) {
        self.recorded(&[]).await;
        self.page.forget();
    }

    /// Closes the browser as a user would; the profile stays.
    pub(crate) async fn close_browser(self) -> Closed {
        self.browser.close().await;
        Closed { base: self.base, profile: self.profile, sim: self._sim }
    }
}

/// A simulator with a profile that is linked, but no browser.
pub(crate) struct Closed {
    pub(crate) base: String,
    profile: TempDir,
    sim: Simulator,
}

impl Closed {
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        call(&self.base, method, path, body).await
    }

    /// Opens the profile again and waits until its queue is delivered; everything is recorded.
    pub(crate) async fn reopen(self) -> Rig {
        let path: &Path = self.profile.path();
        let browser = Browser::launch(path).await;
        let page = browser.page(SCRIPT).await;
        let mut rig = Rig { base: self.base, page, browser, profile: self.profile, _sim: self.sim };
        rig.page.goto(&rig.base).await;
        rig.page.wait_line("offline_delivery_end").await;
        rig
    }
}
