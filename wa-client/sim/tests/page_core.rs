//! The ground the page stands on: loader, emitter, models, collections, enums, and what must not be there.

mod support;

use serde_json::{Value, json};
use support::browser::{Browser, Page};
use support::control::{call, call_any};
use support::recorder::SCRIPT;
use tempfile::TempDir;
use wa_client_sim::Simulator;

/// A page at its first QR code.
struct Rig {
    base: String,
    page: Page,
    _browser: Browser,
    _profile: TempDir,
    _sim: Simulator,
}

async fn rig() -> Rig {
    let sim = Simulator::start().await.expect("a simulator");
    let profile = tempfile::tempdir().expect("a directory");
    let browser = Browser::launch(profile.path()).await;
    let mut page = browser.page(SCRIPT).await;
    page.goto(&sim.base()).await;
    page.wait_line("Cmd initial_load_ready_from_bridge").await;
    Rig { base: sim.base(), page, _browser: browser, _profile: profile, _sim: sim }
}

impl Rig {
    /// Scans the code on screen and waits until the page is ready.
    async fn link(&mut self) {
        let shown = "document.querySelector('div[data-testid=\"link-device-qr-code\"]').dataset.ref";
        let qr = self.page.eval(shown).await;
        call(&self.base, "POST", "/sim/phone/scan", json!({"qr": qr})).await;
        self.page.wait_line("Cmd on_critical_sync_done_from_bridge").await;
    }

    async fn fault(&self, fault: Value) {
        call(&self.base, "POST", "/sim/faults", fault).await;
    }
}

#[tokio::test]
async fn factories_get_their_parameters_by_flag_and_defaults_follow_the_rule() {
    let rig = rig().await;
    let said = rig
        .page
        .eval(
            "(() => {
               __d('T1', [], function (...a) { a[6].named = a.length; a[6].self = a[5].exports === a[6]; }, 98);
               __d('T2', [], function (...a) { a[5].default = a.length; }, 66);
               __d('T3', [], function (g, r, d, l, module) { module.exports = { default: 1, other: 2 }; }, null);
               __d('T4', ['T3', 'NoSuch'], function () {}, 98);
               __d('T5', [], function () { throw new Error('boom'); }, 98);
               const caught = (name) => { ErrorGuard.skipGuardGlobal(true); try { require(name); } catch (e) { return e.message; } finally { ErrorGuard.skipGuardGlobal(false); } };
               const late = new Promise((resolve) => requireLazy(['T6'], (six) => resolve(six)));
               __d('T6', [], function (...a) { a[6].default = 'six'; }, 98);
               return late.then((six) => [
                 require('T1').named, require('T1').self, require('T2'), importNamespace('T2').default, importDefault('T1'),
                 require('T3').other, importDefault('T3').default, caught('T4'), caught('T5'), caught('T5'), six,
                 'T1' in require('__debug').modulesMap, 'T9' in require('__debug').modulesMap,
               ]);
             })()",
        )
        .await;
    assert_eq!(
        said,
        json!([
            7,
            true,
            6,
            6,
            null,
            2,
            1,
            "Requiring module \"%s\" with unresolved dependencies: %s",
            "boom",
            "Requiring module \"%s\" which threw an exception",
            "six",
            true,
            false
        ])
    );
}

#[tokio::test]
async fn emitter_model_and_collection_behave_as_observed() {
    let rig = rig().await;
    let said = rig
        .page
        .eval(
            "(async () => {
               const { BaseModel, defineModel, prop, session, derived } = require('WAWebBaseModel');
               const { BaseCollection } = require('WAWebBaseCollection');
               class Thing extends BaseModel {
                 static attributes = { id: prop(), a: prop(), b: session(1), sum: derived(function () { return this.a + this.b; }, ['a', 'b']) };
               }
               defineModel(Thing);
               class Things extends BaseCollection { static model = Thing; static comparator = (x, y) => x.a - y.a; }
               const out = {};
               const thing = new Thing({ id: 'x', a: 1 });
               const heard = [];
               thing.on('all', (...args) => heard.push([args[0], args.length]));
               thing.on('change:a', (m, now, old) => heard.push(['a', m === thing, now, old]));
               thing.set({ a: 2, b: 3 });
               out.order = heard.map((h) => h[0]).join(' ');
               out.arguments = heard.find((h) => h[0] === 'a');
               heard.length = 0;
               thing.set({ a: 2 });
               thing.set({ a: 5 }, { silent: true });
               thing.undeclared = 1;
               out.silent = heard.length;
               out.storage = [thing.__x_a, thing.a, Thing.prototype.a === undefined, Thing.prototype.sum === undefined];
               try { thing.sum = 1; } catch (e) { out.derived = `${e.name}: ${e.message}`; }
               out.json = JSON.stringify(thing);
               thing.on('change:b', () => { throw new Error('mine'); });
               try { thing.b = 9; } catch (e) { out.thrown = e.message; }
               try { thing.on('x', 'text'); } catch (e) { out.notAFunction = e.message; }
               thing.on('x', null);
               const things = new Things();
               const adds = [];
               things.on('add', (m, c, o) => adds.push([m.id, c === things, o.add, o.remove, o.merge]));
               things.on('change:a', (m, now, old) => adds.push([m.id, now, old]));
               const made = things.add([{ id: 'q', a: 3 }, { id: 'p', a: 1 }]);
               things.add({ id: 'p', a: 7 });
               out.notMerged = things.get('p').a;
               things.add({ id: 'p', a: 2 }, { merge: true });
               things.get({ toString: () => 'q' }).a = 4;
               out.adds = adds.slice();
               out.list = [Array.isArray(made), things.length, things.getModelsArray() === things._models, things.models === undefined, things.toArray() === things._models];
               out.sorted = things.map((m) => m.id).join();
               const removed = [];
               things.on('remove', (m, c, o) => removed.push([m.id, c === things, o.index]));
               things.remove('p');
               out.removed = removed;
               out.gadd = things.gadd('new').id;
               things.replaceId('new', 'newer');
               out.replaced = [things.get('new') === undefined, things.get('newer').id];
               out.find = await things.find().catch((e) => e.message);
               out.noImpl = await things.find('zzz').catch((e) => `${e.name}: ${e.message}`);
               out.known = (await things.find('q')).id;
               const E = require('WAWebStreamModel').StreamMode;
               out.enum = [Object.keys(E).length, JSON.stringify(E), E.QR, [...E.members()].length, E.cast('QR'), E.cast('no') === undefined, E.isValid('MAIN'), E.getName('MAIN')];
               return out;
             })()",
        )
        .await;
    let expected = json!({
        "order": "a change:a change:b change:sum change",
        "arguments": ["a", true, 2, 1],
        "silent": 0,
        "storage": [5, 5, true, true],
        "derived": "TypeError: 'sum' is a derived property, it can't be set directly.",
        "json": "{\"id\":\"x\",\"a\":5}",
        "thrown": "mine",
        "notAFunction": "Callback parameter passed is not a function",
        "notMerged": 1,
        "adds": [["q", true, true, false, false], ["p", true, true, false, false], ["p", 2, 1], ["q", 4, 3]],
        "list": [true, 2, true, true, false],
        "sorted": "p,q",
        "gadd": "new",
        "replaced": [true, "newer"],
        "removed": [["p", true, 0]],
        "find": "called find without an id",
        "noImpl": "TypeError: this.findImpl is not a function",
        "known": "q",
        "enum": [0, "{}", "QR", 8, "QR", true, true, "MAIN"],
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&said[name], value, "{name}");
    }
}

#[tokio::test]
async fn every_module_loads_and_no_prototype_getter_needs_an_instance() {
    let mut rig = rig().await;
    let check = "(() => {
       const bad = [];
       const builtIn = new Set([Object, Array, Map, Set, Date, Promise, Uint8Array, Error].map((type) => type.prototype));
       ErrorGuard.skipGuardGlobal(true);
       for (const id of Object.keys(require('__debug').modulesMap)) {
         let exports;
         try { exports = importNamespace(id); require(id); importDefault(id); } catch (e) { bad.push(`${id}: ${e.message}`); continue; }
         for (const name of Object.keys(exports)) {
           const value = exports[name];
           const start = typeof value === 'function' ? value.prototype : typeof value === 'object' ? value : null;
           for (let at = start; at && !builtIn.has(at); at = Object.getPrototypeOf(at)) {
             for (const member of Object.getOwnPropertyNames(at)) {
               try { start[member]; at[member]; } catch (e) { bad.push(`${id}.${name}.${member}: ${e.message}`); }
             }
           }
         }
       }
       ErrorGuard.skipGuardGlobal(false);
       return bad;
     })()";
    assert_eq!(rig.page.eval(check).await, json!([]));
    rig.link().await;
    assert_eq!(rig.page.eval(check).await, json!([]));
}

#[tokio::test]
async fn names_that_are_gone_from_the_real_page_are_not_here_either() {
    let mut rig = rig().await;
    rig.link().await;
    let left = rig
        .page
        .eval(
            "(() => {
               const gone = {
                 WAWebCmd: ['Cmd.refreshQR', 'Cmd.isMainLoaded'],
                 WAWebSocketModel: ['Socket.poke', 'Socket.initConn'],
                 WAWebConnModel: ['Conn.wid', 'Conn.connected', 'Conn.battery', 'Conn.plugged'],
                 WAWebSocketConstants: ['SOCKET_STATE.TIMEOUT', 'SOCKET_STATE.DEPRECATED_VERSION'],
                 WAWebUserPrefsMeUser: ['getMe', 'getMeUser', 'getMaybeMeUser'],
                 WAWebCollections: ['default.GroupMetadata', 'default.Features', 'default.NewsletterMetadataCollection'],
                 WAWebMsgCollection: ['MsgCollection.models'],
                 WAWebContactCollection: ['getMeContact'],
                 WAWebContactPresenceBridge: ['subscribePresence'],
                 WAWebDBMessageFindLocal: ['msgFindQuery'],
                 WAWebGroupQueryJob: ['joinGroupViaInvite', 'resetGroupInviteCode'],
                 WAWebGroupInviteV4Job: ['joinGroupViaInviteV4'],
                 WAWebStatusGatingUtils: ['canCheckStatusRankingPosterGating'],
                 WAWebDemoteNewsletterAdminAction: ['demoteNewsletterAdmin'],
                 WAWebNewsletterDemoteAdminJob: ['demoteNewsletterAdminAction'],
                 WAWebBizGatingUtils: [], WAWebConstantsDeprecated: [], WAWebMexFetchNewsletterSubscribersJob: [], WAWebMiscBrowserUtils: [],
               };
               const here = [];
               for (const [module, paths] of Object.entries(gone)) {
                 if (!(module in require('__debug').modulesMap)) continue;
                 if (!paths.length) here.push(module);
                 for (const path of paths) {
                   const value = path.split('.').reduce((at, name) => at?.[name], importNamespace(module));
                   if (value !== undefined) here.push(`${module}.${path}`);
                 }
               }
               return [...here, ...['Store', 'webpackChunkwhatsapp_web_client', '__sim'].filter((name) => name in window)];
             })()",
        )
        .await;
    assert_eq!(left, json!([]));
}

#[tokio::test]
async fn noise_is_only_noise() {
    let rig = rig().await;
    rig.page
        .eval("window.errors = 0; window.addEventListener('unhandledrejection', () => { window.errors += 1; })")
        .await;
    rig.fault(json!({"kind": "console_error", "message": "noise"})).await;
    rig.fault(json!({"kind": "hang", "ms": 300})).await;
    rig.fault(json!({"kind": "unhandled_rejection", "message": "noise"})).await;
    let heard = "new Promise((resolve) => { const at = setInterval(() => { if (window.errors) { clearInterval(at); resolve(window.errors); } }, 5); })";
    assert_eq!(rig.page.eval(heard).await, 1);
    assert_eq!(rig.page.eval("require('WAWebSocketModel').Socket.state").await, "UNPAIRED");
}

#[tokio::test]
async fn a_reload_keeps_the_credentials_and_a_wiped_profile_does_not() {
    let mut rig = rig().await;
    rig.link().await;
    rig.page.forget();
    rig.fault(json!({"kind": "reload"})).await;
    rig.page.wait_line("Cmd offline_delivery_end_from_bridge").await;
    assert!(rig.page.lines().iter().any(|line| line.starts_with("start registered=true")));
    rig.fault(json!({"kind": "wipe_storage"})).await;
    let empty = "new Promise((resolve) => { const at = setInterval(() => { if (!('last-wid-md' in localStorage)) { clearInterval(at); resolve(true); } }, 5); })";
    assert_eq!(rig.page.eval(empty).await, true);
    assert_eq!(
        rig.page.eval("require('WAWebUserPrefsMultiDevice').isRegistered()").await,
        true,
        "the cache still answers"
    );
    rig.page.forget();
    rig.page.goto(&rig.base).await;
    rig.page.wait_line("Socket change:state UNPAIRED <- PAIRING").await;
    assert!(rig.page.lines().iter().any(|line| line.starts_with("start registered=false")));
}

#[tokio::test]
async fn a_page_that_leaves_is_gone() {
    let mut rig = rig().await;
    rig.page.forget();
    rig.fault(json!({"kind": "navigate", "path": "/status.json"})).await;
    rig.page.wait_line("nav /status.json").await;
}

#[tokio::test]
async fn a_function_may_be_late_or_silent() {
    let mut rig = rig().await;
    rig.link().await;
    let target =
        |kind: &str| json!({"kind": kind, "module": "WAWebUserPrefsInfoStore", "export": "waNoiseInfo.get", "max": 1});
    let mut late = target("delay");
    late["ms"] = json!(400);
    rig.fault(late).await;
    // A message that is applied shows that the fault before it is in place.
    call(&rig.base, "POST", "/sim/messages", json!({"from": "5511988887777", "body": "fence", "wait": "applied"}))
        .await;
    let timed = "(async () => { const from = performance.now(); await require('WAWebUserPrefsInfoStore').waNoiseInfo.get(); return performance.now() - from; })()";
    let waited = rig.page.eval(timed).await.as_f64().expect("milliseconds");
    assert!(waited >= 390.0, "{waited}");
    let waited = rig.page.eval(timed).await.as_f64().expect("milliseconds");
    assert!(waited < 390.0, "worn out: {waited}");
}

#[tokio::test]
async fn hostile_texts_stay_text_on_screen() {
    let mut rig = rig().await;
    rig.link().await;
    let body = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=2</script>\u{202e}\u{0}";
    call(
        &rig.base,
        "POST",
        "/sim/messages",
        json!({"from": "5511988887777", "body": body, "notify_name": "<b>bold</b>", "wait": "applied"}),
    )
    .await;
    let shown = "new Promise((resolve) => { const at = setInterval(() => { const p = document.querySelector('.messages article p'); if (p) { clearInterval(at); resolve(p.textContent); } }, 10); })";
    assert_eq!(rig.page.eval(shown).await, body);
    assert_eq!(
        rig.page.eval("[window.hacked === undefined, document.querySelectorAll('#app img, #app b').length]").await,
        json!([true, 0])
    );
}

#[tokio::test]
async fn an_unknown_kind_of_fault_names_the_known_ones() {
    let sim = Simulator::start().await.expect("a simulator");
    let (status, answer) = call_any(&sim.base(), "POST", "/sim/faults", json!({"kind": "earthquake"})).await;
    assert_eq!(status, 501);
    let kinds = answer["error"]["detail"]["kinds"].as_array().expect("kinds");
    for kind in [
        "throw",
        "delay",
        "never",
        "missing_module",
        "missing_export",
        "hang",
        "reload",
        "navigate",
        "oom",
        "wipe_storage",
        "dialog",
    ] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
}
