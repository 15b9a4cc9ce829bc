//! Maven's `pom.xml`, as far as the file alone says which versions are taken.
//!
//! Properties, the project's own coordinates and the dependency management of the same file are followed. What
//! a parent, an imported bill of materials or a version range decides is told as not known. Plugins are
//! programs of the build, not dependencies, and their versions mostly come from a parent: they are left out.
//! <https://maven.apache.org/pom.html>

use std::collections::HashMap;

use super::pom_tree::{self, Node};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "pom",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("pom.xml")],
    max_bytes: 8 << 20,
    working: |_| 0,
    parse,
};

/// Properties in properties.
const MAX_ROUNDS: usize = 16;

/// No version or name is longer.
const MAX_TEXT: usize = 1_024;

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Java, input);
    let text = text(input);
    let (document, fault) = pom_tree::read(&text, "dependency");
    let project = document.child("project");
    match (fault, project) {
        (Some(fault), _) => reading.broken(fault),
        (None, None) => reading.broken("there is no project in it"),
        (None, Some(_)) => {}
    }
    if let Some(project) = project {
        let model = Model::new(project);
        for place in places(project) {
            for dependency in place.list("dependencies") {
                model.dependency(dependency, &mut reading);
            }
        }
    }
    reading.finish()
}

/// The project and its profiles, which add to it.
fn places(project: &Node) -> impl Iterator<Item = &Node> {
    std::iter::once(project).chain(project.list("profiles"))
}

struct Model<'a> {
    project: &'a Node,
    properties: HashMap<&'a str, &'a str>,
    /// Versions by group and artifact, in the file's own text.
    managed: HashMap<(String, String), (&'a str, u32)>,
}

impl<'a> Model<'a> {
    fn new(project: &'a Node) -> Self {
        let mut model = Self { project, properties: HashMap::new(), managed: HashMap::new() };
        for property in places(project).flat_map(|place| place.list("properties")) {
            model.properties.entry(&property.name).or_insert(property.text.trim());
        }
        let management = places(project).filter_map(|place| place.child("dependencyManagement"));
        for managed in management.flat_map(|management| management.list("dependencies")) {
            let version = managed.child("version");
            if let (Some((group, artifact)), Some(version)) = (model.name(managed), version) {
                let version = (version.text.trim(), version.line);
                model.managed.entry((group, artifact)).or_insert(version);
            }
        }
        model
    }

    /// Group and artifact of a dependency, where they are known.
    fn name(&self, dependency: &Node) -> Option<(String, String)> {
        let part = |name: &str| self.resolved(dependency.text_of(name)?);
        Some((part("groupId")?, part("artifactId")?))
    }

    fn dependency(&self, dependency: &Node, reading: &mut Reading<'_>) {
        // A file beside the project.
        if dependency.name != "dependency" || dependency.text_of("scope") == Some("system") {
            return;
        }
        let Some((group, artifact)) = self.name(dependency) else {
            let artifact = dependency.text_of("artifactId").unwrap_or_default();
            return reading.unpinned(artifact);
        };
        let name = format!("{group}:{artifact}");
        let own = dependency.child("version").map(|version| (version.text.trim(), version.line));
        let managed = || self.managed.get(&(group.clone(), artifact.clone())).copied();
        let known = own.filter(|(text, _)| !text.is_empty()).or_else(managed);
        let known = known.and_then(|(text, line)| Some((self.resolved(text)?, line)));
        match known.as_ref().and_then(|(text, line)| Some((exact(text)?, *line))) {
            // Another module of the same build.
            Some((version, _)) if self.is_own(&group, version) => {}
            Some((version, line)) => reading.add(&name, version, Some(line)),
            None => reading.unpinned(&name),
        }
    }

    fn is_own(&self, group: &str, version: &str) -> bool {
        let own = |key: &str| self.lookup(key).and_then(|text| self.resolved(text));
        own("project.groupId").as_deref() == Some(group)
            && own("project.version").as_deref() == Some(version)
    }

    /// The text with all its `${...}` replaced, where all are known.
    fn resolved(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..MAX_ROUNDS {
            let Some(start) = text.find("${") else { return Some(text) };
            let mut out = String::with_capacity(text.len());
            let mut rest = text.as_str();
            out.push_str(rest.get(..start)?);
            rest = rest.get(start..)?;
            while let Some(after) = rest.strip_prefix("${") {
                let (key, behind) = after.split_once('}')?;
                out.push_str(self.lookup(key.trim())?);
                let next = behind.find("${").unwrap_or(behind.len());
                out.push_str(behind.get(..next)?);
                rest = behind.get(next..)?;
                if out.len() > MAX_TEXT {
                    return None;
                }
            }
            text = out;
        }
        None
    }

    fn lookup(&self, key: &str) -> Option<&'a str> {
        let project = self.project;
        let parent = || project.child("parent");
        // Older models write `pom.` or nothing for `project.`.
        let field =
            key.strip_prefix("project.").or_else(|| key.strip_prefix("pom.")).unwrap_or(key);
        match field {
            "version" | "groupId" => {
                project.text_of(field).or_else(|| parent().and_then(|parent| parent.text_of(field)))
            }
            "artifactId" => project.text_of(field),
            "parent.version" => parent()?.text_of("version"),
            "parent.groupId" => parent()?.text_of("groupId"),
            _ => self.properties.get(key).copied(),
        }
    }
}

/// The one version that a text allows: `1.2` or `[1.2]`, no range and no moving word.
fn exact(text: &str) -> Option<&str> {
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let moving = text.contains(['[', ']', '(', ')', ',']) || matches!(text, "LATEST" | "RELEASE");
    (!moving && !text.is_empty()).then(|| text.trim())
}
