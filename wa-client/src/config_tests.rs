use super::*;

#[test]
fn the_defaults_are_valid_and_stay() {
    let config = Config::default();
    config.validate().unwrap();
    assert_eq!(config.session_dir(), PathBuf::from(".wwebjs_auth/session-default"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&config).unwrap());
}

#[test]
fn json_reads_back() {
    let config = Config::default();
    assert_eq!(Config::from_json(&serde_json::to_string(&config).unwrap()).unwrap(), config);
    assert_eq!(Config::from_json("{}").unwrap(), config);
}

#[test]
fn json_sets_what_it_names() {
    let config = Config::from_json(
        r#"{"session": "sales", "pacing": null, "deadlines": {"send": 1500},
            "reconnect": {"attempts": null, "slowInterval": null}, "qrMaxRetries": 3}"#,
    )
    .unwrap();
    assert_eq!(config.session, "sales");
    assert_eq!(config.pacing, None);
    assert_eq!(config.deadlines.send, Duration::from_millis(1500));
    assert_eq!(config.deadlines.exists, Deadlines::default().exists);
    assert_eq!(config.reconnect, ReconnectPolicy::default().unlimited().give_up());
    assert_eq!(config.qr_max_retries, Some(3));
}

#[test]
fn a_wrong_setting_is_named() {
    for (json, named) in [
        ("7", "not a configuration"),
        (r#"{"sesion": "x"}"#, "sesion"),
        (r#"{"session": ""}"#, "session"),
        (r#"{"session": "../x"}"#, "session"),
        (r#"{"session": "a b"}"#, "session"),
        (r#"{"sessionPath": ""}"#, "sessionPath"),
        (r#"{"pageUrl": "web.whatsapp.com"}"#, "pageUrl"),
        (r#"{"pageUrl": "file:///etc/passwd"}"#, "pageUrl"),
        (r#"{"pageUrl": "https://"}"#, "pageUrl"),
        (r#"{"pageUrl": "https://x y"}"#, "pageUrl"),
        (r#"{"userAgent": " "}"#, "userAgent"),
        (r#"{"userAgent": "a\r\nb: c"}"#, "userAgent"),
        (r#"{"deadlines": {"send": 0}}"#, "send"),
        (r#"{"deadlines": {"sned": 5}}"#, "sned"),
        (r#"{"deadlines": {"send": -1}}"#, "not a configuration"),
        (r#"{"checkInterval": 0}"#, "check_interval"),
        (r#"{"pacing": {"perMinute": 0}}"#, "pacing"),
        (r#"{"reconnect": {"factor": 0.5}}"#, "reconnect.factor"),
        (r#"{"reconnect": {"base": 5000, "cap": 1000}}"#, "reconnect.cap"),
        (r#"{"reconnect": {"slowInterval": 0}}"#, "reconnect.slow_interval"),
        (r#"{"deadlines": {"start_browser": 99999999999999}}"#, "not a configuration"),
        (r#"{"deadlines": {"startBrowser": 99999999999999}}"#, "start_browser"),
        (r#"{"reconnect": {"resetAfter": 99999999999999}}"#, "reset_after"),
        (r#"{"pageRecoveryGrace": 99999999999999}"#, "page_recovery_grace"),
        (r#"{"recycleAfter": 0}"#, "recycle_after"),
        (r#"{"eventQueue": 0}"#, "eventQueue"),
    ] {
        let error = Config::from_json(json).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{json}");
        assert!(error.message().contains(named), "{json}: {error}");
    }
}

#[test]
fn a_redis_address_is_read_and_never_shown() {
    let config = Config::from_json(r#"{"redisUrl": "redis://user:secret@host/0"}"#).unwrap();
    assert_eq!(config.redis_url, Some("redis://user:secret@host/0".into()));
    assert!(!format!("{config:?}").contains("secret"));
    assert!(!serde_json::to_string(&config).unwrap().contains("secret"));
    let error = Config::from_json(r#"{"pacing": "redis://user:sec\"ret@host"}"#).unwrap_err().to_string();
    assert!(!error.contains("redis://") && !error.contains("ret@") && error.contains("expected"), "{error}");
}
