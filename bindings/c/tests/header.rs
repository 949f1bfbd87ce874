//! `include/wa_client.h` is what the crate makes of itself.

use std::path::Path;

use cbindgen::{Builder, Config};

const HEADER: &str = "../../include/wa_client.h";

/// What C needs besides types and functions. The version is the workspace's.
fn constants() -> String {
    let mut version = env!("CARGO_PKG_VERSION").split('.');
    let mut part = || version.next().expect("three numbers").parse::<u32>().expect("a number");
    format!(
        "\n// The version of this header.\n#define WA_VERSION \"{}\"\n#define WA_VERSION_MAJOR {}\n\
         #define WA_VERSION_MINOR {}\n#define WA_VERSION_PATCH {}\n\n\
         // No deadline.\n#define WA_FOREVER UINT64_MAX\n\n\
         // What wa_client_message_status tells of a message that the page does not know.\n\
         #define WA_ACK_UNKNOWN INT32_MIN\n",
        env!("CARGO_PKG_VERSION"),
        part(),
        part(),
        part(),
    )
}

fn generate() -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = Config::from_file(directory.join("cbindgen.toml")).expect("cbindgen.toml is well-formed");
    config.after_includes = Some(constants());
    let bindings = Builder::new().with_crate(directory).with_config(config).generate().expect("the crate is read");
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).expect("text");
    header.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_header_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(HEADER);
    let header = generate();
    if std::env::var_os("WA_BLESS").is_some() {
        std::fs::write(&path, &header).expect("the header can be written");
    }
    let present = std::fs::read_to_string(&path).expect("the header is there");
    let differs = header.lines().zip(present.lines()).find(|(made, there)| made != there);
    assert!(header == present, "WA_BLESS=1 writes include/wa_client.h anew; first difference: {differs:?}");
}

#[test]
fn the_cmake_package_has_the_version_of_the_crate() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cmake/wa_clientConfigVersion.cmake");
    let text = std::fs::read_to_string(path).expect("it is there");
    assert!(text.contains(concat!("set(PACKAGE_VERSION \"", env!("CARGO_PKG_VERSION"), "\")")));
}
