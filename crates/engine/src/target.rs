//! What the user asked to have judged, told apart by its spelling and by what is there.

use std::path::{Path, PathBuf};

/// A thing to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An OCI image layout directory and the tag wanted in it.
    Layout(PathBuf, Option<String>),
    /// An image archive (OCI or docker-archive) and the tag wanted in it.
    Archive(PathBuf, Option<String>),
    /// An image archive on standard input.
    Stream,
    /// An image of the local Docker Engine.
    Engine(String),
    /// An image reference: the local Docker Engine's where it has it, else the registry's.
    Reference(String),
    /// An image of a registry, whatever the local engine has.
    Registry(String),
    /// A directory: root file system or project.
    Directory(PathBuf),
    /// A single file.
    File(PathBuf),
}

impl Target {
    /// Tells targets apart. An existing path wins over an image reference of the same spelling; `docker:`
    /// and `registry:` in front of it name the image.
    ///
    /// # Errors
    /// A text that names a path that is not there.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stream);
        }
        if let Some(name) = text.strip_prefix("docker:") {
            return Ok(Self::Engine(name.to_owned()));
        }
        if let Some(name) = text.strip_prefix("registry:") {
            return Ok(Self::Registry(name.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            let (path, tag) = split_tag(rest);
            return match kind(&path) {
                Kind::Directory => Ok(Self::Layout(path, tag)),
                Kind::File => Ok(Self::Archive(path, tag)),
                Kind::Absent => Err(format!("{}: no such image layout", path.display())),
            };
        }
        if let Some(path) = text.strip_prefix("dir:") {
            return match kind(Path::new(path)) {
                Kind::Directory => Ok(Self::Directory(path.into())),
                _ => Err(format!("{path}: no such directory")),
            };
        }
        if text.contains("://") {
            return Err(format!("{text}: an image reference has no scheme"));
        }
        let path = PathBuf::from(text);
        let spelt_as_path = text.starts_with(['.', '/', '~']) || text.ends_with(".tar");
        match kind(&path) {
            Kind::Directory if path.join("oci-layout").is_file() => Ok(Self::Layout(path, None)),
            Kind::Directory => Ok(Self::Directory(path)),
            Kind::File if archive(&path) => Ok(Self::Archive(path, None)),
            Kind::File if let Some(tool) = packer(&path) => Err(format!(
                "{text} is packed as a whole; unpack it on the way: {tool} -dc {text} | haechi scan -"
            )),
            Kind::File => Ok(Self::File(path)),
            Kind::Absent if spelt_as_path => Err(format!("{text}: no such file or directory")),
            Kind::Absent => Ok(Self::Reference(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Target {
    /// As the user wrote it, without the word for its kind.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Layout(path, Some(tag)) | Self::Archive(path, Some(tag)) => {
                write!(f, "{}:{tag}", path.display())
            }
            Self::Layout(path, None)
            | Self::Archive(path, None)
            | Self::Directory(path)
            | Self::File(path) => write!(f, "{}", path.display()),
            Self::Stream => f.write_str("-"),
            Self::Engine(name) | Self::Reference(name) | Self::Registry(name) => f.write_str(name),
        }
    }
}

enum Kind {
    Directory,
    File,
    Absent,
}

fn kind(path: &Path) -> Kind {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Kind::Directory,
        Ok(_) => Kind::File,
        Err(_) => Kind::Absent,
    }
}

/// Splits `PATH:TAG`; a colon inside the path counts only when what stands before it exists.
fn split_tag(text: &str) -> (PathBuf, Option<String>) {
    if let Some((path, tag)) = text.rsplit_once(':')
        && !tag.contains('/')
        && Path::new(path).exists()
    {
        return (path.into(), Some(tag.to_owned()));
    }
    (text.into(), None)
}

/// The program that packed a file as a whole, as people do with saved images.
fn packer(path: &Path) -> Option<&'static str> {
    use std::io::Read as _;
    let mut head = [0u8; 4];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    match head {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd] => Some("zstd"),
        _ => None,
    }
}

/// Whether a file is a tar archive by its name or by the magic at offset 257 (POSIX.1-1988 `ustar`).
fn archive(path: &Path) -> bool {
    use std::io::Read as _;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tar")) {
        return true;
    }
    let mut head = [0u8; 262];
    std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok_and(|()| head.ends_with(b"ustar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_decides_where_nothing_is_there() {
        assert_eq!(Target::parse("-"), Ok(Target::Stream));
        assert_eq!(Target::parse("docker:app:1"), Ok(Target::Engine("app:1".to_owned())));
        assert_eq!(Target::parse("nginx:1.25"), Ok(Target::Reference("nginx:1.25".to_owned())));
        assert!(Target::parse("./absent").is_err());
        assert!(Target::parse("absent.tar").is_err());
        assert!(Target::parse("https://example.com/app").is_err());
    }

    #[test]
    fn what_is_there_decides_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        assert_eq!(Target::parse(&path), Ok(Target::Directory(path.clone().into())));
        std::fs::write(folder.path().join("oci-layout"), "{}").unwrap();
        assert_eq!(Target::parse(&path), Ok(Target::Layout(path.clone().into(), None)));
        let tagged = format!("oci:{path}:1.0");
        assert_eq!(Target::parse(&tagged), Ok(Target::Layout(path.into(), Some("1.0".to_owned()))));
    }
}
