//! The ratios as a chart: a bar to the left of the line is better.

use std::fmt::Write as _;

use super::figures::{Compared, Target};

const WIDTH: f64 = 860.0;
const ROW: f64 = 22.0;
const LABELS: f64 = 330.0;
/// The ends of the scale: a hundredth, and a hundred times.
const DECADES: f64 = 2.0;

/// One bar a figure that both have, on a logarithmic scale. Where more is better, the ratio is turned over.
pub(super) fn svg(compared: &[Compared]) -> String {
    let bars: Vec<(&str, f64)> = compared
        .iter()
        .filter_map(|it| {
            let ratio = it.ratio().filter(|ratio| *ratio > 0.0)?;
            Some((it.row.name, if matches!(it.row.target, Target::AtLeast(_)) { 1.0 / ratio } else { ratio }))
        })
        .collect();
    let height = ROW * (bars.len() as f64 + 2.0);
    let middle = LABELS + (WIDTH - LABELS - 60.0) / 2.0;
    let scale = (WIDTH - LABELS - 60.0) / 2.0 / DECADES;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{middle}\" y=\"15\" text-anchor=\"middle\">wa-client as a share of whatsapp-web.js (left is better)</text>\n\
         <line x1=\"{middle}\" x2=\"{middle}\" y1=\"{ROW}\" y2=\"{height}\" stroke=\"#555\"/>\n"
    );
    for (n, (name, ratio)) in bars.iter().enumerate() {
        let y = ROW * (n as f64 + 1.3);
        let length = ratio.log10().clamp(-DECADES, DECADES) * scale;
        let (x, fill) = if length < 0.0 { (middle + length, "#2a7f62") } else { (middle, "#b3432b") };
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"{fill}\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{ratio:.2}</text>",
            LABELS - 8.0,
            y + 12.0,
            length.abs(),
            ROW * 0.7,
            WIDTH - 8.0,
            y + 12.0
        );
    }
    text + "</svg>\n"
}
