//! The sample image: small, made of text alone, with packages that the project's own advisories speak of.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;
use testkit::image::{Image, Layer, Layout};

const OS_RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n\
                          VERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";

/// Package, source package where it differs, version: as Debian 12 was before its security updates.
const DEBIAN: &[(&str, &str, &str)] = &[
    ("base-files", "", "12.4+deb12u2"),
    ("bash", "", "5.2.15-2+b2"),
    ("curl", "", "7.88.1-10+deb12u1"),
    ("libc6", "glibc", "2.36-9+deb12u1"),
    ("libc-bin", "glibc", "2.36-9+deb12u1"),
    ("libcurl4", "curl", "7.88.1-10+deb12u1"),
    ("libssl3", "openssl", "3.0.9-1"),
    ("openssl", "", "3.0.9-1"),
    ("zlib1g", "zlib", "1:1.2.13.dfsg-1"),
];

const PYTHON: &[(&str, &str)] = &[
    ("Jinja2", "2.11.2"),
    ("PyYAML", "5.3.1"),
    ("certifi", "2024.7.4"),
    ("requests", "2.28.1"),
    ("urllib3", "1.26.12"),
];

const NODE: &[(&str, &str)] = &[("lodash", "4.17.20"), ("minimist", "1.2.5"), ("ms", "2.1.3")];

/// In a lower layer only: what was removed must not be reported.
const REMOVED: (&str, &str) = ("minimist", "0.0.8");

/// Writes the sample image as an OCI archive.
pub(crate) fn write(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let layout = Layout::new().tag("sample", &image())?;
    std::fs::write(path, layout.archive()).with_context(|| path.display().to_string())
}

fn image() -> Image {
    let base = Layer::new("debootstrap bookworm")
        .file("usr/lib/os-release", OS_RELEASE)
        .symlink("etc/os-release", "../usr/lib/os-release")
        .file("etc/debian_version", "12.2\n")
        .file("var/lib/dpkg/status", debian());
    let python =
        PYTHON.iter().fold(Layer::new("RUN pip install -r requirements.txt"), |layer, one| {
            let (name, version) = one;
            let folder =
                format!("usr/local/lib/python3.11/site-packages/{name}-{version}.dist-info");
            let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
            layer.file(&format!("{folder}/METADATA"), text)
        });
    let node = NODE.iter().fold(Layer::new("RUN npm ci"), |layer, one| node(layer, "", *one));
    let node = node_removed(node);
    let clean = Layer::new("RUN rm -r app/node_modules/mkdirp").whiteout("app/node_modules/mkdirp");
    Image::new()
        .layer(base)
        .layer(python)
        .layer(node)
        .layer(clean)
        .instruction("USER app")
        .execution(json!({ "User": "app", "Cmd": ["node", "/app/main.js"] }))
}

fn debian() -> String {
    let entries = DEBIAN.iter().map(|(name, source, version)| {
        let source =
            if source.is_empty() { String::new() } else { format!("Source: {source}\n") };
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\n{source}Version: {version}\n\
             Maintainer: sample\nDescription: sample\n\n"
        )
    });
    entries.collect::<Vec<_>>().concat()
}

fn node(layer: Layer, below: &str, (name, version): (&str, &str)) -> Layer {
    let path = format!("app/node_modules/{below}{name}/package.json");
    layer.file(&path, json!({ "name": name, "version": version }).to_string())
}

fn node_removed(layer: Layer) -> Layer {
    node(node(layer, "", ("mkdirp", "0.5.1")), "mkdirp/node_modules/", REMOVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_the_same_each_time_and_small() {
        let archive = || Layout::new().tag("sample", &image()).unwrap().archive();
        assert_eq!(archive(), archive());
        assert!(archive().len() < 64 << 10);
    }

    #[test]
    fn the_own_advisories_are_understood_and_hit_the_sample() {
        let folder = tempfile::tempdir().unwrap();
        let source = crate::root().join("testdata/advisories");
        let summary = advisory::update::import(&source, folder.path(), 0).unwrap();
        for (name, outcome) in &summary.sources {
            let whole = matches!(outcome, advisory::update::Outcome::Built { malformed: 0, .. });
            assert!(whole, "{name}: {outcome:?}");
        }
        let database = advisory::Database::open(folder.path()).unwrap();
        let found = |purl: &str| database.query(&model::Purl::parse(purl).unwrap()).0.len();
        for (name, source, version) in DEBIAN.iter().filter(|(_, source, _)| !source.is_empty()) {
            let version = version.replace(':', "%3A");
            let purl =
                format!("pkg:deb/debian/{name}@{version}?distro=debian-12&upstream={source}");
            assert!(found(&purl) > 0, "{purl}");
        }
        for (kind, (name, version), hit) in [
            ("pypi", PYTHON[0], true),
            ("pypi", PYTHON[2], false),
            ("npm", NODE[0], true),
            ("npm", NODE[2], false),
            ("npm", REMOVED, true),
        ] {
            assert_eq!(found(&format!("pkg:{kind}/{name}@{version}")) > 0, hit, "{name} {version}");
        }
    }
}
