//! The admin page in a real browser, on the service as a process, on the simulator. Everything is done by the keyboard.

#[path = "support/admin.rs"]
mod admin;
#[path = "../../../wa-client/sim/tests/support/browser.rs"]
#[allow(dead_code, reason = "shared with the tests of the simulator")]
mod browser;
mod support;

use rustix::process::Signal;
use serde_json::json;
use support::process::Running;
use support::{Rig, leak};
use wa_client::Timestamp;

use admin::Admin;

const FRIEND: &str = "5511988887777";
const NAME: &str = "<b onmouseover=testRecord('bad name')>friend</b>";
const HOSTILE: &str = "<img src=x onerror=\"testRecord('bad text')\"> <script>testRecord('bad script')</script>";

#[tokio::test(flavor = "multi_thread")]
async fn from_the_token_to_a_delivered_message() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND, "pushname": NAME}])).await.unwrap();
    let service = Running::start(&rig, &[]).await;
    let mut admin = Admin::open(service.http.base(), "").await;
    admin.check_names(6).await;

    admin.sign_in("eyJ0eXAiOiJKV1QifQ.e30.wrong").await;
    admin.until_text("sign-in-error", "The token is not valid. Enter another one. (unauthorized)").await;
    assert_eq!(admin.page.eval("document.getElementById('panel').hidden && sessionStorage.length").await, 0);
    admin.page.eval("document.getElementById('token').select()").await;
    admin.sign_in(service.http.token()).await;
    admin.until_status("QR_READY").await;
    admin.until_code().await;
    admin.check_names(18).await;
    let kept = "[sessionStorage.length, localStorage.length, document.cookie, document.getElementById('token').value]";
    assert_eq!(admin.page.eval(kept).await, json!([1, 0, "", ""]));

    // On a small screen nothing has to be pushed aside, and the code is large enough for a camera.
    admin.screen(360, 740).await;
    assert_eq!(admin.page.eval("document.documentElement.scrollWidth > innerWidth").await, false);
    let payload = admin.scan().await.expect("a camera reads the code on a phone");
    admin.screen(1280, 900).await;
    assert_eq!(admin.scan().await.as_deref(), Some(&*payload), "the code on a large screen");
    leak::secret("QR payload", &payload);
    rig.sim.scan(&payload).await.expect("the phone accepts the code");
    admin.until_status("READY").await;
    admin.until_text("account", "name of the own account, 5511900000001").await;
    admin.until("document.getElementById('link').hidden && document.title.startsWith('Ready')").await;

    admin.type_into("number", "12").await;
    admin.type_into("text", "Hello from the page").await;
    admin.tab_to_send().await;
    admin.until_text("send-error", "(invalid_phone)").await;
    admin.page.eval("document.getElementById('number').select(); document.getElementById('number').focus()").await;
    admin.type_into("number", &format!("+{FRIEND}")).await;
    admin.tab_to_send().await;
    admin.until_text("send-done", "Id 3EB0").await;
    let outbox = rig.sim.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].body.as_str()), (1, "Hello from the page"));
    assert!(
        admin
            .page
            .eval("document.getElementById('send-done').textContent")
            .await
            .as_str()
            .is_some_and(|text| { text.ends_with(&outbox.messages[0].id) })
    );
    rig.sim.post_ack(&outbox.messages[0].id, 3).await.unwrap();
    admin.until_text("send-done", "read").await;

    rig.sim.text(FRIEND, HOSTILE).await.unwrap();
    admin.until_text("events", HOSTILE).await;
    admin.until_text("events", NAME).await;
    assert_eq!(admin.page.eval("document.querySelectorAll('#events :is(img, script, li b *)').length").await, 0);
    admin.check_names(14).await;

    admin.tab_to("disconnect").await;
    admin.press("Enter").await;
    admin.until("document.getElementById('confirm').open").await;
    admin.check_names(3).await;
    admin.press("Escape").await;
    admin.until("document.activeElement.id === 'disconnect' && document.activeElement.ariaBusy === 'false'").await;
    assert_eq!(service.http.get("/whatsapp/status").await.data()["ready"], true, "nobody has confirmed");
    admin.press("Enter").await;
    admin.tab_to("confirm-yes").await;
    admin.press("Enter").await;
    admin.until_status("DISCONNECTED").await;
    admin.until_text("action-done", "disconnected successfully").await;
    admin.tab_to("connect").await;
    admin.press("Enter").await;
    admin.until_status("READY").await;

    admin.tab_to("sign-out").await;
    admin.press("Enter").await;
    admin.until("!document.getElementById('sign-in').hidden && document.activeElement.id === 'token'").await;
    assert_eq!(admin.page.eval("sessionStorage.length + document.getElementById('events').children.length").await, 0);
    // The browser itself notes answers that are no success.
    let expected = ["network http://", "network http://"];
    admin.check_quiet(&expected).await;
    admin.close().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_code_is_not_shown() {
    // The clock of this device is ten minutes late, and nobody tells the page that the code has ended.
    const LATE: &str = "Date.now = () => realNow() - 600000;
        const look = () => { const qr = document.getElementById('qr'); if (qr && !qr.hidden) window.seen = realNow(); requestAnimationFrame(look); };
        look();";
    let rig = Rig::start().await;
    rig.sim.put_qr(json!({"first_ttl_ms": 9000, "ttl_ms": 9000})).await.unwrap();
    let service = Running::start(&rig, &[]).await;
    let mut admin = Admin::open(service.http.base(), LATE).await;
    admin.sign_in(service.http.token()).await;
    let current = loop {
        admin.until_code().await;
        let current = service.http.get("/whatsapp/qr").await.data();
        // Between two codes: the next round sees the same one twice.
        if current["qr"].is_string() && admin.scan().await.as_deref() == current["qr"].as_str() {
            break current;
        }
    };
    service.signal(Signal::STOP);
    admin.until("document.getElementById('qr').hidden").await;
    assert_eq!(admin.page.eval("document.getElementById('qr').hasAttribute('src')").await, false);
    let end: Timestamp = serde_json::from_value(current["expiresAt"].clone()).unwrap();
    let seen = admin.page.eval("window.seen").await.as_i64().expect("it was seen");
    let left = end.unix_ms() - seen;
    assert!((0..=4000).contains(&left), "the code was last seen {left} ms before its end");
    service.signal(Signal::CONT);
    admin.until_code().await;
    let next = admin.scan().await.expect("the next code");
    assert_ne!(Some(next.as_str()), current["qr"].as_str());
    admin.check_quiet(&[]).await;
    admin.close().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_failed_is_told() {
    let rig = Rig::start().await;
    let service = Running::start(&rig, &[("CHROME_PATH", "/nonexistent/chromium")]).await;
    let mut admin = Admin::open(service.http.base(), "").await;
    admin.sign_in(service.http.token()).await;
    admin.until_status("DISCONNECTED").await;
    admin.until_text("reason", "/nonexistent/chromium, which is not a program").await;
    admin.until("!document.getElementById('connect').hidden && document.getElementById('disconnect').hidden").await;
    admin.type_into("number", FRIEND).await;
    admin.type_into("text", "Is anybody there?").await;
    admin.tab_to_send().await;
    admin.until_text("send-error", "It was not sent. (not_ready)").await;
    admin.check_quiet(&["network http://"]).await;
    admin.close().await;
    service.stop().await;
}

impl Admin {
    async fn tab_to_send(&self) {
        self.tab_to("send").await;
        self.press("Enter").await;
    }
}
