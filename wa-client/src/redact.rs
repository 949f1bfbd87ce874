//! Keeps what belongs to people out of logs, errors and `Debug`.

use std::fmt;

/// Shows only how long a text is: `<12 chars>`.
pub(crate) struct Hidden<'a>(pub(crate) &'a str);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} chars>", self.0.chars().count())
    }
}

/// [`Hidden`] for an optional text.
pub(crate) fn hidden(text: Option<&str>) -> Option<Hidden<'_>> {
    text.map(Hidden)
}

/// Keeps the first and the last two characters: `55*********99`. Five characters or fewer are hidden whole.
#[must_use]
pub fn mask(text: &str) -> String {
    const KEEP: usize = 2;
    let length = text.chars().count();
    let shown = |position: usize| length > 2 * KEEP + 1 && (position < KEEP || position >= length - KEEP);
    text.chars().enumerate().map(|(position, c)| if shown(position) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_keeps_two_at_each_end() {
        assert_eq!(mask("5511988887799"), "55*********99");
        assert_eq!(mask("123456"), "12**56");
        assert_eq!(mask("12345"), "*****");
        assert_eq!(mask("ab"), "**");
        assert_eq!(mask(""), "");
        assert_eq!(mask("äöüßÄÖÜ"), "äö***ÖÜ");
    }

    #[test]
    fn hidden_text_shows_its_length() {
        assert_eq!(format!("{:?}", hidden(Some("geheim"))), "Some(<6 chars>)");
        assert_eq!(format!("{:?}", hidden(None)), "None");
    }
}
