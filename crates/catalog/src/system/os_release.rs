//! The distribution's identity, after `os-release(5)`.

use model::Distribution;

use super::end_of_life::end_of_life;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "os-release",
    scope: Scope::System,
    patterns: &[Pattern::Path("etc/os-release"), Pattern::Path("usr/lib/os-release")],
    max_bytes: 64 << 10,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let text = String::from_utf8_lossy(input.content);
    let mut distribution = Distribution {
        id: String::new(),
        version: String::new(),
        name: String::new(),
        end_of_life: None,
    };
    for line in text.lines() {
        let Some((key, value)) = line.trim().split_once('=') else { continue };
        let value = unquoted(value.trim());
        match key.trim() {
            "ID" => distribution.id = value,
            "VERSION_ID" => distribution.version = value,
            "PRETTY_NAME" => distribution.name = value,
            _ => {}
        }
    }
    if distribution.id.is_empty() {
        return Found::default();
    }
    distribution.end_of_life =
        end_of_life(&distribution.id, &distribution.version).map(str::to_owned);
    Found { distribution: Some(distribution), ..Found::default() }
}

/// Values are shell words: quotes come off, a backslash guards the next character, but not in single
/// quotes.
fn unquoted(value: &str) -> String {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(literal) = within('\'') {
        return literal.to_owned();
    }
    let mut out = String::new();
    let mut characters = within('"').unwrap_or(value).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(characters.next()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Distribution> {
        parse(&Input { path: "etc/os-release", content: text.as_bytes() }).distribution
    }

    #[test]
    fn quotes_and_order_do_not_matter() {
        let found = read(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID='12'\r\n# x\nID=debian\n",
        )
        .unwrap();
        assert_eq!((found.id.as_str(), found.version.as_str()), ("debian", "12"));
        assert_eq!(found.name, "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(found.end_of_life.as_deref(), Some("2026-07-11"));
    }

    #[test]
    fn values_are_shell_words() {
        for (text, name) in [
            (r#"ID=a\nPRETTY_NAME="say \"x\" for \$5""#, r#"say "x" for $5"#),
            (r"ID=a\nPRETTY_NAME='a\b'", r"a\b"),
            ("ID=\"a\"\nID_LIKE=\"b c\"\nPRETTY_NAME=plain\n", "plain"),
            ("ID=a\nPRETTY_NAME=\"", "\""),
        ] {
            let found = read(&text.replace(r"\n", "\n")).unwrap();
            assert_eq!((found.id.as_str(), found.name.as_str()), ("a", name));
        }
    }

    #[test]
    fn a_file_without_id_names_nothing() {
        assert_eq!(read("VERSION_ID=3\n"), None);
        assert_eq!(read("\u{0}\u{1}"), None);
    }
}
