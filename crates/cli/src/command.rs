//! What each command does.

mod db;
mod explain;
mod overview;
mod scan;

use anyhow::Result;

use crate::arguments::{Arguments, Command};

/// Runs the command and gives the exit code of the contract: 0 passed, 1 refused, 3 incomplete, 4 stale.
/// A fault (exit code 2) comes back as an error.
pub(crate) fn run(arguments: Arguments) -> Result<u8> {
    match arguments.command {
        None => overview::run(),
        Some(Command::Scan(scan)) => scan::run(&scan),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Db { command }) => db::run(command),
    }
}
