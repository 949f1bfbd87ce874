//! Embeds `page/` in the order that `page/order.txt` gives.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

fn main() {
    let page = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("page");
    println!("cargo::rerun-if-changed=page");
    let order = fs::read_to_string(page.join("order.txt")).expect("page/order.txt");
    let mut out = String::from("pub(crate) static SCRIPTS: &[(&str, &str)] = &[\n");
    for name in order.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        // Not the place as it is now: a target directory may serve several checkouts.
        let place = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/page/{name}"));
        writeln!(out, "    ({name:?}, include_str!({place})),").expect("a String takes all");
    }
    out.push_str("];\n");
    let to = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("scripts.rs");
    fs::write(to, out).expect("OUT_DIR is writable");
}
