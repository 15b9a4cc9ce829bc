//! Java archives, with the archives nested in them: Maven's `pom.properties`, else the manifest, else the
//! file's name.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::language::{Language, package};
use crate::{Found, Input, Parser, Pattern, Problem, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "java-archive",
    scope: Scope::Installed,
    patterns: &[
        Pattern::Extension("jar"),
        Pattern::Extension("war"),
        Pattern::Extension("ear"),
        Pattern::Extension("par"),
        Pattern::Extension("sar"),
        Pattern::Extension("jpi"),
        Pattern::Extension("hpi"),
        Pattern::Extension("nar"),
    ],
    max_bytes: 128 << 20,
    working: |_| MAX_NESTED,
    parse,
};

/// Archives in archives in archives.
const MAX_DEPTH: usize = 5;

/// Problems told one by one; a few kilobytes can hold a hundred thousand archives.
const MAX_PROBLEMS: usize = 99;

/// Members of one archive.
const MAX_MEMBERS: usize = 200_000;

/// Unpacked bytes of one archive with everything nested in it.
const MAX_UNPACKED: u64 = 256 << 20;

/// Unpacked bytes of nested archives that are open at one time, one inside the other.
const MAX_NESTED: u64 = 32 << 20;

/// A manifest or properties file is a few lines.
const MAX_TEXT: u64 = 1 << 20;

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading { found: Found::default(), left: MAX_UNPACKED, open: 0 };
    reading.archive(input.path, input.content, 0);
    reading.found
}

struct Reading {
    found: Found,
    left: u64,
    open: u64,
}

/// What identifies an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Coordinates {
    group: String,
    artifact: String,
    version: String,
}

impl Reading {
    fn problem(&mut self, path: &str, reason: impl ToString) {
        let told = self.found.problems.len();
        if told < MAX_PROBLEMS {
            self.found.problems.push(Problem::new(path, reason));
        } else if told == MAX_PROBLEMS {
            self.found.problems.push(Problem::new(path, "more problems in this archive"));
        }
    }

    fn archive(&mut self, path: &str, content: &[u8], depth: usize) {
        let mut archive = match ZipArchive::new(Cursor::new(content)) {
            Ok(archive) if archive.len() <= MAX_MEMBERS => archive,
            Ok(_) => {
                return self.problem(path, format!("archive has more than {MAX_MEMBERS} members"));
            }
            Err(fault) => return self.problem(path, fault),
        };
        let mut properties: Vec<Coordinates> = Vec::new();
        let mut manifest = BTreeMap::new();
        let mut classes = false;
        for at in 0..archive.len() {
            let mut member = match archive.by_index(at) {
                Ok(member) => member,
                Err(fault) => {
                    self.problem(path, fault);
                    continue;
                }
            };
            let Ok(name) = member.name().map(std::borrow::Cow::into_owned) else { continue };
            classes |= name.ends_with(".class");
            if name.starts_with("META-INF/maven/") && name.ends_with("/pom.properties") {
                match self.text(&mut member, MAX_TEXT) {
                    Ok(text) => properties.extend(maven(&String::from_utf8_lossy(&text))),
                    Err(fault) => self.problem(&format!("{path}!/{name}"), fault),
                }
            } else if name.eq_ignore_ascii_case("META-INF/MANIFEST.MF") {
                match self.text(&mut member, MAX_TEXT) {
                    Ok(text) => manifest = attributes(&String::from_utf8_lossy(&text)),
                    Err(fault) => self.problem(&format!("{path}!/{name}"), fault),
                }
            } else if nested(&name) {
                let inner = format!("{path}!/{name}");
                if depth + 1 >= MAX_DEPTH {
                    self.problem(&inner, format!("archives are nested more than {MAX_DEPTH} deep"));
                    continue;
                }
                match self.text(&mut member, MAX_NESTED.saturating_sub(self.open)) {
                    Ok(content) => {
                        drop(member);
                        let size = content.len() as u64;
                        self.open += size;
                        self.archive(&inner, &content, depth + 1);
                        self.open -= size;
                    }
                    Err(fault) => self.problem(&inner, fault),
                }
            }
        }
        if properties.is_empty() {
            properties.extend(of_manifest(&manifest, path).or_else(|| of_name(path)));
        }
        if properties.is_empty() && classes {
            self.problem(
                path,
                "neither Maven's properties, the manifest nor the name say which package it is",
            );
        }
        for found in properties {
            self.add(path, &found);
        }
    }

    /// Unpacks one member within what is left.
    fn text(&mut self, member: &mut impl Read, limit: u64) -> Result<Vec<u8>, String> {
        let limit = limit.min(self.left);
        let mut content = Vec::new();
        member.take(limit + 1).read_to_end(&mut content).map_err(|fault| fault.to_string())?;
        let size = content.len() as u64;
        self.left = self.left.saturating_sub(size);
        if size > limit { Err("unpacks to more than is read".to_owned()) } else { Ok(content) }
    }

    fn add(&mut self, path: &str, found: &Coordinates) {
        let group = if found.group.is_empty() { &found.artifact } else { &found.group };
        let name = format!("{group}:{}", found.artifact);
        match package(Language::Java, &name, &found.version, path, None) {
            Ok(package) => self.found.packages.push(package),
            Err(problem) => self.found.problems.push(problem),
        }
    }
}

fn nested(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(
        extension.as_deref(),
        Some("jar" | "war" | "ear" | "par" | "sar" | "nar" | "jpi" | "hpi")
    )
}

/// `pom.properties` as Maven's archiver writes it.
fn maven(text: &str) -> Option<Coordinates> {
    let mut found = Coordinates::default();
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        match key.trim() {
            "groupId" => value.trim().clone_into(&mut found.group),
            "artifactId" => value.trim().clone_into(&mut found.artifact),
            "version" => value.trim().clone_into(&mut found.version),
            _ => {}
        }
    }
    let whole = [&found.group, &found.artifact, &found.version].iter().all(|part| !part.is_empty());
    whole.then_some(found)
}

/// The main section of a manifest (JAR file specification): `Name: value`, long lines go on after a blank.
fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if let Some(more) = line.strip_prefix(' ') {
            if let Some(value) = all.get_mut(&last) {
                value.push_str(more);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = name.trim().to_ascii_lowercase();
            all.insert(last.clone(), value.trim().to_owned());
        }
    }
    all
}

/// Names in manifests vary with the tool that wrote them; a version is needed, and the artifact's name is
/// surest in the file's name.
fn of_manifest(manifest: &BTreeMap<String, String>, path: &str) -> Option<Coordinates> {
    let first = |names: &[&str]| {
        let values = names.iter().filter_map(|name| manifest.get(*name));
        values
            .map(|value| value.split(';').next().unwrap_or_default().trim())
            .find(|value| !value.is_empty())
    };
    let by_name = of_name(path);
    let version = first(&["implementation-version", "bundle-version", "specification-version"])?;
    let version = by_name.as_ref().map_or(version, |named| named.version.as_str());
    let group =
        first(&["implementation-vendor-id", "automatic-module-name", "bundle-symbolicname"]);
    let artifact = match &by_name {
        Some(named) => named.artifact.clone(),
        None => first(&["implementation-title", "bundle-symbolicname", "bundle-name"])?.to_owned(),
    };
    let plain = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '$' || c == ':')
    };
    let group = group.filter(|group| plain(group)).unwrap_or_default();
    let group = group_of(group, &artifact).to_owned();
    (plain(&artifact) && plain(version)).then(|| Coordinates {
        group,
        artifact,
        version: version.to_owned(),
    })
}

/// The group within a bundle's symbolic name, as Maven's bundle plugin makes such names: `group.artifact`;
/// the group alone, where its last part is the artifact (`org.hamcrest`); without what the artifact repeats
/// of the group (`org.slf4j.api` for `slf4j-api`).
fn group_of<'a>(symbolic: &'a str, artifact: &str) -> &'a str {
    if artifact.contains('-')
        && let Some(group) = symbolic.strip_suffix(artifact).and_then(|s| s.strip_suffix('.'))
    {
        return group;
    }
    let shortened = symbolic.match_indices('.').find_map(|(at, _)| {
        let (group, rest) = (symbolic.get(..at)?, symbolic.get(at + 1..)?);
        let last = group.rsplit('.').next()?;
        let own = artifact.strip_prefix(last)?.strip_prefix('-')?;
        (own == rest.replace('.', "-")).then_some(group)
    });
    shortened.unwrap_or(symbolic)
}

/// `commons-io-2.6.jar` is `commons-io`, `2.6`.
fn of_name(path: &str) -> Option<Coordinates> {
    let file = path.rsplit('/').next()?;
    let stem = file.rsplit_once('.')?.0;
    let starts = stem.match_indices('-').map(|(at, _)| at);
    let at = starts.into_iter().find(|at| {
        stem.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })?;
    let (artifact, version) = (stem.get(..at)?, stem.get(at + 1..)?);
    (!artifact.is_empty()).then(|| Coordinates {
        group: String::new(),
        artifact: artifact.to_owned(),
        version: version.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn jar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn read(path: &str, content: &[u8]) -> Found {
        parse(&Input { path, content })
    }

    fn names(found: &Found) -> Vec<String> {
        found
            .packages
            .iter()
            .map(|p| format!("{} {} {}", p.name, p.version, p.locations[0].path))
            .collect()
    }

    const POM: &[u8] =
        b"#x\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n";

    #[test]
    fn nested_archives_are_read() {
        let inner =
            jar(&[("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", POM)]);
        let war = jar(&[("WEB-INF/lib/log4j-core-2.14.1.jar", &inner), ("index.html", b"")]);
        let outer = jar(&[("app.war", &war)]);
        let found = read("srv/app.ear", &outer);
        assert_eq!(
            names(&found),
            [
                "org.apache.logging.log4j:log4j-core 2.14.1 srv/app.ear!/app.war!/WEB-INF/lib/log4j-core-2.14.1.jar"
            ]
        );
    }

    #[test]
    fn manifest_and_name_stand_in() {
        let manifest = b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.apache.commons.commons-text;x=y\r\n\
            Bundle-Version: 1.9.\r\n 0\r\n\r\nName: other\r\n";
        let content = jar(&[("META-INF/MANIFEST.MF", manifest)]);
        assert_eq!(
            names(&read("lib/commons-text-1.9.jar", &content)),
            ["org.apache.commons:commons-text 1.9 lib/commons-text-1.9.jar"]
        );
        assert_eq!(
            names(&read("lib/commons-io-2.6.jar", &jar(&[("a", b"")]))),
            ["commons-io:commons-io 2.6 lib/commons-io-2.6.jar"]
        );
        assert!(names(&read("lib/app.jar", &jar(&[("a", b"")]))).is_empty());
    }

    #[test]
    fn groups_are_found_in_symbolic_names() {
        for (symbolic, artifact, group) in [
            ("org.apache.commons.commons-text", "commons-text", "org.apache.commons"),
            ("org.hamcrest", "hamcrest", "org.hamcrest"),
            ("com.google.guava", "guava", "com.google.guava"),
            ("org.slf4j.api", "slf4j-api", "org.slf4j"),
            ("org.apache.logging.log4j.to.slf4j", "log4j-to-slf4j", "org.apache.logging.log4j"),
            ("", "x", ""),
        ] {
            assert_eq!(group_of(symbolic, artifact), group);
        }
    }

    #[test]
    fn bombs_and_damage_are_told() {
        let bomb = jar(&[("x.jar", &vec![0; 70 << 20])]);
        assert_eq!(read("a.jar", &bomb).problems.len(), 1);
        assert_eq!(read("a.jar", b"PK\x03\x04").problems.len(), 1);
        let mut deep = jar(&[("a", b"")]);
        for _ in 0..8 {
            deep = jar(&[("x.jar", &deep)]);
        }
        assert_eq!(read("a.jar", &deep).problems.len(), 1);
    }

    #[test]
    fn every_flip_is_survived() {
        let content =
            jar(&[("META-INF/maven/g/a/pom.properties", POM), ("META-INF/MANIFEST.MF", b"A: b\n")]);
        for at in 0..content.len() {
            let mut flipped = content.clone();
            flipped[at] ^= 0xff;
            drop(read("a.jar", &flipped));
            drop(read("a.jar", &content[..at]));
        }
    }
}
