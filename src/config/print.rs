//! The settings in effect as a class file, each with where it came from. Never a secret.

use std::path::Path;

use jiff::SignedDuration;

use super::services::{CONNECT, EVENTS};
use super::value::{quoted, quoted_list};
use super::{Beat, Config, Source, downloads, fill};
use crate::domain::class::{Exception, Staff, StaffName};
use crate::domain::handoff::{Consumer, Means};

/// The column in which comments begin.
const COMMENTS: usize = 44;

impl Config {
    /// The settings in effect as TOML, each with a comment telling where it came from: what
    /// `strongroom config print` shows. It reads back as the same settings; a token of the
    /// environment is only mentioned.
    pub fn to_toml(&self) -> String {
        let mut page = Page { config: self, lines: Vec::new() };
        let (class, sandbox) = (&self.class, &self.sandbox);
        page.table("class");
        page.line("class.id", Some(quoted(&class.id)));
        page.line("class.title", Some(quoted(class.title.as_str())));
        page.line("class.time_zone", class.time_zone.iana_name().map(quoted));
        page.table("roster");
        page.line("roster.email_domain", class.email_domain.as_deref().map(quoted));
        page.table("provider");
        let names: Vec<&str> = self.providers.iter().map(|name| name.name()).collect();
        page.line("provider.use", (!names.is_empty()).then(|| quoted_list(&names)));
        page.table("provider.sandbox");
        page.line("provider.sandbox.url", sandbox.url.as_deref().map(quoted));
        page.line("provider.sandbox.token_file", sandbox.token.file.as_deref().map(path));
        page.given("provider.sandbox.token");
        page.table("provider.op");
        page.line("provider.op.path", self.op.path.as_deref().map(path));
        page.line("provider.op.token_file", self.op.token.file.as_deref().map(path));
        page.line("provider.op.token_command", self.op.token_command.as_deref().map(quoted_list));
        page.given("provider.op.token");
        page.services();
        page.table("vaults");
        page.line("vaults.name", Some(quoted(&class.vaults.name)));
        page.line("vaults.description", Some(quoted(&class.vaults.description)));
        page.line("vaults.icon", class.vaults.icon.as_deref().map(quoted));
        page.line("vaults.admins_can_manage", Some(class.vaults.admins_can_manage.to_string()));
        page.table("access");
        page.line("access.student", Some(quoted(class.student.name())));
        page.line("access.staff", Some(staff(&class.staff)));
        page.line("access.auto", Some(class.auto.to_string()));
        page.table("watch");
        page.line("watch.every", Some(beat(self.watch.every)));
        page.line("watch.share_of_budget", Some(self.watch.share_of_budget.to_string()));
        page.line("watch.save_to", self.watch.save_to.as_deref().map(path));
        page.table("download");
        for (path, most) in [
            ("download.most_of_file", self.download.file),
            ("download.most_of_student", self.download.student),
            ("download.most_in_all", self.download.run),
        ] {
            page.line(path, Some(quoted(&downloads::written(most))));
        }
        page.kept();
        for exception in &class.exceptions {
            page.exception(exception);
        }
        page.lines.extend(super::assignments::lines(&class.assignments));
        for consumer in &self.watch.consumers {
            page.consumer(consumer);
        }
        page.lines.push(String::new());
        page.lines.join("\n")
    }
}

struct Page<'a> {
    config: &'a Config,
    lines: Vec<String>,
}

impl Page<'_> {
    /// The services over HTTPS.
    fn services(&mut self) {
        let config = self.config;
        for (door, service) in [(CONNECT, &config.connect), (EVENTS, &config.events)] {
            self.table(door.table);
            self.line(door.host, service.host.as_deref().map(quoted));
            self.line(door.token_file, service.token.file.as_deref().map(path));
            self.line(door.proxy, service.proxy.as_deref().map(quoted));
            self.given(door.token);
        }
    }

    /// For how long what is known stays, and how the log is kept.
    fn kept(&mut self) {
        let config = self.config;
        self.table("retention");
        self.line("retention.days", config.retention.map(|days| days.to_string()));
        self.table("audit");
        self.line("audit.key_file", config.audit_key.as_deref().map(path));
        self.line("audit.checkpoint_vault", config.checkpoint_vault.as_deref().map(quoted));
    }

    fn table(&mut self, path: &str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(format!("[{path}]"));
    }

    /// One setting; where it has no value, as a comment.
    fn line(&mut self, path: &str, value: Option<String>) {
        let key = path.rsplit('.').next().unwrap_or(path);
        let line = value.map_or_else(|| format!("# {key} is not set"), |value| format!("{key} = {value}"));
        let source = self.config.source(path);
        self.lines.push(format!("{line:COMMENTS$}  # {source}"));
    }

    /// Tells of a token that the environment holds.
    fn given(&mut self, path: &str) {
        if let Source::Environment(name) = self.config.source(path) {
            self.lines.push(format!("# a token is set by {name}; it is not shown"));
        }
    }

    fn consumer(&mut self, consumer: &Consumer) {
        self.table(&format!("[watch.{}]", consumer.by.word()));
        let time = SignedDuration::try_from(consumer.timeout).unwrap_or_default();
        self.lines.push(format!("name = {}", quoted(&consumer.name)));
        match &consumer.by {
            Means::Hook { run } => self.lines.push(format!("run = {}", quoted_list(run))),
            Means::Webhook { url, secret_file } => {
                self.lines.push(format!("url = {}", quoted(url)));
                self.lines.push(format!("secret_file = {}", path(secret_file)));
            }
        }
        self.lines.push(format!("timeout = {}", quoted(&format!("{time:#}"))));
        self.lines.push(format!("retries = {}", consumer.retries));
    }

    fn exception(&mut self, exception: &Exception) {
        self.table("[access.exception]");
        for (key, value) in [
            ("who", quoted(&exception.who)),
            ("vault", quoted(exception.vault.as_str())),
            ("level", quoted(exception.level.name())),
            ("reason", quoted(exception.reason.as_str())),
            ("until", exception.until.to_string()),
        ] {
            self.lines.push(format!("{key} = {value}"));
        }
    }
}

fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

fn staff(staff: &[Staff]) -> String {
    let entries = staff.iter().map(|staff| {
        let key = if matches!(staff.who, StaffName::Group(_)) { "group" } else { "user" };
        fill::member(key, staff.who.as_str(), staff.level)
    });
    format!("[{}]", entries.collect::<Vec<_>>().join(", "))
}

fn beat(beat: Beat) -> String {
    match beat {
        Beat::Auto => quoted("auto"),
        // At most a day, so that it always fits.
        Beat::Every(time) => quoted(&format!("{:#}", SignedDuration::try_from(time).unwrap_or_default())),
    }
}
