//! Reaches registries with the credentials that the user already has.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::place;

/// What a credential helper may print.
const MAX_ANSWER: u64 = 1 << 20;

/// Asks a credential helper program for the credential of a host, as Docker does: the host on its
/// standard input, JSON on its standard output.
/// <https://github.com/docker/docker-credential-helpers#development>
#[expect(clippy::disallowed_methods, reason = "the command line is where programs are started")]
pub(crate) fn ask_helper(helper: &str, host: &str) -> Result<Vec<u8>> {
    let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if helper.is_empty() || !helper.chars().all(word) {
        bail!("credential helper has a name that is no program's: {}", model::visible(helper));
    }
    let program = format!("docker-credential-{helper}");
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| program.clone())?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(host.as_bytes()).with_context(|| program.clone())?;
    }
    let mut answer = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(MAX_ANSWER).read_to_end(&mut answer).with_context(|| program.clone())?;
    }
    let status = child.wait().with_context(|| program.clone())?;
    if !status.success() {
        bail!("{program} has no credential for {host}");
    }
    Ok(answer)
}
