//! Trees that lie on this machine: a root file system, a project, a single file.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
/// are not followed: what they lead to is shown where it stands, when it stands in the tree. A link that
/// somebody wants and that leads elsewhere becomes a problem, and so does what is mounted in the tree.
///
/// # Errors
/// A path that is not there. What cannot be read inside becomes a problem.
pub fn walk_directory<V: Visitor>(
    path: &Path,
    kind: TreeKind,
    mut visitor: V,
) -> Result<(V, Vec<Problem>), ImageError> {
    let mut problems = Problems::default();
    if fs::metadata(path)?.is_file() {
        let name = path.file_name().map_or_else(|| path.to_path_buf(), PathBuf::from);
        let real = fs::canonicalize(path)?;
        show(&real, &name, &mut visitor, &mut problems);
        return Ok((visitor, problems.told));
    }
    let mounted = Mounted::default();
    for entry in walker(path, kind, &mounted)?.build() {
        match entry {
            Ok(entry) => {
                let Ok(inside) = entry.path().strip_prefix(path) else { continue };
                match entry.file_type() {
                    Some(file) if file.is_file() => {
                        show(entry.path(), inside, &mut visitor, &mut problems);
                    }
                    Some(link) if link.is_symlink() => {
                        tell_link(path, kind, inside, &visitor, &mut problems);
                    }
                    _ => {}
                }
            }
            Err(fault) => problems.add(&path.display().to_string(), &fault),
        }
    }
    let mounted = mounted.0.lock().unwrap_or_else(PoisonError::into_inner);
    for place in mounted.iter().filter_map(|place| place.strip_prefix(path).ok()) {
        if !KERNEL.iter().any(|kernel| place == Path::new(kernel)) {
            let fault = "another file system is mounted here, which is not read";
            problems.add(&place.display().to_string(), &fault);
        }
    }
    Ok((visitor, problems.told(path)))
}

/// Places of a running system where the kernel shows itself and no package keeps a file.
const KERNEL: [&str; 3] = ["dev", "proc", "sys"];

/// Directories of other file systems that the walk has left out.
#[derive(Clone, Debug, Default)]
struct Mounted(Arc<Mutex<Vec<PathBuf>>>);

/// What was met on the walk; beyond a bound only how much.
#[derive(Debug, Default)]
struct Problems {
    told: Vec<Problem>,
    untold: usize,
}

impl Problems {
    fn add(&mut self, path: &str, fault: &dyn std::fmt::Display) {
        if self.told.len() < MAX_PROBLEMS {
            self.told.push(Problem::new(path, fault.to_string()));
        } else {
            self.untold += 1;
        }
    }

    fn told(mut self, root: &Path) -> Vec<Problem> {
        if self.untold > 0 {
            let reason = format!("{} more places could not be read", self.untold);
            self.told.push(Problem::new(root.display().to_string(), reason));
        }
        self.told
    }
}

/// The path below `root` with every symbolic link on the way resolved inside it, as after chroot.
pub fn canonical(root: &Path, path: &str) -> String {
    resolve(path, &|place| {
        let target = fs::read_link(root.join(place)).ok()?;
        target.into_os_string().into_string().ok()
    })
}

/// Tells of a link to a file that somebody wants, unless the file is shown where it stands.
fn tell_link<V: Visitor>(
    root: &Path,
    kind: TreeKind,
    inside: &Path,
    visitor: &V,
    problems: &mut Problems,
) {
    let mut name = String::new();
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(inside.as_os_str());
    if clean(bytes, &mut name).is_err() || !visitor.wants(&name) {
        return;
    }
    // Absolute links of a root file system mean places inside it, those of a project do not.
    let target = match kind {
        TreeKind::Root => Some(canonical(root, &name)),
        TreeKind::Project => real(root, inside),
    };
    let meta = target.as_ref().and_then(|target| fs::symlink_metadata(root.join(target)).ok());
    match (target, meta) {
        (_, Some(meta)) if meta.is_dir() => {}
        (Some(target), Some(meta)) if meta.is_file() && visitor.wants(&target) => {}
        (_, Some(meta)) if meta.is_file() => {
            problems.add(&name, &"symbolic link to a file that is not read under its own name");
        }
        _ if fs::metadata(root.join(inside)).is_ok_and(|meta| meta.is_dir()) => {}
        _ => problems.add(&name, &"symbolic link to no file in the tree"),
    }
}

/// Where a link of a project leads, as a path in the project.
fn real(root: &Path, inside: &Path) -> Option<String> {
    let target = fs::canonicalize(root.join(inside)).ok()?;
    let target = target.strip_prefix(fs::canonicalize(root).ok()?).ok()?.to_path_buf();
    target.into_os_string().into_string().ok()
}

fn walker(path: &Path, kind: TreeKind, mounted: &Mounted) -> io::Result<ignore::WalkBuilder> {
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
        .sort_by_file_path(Path::cmp);
    if project {
        builder.filter_entry(|entry| entry.file_name() != ".git");
    } else {
        let own = fs::metadata(path)?.dev();
        let mounted = mounted.clone();
        builder.filter_entry(move |entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            // What cannot be looked at is told when it cannot be listed.
            let other = directory && entry.metadata().is_ok_and(|meta| meta.dev() != own);
            if other && let Ok(mut places) = mounted.0.lock() {
                places.push(entry.path().to_path_buf());
            }
            !other
        });
    }
    Ok(builder)
}

fn show<V: Visitor>(path: &Path, inside: &Path, visitor: &mut V, problems: &mut Problems) {
    let mut name = String::new();
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(inside.as_os_str());
    if let Err(fault) = clean(bytes, &mut name) {
        problems.add(&inside.display().to_string(), &fault);
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
        problems.add(&name, &fault);
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Wants what is called `wanted` and everything in `lib`.
    #[derive(Default)]
    struct Names(Vec<String>);

    impl Visitor for Names {
        fn wants(&self, path: &str) -> bool {
            path.ends_with("wanted") || path.starts_with("lib/")
        }

        fn file(&mut self, entry: &Entry<'_>, _content: &mut dyn BufRead) -> io::Result<()> {
            self.0.push(entry.path.to_owned());
            Ok(())
        }
    }

    fn told(root: &Path, kind: TreeKind) -> Vec<String> {
        let (_, problems) = walk_directory(root, kind, Names::default()).unwrap();
        problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.path, problem.reason))
            .collect()
    }

    #[test]
    fn links_to_files_that_are_not_read_elsewhere_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        for (name, content) in
            [("root/lib/of-this-test", "x"), ("root/plain", "x"), ("outside", "x")]
        {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), content).unwrap();
        }
        let link = |name: &str, target: &str| {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            symlink(target, root.join(name)).unwrap();
        };
        link("a/wanted", "../lib/of-this-test");
        link("b/wanted", "../plain");
        link("c/wanted", "../../outside");
        link("d/wanted", "nowhere");
        link("e/wanted", "../lib");
        link("f/wanted", "/lib/of-this-test");
        link("g/other", "../../outside");
        link("h/wanted", "wanted");
        let unread = "symbolic link to a file that is not read under its own name";
        let none = "symbolic link to no file in the tree";
        let expected = |places: &[(&str, &str)]| -> Vec<String> {
            places.iter().map(|(place, reason)| format!("{place}/wanted: {reason}")).collect()
        };
        let common = [("b", unread), ("c", none), ("d", none)];
        let rooted = [&common[..], &[("h", none)]].concat();
        assert_eq!(told(&root, TreeKind::Root), expected(&rooted));
        let project = [&common[..], &[("f", none), ("h", none)]].concat();
        assert_eq!(told(&root, TreeKind::Project), expected(&project));
    }

    #[test]
    fn file_systems_mounted_in_a_root_are_told() {
        let dev = Path::new("/dev");
        let device = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
        if device(&dev.join("shm")).is_none_or(|other| Some(other) == device(dev)) {
            return testkit::skip(
                "file_systems_mounted_in_a_root_are_told",
                "nothing is mounted at /dev/shm",
            );
        }
        let told = told(dev, TreeKind::Root);
        let expected = "shm: another file system is mounted here, which is not read";
        assert!(told.iter().any(|line| line == expected), "{told:?}");
    }

    #[test]
    fn problems_beyond_the_bound_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..MAX_PROBLEMS + 5 {
            symlink("nowhere", folder.path().join(format!("{at}wanted"))).unwrap();
        }
        let told = told(folder.path(), TreeKind::Root);
        assert_eq!(told.len(), MAX_PROBLEMS + 1);
        assert!(told[MAX_PROBLEMS].ends_with(": 5 more places could not be read"), "{told:?}");
    }
}
