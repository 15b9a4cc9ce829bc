//! What the house rules look at: the files, the crates with their dependencies, the ids of the lists.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// A text file of the project.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Path from the root of the workspace.
    pub path: String,
    pub text: String,
}

impl SourceFile {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The file's name without folder and extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// The lines with their 1-based numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

/// When a dependency is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Build,
    Dev,
    Normal,
}

/// A crate that another one names in its manifest.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub name: String,
    pub need: Need,
}

/// A crate of the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crate {
    pub name: String,
    /// Path from the root of the workspace.
    pub folder: String,
    pub dependencies: Vec<Dependency>,
    /// The root files of its targets, from the root of the workspace.
    pub roots: Vec<String>,
}

/// An id that one of the static lists holds.
#[derive(Clone, Debug)]
pub(crate) struct Id {
    /// Which list.
    pub family: &'static str,
    pub id: String,
    /// The controls that a rule's card names.
    pub controls: Vec<String>,
}

/// The project, or a small bad example of one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project {
    pub files: Vec<SourceFile>,
    pub crates: Vec<Crate>,
    pub ids: Vec<Id>,
}

/// Family of the rules of a verdict.
pub(crate) const POLICY_RULES: &str = "policy rule";

impl Project {
    /// Reads the project at a workspace's root.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        Ok(Self { files: files(root)?, crates: crates(root)?, ids: ids() })
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.is_rust())
    }

    pub(crate) fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// A project of one file.
    #[cfg(test)]
    pub(crate) fn of(path: &str, text: &str) -> Self {
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        Self { files: vec![file], ..Self::default() }
    }

    /// A project of one crate that needs others.
    #[cfg(test)]
    pub(crate) fn needing(name: &str, needs: &[(&str, Need)]) -> Self {
        let dependencies =
            needs.iter().map(|(name, need)| Dependency { name: (*name).to_owned(), need: *need });
        let one = Crate {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            dependencies: dependencies.collect(),
            roots: vec![format!("crates/{name}/src/lib.rs")],
        };
        Self { crates: vec![one], ..Self::default() }
    }
}

/// Every text file that git would keep, but for test data.
fn files(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let walk = ignore::WalkBuilder::new(root)
        .require_git(false)
        .hidden(false)
        .sort_by_file_path(Path::cmp)
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != "testdata")
        .build();
    for entry in walk {
        let entry = entry?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path().strip_prefix(root)?.to_string_lossy().into_owned();
        if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.push(SourceFile { path, text });
        }
    }
    Ok(files)
}

#[expect(clippy::disallowed_methods, reason = "a chore asks cargo, which knows the manifests best")]
fn crates(root: &Path) -> Result<Vec<Crate>> {
    let answer = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(answer.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&answer.stderr));
    let answer: Value = serde_json::from_slice(&answer.stdout)?;
    let real = root.canonicalize()?;
    let inside = |path: &str| -> String {
        Path::new(path)
            .strip_prefix(&real)
            .or_else(|_| Path::new(path).strip_prefix(root))
            .map_or_else(|_| path.to_owned(), |path| path.to_string_lossy().into_owned())
    };
    let mut crates = Vec::new();
    for package in list(&answer, "packages") {
        let manifest = inside(text(package, "manifest_path"));
        let dependencies = list(package, "dependencies").iter().map(|dependency| Dependency {
            name: text(dependency, "name").to_owned(),
            need: match text(dependency, "kind") {
                "dev" => Need::Dev,
                "build" => Need::Build,
                _ => Need::Normal,
            },
        });
        crates.push(Crate {
            name: text(package, "name").to_owned(),
            folder: manifest.trim_end_matches("/Cargo.toml").to_owned(),
            dependencies: dependencies.collect(),
            roots: list(package, "targets")
                .iter()
                .map(|target| inside(text(target, "src_path")))
                .collect(),
        });
    }
    Ok(crates)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What the static lists of the crates hold.
fn ids() -> Vec<Id> {
    let plain = |family, id: &str| Id { family, id: id.to_owned(), controls: Vec::new() };
    let rules = engine::policy::RULES.iter().map(|rule| Id {
        controls: rule.card.controls.iter().map(|control| (*control).to_owned()).collect(),
        ..plain(POLICY_RULES, rule.card.id)
    });
    let parsers = catalog::Router::parsers().map(|parser| plain("parser", parser.id));
    let ecosystems =
        advisory::ecosystem::ECOSYSTEMS.iter().map(|rules| plain("ecosystem", rules.name));
    rules.chain(parsers).chain(ecosystems).collect()
}
