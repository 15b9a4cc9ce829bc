//! Distributions in the words of the OSV schema.

use model::{Distribution, Ecosystem};

use crate::Manager;

/// `ID` of `os-release`, OSV's name, and how the release is written behind it.
pub(crate) const OSV_NAMES: &[(&str, &str, Release)] = &[
    ("debian", "Debian", Release::Major),
    ("ubuntu", "Ubuntu", Release::Whole),
    ("alpine", "Alpine", Release::AlpineBranch),
    ("wolfi", "Wolfi", Release::None),
    ("chainguard", "Chainguard", Release::None),
    ("minimos", "MinimOS", Release::None),
    ("almalinux", "AlmaLinux", Release::Major),
    ("rocky", "Rocky Linux", Release::Major),
    ("rhel", "Red Hat", Release::Major),
    ("opensuse-leap", "openSUSE", Release::Leap),
    ("opensuse-tumbleweed", "openSUSE", Release::Tumbleweed),
    ("sles", "SUSE", Release::Enterprise),
    ("sles_sap", "SUSE", Release::Enterprise),
    ("openEuler", "openEuler", Release::OpenEuler),
    ("azurelinux", "Azure Linux", Release::Major),
    ("mariner", "Azure Linux", Release::Major),
    ("mageia", "Mageia", Release::Major),
];

#[derive(Clone, Copy)]
pub(crate) enum Release {
    None,
    Major,
    Whole,
    AlpineBranch,
    Leap,
    Tumbleweed,
    Enterprise,
    OpenEuler,
}

/// The ecosystem of a distribution's packages. One that OSV does not name keeps its own id, which has no
/// advisories, and so is reported as not judged.
pub(super) fn of(distribution: Option<&Distribution>, manager: Manager) -> Ecosystem {
    let Some(distribution) = distribution else {
        return Ecosystem::new(match manager {
            Manager::Dpkg => "unknown dpkg distribution",
            Manager::Apk => "unknown apk distribution",
            Manager::Rpm => "unknown rpm distribution",
        });
    };
    let known = OSV_NAMES.iter().find(|(id, ..)| *id == distribution.id);
    let Some((_, name, release)) = known else { return Ecosystem::new(&distribution.id) };
    let version = &distribution.version;
    let mut parts = version.split('.');
    let major = parts.next().unwrap_or_default();
    let minor = parts.next().unwrap_or_default();
    let release = match release {
        Release::None => return Ecosystem::new(*name),
        Release::Major => major.to_owned(),
        Release::Whole => version.clone(),
        // Only the long name has the service pack: `openEuler 22.03 (LTS-SP3)`.
        Release::OpenEuler => {
            let inside =
                distribution.name.split_once('(').and_then(|name| name.1.strip_suffix(')'));
            inside.map_or_else(|| version.clone(), |inside| format!("{version}-{inside}"))
        }
        Release::AlpineBranch => format!("v{major}.{minor}"),
        Release::Leap => format!("Leap {version}"),
        Release::Tumbleweed => "Tumbleweed".to_owned(),
        Release::Enterprise if minor.is_empty() => format!("Linux Enterprise Server {major}"),
        Release::Enterprise => format!("Linux Enterprise Server {major} SP{minor}"),
    };
    // Advisories of other releases say nothing of a release that is not known (Debian's testing has none).
    let release = if release.is_empty() { "unknown" } else { &release };
    Ecosystem::new(format!("{name}:{release}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_pack_of_openeuler_stands_in_its_long_name() {
        let distribution = Distribution {
            id: "openEuler".to_owned(),
            version: "22.03".to_owned(),
            name: "openEuler 22.03 (LTS-SP3)".to_owned(),
            end_of_life: None,
        };
        assert_eq!(of(Some(&distribution), Manager::Rpm).as_str(), "openEuler:22.03-LTS-SP3");
    }

    #[test]
    fn releases_are_written_as_osv_writes_them() {
        for (id, version, ecosystem) in [
            ("debian", "12", "Debian:12"),
            ("ubuntu", "22.04", "Ubuntu:22.04"),
            ("alpine", "3.20.3", "Alpine:v3.20"),
            ("wolfi", "20230201", "Wolfi"),
            ("rocky", "9.4", "Rocky Linux:9"),
            ("opensuse-leap", "15.6", "openSUSE:Leap 15.6"),
            ("sles", "15.5", "SUSE:Linux Enterprise Server 15 SP5"),
            ("debian", "", "Debian:unknown"),
            ("nixos", "24.05", "nixos"),
        ] {
            let distribution = Distribution {
                id: id.to_owned(),
                version: version.to_owned(),
                name: String::new(),
                end_of_life: None,
            };
            assert_eq!(of(Some(&distribution), Manager::Dpkg).as_str(), ecosystem);
        }
    }
}
