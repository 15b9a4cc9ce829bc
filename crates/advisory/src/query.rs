//! A package made of its package URL, for questions that come without an inventory.

use model::{Ecosystem, Package, Purl};

use crate::ecosystem::ECOSYSTEMS;

/// The package that a URL names. The `distro` qualifier (`debian-12`) gives the release, `upstream` the
/// source package.
pub fn package_of(purl: &Purl) -> Option<Package> {
    let parts = purl.parts()?;
    let qualifier = |key: &str| parts.qualifiers.get(key).map_or("", String::as_str);
    let name = match parts.kind.as_str() {
        "maven" => format!("{}:{}", parts.namespace, parts.name),
        "npm" | "golang" | "composer" | "swift" | "github" | "githubactions"
            if !parts.namespace.is_empty() =>
        {
            format!("{}/{}", parts.namespace, parts.name)
        }
        _ => parts.name.clone(),
    };
    let ecosystem = match parts.kind.as_str() {
        "deb" | "apk" | "rpm" => distribution(&parts.namespace, qualifier("distro"))?,
        kind => {
            Ecosystem::new(ECOSYSTEMS.iter().find(|rules| rules.purl_kinds.contains(&kind))?.name)
        }
    };
    let epoch = match qualifier("epoch") {
        "" => String::new(),
        epoch => format!("{epoch}:"),
    };
    let (source_name, source_version) = source(qualifier("upstream"), &epoch);
    Some(Package {
        purl: purl.clone(),
        name,
        version: format!("{epoch}{}", parts.version),
        ecosystem,
        source_name,
        source_version,
        licenses: Vec::new(),
        locations: Vec::new(),
    })
}

/// `openssl`, `gcc-defaults@1.203`, or the file name of a source rpm.
fn source(upstream: &str, epoch: &str) -> (Option<String>, Option<String>) {
    let owned = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let rpm = upstream.strip_suffix(".src.rpm").and_then(|stem| {
        let (rest, release) = stem.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        Some((owned(name), Some(format!("{epoch}{version}-{release}"))))
    });
    rpm.unwrap_or_else(|| match upstream.split_once('@') {
        Some((name, version)) => (owned(name), owned(version)),
        None => (owned(upstream), None),
    })
}

/// How a distribution writes its releases in the OSV schema.
#[derive(Clone, Copy)]
enum Release {
    None,
    Major,
    Whole,
    AlpineBranch,
    OpenSuse,
    Enterprise,
}

/// Namespaces of package URLs: the `ID` of `os-release`, and what other tools write.
const NAMESPACES: &[(&str, &str, Release)] = &[
    ("debian", "Debian", Release::Major),
    ("ubuntu", "Ubuntu", Release::Whole),
    ("alpine", "Alpine", Release::AlpineBranch),
    ("wolfi", "Wolfi", Release::None),
    ("chainguard", "Chainguard", Release::None),
    ("minimos", "MinimOS", Release::None),
    ("almalinux", "AlmaLinux", Release::Major),
    ("alma", "AlmaLinux", Release::Major),
    ("rocky", "Rocky Linux", Release::Major),
    ("rocky-linux", "Rocky Linux", Release::Major),
    ("redhat", "Red Hat", Release::Major),
    ("rhel", "Red Hat", Release::Major),
    ("opensuse", "openSUSE", Release::OpenSuse),
    ("opensuse-leap", "openSUSE", Release::OpenSuse),
    ("opensuse-tumbleweed", "openSUSE", Release::OpenSuse),
    ("suse", "SUSE", Release::Enterprise),
    ("sles", "SUSE", Release::Enterprise),
    ("sles_sap", "SUSE", Release::Enterprise),
    ("openeuler", "openEuler", Release::Whole),
    ("azurelinux", "Azure Linux", Release::Major),
    ("mariner", "Azure Linux", Release::Major),
    ("mageia", "Mageia", Release::Major),
];

/// Debian's and Ubuntu's releases by name, as the package URL specification's own examples write them.
const CODENAMES: [(&str, &str); 16] = [
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("jammy", "22.04"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
];

fn distribution(namespace: &str, distro: &str) -> Option<Ecosystem> {
    let (_, name, form) =
        NAMESPACES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(namespace))?;
    let codename = CODENAMES.iter().find(|(codename, _)| *codename == distro);
    // `12`, `debian-12`, `opensuse-leap-15.6`, `openEuler-22.03-LTS-SP3`.
    let version = codename.map_or_else(
        || distro.find(|c: char| c.is_ascii_digit()).and_then(|at| distro.get(at..)),
        |(_, version)| Some(*version),
    );
    let version = version.unwrap_or_default();
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let release = match form {
        _ if distro.contains("tumbleweed") || namespace == "opensuse-tumbleweed" => {
            "Tumbleweed".to_owned()
        }
        Release::None => String::new(),
        _ if version.is_empty() => String::new(),
        Release::Major => major.to_owned(),
        Release::Whole => version.to_owned(),
        Release::AlpineBranch => format!("v{major}.{minor}"),
        Release::OpenSuse => format!("Leap {version}"),
        Release::Enterprise if minor.is_empty() => format!("Linux Enterprise Server {major}"),
        Release::Enterprise => format!("Linux Enterprise Server {major} SP{minor}"),
    };
    Some(Ecosystem::new(if release.is_empty() {
        (*name).to_owned()
    } else {
        format!("{name}:{release}")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_of_every_writer_name_the_ecosystem() {
        for (purl, name, version, ecosystem) in [
            ("pkg:deb/debian/curl@7.88.1-10?distro=debian-12", "curl", "7.88.1-10", "Debian:12"),
            (
                "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
                "curl",
                "7.50.3-1",
                "Debian:8",
            ),
            ("pkg:deb/ubuntu/curl@1?distro=ubuntu-22.04", "curl", "1", "Ubuntu:22.04"),
            ("pkg:apk/alpine/musl@1.2-r0?distro=alpine-3.20.3", "musl", "1.2-r0", "Alpine:v3.20"),
            ("pkg:apk/alpine/musl@1.2-r0?distro=3.20.3", "musl", "1.2-r0", "Alpine:v3.20"),
            ("pkg:apk/wolfi/musl@1.2-r0?distro=wolfi-20230201", "musl", "1.2-r0", "Wolfi"),
            ("pkg:rpm/rhel/a@1-1.el9?distro=rhel-9.4&epoch=2", "a", "2:1-1.el9", "Red Hat:9"),
            ("pkg:rpm/redhat/a@1-1?distro=rhel-9.4", "a", "1-1", "Red Hat:9"),
            ("pkg:rpm/opensuse-leap/a@1?distro=opensuse-leap-15.6", "a", "1", "openSUSE:Leap 15.6"),
            ("pkg:rpm/opensuse/a@1?distro=opensuse-tumbleweed", "a", "1", "openSUSE:Tumbleweed"),
            ("pkg:rpm/sles/a@1?distro=sles-15.5", "a", "1", "SUSE:Linux Enterprise Server 15 SP5"),
            ("pkg:maven/org.x/y@1.0", "org.x:y", "1.0", "Maven"),
            ("pkg:golang/github.com/a/b@v1.2.3", "github.com/a/b", "v1.2.3", "Go"),
            ("pkg:npm/%40a/b@1", "@a/b", "1", "npm"),
            ("pkg:nuget/Newtonsoft.Json@1", "Newtonsoft.Json", "1", "NuGet"),
        ] {
            let package = package_of(&Purl::parse(purl).unwrap()).unwrap();
            assert_eq!(
                (package.name.as_str(), package.version.as_str()),
                (name, version),
                "{purl}"
            );
            assert_eq!(package.ecosystem.as_str(), ecosystem, "{purl}");
        }
        assert!(package_of(&Purl::parse("pkg:rpm/fedora/a@1?distro=fedora-25").unwrap()).is_none());
    }

    #[test]
    fn sources_are_read_with_their_version() {
        let source = |text: &str| source(text, "1:");
        let some = |name: &str, version: &str| (Some(name.to_owned()), Some(version.to_owned()));
        assert_eq!(source("openssl"), (Some("openssl".to_owned()), None));
        assert_eq!(source("gcc-defaults@1.203"), some("gcc-defaults", "1.203"));
        assert_eq!(source("openssl-3.0.7-24.el9.src.rpm"), some("openssl", "1:3.0.7-24.el9"));
        assert_eq!(source(""), (None, None));
    }
}
