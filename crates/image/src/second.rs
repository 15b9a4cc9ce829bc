//! Shows linked files under the link's path, in a second pass over the layers that hold them.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use model::Problem;

use crate::bounds::Bounds;
use crate::index::{LayerIndex, Link, Paths};
use crate::{Entry, Image, ImageError, Overlay, Visitor};

/// Files shown a second time; an image of nothing but links to one file ends here.
const MAX_LINKED: usize = 10_000;

/// In one layer: path of the file, then the paths of the links to it with the layer of each.
type Linked = BTreeMap<String, Vec<(usize, String)>>;

/// Finds the links that somebody wants and whose target nobody saw, and reads those targets.
pub(crate) fn show_links<V: Visitor>(
    image: &Image,
    overlay: &Overlay,
    visitors: &mut [V],
) -> Result<Vec<Problem>, ImageError> {
    let mut problems = Vec::new();
    let mut by_layer: BTreeMap<usize, Linked> = BTreeMap::new();
    let mut count = 0;
    let mut shown = 0;
    for (at, link) in overlay.wanted() {
        if !overlay.link_visible(at, &link.path) {
            continue;
        }
        match locate(overlay, visitors, at, link) {
            Target::Seen => {}
            Target::Absent => {
                problems.push(Problem::new(&link.path, "link leads to no file in the image"));
            }
            Target::At(layer, path) => {
                count += 1;
                by_layer
                    .entry(layer)
                    .or_default()
                    .entry(path)
                    .or_default()
                    .push((at, link.path.clone()));
            }
        }
        if count > MAX_LINKED {
            return Err(ImageError::Refused(format!(
                "more than {MAX_LINKED} files are wanted through links"
            )));
        }
    }
    for (layer, linked) in by_layer {
        let mut replay = Replay { linked, visitors, shown: &mut shown };
        let (paths, bounds) = (Paths::default(), Bounds::default());
        image.walk_layer(
            layer,
            &paths,
            &bounds,
            &mut LayerIndex::default(),
            &mut replay,
            &|_| (),
        )?;
    }
    Ok(problems)
}

enum Target {
    /// The visitor has seen the file under its own path and takes it from there.
    Seen,
    Absent,
    At(usize, String),
}

fn locate<V: Visitor>(overlay: &Overlay, visitors: &[V], at: usize, link: &Link) -> Target {
    let Some(path) = overlay.target(&link.path, &link.target, link.hard) else {
        return Target::Absent;
    };
    let holder =
        if link.hard && overlay.has_file(at, &path) { Some(at) } else { overlay.holder(&path) };
    let Some(holder) = holder else { return Target::Absent };
    // A hard link means a file of its own: it is shown even where the other name was wanted too.
    let seen = !link.hard && visitors.get(holder).is_some_and(|visitor| visitor.wants(&path));
    if seen { Target::Seen } else { Target::At(holder, path) }
}

struct Replay<'a, V> {
    linked: Linked,
    visitors: &'a mut [V],
    /// Bytes that were shown several times.
    shown: &'a mut u64,
}

impl<V: Visitor> Visitor for Replay<'_, V> {
    fn wants(&self, _path: &str) -> bool {
        false
    }

    fn file(&mut self, entry: &Entry<'_>, content: &mut dyn BufRead) -> io::Result<()> {
        let Some(links) = self.linked.get(entry.path) else { return Ok(()) };
        let [(layer, path)] = links.as_slice() else {
            return self.several(entry, content);
        };
        match self.visitors.get_mut(*layer) {
            Some(visitor) => visitor.file(&Entry { path, ..*entry }, content),
            None => Ok(()),
        }
    }
}

/// Content that several links share is held once for all of them; more than this is shown to the first.
const MAX_SHARED: u64 = 64 << 20;

/// Content shown once for each of its links comes to this much at the most, all links together.
const MAX_SHOWN: u64 = 1 << 30;

impl<V: Visitor> Replay<'_, V> {
    fn several(&mut self, entry: &Entry<'_>, content: &mut dyn BufRead) -> io::Result<()> {
        use std::io::Read as _;
        if entry.size > MAX_SHARED {
            return Err(crate::forward::invalid(format!(
                "{}: too large to be shared by links",
                entry.path
            )));
        }
        let links = self.linked.get(entry.path).map_or(0, Vec::len) as u64;
        *self.shown = self.shown.saturating_add(entry.size.saturating_mul(links));
        if *self.shown > MAX_SHOWN {
            return Err(crate::forward::invalid("more than 1 GiB is wanted through links"));
        }
        let mut held = Vec::new();
        content.take(MAX_SHARED).read_to_end(&mut held)?;
        for (layer, path) in self.linked.get(entry.path).into_iter().flatten() {
            if let Some(visitor) = self.visitors.get_mut(*layer) {
                visitor.file(&Entry { path, ..*entry }, &mut held.as_slice())?;
            }
        }
        Ok(())
    }
}
