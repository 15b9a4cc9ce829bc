//! pip's `requirements.txt`.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>,
//! <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>

use super::MAX_BYTES;
use super::reading::{Reading, lines, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "requirements",
    scope: Scope::Locked,
    patterns: &[Pattern::Containing("requirements", "txt"), Pattern::Within("requirements", "txt")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Python, input);
    let text = text(input);
    let mut logical = String::new();
    let mut start = 1;
    for (number, line) in lines(&text) {
        if logical.is_empty() {
            start = number;
        }
        // A comment line ends a continuation, as pip joins lines before it cuts comments.
        match line.strip_suffix('\\') {
            Some(part) if !part.trim_start().starts_with('#') => {
                logical.push_str(part);
                logical.push(' ');
            }
            _ => {
                logical.push_str(line);
                requirement(uncommented(&logical), start, input.path, &mut reading);
                logical.clear();
                if reading.gives_up() {
                    return reading.finish();
                }
            }
        }
    }
    requirement(uncommented(&logical), start, input.path, &mut reading);
    reading.finish()
}

/// A comment begins at the start or after a blank; `#egg=` in an address does not.
fn uncommented(line: &str) -> &str {
    let starts = line.match_indices('#').map(|(at, _)| at);
    let comment = starts.into_iter().find(|at| {
        line.get(..*at).is_some_and(|head| head.is_empty() || head.ends_with(char::is_whitespace))
    });
    line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim()
}

fn requirement(line: &str, number: u32, path: &str, reading: &mut Reading<'_>) {
    if line.is_empty() {
        return;
    }
    if line.starts_with('-') {
        return option(line, path, reading);
    }
    // Options of one requirement, such as `--hash`, follow it.
    let line = line.split_once(" --").map_or(line, |(before, _)| before);
    let line = line.split_once(';').map_or(line, |(before, _)| before).trim();
    let name = line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).next();
    let name = name.unwrap_or_default();
    if let Some(address) = line.split_once("://").map(|(scheme, _)| scheme) {
        if !address.ends_with("file") {
            reading.foreign(line);
        }
        return;
    }
    // A folder or an archive beside the file.
    if line.starts_with(['.', '/', '~']) || archive(line) {
        return;
    }
    let rest = line.get(name.len()..).unwrap_or_default().trim_start();
    let rest = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
        None => rest,
        Some(Some((_, rest))) => rest.trim_start(),
        Some(None) => return reading.broken_line(number, line),
    };
    let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    let known = rest.is_empty() || rest.starts_with(['=', '<', '>', '!', '~', '@']);
    if name.is_empty() || !known {
        return reading.broken_line(number, line);
    }
    match pin(rest) {
        Some(version) => reading.add(name, version, Some(number)),
        None => reading.unpinned(name),
    }
}

fn archive(line: &str) -> bool {
    [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().any(|end| line.ends_with(end))
}

/// The one version that `==` or `===` allows. A prefix match (`==1.*`) allows many,
/// and a variable is set elsewhere.
fn pin(specifiers: &str) -> Option<&str> {
    specifiers.split(',').find_map(|one| {
        let version = one.trim().strip_prefix("==")?;
        let version = version.strip_prefix('=').unwrap_or(version).trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || ".!+-_".contains(c);
        (!version.is_empty() && version.chars().all(plain)).then_some(version)
    })
}

fn option(line: &str, path: &str, reading: &mut Reading<'_>) {
    let value = |names: [&str; 2]| {
        names.iter().find_map(|name| {
            let rest = line.strip_prefix(name)?;
            let apart = name.len() == 2 || rest.starts_with(['=', ' ', '\t']);
            apart.then(|| rest.trim_start_matches(['=', ' ', '\t']))
        })
    };
    if let Some(target) = value(["--editable", "-e"]) {
        // A folder is the project itself.
        if target.contains("://") && !target.starts_with("file:") || target.starts_with("git+") {
            reading.foreign(target);
        }
        return;
    }
    // An included file is read by itself, if its name says that it is one. Constraints install nothing.
    let included = value(["--requirement", "-r"]).filter(|file| !read_itself(path, file));
    if let Some(file) = included {
        reading.broken(format!("includes {file:?}, which is not read"));
    }
}

/// Whether a file that `path` includes is claimed by this parser's patterns.
fn read_itself(path: &str, included: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in included.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    let name = parts.pop().unwrap_or_default();
    let stem = name.strip_suffix(".txt").filter(|_| !included.contains("://"));
    stem.is_some_and(|stem| stem.contains("requirements") || parts == ["requirements"])
}
