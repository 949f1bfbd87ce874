//! The page offers the modules that clients name, and none of those that are gone.

#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::browser::Browser;
use wa_client_sim::Simulator;

const NAMES: &str = include_str!("names.txt");

/// Answers the names whose presence is not what the list says, and modules whose factory throws.
const CHECK: &str = r"
  const { modulesMap } = require('__debug');
  const wrong = [];
  for (const { module, names } of list) {
    const known = module in modulesMap;
    const exports = known ? importNamespace(module) : undefined;
    for (const name of names) {
      const gone = name.startsWith('-');
      let value = exports;
      for (const part of name.replace(/^-/, '').split('.')) {
        // A CommonJS module is its own default.
        if (!(part === 'default' && typeof value === 'function')) value = value?.[part];
      }
      if ((value === undefined) !== gone) wrong.push(`${module}.${name}`);
    }
  }
  for (const module of Object.keys(modulesMap)) {
    try { importNamespace(module); } catch (error) { wrong.push(`${module}: ${error.message}`); }
  }
  return wrong;
";

#[tokio::test]
async fn every_named_member_is_there_and_the_gone_ones_are_gone() {
    let list: Vec<Value> = NAMES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut words = line.split(' ');
            json!({"module": words.next(), "names": words.collect::<Vec<_>>()})
        })
        .collect();
    assert!(list.len() > 200, "{} modules listed", list.len());
    let sim = Simulator::start().await.expect("a simulator");
    let profile = tempfile::tempdir().expect("a directory");
    let browser = Browser::launch(profile.path()).await;
    let page = browser.page("").await;
    page.goto(&sim.base()).await;
    let loaded = "new Promise((resolve) => document.readyState === 'complete' ? resolve() : window.addEventListener('load', resolve))";
    page.eval(loaded).await;
    let wrong = page.eval(&format!("(() => {{ const list = {}; {CHECK} }})()", json!(list))).await;
    assert_eq!(wrong, json!([]));
    // Collections are registered under short names; two of old times are gone.
    let keys = page.eval("Object.keys(require('WAWebCollections'))").await;
    let keys: Vec<&str> = keys.as_array().expect("names").iter().filter_map(Value::as_str).collect();
    for name in
        ["Chat", "Msg", "Contact", "Blocklist", "Presence", "ProfilePicThumb", "MsgInfo", "Mute", "Label", "Status"]
    {
        assert!(keys.contains(&name), "{name}");
    }
    assert!(!keys.contains(&"GroupMetadata") && !keys.contains(&"Features"));
    assert_eq!(page.eval("typeof window.Store").await, "undefined");
}
