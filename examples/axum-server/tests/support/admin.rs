//! The admin page in a browser of its own, used by the keyboard.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::{Browser, Page};

/// Runs before the page: what goes wrong in it is recorded, and its clock may be a wrong one.
const WATCH: &str = r#"
const realNow = Date.now;
addEventListener("securitypolicyviolation", (event) => testRecord(`bad violation ${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => testRecord(`bad error ${event.message}`), true);
addEventListener("unhandledrejection", (event) => testRecord(`bad rejection ${event.reason}`));
for (const level of ["error", "warn"]) console[level] = (...words) => testRecord(`bad console ${words.join(" ")}`);
"#;

/// The names of what people use or perceive in the accessibility tree.
const ROLES: [&str; 9] =
    ["button", "link", "textbox", "image", "dialog", "alertdialog", "heading", "region", "RootWebArea"];

/// The page, open.
pub(crate) struct Admin {
    pub(crate) page: Page,
    browser: Browser,
    _profile: TempDir,
}

impl Admin {
    /// Opens it with a `script` before its own.
    pub(crate) async fn open(address: &str, script: &str) -> Self {
        let profile = tempfile::tempdir().expect("a directory for temporary files");
        let browser = Browser::launch(profile.path()).await;
        let page = browser.page(&format!("{WATCH}{script}")).await;
        page.call("Log.enable", json!({})).await;
        page.call("Accessibility.enable", json!({})).await;
        let admin = Self { page, browser, _profile: profile };
        admin.screen(1280, 900).await;
        admin.page.goto(&format!("{address}/")).await;
        admin.until("document.readyState === 'complete' && !document.getElementById('sign-in').hidden").await;
        admin
    }

    pub(crate) async fn screen(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.page.call("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Waits, frame by frame, for a condition of the page.
    pub(crate) async fn until(&self, condition: &str) {
        // Shorter than the patience of one call, as often as a slow machine needs.
        let expression = format!(
            "new Promise((resolve) => {{
                const end = performance.now() + 10000;
                const check = () => ({condition}) ? resolve(true)
                    : performance.now() > end ? resolve(false) : requestAnimationFrame(check);
                check();
            }})"
        );
        for _ in 0..4 {
            if self.page.eval(&expression).await == true {
                return;
            }
        }
        let text = self.page.eval("document.body.innerText").await;
        panic!("not in time: {condition}; the page shows:\n{}", text.as_str().unwrap_or_default());
    }

    pub(crate) async fn until_status(&self, status: &str) {
        self.until(&format!("document.getElementById('status').dataset.status === '{status}'")).await;
    }

    /// Waits until an element shows a text that holds this one.
    pub(crate) async fn until_text(&self, id: &str, text: &str) {
        let text = Value::from(text);
        self.until(&format!("document.getElementById('{id}').textContent.includes({text})")).await;
    }

    /// Waits until a QR code is drawn.
    pub(crate) async fn until_code(&self) {
        self.until("!document.getElementById('qr').hidden && document.getElementById('qr').naturalWidth > 0").await;
    }

    pub(crate) async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            other => panic!("{other} is not on this keyboard"),
        };
        let down = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.page.call("Input.dispatchKeyEvent", down).await;
        let up = json!({"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code});
        self.page.call("Input.dispatchKeyEvent", up).await;
    }

    /// Goes to an element as people without a mouse do.
    pub(crate) async fn tab_to(&self, id: &str) {
        let mut passed = Vec::new();
        for _ in 0..40 {
            let focused = self.page.eval("document.activeElement.id").await;
            if focused == id {
                return;
            }
            passed.push(focused);
            self.press("Tab").await;
        }
        panic!("#{id} is not reached by Tab: {passed:?}");
    }

    pub(crate) async fn type_into(&self, id: &str, text: &str) {
        self.tab_to(id).await;
        self.page.call("Input.insertText", json!({"text": text})).await;
    }

    pub(crate) async fn sign_in(&self, token: &str) {
        self.type_into("token", token).await;
        self.press("Enter").await;
    }

    /// What a camera in front of the screen reads.
    pub(crate) async fn scan(&self) -> Option<String> {
        let place = self
            .page
            .eval(
                "(() => { const image = document.getElementById('qr'); image.scrollIntoView({block: 'center'});
                const {x, y, width, height} = image.getBoundingClientRect();
                return {x: x + scrollX, y: y + scrollY, width, height, scale: 1}; })()",
            )
            .await;
        let shot = self.page.call("Page.captureScreenshot", json!({"format": "png", "clip": place})).await;
        let bytes = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("Base64");
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a picture that fits")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        let (width, samples) = (info.width as usize, info.color_type.samples());
        let grey = |x, y| pixels[(y * width + x) * samples];
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, info.height as usize, grey);
        picture.detect_grids().first()?.decode().ok().map(|(_, text)| text)
    }

    /// Everything that people use has a name for those who do not see it.
    pub(crate) async fn check_names(&self, least: usize) {
        let tree = self.page.call("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().expect("nodes").iter().filter(|node| node["ignored"] == false);
        let used: Vec<_> = nodes.filter(|node| ROLES.iter().any(|role| node["role"]["value"] == *role)).collect();
        let named = |node: &&&Value| node["name"]["value"].as_str().is_some_and(|name| !name.trim().is_empty());
        let nameless: Vec<_> = used.iter().filter(|node| !named(node)).collect();
        assert!(nameless.is_empty(), "without a name: {nameless:#?}");
        assert!(used.len() >= least, "only {} of {least} parts are in the tree: {used:#?}", used.len());
    }

    /// No error and no violation but those that were `expected`.
    pub(crate) async fn check_quiet(&mut self, expected: &[&str]) {
        self.page.eval("testRecord('that was all')").await;
        self.page.wait_line("that was all").await;
        let bad = |line: &&String| {
            line.starts_with("bad") || line.starts_with("log error") || line.starts_with("log warning")
        };
        let bad: Vec<_> = self.page.lines().iter().filter(bad).collect();
        let as_expected = bad.iter().zip(expected).all(|(line, part)| line.contains(part));
        assert!(bad.len() == expected.len() && as_expected, "expected {expected:?}, got {bad:#?}");
    }

    pub(crate) async fn close(self) {
        let closed = tokio::time::timeout(Duration::from_secs(30), self.browser.close()).await;
        closed.expect("the browser closes in time");
    }
}
