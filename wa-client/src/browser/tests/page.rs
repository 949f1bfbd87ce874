//! Calls and events.

use std::time::Instant;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn chromium_calls_are_answered_and_events_arrive() {
    let mut bench = Bench::start().await;
    let before: Result<Value, _> = bench.running.page.call("echo", &json!({}), LONG).await;
    assert_eq!(before.unwrap_err(), CallError::Gone { maybe_ran: false });

    bench.running.page.navigate(LONG).await.unwrap();
    assert!(matches!(bench.next().await, PageEvent::Document { url_kind: UrlKind::App }));
    assert!(matches!(bench.next().await, PageEvent::Bridge { event: BridgeEvent::Hello(_), .. }));
    let value = json!({"text": "ä \u{1F600} \"quoted\"", "number": 7});
    let echoed: Value = bench.running.page.call("echo", &value, LONG).await.unwrap();
    assert_eq!(echoed, value);

    let error = bench.run("throw new TypeError('no')").await.unwrap_err();
    let CallError::Remote(remote) = error else { panic!("{error:?}") };
    assert_eq!(remote.kind, ErrorKind::Page);
    // The entry point is gone from the page, and so is the binding.
    let left = bench.run("return [config.binding, config.handle].map((name) => name in window)").await.unwrap();
    assert_eq!(left, json!([false, false]));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_a_call_has_its_deadline() {
    let bench = Bench::open().await;
    let never = bench.running.page.call::<Value>("never", &json!({}), Duration::from_millis(200)).await;
    assert_eq!(never.unwrap_err(), CallError::Timeout { maybe_ran: true });
    bench.run("return 1").await.unwrap();
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_a_new_document_ends_the_calls_of_the_former() {
    let mut bench = Bench::open().await;
    let page = bench.running.page.clone();
    let pending = tokio::spawn(async move { page.call::<Value>("never", &json!({}), LONG).await });
    // Behind the pending call, so that it is under way.
    bench.run("return 1").await.unwrap();
    bench.running.page.reload(LONG).await.unwrap();
    assert_eq!(pending.await.unwrap().unwrap_err(), CallError::Gone { maybe_ran: true });
    assert!(matches!(bench.next().await, PageEvent::Document { url_kind: UrlKind::App }));
    assert_eq!(bench.greeting().await, 2);
    bench.run("return 1").await.unwrap();
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_addresses_are_told_apart() {
    let mut bench = Bench::open().await;
    let other = Server::start().await;
    let steps = [(bench.server.url("/browsers.html"), UrlKind::Unsupported), (other.url("/"), UrlKind::Elsewhere)];
    for (expected, (url, kind)) in (2..).zip(steps) {
        bench.run(&format!("setTimeout(() => {{ location.href = {url:?} }})")).await.unwrap();
        let PageEvent::Document { url_kind } = bench.next().await else { panic!("no document") };
        assert_eq!((bench.documents, url_kind), (expected, kind));
        if kind == UrlKind::Unsupported {
            bench.greeting().await;
        }
    }
    assert_eq!(bench.run("return 1").await.unwrap_err(), CallError::Gone { maybe_ran: false });
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_a_page_that_cannot_be_had_is_a_network_error() {
    let closed = Server::start().await.url("/").replace("127.0.0.1", "127.0.0.2");
    let mut bench = Bench::start_with(|opts| opts.page_url = closed).await;
    let error = bench.running.page.navigate(LONG).await.unwrap_err();
    assert_eq!(error, CallError::Network("net::ERR_CONNECTION_REFUSED".to_owned()));
    assert!(matches!(bench.next().await, PageEvent::Document { url_kind: UrlKind::Blank }));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_ten_thousand_events_arrive_in_order() {
    const COUNT: usize = 10_000;
    let mut bench = Bench::open().await;
    let page = bench.running.page.clone();
    let burst =
        tokio::spawn(async move { page.call::<Value>("burst", &json!({"count": COUNT, "batch": 1}), LONG).await });
    for expected in 0..COUNT {
        let PageEvent::Bridge { event: BridgeEvent::Fault(fault), .. } = bench.next().await else { panic!("no fault") };
        assert_eq!(*fault.message, *expected.to_string());
    }
    burst.await.unwrap().unwrap();
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_keeps_events_that_nobody_takes_yet() {
    const COUNT: usize = 20_000;
    let mut bench = Bench::open().await;
    let page = bench.running.page.clone();
    let burst = tokio::spawn(async move {
        page.call::<Value>("burst", &json!({"count": COUNT, "batch": 1}), Duration::from_millis(500)).await
    });
    // The queues between are full and nothing is read, so not even the answer of the call arrives.
    assert_eq!(burst.await.unwrap().unwrap_err(), CallError::Timeout { maybe_ran: true });
    for expected in 0..COUNT {
        let PageEvent::Bridge { event: BridgeEvent::Fault(fault), .. } = bench.next().await else { panic!("no fault") };
        assert_eq!(*fault.message, *expected.to_string());
    }
    bench.run("return 1").await.unwrap();
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_nonsense_from_the_script_is_counted() {
    let mut bench = Bench::open().await;
    for (total, code) in (1..).zip(["send('{')", "send('[{\"n\": 1, \"e\": \"hello\"}]')"]) {
        bench.run(code).await.unwrap();
        let event = bench.next().await;
        assert!(matches!(event, PageEvent::Malformed { total: found, .. } if found == total), "{event:?}");
    }
    bench.run("emit('fault', {where: 'w', name: 'n', message: 'm'})").await.unwrap();
    assert!(matches!(bench.next().await, PageEvent::Bridge { event: BridgeEvent::Fault(_), .. }));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_frames_do_not_reach_the_binding() {
    let mut bench = Bench::start_with(|opts| opts.page_url.push_str("frames")).await;
    bench.running.page.navigate(LONG).await.unwrap();
    bench.greeting().await;
    let code = "return new Promise((done) => {
        const look = () => done([
            ...[...document.querySelectorAll('iframe')].map((f) => config.binding in f.contentWindow),
            window.seenEarly.includes(config.binding),
            (() => {
                const late = document.body.appendChild(document.createElement('iframe'));
                return config.binding in late.contentWindow;
            })(),
        ]);
        document.readyState === 'complete' ? look() : addEventListener('load', look);
    })";
    assert_eq!(bench.run(code).await.unwrap(), json!([false, false, false, false]));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_a_call_of_the_binding_from_a_frame_is_refused() {
    // A script that does not take the binding away, as if a frame had got hold of it.
    let server = Server::start().await;
    let home = tempfile::tempdir().unwrap();
    let opts = options(home.path(), &server.url("/frames"));
    let greeting = r#"[{"n":1,"e":"hello","d":{"url":"u","userAgent":"a"}}]"#;
    let source = format!("if (window !== top && location.pathname === '/other') window.testBinding('{greeting}')");
    let mut running = launch_with(opts, source, std::future::pending()).await.unwrap();
    running.page.navigate(LONG).await.unwrap();
    loop {
        match timeout(LONG, running.events.recv()).await.unwrap().unwrap() {
            PageEvent::Malformed { total: 1, .. } => break,
            PageEvent::Bridge { .. } => panic!("a frame was heard"),
            _ => {}
        }
    }
    running.process.close(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_dialogs_do_not_block_the_page() {
    let mut bench = Bench::open().await;
    assert_eq!(bench.run("alert('stop'); return confirm('sure?')").await.unwrap(), json!(false));
    bench.run("addEventListener('beforeunload', (e) => e.preventDefault())").await.unwrap();
    bench.running.page.reload(LONG).await.unwrap();
    assert_eq!(bench.greeting().await, 2);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_never_says_headless() {
    let mut bench = Bench::start_with(|opts| opts.page_url.push_str("worker")).await;
    bench.running.page.navigate(LONG).await.unwrap();
    bench.greeting().await;
    let code = "return fetch('/ping').then(() => navigator.userAgentData.getHighEntropyValues(['fullVersionList']))
        .then((hints) => JSON.stringify([navigator.userAgent, navigator.webdriver, hints]))";
    let said = bench.run(code).await.unwrap();
    let said = said.as_str().unwrap();
    assert!(said.contains("Chrome/") && said.contains(",false,") && !said.contains("Headless"), "{said}");
    let requests = bench.server.requests();
    assert!(requests.iter().any(|head| head.contains("get /ping") && head.contains("sec-ch-ua")), "{requests:?}");
    assert!(requests.iter().all(|head| !head.contains("headless")), "{requests:?}");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_headless_mode_hides_its_name_from_the_first_request_on() {
    let mut bench = Bench::start_with(|opts| opts.extra_args.push("--headless=new".to_owned())).await;
    bench.running.page.navigate(LONG).await.unwrap();
    bench.greeting().await;
    let requests = bench.server.requests();
    assert!(requests[0].contains("user-agent: mozilla") && !requests[0].contains("headless"), "{requests:?}");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_a_call_behind_a_waiting_one_is_not_held_up() {
    let bench = Bench::open().await;
    let mut behind = Vec::new();
    for _ in 0..21 {
        let page = bench.running.page.clone();
        let waiting =
            tokio::spawn(async move { page.call::<Value>("never", &json!({}), Duration::from_millis(50)).await });
        tokio::task::yield_now().await;
        let started = Instant::now();
        bench.run("return 1").await.unwrap();
        behind.push(started.elapsed());
        waiting.await.unwrap().unwrap_err();
    }
    behind.sort();
    // An acknowledgement that is waited for costs 40 ms each time.
    assert!(behind[10] < Duration::from_millis(30), "{behind:?}");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_reload_ends_code_that_never_ends() {
    let mut bench = Bench::open().await;
    let page = bench.running.page.clone();
    let code = json!({"code": "for (;;) {}"});
    let busy = page.call::<Value>("run", &code, Duration::from_millis(200)).await;
    assert_eq!(busy.unwrap_err(), CallError::Timeout { maybe_ran: true });
    page.reload(LONG).await.unwrap();
    assert_eq!(bench.greeting().await, 2);
    bench.run("return 1").await.unwrap();
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_a_configured_user_agent_is_said_everywhere() {
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
    let mut bench = Bench::start_with(|opts| {
        opts.user_agent = Some(agent.to_owned());
        opts.page_url.push_str("worker");
    })
    .await;
    bench.running.page.navigate(LONG).await.unwrap();
    bench.greeting().await;
    let said = bench.run("return [navigator.userAgent, navigator.userAgentData.platform]").await.unwrap();
    assert_eq!(said, json!([agent, "Windows"]));
    bench.run("return fetch('/ping').then(() => null)").await.unwrap();
    let requests = bench.server.requests();
    assert!(requests.iter().all(|head| head.contains(&agent.to_lowercase())), "{requests:?}");
    let ping = requests.iter().find(|head| head.contains("get /ping")).unwrap();
    assert!(ping.contains(r#""chromium";v="150""#) && ping.contains(r#"sec-ch-ua-platform: "windows""#), "{ping}");
    bench.close().await;
}

#[tokio::test]
async fn chromium_what_passes_the_transport_is_not_logged() {
    #[derive(Clone, Default)]
    struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let everything =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    // All tasks of this runtime are on this thread.
    let _watched = tracing::subscriber::set_default(everything);

    let mut bench = Bench::open().await;
    bench.run("emit('fault', {where: 'w', name: 'n', message: 'a private event'})").await.unwrap();
    assert!(matches!(bench.next().await, PageEvent::Bridge { event: BridgeEvent::Fault(_), .. }));
    let echoed: Value = bench.running.page.call("echo", &json!({"text": "a private text"}), LONG).await.unwrap();
    assert_eq!(echoed["text"], "a private text");
    bench.close().await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the browser is ready"), "{logged}");
    assert!(!logged.contains("private"), "{logged}");
}
