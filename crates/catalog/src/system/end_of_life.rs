//! Until when distributions get free security updates from their vendor.
//!
//! The vendors' own announcements; extended support that is paid for, or given by others (such as
//! Debian's LTS team), does not count. Debian's and Ubuntu's days are those of Debian's `distro-info-data`.

/// The day (`YYYY-MM-DD`) after which a release gets no more updates. Nothing for rolling releases and for
/// releases whose day is not known here.
pub(crate) fn end_of_life(id: &str, version: &str) -> Option<&'static str> {
    let mut parts = version.split('.');
    let major = parts.next().unwrap_or_default();
    let minor = parts.next().unwrap_or_default();
    let two = format!("{major}.{minor}");
    let key = match id {
        "alpine" | "ubuntu" | "opensuse-leap" | "sles" | "mageia" => two.trim_end_matches('.'),
        _ => major,
    };
    TABLE.iter().find(|(name, release, _)| *name == id && *release == key).map(|(_, _, day)| *day)
}

/// `ID` of `os-release`, release, day.
pub(crate) const TABLE: &[(&str, &str, &str)] = &[
    ("debian", "8", "2018-06-17"),
    ("debian", "9", "2020-07-18"),
    ("debian", "10", "2022-09-10"),
    ("debian", "11", "2024-08-14"),
    ("debian", "12", "2026-07-11"),
    ("debian", "13", "2028-08-09"),
    ("ubuntu", "14.04", "2019-04-25"),
    ("ubuntu", "16.04", "2021-04-30"),
    ("ubuntu", "18.04", "2023-05-31"),
    ("ubuntu", "20.04", "2025-05-29"),
    ("ubuntu", "22.04", "2027-06-01"),
    ("ubuntu", "20.10", "2021-07-22"),
    ("ubuntu", "21.04", "2022-01-20"),
    ("ubuntu", "21.10", "2022-07-14"),
    ("ubuntu", "22.10", "2023-07-20"),
    ("ubuntu", "23.04", "2024-01-25"),
    ("ubuntu", "23.10", "2024-07-11"),
    ("ubuntu", "24.04", "2029-05-31"),
    ("ubuntu", "24.10", "2025-07-10"),
    ("ubuntu", "25.04", "2026-01-15"),
    ("ubuntu", "25.10", "2026-07-09"),
    ("ubuntu", "26.04", "2031-05-29"),
    ("ubuntu", "26.10", "2027-07-15"),
    ("alpine", "3.10", "2021-05-01"),
    ("alpine", "3.11", "2021-11-01"),
    ("alpine", "3.12", "2022-05-01"),
    ("alpine", "3.13", "2022-11-01"),
    ("alpine", "3.14", "2023-05-01"),
    ("alpine", "3.15", "2023-11-01"),
    ("alpine", "3.16", "2024-05-23"),
    ("alpine", "3.17", "2024-11-22"),
    ("alpine", "3.18", "2025-05-09"),
    ("alpine", "3.19", "2025-11-01"),
    ("alpine", "3.20", "2026-04-01"),
    ("alpine", "3.21", "2026-11-01"),
    ("alpine", "3.22", "2027-05-01"),
    ("alpine", "3.23", "2027-11-01"),
    ("centos", "6", "2020-11-30"),
    ("centos", "7", "2024-06-30"),
    ("centos", "8", "2021-12-31"),
    ("rhel", "7", "2024-06-30"),
    ("rhel", "8", "2029-05-31"),
    ("rhel", "9", "2032-05-31"),
    ("rhel", "10", "2035-05-31"),
    ("almalinux", "8", "2029-03-01"),
    ("almalinux", "9", "2032-05-31"),
    ("almalinux", "10", "2035-05-31"),
    ("rocky", "8", "2029-05-31"),
    ("rocky", "9", "2032-05-31"),
    ("rocky", "10", "2035-05-31"),
    ("ol", "7", "2024-12-31"),
    ("ol", "8", "2029-07-31"),
    ("ol", "9", "2032-06-30"),
    ("amzn", "2", "2026-06-30"),
    ("amzn", "2023", "2029-06-30"),
    ("fedora", "39", "2024-11-26"),
    ("fedora", "40", "2025-05-13"),
    ("fedora", "41", "2025-12-15"),
    ("fedora", "42", "2026-05-13"),
    ("opensuse-leap", "15.4", "2023-12-07"),
    ("opensuse-leap", "15.5", "2024-12-31"),
    ("opensuse-leap", "15.6", "2026-04-30"),
    ("photon", "4", "2026-03-01"),
    ("photon", "5", "2028-05-01"),
    ("mariner", "2", "2025-07-31"),
    ("azurelinux", "3", "2028-07-31"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_known_by_the_part_that_names_them() {
        assert_eq!(end_of_life("debian", "12"), Some("2026-07-11"));
        assert_eq!(end_of_life("alpine", "3.18.4"), Some("2025-05-09"));
        assert_eq!(end_of_life("rhel", "9.4"), Some("2032-05-31"));
        assert_eq!(end_of_life("wolfi", "20230201"), None);
    }

    #[test]
    fn every_day_is_a_day_and_no_release_stands_twice() {
        for (at, (id, release, day)) in TABLE.iter().enumerate() {
            assert!(day.parse::<jiff::civil::Date>().is_ok(), "{day}");
            assert!(
                !TABLE[..at]
                    .iter()
                    .any(|(other, other_release, _)| other == id && other_release == release)
            );
        }
    }
}
