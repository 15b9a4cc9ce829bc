//! Images that are odd but not broken: nothing in them may be passed over silently.

use serde_json::Value;
use testkit::image::{Image, Layer, docker_archive};

use super::sandbox::{Sandbox, list, packages};

/// What Go puts into a program (`debug/buildinfo`), behind the magic of an executable without sections.
fn go_program() -> Vec<u8> {
    let modules = "path\texample.com/app\ndep\tgithub.com/gorilla/mux\tv1.8.0\th1:x=\n";
    let framed = format!("{}{modules}{}", "s".repeat(16), "e".repeat(16));
    let mut content = [&b"\x7fELF"[..], &[0; 60], b"\xff Go buildinf:\x08\x02", &[0; 16]].concat();
    for text in ["go1.22.3", &framed] {
        content.push(u8::try_from(text.len()).unwrap());
        content.extend(text.as_bytes());
    }
    content
}

const PROGRAM: [&str; 2] = ["github.com/gorilla/mux v1.8.0", "stdlib 1.22.3"];

/// The report of an image read where it lies and of the same image read from a stream.
fn reports(image: &Image) -> [Value; 2] {
    let sandbox = Sandbox::new();
    let read = sandbox.report(&sandbox.image(image), &["--no-cache"]);
    let bytes = docker_archive(&[("app:1", image)]).unwrap();
    let streamed = sandbox.haechi_reading(["scan", "-", "-f", "json", "--no-cache"], &bytes);
    [read, streamed.json()]
}

fn places(report: &Value) -> Vec<&str> {
    let all = list(report, "packages").iter().flat_map(|package| list(package, "locations"));
    let mut paths: Vec<&str> = all.map(|place| place["path"].as_str().unwrap()).collect();
    paths.dedup();
    paths
}

#[test]
fn a_program_is_reported_under_the_hard_link_that_is_left_of_it() {
    let base = Layer::new("x")
        .program("usr/bin/app", go_program())
        .hard_link("opt/app", "usr/bin/app")
        .hard_link("opt/app2", "./opt/app");
    let gone = |path: &str| Layer::new("rm").whiteout(path);
    let image =
        |gone: &[Layer]| gone.iter().cloned().fold(Image::new().layer(base.clone()), Image::layer);
    for (image, place) in [
        (image(&[]), "usr/bin/app"),
        (image(&[gone("usr/bin/app")]), "opt/app"),
        (image(&[gone("usr/bin/app"), gone("opt/app")]), "opt/app2"),
    ] {
        for report in reports(&image) {
            assert_eq!(packages(&report), PROGRAM);
            assert_eq!(places(&report), [place]);
        }
    }
    for report in reports(&image(&[gone("usr/bin"), gone("opt")])) {
        assert!(packages(&report).is_empty());
    }
}
