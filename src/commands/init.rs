//! `strongroom init`: from nothing to a class that is set up.
//!
//! Everything is looked at first, and each check is shown with what mends it. Only when nothing has
//! failed is anything written, the class file last; until then an interrupt leaves nothing behind.
//! Nothing in 1Password is changed but by the probe, which is run to its end.

mod answers;

use super::checks::{Checks, gap, say, token};
use super::question::yes;
use super::roster::bytes;
use super::{Context, DONE, Done, Failure};
use crate::cli::Init;
use crate::clock::Clock;
use crate::config::{self, Config, Places, fill};
use crate::doctor::account::{Account, student_level};
use crate::doctor::{Finding, State, class as of_class, program, staff, terminal, worst};
use crate::domain::budget::forecast::{self, Speed};
use crate::domain::fault::{Fault, Kind};
use crate::domain::plan::{Plan, Wish};
use crate::domain::roster::{self, Imported, Reading, Student};
use crate::domain::text::{SafeText, counted};
use crate::ops::probe::probe;
use crate::report::doctor::WORDS;
use crate::report::init::{Started, in_words};
use crate::report::{Format, unverified};
use crate::setup::{self, Service, Settled};
use answers::{Answers, gather};

/// What the probe costs (1Password, "Use service accounts with the CLI").
const PRICE: &str = "1 write, then 1 read and 1 write";

/// A class that could be set up.
struct Ready {
    answers: Answers,
    text: String,
    config: Config,
    service: Service,
    account: Account,
    roster: Option<Imported>,
    probes: bool,
}

/// Sets a class up.
pub(super) async fn run(context: &mut Context, init: &Init) -> Done {
    let interrupt = context.interrupt.clone();
    let mut checks = Checks::default();
    let ready = interrupt.or(look(context, init, &mut checks)).await??;
    if ready.probes {
        let result = probe(ready.service.provider.as_ref(), &ready.config.class.id).await;
        checks.tell(context, [tried(&result)])?;
        if let Some(code) = interrupt.came() {
            return Err(Failure::Signal(code));
        }
        result?;
    } else {
        let what = "not known until the first vault is made";
        let mend = format!("--probe makes an empty vault and deletes it again ({PRICE})");
        checks.tell(context, [Finding::note("right-to-create", what).mend(mend)])?;
    }
    let failed = checks.all.iter().filter(|finding| finding.state == State::Failure).count();
    if worst(&checks.all) == State::Failure {
        let fault =
            Fault::new(Kind::Input, format!("nothing was written: {} failed", counted(failed, "check")));
        return Err(fault.hint("mend what is marked as failure, and run it again").into());
    }
    finish(context, init, ready, &checks)
}

fn tried(result: &Result<(), Fault>) -> Finding {
    match result {
        Ok(()) => Finding::ok("right-to-create", "an empty vault was made and deleted again"),
        Err(fault) if fault.kind == Kind::Denied => Finding::fault("right-to-create", fault)
            .mend("make a service account with --can-create-vaults: the right cannot be added later"),
        Err(fault) => Finding::fault("right-to-create", fault),
    }
}

/// Gathers the answers and looks at everything; nothing is written.
async fn look(context: &mut Context, init: &Init, checks: &mut Checks) -> Result<Ready, Failure> {
    let places = Places::new(&context.choice.env)?;
    let answers = gather(context, init, &places).await?;
    if !init.dry_run {
        is_new(context, &answers)?;
    }
    let text = fill(&answers.settings);
    let config = config::parse(&text, &answers.out.display().to_string(), &context.choice.env)?;
    context.in_zone(&config.class);
    say(context, WORDS)?;
    gap(context)?;
    // Before anything is asked of a service: a list with mistakes stops it for free.
    let roster = class_list(context, &answers, init, &config).await?;
    context.choice.providers = vec![answers.provider];
    let service = if init.dry_run {
        setup::tried(&config, &context.choice, &places).await?
    } else {
        setup::service(&config, &context.choice, &places).await?
    };
    checks.tell(context, terminal::shadows(&context.choice.env, false))?;
    checks.tell(context, way(&service))?;
    let account = Account::ask(service.provider.as_ref(), Some(&config.class)).await?;
    if roster.is_some() {
        settled(context, &config, &account).takes_list(&places)?;
    }
    let students = roster.as_ref().map_or(0, |list| list.students.len());
    checks.tell(context, account.findings(config.watch.every.on(answers.provider), students, 0))?;
    checks.tell(context, [student_level(config.class.student, account.identity.kind)])?;
    checks.tell(context, there_already(&config, &account))?;
    let frame = account.frame(&config.class, None, Some(listed(roster.as_ref())), today(&config))?;
    checks.tell(context, [staff::staff(&frame)])?;
    checks.tell(context, staff::look(&frame).map(|seen| staff::staff_groups(&seen, None)))?;
    checks.tell(context, [of_class::addresses(&frame.students, Some(&frame))])?;
    if let Some(list) = &roster {
        checks.tell(
            context,
            [Finding::ok("class-list", format!("{}: {}", list.format, counted(students, "student")))],
        )?;
        checks.tell(context, [of_class::sign_ups(&frame)])?;
    }
    let ask = format!("Try whether vaults may be made? Makes an empty one, deletes it ({PRICE}) [y/N]:");
    let probes = init.probe
        || (answers.asks && !init.dry_run && !context.choice.read_only && yes(context, &ask).await?);
    Ok(Ready { answers, text, config, service, account, roster, probes })
}

fn today(config: &Config) -> jiff::civil::Date {
    Clock::real().now().to_zoned(config.class.time_zone.clone()).date()
}

fn listed(roster: Option<&Imported>) -> Vec<Student> {
    roster.map_or_else(Vec::new, |list| list.students.clone())
}

/// A class is set up once: says what is there already.
fn is_new(context: &Context, answers: &Answers) -> Result<(), Fault> {
    if answers.out.symlink_metadata().is_err() {
        return Ok(());
    }
    let choice = setup::Choice { class: Some(answers.out.clone()), ..context.choice.clone() };
    let survey = setup::Survey::make(&choice)?;
    let kept = match survey.store() {
        Some(Ok(store)) => {
            let here = store.students()?.iter().filter(|row| !row.gone).count();
            let (students, vaults) = (counted(here, "student"), counted(store.bound()?, "vault"));
            format!(", with {students} and {vaults} on this machine")
        }
        _ => String::new(),
    };
    let class =
        survey.config().map_or_else(String::new, |config| format!(" of the class {}", config.class.id));
    let message = format!("{} exists already: the class file{class}{kept}", answers.out.display());
    Err(Fault::new(Kind::Input, message).hint(
        "open it with `strongroom`, look with `strongroom doctor`, edit it; or name another file with --out",
    ))
}

fn settled<'a>(context: &'a Context, config: &'a Config, account: &'a Account) -> Settled<'a> {
    Settled { config, account: &account.identity.account, state: context.choice.state.as_deref() }
}

async fn class_list(
    context: &Context,
    answers: &Answers,
    init: &Init,
    config: &Config,
) -> Result<Option<Imported>, Failure> {
    let Some(file) = &answers.roster else { return Ok(None) };
    let (bytes, domain) = (bytes(context, file).await?, config.class.email_domain.clone());
    let columns = init.map.clone().unwrap_or_default();
    let origin = file.to_string_lossy();
    let reading = Reading { origin: &origin, columns: &columns, email_domain: domain.as_deref() };
    Ok(Some(roster::read(&bytes, &reading)?))
}

/// The CLI and its token.
fn way(service: &Service) -> Vec<Finding> {
    let Some(reached) = &service.program else {
        return Vec::new();
    };
    let mut findings = program::program(&reached.path, Some(&reached.version));
    findings.push(token(reached));
    findings
}

/// Vaults that carry a name of the class before it was set up.
fn there_already(config: &Config, account: &Account) -> Option<Finding> {
    let vaults = account.vaults.as_ref().ok()?;
    let named = vaults.iter().filter(|vault| config.class.student_of(vault.name.as_str()).is_some()).count();
    let what = if named > 0 {
        format!("{named} of {} visible vaults carry a name of this class", vaults.len())
    } else if vaults.is_empty() {
        return Some(Finding::ok("existing-vaults", "none: the class begins empty"));
    } else {
        format!(
            "{} visible, none of this class; what was given to the service account when it was created stays as it is",
            counted(vaults.len(), "vault")
        )
    };
    let finding = Finding::note("existing-vaults", what);
    Some(if named > 0 {
        finding.mend("`strongroom adopt` binds those that Strongroom made")
    } else {
        finding
    })
}

/// Writes what was settled, and shows the first plan.
fn finish(context: &mut Context, init: &Init, ready: Ready, checks: &Checks) -> Done {
    let Ready { answers, text, config, account, roster, .. } = ready;
    let places = Places::new(&context.choice.env)?;
    let file = SafeText::new(&answers.out.display().to_string());
    let store = if init.dry_run {
        None
    } else {
        let settled = settled(context, &config, &account);
        Some(settled.write(&places, &listed(roster.as_ref()), &answers.out, &text)?)
    };
    let frame =
        account.frame(&config.class, store.as_ref(), Some(listed(roster.as_ref())), today(&config))?;
    let mut plan = Plan::make(&frame, &Wish::Provision(Vec::new()))?;
    let windows = account.budget.as_ref().map_or_else(Vec::new, |budget| budget.allowances.clone());
    plan.eta = Some(forecast::duration(plan.effort(), &windows, Speed::default()));
    let there = checks.all.iter().any(|finding| finding.name == "existing-vaults" && finding.mend.is_some());
    let alone = ready.service.embedded.is_some();
    // What is found without being named need not be named.
    let found = init.dry_run || config::find(None, &places).ok().flatten().as_ref() == Some(&answers.out);
    let next =
        next(&answers, &plan, there, alone) + &if found { String::new() } else { format!(" --class {file}") };
    if context.report.format() != Format::Table {
        context.report.page(&Started::new(
            &config.class.id,
            file,
            init.dry_run,
            &checks.all,
            &plan,
            &next,
        ))?;
        return Ok(DONE);
    }
    gap(context)?;
    let done = if init.dry_run { "would be written (--dry-run)" } else { "is written" };
    say(context, &format!("{file} {done}"))?;
    if !config.runs().is_empty() && !init.dry_run {
        say(context, "it names a program, and is trusted as it is now; an edit takes that away")?;
    }
    say(context, in_words(&plan).as_str())?;
    for what in unverified(&plan.unverified) {
        say(context, what.as_str())?;
    }
    say(context, &format!("next: {next}"))?;
    Ok(DONE)
}

/// The one command that comes next. `there` says that vaults of the class are there already, `alone`
/// that the sandbox ends with this program.
fn next(answers: &Answers, plan: &Plan, there: bool, alone: bool) -> String {
    let word = match () {
        () if answers.roster.is_none() => "roster import FILE",
        () if there => "adopt",
        () if plan.changes() > 0 => "provision",
        () => "status",
    };
    let first = if alone { "strongroom sandbox serve (in another terminal), then: " } else { "" };
    format!("{first}strongroom {word}")
}
