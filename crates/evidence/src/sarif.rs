//! The report as SARIF 2.1.0, within the limits of code scanning services.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>; GitHub keeps the first 5,000
//! results of a run and identifies an alert by `partialFingerprints`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use model::{Finding, Report, Severity};
use serde_json::{Value, json};

/// More results than this are not shown by the services that read SARIF.
pub const MAX_RESULTS: usize = 5_000;

/// What was not examined and is told one by one.
const MAX_NOTES: usize = 100;

/// Writes one run with the findings, worst first, at most [`MAX_RESULTS`]; those that an exception
/// suppresses are marked so. What was left out is said in a notification of the run.
pub fn write_sarif(report: &Report, version: &str, out: &mut dyn Write) -> io::Result<()> {
    let counted: Vec<&Finding> = report.findings.iter().take(MAX_RESULTS).collect();
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &counted {
        rules.entry(&finding.id).or_insert(finding);
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Haechi",
                "semanticVersion": version,
                "rules": rules.values().map(|finding| rule(finding)).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications(report),
            }],
            "results": counted.iter().map(|finding| result(finding, report, &index)).collect::<Vec<_>>(),
        }],
    });
    crate::safe::write(&log, out)
}

fn rule(finding: &Finding) -> Value {
    let mut help = finding.message.clone();
    if let Some(fix) = &finding.fix {
        help = format!("{help}\n\n{}", fix.summary);
    }
    let mut rule = json!({
        "id": finding.id,
        "shortDescription": { "text": title(finding) },
        "fullDescription": { "text": finding.message },
        "help": { "text": help },
        "properties": {
            "tags": ["security", kind_tag(finding)],
            "precision": "high",
            "security-severity": security_severity(finding),
        },
    });
    if finding.id.starts_with("CVE-")
        && let Some(object) = rule.as_object_mut()
    {
        let address = format!("https://www.cve.org/CVERecord?id={}", finding.id);
        object.insert("helpUri".to_owned(), Value::String(address));
    }
    rule
}

fn title(finding: &Finding) -> String {
    match &finding.package {
        Some(package) => format!("{} in {}", finding.id, package.name),
        None => finding.id.clone(),
    }
}

fn kind_tag(finding: &Finding) -> Value {
    serde_json::to_value(finding.kind).unwrap_or(Value::Null)
}

/// GitHub ranks alerts by this number: above 9.0 critical, above 7.0 high, and so on.
fn security_severity(finding: &Finding) -> String {
    let score = match (finding.severity, &finding.cvss) {
        (severity, Some(cvss)) if Severity::of_score(cvss.score) == severity => cvss.score,
        (Severity::Critical, _) => 9.5,
        (Severity::High, _) => 8.0,
        (Severity::Medium, _) => 5.5,
        (Severity::Low, _) => 2.0,
        (Severity::Negligible | Severity::Unknown, _) => 0.0,
    };
    format!("{score:.1}")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Negligible | Severity::Unknown => "note",
    }
}

fn result(finding: &Finding, report: &Report, index: &BTreeMap<&str, usize>) -> Value {
    let place = finding.location.as_ref();
    let path = place.map_or(report.subject.name.as_str(), |place| place.path.as_str());
    let line = place.and_then(|place| place.start_line).unwrap_or(1);
    let mut region = json!({ "startLine": line });
    if let Some(object) = region.as_object_mut() {
        for (key, value) in [
            ("startColumn", place.and_then(|place| place.start_column)),
            ("endLine", place.and_then(|place| place.end_line)),
            ("endColumn", place.and_then(|place| place.end_column)),
        ] {
            if let Some(value) = value {
                object.insert(key.to_owned(), value.into());
            }
        }
    }
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": index.get(finding.id.as_str()),
        "level": level(finding.severity),
        "message": { "text": message(finding) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(path) },
            "region": region,
        } }],
        "partialFingerprints": { "haechi/v1": finding.fingerprint.as_str() },
        "rank": rank(finding),
    });
    if let (Some(suppressed), Some(object)) = (&finding.suppressed, result.as_object_mut()) {
        let justification = format!("{} ({})", suppressed.reason, suppressed.by);
        object.insert(
            "suppressions".to_owned(),
            json!([{ "kind": "external", "justification": justification }]),
        );
    }
    result
}

fn message(finding: &Finding) -> String {
    let mut text = match &finding.package {
        Some(package) => format!("{} {}: {}", package.name, package.version, finding.message),
        None => finding.message.clone(),
    };
    if let Some(fix) = &finding.fix {
        text = format!("{text}. {}", fix.summary);
    }
    text
}

/// SARIF's `rank` is 0.0 to 100.0, worst last.
fn rank(finding: &Finding) -> f64 {
    let severity = match finding.severity {
        Severity::Critical => 80.0,
        Severity::High => 60.0,
        Severity::Medium => 40.0,
        Severity::Low => 20.0,
        Severity::Negligible => 10.0,
        Severity::Unknown => 0.0,
    };
    let exploited = if finding.kev { 10.0 } else { 0.0 };
    severity + exploited + finding.epss.unwrap_or(0.0) * 10.0
}

/// A relative reference per RFC 3986: everything outside the unreserved set is percent-encoded.
fn uri(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|digit| {
                char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
            }));
        }
    }
    encoded
}

fn notifications(report: &Report) -> Vec<Value> {
    let left_out = report.findings.len().saturating_sub(MAX_RESULTS);
    let mut notes: Vec<Value> = Vec::new();
    if left_out > 0 {
        let text =
            format!("{left_out} findings of lower risk are left out; the JSON report has all");
        notes.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    for problem in report.not_examined.iter().take(MAX_NOTES) {
        let text = format!("not examined: {}: {}", problem.path, problem.reason);
        notes.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    let untold = report.not_examined.len().saturating_sub(MAX_NOTES);
    if untold > 0 {
        let text = format!("not examined: {untold} more; the JSON report has all");
        notes.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    notes
}
