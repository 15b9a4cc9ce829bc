//! The command line. Flags win over `HAECHI_*` variables, those over `haechi.yaml`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::policy::Gate;
use model::Severity;

/// Guards a container through its whole life: what is in it, what is wrong with it, what to do first.
#[derive(Debug, Parser)]
#[command(name = "haechi", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge an image, a directory or a file
    Scan(Box<Scan>),
    /// Say why an id is in a report, or why it is not
    Explain(Explain),
    /// Fetch, import and ask the advisory database
    Db {
        #[command(subcommand)]
        command: Db,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Verdict, what to do first, and a compact table
    Table,
    /// The whole report
    Json,
    /// SARIF 2.1.0 for code scanning services
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Image reference, docker:NAME, registry:NAME, oci:PATH[:TAG], *.tar, directory, file, or - for an
    /// image archive on standard input
    pub target: String,
    /// Fail on this severity or worse, whether or not a fix exists: critical, high, medium, low,
    /// negligible, unknown, none [default: high, only where a fix exists]
    #[arg(long, value_name = "LEVEL", env = "HAECHI_FAIL_ON")]
    pub fail_on: Option<Gate>,
    /// Policy file [default: haechi.yaml in the working directory, where there is one]
    #[arg(long, value_name = "FILE", env = "HAECHI_POLICY")]
    pub policy: Option<PathBuf>,
    /// Show and count only these severities
    #[arg(long, value_name = "LEVEL,...", value_delimiter = ',')]
    pub severity: Vec<Severity>,
    /// Show and count only vulnerabilities that have a fix
    #[arg(long)]
    pub ignore_unfixed: bool,
    /// Exit with this code instead of 1 when the verdict is fail
    #[arg(long, value_name = "CODE", env = "HAECHI_EXIT_CODE")]
    pub exit_code: Option<u8>,
    /// Output format
    #[arg(short, long, value_enum, default_value = "table", env = "HAECHI_FORMAT")]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show every package of the table, not only the worst
    #[arg(long)]
    pub all: bool,
    /// Platform of a multi-platform image, such as linux/arm64
    #[arg(long, value_name = "OS/ARCH", env = "HAECHI_PLATFORM")]
    pub platform: Option<String>,
    /// Read the image again even if its digest is known, and keep nothing
    #[arg(long)]
    pub no_cache: bool,
    /// Show no progress
    #[arg(short, long, env = "HAECHI_QUIET")]
    pub quiet: bool,
    #[command(flatten)]
    pub advisories: Advisories,
    #[command(flatten)]
    pub registry: Registry,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Advisories {
    /// Folder of the advisory database
    #[arg(long, value_name = "DIR", env = "HAECHI_DB")]
    pub db: Option<PathBuf>,
    /// Ask no network for anything
    #[arg(long, alias = "offline-scan", env = "HAECHI_OFFLINE")]
    pub offline: bool,
    /// Fetch no advisories, even when the target needs some that are missing
    #[arg(long, env = "HAECHI_SKIP_DB_UPDATE")]
    pub skip_db_update: bool,
    /// Refuse a verdict on advisory data older than this many days (exit code 4)
    #[arg(long, value_name = "DAYS", env = "HAECHI_MAX_DB_AGE")]
    pub max_db_age: Option<u32>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Registry {
    /// Speak plain HTTP to registries that are not on this machine
    #[arg(long, env = "HAECHI_INSECURE_REGISTRY")]
    pub plain_http: bool,
    /// Further certificate authorities for registries (PEM)
    #[arg(long, value_name = "FILE", env = "HAECHI_REGISTRY_CA")]
    pub registry_ca: Option<PathBuf>,
    /// Hosts of token services that may get the registry's credentials
    #[arg(long, value_name = "HOST")]
    pub token_host: Vec<String>,
    /// The Docker Engine: path of its socket, `unix://PATH`, or `tcp://` on this machine [default: `DOCKER_HOST`]
    #[arg(long, value_name = "SOCKET", env = "HAECHI_DOCKER_SOCKET")]
    pub docker_socket: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Vulnerability id, alias, or rule
    pub id: String,
    /// A report written by `haechi scan -f json`
    #[arg(long = "in", value_name = "REPORT")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub advisories: Advisories,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Fetch what changed: the named ecosystems, or all that are known
    Update {
        /// Ecosystems in OSV's spelling, such as Debian or `PyPI`
        ecosystems: Vec<String>,
        /// Base address or directory of an OSV bucket
        #[arg(
            long,
            value_name = "URL|DIR",
            env = "HAECHI_OSV_URL",
            default_value = "https://osv-vulnerabilities.storage.googleapis.com"
        )]
        osv: String,
        /// Address or file of CISA's KEV catalogue
        #[arg(
            long,
            value_name = "URL|FILE",
            env = "HAECHI_KEV_URL",
            default_value = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
        )]
        kev: String,
        /// Address or file of FIRST's EPSS scores
        #[arg(
            long,
            value_name = "URL|FILE",
            env = "HAECHI_EPSS_URL",
            default_value = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
        )]
        epss: String,
        #[command(flatten)]
        advisories: Advisories,
    },
    /// Import a directory or ZIP archive in the layout of the OSV bucket
    Import {
        /// Directory or ZIP
        path: PathBuf,
        #[command(flatten)]
        advisories: Advisories,
    },
    /// Say what the database holds, from where, and how old it is
    Status {
        #[command(flatten)]
        advisories: Advisories,
    },
    /// Print the advisories of package URLs as JSON, one line each; `-` reads them from standard input
    Query {
        /// Package URL or -
        purl: String,
        #[command(flatten)]
        advisories: Advisories,
    },
    /// Compare pairs of versions, `A<TAB>B` a line on standard input, as an ecosystem does: -1, 0 or 1
    Compare {
        /// Ecosystem in OSV's spelling
        ecosystem: String,
    },
}
