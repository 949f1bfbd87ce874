//! Drawing QR codes: for the terminal, as SVG, as PNG, as a data URL.
//!
//! The functions take the payload of a [`QrCode`](crate::QrCode), or any other text. A payload is a secret while it is valid:
//! whoever scans it links the account.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::{svg, unicode};
use qrcode::{Color, EcLevel, QrCode};

use crate::error::{Error, ErrorKind, Result};

/// Light modules around the code, as the standard wants (ISO/IEC 18004, 4 modules).
const QUIET_ZONE: usize = 4;

/// Two rows of modules a line of text, in half blocks, with dark modules dark on a terminal with a dark background.
///
/// # Errors
/// `invalid_argument` when the payload does not fit a QR code.
pub fn terminal(payload: &str) -> Result<String> {
    // On a dark terminal a drawn block is light, so light modules are the ones to draw.
    Ok(encode(payload)?
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build())
}

/// An SVG picture, black on white, that scales to any size.
///
/// # Errors
/// `invalid_argument` when the payload does not fit a QR code.
pub fn svg(payload: &str) -> Result<String> {
    Ok(encode(payload)?.render::<svg::Color<'_>>().min_dimensions(256, 256).build())
}

/// A PNG picture, black on white, with `scale` pixels a module (1 to 64).
///
/// # Errors
/// `invalid_argument` when the payload does not fit a QR code or the scale is out of range.
pub fn png(payload: &str, scale: u32) -> Result<Vec<u8>> {
    if !(1..=64).contains(&scale) {
        return Err(Error::new(ErrorKind::InvalidArgument, "qr_png", "scale must be 1 to 64"));
    }
    let code = encode(payload)?;
    let scale = scale as usize;
    let side = (code.width() + 2 * QUIET_ZONE) * scale;
    let mut pixels = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            pixels.push(if is_dark(&code, x / scale, y / scale) { 0x00 } else { 0xff });
        }
    }
    let failed = |e| Error::new(ErrorKind::Internal, "qr_png", "picture cannot be written").with_source(e);
    // At most (177 + 8) * 64 pixels: far below what 32 bits hold.
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(picture)
}

/// A PNG picture as a `data:` URL for an `<img>`.
///
/// # Errors
/// `invalid_argument` when the payload does not fit a QR code.
pub fn data_url(payload: &str) -> Result<String> {
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png(payload, 8)?)))
}

fn encode(payload: &str) -> Result<QrCode> {
    // Low error correction: fewer, larger modules, and a screen is not torn or stained.
    QrCode::with_error_correction_level(payload, EcLevel::L)
        .map_err(|e| Error::new(ErrorKind::InvalidArgument, "draw_qr", "text does not fit a QR code").with_source(e))
}

/// Whether the module at a place of the picture is dark; the quiet zone is not.
fn is_dark(code: &QrCode, x: usize, y: usize) -> bool {
    let inside = |place: usize| place.checked_sub(QUIET_ZONE).filter(|place| *place < code.width());
    matches!((inside(x), inside(y)), (Some(x), Some(y)) if code[(x, y)] == Color::Dark)
}
