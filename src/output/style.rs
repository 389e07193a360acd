//! The few styles of harden's screens.

use anstyle::{AnsiColor, Style};

/// Styles, or none of them where the output is plain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub is_coloured: bool,
    pub error: Style,
    pub warning: Style,
    pub change: Style,
    pub help: Style,
    pub strong: Style,
    pub faint: Style,
    pub added: Style,
    pub removed: Style,
    pub hunk: Style,
}

impl Styles {
    pub fn new(is_coloured: bool) -> Self {
        if !is_coloured {
            return Self::default();
        }
        let color = |color: AnsiColor| color.on_default();
        Self {
            is_coloured,
            error: color(AnsiColor::BrightRed).bold(),
            warning: color(AnsiColor::Yellow).bold(),
            change: color(AnsiColor::Green).bold(),
            help: color(AnsiColor::BrightCyan).bold(),
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
            added: color(AnsiColor::Green),
            removed: color(AnsiColor::Red),
            hunk: color(AnsiColor::Cyan),
        }
    }
}
