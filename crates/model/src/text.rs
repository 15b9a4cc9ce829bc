//! Foreign text made safe to show.

use std::borrow::Cow;

/// Replaces what could steer a terminal or deceive a reader: control characters, bidirectional
/// overrides and invisible characters become `\u{..}` escapes. Line breaks count as control characters.
///
/// The set follows Unicode Technical Report 36 and the Trojan Source advisory (CVE-2021-42574).
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(deceptive) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if deceptive(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character could steer a terminal or deceive a reader.
pub fn deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_become_visible() {
        assert_eq!(visible("lodash 한글"), "lodash 한글");
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("evil\u{202e}gnp.exe"), "evil\\u{202e}gnp.exe");
        assert_eq!(visible("a\nb"), "a\\u{a}b");
    }
}
