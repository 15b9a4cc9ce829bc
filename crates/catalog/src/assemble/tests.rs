//! Joining, on small made-up trees.

use model::{Digest, OwnedFiles};

use super::*;
use crate::language::{Language, package};

fn layers(count: usize) -> Vec<Arc<LayerRef>> {
    let layer = |at: usize| LayerRef {
        digest: Digest::of(&[u8::try_from(at).unwrap()]),
        diff_id: None,
        created_by: None,
    };
    (0..count).map(|at| Arc::new(layer(at))).collect()
}

fn debian() -> Found {
    let distribution = Distribution {
        id: "debian".to_owned(),
        version: "12".to_owned(),
        name: String::new(),
        end_of_life: None,
    };
    Found { distribution: Some(distribution), ..Found::default() }
}

fn status(packages: &[(&str, &str)]) -> Found {
    let system = packages.iter().map(|(name, version)| SystemPackage {
        manager: Manager::Dpkg,
        name: (*name).to_owned(),
        version: (*version).to_owned(),
        architecture: "amd64".to_owned(),
        source: None,
        licenses: Vec::new(),
        vendor: None,
        module: None,
        line: Some(1),
    });
    Found { system: system.collect(), ..Found::default() }
}

fn seen(path: &str, layer: usize, visible: bool, found: Found) -> Observation {
    Observation { path: path.to_owned(), layer, visible, found }
}

fn language(path: &str) -> Found {
    Found {
        packages: vec![package(Language::Python, "x", "1", path, None).unwrap()],
        ..Found::default()
    }
}

const STATUS: &str = "var/lib/dpkg/status";

#[test]
fn a_package_belongs_to_the_layer_that_brought_this_version() {
    let layers = layers(3);
    let inventory = assemble(
        vec![
            seen("etc/os-release", 0, true, debian()),
            seen(STATUS, 0, false, status(&[("a", "1"), ("b", "1")])),
            seen(STATUS, 1, false, status(&[("a", "1"), ("b", "2")])),
            seen(STATUS, 2, true, status(&[("a", "1"), ("b", "2"), ("c", "1")])),
        ],
        &layers,
        &str::to_owned,
    );
    let by_name: Vec<(&str, usize)> = inventory
        .packages
        .iter()
        .map(|package| {
            let layer = package.locations[0].layer.as_ref().unwrap();
            (package.name.as_str(), layers.iter().position(|known| known == layer).unwrap())
        })
        .collect();
    assert_eq!(by_name, [("a", 0), ("b", 1), ("c", 2)]);
    assert_eq!(
        inventory.packages[0].purl.as_str(),
        "pkg:deb/debian/a@1?arch=amd64&distro=debian-12"
    );
    assert_eq!(inventory.packages[0].ecosystem.as_str(), "Debian:12");
    assert!(inventory.problems.is_empty());
}

#[test]
fn a_distribution_without_packages_is_told() {
    let inventory =
        assemble(vec![seen("etc/os-release", 0, true, debian())], &layers(1), &str::to_owned);
    assert_eq!(inventory.problems.len(), 1);
    let inventory =
        assemble(vec![seen(STATUS, 0, true, status(&[("a", "1")]))], &layers(1), &str::to_owned);
    assert_eq!(inventory.problems.len(), 1, "packages without a distribution");
}

#[test]
fn files_of_the_distribution_are_no_language_packages() {
    let owned =
        OwnedFiles { package: "python3-x".to_owned(), paths: vec!["lib/x/METADATA".to_owned()] };
    let files = Found { owned: vec![owned], ..Found::default() };
    let canonical = |path: &str| match path.strip_prefix("lib/") {
        Some(rest) => format!("usr/lib/{rest}"),
        None => path.to_owned(),
    };
    let inventory = assemble(
        vec![
            seen("var/lib/dpkg/info/python3-x.list", 0, true, files),
            seen("usr/lib/x/METADATA", 0, true, language("usr/lib/x/METADATA")),
            seen("opt/METADATA", 0, true, language("opt/METADATA")),
        ],
        &layers(1),
        &canonical,
    );
    assert_eq!(inventory.packages.len(), 1);
    assert_eq!(inventory.packages[0].locations[0].path, "opt/METADATA");
}

#[test]
fn what_an_upper_layer_removed_is_not_there_and_equal_packages_are_one() {
    let inventory = assemble(
        vec![
            seen("gone/METADATA", 0, false, language("gone/METADATA")),
            seen("b/METADATA", 0, true, language("b/METADATA")),
            seen("a/METADATA", 0, true, language("a/METADATA")),
        ],
        &layers(1),
        &str::to_owned,
    );
    let places: Vec<&str> =
        inventory.packages[0].locations.iter().map(|place| place.path.as_str()).collect();
    assert_eq!((inventory.packages.len(), places), (1, vec!["a/METADATA", "b/METADATA"]));
}

#[test]
fn a_language_package_belongs_to_the_layer_that_brought_it_and_not_to_a_later_touch() {
    let layers = layers(3);
    let file = "srv/x.dist-info/METADATA";
    let inventory = assemble(
        vec![
            seen(file, 0, false, language(file)),
            seen(file, 1, false, language(file)),
            seen(file, 2, true, language(file)),
        ],
        &layers,
        &|path| path.to_owned(),
    );
    assert_eq!(inventory.packages[0].locations[0].layer, Some(Arc::clone(&layers[0])));
}

#[test]
fn what_a_stranger_packed_is_judged_as_the_languages() {
    let file = "usr/lib/x.dist-info/METADATA";
    let owned = |package: &str| {
        let files = OwnedFiles { package: package.to_owned(), paths: vec![file.to_owned()] };
        Found { owned: vec![files], ..Found::default() }
    };
    for (maintainer, wanted) in [
        ("Debian Python Team <team+python@tracker.debian.org>", 1),
        ("Grafana Labs <info@grafana.com>", 2),
    ] {
        let mut database = status(&[("a", "1")]);
        database.system[0].vendor = Some(maintainer.to_owned());
        let inventory = assemble(
            vec![
                seen("etc/os-release", 0, true, debian()),
                seen(STATUS, 0, true, database),
                seen("var/lib/dpkg/info/a.list", 0, true, owned("a")),
                seen(file, 0, true, language(file)),
            ],
            &layers(1),
            &|path| path.to_owned(),
        );
        assert_eq!(inventory.packages.len(), wanted, "{maintainer}");
    }
}

#[test]
fn a_package_url_leads_to_the_source_that_advisories_speak_of() {
    let mut database = status(&[("libssl3", "3.0.1-1+b2"), ("openssl", "3.0.1-1")]);
    database.system[0].source = Some(("openssl".to_owned(), "3.0.1-1".to_owned()));
    database.system[1].source = Some(("openssl".to_owned(), "3.0.1-1".to_owned()));
    let inventory = assemble(
        vec![seen("etc/os-release", 0, true, debian()), seen(STATUS, 0, true, database)],
        &layers(1),
        &|path| path.to_owned(),
    );
    let upstream = |at: usize| {
        let parts = inventory.packages[at].purl.parts().unwrap();
        parts.qualifiers.get("upstream").cloned()
    };
    assert_eq!(upstream(0).as_deref(), Some("openssl@3.0.1-1"));
    assert_eq!(upstream(1), None);
}

#[test]
fn a_distribution_without_packages_is_a_problem_whichever_it_is() {
    let mut arch = debian();
    arch.distribution.as_mut().unwrap().id = "arch".to_owned();
    let inventory =
        assemble(vec![seen("etc/os-release", 0, true, arch)], &layers(1), &|path| path.to_owned());
    assert_eq!(inventory.problems.len(), 1);
}
