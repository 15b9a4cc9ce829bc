//! Where things are kept on this machine, after the XDG Base Directory specification.

use std::path::PathBuf;

/// Reads an environment variable; below this crate settings arrive as arguments.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(crate) fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn home(fallback: &str) -> PathBuf {
    variable("HOME").unwrap_or_else(std::env::temp_dir).join(fallback)
}

/// The advisory database.
pub(crate) fn database() -> PathBuf {
    variable("XDG_DATA_HOME").unwrap_or_else(|| home(".local/share")).join("haechi/advisories")
}

/// Kept inventories.
pub(crate) fn cache() -> PathBuf {
    variable("HAECHI_CACHE")
        .unwrap_or_else(|| variable("XDG_CACHE_HOME").unwrap_or_else(|| home(".cache")).join("haechi"))
        .join("inventory")
}

/// The Docker Engine's socket: `DOCKER_HOST` where it names a socket, else the usual one.
pub(crate) fn docker_socket() -> PathBuf {
    variable("DOCKER_HOST")
        .and_then(|host| host.to_str()?.strip_prefix("unix://").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("/var/run/docker.sock"))
}

/// Docker's client configuration, which holds credentials of registries.
pub(crate) fn docker_config() -> PathBuf {
    variable("DOCKER_CONFIG").unwrap_or_else(|| home(".docker")).join("config.json")
}
