//! What a class file may say, what it may not, and what the environment overrules.

use proptest::prelude::*;

use super::*;
use crate::domain::access::Level;
use crate::domain::class::{StaffName, VaultStyle};
use crate::domain::secret::Expose as _;

const FULL: &str = r#"
[class]
id = "CS101-F26"
title = "Introduction to Security"
time_zone = "Europe/Zurich"
[roster]
email_domain = "example.edu"
[provider]
use = ["sandbox"]
[provider.sandbox]
url = "http://127.0.0.1:4711"
token_file = "sandbox.token"
[provider.op]
path = "/opt/op/op"
token_command = ["/usr/bin/pass", "show", "class"]
[provider.connect]
host = "https://connect.example.edu/"
token_file = "connect.token"
proxy = "http://proxy.example.edu:3128"
[provider.events]
host = "https://events.1password.eu"
token_file = "/keys/events.token"
[vaults]
name = "{class}_{student}"
description = "{title}: {name}"
icon = "green-backpack"
admins_can_manage = false
[access]
student = "submit"
staff = [{ group = "CS101 staff", level = "read" }, { user = "ta@example.edu", level = "manage" }]
auto = true
[[access.exception]]
who = "ta2@example.edu"
vault = "s1234567"
level = "read"
reason = "partner \"project\""
until = 2026-12-20
[watch]
every = "30s"
share_of_budget = 0.25
[audit]
key_file = "/keys/audit.key"
checkpoint_vault = "CS101 audit log"
"#;

fn check(text: &str) -> Result<Config, String> {
    parse(text, "/classes/cs.toml", &Environment::default()).map_err(|refusal| refusal.to_string())
}

/// The problems of a file with a valid class and these lines from line 3 on.
fn problems(lines: &str) -> String {
    check(&format!("[class]\nid = \"CS\"\n{lines}\n")).unwrap_err()
}

#[test]
fn every_setting_is_taken() {
    let config = check(FULL).unwrap();
    let class = &config.class;
    assert_eq!((class.id.as_str(), class.title.as_str()), ("CS101-F26", "Introduction to Security"));
    assert!(class.auto);
    assert_eq!(
        (class.time_zone.iana_name().unwrap(), class.email_domain.as_deref()),
        ("Europe/Zurich", Some("example.edu"))
    );
    assert_eq!(class.vaults.icon.as_deref(), Some("green-backpack"));
    assert_eq!((class.student, class.vaults.admins_can_manage), (Level::Submit, false));
    assert_eq!(class.staff[1].who, StaffName::User("ta@example.edu".into()));
    assert_eq!(class.staff[1].level, Level::Manage);
    assert_eq!(class.exceptions[0].until, jiff::civil::date(2026, 12, 20));
    assert_eq!(config.providers, [ProviderName::Sandbox]);
    assert_eq!(config.sandbox.token.file.as_deref(), Some("/classes/sandbox.token".as_ref()));
    assert_eq!(config.watch.every.on(ProviderName::Sandbox), Duration::from_secs(30));
    assert_eq!(config.audit_key.as_deref(), Some("/keys/audit.key".as_ref()));
    assert_eq!(config.checkpoint_vault.as_deref(), Some("CS101 audit log"));
    assert!((config.watch.share_of_budget - 0.25).abs() < 1e-9);
    assert_eq!(config.op.path.as_deref(), Some("/opt/op/op".as_ref()));
    assert_eq!(config.connect.host.as_deref(), Some("https://connect.example.edu"), "paths are added to it");
    assert_eq!(config.connect.token.file.as_deref(), Some("/classes/connect.token".as_ref()));
    assert_eq!(config.connect.proxy.as_deref(), Some("http://proxy.example.edu:3128"));
    assert_eq!(config.events.token.file.as_deref(), Some("/keys/events.token".as_ref()));
    let reached = ["provider.connect.host", "provider.connect.proxy", "provider.events.host"];
    let expected: Vec<_> =
        ["provider.op.path", "provider.op.token_command"].into_iter().chain(reached).collect();
    assert_eq!(config.runs(), expected, "what it runs and contacts needs trust");
    let words = config.runs_in_words();
    assert!(words.contains(&("provider.events.host", "https://events.1password.eu".into())), "{words:?}");
}

#[test]
fn a_host_that_only_a_token_names_needs_trust_as_well() {
    const HEAD: &str = "[class]\nid = \"CS\"\n[provider]\n";
    let reached = |lines: &str| {
        let words = check(&format!("{HEAD}{lines}")).unwrap().runs_in_words();
        words.into_iter().map(|(setting, words)| format!("{setting}: {words}")).collect::<Vec<_>>()
    };
    let unnamed = ["provider.events: the host that its token names"];
    assert_eq!(reached("use = [\"op\", \"events\"]"), unnamed);
    assert_eq!(reached("use = [\"op\"]\n[provider.events]\ntoken_file = \"e\""), unnamed);
    let named = "[provider.events]\nhost = \"https://events.example\"";
    let named = reached(&format!("use = [\"op\", \"events\"]\n{named}"));
    assert_eq!(named, ["provider.events.host: https://events.example"]);
    assert_eq!(reached("use = [\"op\"]"), [""; 0]);
}

#[test]
fn all_but_the_id_has_a_default_and_the_template_says_it() {
    let bare = check("[class]\nid = \"CS101\"").unwrap();
    assert_eq!(bare.class, Class::new("CS101"));
    assert_eq!(bare.class.vaults, VaultStyle::default());
    assert_eq!(bare.watch.every.on(ProviderName::Sandbox), Duration::from_secs(1));
    assert_eq!(bare.provider().unwrap_err().exit_code(), 2, "no silent fallback to the sandbox");
    let template = check(TEMPLATE).unwrap();
    assert_eq!((&template.class, &template.watch), (&bare.class, &bare.watch));
    assert_eq!(template.providers, [ProviderName::Op]);
    assert!(template.runs().is_empty(), "a new class file runs nothing");
    // Every example of the template is right, too.
    let examples: String = TEMPLATE
        .lines()
        .skip(2)
        .map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let examples = check(&examples).unwrap();
    assert_eq!(
        (examples.class.exceptions.len(), examples.class.title.as_str()),
        (1, "Introduction to Security")
    );
}

#[test]
fn unknown_keys_name_the_nearest() {
    let said = problems(
        "tilte = \"x\"\n[vault]\nname = \"x\"\n[access]\nstaff = [{ grup = \"x\", level = \"read\" }]",
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "/classes/cs.toml:3:1: unknown key `class.tilte` (did you mean `title`?)",
            "/classes/cs.toml:4:2: unknown key `vault` (did you mean `vaults`?)",
            "/classes/cs.toml:7:10: one of `group` and `user` is expected (name either of them)",
            "/classes/cs.toml:7:12: unknown key `access.staff.grup` (did you mean `group`?)",
        ]
    );
}

#[test]
fn values_are_checked() {
    for (lines, message) in [
        ("title = 7", "3:9: `class.title`: a string is expected, not an integer"),
        ("title = \" \"", "3:9: `class.title`: it is empty"),
        ("time_zone = \"Mars/Base\"", "3:13: `class.time_zone`: \"Mars/Base\" is no time zone"),
        ("[roster]\nemail_domain = \"x\"", "4:16: `roster.email_domain`: \"x\" is no domain"),
        ("[provider]\nuse = \"sandbox\"", "4:7: `provider.use`: a list is expected"),
        ("[provider]\nuse = []", "4:7: `provider.use`: the list is empty"),
        ("[provider]\nuse = [\"events\"]", "4:7: `provider.use`: what is listed only reads"),
        (
            "[provider]\nuse = [\"op\", \"sandbox\"]",
            "4:7: `provider.use`: the sandbox and 1Password never go",
        ),
        ("[provider]\nuse = [\"cloud\"]", "4:7: `provider.use`: the provider \"cloud\" is unknown"),
        ("[provider.sandbox]\nurl = \"ftp://x\"", "4:7: `provider.sandbox.url`: it is no address"),
        ("[provider.sandbox]\nurl = \"http://a:b@x\"", "4:7: `provider.sandbox.url`: the address holds cred"),
        ("[provider.sandbox]\ntoken = \"canary\"", "4:1: a token never stands in the class file"),
        ("[vaults]\nname = \"{student}\"", "4:8: `vaults.name`: {class} is missing"),
        ("[vaults]\nname = \"{class}-{student}é\"", "4:8: `vaults.name`: a vault's name is plain ASCII"),
        ("[vaults]\nname = \"-{class}{student}\"", "4:8: `vaults.name`: a vault's name is plain ASCII"),
        ("[vaults]\nname = \"{class}{student}{nr}\"", "4:8: `vaults.name`: {nr} is no placeholder"),
        ("[vaults]\ndescription = \"{name\"", "4:15: `vaults.description`: a { is not closed"),
        ("[vaults]\ndescription = \"a\\nb\"", "4:15: `vaults.description`: it holds a line break"),
        ("[vaults]\nicon = \"backpack\"", "4:8: `vaults.icon`: 1Password has no vault icon"),
        ("[vaults]\nadmins_can_manage = \"yes\"", "4:21: `vaults.admins_can_manage`: true or false"),
        ("[access]\nstudent = \"manage\"", "4:11: `access.student`: `manage` would let a student"),
        ("[access]\nstudent = \"own\"", "4:11: `access.student`: \"own\" is no level"),
        ("[access]\nstaff = [{ user = \"a@b\", level = \"read\" }]", "4:19: `user`: \"a@b\" is no e-mail"),
        (
            "[access]\nstaff = [{ user = \"A\", level = \"submit\" }]",
            "4:32: `level`: `submit` is for students",
        ),
        ("[access]\nstaff = [{ user = \"A\" }]", "4:10: `level` is missing"),
        ("[access]\nstaff = [\"A\"]", "4:10: a table is expected"),
        ("[access]\nstaff = { user = \"A\" }", "4:1: `access.staff` is a list of tables"),
        ("[watch]\nevery = \"soon\"", "4:9: `watch.every`: \"soon\" is no time"),
        ("[watch]\nevery = \"1ms\"", "4:9: `watch.every`: \"1ms\" is out of bounds"),
        ("[watch]\nevery = 30", "4:9: `watch.every`: a string is expected"),
        ("vaults = 1", "3:1: unknown key `class.vaults`"),
    ] {
        let said = problems(lines);
        assert!(said.starts_with(&format!("/classes/cs.toml:{message}")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!said.contains("canary"));
    }
}

#[test]
fn what_a_class_file_lacks_or_has_in_another_form_is_told() {
    assert!(check("class = 1").unwrap_err().contains("`class` is a table"));
    assert!(check("").unwrap_err().contains(":1:1: the class has no id"));
    assert!(
        check("[class]\nid = \"C S\"").unwrap_err().contains(":2:6: `class.id`: \"C S\" cannot be an id")
    );
}

#[test]
fn what_runs_is_named_whole_and_once() {
    for (lines, said) in [
        ("[provider.op]\npath = \"op\"", "no absolute path"),
        ("[provider.op]\ntoken_command = [\"pass\"]", "does not begin with an absolute path"),
        ("[provider.op]\ntoken_command = []", "does not begin with an absolute path"),
        ("[provider.op]\ntoken_file = \"t\"\ntoken_command = [\"/bin/x\"]", "remove one of the two"),
        ("[provider.op]\ntoken = \"ops_x\"", "a token never stands in the class file"),
        ("[watch]\nshare_of_budget = 1.5", "out of bounds"),
        ("[watch]\nshare_of_budget = \"half\"", "a number is expected"),
    ] {
        let found = problems(lines);
        assert!(found.contains(said), "{found}");
    }
}

#[test]
fn exceptions_are_whole_and_end() {
    let said = problems(
        "[[access.exception]]\nwho = \"x\"\nvault = \"S 1\"\nlevel = \"manage\"\nuntil = \"2026-12-20\"",
    );
    for part in
        ["3:1: `reason` is missing", "4:7: `who`", "5:9: `vault`", "6:9: `level`", "7:9: `until`: a day"]
    {
        assert!(said.contains(part), "{said}");
    }
    let entry = "[[access.exception]]\nwho = \"a@b.edu\"\nvault = \"s1\"\nlevel = \"read\"\nreason = \"x\"\nuntil = 2026-12-20\n";
    assert!(problems(&entry.repeat(2)).contains("two exceptions for s1"));
    assert!(
        problems("[access]\nstaff = [{user=\"A\",level=\"read\"},{user=\"A\",level=\"write\"}]")
            .contains("twice")
    );
}

#[test]
fn errors_of_syntax_have_their_place() {
    let said = check("[class]\nid = \"CS\"\nid = \"CS\"\n[vaults\n").unwrap_err();
    assert!(said.contains("cs.toml:3:1: ") && said.contains("cs.toml:4:"), "{said}");
}

#[test]
fn the_environment_overrules_the_file() {
    let env = Environment::of([(SANDBOX_URL, "http://localhost:1"), (SANDBOX_TOKEN, "canary")]);
    let config = parse(FULL, "cs.toml", &env).unwrap();
    assert_eq!(config.sandbox.url.as_deref(), Some("http://localhost:1"));
    assert_eq!(config.source("provider.sandbox.url"), Source::Environment(SANDBOX_URL));
    assert_eq!(config.sandbox.token.read().unwrap().unwrap().expose_secret(), "canary");
    for shown in [format!("{config:?}"), config.to_toml()] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let config = parse("[class]\nid = \"CS\"", "cs.toml", &env).unwrap();
    assert_eq!(config.provider(), Ok(ProviderName::Sandbox), "an address is a choice");
    let env = Environment::of([(SANDBOX_URL, "nowhere")]);
    let said = parse(FULL, "cs.toml", &env).unwrap_err().to_string();
    assert!(said.contains(SANDBOX_URL), "{said}");
}

#[test]
fn the_tokens_of_services_are_taken_from_the_environment_first_and_never_shown() {
    let env = Environment::of([(CONNECT_TOKEN, "canary-c"), (EVENTS_TOKEN, "canary-e")]);
    let text = FULL.replace("use = [\"sandbox\"]", "use = [\"connect\", \"op\", \"events\"]");
    let config = parse(&text, "/classes/cs.toml", &env).unwrap();
    assert_eq!((config.provider(), config.providers.len()), (Ok(ProviderName::Op), 3));
    for (service, token) in [(&config.connect, "canary-c"), (&config.events, "canary-e")] {
        assert!(service.token.is_in_environment());
        assert_eq!(service.token.read().unwrap().unwrap().expose_secret(), token);
    }
    let printed = config.to_toml();
    assert!(printed.contains("# a token is set by OP_CONNECT_TOKEN") && printed.contains(EVENTS_TOKEN));
    assert!(!format!("{printed}{config:?}").contains("canary"));
    let without = check(&text).unwrap();
    assert!(!without.connect.token.is_in_environment() && without.connect == config.connect);
    assert_eq!(without.connect.token.read().unwrap_err().kind, Kind::Input, "the file is not there");
    assert!(check("[class]\nid = \"CS\"").unwrap().events.token.read().unwrap().is_none());
}

#[test]
fn a_service_is_named_by_an_address_that_a_token_may_be_sent_to() {
    for (lines, message) in [
        ("[provider.connect]\nhost = \"http://x\"", "4:8: `provider.connect.host`: the token would travel"),
        (
            "[provider.connect]\nhost = \"http://127.0.0.1.x\"",
            "4:8: `provider.connect.host`: the token would",
        ),
        (
            "[provider.connect]\nhost = \"https://a:canary@x\"",
            "4:8: `provider.connect.host`: the address holds",
        ),
        (
            "[provider.connect]\nhost = \"https://x/?canary\"",
            "4:8: `provider.connect.host`: it goes on after",
        ),
        ("[provider.connect]\nhost = \"x\"", "4:8: `provider.connect.host`: it is no address"),
        ("[provider.connect]\nport = 1", "4:1: unknown key `provider.connect.port`"),
        (
            "[provider.events]\nproxy = \"http://a:canary@x\"",
            "4:9: `provider.events.proxy`: the address holds",
        ),
        ("[provider]\nuse = [\"connect\", \"op\"]", "4:7: `provider.connect.host` is missing"),
        ("[provider.events]\ntoken = \"canary\"", "4:1: a token never stands in the class file"),
    ] {
        let said = problems(lines);
        assert!(said.starts_with(&format!("/classes/cs.toml:{message}")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn a_service_on_this_machine_may_be_without_tls() {
    for host in
        ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080/connect", "https://127.0.0.1:8443"]
    {
        let config = check(&format!("[class]\nid = \"CS\"\n[provider.connect]\nhost = \"{host}\"")).unwrap();
        assert_eq!(config.connect.host.as_deref(), Some(host));
    }
}

#[test]
fn what_is_printed_reads_back() {
    for text in [FULL, TEMPLATE, "[class]\nid = \"CS\""] {
        let config = check(text).unwrap();
        let again = check(&config.to_toml()).unwrap();
        assert_eq!(again.class, config.class);
        assert_eq!(
            (&again.providers, again.watch, &again.audit_key, &again.checkpoint_vault),
            (&config.providers, config.watch, &config.audit_key, &config.checkpoint_vault)
        );
        assert_eq!((&again.sandbox, &again.op), (&config.sandbox, &config.op));
        assert_eq!((&again.connect, &again.events), (&config.connect, &config.events));
    }
}

#[test]
fn every_setting_is_printed_with_where_it_came_from() {
    insta::assert_snapshot!(check("[class]\nid = \"CS\"\n[watch]\nevery = \"90s\"").unwrap().to_toml(), @r#"
    [class]
    id = "CS"                                     # class file
    title = "CS"                                  # default
    time_zone = "UTC"                             # default

    [roster]
    # email_domain is not set                     # default

    [provider]
    # use is not set                              # default

    [provider.sandbox]
    # url is not set                              # default
    # token_file is not set                       # default

    [provider.op]
    # path is not set                             # default
    # token_file is not set                       # default
    # token_command is not set                    # default

    [provider.connect]
    # host is not set                             # default
    # token_file is not set                       # default
    # proxy is not set                            # default

    [provider.events]
    # host is not set                             # default
    # token_file is not set                       # default
    # proxy is not set                            # default

    [vaults]
    name = "{class}-{student}"                    # default
    description = "{title}: {name}"               # default
    # icon is not set                             # default
    admins_can_manage = true                      # default

    [access]
    student = "write"                             # default
    staff = []                                    # default
    auto = false                                  # default

    [watch]
    every = "1m 30s"                              # class file
    share_of_budget = 0.1                         # default
    # save_to is not set                          # default

    [download]
    most_of_file = "1GiB"                         # default
    most_of_student = "8GiB"                      # default
    most_in_all = "64GiB"                         # default

    [retention]
    # days is not set                             # default

    [audit]
    # key_file is not set                         # default
    # checkpoint_vault is not set                 # default
    "#);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in any::<String>(),
        lines in "(\\[(class|access|provider\\.sandbox|\\[access\\.exception\\])\\]\n|(id|use|staff|until) = (\"é\"|\\[|\\{|7|2026-13-40)\n){0,6}",
    ) {
        drop(check(&text));
        drop(check(&lines));
    }
}
