//! A progress line on standard error, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how many bytes have been read, after a moment.
pub(crate) fn reading(what: &str, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::no_length().with_message(model::visible(what).into_owned());
    let style = ProgressStyle::with_template(
        "{spinner} reading {msg}  {binary_bytes} {binary_bytes_per_sec}",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    let target =
        if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    bar.set_draw_target(target);
    bar
}
