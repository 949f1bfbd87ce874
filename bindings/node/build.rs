//! Link flags of Node addons, and where the macros of napi put the types they see.

fn main() {
    napi_build::setup();
    // `scripts/build.cjs` makes `native.d.ts` of what it finds there.
    if let Ok(directory) = std::env::var("OUT_DIR") {
        println!("cargo::rustc-env=NAPI_TYPE_DEF_TMP_FOLDER={directory}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
