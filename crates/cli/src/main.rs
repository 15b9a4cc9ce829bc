//! The one binary: arguments, wiring, terminal output.

mod arguments;
mod command;
mod connect;
mod output;
mod place;

use std::process::ExitCode;

use clap::Parser as _;

/// Usage, configuration or internal error.
const FAULT: u8 = 2;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match command::run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(fault) if closed_pipe(&fault) => ExitCode::SUCCESS,
        Err(fault) => {
            output::fault(&fault);
            ExitCode::from(FAULT)
        }
    }
}

/// Whether the reader of our output went away, as `head` does; that is its right and no fault.
fn closed_pipe(fault: &anyhow::Error) -> bool {
    fault.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
