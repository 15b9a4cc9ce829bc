//! What stands in the tests' images: databases, metadata, manifests.

use testkit::image::{Image, Layer};

/// Identity of Debian 12.
pub(super) const DEBIAN: &str =
    "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n";

/// dpkg's database with `libssl3` of source `openssl` and `bash`.
pub(super) const DPKG: &str = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\n\
    Version: 5.2.15-2+b2\nSource: bash (5.2.15-2)\n\nPackage: libssl3\nStatus: install ok installed\n\
    Architecture: amd64\nSource: openssl\nVersion: 3.0.9-1\n\n";

/// Where Python keeps what it has installed.
pub(super) const SITE: &str = "usr/local/lib/python3.11/site-packages";

/// `METADATA` of a Python distribution.
pub(super) fn metadata(name: &str, version: &str) -> String {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n")
}

/// `package.json` of a Node module.
pub(super) fn module(name: &str, version: &str) -> String {
    serde_json::json!({ "name": name, "version": version, "license": "MIT" }).to_string()
}

/// The layers of a small shop: Debian, a Python library, two Node modules, one of them removed again.
pub(super) fn layers() -> [Layer; 4] {
    [
        Layer::new("ADD rootfs.tar /")
            .directory("etc")
            .file("usr/lib/os-release", DEBIAN)
            .symlink("etc/os-release", "../usr/lib/os-release")
            .directory("var/lib/dpkg")
            .file("var/lib/dpkg/status", DPKG),
        Layer::new("RUN pip install jinja2")
            .file(&format!("{SITE}/jinja2-3.1.2.dist-info/METADATA"), metadata("Jinja2", "3.1.2")),
        Layer::new("COPY node_modules /srv/node_modules")
            .file("srv/node_modules/lodash/package.json", module("lodash", "4.17.20"))
            .file("srv/node_modules/marked/package.json", module("marked", "4.0.0")),
        Layer::new("RUN rm -r /srv/node_modules/marked").whiteout("srv/node_modules/marked"),
    ]
}

/// The shop as an image.
pub(super) fn shop() -> Image {
    let [base, python, node, removal] = layers();
    Image::new()
        .layer(base)
        .instruction("ENV SHOP=1")
        .layer(python)
        .layer(node)
        .layer(removal)
        .instruction("CMD [\"serve\"]")
}

/// The findings of the shop, in the order of their risk.
pub(super) const SHOP_FINDINGS: [&str; 4] =
    ["CVE-2099-2001 lodash", "CVE-2099-0002 bash", "CVE-2099-0001 libssl3", "CVE-2099-1001 jinja2"];

/// The packages of the shop.
pub(super) const SHOP_PACKAGES: [&str; 4] =
    ["bash 5.2.15-2+b2", "jinja2 3.1.2", "libssl3 3.0.9-1", "lodash 4.17.20"];

/// An image of one layer.
pub(super) fn single(layer: Layer) -> Image {
    Image::new().layer(layer)
}
