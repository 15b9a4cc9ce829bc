//! What is left of each layer in the final tree.
//!
//! OCI image specification, layer.md, "Applying Changesets": an entry of an upper layer replaces what
//! lower layers have at its path, a whiteout removes it, an opaque whiteout removes a directory's content.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use crate::ImageError;
use crate::index::{Kind, LayerIndex, Link, Paths, Start};
use crate::path::{clean, resolve, split};
use crate::steps::Steps;

/// The layers of an image seen as one tree.
#[derive(Debug, Default)]
pub struct Overlay {
    paths: Paths,
    layers: Vec<LayerIndex>,
    root: u64,
    /// Symbolic links of the final tree, with the layer of each.
    links: HashMap<String, (usize, String)>,
    /// Links that some layer writes through, by the path that they lead to.
    aliases: HashMap<u64, Vec<Alias>>,
    /// The same links by their own paths.
    through: HashSet<u64>,
    steps: Steps,
}

/// A link that some layer writes through.
#[derive(Debug)]
struct Alias {
    link: Start,
    /// The layers that may do so: from the link's own to the highest that does.
    layers: RangeInclusive<usize>,
}

/// Putting another name together and looking for it costs as much as this many looks into a layer.
const ALIAS: usize = 48;

impl Overlay {
    pub(crate) fn new(paths: Paths, layers: Vec<LayerIndex>) -> Self {
        let root = paths.hash("");
        let mut overlay = Self { paths, layers, root, ..Self::default() };
        let mut links: Vec<(usize, String, String)> = Vec::new();
        for (at, layer) in overlay.layers.iter_mut().enumerate() {
            links.extend(
                std::mem::take(&mut layer.symlinks).into_iter().map(|(path, to)| (at, path, to)),
            );
        }
        for (at, path, to) in links {
            let hash = overlay.paths.hash(&path);
            let still_link =
                overlay.layers.get(at).and_then(|layer| layer.kind(hash)) == Some(Kind::Other);
            if still_link && !overlay.hidden(at, &path) {
                overlay.links.insert(path, (at, to));
            }
        }
        let (aliases, through) = overlay.aliases();
        Self { aliases, through, ..overlay }
    }

    /// The links that some layer writes through, by where they lead and by their own paths.
    fn aliases(&self) -> (HashMap<u64, Vec<Alias>>, HashSet<u64>) {
        let mut aliases: HashMap<u64, Vec<Alias>> = HashMap::new();
        let mut through = HashSet::new();
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort();
        for (link, (own, _)) in links {
            let start = self.paths.start(link);
            let hash = start.hash();
            if !self.steps.take(self.layers.len()) {
                break;
            }
            let writes = |layer: &LayerIndex| layer.is_parent(hash);
            if let Some(highest) = self.layers.iter().rposition(writes) {
                let to = self.paths.hash(&self.canonical(link));
                aliases.entry(to).or_default().push(Alias { link: start, layers: *own..=highest });
                through.insert(hash);
            }
        }
        (aliases, through)
    }

    /// Whether the regular file at `path` in the layer with this index, from the bottom, is part of the
    /// final tree.
    pub fn visible(&self, layer: usize, path: &str) -> bool {
        let Some(index) = self.layers.get(layer) else { return false };
        index.kind(self.paths.hash(path)) != Some(Kind::Directory) && !self.hidden(layer, path)
    }

    /// The name by which the file at `path` in this layer is part of the final tree: its own, or else that
    /// of a hard link to it in the same layer. A link that somebody wants for its path is not among them,
    /// as it is shown by itself.
    pub fn visible_name<'a>(&'a self, layer: usize, path: &'a str) -> Option<&'a str> {
        if self.visible(layer, path) {
            return Some(path);
        }
        let index = self.layers.get(layer)?;
        let names = index.other_names(self.paths.hash(path));
        names.take_while(|_| self.steps.take(1)).find(|name| self.visible(layer, name))
    }

    /// Whether a layer above removes or replaces what is at `path` in this layer, under any of the
    /// names by which an upper layer may write there.
    fn hidden(&self, layer: usize, path: &str) -> bool {
        if layer + 1 >= self.layers.len() {
            return false;
        }
        if !self.steps.take(1) {
            return true;
        }
        let trail = self.paths.trail(path);
        let named = |path: &str, trail: &[u64]| {
            let upper = self.layers.get(layer + 1..).unwrap_or_default();
            self.hidden_under(self.root, upper, trail) || self.hidden_by_alias(layer, path, trail)
        };
        named(path, &trail)
            || self.real(path, &trail).is_some_and(|real| named(&real, &self.paths.trail(&real)))
    }

    /// The path in the final tree of what was written through a link.
    fn real(&self, path: &str, trail: &[u64]) -> Option<String> {
        let (_, above) = trail.split_last()?;
        if self.through.is_empty() || !above.iter().any(|above| self.through.contains(above)) {
            return None;
        }
        let (directory, name) = split(path);
        let real = format!("{}/{name}", self.canonical(directory));
        Some(real.trim_start_matches('/').to_owned())
    }

    fn hidden_by_alias(&self, layer: usize, path: &str, trail: &[u64]) -> bool {
        if self.aliases.is_empty() {
            return false;
        }
        let mut below = Vec::new();
        let ends = path.match_indices('/').map(|(at, _)| at);
        ends.zip(trail).any(|(end, directory)| {
            let rest = path.get(end..).unwrap_or_default();
            self.aliases.get(directory).into_iter().flatten().any(|alias| {
                // What is written there in the layers below the link went elsewhere.
                let lowest = *alias.layers.start().max(&(layer + 1));
                let Some(upper) = self.layers.get(lowest..=*alias.layers.end()) else {
                    return false;
                };
                below.clear();
                alias.link.below(rest, &mut below);
                self.hidden_under(alias.link.hash(), upper, &below) || !self.steps.take(ALIAS)
            })
        })
    }

    /// Whether one of these layers removes or replaces what the trail leads to, which begins below `base`.
    fn hidden_under(&self, base: u64, upper: &[LayerIndex], trail: &[u64]) -> bool {
        let Some((own, above)) = trail.split_last() else { return false };
        let mut looks = 0;
        let hidden = upper.iter().any(|upper| {
            looks += 1;
            if upper.is_opaque(base) {
                return true;
            }
            if base != self.root && !upper.is_parent(base) {
                return false;
            }
            for directory in above {
                looks += 1;
                if upper.whites_out(*directory)
                    || upper.is_opaque(*directory)
                    || upper.kind(*directory).is_some_and(|kind| kind != Kind::Directory)
                {
                    return true;
                }
                if !upper.is_parent(*directory) {
                    return false;
                }
            }
            looks += 1;
            upper.kind(*own).is_some() || upper.whites_out(*own)
        });
        hidden || !self.steps.take(looks)
    }

    /// The path with every symbolic link on the way resolved inside the root. The last part is resolved
    /// too. A loop gives the path as it stands.
    pub fn canonical(&self, path: &str) -> String {
        if self.links.is_empty() {
            return path.to_owned();
        }
        resolve(path, &|place| {
            let cost = 4 + place.len() / 16;
            if !self.steps.take(cost) {
                return None;
            }
            self.links.get(place).map(|(_, to)| to.clone())
        })
    }

    /// Whether following the image's links stayed within bounds.
    ///
    /// # Errors
    /// It did not, so that other answers are not to be trusted.
    pub fn check(&self) -> Result<(), ImageError> {
        self.steps.check()
    }

    /// The highest layer whose file at this path is part of the final tree.
    pub(crate) fn holder(&self, path: &str) -> Option<usize> {
        let hash = self.paths.hash(path);
        if !self.steps.take(self.layers.len()) {
            return None;
        }
        (0..self.layers.len()).rev().find(|at| {
            self.layers.get(*at).and_then(|layer| layer.kind(hash)) == Some(Kind::File)
                && !self.hidden(*at, path)
        })
    }

    /// Whether this layer has a regular file (or a hard link) at this path.
    pub(crate) fn has_file(&self, layer: usize, path: &str) -> bool {
        let hash = self.paths.hash(path);
        self.layers.get(layer).and_then(|layer| layer.kind(hash)) == Some(Kind::File)
    }

    /// Where the link at `path` leads, in the final tree.
    pub(crate) fn target(&self, path: &str, target: &str, hard: bool) -> Option<String> {
        if hard {
            let mut cleaned = String::new();
            return clean(target.as_bytes(), &mut cleaned).ok().map(|()| cleaned);
        }
        Some(self.canonical(path)).filter(|resolved| resolved != path)
    }

    /// The links that visitors want, with the layer of each.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (usize, &Link)> {
        self.layers
            .iter()
            .enumerate()
            .flat_map(|(at, layer)| layer.wanted.iter().map(move |link| (at, link)))
    }

    pub(crate) fn layers_mut(&mut self) -> &mut [LayerIndex] {
        &mut self.layers
    }

    /// Whether the link itself is part of the final tree.
    pub(crate) fn link_visible(&self, layer: usize, path: &str) -> bool {
        !self.hidden(layer, path)
    }
}
