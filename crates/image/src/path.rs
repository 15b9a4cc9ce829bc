//! Names in archives made into paths of a tree.

/// Longest path a Linux kernel takes (`PATH_MAX`, with the terminating zero).
const MAX_PATH: usize = 4095;

/// Longest name of a directory entry (`NAME_MAX`).
const MAX_NAME: usize = 255;

/// Directories that a name may stand below one another in; no build nests half as deep, and each level
/// costs a look into every layer.
const MAX_DEPTH: usize = 128;

/// Why a name is no path in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathFault {
    /// `..` leads out of the root.
    #[error("name leads out of the root")]
    Outside,
    /// Longer than any file can be named.
    #[error("name is longer than a path can be")]
    Long,
    /// More directories than anybody nests.
    #[error("name is nested deeper than 128 directories")]
    Deep,
    /// A zero byte, which no path has.
    #[error("name holds a zero byte")]
    Zero,
}

/// Cleans a name: no leading slash, no empty part, no `.`, `..` resolved. Bytes that are no UTF-8 become
/// `\xNN`, so that different names stay different. The root itself is the empty path.
pub(crate) fn clean(name: &[u8], out: &mut String) -> Result<(), PathFault> {
    out.clear();
    if name.len() > MAX_PATH + 8 {
        return Err(PathFault::Long);
    }
    if name.contains(&0) {
        return Err(PathFault::Zero);
    }
    let mut depth = 0;
    for part in name.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if out.is_empty() {
                    return Err(PathFault::Outside);
                }
                out.truncate(out.rfind('/').unwrap_or(0));
                depth -= 1;
            }
            part if part.len() > MAX_NAME => return Err(PathFault::Long),
            _ if depth > MAX_DEPTH => return Err(PathFault::Deep),
            part => {
                depth += 1;
                if !out.is_empty() {
                    out.push('/');
                }
                push(part, out);
            }
        }
    }
    if out.len() > 4 * MAX_PATH { Err(PathFault::Long) } else { Ok(()) }
}

fn push(part: &[u8], out: &mut String) {
    for chunk in part.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str("\\x");
            for digit in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(digit), 16));
            }
        }
    }
}

/// Splits into directory and name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The proper ancestors of a path, nearest first, without the root.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rfind('/').and_then(|at| path.get(..at)), |parent| {
        parent.rfind('/').and_then(|at| parent.get(..at))
    })
}

/// A chain of links longer than this is a loop (Linux: `MAXSYMLINKS`).
const MAX_LINKS: usize = 40;

/// Parts of names that are gone through to resolve one path.
const MAX_PARTS: usize = 4_096;

/// The path with every symbolic link on the way, and the last part, resolved inside the root. `link` gives
/// the target of the link at a path. A loop gives the path as it stands, and so does a way through more
/// directories than stand in a tree.
pub(crate) fn resolve(path: &str, link: &dyn Fn(&str) -> Option<String>) -> String {
    let mut pending: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut done = String::new();
    let mut followed = 0;
    let mut depth = 0;
    let mut parts = 0;
    while let Some(part) = pending.pop() {
        parts += 1;
        if parts > MAX_PARTS || depth > MAX_DEPTH {
            return path.to_owned();
        }
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                depth = depth.saturating_sub(1);
                done.truncate(done.rfind('/').unwrap_or(0));
                continue;
            }
            _ => {}
        }
        let before = done.len();
        if !done.is_empty() {
            done.push('/');
        }
        done.push_str(&part);
        depth += 1;
        if let Some(target) = link(&done) {
            followed += 1;
            if followed > MAX_LINKS {
                return path.to_owned();
            }
            // `..` above the root stays at the root, as after chroot.
            let absolute = target.starts_with('/');
            done.truncate(if absolute { 0 } else { before });
            depth = if absolute { 0 } else { depth - 1 };
            pending.extend(target.split('/').rev().map(str::to_owned));
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(name: &[u8]) -> Result<String, PathFault> {
        let mut out = String::new();
        clean(name, &mut out).map(|()| out)
    }

    #[test]
    fn names_become_plain_paths() {
        assert_eq!(cleaned(b"./usr//bin/./x"), Ok("usr/bin/x".to_owned()));
        assert_eq!(cleaned(b"/etc/passwd"), Ok("etc/passwd".to_owned()));
        assert_eq!(cleaned(b"a/b/../c"), Ok("a/c".to_owned()));
        assert_eq!(cleaned(b"./"), Ok(String::new()));
        assert_eq!(cleaned(b"a\xff\xfe"), Ok("a\\xff\\xfe".to_owned()));
    }

    #[test]
    fn names_that_leave_the_root_are_refused() {
        assert_eq!(cleaned(b"../etc/passwd"), Err(PathFault::Outside));
        assert_eq!(cleaned(b"a/../../b"), Err(PathFault::Outside));
        assert_eq!(cleaned(&[b'a'; 300]), Err(PathFault::Long));
        assert_eq!(cleaned(&b"a/".repeat(5_000)), Err(PathFault::Long));
        assert_eq!(cleaned(&b"a/".repeat(130)), Err(PathFault::Deep));
        assert!(cleaned(&b"a/".repeat(129)).is_ok());
        assert_eq!(cleaned(&b"a/b/../../".repeat(300)), Ok(String::new()));
    }

    #[test]
    fn links_are_resolved_inside_the_root_and_loops_end() {
        let link = |place: &str| match place {
            "lib" => Some("usr/lib".to_owned()),
            "usr/lib/up" => Some("../../../../etc".to_owned()),
            "abs" => Some("/lib".to_owned()),
            "loop" => Some("loop".to_owned()),
            _ => None,
        };
        assert_eq!(resolve("lib/x", &link), "usr/lib/x");
        assert_eq!(resolve("abs/up/passwd", &link), "etc/passwd");
        assert_eq!(resolve("loop/x", &link), "loop/x");
        let winding = format!("{}lib/x", "y/../".repeat(600));
        assert_eq!(resolve(&winding, &link), "usr/lib/x");
        let deep = format!("{}{}lib/x", "y/".repeat(200), "../".repeat(200));
        assert_eq!(resolve(&deep, &link), deep);
    }

    #[test]
    fn ancestors_go_up_without_the_root() {
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!(ancestors("a").count(), 0);
    }
}
