//! `harden completions` and `harden man`

use clap::CommandFactory as _;

use super::{Status, output_error};
use crate::cli::Cli;
use crate::output::Screen;

pub fn completions(shell: clap_complete::Shell, screen: &mut Screen) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "harden", &mut script);
    print(&script, screen)
}

pub fn man(screen: &mut Screen) -> anyhow::Result<Status> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&page, screen)
}

fn print(bytes: &[u8], screen: &mut Screen) -> anyhow::Result<Status> {
    let text = String::from_utf8_lossy(bytes);
    screen.print(&text).map_err(output_error)?;
    Ok(Status::Done)
}
