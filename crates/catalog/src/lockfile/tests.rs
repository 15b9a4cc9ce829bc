//! The cases in `testdata/lockfile/PARSER/CASE/`: one input file under its real name, and `expect.txt` with
//! `name version line` for each package and `! path reason` for each problem. `UPDATE_EXPECT=1` rewrites.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use model::Purl;
use proptest::prelude::*;

use super::{PARSERS, reading, requirements, tables};
use crate::language::Language;
use crate::{Found, Input, Parser, Router, Scope, Tree};

struct Case {
    folder: PathBuf,
    parser: &'static Parser,
    file: String,
    content: Vec<u8>,
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/lockfile");
    let router = Router::new(Tree::Project);
    let mut cases = Vec::new();
    for folder in sorted(&root).iter().flat_map(|tool| sorted(tool)) {
        let inputs: Vec<PathBuf> =
            sorted(&folder).into_iter().filter(|path| !path.ends_with("expect.txt")).collect();
        assert_eq!(inputs.len(), 1, "{} needs one input", folder.display());
        let file = name(&inputs[0]);
        let parser = router.by_path(&file).unwrap_or_else(|| panic!("nobody reads {file}"));
        assert_eq!(parser.id, name(folder.parent().unwrap()), "{file} goes to another parser");
        cases.push(Case { content: std::fs::read(&inputs[0]).unwrap(), folder, parser, file });
    }
    cases
}

fn written(found: &Found) -> String {
    let mut text = String::new();
    for package in &found.packages {
        let line = package.locations[0].line.map_or("-".to_owned(), |line| line.to_string());
        writeln!(text, "{} {} {line}", package.name, package.version).unwrap();
    }
    for problem in &found.problems {
        writeln!(text, "! {} {}", problem.path, problem.reason).unwrap();
    }
    text
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the developer asks for a rewrite through the environment"
)]
fn every_case_gives_what_it_expects() {
    let rewrite = std::env::var_os("UPDATE_EXPECT").is_some();
    for case in cases() {
        let found = (case.parser.parse)(&Input { path: &case.file, content: &case.content });
        let (path, text) = (case.folder.join("expect.txt"), written(&found));
        if rewrite {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, expected, "{}: UPDATE_EXPECT=1 rewrites", path.display());
    }
}

#[test]
fn every_parser_has_a_case_and_an_image_has_only_lockfiles_that_stand_for_what_is_installed() {
    let cases = cases();
    let root = Router::new(Tree::Root);
    for parser in PARSERS {
        assert!(cases.iter().any(|case| case.parser.id == parser.id), "{} has no case", parser.id);
    }
    for case in cases {
        let counts = root.by_path(&case.file).is_some();
        assert_eq!(counts, case.parser.scope == Scope::Deployed, "{}", case.file);
    }
}

#[test]
fn names_are_routed_to_their_parsers() {
    let router = Router::new(Tree::Project);
    for (path, id) in [
        ("requirements.txt", "requirements"),
        ("app/requirements-dev.txt", "requirements"),
        ("app/dev-requirements.txt", "requirements"),
        ("requirements/base.txt", "requirements"),
        ("pylock.toml", "pylock"),
        ("pylock.dev.toml", "pylock"),
        ("tool.py.lock", "uv-lock"),
        ("web/npm-shrinkwrap.json", "npm-lock"),
        ("bun.lockb", "bun-lock"),
        ("buildscript-gradle.lockfile", "gradle-lockfile"),
        ("app/gradle/dependency-locks/x.lockfile", "gradle-lockfile"),
        ("build.sbt.lock", "sbt-lock"),
        ("gems.locked", "gemfile-lock"),
        ("Gemfile.next.lock", "gemfile-lock"),
        ("packages.app.lock.json", "nuget-lock"),
    ] {
        assert_eq!(router.by_path(path).map(|parser| parser.id), Some(id), "{path}");
    }
    for path in ["notes.txt", "requirements.in", "pyproject.toml", "flake.lock", "go.sum"] {
        assert!(router.by_path(path).is_none(), "{path}");
    }
}

#[test]
fn included_requirements_are_read_where_a_parser_claims_them() {
    let router = Router::new(Tree::Project);
    for path in ["requirements.txt", "base.txt", "requirements/base.txt", "my-requirements.txt"] {
        let content = format!("-r {path}\n");
        let input = Input { path: "x.txt", content: content.as_bytes() };
        let told = (requirements::PARSER.parse)(&input).problems.len();
        assert_eq!(told == 0, router.by_path(path).is_some(), "{path}");
    }
}

#[test]
fn a_broken_entry_takes_no_other_with_it() {
    let text = "[[package]]\nname = \"a\"\n[[package]]\nname = \n\r\n[[package]]\r\nname = \"c\"\n";
    let input = Input { path: "x.lock", content: text.as_bytes() };
    let mut reading = reading::Reading::new(Language::Rust, &input);
    let mut seen = Vec::new();
    tables::each(text, "package", &mut reading, &mut |entry, _| {
        seen.push((entry.text("name").unwrap().to_owned(), entry.line("name")));
    });
    assert_eq!(seen, [("a".to_owned(), Some(2)), ("c".to_owned(), Some(7))]);
    assert_eq!(reading.finish().problems.len(), 1);
}

#[test]
fn wide_and_marked_texts_are_read() {
    let text = "\u{feff}flask==1.0\r\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for content in [text.as_bytes(), &wide] {
        let found = (requirements::PARSER.parse)(&Input { path: "requirements.txt", content });
        assert_eq!(written(&found), "flask 1.0 1\n");
    }
}

/// Deep, long and repetitive inputs end in a problem, soon.
#[test]
fn bombs_are_told() {
    let deep_npm = "{\"dependencies\":{\"a\":".repeat(50_000);
    let deep = ["[".repeat(200_000), "{\"a\":".repeat(200_000), deep_npm];
    for content in deep {
        for parser in PARSERS {
            let found = read(parser, content.as_bytes());
            assert!(found.packages.is_empty() && found.problems.len() <= 4, "{}", parser.id);
        }
    }
    let laughs =
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\npackages: *c\nlockfileVersion: '9.0'\n";
    assert!(read(by_id("pnpm-lock"), laughs.as_bytes()).packages.is_empty());
    let tags = "<project>".repeat(100_000);
    assert_eq!(read(by_id("pom"), tags.as_bytes()).problems.len(), 1);
    let mut doubling = "<project><properties><p0>xxxxxxxx</p0>".to_owned();
    for at in 1..40 {
        write!(doubling, "<p{at}>${{p{0}}}${{p{0}}}</p{at}>", at - 1).unwrap();
    }
    doubling += "</properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>\
        <version>${p39}</version></dependency></dependencies></project>";
    assert_eq!(read(by_id("pom"), doubling.as_bytes()).problems.len(), 1);
    let brackets = "[\n".repeat(1 << 20);
    let told = read(by_id("cargo-lock"), brackets.as_bytes()).problems;
    assert!(told.len() == 1 && told[0].reason.ends_with("the rest is not read"));
    let many: String = (0..120_000).fold(String::new(), |mut text, at| {
        writeln!(text, "g:a{at}:1=x").unwrap();
        text
    });
    let found = read(by_id("gradle-lockfile"), many.as_bytes());
    assert_eq!((found.packages.len(), found.problems.len()), (100_000, 1));
}

fn by_id(id: &str) -> &'static Parser {
    PARSERS.iter().find(|parser| parser.id == id).unwrap()
}

fn read(parser: &Parser, content: &[u8]) -> Found {
    let path = match parser.id {
        "nuget-lock" => "packages.lock.json",
        "gradle-lockfile" => "gradle.lockfile",
        _ => "some/file",
    };
    (parser.parse)(&Input { path, content })
}

/// What must hold of whatever a parser makes of whatever content.
fn holds(parser: &Parser, content: &[u8]) -> Result<(), TestCaseError> {
    let found = read(parser, content);
    prop_assert!(found.problems.len() <= 4);
    for package in found.packages {
        prop_assert!(!package.version.is_empty());
        let purl = Purl::parse(package.purl.as_str());
        prop_assert_eq!(purl.as_ref(), Ok(&package.purl), "{} {}", parser.id, package.name);
        let lines = content.split(|byte| *byte == b'\n').count();
        let line = package.locations[0].line;
        prop_assert!(line.is_none_or(|line| line >= 1 && line as usize <= lines));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(content in proptest::collection::vec(any::<u8>(), 0..400)) {
        for parser in PARSERS {
            holds(parser, &content)?;
        }
    }

    #[test]
    fn changed_cases_are_survived(
        which in any::<proptest::sample::Index>(),
        cut in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..4, any::<u8>()), 1..12),
    ) {
        static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);
        let case = which.get(&CASES);
        let mut content = case.content.clone();
        for (place, kind, byte) in changes {
            if content.is_empty() {
                break;
            }
            let at = place.index(content.len());
            match kind {
                0 => content[at] = byte,
                1 => drop(content.remove(at)),
                2 => content.insert(at, b"\"'{}[]()@:/=,-#\n \\.<>\t"[byte as usize % 22]),
                _ => {
                    let end = (at + byte as usize).min(content.len());
                    let piece = content[at..end].to_vec();
                    content.splice(at..at, piece);
                }
            }
        }
        holds(case.parser, &content)?;
        content.truncate(cut.index(content.len() + 1));
        holds(case.parser, &content)?;
    }
}
