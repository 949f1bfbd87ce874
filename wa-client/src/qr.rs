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

#[cfg(test)]
mod tests {
    use super::*;

    /// As long and as mixed as a real one.
    const PAYLOAD: &str = "2@Xk3bF0PyqT6mZ1uVwXyZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/0123456789ab,\
        AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,\
        QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=,1";

    /// What a camera reads from a picture in shades of grey.
    fn scan(width: usize, height: usize, grey: impl FnMut(usize, usize) -> u8) -> String {
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        let codes = picture.detect_grids();
        assert_eq!(codes.len(), 1, "one code in the picture");
        codes[0].decode().unwrap().1
    }

    fn pixels(png: &[u8]) -> (usize, usize, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width as usize, info.height as usize, pixels)
    }

    #[test]
    fn a_camera_reads_the_payload_from_the_png() {
        for scale in [2, 8] {
            let (width, height, pixels) = pixels(&png(PAYLOAD, scale).unwrap());
            assert_eq!(scan(width, height, |x, y| pixels[y * width + x]), PAYLOAD);
        }
    }

    #[test]
    fn a_camera_reads_the_payload_from_a_dark_terminal() {
        let drawn = terminal(PAYLOAD).unwrap();
        let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let (width, height) = (lines[0].len(), lines.len() * 2);
        assert!(lines.iter().all(|line| line.len() == width));
        let light = |x: usize, y: usize| match (lines[y / 2][x], y % 2) {
            ('█', _) | ('▀', 0) | ('▄', 1) => 0xff,
            _ => 0x00,
        };
        const SCALE: usize = 4;
        assert_eq!(scan(width * SCALE, height * SCALE, |x, y| light(x / SCALE, y / SCALE)), PAYLOAD);
    }

    #[test]
    fn the_svg_draws_every_dark_module() {
        let drawn = svg(PAYLOAD).unwrap();
        let dark = encode(PAYLOAD).unwrap().to_colors().iter().filter(|color| **color == Color::Dark).count();
        assert_eq!(drawn.matches('M').count(), dark, "one path step a module");
        assert!(drawn.contains("viewBox") && !drawn.contains(PAYLOAD));
    }

    #[test]
    fn the_data_url_holds_the_png() {
        let url = data_url(PAYLOAD).unwrap();
        let encoded = url.strip_prefix("data:image/png;base64,").unwrap();
        assert_eq!(STANDARD.decode(encoded).unwrap(), png(PAYLOAD, 8).unwrap());
    }

    #[test]
    fn what_does_not_fit_is_refused_without_showing_it() {
        let long = "secret".repeat(1000);
        for error in [terminal(&long).unwrap_err(), svg(&long).unwrap_err(), png(&long, 8).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
        assert_eq!(png(PAYLOAD, 0).unwrap_err().kind(), ErrorKind::InvalidArgument);
        assert_eq!(png(PAYLOAD, 65).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
