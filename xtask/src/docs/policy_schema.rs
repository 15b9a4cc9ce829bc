//! The JSON Schema of `haechi.yaml`, for editors.

use super::Page;

pub(super) static PAGE: Page =
    Page { path: "docs/haechi.schema.json", text: |_| Ok(engine::policy::Policy::schema() + "\n") };
