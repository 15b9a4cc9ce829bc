//! Foreign crates with one right place are not needed elsewhere.

use super::{Fault, Rule};
use crate::project::{Need, Project};

pub(super) static RULE: Rule = Rule { id: "external-place", check };

/// A foreign crate and the only crates that may need it, with the reason.
const PLACES: &[(&str, &[&str], &str)] = &[
    ("clap", &["cli"], "the command line is the binary's"),
    ("indicatif", &["cli"], "a library draws nothing on a terminal"),
    ("comfy-table", &["cli"], "a library draws nothing on a terminal"),
    ("anstream", &["cli"], "a library prints nothing"),
    ("ureq", NETWORK, "only what fetches speaks to the network"),
    ("rustls", NETWORK, "only what fetches speaks to the network"),
    ("rustls-native-certs", NETWORK, "only what fetches speaks to the network"),
    ("fst", &["advisory"], "the advisory store's format is its own affair"),
    ("vmap", &["advisory"], "the advisory store's format is its own affair"),
    ("cvss", &["advisory"], "vectors become severities where advisories are read"),
    ("pep440_rs", &["advisory"], "version orders live in one place"),
    ("rpm-version", &["advisory"], "version orders live in one place"),
    ("semver", &["advisory"], "version orders live in one place"),
    ("packageurl", &["model"], "package URLs are a word of the model"),
    ("tar", &["image", "testkit", "xtask"], "layers are read in one place"),
    ("zstd", &["image", "testkit", "xtask"], "layers are read in one place"),
    ("object", &["catalog", "runtime"], "executables are read where they are understood"),
    ("rusqlite", &["catalog", "server"], "a database is read where it is understood"),
    ("tokio", &["server"], "nothing below the server is asynchronous"),
    ("axum", &["server"], "nothing below the server is asynchronous"),
    ("hyper", &["server"], "nothing below the server is asynchronous"),
    ("kube", &["server"], "nothing below the server is asynchronous"),
    ("tokio-postgres", &["server"], "nothing below the server is asynchronous"),
    ("async-nats", &["server"], "nothing below the server is asynchronous"),
    ("reqwest", &[], "ureq is the one HTTP client"),
    ("openssl", &[], "rustls is the one TLS stack"),
    ("native-tls", &[], "rustls is the one TLS stack"),
    ("ring", &[], "aws-lc-rs is the one provider of cryptography"),
    ("serde_yaml", &[], "serde-saphyr bounds what hostile YAML may cost"),
    ("libdeflater", &[], "it needs a whole layer in memory"),
];

const NETWORK: &[&str] = &["image", "advisory"];

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for one in &project.crates {
        // Tests make what the product reads.
        for dependency in one.dependencies.iter().filter(|needed| needed.need != Need::Dev) {
            let place = PLACES.iter().find(|(name, ..)| *name == dependency.name);
            let Some((name, places, reason)) = place else { continue };
            if !places.contains(&one.name.as_str()) {
                faults.push(Fault::new(&one.name, format!("must not need {name}: {reason}")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_in_the_wrong_place_is_a_fault() {
        let project = Project::needing("engine", &[("clap", Need::Dev), ("tokio", Need::Normal)]);
        assert_eq!(check(&project).len(), 1);
        assert_eq!(check(&Project::needing("cli", &[("clap", Need::Normal)])), []);
    }
}
