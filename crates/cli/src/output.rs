//! What people see: data on standard output, everything else on standard error.

pub(crate) mod progress;
pub(crate) mod table;

use std::io::Write as _;

/// Prints a fault with its causes, outermost first.
pub(crate) fn fault(fault: &anyhow::Error) {
    let causes: Vec<String> =
        fault.chain().map(|cause| model::visible(&cause.to_string()).into_owned()).collect();
    say(&format!("haechi: {}", causes.join(": ")));
}

/// Prints a line on standard error. There is nobody left to tell when that fails.
pub(crate) fn say(line: &str) {
    drop(writeln!(anstream::stderr(), "{line}"));
}
