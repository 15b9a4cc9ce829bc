//! A world of its own for each test: home, database, cache, temporary and working directory.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use testkit::image::{Image, Layout, docker_archive};

use super::advisories;

/// What hostile input may take. Writable memory is counted, so that the bound does not depend on how much
/// address space allocator and threads reserve.
const HOSTILE_MEMORY: u64 = 256 << 20;

/// Nothing takes this long unless it hangs; then it is killed and the exit code tells.
const PATIENCE: &str = "120";

/// One finished run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Asserts the exit code and gives the run back.
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error says this.
    #[track_caller]
    pub(super) fn tells(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in {:?}", self.stderr);
        self
    }

    /// Asserts that standard output says this.
    #[track_caller]
    pub(super) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is not in\n{}", self.stdout);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|fault| panic!("{fault}: {}\n{}", self.stdout, self.stderr))
    }
}

/// The world.
pub(super) struct Sandbox {
    folder: TempDir,
    environment: Vec<(String, String)>,
    memory: Option<u64>,
}

impl Sandbox {
    /// A world without a database.
    pub(super) fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["home", "tmp", "work", "cache", "input"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        Self { folder, environment: Vec::new(), memory: None }
    }

    /// A world with the tests' advisories in its database.
    pub(super) fn new() -> Self {
        let sandbox = Self::bare();
        let source = sandbox.path("input/advisories");
        advisories::write(&source);
        sandbox.haechi(["db", "import", source.to_str().unwrap()]).exits(0);
        fs::remove_dir_all(source).unwrap();
        sandbox
    }

    /// Bounds the memory of what is run, for hostile input.
    pub(super) fn bounded(mut self) -> Self {
        self.memory = Some(HOSTILE_MEMORY);
        self
    }

    /// Sets an environment variable for what is run.
    pub(super) fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_str().unwrap().to_owned()));
        self
    }

    /// A path inside the world.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an input file and gives its path.
    pub(super) fn input(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.place(&format!("input/{name}"), content)
    }

    /// Writes a file of the working directory.
    pub(super) fn work(&self, name: &str, content: impl AsRef<[u8]>) {
        self.place(&format!("work/{name}"), content);
    }

    fn place(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Writes an image as an OCI archive and gives its path.
    pub(super) fn image(&self, image: &Image) -> String {
        self.input("image.tar", Layout::of(image).unwrap().archive())
    }

    /// Writes a layout directory and gives its path.
    pub(super) fn layout(&self, name: &str, layout: &Layout) -> String {
        let path = self.path("input").join(name);
        layout.write(&path).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Writes an image as a docker-archive and gives its path.
    pub(super) fn docker(&self, name: &str, image: &Image) -> String {
        self.input("docker.tar", docker_archive(&[(name, image)]).unwrap())
    }

    /// Runs the binary to its end.
    pub(super) fn haechi<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.haechi_reading(arguments, b"")
    }

    /// Runs the binary with this on its standard input.
    pub(super) fn haechi_reading<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Run {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("timeout, prlimit");
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A run that refuses its input early does not read it all.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts the binary and kills it once `ready` returns. Gives the exit code if it ended before.
    pub(super) fn haechi_killed_when<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        ready: impl FnOnce(),
    ) -> Option<i32> {
        let mut command = self.direct();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        ready();
        child.kill().unwrap();
        child.wait().unwrap().code()
    }

    #[expect(clippy::disallowed_methods, reason = "the tests start the program that they test")]
    fn command(&self) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", PATIENCE, "prlimit", "--core=0"]);
        if let Some(memory) = self.memory {
            command.arg(format!("--data={memory}"));
        }
        command.arg(env!("CARGO_BIN_EXE_haechi"));
        self.surround(&mut command);
        command
    }

    /// Without the bounds, so that the process itself can be killed.
    #[expect(clippy::disallowed_methods, reason = "the tests start the program that they test")]
    pub(super) fn direct(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haechi"));
        self.surround(&mut command);
        command
    }

    fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("HAECHI_CACHE", self.path("cache"))
            .env("HAECHI_DB", self.path("db"))
            .env("HAECHI_OSV_URL", self.path("absent"))
            .env("HAECHI_KEV_URL", "")
            .env("HAECHI_EPSS_URL", "")
            .env("DOCKER_HOST", format!("unix://{}", self.path("no-docker.sock").display()))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path("work"));
    }

    /// Scans and gives the report.
    #[track_caller]
    pub(super) fn report(&self, target: &str, more: &[&str]) -> Value {
        let run = self.haechi([&["scan", target, "-f", "json"], more].concat());
        assert!(matches!(run.code, 0 | 1 | 3), "{} {}", run.code, run.stderr);
        run.json()
    }

    /// Asserts that a target is refused with this reason and leaves nothing behind.
    #[track_caller]
    pub(super) fn refuses(&self, target: &str, reason: &str) {
        let run = self.haechi(["scan", target]).exits(2).tells(reason);
        assert!(run.stdout.is_empty() && run.stderr.starts_with("haechi: "), "{run:?}");
        self.left_nothing();
    }

    /// Asserts that a target is judged although something in it is told as not examined, and that
    /// nothing is left behind.
    #[track_caller]
    pub(super) fn examines_but(&self, target: &str, reason: &str) -> Value {
        let report = self.report(target, &["--no-cache"]);
        let told = not_examined(&report);
        assert!(told.iter().any(|line| line.contains(reason)), "{reason:?} is not in {told:?}");
        self.left_nothing();
        report
    }

    /// Asserts that nothing was left where a scan might leave something.
    #[track_caller]
    pub(super) fn left_nothing(&self) {
        for part in ["home", "tmp", "work", "cache"] {
            let left = files(&self.path(part));
            assert!(left.is_empty(), "left in {part}: {left:?}");
        }
    }
}

/// The names of everything below a directory.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// `id package` of every finding, in the report's order.
pub(super) fn findings(report: &Value) -> Vec<String> {
    list(report, "findings")
        .iter()
        .map(|finding| format!("{} {}", text(finding, "id"), text(&finding["package"], "name")))
        .collect()
}

/// `name version` of every package, sorted.
pub(super) fn packages(report: &Value) -> Vec<String> {
    let mut all: Vec<String> = list(report, "packages")
        .iter()
        .map(|package| format!("{} {}", text(package, "name"), text(package, "version")))
        .collect();
    all.sort();
    all
}

/// `path: reason` of everything not examined.
pub(super) fn not_examined(report: &Value) -> Vec<String> {
    list(report, "notExamined")
        .iter()
        .map(|problem| format!("{}: {}", text(problem, "path"), text(problem, "reason")))
        .collect()
}

/// A list of a JSON object.
pub(super) fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object[key].as_array().map_or(&[], Vec::as_slice)
}

/// A text of a JSON object.
pub(super) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_default()
}
