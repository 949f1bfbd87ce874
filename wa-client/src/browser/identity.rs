//! What the browser says it is.
//!
//! The ordinary browser says nothing about being without a display. Where only `--headless=new` can be had, or where the
//! caller wants another user agent, header, `navigator` and client hints are replaced together, because one that says
//! something else than the others is a sign of its own.

use serde_json::{Value, json};

/// The first major version whose pages without a display are those of the ordinary browser.
pub(crate) const OLDEST: u32 = 112;

/// Whether a browser that calls itself so (`Browser.getVersion`) is older than [`OLDEST`]. One that does not say is not.
pub(crate) fn is_too_old(version: &Value) -> bool {
    let product = version["product"].as_str().unwrap_or_default();
    let major = product.rsplit('/').next().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major < OLDEST)
}

/// Parameters of `Emulation.setUserAgentOverride`, or `None` when the browser's own user agent will do.
/// `version` is the result of `Browser.getVersion`.
pub(crate) fn wanted(version: &Value, configured: Option<&str>) -> Option<Value> {
    let own = version["userAgent"].as_str().unwrap_or_default();
    let plain = own.replace("HeadlessChrome/", "Chrome/");
    let user_agent = configured.unwrap_or(&plain);
    // A configured one was given to the program too, so the browser may say it already, but without the hints for it.
    if configured.is_none() && user_agent == own {
        return None;
    }
    let full = full_version(version["product"].as_str().unwrap_or_default(), user_agent);
    let major = full.split('.').next().unwrap_or_default();
    let brands = |version: &str, grease: &str| json!([{"brand": "Not:A-Brand", "version": grease}, {"brand": "Chromium", "version": version}]);
    Some(json!({
        "userAgent": user_agent,
        "userAgentMetadata": {
            "brands": brands(major, "8"),
            "fullVersionList": brands(full, "8.0.0.0"),
            "fullVersion": full,
            "platform": platform(user_agent),
            "platformVersion": "",
            "architecture": if cfg!(any(target_arch = "x86_64", target_arch = "x86")) { "x86" } else { "arm" },
            "bitness": if cfg!(target_pointer_width = "64") { "64" } else { "32" },
            "model": "",
            "mobile": false,
            "wow64": false,
        },
    }))
}

/// The browser's full version when the user agent is of the same major version, else what the user agent says.
fn full_version<'a>(product: &'a str, user_agent: &'a str) -> &'a str {
    let of_browser = product.rsplit('/').next().unwrap_or_default();
    let claimed =
        user_agent.split_once("Chrome/").map_or(of_browser, |(_, rest)| rest.split(' ').next().unwrap_or_default());
    let major = |version: &'a str| version.split('.').next();
    if major(claimed) == major(of_browser) { of_browser } else { claimed }
}

fn platform(user_agent: &str) -> &'static str {
    match user_agent {
        agent if agent.contains("Windows") => "Windows",
        agent if agent.contains("Mac OS X") => "macOS",
        _ => "Linux",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(user_agent: &str) -> Value {
        json!({"product": "Chrome/156.0.8078.79", "userAgent": user_agent})
    }

    #[test]
    fn only_one_that_says_so_is_too_old() {
        let too_old = |product: &str| is_too_old(&json!({"product": product}));
        assert!(too_old("HeadlessChrome/111.0.5563.64") && too_old("Chrome/90.0.4430.212"));
        assert!(!too_old("Chrome/112.0.5615.49") && !too_old("Chrome/156.0.8078.79"));
        assert!(!too_old("Thorium") && !is_too_old(&json!({})));
    }

    #[test]
    fn a_plain_browser_keeps_its_own() {
        assert_eq!(wanted(&version("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36"), None), None);
    }

    #[test]
    fn the_word_for_headless_goes_and_the_hints_agree() {
        let own = "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36";
        let params = wanted(&version(own), None).unwrap();
        assert_eq!(params["userAgent"], "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36");
        let metadata = &params["userAgentMetadata"];
        assert_eq!(metadata["fullVersion"], "156.0.8078.79");
        assert_eq!(metadata["brands"][1], json!({"brand": "Chromium", "version": "156"}));
        assert_eq!(metadata["platform"], "Linux");
    }

    #[test]
    fn a_configured_one_decides_about_the_hints() {
        let configured = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0.0.0 Safari/537.36";
        for own in ["Chrome/156.0.0.0", configured] {
            let params = wanted(&version(own), Some(configured)).unwrap();
            assert_eq!(params["userAgentMetadata"]["fullVersion"], "150.0.0.0");
            assert_eq!(params["userAgentMetadata"]["platform"], "Windows");
        }
    }
}
