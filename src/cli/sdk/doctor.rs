//! `keyproof sdk --doctor`: talks the author of an adapter through the first mistakes.

use super::arguments::Arguments;
use super::browser::Adapter;
use super::launch::launcher;
use super::rerun::adapter_words;
use crate::cli::signal::first_signal;
use crate::cli::{Trouble, output};
use crate::harness::Exit;
use crate::harness::report::cut_at;
use crate::suite::client::WITHHELD_MEMBERS;
use crate::suite::client::doctor::examine as client;
use crate::suite::sdk::doctor::{Event, Finding, Line, Patience, Severity, Step, examine};

/// Characters of a line of an exchange that are printed.
const COLUMNS: usize = 400;
/// Lines of standard error that are printed: the last ones.
const LINES: usize = 12;

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    crate::cli::process::runtime()?.block_on(async {
        let adapter = Adapter::of(arguments).await?;
        let launcher = launcher(&adapter.command)?;
        let stop = first_signal()?;
        let mut printed = Ok(());
        let mut print = |mut event| {
            if let (Event::Done(step), Some(_)) = (&mut event, &arguments.browser)
                && step.name == "start"
            {
                // The command is a part of this program, which stands for the page.
                step.note = adapter_words(arguments).trim_start().to_owned();
            }
            let written = output::print(&render(&event));
            if printed.is_ok() {
                printed = written;
            }
        };
        let examined = async {
            if arguments.client {
                let redactor = output::redactor().withholding(WITHHELD_MEMBERS);
                return client(launcher, arguments.one_shot, &redactor, &mut print).await;
            }
            let crypto = examine(launcher, arguments.one_shot, Patience::default(), &mut print);
            crypto.await.map_err(|stop| stop.to_string())
        };
        let examined = tokio::select! {
            examined = examined => examined,
            () = stop => return Ok(Exit::Incomplete),
        };
        adapter.close().await;
        let exit = examined.map_err(Trouble::unreachable)?;
        printed?;
        output::print(&next(arguments, exit))?;
        Ok(exit)
    })
}

/// What to do next.
fn next(arguments: &Arguments, exit: Exit) -> String {
    let client = if arguments.client { " --client" } else { "" };
    let one_shot = if arguments.one_shot { " --one-shot" } else { "" };
    let mode = format!("{client}{one_shot}");
    let words = adapter_words(arguments);
    match exit {
        Exit::Held => format!("next: keyproof sdk{mode}{words}\n"),
        Exit::Incomplete => format!(
            "next: keyproof sdk{mode}{words}\n      which is incomplete (3) because of what is \
             marked ?\n"
        ),
        _ => format!("next: mend what is marked ✗, then keyproof sdk --doctor{mode}{words}\n"),
    }
}

fn render(event: &Event) -> String {
    match event {
        Event::Waiting { op, limit } => {
            format!("… waiting for the reply to {}, up to {} s\n", cut(op), limit.as_secs_f64())
        }
        Event::Done(step) => render_step(step),
    }
}

fn render_step(step: &Step) -> String {
    let name = cut(&step.name);
    let worst = step.findings.iter().map(|finding| finding.severity).max();
    let mut text = String::new();
    if worst.is_none_or(|worst| worst == Severity::Note) {
        let note =
            if step.note.is_empty() { String::new() } else { format!(": {}", cut(&step.note)) };
        text.push_str(&format!("✓ {name}{note}\n"));
    }
    for finding in &step.findings {
        text.push_str(&render_finding(&name, finding));
    }
    text
}

fn render_finding(step: &str, finding: &Finding) -> String {
    let mark = match finding.severity {
        Severity::Note => '·',
        Severity::Should => '!',
        Severity::Incomplete => '?',
        Severity::Must => '✗',
    };
    let mut text = format!("{mark} {step}: {}\n", cut(&finding.what));
    let mut line = |label: &str, content: &str| {
        text.push_str(&format!("    {label:<9} {}\n", cut(content)));
    };
    for advice in &finding.advice {
        line("do", advice);
    }
    if let Some((expected, got)) = &finding.compared {
        line("expected", expected);
        line("got", got);
    }
    for exchanged in &finding.exchange {
        let (arrow, content) = match exchanged {
            Line::Sent(content) => ('→', content),
            Line::Received(content) => ('←', content),
        };
        text.push_str(&format!("    {arrow} {}\n", cut(content)));
    }
    let stderr: Vec<&str> = finding.stderr.lines().collect();
    for line in &stderr[stderr.len().saturating_sub(LINES)..] {
        text.push_str(&format!("    stderr | {}\n", cut(line)));
    }
    text
}

/// On one line, escaped, and no longer than fits.
fn cut(text: &str) -> String {
    // Half a secret at the cut would not be found.
    let text = &*output::redactor().redact(text);
    match text.char_indices().nth(COLUMNS) {
        None => output::printable(text),
        Some((end, _)) => output::printable(&cut_at(text, end)),
    }
}
