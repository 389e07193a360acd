//! What each subcommand does.

mod allow;
mod batch;
mod config;
mod explain;
mod gate;
mod generate;
mod lock;
mod lsp;
mod mr;
mod profile;
mod rewrite;
mod syntax;
mod work;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::cli::{self, Cli, Color, Command, ConfigCommand};
use crate::config::Config;
use crate::internal;
use crate::output::{Screen, escape, text};
use crate::report::Problem;

/// How a run ended; the order is that of the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Done,
    Left,
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Left => Self::from(1),
            Status::Failed => Self::from(2),
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match cli::parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut screen = Screen::new(cli.common.color);
    internal::keep_panics();
    let result = internal::catch(|| run(&cli, &mut screen))
        .unwrap_or_else(|message| Err(anyhow::Error::msg(message)))
        .and_then(|status| {
            screen.flush().map_err(output_error)?;
            Ok(status)
        });
    match result {
        // A gate is shut, whether somebody reads why or not.
        Ok(_) if screen.is_closed() && !matches!(cli.command, Some(Command::Gate(_))) => {
            ExitCode::SUCCESS
        }
        Ok(status) => status.into(),
        Err(error) => {
            let failure = text::failure(&error, &screen.error_styles);
            // Not through the screen, whose standard output may be what failed. Nobody is left to tell where this fails.
            let _ = io::stderr().write_all(failure.as_bytes());
            Status::Failed.into()
        }
    }
}

fn run(cli: &Cli, screen: &mut Screen) -> anyhow::Result<Status> {
    match &cli.command {
        None => rewrite::run(&cli.rewrite, &config(cli)?, screen),
        Some(Command::Config(ConfigCommand::Show)) => config::show(&config(cli)?, screen),
        Some(Command::Explain { name }) => explain::run(name.as_deref(), screen),
        Some(Command::Allow {
            rule,
            place,
            reason,
            until,
        }) => allow::run(rule, place, reason, *until, screen),
        Some(Command::Profile(command)) => profile::run(command, screen),
        Some(Command::Syntax { paths }) => syntax::run(paths, screen),
        Some(Command::Lock(arguments)) => lock::run(arguments, &config(cli)?, screen),
        Some(Command::Gate(arguments)) => gate::run(arguments, screen),
        Some(Command::Batch(command)) => batch::run(command, cli, screen),
        Some(Command::Mr(arguments)) => mr::run(arguments, cli, screen),
        Some(Command::Lsp(arguments)) => {
            let config = (cli.common.config.as_deref(), cli.common.isolated);
            lsp::run(arguments, config, screen)
        }
        Some(Command::Completions { shell }) => generate::completions(*shell, screen),
        Some(Command::Man) => generate::man(screen),
    }
}

fn config(cli: &Cli) -> Result<Config, Problem> {
    Config::load(cli.common.config.as_deref(), cli.common.isolated)
}

/// Usage errors, and the texts of `--help` and `--version`.
fn usage(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    if escape::block(&plain) == plain {
        // Nobody is left to tell where this fails.
        let _ = error.print();
    } else {
        let _ = Screen::new(Color::Never).tell(&escape::block(&plain));
    }
    if error.use_stderr() {
        Status::Failed.into()
    } else {
        Status::Done.into()
    }
}

fn output_error(error: io::Error) -> anyhow::Error {
    let message = crate::report::io_message(&error);
    anyhow::anyhow!("cannot write to standard output: {message}")
}
