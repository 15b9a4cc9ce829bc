//! Distributions: their identity and their package databases, one parser a file.

mod apk_installed;
mod bounds;
mod dpkg_files;
mod dpkg_status;
pub(crate) mod end_of_life;
mod os_release;
mod rpm;

use crate::Parser;

/// The list: one line for each parser.
pub(crate) static PARSERS: &[&Parser] = &[
    &os_release::PARSER,
    &dpkg_status::PARSER,
    &dpkg_files::PARSER,
    &apk_installed::PARSER,
    &rpm::PARSER,
    &rpm::JOURNAL,
];
