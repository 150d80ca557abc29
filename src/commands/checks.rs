//! Findings as they are made: shown at once to people, kept for everybody else.

use super::Context;
use crate::doctor::{Finding, program};
use crate::domain::fault::Result;
use crate::domain::text::SafeText;
use crate::report::Format;
use crate::report::doctor::{lines, paragraph};
use crate::setup::Program;

/// What was found so far.
#[derive(Default)]
pub(super) struct Checks {
    /// Every finding, in order.
    pub(super) all: Vec<Finding>,
}

impl Checks {
    /// Keeps findings, and shows them where people read along.
    pub(super) fn tell(
        &mut self,
        context: &mut Context,
        findings: impl IntoIterator<Item = Finding>,
    ) -> Result<()> {
        for finding in findings {
            if context.report.format() == Format::Table {
                lines(&finding).iter().try_for_each(|line| context.report.line(line))?;
            }
            self.all.push(finding);
        }
        Ok(())
    }
}

/// The token that the CLI is run with.
pub(super) fn token(program: &Program) -> Finding {
    match &program.token {
        Ok(token) => program::token(token),
        Err(fault) => Finding::fault("token", fault),
    }
}

/// Says something where people read along.
pub(super) fn say(context: &mut Context, text: &str) -> Result<()> {
    if context.report.format() != Format::Table {
        return Ok(());
    }
    paragraph(text).iter().try_for_each(|line| context.report.line(line))
}

/// An empty line where people read along.
pub(super) fn gap(context: &mut Context) -> Result<()> {
    if context.report.format() == Format::Table { context.report.line(&SafeText::default()) } else { Ok(()) }
}
