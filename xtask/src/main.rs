//! Chores of the project: its house rules, its generated documents, its sample image.
#![expect(clippy::print_stdout, reason = "a chore tells what it did")]

mod docs;
mod house;
mod project;
mod sample;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "cargo run -p xtask -- COMMAND

  house                 say where a house rule is broken, and which files grow long
  docs                  write the generated documents anew
  sample-image PATH     build a small image (OCI archive) with known vulnerabilities in it";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["house"] => house(),
        ["docs"] => docs(),
        ["sample-image", path] => {
            sample::write(Path::new(path))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            println!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

/// The folder that holds the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn house() -> Result<ExitCode> {
    let project = project::Project::read(&root())?;
    for fault in house::file_length::long(&project) {
        println!("warning: {fault}");
    }
    let mut broken = 0;
    for rule in house::RULES {
        for fault in (rule.check)(&project) {
            println!("{}: {fault}", rule.id);
            broken += 1;
        }
    }
    println!("{} rules, {broken} faults", house::RULES.len());
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn docs() -> Result<ExitCode> {
    let project = project::Project::read(&root())?;
    for page in docs::PAGES {
        let text = (page.text)(&project)?;
        std::fs::write(root().join(page.path), text)?;
        println!("{}", page.path);
    }
    Ok(ExitCode::SUCCESS)
}
