//! Language packages as projects lock them, one parser a file.
//!
//! Dependencies of development count, because they run where the project is built. What is part of the
//! project itself (workspace members, folders) does not, and what comes from a version control system or a
//! bare address is told but not judged: advisories speak of what registries published.

mod bun_lock;
mod cargo_lock;
mod composer_lock;
mod gemfile_lock;
mod go_mod;
mod gradle_lockfile;
mod json;
mod npm_lock;
mod nuget_lock;
mod pdm_lock;
mod pipfile_lock;
mod pnpm_lock;
mod poetry_lock;
mod pom;
mod pom_tree;
mod pylock;
mod reading;
mod requirements;
mod sbt_lock;
mod tables;
mod uv_lock;
mod yaml;
mod yarn_lock;

use crate::Parser;

/// The list: one line for each parser.
pub(crate) static PARSERS: &[&Parser] = &[
    &requirements::PARSER,
    &poetry_lock::PARSER,
    &pipfile_lock::PARSER,
    &uv_lock::PARSER,
    &pdm_lock::PARSER,
    &pylock::PARSER,
    &npm_lock::PARSER,
    &yarn_lock::PARSER,
    &pnpm_lock::PARSER,
    &bun_lock::PARSER,
    &go_mod::PARSER,
    &cargo_lock::PARSER,
    &gradle_lockfile::PARSER,
    &pom::PARSER,
    &sbt_lock::PARSER,
    &composer_lock::PARSER,
    &gemfile_lock::PARSER,
    &nuget_lock::PARSER,
];

/// A larger lockfile is reported as not examined; the largest of real projects have a few MiB.
const MAX_BYTES: u64 = 32 << 20;

#[cfg(test)]
mod tests;
