//! `[provider]` of a class file: which services are used, and how each is reached. Reads no files.

use std::path::{Path, PathBuf};

use super::document::{Document, Taken, Wrong, mismatch, text, words};
use super::{
    CONNECT_TOKEN, EVENTS_TOKEN, Environment, Given, OP_TOKEN, Op, ProviderName, SANDBOX_TOKEN, SANDBOX_URL,
    Sandbox, Service, Source,
};
use crate::domain::secret::Secret;
use toml::de::DeValue;

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
    let token = env.text(SANDBOX_TOKEN).map(Secret::from);
    if token.is_some() {
        file.sources.insert("provider.sandbox.token", Source::Environment(SANDBOX_TOKEN));
    }
    let token_file = file.take("provider.sandbox.token_file", |value| path(value, folder));
    Sandbox { url, token_file, token }
}

/// `[provider.op]`, and its token of the environment.
pub(super) fn op(file: &mut Document<'_>, folder: &Path, env: &Environment) -> Op {
    let program = file.take("provider.op.path", |value| {
        const MEND: &str = "write the whole path, for example \"/usr/bin/op\"";
        let path = Path::new(words(value)?);
        if path.is_absolute() { Ok(path.to_owned()) } else { Err(Wrong::new("it is no absolute path", MEND)) }
    });
    let token = env.text(OP_TOKEN).map(Secret::from);
    if token.is_some() {
        file.sources.insert("provider.op.token", Source::Environment(OP_TOKEN));
    }
    let token_file = file.take("provider.op.token_file", |value| path(value, folder));
    let token_command = file.take("provider.op.token_command", |value| {
        const MEND: &str = "write the words of a command: [\"/usr/bin/pass\", \"show\", \"class\"]";
        let list = value.as_array().ok_or_else(|| mismatch(value, "a list", MEND))?;
        let list =
            list.iter().map(|word| text(word.get_ref()).map(str::to_owned)).collect::<Taken<Vec<_>>>()?;
        let absolute = list.first().is_some_and(|program| Path::new(program).is_absolute());
        if absolute { Ok(list) } else { Err(Wrong::new("it does not begin with an absolute path", MEND)) }
    });
    if token_file.is_some() && token_command.is_some() {
        let at = file.value("provider.op.token_command").map_or(0, |value| value.span().start);
        let message = "both `token_file` and `token_command` are set";
        file.report(at, message, "remove one of the two");
    }
    Op { path: program, token_file, token_command, token }
}

/// The keys of a service over HTTPS, and the variable with its token.
pub(super) struct Door {
    host: &'static str,
    token_file: &'static str,
    proxy: &'static str,
    token: &'static str,
    variable: &'static str,
    /// A host as it could be.
    example: &'static str,
}

/// Those of Connect.
pub(super) const CONNECT: Door = Door {
    host: "provider.connect.host",
    token_file: "provider.connect.token_file",
    proxy: "provider.connect.proxy",
    token: "provider.connect.token",
    variable: CONNECT_TOKEN,
    example: "write it as \"https://connect.example.edu\", or \"http://127.0.0.1:8080\" on this machine",
};
/// Those of the Events API.
pub(super) const EVENTS: Door = Door {
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
    let token_file = file.take(door.token_file, |value| path(value, folder));
    let token = env.text(door.variable).map(Secret::from);
    if token.is_some() {
        file.sources.insert(door.token, Source::Environment(door.variable));
    }
    Service { host, token_file, proxy, token: Given(token) }
}

/// An address that a token may be sent to: over TLS, or on this machine. Paths are added to it.
fn secure<'a>(written: &'a str, door: &Door) -> Taken<&'a str> {
    let mend = format!("set {} for the token", door.variable);
    let found = address(written, door.example, &mend)?;
    let url = reqwest::Url::parse(found).map_err(|_| Wrong::new("it is no address", door.example))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("it goes on after the path", door.example));
    }
    if url.scheme() == "https" || matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
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
        let list = value.as_array().ok_or_else(|| mismatch(value, "a list", MEND))?;
        let mut names = Vec::new();
        for word in list {
            let word = text(word.get_ref())?;
            let fault = |fault: crate::domain::fault::Fault| Wrong::new(fault.message.as_str(), MEND);
            let name = ProviderName::parse(word).map_err(fault)?;
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

/// A file; a relative path starts at the class file's folder.
pub(super) fn path<'a>(value: &'a DeValue<'a>, folder: &Path) -> Taken<PathBuf> {
    words(value).map(|path| folder.join(path))
}
