//! What is left of each layer in the final tree.
//!
//! OCI image specification, layer.md, "Applying Changesets": an entry of an upper layer replaces what
//! lower layers have at its path, a whiteout removes it, an opaque whiteout removes a directory's content.

use std::collections::HashMap;

use crate::index::{Kind, LayerIndex, Link, Paths};
use crate::path::{ancestors, clean, resolve};

/// The layers of an image seen as one tree.
#[derive(Debug, Default)]
pub struct Overlay {
    paths: Paths,
    layers: Vec<LayerIndex>,
    /// Symbolic links of the final tree.
    links: HashMap<String, String>,
    /// Links that some layer writes through, with the path that they lead to.
    aliases: Vec<(String, String)>,
}

impl Overlay {
    pub(crate) fn new(paths: Paths, layers: Vec<LayerIndex>) -> Self {
        let mut overlay = Self { paths, layers, links: HashMap::new(), aliases: Vec::new() };
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
                overlay.links.insert(path, to);
            }
        }
        let mut aliases: Vec<(String, String)> = overlay
            .links
            .keys()
            .filter(|path| {
                let hash = overlay.paths.hash(path);
                overlay.layers.iter().any(|layer| layer.is_parent(hash))
            })
            .map(|path| (path.clone(), overlay.canonical(path)))
            .collect();
        aliases.sort();
        overlay.aliases = aliases;
        overlay
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
        let mut names = index.other_names(self.paths.hash(path));
        names.find(|name| self.visible(layer, name))
    }

    /// Whether a layer above removes or replaces what is at `path` in this layer, under any of the
    /// names by which an upper layer may write there.
    fn hidden(&self, layer: usize, path: &str) -> bool {
        if self.hidden_by_name(layer, path) {
            return true;
        }
        self.aliases.iter().any(|(link, to)| {
            path.strip_prefix(to.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|rest| self.hidden_by_name(layer, &format!("{link}/{rest}")))
        })
    }

    fn hidden_by_name(&self, layer: usize, path: &str) -> bool {
        let upper = self.layers.get(layer + 1..).unwrap_or_default();
        if upper.is_empty() {
            return false;
        }
        let own = self.paths.hash(path);
        let above: Vec<u64> = ancestors(path).map(|ancestor| self.paths.hash(ancestor)).collect();
        let root = self.paths.hash("");
        upper.iter().any(|upper| {
            upper.kind(own).is_some()
                || upper.whites_out(own)
                || upper.is_opaque(root)
                || above.iter().any(|ancestor| {
                    upper.whites_out(*ancestor)
                        || upper.is_opaque(*ancestor)
                        || upper.kind(*ancestor).is_some_and(|kind| kind != Kind::Directory)
                })
        })
    }

    /// The path with every symbolic link on the way resolved inside the root. The last part is resolved
    /// too. A loop gives the path as it stands.
    pub fn canonical(&self, path: &str) -> String {
        if self.links.is_empty() {
            return path.to_owned();
        }
        resolve(path, &|place| self.links.get(place).cloned())
    }

    /// The highest layer whose file at this path is part of the final tree.
    pub(crate) fn holder(&self, path: &str) -> Option<usize> {
        let hash = self.paths.hash(path);
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
