//! Everything that people and programs get to see. Nothing else knows of colours, columns or JSON, and what comes from
//! files, or from names of files, is escaped here.

pub mod diff;
pub mod escape;
pub mod json;
mod progress;
mod screen;
pub mod snippet;
pub mod style;
pub mod text;

pub use progress::Progress;
pub use screen::Screen;
