//! What the library does without a browser: `cargo bench -p wa-client-benches`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use wa_client::{PhoneNumber, qr};

/// As long as the page's: a reference, three keys of 32 bytes in base64, a platform.
fn payload() -> String {
    let key = "A".repeat(43) + "=";
    format!("2@{},{key},{key},{key},1", "r".repeat(120))
}

fn phone(c: &mut Criterion) {
    c.bench_function("phone: parse", |b| b.iter(|| black_box("+55 (11) 98888-7777").parse::<PhoneNumber>()));
    c.bench_function("phone: refuse", |b| b.iter(|| black_box("98888-777x").parse::<PhoneNumber>()));
}

fn codes(c: &mut Criterion) {
    let payload = payload();
    c.bench_function("qr: terminal", |b| b.iter(|| qr::terminal(black_box(&payload))));
    c.bench_function("qr: svg", |b| b.iter(|| qr::svg(black_box(&payload))));
    c.bench_function("qr: png", |b| b.iter(|| qr::png(black_box(&payload), 8)));
}

criterion_group!(benches, phone, codes);
criterion_main!(benches);
