//! Link flags of Node addons.

fn main() {
    napi_build::setup();
}
