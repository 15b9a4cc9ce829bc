//! A test whose means are absent says so where the whole run's last lines are made from.

use std::path::PathBuf;

/// Notes that a test could not run here, and why. The folder for such notes is named by
/// `HAECHI_SKIPPED`; without it, as under a plain `cargo test`, the note is printed.
#[expect(clippy::disallowed_methods, reason = "the run names the folder in the environment")]
#[expect(clippy::print_stderr, reason = "there is nowhere else to say it")]
pub fn skip(test: &str, reason: &str) {
    let note = format!("{test}: {reason}\n");
    let folder = std::env::var_os("HAECHI_SKIPPED").map(PathBuf::from);
    let written = folder.is_some_and(|folder| std::fs::write(folder.join(test), &note).is_ok());
    if !written {
        eprint!("not run: {note}");
    }
}
