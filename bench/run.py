"""Measures haechi against its peers and against the floor, in one run, and prints ratios as Markdown.

Every run goes through all tools in turn, so that a slow moment of the machine falls on all of them;
the figures are medians. CPU is user plus system time of a process and its children, memory the peak
resident size that the kernel reports for it. Nothing here is a test: figures depend on the machine.
"""

import argparse
import collections
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "bench"
PEERS = ROOT / "bench" / "peers"
# Trivy uses a package of Go 1.26's that is an experiment there and another one in Go 1.27.
MODULES = {
    "trivy": ("github.com/aquasecurity/trivy/cmd/trivy@v0.74.0", "go1.26.8", "jsonv2"),
    "syft": ("github.com/anchore/syft/cmd/syft@v1.57.0", "go1.27.3", ""),
    "osv-scanner": ("github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.6.0", "go1.27.3", ""),
}
PURL_TYPES = {
    "PyPI": "pypi/{}", "npm": "npm/{}", "Go": "golang/{}", "crates.io": "cargo/{}",
    "RubyGems": "gem/{}", "Packagist": "composer/{}", "Bitnami": "bitnami/{}",
    "Debian": "deb/debian/{}", "Alpine": "apk/alpine/{}", "Wolfi": "apk/wolfi/{}",
    "AlmaLinux": "rpm/almalinux/{}",
}
PACKAGES = 2000
# Trivy held to what haechi does; the bars are set for the peers as their users start them.
ALIKE = "trivy, vulnerabilities only"


# What one process took.
Sample = collections.namedtuple("Sample", "cpu wall peak")


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


# The kernel counts what the parent held at the moment of `exec` as memory of the child, so a bare
# interpreter stands between: what took less than its few megabytes is shown with those.
LAUNCH = """
import os, sys, time
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
null = os.open(os.devnull, os.O_RDONLY)
files = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
start = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=files)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)
"""


def measure(command, log, env=None, accept=(0,)):
    """Runs a command to its end and measures it; None when it could not do its work."""
    told = run([sys.executable, "-I", "-S", "-c", LAUNCH, log, *command], stdout=subprocess.PIPE,
               env={**os.environ, **(env or {})}).stdout.split()
    return Sample(*map(float, told[1:])) if int(told[0]) in accept else None


def run(command, **more):
    return subprocess.run([str(part) for part in command], check=True, **more)


def cargo(command, *more):
    run(["cargo", command, "--release", "-q", *more], cwd=ROOT)


def build_peer(name):
    """Builds a peer from its Go module; a reason when that is not to be had."""
    if not shutil.which("go"):
        return "Go is not installed, so it cannot be built"
    say(f"building {name} from its Go module; this takes minutes, once")
    folder = WORK / "build" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    module, toolchain, experiment = MODULES[name]
    env = {**os.environ, "GOTOOLCHAIN": toolchain, "GOEXPERIMENT": experiment, "GOBIN": str(PEERS)}
    with open(folder / "log", "wb") as log:
        for command in (["go", "mod", "init", "x"], ["go", "get", "-tool", module],
                        ["go", "install", module.split("@")[0]]):
            if subprocess.run(command, cwd=folder, env=env, stdout=log, stderr=log).returncode:
                return f"`{' '.join(command[:2])}` failed, see {(folder / 'log').relative_to(ROOT)}"
    return None


def other_forms(image):
    """The image as an OCI layout directory and as a docker-archive, for peers that read no OCI archive."""
    folder = WORK / "layout"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(image) as archive:
        archive.extractall(folder, filter="data")
    blob = lambda entry: "blobs/" + entry["digest"].replace(":", "/")
    document = json.loads((folder / "index.json").read_bytes())
    while "manifests" in document:
        document = json.loads((folder / blob(document["manifests"][0])).read_bytes())
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps([{"Config": blob(document["config"]), "RepoTags": ["bench:1"],
                                     "Layers": [blob(layer) for layer in document["layers"]]}]))
    with tarfile.open(WORK / "docker.tar", "w") as archive:
        for name in ("blobs", "manifest.json"):
            archive.add(folder / name, name)
    manifest.unlink()
    return folder, WORK / "docker.tar"


def osv_mirror(advisories):
    """The advisories as osv-scanner keeps them."""
    folder = WORK / "osv" / "osv-scalibr"
    shutil.rmtree(folder.parent, ignore_errors=True)
    for archive in sorted(advisories.glob("*/all.zip")):
        (folder / archive.parent.name).mkdir(parents=True)
        (folder / archive.parent.name / "all.zip").symlink_to(archive.resolve())
    return folder.parent if folder.exists() else None


def records(folder):
    """The advisories of an ecosystem's folder, in the order of their names."""
    for path in sorted(folder.glob("*.json")):
        yield json.loads(path.read_bytes())
    for archive in folder.glob("all.zip"):
        with zipfile.ZipFile(archive) as members:
            for name in sorted(members.namelist()):
                yield json.loads(members.read(name))


def package_urls(advisories):
    """Packages that have advisories, the same number of each ecosystem, as package URLs."""
    folders = [advisories / name for name in sorted(PURL_TYPES) if (advisories / name).is_dir()]
    share = -(-PACKAGES // max(1, len(folders)))
    queues = []
    for folder in folders:
        found = {}
        for record in records(folder):
            for affected in record.get("affected", []):
                package = affected.get("package", {})
                ecosystem, _, release = package.get("ecosystem", "").partition(":")
                fixed = [event["fixed"] for part in affected.get("ranges", [])
                         for event in part.get("events", []) if "fixed" in event]
                if ecosystem != folder.name or not fixed:
                    continue
                name = quote(package["name"], safe="/")
                url = f"pkg:{PURL_TYPES[ecosystem].format(name)}@{quote(fixed[0], safe='.+~-')}"
                if release:
                    url += f"?distro={ecosystem.lower()}-{release.removeprefix('v')}"
                found.setdefault(package["name"], url)
        queues.append(list(found.values()))
    return [url for part in (slice(share), slice(share, None)) for queue in queues for url in queue[part]][:PACKAGES]


def trivy_database(advisories):
    """The advisories as trivy keeps them, by a program of our own; without Go trivy does not judge."""
    folder = WORK / "build" / "trivy-db"
    cache = WORK / "trivy-cache"
    shutil.rmtree(cache, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "bench" / "trivy_db.go", folder / "main.go")
    with open(folder / "log", "wb") as log:
        for command in (["go", "mod", "init", "x"], ["go", "get", "go.etcd.io/bbolt@v1.4.0"],
                        ["go", "run", ".", advisories, cache]):
            if not shutil.which("go") or subprocess.run(command, cwd=folder, stdout=log, stderr=log).returncode:
                shutil.rmtree(cache, ignore_errors=True)
                return


def peer_commands(image, layout, docker, mirror):
    """Each peer's cold scan: what it runs, its environment, what it does, or why it is left out."""
    cache = WORK / "trivy-cache"
    judges = (cache / "db" / "trivy.db").exists()
    commands = {
        "trivy": ([PEERS / "trivy", "image", "--input", layout, "--format", "json" if judges else "cyclonedx",
                   "--output", os.devnull, "--cache-dir", cache, "--offline-scan",
                   "--skip-db-update", "--skip-java-db-update", "--skip-check-update",
                   "--skip-version-check", "--quiet"],
                  {"TRIVY_DISABLE_TELEMETRY": "true", "TRIVY_SKIP_VERSION_CHECK": "true"},
                  "packages, vulnerabilities, secrets: its default" if judges else "packages only (it has no database here)"),
        "syft": ([PEERS / "syft", "scan", f"oci-archive:{image}", "-q", "-o", f"json={os.devnull}"],
                 {"SYFT_CHECK_FOR_APP_UPDATE": "false"}, "packages only (it does not judge)"),
    }
    if judges:
        command, env, _ = commands["trivy"]
        commands[ALIKE] = ([*command, "--scanners", "vuln"], env, "packages and vulnerabilities, like haechi")
    if mirror:
        commands["osv-scanner"] = (
            [PEERS / "osv-scanner", "scan", "image", "--archive", docker, "--format", "json",
             "--output-file", os.devnull, "--offline", "--offline-vulnerabilities"],
            {"OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY": str(mirror)}, "packages and vulnerabilities")
    return commands, cache


def machine():
    described = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in described if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--runs", type=int, default=5, help="measured runs of each (default 5)")
    arguments.add_argument("--image", type=Path, help="OCI archive to scan")
    arguments.add_argument("--advisories", type=Path, help="advisories in the layout of the OSV bucket")
    arguments.add_argument("--no-build", action="store_true", help="use what is built, fetch no peer")
    options = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if not options.no_build:
        say("building haechi (release)")
        for what in (["cli"], ["image", "--example", "floor"], ["advisory", "--example", "lookup"]):
            cargo("build", "-p", *what)
    shared = ROOT.parent / "shared"
    advisories = options.advisories or shared / "advisories"
    if not advisories.is_dir():
        advisories = ROOT / "testdata" / "advisories"
    image = options.image or shared / "images" / "shop-app.oci.tar"
    if not image.is_file():
        image = WORK / "sample.oci.tar"
        cargo("run", "-p", "xtask", "--", "sample-image", image)

    haechi = ROOT / "target" / "release" / "haechi"
    examples = ROOT / "target" / "release" / "examples"
    database = WORK / "db"
    shutil.rmtree(database, ignore_errors=True)
    run([haechi, "db", "import", advisories, "--db", database], stdout=subprocess.DEVNULL)
    urls = "\n".join(package_urls(advisories)).encode()

    missing = {}
    trivy_database(advisories)
    commands, trivy_cache = peer_commands(image, *other_forms(image), osv_mirror(advisories))
    for name in MODULES:
        if name not in commands:
            missing[name] = "there are no advisory archives for it"
        elif not (PEERS / name).exists():
            reason = "it is not built" if options.no_build else build_peer(name)
            if reason:
                missing[name] = reason
                del commands[name]
    if "trivy" not in commands:
        commands.pop(ALIKE, None)

    scan = [haechi, "scan", image, "--offline", "--quiet", "--db", database, "-f", "json", "-o", os.devnull]
    log = lambda name: WORK / f"{name}.log"
    cache = {"HAECHI_CACHE": str(WORK / "cache")}
    work = {
        "haechi": lambda: measure([*scan, "--no-cache"], log("haechi"), cache, (0, 1, 3, 4)),
        "again": lambda: measure(scan, log("again"), cache, (0, 1, 3, 4)),
        "floor": lambda: measure([examples / "floor", image], log("floor")),
    }
    for name, (command, env, _) in commands.items():
        def peer(name=name, command=command, env=env):
            # What trivy keeps of an image; its database stays.
            shutil.rmtree(trivy_cache / "fanal", ignore_errors=True)
            return measure(command, log(name), env, (0, 1))
        work[name] = peer
    samples = {name: [] for name in work}
    lookups = []
    # The first round fills the page cache and our own, and does not count.
    for number in range(options.runs + 1):
        say(f"run {number} of {options.runs}" if number else "first round, not counted")
        for name, once in work.items():
            if name in missing:
                continue
            sample = once()
            if sample is None:
                missing[name] = f"it failed, see {log(name).relative_to(ROOT)}"
            elif number:
                samples[name].append(sample)
        told = run([examples / "lookup", database], input=urls, stdout=subprocess.PIPE).stdout
        if number:
            lookups.append(json.loads(told))
    for own in {"haechi", "again", "floor"} & missing.keys():
        sys.exit(f"bench: {own}: {missing[own]}")
    medians = {name: Sample(*map(statistics.median, zip(*found))) for name, found in samples.items()
               if name not in missing}
    page = report(options.runs, image, medians, lookups, missing, commands)
    (WORK / "report.md").write_text(page)
    print(page, end="")


def report(runs, image, medians, lookups, missing, commands):
    ours, again, floor = (medians[name] for name in ("haechi", "again", "floor"))
    peers = {name: medians[name] for name in MODULES if name in medians}
    shown = {"haechi": "packages, vulnerabilities, verdict"}
    shown |= {name: does for name, (_, _, does) in commands.items() if name in medians}
    shown["floor"] = "decompresses every layer, hashes every packed blob, nothing else"
    lines = [f"{image.name}, {image.stat().st_size / 1e6:.1f} MB; {machine()}; "
             f"{datetime.date.today()}; median of {runs}", "",
             "| cold scan | CPU s | wall s | peak MB | CPU against haechi | memory against haechi | what it does |",
             "|---|---|---|---|---|---|---|"]
    for name, does in shown.items():
        one = medians[name]
        lines.append(f"| {name} | {one.cpu:.3f} | {one.wall:.3f} | {one.peak:.1f} | {one.cpu / ours.cpu:.2f} x "
                     f"| {one.peak / ours.peak:.2f} x | {does} |")
    lines += [f"| {name} | not measured: {reason} | | | | | |" for name, reason in missing.items()]
    opened, matched = (statistics.median(one[key] for one in lookups) for key in ("open_ms", "match_ms"))
    packages, found = lookups[0]["packages"], lookups[0]["found"]
    bars = []
    if peers:
        cpu, peak = min(one.cpu for one in peers.values()), min(one.peak for one in peers.values())
        bars += [("CPU of the best peer, as its users start it, is at least 4 times ours", cpu / ours.cpu, cpu / ours.cpu >= 4, "x"),
                 ("memory of the best peer is at least 5 times ours", peak / ours.peak, peak / ours.peak >= 5, "x")]
    bars += [("our CPU is at most 1.5 times the floor's", ours.cpu / floor.cpu, ours.cpu <= 1.5 * floor.cpu, "x"),
             ("the same image again under 30 ms", again.wall * 1e3, again.wall < 0.03, "ms"),
             ("opening the database under 5 ms", opened, opened < 5, "ms"),
             (f"{packages} packages against all advisories under 30 ms", matched, matched < 30, "ms")]
    lines += ["", "| bar (set for shop-app.oci.tar) | measured | |", "|---|---|---|"]
    lines += [f"| {bar} | {value:.2f} {unit} | {'met' if met else 'NOT MET'} |" for bar, value, met, unit in bars]
    lines += ["", f"Each of the {packages} packages has advisories; {found} vulnerabilities are found."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
