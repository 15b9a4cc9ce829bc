//! Judges a target: reads it, matches its packages, applies the policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use advisory::Database;
use anyhow::{Context as _, Result, bail};
use catalog::{Observation, Router, Tree, assemble};
use image::{
    Access, DockerError, DockerHost, Image, ImageRef, Overlay, Selection, TreeKind, Walked,
};
use model::{
    Inventory, LayerRef, Package, Problem, Report, SCHEMA_VERSION, Severity, Subject, SubjectKind,
};

use crate::allowance::Allowance;
use crate::cache::Cache;
use crate::inspect::Inspector;
use crate::policy::{Context, Policy, except, judge};
use crate::target::Target;
use crate::{finding, remedy};

/// Where images may come from and what is told meanwhile.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Tag and platform wanted of an image that has several.
    pub selection: &'a Selection,
    /// Kept inventories; nothing is kept without.
    pub cache: Option<&'a Cache>,
    /// Where the Docker Engine listens.
    pub engine: &'a DockerHost,
    /// How registries are reached; `None` forbids the network.
    pub registry: Option<&'a Access>,
    /// Told how many packed bytes there are to read, where that is known beforehand.
    pub total: &'a (dyn Fn(u64) + Sync),
    /// Told how many packed bytes have been read since it was last told.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// A target that has been read.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What it is.
    pub subject: Subject,
    /// The words in which it was asked for.
    pub asked: String,
    /// What it contains.
    pub inventory: Inventory,
    /// Whether the inventory was kept from an earlier run.
    pub cached: bool,
}

impl Examined {
    /// The ecosystems whose advisories are needed to judge it, without release suffix.
    pub fn ecosystems(&self) -> BTreeSet<String> {
        self.inventory.packages.iter().map(|package| package.ecosystem.name().to_owned()).collect()
    }
}

/// Reads a target.
///
/// # Errors
/// The target is not there, is not what it says (digest mismatch), or exceeds a bound.
pub fn examine(target: &Target, sources: &Sources<'_>) -> Result<Examined> {
    let examined = read(target, sources)?;
    Ok(Examined { asked: target.to_string(), ..examined })
}

fn read(target: &Target, sources: &Sources<'_>) -> Result<Examined> {
    match target {
        Target::Archive(path, tag) => {
            let selection = with_tag(sources.selection, tag.as_ref());
            let image = image::open_archive(path, &selection)
                .with_context(|| path.display().to_string())?;
            examine_image(&image, sources).with_context(|| path.display().to_string())
        }
        Target::Layout(path, tag) => {
            let selection = with_tag(sources.selection, tag.as_ref());
            let image =
                image::open_layout(path, &selection).with_context(|| path.display().to_string())?;
            examine_image(&image, sources).with_context(|| path.display().to_string())
        }
        Target::Stream => {
            examine_stream("-", std::io::stdin().lock(), sources).context("standard input")
        }
        Target::Engine(name) => Ok(examine_engine(name, sources).context("Docker Engine")?),
        Target::Reference(name) => match examine_engine(name, sources) {
            Ok(examined) => Ok(examined),
            // The engine may be absent or not have the image; then the registry answers. An engine that has
            // it and cannot give it, or gives a broken one, is no reason to judge another image.
            Err(EngineFault::Elsewhere(why)) => examine_registry(name, sources)
                .with_context(|| format!("not taken from the Docker Engine ({why})")),
            Err(fault) => Err(anyhow::Error::new(fault).context("Docker Engine")),
        },
        Target::Registry(name) => examine_registry(name, sources),
        Target::Directory(path) => examine_path(path, SubjectKind::Directory),
        Target::File(path) => examine_path(path, SubjectKind::File),
    }
}

fn with_tag(selection: &Selection, tag: Option<&String>) -> Selection {
    Selection { tag: tag.or(selection.tag.as_ref()).cloned(), ..selection.clone() }
}

fn examine_registry(name: &str, sources: &Sources<'_>) -> Result<Examined> {
    let Some(access) = sources.registry else {
        bail!("{name}: registries are not asked with --offline");
    };
    let reference: ImageRef = name.parse().with_context(|| name.to_owned())?;
    let image = image::open_registry(&reference, sources.selection, access)
        .with_context(|| name.to_owned())?;
    examine_image(&image, sources).with_context(|| name.to_owned())
}

/// Why the Docker Engine gave no image.
#[derive(Debug, thiserror::Error)]
enum EngineFault {
    /// It is not there or does not have the image.
    #[error(transparent)]
    Elsewhere(DockerError),
    /// It has the image, or may have it, and cannot give it.
    #[error(transparent)]
    Engine(DockerError),
    /// What it sent is no image.
    #[error(transparent)]
    Image(#[from] image::ImageError),
}

fn examine_engine(name: &str, sources: &Sources<'_>) -> Result<Examined, EngineFault> {
    let engine = image::Engine::new(sources.engine);
    let known = engine.inspect(name).map_err(|fault| match fault {
        DockerError::NotFound | DockerError::Connection { .. } => EngineFault::Elsewhere(fault),
        fault => EngineFault::Engine(fault),
    })?;
    let platform = [known.os, known.architecture, known.variant];
    let platform =
        platform.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    // An engine keeps one platform of an image; the registry may have the wanted one.
    let wanted = sources.selection.platform.as_ref();
    if wanted.is_some_and(|wanted| !format!("{platform}/").starts_with(&format!("{wanted}/"))) {
        return Err(EngineFault::Elsewhere(DockerError::NotFound));
    }
    if let Some(inventory) = sources.cache.and_then(|cache| cache.get(&known.id)) {
        // What is kept under this id was read from an export, whose images go by their configuration.
        let subject = Subject {
            kind: SubjectKind::Image,
            name: name.to_owned(),
            digest: Some(known.id.clone()),
            config_digest: Some(known.id),
            platform: Some(platform),
            os: inventory.distribution.clone(),
        };
        return Ok(Examined { subject, asked: String::new(), inventory, cached: true });
    }
    // By id, so that a tag that moves in between changes nothing.
    let reader = engine.export(&known.id.to_string()).map_err(EngineFault::Engine)?;
    Ok(examine_stream(name, reader, sources)?)
}

fn examine_stream(
    name: &str,
    reader: impl std::io::Read,
    sources: &Sources<'_>,
) -> Result<Examined, image::ImageError> {
    let router = Router::new(Tree::Root);
    let allowance = Allowance::default();
    let make = |layer| Inspector::new(&router, &allowance, layer);
    let (image, walked) =
        image::read_stream(name, reader, sources.selection, &make, sources.progress)?;
    let inventory = inventory(&image, walked)?;
    keep(sources.cache, &image, &inventory);
    let subject = image_subject(&image, &inventory);
    Ok(Examined { subject, asked: String::new(), inventory, cached: false })
}

fn examine_image(image: &Image, sources: &Sources<'_>) -> Result<Examined> {
    let kept = sources.cache.and_then(|cache| cache.get(&image.digest));
    let cached = kept.is_some();
    let inventory = if let Some(inventory) = kept {
        inventory
    } else {
        let router = Router::new(Tree::Root);
        let allowance = Allowance::default();
        let make = |layer| Inspector::new(&router, &allowance, layer);
        (sources.total)(image.layers.iter().map(|layer| layer.descriptor.size).sum());
        let walked = image.walk(&make, sources.progress)?;
        let inventory = inventory(image, walked)?;
        keep(sources.cache, image, &inventory);
        inventory
    };
    let subject = image_subject(image, &inventory);
    Ok(Examined { subject, asked: String::new(), inventory, cached })
}

/// A cache that cannot be written costs time, not truth.
fn keep(cache: Option<&Cache>, image: &Image, inventory: &Inventory) {
    if let Some(cache) = cache {
        drop(cache.put(&image.digest, inventory));
    }
}

fn image_subject(image: &Image, inventory: &Inventory) -> Subject {
    Subject {
        kind: SubjectKind::Image,
        name: image.name.clone(),
        digest: Some(image.digest.clone()),
        config_digest: Some(image.config_digest.clone()),
        platform: image.platform.clone(),
        os: inventory.distribution.clone(),
    }
}

fn inventory(image: &Image, walked: Walked<Inspector<'_>>) -> Result<Inventory, image::ImageError> {
    let layers: Vec<Arc<LayerRef>> =
        image.layers.iter().map(|layer| Arc::clone(&layer.reference)).collect();
    let Walked { visitors, overlay, problems } = walked;
    let mut observations: Vec<Observation> = Vec::new();
    for (at, visitor) in visitors.into_iter().enumerate() {
        for mut observation in visitor.into_observations() {
            // A stream gives its layers in any order; only now their places are known.
            observation.layer = at;
            let name = overlay.visible_name(at, &observation.path);
            observation.visible = name.is_some();
            if let Some(name) = name.filter(|name| *name != observation.path).map(str::to_owned) {
                rename(&mut observation, name);
            }
            observations.push(observation);
        }
    }
    let mut inventory = assemble(observations, &layers, &|path| Overlay::canonical(&overlay, path));
    overlay.check()?;
    add_problems(&mut inventory, problems);
    Ok(inventory)
}

/// Puts what a file gave under the name that is left of it.
fn rename(observation: &mut Observation, name: String) {
    for place in observation.found.packages.iter_mut().flat_map(|package| &mut package.locations) {
        if place.path == observation.path {
            place.path.clone_from(&name);
        }
    }
    for problem in &mut observation.found.problems {
        if problem.path == observation.path {
            problem.path.clone_from(&name);
        }
    }
    observation.path = name;
}

fn add_problems(inventory: &mut Inventory, problems: Vec<Problem>) {
    inventory.problems.extend(problems);
    inventory.problems.sort();
    inventory.problems.dedup();
}

/// The places that tell a root file system from a project.
const ROOT_MARKS: [&str; 5] =
    ["etc/os-release", "usr/lib/os-release", "var/lib/dpkg", "lib/apk/db", "usr/lib/sysimage/rpm"];

fn examine_path(path: &Path, kind: SubjectKind) -> Result<Examined> {
    let root =
        kind == SubjectKind::Directory && ROOT_MARKS.iter().any(|mark| path.join(mark).exists());
    let (tree, tree_kind) =
        if root { (Tree::Root, TreeKind::Root) } else { (Tree::Project, TreeKind::Project) };
    let router = Router::new(tree);
    let allowance = Allowance::default();
    let inspector = Inspector::new(&router, &allowance, 0);
    let (inspector, problems) = image::walk_directory(path, tree_kind, inspector)
        .with_context(|| path.display().to_string())?;
    let observations = inspector.into_observations();
    let mut inventory = assemble(observations, &[], &|inside| image::canonical(path, inside));
    add_problems(&mut inventory, problems);
    let subject = Subject {
        kind,
        name: shown(path),
        digest: None,
        config_digest: None,
        platform: None,
        os: inventory.distribution.clone(),
    };
    Ok(Examined { subject, asked: String::new(), inventory, cached: false })
}

/// A path as the user wrote it, without a trailing slash.
fn shown(path: &Path) -> String {
    let text: PathBuf = path.components().collect();
    text.display().to_string()
}

/// What the user wants to see and to count.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these severities; all when empty.
    pub severities: Vec<Severity>,
    /// Only vulnerabilities with a fixed version.
    pub fixable_only: bool,
}

impl Filter {
    /// The filter in words, where it holds anything back.
    fn words(&self) -> Option<String> {
        let severities: Vec<&str> =
            self.severities.iter().map(|severity| severity.word()).collect();
        let severities = (!severities.is_empty()).then(|| severities.join(", "));
        match (severities, self.fixable_only) {
            (None, false) => None,
            (None, true) => Some("only what has a fix".to_owned()),
            (Some(words), false) => Some(format!("only {words}")),
            (Some(words), true) => Some(format!("only {words} with a fix")),
        }
    }
}

/// Judges what was read.
pub fn report(
    examined: Examined,
    database: &Database,
    policy: &Policy,
    filter: &Filter,
    now: jiff::Timestamp,
) -> Report {
    let Examined { subject, asked, inventory, .. } = examined;
    let finding::Found { mut findings, problems, mut unadvised } =
        finding::find(&inventory.packages, database);
    unadvised.extend(unread_distribution(&inventory));
    let mut not_examined = inventory.problems;
    if inventory.packages.is_empty() && not_examined.is_empty() {
        let reason = "no package was recognised here, so there was nothing to judge";
        not_examined.push(Problem::new(&subject.name, reason));
    }
    not_examined.extend(problems);
    not_examined.extend(missing_signals(&inventory.packages, database, policy));
    not_examined.sort();
    not_examined.dedup();
    let used: BTreeSet<&str> = inventory.packages.iter().map(|p| p.ecosystem.name()).collect();
    let age = database.oldest(&used, &signals(policy)).map(|time| age_in_days(time, now));
    let today = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let context = Context {
        policy,
        subject: &subject,
        asked: &asked,
        unadvised: &unadvised,
        problems: &not_examined,
        today,
        database_age_days: age,
    };
    // Exceptions first: one for a finding that is filtered out is in use all the same.
    let exceptions = except(&context, &mut findings);
    findings.retain(|finding| {
        (filter.severities.is_empty() || filter.severities.contains(&finding.severity))
            && (!filter.fixable_only || finding.fixable())
    });
    let verdict = judge(&context, &findings, exceptions);
    let remedies =
        remedy::remedies(&inventory.packages, &findings, subject.os.as_ref(), database, today);
    let mut meta = BTreeMap::new();
    if let Some(age) = age {
        meta.insert("databaseAgeDays".to_owned(), age.to_string());
    }
    meta.insert("scannedAt".to_owned(), now.to_string());
    if let Some(words) = filter.words() {
        meta.insert("filter".to_owned(), words);
    }
    meta.insert("haechiVersion".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    Report {
        schema_version: SCHEMA_VERSION,
        subject,
        packages: inventory.packages,
        findings,
        remedies,
        not_examined,
        verdict,
        meta,
    }
}

/// A recognised distribution of which no package was read: there was nothing to look up, which is no pass.
fn unread_distribution(inventory: &Inventory) -> Option<String> {
    let system = |package: &Package| matches!(package.purl.kind(), "deb" | "apk" | "rpm");
    let distribution = inventory.distribution.as_ref()?;
    let none = !inventory.packages.iter().any(system);
    none.then(|| {
        format!("{} {}, none of whose packages was read", distribution.id, distribution.version)
    })
}

/// The signals beside advisories that the policy judges by.
fn signals(policy: &Policy) -> Vec<advisory::SignalKind> {
    let exploited = policy.fail_on.known_exploited.then_some(advisory::SignalKind::Exploited);
    let forecast = policy.fail_on.exploit_probability.map(|_| advisory::SignalKind::Forecast);
    exploited.into_iter().chain(forecast).collect()
}

/// A rule whose data is missing finds nothing, which must not pass for there being nothing.
fn missing_signals(packages: &[Package], database: &Database, policy: &Policy) -> Vec<Problem> {
    let missing = signals(policy).into_iter().filter(|signal| !database.knows(*signal));
    let problem = |signal: advisory::SignalKind| {
        let reason = "is missing from the database, so the rule that needs it judged nothing; `haechi db update` fetches it";
        Problem::new(signal.title(), reason)
    };
    missing.filter(|_| !packages.is_empty()).map(problem).collect()
}

/// Whole days from a time in Unix seconds until now; 0 for a time that lies ahead.
fn age_in_days(built: i64, now: jiff::Timestamp) -> i64 {
    (now.as_second() - built).max(0) / 86_400
}
