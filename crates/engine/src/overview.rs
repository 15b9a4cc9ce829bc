//! What lies in a project and what to do with each part, for `haechi` without arguments.

use std::path::{Path, PathBuf};

use catalog::{Router, Scope, Tree};

/// How deep below the working directory things are looked for.
const DEPTH: usize = 3;

/// More entries than this are not looked at: the overview is a glance, not a scan.
const MOST: usize = 20_000;

/// Something a project holds that Haechi can judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is, such as `Dockerfile`.
    pub what: &'static str,
    /// Where, relative to the directory.
    pub paths: Vec<PathBuf>,
    /// The command that judges it, or nothing when no command does yet.
    pub command: Option<String>,
}

/// File names that say what a project holds beside what parsers want, in the order of the overview, and
/// whether a command judges them.
const KINDS: &[(&str, &[&str], bool)] = &[
    ("image archive", &[".oci.tar", ".docker.tar"], true),
    ("Dockerfile", &["Dockerfile", "Containerfile"], false),
    (LOCKFILE, &[], true),
    (
        "Compose file",
        &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
        false,
    ),
    ("Helm chart", &["Chart.yaml"], false),
];

/// What a parser of projects reads.
const LOCKFILE: &str = "lockfile";

/// Looks at a directory, a few levels deep, without hidden and dependency folders.
pub fn look(directory: &Path) -> Vec<Part> {
    let router = Router::new(Tree::Project);
    let locked = |name: &str| {
        router
            .by_path(name)
            .is_some_and(|parser| matches!(parser.scope, Scope::Locked | Scope::Deployed))
    };
    let mut found: Vec<Part> =
        KINDS.iter().map(|(what, _, _)| Part { what, paths: Vec::new(), command: None }).collect();
    let mut pending = vec![(directory.to_path_buf(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST {
                pending.clear();
                break;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                let skipped = name.starts_with('.')
                    || matches!(name.as_str(), "node_modules" | "target" | "vendor");
                if depth < DEPTH && !skipped {
                    pending.push((entry.path(), depth + 1));
                }
            } else if let Some(at) = KINDS.iter().position(|(what, names, _)| {
                names.iter().any(|n| fits(&name, n)) || (*what == LOCKFILE && locked(&name))
            }) {
                let path = entry.path();
                let path = path.strip_prefix(directory).unwrap_or(&path).to_path_buf();
                if let Some(part) = found.get_mut(at) {
                    part.paths.push(path);
                }
            }
        }
    }
    for (part, (_, _, judged)) in found.iter_mut().zip(KINDS) {
        part.paths.sort();
        part.command = judged.then(|| match part.what {
            "image archive" => part
                .paths
                .first()
                .map_or_else(String::new, |path| format!("haechi scan {}", path.display())),
            _ => "haechi scan .".to_owned(),
        });
    }
    found.retain(|part| !part.paths.is_empty());
    found
}

fn fits(name: &str, wanted: &str) -> bool {
    name == wanted || (wanted.starts_with('.') && name.ends_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_and_dependency_folders_are_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("web/node_modules/x")).unwrap();
        for path in ["Dockerfile", "web/package-lock.json", "web/node_modules/x/package-lock.json"]
        {
            std::fs::write(root.join(path), "").unwrap();
        }
        let parts = look(root);
        assert_eq!(
            parts.iter().map(|part| part.what).collect::<Vec<_>>(),
            ["Dockerfile", "lockfile"]
        );
        assert_eq!(parts[1].paths, [PathBuf::from("web/package-lock.json")]);
        assert_eq!(parts[0].command, None);
    }
}
