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
        .unwrap_or_else(|| {
            variable("XDG_CACHE_HOME").unwrap_or_else(|| home(".cache")).join("haechi")
        })
        .join("inventory")
}

/// What tells this build of the program from another: when it was written, and how large it is.
pub(crate) fn build() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let written = program.and_then(|meta| Ok((meta.modified()?, meta.len())));
    match written {
        Ok((time, size)) => {
            let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            format!("{version}-{}-{size}", since.as_nanos())
        }
        Err(_) => version.to_owned(),
    }
}

/// Where the Docker Engine listens: `DOCKER_HOST`, else the usual socket.
pub(crate) fn docker_host() -> Option<String> {
    variable("DOCKER_HOST").and_then(|host| host.into_os_string().into_string().ok())
}

/// Docker's client configuration, which holds credentials of registries.
pub(crate) fn docker_config() -> PathBuf {
    variable("DOCKER_CONFIG").unwrap_or_else(|| home(".docker")).join("config.json")
}
