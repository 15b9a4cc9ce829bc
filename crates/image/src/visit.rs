//! The border to whoever looks at the files of a tree.

use std::io::{self, BufRead};

/// A regular file in a tree.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Path without leading slash, `.` and `..` already resolved.
    pub path: &'a str,
    /// Size in bytes.
    pub size: u64,
    /// Permission bits with set-user-id, set-group-id and sticky.
    pub mode: u32,
}

/// Looks at the files of one layer or directory, in the order in which they are stored.
pub trait Visitor: Send {
    /// Whether a file at this path would be looked at, whatever its content. Asked for links, whose
    /// target is then shown under the link's path.
    fn wants(&self, path: &str) -> bool;

    /// Shows one regular file. What is not read of `content` is skipped without cost.
    fn file(&mut self, entry: &Entry<'_>, content: &mut dyn BufRead) -> io::Result<()>;
}
