//! Progress on standard error, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const UNKNOWN: &str = "{spinner} {msg}  {binary_bytes} {binary_bytes_per_sec}";
const KNOWN: &str =
    "{spinner} {msg}  {bar:24} {binary_bytes} of {binary_total_bytes} {binary_bytes_per_sec}";

/// Counts bytes, without a bar until their total is known.
pub(crate) fn bytes(what: &str, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::no_length().with_message(model::visible(what).into_owned());
    let target =
        if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    bar.set_draw_target(target);
    styled(bar, UNKNOWN)
}

/// Makes it a bar.
pub(crate) fn set_total(bar: &ProgressBar, bytes: u64) {
    bar.set_length(bytes);
    drop(styled(bar.clone(), KNOWN));
}

/// The templates above are right, so a fault in one cannot be met; the default look would do.
fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
