//! The JSON Schema of the report, for those who read it with tools.

use anyhow::Result;
use schemars::generate::SchemaSettings;

use super::Page;

pub(super) static PAGE: Page = Page { path: "docs/report.schema.json", text: |_| text() };

fn text() -> Result<String> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<model::Report>();
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}
