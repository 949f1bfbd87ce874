//! What a page must keep true of linking, login and their ends, seen from inside a real Chromium.

mod support;

use serde_json::{Value, json};
use support::browser::{Browser, Page};
use support::control::{call, event, seq};
use support::recorder::SCRIPT;
use tempfile::TempDir;
use wa_client_sim::Simulator;

/// A simulator, a profile, a browser on it and one recorded tab.
struct Rig {
    base: String,
    profile: TempDir,
    browser: Browser,
    page: Page,
    _sim: Simulator,
}

impl Rig {
    /// Quick settings, nothing loaded yet.
    async fn new() -> Self {
        let sim = Simulator::start().await.expect("a simulator");
        let base = sim.base();
        let profile = tempfile::tempdir().expect("a directory");
        let browser = Browser::launch(profile.path()).await;
        let page = browser.page(SCRIPT).await;
        Self { base, profile, browser, page, _sim: sim }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        call(&self.base, method, path, body).await
    }

    /// Loads the page and waits for its first QR code.
    async fn reach_qr(&mut self) {
        self.page.goto(&self.base).await;
        self.page.wait_line("Socket change:state UNPAIRED <- PAIRING").await;
        // The first code is drawn.
        self.page.wait_line("Cmd initial_load_ready_from_bridge").await;
    }

    /// The text on screen.
    async fn qr(&self) -> String {
        let shown = "document.querySelector('div[data-testid=\"link-device-qr-code\"]').dataset.ref";
        self.page.eval(shown).await.as_str().expect("a QR code").to_owned()
    }

    async fn scan(&self) {
        let qr = self.qr().await;
        self.call("POST", "/sim/phone/scan", json!({"qr": qr})).await;
    }

    /// Links a fresh profile and waits until the page is done.
    async fn reach_main(&mut self) {
        self.reach_qr().await;
        self.scan().await;
        self.page.wait_line("Cmd on_critical_sync_done_from_bridge").await;
    }

    async fn registered(&self) -> bool {
        self.page.eval("require('WAWebUserPrefsMultiDevice').isRegistered()").await == json!(true)
    }
}

/// Recorded lines that start with one of these.
fn only<'a>(page: &'a Page, starts: &[&str]) -> Vec<&'a str> {
    page.lines().iter().map(String::as_str).filter(|line| starts.iter().any(|start| line.starts_with(start))).collect()
}

/// Asserts that these lines were recorded in this order, others between them allowed.
#[track_caller]
fn in_order(page: &Page, wanted: &[&str]) {
    let mut rest = page.lines().iter();
    for line in wanted {
        assert!(rest.any(|l| l == line), "{line:?} is missing or out of order in\n{}", page.lines().join("\n"));
    }
}

#[tokio::test]
async fn a_fresh_profile_walks_to_a_qr_code_and_rotates() {
    let mut rig = Rig::new().await;
    rig.call("PUT", "/sim/qr", json!({"first_ttl_ms": 900, "ttl_ms": 300})).await;
    rig.page.goto(&rig.base).await;
    rig.page.wait_line("Socket change:state UNPAIRED_IDLE <- UNPAIRED").await;
    in_order(
        &rig.page,
        &[
            "start registered=false mode=QR state=UNLAUNCHED",
            "Stream change:info OPENING <- NORMAL",
            "Socket change:state OPENING <- UNLAUNCHED",
            "Stream change:info PAIRING <- OPENING",
            "Socket change:state PAIRING <- OPENING",
            "Conn change:refTTL 900 <- undefined",
            "Stream change:info NORMAL <- PAIRING",
            "Socket change:state UNPAIRED <- PAIRING",
            "Conn change:refTTL 300 <- 900",
            "Socket change:state UNPAIRED_IDLE <- UNPAIRED",
        ],
    );
    assert_eq!(only(&rig.page, &["Socket change:state"]).len(), 4, "one change per state, none per rotation");
    assert_eq!(only(&rig.page, &["Conn change:ref "]).len(), 6);
    assert_eq!(only(&rig.page, &["Conn change:refTTL"]).len(), 2);
    assert_eq!(only(&rig.page, &["Conn change:refExpiry"]).len(), 6);
    assert!(only(&rig.page, &["Stream change:mode"]).is_empty());
    assert_eq!(rig.page.eval("typeof require('WAWebConnModel').Conn.ref").await, "string", "the last ref stays");
}

#[tokio::test]
async fn a_refresh_brings_new_refs_and_a_new_secret_and_keeps_the_keys() {
    let mut rig = Rig::new().await;
    rig.reach_qr().await;
    let before = rig.qr().await;
    rig.call("POST", "/sim/qr/expire", json!({})).await;
    rig.page.wait_line("Socket change:state UNPAIRED_IDLE <- UNPAIRED").await;
    rig.page.forget();
    rig.page.eval("void require('WAWebBackendEventBus').BackendEventBus.triggerRefreshQR()").await;
    rig.page.wait_line("Socket change:state UNPAIRED <- PAIRING").await;
    in_order(
        &rig.page,
        &[
            "Cmd socket_stream_disconnected_from_bridge",
            "Socket change:state OPENING <- UNPAIRED_IDLE",
            "Socket change:state PAIRING <- OPENING",
        ],
    );
    let after = rig.qr().await;
    let (before, after): (Vec<_>, Vec<_>) = (before.split(',').collect(), after.split(',').collect());
    assert_eq!(before.len(), 5);
    assert_ne!(before[0], after[0], "ref");
    assert_eq!(before[1..3], after[1..3], "noise and identity key");
    assert_ne!(before[3], after[3], "secret");
    assert_eq!(after[4], "1", "platform under a plain Chrome user agent");
    rig.scan().await;
    rig.page.wait_line("Stream change:mode MAIN <- SYNCING").await;
}

#[tokio::test]
async fn every_qr_ending_is_what_the_page_draws_and_the_phone_takes() {
    for (ending, start, end) in [
        ("plain", "", ",1"),
        ("link", "https://wa.me/settings/linked_devices#", ",1"),
        ("faq", "", ",1,https://faq.whatsapp.com/r/ld"),
    ] {
        let mut rig = Rig::new().await;
        rig.call("PATCH", "/sim/config", json!({"page": {"qr_ending": ending}})).await;
        rig.reach_qr().await;
        let first = rig.qr().await;
        assert!(first.starts_with(start) && first.ends_with(end), "{ending}");
        // The secret changes under the same ref: the picture follows, the old one is refused.
        let at = seq(&rig.base).await;
        rig.call("POST", "/sim/qr/secret", json!({})).await;
        event(&rig.base, at, "qr.shown").await;
        let (status, answer) =
            support::control::call_any(&rig.base, "POST", "/sim/phone/scan", json!({"qr": first})).await;
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("key_mismatch")), "{ending}");
        rig.scan().await;
        rig.page.wait_line("Stream change:mode MAIN <- SYNCING").await;
    }
}

#[tokio::test]
async fn a_fresh_login_ends_delivery_before_it_counts_as_synced() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    in_order(
        &rig.page,
        &[
            "Conn change:platform android <- undefined",
            "Cmd socket_stream_disconnected_from_bridge",
            "Stream change:info OPENING <- NORMAL",
            "Stream change:mode SYNCING <- QR",
            "Socket change:state OPENING <- UNPAIRED",
            "Stream change:info PAIRING <- OPENING",
            "Socket change:state PAIRING <- OPENING",
            "Stream change:info SYNCING <- PAIRING",
            "Socket change:state CONNECTED <- PAIRING",
            "Conn me_ready",
            "Conn change:meReadyTriggered true <- false",
            "Cmd open_socket_stream_from_bridge",
            r#"Cmd account_temporarily_banned_from_bridge {"banned":false}"#,
            "Cmd offline_progress_update_from_bridge",
            "Cmd main_stream_mode_ready_from_bridge",
            "Cmd offline_delivery_end_from_bridge",
            "Cmd on_initial_chat_synced_from_bridge",
            "Stream change:info NORMAL <- SYNCING",
            "Stream change:mode MAIN <- SYNCING",
            "Stream change:phoneAuthed true <- false",
            "Socket change:hasSynced true <- undefined",
            "Socket change:stream CONNECTED <- DISCONNECTED",
            "Cmd on_critical_sync_done_from_bridge",
        ],
    );
    assert_eq!(rig.page.eval("require('WAWebUserPrefsMultiDevice').getADVSecretKey()").await, Value::Null);
    assert_eq!(
        rig.page.eval("require('WAWebOfflineHandler').OfflineMessageHandler.getOfflineDeliveryProgress()").await,
        100
    );
}

#[tokio::test]
async fn a_restored_session_counts_as_synced_before_delivery_ends() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    rig.browser.close().await;
    let browser = Browser::launch(rig.profile.path()).await;
    let mut page = browser.page(SCRIPT).await;
    page.goto(&rig.base).await;
    page.wait_line("Cmd offline_delivery_end_from_bridge").await;
    in_order(
        &page,
        &[
            "start registered=true mode=SYNCING state=UNLAUNCHED",
            "Cmd initial_load_ready_from_bridge",
            "Conn me_ready",
            "Conn change:platform android <- undefined",
            "Socket change:state OPENING <- UNLAUNCHED",
            "Socket change:state PAIRING <- OPENING",
            "Socket change:state CONNECTED <- PAIRING",
            "Conn me_ready",
            "Cmd open_socket_stream_from_bridge",
            r#"Cmd account_temporarily_banned_from_bridge {"banned":false}"#,
            "Stream change:mode MAIN <- SYNCING",
            "Socket change:hasSynced true <- undefined",
            "Socket change:stream CONNECTED <- DISCONNECTED",
            "Cmd main_stream_mode_ready_from_bridge",
            "Cmd offline_delivery_end_from_bridge",
        ],
    );
    assert!(!page.lines().iter().any(|line| line.contains("UNPAIRED")));
    assert_eq!(page.eval("String(require('WAWebUserPrefsMeUser').getMaybeMePnUser())").await, "5511900000001@c.us");
}

#[tokio::test]
async fn a_lost_connection_leaves_the_state_alone_until_the_page_tries_again() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    rig.page.forget();
    rig.call("POST", "/sim/socket", json!({"close": true})).await;
    rig.page.wait_line(r#"Cmd account_temporarily_banned_from_bridge {"banned":false}"#).await;
    in_order(
        &rig.page,
        &[
            "Stream change:phoneAuthed false <- true",
            "Socket change:stream DISCONNECTED <- CONNECTED",
            "Cmd socket_stream_disconnected_from_bridge",
            "Stream change:info OPENING <- NORMAL",
            "Socket change:state OPENING <- CONNECTED",
            "Stream change:resumeCount 1 <- 0",
            "Stream change:info RESUMING <- OPENING",
            "Socket change:state PAIRING <- OPENING",
            "Stream change:info NORMAL <- RESUMING",
            "Socket change:state CONNECTED <- PAIRING",
            "Conn me_ready",
            "Stream change:phoneAuthed true <- false",
            "Socket change:stream CONNECTED <- DISCONNECTED",
            "Cmd open_socket_stream_from_bridge",
        ],
    );
    assert!(only(&rig.page, &["Stream change:mode", "Socket change:hasSynced"]).is_empty());
}

#[tokio::test]
async fn an_own_logout_goes_in_the_observed_order_and_purges() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    rig.page.forget();
    let at = seq(&rig.base).await;
    let said = rig
        .page
        .eval("(() => { const r = require('WAWebSocketModel').Socket.logout(); return [r === undefined, localStorage.WANoiseInfo === undefined, require('WAWebUserPrefsMultiDevice').isRegistered()]; })()")
        .await;
    assert_eq!(said, json!([true, true, true]), "the disk forgets first, the cache still answers");
    event(&rig.base, at, "device.logged_out").await;
    rig.page.wait_line("nav /?post_logout=1").await;
    in_order(
        &rig.page,
        &[
            "Cmd starting_logout_from_bridge",
            "Socket change:hasSynced undefined <- true",
            "Conn change:blockStoreAdds true <- false",
            "Stream change:info SYNCING <- NORMAL",
            "Stream change:mode SYNCING <- MAIN",
            "Stream change:phoneAuthed false <- true",
            "Stream change:displayInfo CONNECTING <- NORMAL",
            "Socket change:stream DISCONNECTED <- CONNECTED",
            "Cmd socket_stream_disconnected_from_bridge",
            "Cmd logout_from_bridge",
            "nav /?post_logout=1",
        ],
    );
    rig.page.wait_line("Socket change:state UNPAIRED <- PAIRING").await;
    assert!(!rig.registered().await);
    assert_eq!(rig.page.eval("location.search").await, "", "the marker is taken out of the address");
    let kept = "new Promise((resolve) => { const r = indexedDB.open('model-storage'); r.onsuccess = () => { const q = r.result.transaction('message').objectStore('message').count(); q.onsuccess = () => resolve(q.result); }; })";
    assert_eq!(rig.page.eval(kept).await, 0);
}

#[tokio::test]
async fn a_device_removed_on_the_phone_unsets_synced_first() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    rig.page.forget();
    rig.call("POST", "/sim/phone/unlink", json!({})).await;
    rig.page.wait_line("Socket change:state UNPAIRED <- PAIRING").await;
    in_order(
        &rig.page,
        &[
            "Socket change:hasSynced undefined <- true",
            "Cmd starting_logout_from_bridge",
            "Stream change:mode SYNCING <- MAIN",
            "Socket change:stream DISCONNECTED <- CONNECTED",
            "Cmd socket_stream_disconnected_from_bridge",
            "Cmd logout_from_bridge",
            "nav /?post_logout=1",
        ],
    );
    assert!(!rig.registered().await);
}

#[tokio::test]
async fn refused_credentials_end_without_a_starting_logout() {
    for (code, address) in [(401, "nav /?post_logout=1"), (403, "nav /?post_logout=1&logout_reason=3")] {
        let mut rig = Rig::new().await;
        rig.reach_main().await;
        rig.page.forget();
        rig.call("POST", "/sim/stream_end", json!({"code": code})).await;
        rig.page.wait_line("Socket change:state UNPAIRED <- PAIRING").await;
        in_order(
            &rig.page,
            &[
                "Socket change:hasSynced undefined <- true",
                "Conn change:blockStoreAdds true <- false",
                "Cmd logout_from_bridge",
                address,
            ],
        );
        assert!(only(&rig.page, &["Cmd starting_logout", "Stream change:mode SYNCING <- MAIN"]).is_empty(), "{code}");
    }
}

#[tokio::test]
async fn a_replaced_session_falls_silent() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    rig.page.forget();
    rig.call("POST", "/sim/stream_end", json!({"code": 409, "conflict": "replaced"})).await;
    rig.page.wait_line("Cmd socket_stream_disconnected_from_bridge").await;
    // Longer than the page waits before it would try again: time is what is tested here.
    rig.page.eval("new Promise((resolve) => setTimeout(resolve, 2500))").await;
    assert_eq!(rig.page.eval("require('WAWebSocketModel').Socket.state").await, "CONNECTED");
    assert_eq!(rig.page.eval("require('WAWebSocketModel').Socket.stream").await, "DISCONNECTED");
    assert!(only(&rig.page, &["Socket change:state"]).is_empty());
}

#[tokio::test]
async fn a_second_tab_takes_over_and_the_first_falls_silent() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    rig.page.forget();
    let mut second = rig.browser.page(SCRIPT).await;
    second.goto(&rig.base).await;
    second.wait_line("Cmd offline_delivery_end_from_bridge").await;
    rig.page.wait_line("Cmd socket_stream_disconnected_from_bridge").await;
    assert!(only(&rig.page, &["Socket change:state", "Socket change:hasSynced", "Stream change:mode"]).is_empty());
    assert_eq!(rig.page.eval("require('WAWebSocketModel').Socket.state").await, "CONNECTED");
    let locks =
        (rig.page.eval("localStorage['whatsapp-mutex']").await, second.eval("localStorage['whatsapp-mutex']").await);
    assert_eq!(locks.0, locks.1);
    assert_eq!(rig.page.eval("document.body.innerText.includes('another window')").await, true);
    // Reloading takes it back.
    rig.page.forget();
    rig.page.goto(&rig.base).await;
    rig.page.wait_line("Cmd offline_delivery_end_from_bridge").await;
}

#[tokio::test]
async fn a_wrong_secret_starts_over_without_a_word() {
    let mut rig = Rig::new().await;
    rig.call("PATCH", "/sim/config", json!({"page": {"adv_ok": false}})).await;
    rig.reach_qr().await;
    rig.page.forget();
    rig.scan().await;
    rig.page.wait_line("nav /?post_logout=1").await;
    assert_eq!(only(&rig.page, &["Conn change:platform "]).len(), 1);
    assert!(only(&rig.page, &["Cmd", "Socket"]).is_empty(), "{:?}", rig.page.lines());
}

#[tokio::test]
async fn a_pairing_code_links_and_its_rules_hold() {
    let mut rig = Rig::new().await;
    rig.reach_qr().await;
    let said = rig
        .page
        .eval(
            "(async () => {
               const api = require('WAWebAltDeviceLinkingApi');
               const said = [];
               const attempt = (phone) => api.startAltLinkingFlow(phone, true).catch((e) => `${e.name}: ${e.message}`);
               said.push(await attempt('5511900000001'));
               api.setPairingType(require('WAWebPairingType').PairingType.ALT_DEVICE_LINKING);
               await api.initializeAltDeviceLinking();
               said.push(require('WAWebUserPrefsMultiDevice').getADVSecretKey());
               said.push(require('WAWebSocketModel').Socket.state);
               said.push(await attempt('5511900000001'));
               said.push(await attempt('5511900000001'));
               return said;
             })()",
        )
        .await;
    let invariant = json!("Invariant Violation: Minified invariant #75727; %s Params: %s");
    assert_eq!((&said[0], &said[1], &said[2], &said[4]), (&invariant, &Value::Null, &json!("UNPAIRED"), &invariant));
    let code = said[3].as_str().expect("a code");
    assert!(code.len() == 8 && code.chars().all(|c| "123456789ABCDEFGHJKLMNPQRSTVWXYZ".contains(c)));
    rig.call("POST", "/sim/phone/pair", json!({"code": code})).await;
    rig.page.wait_line("Stream change:mode MAIN <- SYNCING").await;
}

#[tokio::test]
async fn a_refused_pairing_code_names_the_server_error() {
    let mut rig = Rig::new().await;
    rig.reach_qr().await;
    rig.call("POST", "/sim/faults", json!({"kind": "query_error", "query": "pairing_code", "status": 429})).await;
    let said = rig
        .page
        .eval(
            "(async () => {
               const api = require('WAWebAltDeviceLinkingApi');
               await api.initializeAltDeviceLinking();
               try { await api.startAltLinkingFlow('5511900000001', true); } catch (e) {
                 return [e.name, e.type.name, e.message, Object.keys(e).sort().join()];
               }
             })()",
        )
        .await;
    let message = "alt pairing: Got an error from alt paring: companion hello: IQErrorRateOverlimit";
    assert_eq!(said, json!(["CompanionHelloError", "IQErrorRateOverlimit", message, "name,type"]));
}

#[tokio::test]
async fn an_unknown_module_is_undefined_or_throws_as_configured() {
    let probe = "(() => { try { return typeof require('NoSuchModule'); } catch (e) { return [e.name, e.message, e.messageParams]; } })()";
    let guarded = "(() => { let said; ErrorGuard.applyWithGuard(() => { try { require('NoSuchModule'); } catch (e) { said = e.name; } }); return said; })()";
    let mut rig = Rig::new().await;
    rig.reach_qr().await;
    assert_eq!(rig.page.eval(probe).await, "undefined");
    assert_eq!(rig.page.eval("typeof importNamespace('NoSuchModule')").await, "undefined");
    assert_eq!(rig.page.eval(guarded).await, "ModuleError");
    rig.call("PATCH", "/sim/config", json!({"page": {"unknown_modules": "throw"}})).await;
    rig.page.forget();
    rig.reach_qr().await;
    assert_eq!(rig.page.eval(probe).await, json!(["ModuleError", "Requiring unknown module \"%s\"", ["NoSuchModule"]]));
}

#[tokio::test]
async fn faults_on_modules_take_effect_are_reported_and_wear_out() {
    let mut rig = Rig::new().await;
    rig.reach_qr().await;
    let at = seq(&rig.base).await;
    let fault = |kind: &str, more: Value| {
        let mut body = json!({"kind": kind, "module": "WAWebUserPrefsMeUser", "max": 1});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    rig.call("POST", "/sim/faults", fault("throw", json!({"export": "isMeUserRestored", "name": "Oops"}))).await;
    rig.call("POST", "/sim/faults", fault("missing_export", json!({"export": "isMePrimary"}))).await;
    rig.call("POST", "/sim/faults", json!({"kind": "missing_module", "module": "WAWebBrowserInfo"})).await;
    // The page has them when the latest is in.
    rig.page
        .eval("new Promise((resolve) => { const at = setInterval(() => { if (!('WAWebBrowserInfo' in require('__debug').modulesMap)) { clearInterval(at); resolve(); } }, 5); })")
        .await;
    let twice = "(() => { const f = () => { try { return typeof require('WAWebUserPrefsMeUser').isMeUserRestored(); } catch (e) { return e.name; } }; return [f(), f()]; })()";
    assert_eq!(rig.page.eval(twice).await, json!(["Oops", "boolean"]));
    assert_eq!(rig.page.eval("typeof require('WAWebUserPrefsMeUser').isMePrimary").await, "undefined");
    assert_eq!(rig.page.eval("typeof require('WAWebUserPrefsMeUser').isMePrimary").await, "function");
    assert_eq!(rig.page.eval("typeof require('WAWebBrowserInfo')").await, "undefined");
    event(&rig.base, at, "fault.hit").await;
    // They hold for documents loaded later as well, until they are cleared.
    rig.page.forget();
    rig.reach_qr().await;
    assert_eq!(rig.page.eval("typeof require('WAWebBrowserInfo')").await, "undefined");
    rig.call("DELETE", "/sim/faults", json!({})).await;
    rig.page
        .eval("new Promise((resolve) => { const at = setInterval(() => { if ('WAWebBrowserInfo' in require('__debug').modulesMap) { clearInterval(at); resolve(); } }, 5); })")
        .await;
    assert_eq!(rig.page.eval("typeof require('WAWebBrowserInfo')").await, "function");
}

#[tokio::test]
async fn an_update_of_the_page_changes_what_clients_find_and_not_the_page_itself() {
    let mut rig = Rig::new().await;
    let of = |kind: &str, more: Value| {
        let mut body = json!({"kind": kind, "module": "WAWebUserPrefsMeUser"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for fault in [
        of("rename_export", json!({"export": "isMePrimary", "to": "isPrimary"})),
        of("shape", json!({"export": "isMeAccount", "value": 7})),
        of("shape", json!({"export": "isMeUserRestored", "result": {"odd": 1}, "async": true})),
        of("throw", json!({"export": "getMaybeMePnUser", "name": "Oops", "drift": true})),
        json!({"kind": "never", "module": "WAWebSocketModel", "export": "Socket.takeover", "drift": true}),
        json!({"kind": "rename_module", "module": "WAWebBrowserInfo", "to": "WAWebBrowser"}),
    ] {
        rig.call("POST", "/sim/faults", fault).await;
    }
    // The page itself links all the same.
    rig.reach_main().await;
    let names = "(() => { const me = require('WAWebUserPrefsMeUser'); return ['isMePrimary' in me, me.isMePrimary === undefined, typeof me.isPrimary, me.isMeAccount]; })()";
    assert_eq!(rig.page.eval(names).await, json!([false, true, "function", 7]));
    assert_eq!(rig.page.eval("require('WAWebUserPrefsMeUser').isMeUserRestored()").await, json!({"odd": 1}));
    let thrown =
        "(() => { try { require('WAWebUserPrefsMeUser').getMaybeMePnUser(); } catch (e) { return e.name; } })()";
    assert_eq!(rig.page.eval(thrown).await, "Oops");
    let inside = "(() => { const { Socket } = require('WAWebSocketModel'); return [Socket.takeover() instanceof Promise, Socket.state]; })()";
    assert_eq!(rig.page.eval(inside).await, json!([true, "CONNECTED"]));
    assert_eq!(
        rig.page.eval("[typeof require('WAWebBrowserInfo'), typeof require('WAWebBrowser')]").await,
        json!(["undefined", "function"])
    );
    rig.call("DELETE", "/sim/faults", json!({})).await;
    let back = "new Promise((resolve) => { const at = setInterval(() => { if ('WAWebBrowserInfo' in require('__debug').modulesMap) { clearInterval(at); resolve([typeof require('WAWebUserPrefsMeUser').isMeAccount, typeof require('WAWebUserPrefsMeUser').isPrimary]); } }, 5); })";
    assert_eq!(rig.page.eval(back).await, json!(["function", "undefined"]));
}

#[tokio::test]
async fn frames_come_and_go_on_request() {
    let mut rig = Rig::new().await;
    rig.reach_qr().await;
    rig.page
        .eval(
            "window.frames_seen = { came: 0, went: 0 }; window.frames_gone = new Promise((resolve) => \
             new MutationObserver((records) => { for (const { addedNodes, removedNodes } of records) { \
             const count = (nodes) => [...nodes].filter((node) => node.tagName === 'IFRAME').length; \
             frames_seen.came += count(addedNodes); frames_seen.went += count(removedNodes); } \
             if (frames_seen.went === 6) resolve(frames_seen); }).observe(document.body, { childList: true })); 0",
        )
        .await;
    rig.call("POST", "/sim/faults", json!({"kind": "iframes", "count": 6})).await;
    assert_eq!(rig.page.eval("window.frames_gone").await, json!({"came": 6, "went": 6}));
}

#[tokio::test]
async fn conflict_is_only_left_by_a_takeover_that_the_server_allowed() {
    let mut rig = Rig::new().await;
    rig.reach_main().await;
    let takeover = "(() => { try { require('WAWebSocketModel').Socket.takeover(); return 'done'; } catch (e) { return e.message; } })()";
    assert_eq!(rig.page.eval(takeover).await, "Takeover called without conflict!");
    rig.page.forget();
    rig.call("POST", "/sim/socket", json!({"state": "CONFLICT"})).await;
    rig.page.wait_line("Socket change:state CONFLICT <- CONNECTED").await;
    assert_eq!(rig.page.eval(takeover).await, "done");
    rig.page.wait_line("Socket change:state CONNECTED <- PAIRING").await;
}
