//! The one binary's inside: arguments, wiring, terminal output.

mod arguments;
mod command;
mod connect;
mod output;
mod place;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

/// Usage, configuration or internal error.
const FAULT: u8 = 2;

/// Runs the command line that the process was started with.
pub fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match command::run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            output::fault(&fault);
            ExitCode::from(FAULT)
        }
    }
}

/// The command line as it describes itself, whatever the environment holds: the reference derives from it.
pub fn command_line() -> clap::Command {
    let mut command = hide_values(arguments::Arguments::command());
    command.build();
    command
}

fn hide_values(command: clap::Command) -> clap::Command {
    command
        .term_width(100)
        .mut_args(|argument| argument.hide_env_values(true))
        .mut_subcommands(hide_values)
}
