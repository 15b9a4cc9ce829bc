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
use model::{Inventory, LayerRef, Problem, Report, SCHEMA_VERSION, Severity, Subject, SubjectKind};

use crate::allowance::Allowance;
use crate::cache::Cache;
use crate::inspect::Inspector;
use crate::policy::{Context, Policy, judge};
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
            // The engine may be absent or not have the image; then the registry answers. An engine that
            // sends a broken image is no reason to judge another one.
            Err(EngineFault::Elsewhere(why)) => examine_registry(name, sources)
                .with_context(|| format!("not taken from the Docker Engine ({why})")),
            Err(EngineFault::Image(fault)) => Err(fault.into()),
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
    /// What it sent is no image.
    #[error(transparent)]
    Image(#[from] image::ImageError),
}

fn examine_engine(name: &str, sources: &Sources<'_>) -> Result<Examined, EngineFault> {
    let engine = image::Engine::new(sources.engine);
    let known = engine.inspect(name).map_err(EngineFault::Elsewhere)?;
    if let Some(inventory) = sources.cache.and_then(|cache| cache.get(&known.id)) {
        let platform = [known.os, known.architecture, known.variant];
        let platform =
            platform.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let subject = image_subject(name, known.id, Some(platform), &inventory);
        return Ok(Examined { subject, inventory, cached: true });
    }
    // By id, so that a tag that moves in between changes nothing.
    let reader = engine.export(&known.id.to_string()).map_err(EngineFault::Elsewhere)?;
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
    let subject =
        image_subject(&image.name, image.digest.clone(), image.platform.clone(), &inventory);
    Ok(Examined { subject, inventory, cached: false })
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
    let subject =
        image_subject(&image.name, image.digest.clone(), image.platform.clone(), &inventory);
    Ok(Examined { subject, inventory, cached })
}

/// A cache that cannot be written costs time, not truth.
fn keep(cache: Option<&Cache>, image: &Image, inventory: &Inventory) {
    if let Some(cache) = cache {
        drop(cache.put(&image.digest, inventory));
    }
}

fn image_subject(
    name: &str,
    digest: model::Digest,
    platform: Option<String>,
    inventory: &Inventory,
) -> Subject {
    Subject {
        kind: SubjectKind::Image,
        name: name.to_owned(),
        digest: Some(digest),
        platform,
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
        platform: None,
        os: inventory.distribution.clone(),
    };
    Ok(Examined { subject, inventory, cached: false })
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

/// Judges what was read.
pub fn report(
    examined: Examined,
    database: &Database,
    policy: &Policy,
    filter: &Filter,
    now: jiff::Timestamp,
) -> Report {
    let Examined { subject, inventory, .. } = examined;
    let (mut findings, problems) = finding::find(&inventory.packages, database);
    findings.retain(|finding| {
        (filter.severities.is_empty() || filter.severities.contains(&finding.severity))
            && (!filter.fixable_only || finding.fixable())
    });
    let mut not_examined = inventory.problems;
    if inventory.packages.is_empty() && not_examined.is_empty() {
        let reason = "no package was recognised here, so there was nothing to judge";
        not_examined.push(Problem::new(&subject.name, reason));
    }
    not_examined.extend(problems);
    not_examined.sort();
    not_examined.dedup();
    let used: BTreeSet<&str> = inventory.packages.iter().map(|p| p.ecosystem.name()).collect();
    let age = database.oldest_build(&used).map(|built| age_in_days(built, now));
    let today = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let context = Context {
        policy,
        subject: &subject,
        problems: &not_examined,
        today,
        database_age_days: age,
    };
    let verdict = judge(&context, &mut findings);
    let remedies =
        remedy::remedies(&inventory.packages, &findings, subject.os.as_ref(), database, today);
    let mut meta = BTreeMap::new();
    if let Some(age) = age {
        meta.insert("databaseAgeDays".to_owned(), age.to_string());
    }
    meta.insert("scannedAt".to_owned(), now.to_string());
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

/// Whole days from a time in Unix seconds until now; 0 for a time that lies ahead.
fn age_in_days(built: i64, now: jiff::Timestamp) -> i64 {
    (now.as_second() - built).max(0) / 86_400
}
