use std::collections::HashMap;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn read(variables: &[(&str, &str)]) -> Result<Settings> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Settings::read(|name| variables.get(name).map(OsString::from))
}

fn refused(variables: &[(&str, &str)]) -> String {
    read(variables).unwrap_err().to_string()
}

#[test]
fn nothing_set_is_the_service_on_loopback_without_redis() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3030");
    assert!(settings.secret.is_none() && settings.redis.is_none() && settings.bus && !settings.json_logs);
    assert_eq!(settings.client.pacing, Some(Pacing::new(20, 1000)));
    assert_eq!(settings.client.reconnect.attempts, Some(5));
    assert_eq!(settings.client.page_url, "https://web.whatsapp.com/");
    assert_eq!(settings.client.session_path.to_str(), Some(".wwebjs_auth"));
}

#[test]
fn an_empty_variable_is_none() {
    let settings =
        read(&[("REDIS_HOST", ""), ("REDIS_PASSWORD", ""), ("PORT", ""), ("WHATSAPP_JWT_SECRET", "")]).unwrap();
    assert!(settings.redis.is_none() && settings.secret.is_none());
    assert_eq!(settings.listen.port(), 3030);
}

#[test]
fn every_variable_is_taken() {
    let settings = read(&[
        ("HOST", "0.0.0.0"),
        ("PORT", "8080"),
        ("WHATSAPP_JWT_SECRET", SECRET),
        ("WHATSAPP_SESSION_PATH", "/data"),
        ("WHATSAPP_WEB_URL", "http://127.0.0.1:9/"),
        ("PUPPETEER_EXECUTABLE_PATH", "/usr/bin/chromium"),
        ("WHATSAPP_RECONNECT_ATTEMPTS", "9"),
        ("WHATSAPP_MAX_PER_MINUTE", "0"),
        ("WHATSAPP_MAX_PER_DAY", "50"),
        ("REDIS_HOST", "redis"),
        ("REDIS_DB", "3"),
        ("WHATSAPP_REDIS_BUS", "off"),
        ("WHATSAPP_LOG_FORMAT", "json"),
    ])
    .unwrap();
    assert_eq!(settings.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.client.session_path.to_str(), Some("/data"));
    assert_eq!(settings.client.page_url, "http://127.0.0.1:9/");
    assert_eq!(settings.client.executable.as_ref().unwrap().to_str(), Some("/usr/bin/chromium"));
    assert_eq!(settings.client.reconnect.attempts, Some(9));
    assert_eq!(settings.client.pacing, Some(Pacing::new(u32::MAX, 50)));
    assert!(settings.redis.is_some() && !settings.bus && settings.json_logs);
    let both = read(&[("WHATSAPP_MAX_PER_MINUTE", "0"), ("WHATSAPP_MAX_PER_DAY", "0")]).unwrap();
    assert_eq!(both.client.pacing, None);
    let first = read(&[("CHROME_PATH", "/a"), ("PUPPETEER_EXECUTABLE_PATH", "/b")]).unwrap();
    assert_eq!(first.client.executable.unwrap().to_str(), Some("/a"));
}

#[test]
fn the_list_of_variables_is_whole() {
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let lookup = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    Settings::read(lookup).unwrap();
    // Read by the logging alone.
    asked.borrow_mut().insert("RUST_LOG".into());
    assert_eq!(asked.into_inner(), Settings::VARIABLES.iter().map(ToString::to_string).collect());
}

#[test]
fn another_address_than_loopback_needs_a_secret() {
    assert!(refused(&[("HOST", "0.0.0.0")]).starts_with("WHATSAPP_JWT_SECRET: needed"));
    assert!(refused(&[("HOST", "::")]).starts_with("WHATSAPP_JWT_SECRET: needed"));
    assert!(read(&[("HOST", "::1")]).is_ok() && read(&[("HOST", "localhost")]).is_ok());
}

#[test]
fn a_problem_names_its_variable_and_repeats_no_secret() {
    let short = refused(&[("WHATSAPP_JWT_SECRET", "too short to use")]);
    assert!(short.starts_with("WHATSAPP_JWT_SECRET: at least 32 bytes") && !short.contains("too short"));
    for (name, value) in [
        ("HOST", "example.org"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("WHATSAPP_WEB_URL", "ftp://x"),
        ("WHATSAPP_RECONNECT_ATTEMPTS", "many"),
        ("WHATSAPP_MAX_PER_MINUTE", "1.5"),
        ("WHATSAPP_REDIS_BUS", "maybe"),
        ("WHATSAPP_LOG_FORMAT", "xml"),
        ("REDIS_URL", "http://user:secret@redis"),
    ] {
        let problem = refused(&[(name, value)]);
        assert!(problem.starts_with(name) && !problem.contains("secret"), "{problem}");
    }
    assert!(refused(&[("REDIS_HOST", "redis"), ("REDIS_PORT", "x")]).starts_with("REDIS_PORT"));
}

#[test]
fn debug_shows_no_secret() {
    let url = "redis://user:pass-word@redis:6380/2";
    let settings = read(&[("WHATSAPP_JWT_SECRET", SECRET), ("REDIS_URL", url)]).unwrap();
    let text = format!("{settings:?}");
    assert!(!text.contains(SECRET) && !text.contains("pass-word"), "{text}");
}
