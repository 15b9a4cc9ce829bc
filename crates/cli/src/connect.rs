//! Reaches registries with the credentials that the user already has.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use image::{Access, Credential, DockerConfig, DockerHost, Lookup, Plain};

use crate::arguments::Registry;
use crate::output::say;
use crate::place;

/// How registries are reached: the user's flags and the credentials of Docker's configuration.
pub(crate) fn access(arguments: &Registry) -> Result<Access> {
    let path = place::docker_config();
    let config = match std::fs::read(&path) {
        Ok(bytes) => DockerConfig::parse(&bytes).with_context(|| path.display().to_string())?,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => DockerConfig::default(),
        Err(fault) => return Err(fault).with_context(|| path.display().to_string()),
    };
    Ok(Access {
        plain_http: if arguments.plain_http { Plain::Everywhere } else { Plain::Loopback },
        credentials: Arc::new(move |registry| credential(&config, registry)),
        ca_file: arguments.registry_ca.clone(),
        token_hosts: arguments.token_host.clone(),
        ..Access::default()
    })
}

/// A credential that cannot be had is told and gone without: the registry may serve the image to anybody.
fn credential(config: &DockerConfig, registry: &str) -> Option<Credential> {
    let found = match config.lookup(registry) {
        Ok(Lookup::Found(credential)) => return Some(credential),
        Ok(Lookup::Anonymous) => return None,
        Ok(Lookup::Helper { helper, server }) => ask_helper(&helper, &server)
            .and_then(|answer| Ok(Credential::from_helper_output(&answer)?)),
        Err(fault) => Err(fault.into()),
    };
    match found {
        Ok(credential) => Some(credential),
        Err(fault) => {
            let fault = format!("warning: credentials for {registry}: {fault:#}");
            say(&model::visible(&fault));
            None
        }
    }
}

/// Where the Docker Engine listens.
pub(crate) fn docker(arguments: &Registry) -> Result<DockerHost> {
    let text = arguments.docker_socket.clone().or_else(place::docker_host);
    Ok(text.map_or_else(|| Ok(DockerHost::default()), |text| DockerHost::parse(&text))?)
}

/// What a credential helper may print.
const MAX_ANSWER: u64 = 1 << 20;

/// Asks a credential helper program for the credential of a host, as Docker does: the host on its
/// standard input, JSON on its standard output.
/// <https://github.com/docker/docker-credential-helpers#development>
#[expect(clippy::disallowed_methods, reason = "the command line is where programs are started")]
fn ask_helper(helper: &str, host: &str) -> Result<Vec<u8>> {
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
