//! A second matcher, slow and straight from the schema's text ("Evaluation"), and the product beside it
//! over every record of a mirror that lies in `../shared/advisories`, where there is one.

use std::cmp::Ordering;
use std::io::Read as _;
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use super::*;

/// `IsVulnerable(pkg, version)` of the schema, with the ecosystem's order for `<` and `==`.
fn vulnerable(record: &Value, name: &str, release: &str, version: &str, rules: &Rules) -> bool {
    if record["withdrawn"].is_string() || notice(record) {
        return false;
    }
    for affected in list(&record["affected"]) {
        let package = &affected["package"];
        let its = package["ecosystem"].as_str().unwrap().split_once(':').map_or("", |its| its.1);
        let same = (rules.normalise)(text(&package["name"])) == (rules.normalise)(name);
        if !same || !(its.is_empty() || its == release) {
            continue;
        }
        for one in list(&affected["versions"]).map(text) {
            if one == version || (rules.order)(one, version) == Ok(Ordering::Equal) {
                return true;
            }
        }
        let mut ranges = list(&affected["ranges"]).filter(|range| range["type"] != "GIT");
        if ranges.any(|range| in_range(range, version, rules)) {
            return true;
        }
    }
    false
}

/// RustSec's notices, such as `unmaintained`, are no vulnerabilities.
fn notice(record: &Value) -> bool {
    let specific =
        |of: &Value| of["database_specific"]["informational"].as_str() == Some("unsound");
    let any = |of: &Value| of["database_specific"]["informational"].is_string();
    let all = || std::iter::once(record).chain(list(&record["affected"]));
    // Errata of plain mistakes and of new things, unless they name a vulnerability.
    let kind = text(&record["id"]).split('-').next().unwrap();
    let mut names = ["aliases", "upstream", "related"].iter().flat_map(|key| list(&record[*key]));
    if ["ALBA", "ALEA", "RLBA", "RLEA", "RHBA", "RHEA"].contains(&kind)
        && !names.any(|name| text(name).starts_with("CVE-"))
    {
        return true;
    }
    all().any(|of| any(of) && !specific(of))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn in_range(range: &Value, version: &str, rules: &Rules) -> bool {
    // "0" is before all; what does not compare decides nothing.
    let key = |a: &str, b: &str| match (a == "0", b == "0") {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => (rules.order)(a, b).unwrap(),
    };
    let mut events: Vec<(&str, &str)> = Vec::new();
    for event in list(&range["events"]) {
        for (kind, at) in event.as_object().unwrap() {
            events.push((kind, text(at)));
        }
    }
    let compares = |at: &str| at == "0" || at == "*" || (rules.order)(at, version).is_ok();
    if !events.iter().all(|(_, at)| compares(at)) {
        return false;
    }
    let limits: Vec<&str> =
        events.iter().filter(|(kind, _)| *kind == "limit").map(|(_, at)| *at).collect();
    if !limits.is_empty() && !limits.iter().any(|at| *at == "*" || key(version, at).is_lt()) {
        return false;
    }
    events.retain(|(kind, _)| *kind != "limit");
    events.sort_by(|a, b| key(a.1, b.1).then((a.0 != "introduced").cmp(&(b.0 != "introduced"))));
    let mut vulnerable = false;
    for (kind, at) in events {
        let reached = at == "0" || key(version, at).is_ge();
        let passed = at == "0" || key(version, at).is_gt();
        match kind {
            "introduced" if reached => vulnerable = true,
            "fixed" if reached => vulnerable = false,
            "last_affected" if passed => vulnerable = false,
            _ => {}
        }
    }
    vulnerable
}

/// All names under which a record's findings may appear.
fn names(record: &Value, rules: &Rules) -> BTreeSet<String> {
    let texts = |key: &str| list(&record[key]).map(|name| text(name).to_owned());
    let aliases: Vec<String> = texts("aliases").collect();
    let mut upstream: Vec<String> = texts("upstream").collect();
    if rules.purl_kinds.contains(&"rpm") {
        upstream.extend(texts("related"));
    }
    let id = text(&record["id"]).to_owned();
    let cves: BTreeSet<&String> = upstream.iter().filter(|n| n.starts_with("CVE-")).collect();
    let known = id.starts_with("CVE-") || aliases.iter().any(|name| name.starts_with("CVE-"));
    let mut all: BTreeSet<String> = if !known && cves.len() > 1 {
        cves.into_iter().cloned().collect()
    } else {
        aliases.into_iter().chain(upstream).collect()
    };
    all.insert(id);
    all
}

/// What is asked of one package: its last release, and versions that its records name or nearly name.
fn questions(name: &str, records: &[Rc<Value>]) -> (String, BTreeSet<String>) {
    let (mut releases, mut versions) = (BTreeSet::new(), BTreeSet::new());
    for affected in records.iter().flat_map(|record| list(&record["affected"])) {
        if affected["package"]["name"] != name {
            continue;
        }
        let its = text(&affected["package"]["ecosystem"]);
        releases.insert(its.split_once(':').map_or("", |its| its.1).to_owned());
        let ranges = list(&affected["ranges"]).filter(|range| range["type"] != "GIT");
        let events = ranges.flat_map(|range| list(&range["events"]));
        let events = events.flat_map(|event| event.as_object().unwrap().values());
        // "0" is a mark before all versions and no version.
        let named = list(&affected["versions"]).chain(events).map(text).filter(|at| *at != "0");
        for version in named {
            versions.extend([version.to_owned(), format!("{version}.1"), format!("{version}-1")]);
        }
    }
    (releases.pop_last().unwrap(), versions)
}

/// Every few packages of an ecosystem, in some versions each. Gives how many were asked and affected.
fn agree(ecosystem: &str, archive: &Path, packages: usize, versions: usize) -> (usize, usize) {
    let rules = rules(ecosystem).unwrap();
    let mut builder = Builder::new(ecosystem).unwrap();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let mut by_name: BTreeMap<String, Vec<Rc<Value>>> = BTreeMap::new();
    for at in 0..zip.len() {
        let mut content = Vec::new();
        zip.by_index(at).unwrap().read_to_end(&mut content).unwrap();
        builder.add(&at.to_string(), &content);
        let record: Rc<Value> = Rc::new(serde_json::from_slice(&content).unwrap());
        let of = list(&record["affected"]).map(|affected| text(&affected["package"]["name"]));
        for name in of.collect::<BTreeSet<_>>() {
            by_name.entry(name.to_owned()).or_default().push(Rc::clone(&record));
        }
    }
    assert_eq!(builder.malformed, 0);
    let folder = tempfile::tempdir().unwrap();
    builder.finish(&folder.path().join(file_name(ecosystem)), 0).unwrap();
    let database = Database::open(folder.path()).unwrap();
    let (mut asked, mut hits) = (0, 0);
    let step = by_name.len().div_ceil(packages).max(1);
    for (name, records) in by_name.iter().step_by(step) {
        let (release, all) = questions(name, records);
        let separator = if release.is_empty() { "" } else { ":" };
        let full = format!("{ecosystem}{separator}{release}");
        let step = all.len().div_ceil(versions).max(1);
        for version in all.iter().step_by(step).filter(|v| (rules.order)(v, v).is_ok()) {
            let found = database.matches(&package(&full, name, version)).0;
            let got: BTreeSet<String> = found
                .iter()
                .flat_map(|one| one.aliases.iter().chain([&one.id]))
                .map(|name| (*name).to_owned())
                .collect();
            let wanted: BTreeSet<String> = records
                .iter()
                .filter(|record| vulnerable(record, name, &release, version, rules))
                .flat_map(|record| names(record, rules))
                .collect();
            assert_eq!(got, wanted, "{full} {name} {version}");
            for fixed in found.iter().map(|one| &one.fixed_versions) {
                let less = |a: &str, b: &str| (rules.order)(a, b) == Ok(Ordering::Less);
                assert!(fixed.iter().all(|fix| less(version, fix)), "{name} {version} {fixed:?}");
                assert!(fixed.is_sorted_by(|a, b| less(a, b)), "{name} {version} {fixed:?}");
            }
            asked += 1;
            hits += usize::from(!found.is_empty());
        }
    }
    (asked, hits)
}

#[test]
fn the_product_agrees_with_the_schemas_algorithm_over_a_whole_mirror() {
    let mirror = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/advisories");
    if !mirror.is_dir() {
        let name = "the_product_agrees_with_the_schemas_algorithm_over_a_whole_mirror";
        return testkit::skip(name, "there is no mirror of advisories beside the project");
    }
    let (mut asked, mut hits) = (0, 0);
    for rules in ECOSYSTEMS {
        let archive = mirror.join(rules.name).join("all.zip");
        if archive.is_file() {
            let (more, hit) = agree(rules.name, &archive, 150, 8);
            eprintln!("{}: {more} asked, {hit} affected", rules.name);
            asked += more;
            hits += hit;
        }
    }
    eprintln!("{asked} packages in versions asked, {hits} affected, all equal");
    assert!(asked > 1_000 && hits > 500);
}
