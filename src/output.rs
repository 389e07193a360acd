//! Everything that people and programs get to see. Nothing else knows of colours, columns or JSON, and what comes from
//! files, or from names of files, is escaped here.

pub mod concise;
pub mod diff;
pub mod escape;
pub mod format;
pub mod gate;
mod github;
mod gitlab;
pub mod hunks;
pub mod issue;
mod json;
mod junit;
pub mod markdown;
pub mod overview;
pub mod parts;
mod progress;
mod sarif;
mod screen;
pub mod snippet;
pub mod stat;
pub mod style;
mod suggestions;
pub mod text;

pub use progress::Progress;
pub use screen::Screen;
