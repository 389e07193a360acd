//! A bar on standard error, for a person who waits.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// The progress over many things. Shows nothing where standard error is no terminal.
pub struct Progress {
    total: usize,
    /// What is counted, in the plural.
    what: &'static str,
    done: usize,
    start: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(total: usize, what: &'static str) -> Self {
        Self {
            total,
            what,
            done: 0,
            start: Instant::now(),
            bar: None,
        }
    }

    pub fn advance(&mut self, done: usize) {
        self.done += done;
        if self.bar.is_none() && self.start.elapsed() > PATIENCE && self.done < self.total {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(self.total as u64), target);
            let style = ProgressStyle::with_template(&format!(
                "{{wide_bar}} {{pos}}/{{len}} {}",
                self.what
            ));
            self.bar = Some(match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            });
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done as u64);
        }
    }

    /// Runs something that prints, without the bar in its way.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
