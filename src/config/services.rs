//! `[provider]` of a class file: which services are used, and how each is reached.

use std::path::{Path, PathBuf};

use super::document::Document;
use super::value::{Taken, Wrong, command, list, path, text, words};
use super::{
    CONNECT_TOKEN, EVENTS_TOKEN, Environment, OP_TOKEN, ProviderName, SANDBOX_TOKEN, SANDBOX_URL, Source,
    read_token,
};
use crate::domain::fault::Fault;
use crate::domain::host::is_loopback;
use crate::domain::secret::Secret;
use crate::domain::text::SafeText;

/// How to reach the sandbox: `[provider.sandbox]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sandbox {
    /// Where a running one listens; `None` is the embedded one.
    pub url: Option<String>,
    /// Who acts.
    pub token: Token,
}

/// How to reach 1Password through its CLI: `[provider.op]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Op {
    /// The program; by default the first `op` of `PATH`.
    pub path: Option<PathBuf>,
    /// That of the service account. Where there is none [`Op::token_command`] prints it, or the person who is
    /// signed in is meant.
    pub token: Token,
    /// The command that prints the token, word by word; no shell is involved.
    pub token_command: Option<Vec<String>>,
}

impl Op {
    /// The settings that make the class file run a program, each with what it names.
    pub(super) fn named(&self) -> Vec<(&'static str, SafeText)> {
        let path = self.path.as_ref().map(|path| path.display().to_string());
        let command = self.token_command.as_ref().map(|words| words.join(" "));
        named([("provider.op.path", path.as_ref()), ("provider.op.token_command", command.as_ref())])
    }
}

/// How to reach a service over HTTPS: `[provider.connect]` and `[provider.events]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Its address, for example `https://connect.example.edu`, without a slash at the end. Plain `http` only on
    /// this machine.
    pub host: Option<String>,
    /// What lets us in.
    pub token: Token,
    /// The proxy on the way; none is used that is not named here.
    pub proxy: Option<String>,
}

impl Service {
    /// The settings that make the class file contact something, each with what it names.
    pub(super) fn named(&self, door: &Door) -> Vec<(&'static str, SafeText)> {
        named([(door.host, self.host.as_ref()), (door.proxy, self.proxy.as_ref())])
    }
}

/// Those of some settings that are set, each with what it names.
fn named(settings: [(&'static str, Option<&String>); 2]) -> Vec<(&'static str, SafeText)> {
    settings.into_iter().filter_map(|(key, value)| Some((key, SafeText::new(value?)))).collect()
}

/// Where the token of a service is. Equal to another that names the same file, whatever the environment holds.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// The file, of mode 0600; a relative path starts at the class file's folder.
    pub file: Option<PathBuf>,
    /// The token of the environment; it comes before the file.
    given: Option<Secret>,
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Token {
    /// The token, from the environment or else from its file; `None` when neither is set.
    ///
    /// # Errors
    /// A fault of [`Kind::Input`](crate::domain::fault::Kind::Input) when the file cannot be read, others can
    /// read it, or it holds no token.
    pub fn read(&self) -> Result<Option<Secret>, Fault> {
        match &self.given {
            Some(given) => Ok(Some(given.clone())),
            None => self.file.as_deref().map(read_token).transpose(),
        }
    }

    /// Whether it stands in the environment.
    pub fn is_in_environment(&self) -> bool {
        self.given.is_some()
    }

    /// By the key that names its file, and the variable that comes before that.
    fn of(
        file: &mut Document<'_>,
        (folder, env): (&Path, &Environment),
        key: &'static str,
        (given, variable): (&'static str, &'static str),
    ) -> Self {
        let token = env.text(variable).map(Secret::from);
        if token.is_some() {
            file.sources.insert(given, Source::Environment(variable));
        }
        Self { file: file.take(key, |value| path(value, folder)), given: token }
    }
}

/// What helps where a sandbox's address is none, and where it holds its token.
const URL: &str = "write it as \"http://127.0.0.1:4711\"";
const TOKEN: &str = "set STRONGROOM_SANDBOX_TOKEN for the token";

/// `[provider.sandbox]`, and what the environment says of it.
pub(super) fn sandbox(file: &mut Document<'_>, folder: &Path, env: &Environment) -> Sandbox {
    let mut url =
        file.take("provider.sandbox.url", |value| address(text(value)?, URL, TOKEN).map(str::to_owned));
    if let Some(set) = env.text(SANDBOX_URL) {
        if let Err(Wrong(what, mend)) = address(set, URL, TOKEN) {
            file.report(0, format!("environment variable {SANDBOX_URL}: {what}"), mend);
        }
        url = Some(set.to_owned());
        file.sources.insert("provider.sandbox.url", Source::Environment(SANDBOX_URL));
    }
    let given = ("provider.sandbox.token", SANDBOX_TOKEN);
    Sandbox { url, token: Token::of(file, (folder, env), "provider.sandbox.token_file", given) }
}

/// `[provider.op]`, and its token of the environment.
pub(super) fn op(file: &mut Document<'_>, folder: &Path, env: &Environment) -> Op {
    let program = file.take("provider.op.path", |value| {
        const MEND: &str = "write the whole path, for example \"/usr/bin/op\"";
        let path = Path::new(words(value)?);
        if path.is_absolute() { Ok(path.to_owned()) } else { Err(Wrong::new("it is no absolute path", MEND)) }
    });
    let given = ("provider.op.token", OP_TOKEN);
    let token = Token::of(file, (folder, env), "provider.op.token_file", given);
    let token_command = file.take("provider.op.token_command", |value| {
        command(value, "write the words of a command: [\"/usr/bin/pass\", \"show\", \"class\"]")
    });
    if token.file.is_some() && token_command.is_some() {
        let at = file.value("provider.op.token_command").map_or(0, |value| value.span().start);
        let message = "both `token_file` and `token_command` are set";
        file.report(at, message, "remove one of the two");
    }
    Op { path: program, token, token_command }
}

/// The keys of a service over HTTPS, and the variable with its token.
pub(super) struct Door {
    pub(super) table: &'static str,
    pub(super) host: &'static str,
    pub(super) token_file: &'static str,
    pub(super) proxy: &'static str,
    pub(super) token: &'static str,
    variable: &'static str,
    /// A host as it could be.
    example: &'static str,
}

/// Those of Connect.
pub(super) const CONNECT: Door = Door {
    table: "provider.connect",
    host: "provider.connect.host",
    token_file: "provider.connect.token_file",
    proxy: "provider.connect.proxy",
    token: "provider.connect.token",
    variable: CONNECT_TOKEN,
    example: "write it as \"https://connect.example.edu\", or \"http://127.0.0.1:8080\" on this machine",
};
/// Those of the Events API.
pub(super) const EVENTS: Door = Door {
    table: "provider.events",
    host: "provider.events.host",
    token_file: "provider.events.token_file",
    proxy: "provider.events.proxy",
    token: "provider.events.token",
    variable: EVENTS_TOKEN,
    example: "write it as \"https://events.1password.com\"",
};

/// A service over HTTPS, and its token of the environment.
pub(super) fn service(file: &mut Document<'_>, folder: &Path, env: &Environment, door: &Door) -> Service {
    const PROXY: &str = "write it as \"http://proxy.example.edu:3128\"";
    const PLAIN: &str = "a proxy that wants a name and a password cannot be used";
    let host = file.take(door.host, |value| secure(text(value)?, door).map(str::to_owned));
    let proxy = file.take(door.proxy, |value| address(text(value)?, PROXY, PLAIN).map(str::to_owned));
    let token = Token::of(file, (folder, env), door.token_file, (door.token, door.variable));
    Service { host, token, proxy }
}

/// An address that a token may be sent to: over TLS, or on this machine. Paths are added to it.
fn secure<'a>(written: &'a str, door: &Door) -> Taken<&'a str> {
    let mend = format!("set {} for the token", door.variable);
    let found = address(written, door.example, &mend)?;
    let url = reqwest::Url::parse(found).map_err(|_| Wrong::new("it is no address", door.example))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("it goes on after the path", door.example));
    }
    if url.scheme() == "https" || url.host_str().is_some_and(is_loopback) {
        return Ok(found.trim_end_matches('/'));
    }
    Err(Wrong::new("the token would travel in the open", "write https://, or an address of this machine"))
}

/// An address over HTTP. It holds no credentials, since it is shown.
fn address<'a>(text: &'a str, example: &str, token: &str) -> Taken<&'a str> {
    let url = reqwest::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // What was written is not quoted: it may hold a password.
    let url = url.ok_or_else(|| Wrong::new("it is no address", example))?;
    if url.username().is_empty() && url.password().is_none() {
        return Ok(text);
    }
    Err(Wrong::new("the address holds credentials", token))
}

/// The providers of the file. Where it names none, a sandbox's URL is a choice too; nothing else is.
pub(super) fn providers(file: &mut Document<'_>, has_url: bool) -> Vec<ProviderName> {
    const MEND: &str = "write use = [\"op\"] for 1Password, or [\"sandbox\"]";
    let chosen = file.take("provider.use", |value| {
        let mut names = Vec::new();
        for word in list(value, MEND, text)? {
            let fault = |fault: Fault| Wrong::new(fault.message.as_str(), MEND);
            let name = ProviderName::parse(&word).map_err(fault)?;
            if names.contains(&name) {
                return Err(Wrong::new(format!("\"{word}\" stands twice"), "remove one of the two"));
            }
            names.push(name);
        }
        match names.iter().filter(|name| name.acts()).count() {
            _ if names.is_empty() => Err(Wrong::new("the list is empty", MEND)),
            0 => Err(Wrong::new("what is listed only reads", "add \"op\", which also changes")),
            1 => Ok(names),
            _ => Err(Wrong::new("the sandbox and 1Password never go together", "remove one of the two")),
        }
    });
    if chosen.is_none() && has_url && file.value("provider.use").is_none() {
        let source = file.sources.get("provider.sandbox.url").copied().unwrap_or(Source::Default);
        file.sources.insert("provider.use", source);
        return vec![ProviderName::Sandbox];
    }
    let chosen = chosen.unwrap_or_default();
    needs(file, &chosen);
    chosen
}

/// Tells what a service that is used lacks, so that it is known before anything is asked.
fn needs(file: &mut Document<'_>, names: &[ProviderName]) {
    if names.contains(&ProviderName::Connect) && file.value(CONNECT.host).is_none() {
        let at = file.value("provider.use").map_or(0, |value| value.span().start);
        file.report(at, "`provider.connect.host` is missing, and Connect is used", CONNECT.example);
    }
}
