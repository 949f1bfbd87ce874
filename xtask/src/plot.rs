//! Small line plots below each other, as one picture.

use std::fmt::Write as _;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 30.0;

/// One line.
pub(crate) struct Plot {
    pub(crate) heading: String,
    /// From 0 to 1 from left to right, and the value.
    pub(crate) points: Vec<(f64, f64)>,
    /// What is written at the right end.
    pub(crate) end: String,
    pub(crate) colour: &'static str,
}

/// As SVG.
pub(crate) fn svg(plots: &[Plot]) -> String {
    let rows: f64 = plots.iter().map(|_| HEIGHT + TOP).sum();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        LEFT + WIDTH + 20.0,
        rows + 30.0
    );
    let mut top = TOP;
    for plot in plots {
        draw(&mut text, plot, top);
        top += HEIGHT + TOP;
    }
    text.push_str("</svg>\n");
    text
}

fn draw(text: &mut String, plot: &Plot, top: f64) {
    let most = plot.points.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    // From zero, so that a small change does not look like a large one.
    let most = most.max(1.0) * 1.05;
    let x = |at: f64| LEFT + at * WIDTH;
    let y = |value: f64| top + HEIGHT - value / most * HEIGHT;
    let points: Vec<String> = plot.points.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
    let _ = write!(
        text,
        "<text x=\"{LEFT}\" y=\"{:.0}\">{}</text>\n\
         <path d=\"M{LEFT} {top}V{:.0}H{:.0}\" fill=\"none\" stroke=\"#999\"/>\n\
         <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{most:.0}</text>\n\
         <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">0</text>\n\
         <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>\n\
         <polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/>\n",
        top - 6.0,
        plot.heading,
        top + HEIGHT,
        LEFT + WIDTH,
        LEFT - 6.0,
        top + 10.0,
        LEFT - 6.0,
        top + HEIGHT,
        LEFT + WIDTH,
        top + HEIGHT + 14.0,
        plot.end,
        points.join(" "),
        plot.colour
    );
}
