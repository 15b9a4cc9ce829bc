//! An XML document as a small tree, bounded in depth and size.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// Project models are less than ten deep.
const MAX_DEPTH: usize = 64;

/// A large project model has some ten thousand elements.
const MAX_NODES: usize = 200_000;

/// One element.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Name without prefix.
    pub name: String,
    /// All text directly in it.
    pub text: String,
    /// The elements in it, in order.
    pub children: Vec<Node>,
    /// 1-based line on which it begins.
    pub line: u32,
}

impl Node {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name, where there is any.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// The children of a child.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.child(name).into_iter().flat_map(|list| &list.children)
    }
}

/// Reads a document. After a fault the tree holds what was read, but for elements named `atom` that were not
/// closed: half of one would be misread.
pub(super) fn read(text: &str, atom: &str) -> (Node, Option<String>) {
    let mut open = vec![Node::default()];
    let fault = grow(text, &mut open).err();
    if let Some(at) = open.iter().position(|node| node.name == atom) {
        open.truncate(at);
    }
    while open.len() > 1 {
        close(&mut open);
    }
    (open.pop().unwrap_or_default(), fault)
}

/// Puts the innermost open element into the one around it.
fn close(open: &mut Vec<Node>) {
    if let Some(node) = open.pop()
        && let Some(around) = open.last_mut()
    {
        around.children.push(node);
    }
}

fn grow(text: &str, open: &mut Vec<Node>) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut nodes, mut line, mut counted) = (0usize, 1u32, 0usize);
    loop {
        let event = reader.read_event().map_err(|fault| fault.to_string())?;
        match event {
            Event::Start(start) => {
                nodes += 1;
                if nodes > MAX_NODES || open.len() > MAX_DEPTH {
                    return Err("document is too large or too deep".to_owned());
                }
                let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                let part = text.as_bytes().get(counted..at).unwrap_or_default();
                let ends = memchr::memchr_iter(b'\n', part).count();
                line = line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
                counted = at;
                let name = start.local_name().as_ref().to_owned();
                open.push(Node { name, line, ..Node::default() });
            }
            Event::End(_) => close(open),
            Event::Text(part) => append(open, &part.xml10_content()),
            Event::CData(part) => append(open, &part.xml10_content()),
            Event::GeneralRef(entity) => {
                if let Ok(Some(character)) = entity.resolve_char_ref() {
                    append(open, character.encode_utf8(&mut [0; 4]));
                } else {
                    // Entities that the document itself defines are not followed.
                    let name = entity.xml10_content();
                    append(open, resolve_predefined_entity(&name).unwrap_or_default());
                }
            }
            Event::Eof if open.len() > 1 => return Err("document ends early".to_owned()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn append(open: &mut [Node], part: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(part);
    }
}
