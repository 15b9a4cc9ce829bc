//! Trees that lie on this machine: a root file system, a project, a single file.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use model::Problem;

use crate::path::{clean, resolve};
use crate::{Entry, ImageError, Visitor};

/// How a directory is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeKind {
    /// Everything below it, on its own file system.
    Root,
    /// What its ignore files do not exclude; `.git` never.
    Project,
}

/// Problems told one by one.
const MAX_PROBLEMS: usize = 1_000;

/// `O_NOFOLLOW | O_NONBLOCK` of Linux: a file swapped for a link or a pipe between listing and opening is
/// neither followed nor waited for.
const OPEN_FLAGS: i32 = 0o400_000 | 0o4_000;

/// Shows every regular file of a directory, in the order of the paths, or a single file. Symbolic links
/// are not followed: what they lead to is shown where it stands, when it stands in the tree.
///
/// # Errors
/// A path that is not there. What cannot be read inside becomes a problem.
pub fn walk_directory<V: Visitor>(
    path: &Path,
    kind: TreeKind,
    mut visitor: V,
) -> Result<(V, Vec<Problem>), ImageError> {
    let mut problems = Vec::new();
    if fs::metadata(path)?.is_file() {
        let name = path.file_name().map_or_else(|| path.to_path_buf(), PathBuf::from);
        let real = fs::canonicalize(path)?;
        show(&real, &name, &mut visitor, &mut problems);
        return Ok((visitor, problems));
    }
    for entry in walker(path, kind).build() {
        match entry {
            Ok(entry) => {
                let file = entry.file_type().is_some_and(|kind| kind.is_file());
                if file && let Ok(inside) = entry.path().strip_prefix(path) {
                    show(entry.path(), inside, &mut visitor, &mut problems);
                }
            }
            Err(fault) => problem(&mut problems, &path.display().to_string(), &fault),
        }
    }
    Ok((visitor, problems))
}

/// The path below `root` with every symbolic link on the way resolved inside it, as after chroot.
pub fn canonical(root: &Path, path: &str) -> String {
    resolve(path, &|place| {
        let target = fs::read_link(root.join(place)).ok()?;
        target.into_os_string().into_string().ok()
    })
}

fn walker(path: &Path, kind: TreeKind) -> ignore::WalkBuilder {
    let mut builder = ignore::WalkBuilder::new(path);
    let project = kind == TreeKind::Project;
    builder
        .standard_filters(false)
        .git_ignore(project)
        .git_exclude(project)
        .git_global(false)
        .parents(project)
        .require_git(false)
        .follow_links(false)
        .same_file_system(!project)
        .sort_by_file_path(Path::cmp);
    if project {
        builder.filter_entry(|entry| entry.file_name() != ".git");
    }
    builder
}

fn problem(problems: &mut Vec<Problem>, path: &str, fault: &dyn std::fmt::Display) {
    if problems.len() < MAX_PROBLEMS {
        problems.push(Problem::new(path, fault.to_string()));
    }
}

fn show<V: Visitor>(path: &Path, inside: &Path, visitor: &mut V, problems: &mut Vec<Problem>) {
    let mut name = String::new();
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(inside.as_os_str());
    if let Err(fault) = clean(bytes, &mut name) {
        problem(problems, &inside.display().to_string(), &fault);
        return;
    }
    let mut read = || -> io::Result<()> {
        let file = File::options().read(true).custom_flags(OPEN_FLAGS).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(());
        }
        let entry = Entry { path: &name, size: meta.len(), mode: meta.mode() & 0o7777 };
        visitor.file(&entry, &mut BufReader::with_capacity(1 << 16, file))
    };
    if let Err(fault) = read() {
        problem(problems, &name, &fault);
    }
}
