//! A sandbox in the test's own process, and a class of it in a home of its own.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use strongroom::domain::secret::Expose as _;
use strongroom::sandbox::{Config, Running, serve};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::pty::Pty;

pub struct World {
    pub home: TempDir,
    pub sandbox: Running,
    pub runtime: tokio::runtime::Runtime,
    /// What each person signs in with, by address.
    pub tokens: HashMap<String, String>,
}

impl World {
    /// An empty world with two people, Ngozi who is in the roster and Tom who assists.
    pub fn new() -> Self {
        Self::with_beat("100ms")
    }

    /// The same, with another time between two beats.
    pub fn with_beat(every: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let data = home.path().join("world");
        let sandbox = runtime.block_on(serve(Config::new(data), CancellationToken::new())).unwrap();
        let mut world = Self { home, sandbox, runtime, tokens: HashMap::new() };
        world.person("Ngozi Abara", "ngozi@example.edu");
        world.person("Tom Assistant", "tom@example.edu");
        world.class(every);
        let roster = world.home.path().join("roster.csv");
        fs::write(&roster, "Name,Email\nNgozi Abara,ngozi@example.edu\n").unwrap();
        world.run(&["roster", "import", roster.to_str().unwrap()]);
        world
    }

    fn class(&self, every: &str) {
        let folder = self.home.path().join("config/strongroom");
        fs::create_dir_all(&folder).unwrap();
        let (token, file) = (folder.join("sandbox.token"), folder.join("class.toml"));
        fs::write(&token, self.sandbox.service_account.expose_secret()).unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        let text = format!(
            "[class]\nid = \"T1\"\n[provider]\nuse = [\"sandbox\"]\n[provider.sandbox]\nurl = \"{}\"\n\
             token_file = \"sandbox.token\"\n[watch]\nevery = \"{every}\"\n[access]\nstaff = [{{ user = \"tom@example.edu\", level = \"read\" }}]\n",
            self.sandbox.url
        );
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Adds an active person.
    pub fn person(&mut self, name: &str, email: &str) {
        let body = serde_json::json!({ "name": name, "email": email });
        let request = client().post(format!("{}/sandbox/v1/people", self.sandbox.url)).json(&body);
        let admin = self.sandbox.admin.expose_secret();
        let answer = self.runtime.block_on(request.bearer_auth(admin).send()).unwrap();
        assert_eq!(answer.status(), 201);
        let answer: serde_json::Value = self.runtime.block_on(answer.json()).unwrap();
        self.tokens.insert(email.into(), answer["token"].as_str().unwrap().into());
    }

    /// Takes over a class list.
    pub fn enrol(&self, list: &str) {
        let roster = self.home.path().join("roster.csv");
        fs::write(&roster, list).unwrap();
        self.run(&["roster", "import", roster.to_str().unwrap()]);
    }

    /// Has the class reached at another address, by the administrator.
    pub fn reach_as_administrator(&self, url: &str) {
        let folder = self.home.path().join("config/strongroom");
        fs::write(folder.join("sandbox.token"), self.sandbox.admin.expose_secret()).unwrap();
        let file = folder.join("class.toml");
        let text = fs::read_to_string(&file).unwrap().replace(&self.sandbox.url, url);
        fs::write(file, text).unwrap();
    }

    /// Puts a file into the vault of that name, as somebody in the class's app would.
    pub fn upload(&self, vault: &str, by: &str, title: &str) {
        let admin = self.sandbox.admin.expose_secret();
        let send = |request: reqwest::RequestBuilder, token: &str| {
            let answer = self.runtime.block_on(request.bearer_auth(token).send()).unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            let text = self.runtime.block_on(answer.text()).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        };
        let vaults = send(client().get(format!("{}/sandbox/v1/vaults", self.sandbox.url)), admin);
        let found = vaults.as_array().unwrap().iter().find(|found| found["name"] == vault).unwrap();
        let id = found["id"].as_str().unwrap();
        let url = format!("{}/sandbox/v1/vaults/{id}/files?name={title}&title={title}", self.sandbox.url);
        send(client().post(url).body("bytes"), &self.tokens[by]);
    }

    /// Gives somebody read access to the vault of that name, behind Strongroom's back.
    pub fn stray(&self, vault: &str, email: &str) {
        let admin = self.sandbox.admin.expose_secret();
        let list = |what: &str| -> Vec<serde_json::Value> {
            let request = client().get(format!("{}/sandbox/v1/{what}", self.sandbox.url)).bearer_auth(admin);
            self.runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() })
        };
        let id = |list: &[serde_json::Value], key: &str, wanted: &str| {
            let found = list.iter().find(|found| found[key] == wanted);
            found.unwrap()["id"].as_str().unwrap().to_owned()
        };
        let (vault, person) = (id(&list("vaults"), "name", vault), id(&list("people"), "email", email));
        let url = format!("{}/sandbox/v1/vaults/{vault}/people/{person}", self.sandbox.url);
        let body = serde_json::json!({ "permissions": ["view_items", "view_and_copy_passwords"] });
        let answer = self.runtime.block_on(client().put(url).bearer_auth(admin).json(&body).send()).unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// How many lists of vaults or people, and how many requests in all, the service account has sent.
    pub fn requests(&self) -> (u64, u64) {
        let request = client().get(format!("{}/sandbox/v1/requests", self.sandbox.url));
        let answer = request.bearer_auth(self.sandbox.admin.expose_secret()).send();
        let counts: serde_json::Value =
            self.runtime.block_on(async { answer.await.unwrap().json().await.unwrap() });
        let ours =
            |count: &&serde_json::Value| count["principal"].as_str().is_some_and(|id| id != self.admin());
        let rows = counts["requests"].as_array().unwrap().clone();
        let sum = |matching: &dyn Fn(&str) -> bool| {
            let rows = rows.iter().filter(ours).filter(|row| matching(row["route"].as_str().unwrap()));
            rows.map(|row| row["count"].as_u64().unwrap()).sum()
        };
        (sum(&|route| route == "/v1/vaults" || route == "/sandbox/v1/people"), sum(&|_| true))
    }

    /// The id of the administrator, whose requests are the test's own.
    fn admin(&self) -> String {
        self.sandbox.people[0].id.to_string()
    }

    /// Everything that has changed in the world, without numbers and times.
    pub fn ledger(&self) -> Vec<serde_json::Value> {
        let request = client().get(format!("{}/sandbox/v1/ledger", self.sandbox.url));
        let answer = request.bearer_auth(self.sandbox.admin.expose_secret()).send();
        let mut records: Vec<serde_json::Value> =
            self.runtime.block_on(async { answer.await.unwrap().json().await.unwrap() });
        for record in &mut records {
            let record = record.as_object_mut().unwrap();
            record.remove("seq");
            record.remove("time");
        }
        records
    }

    /// The audit log, without what is different for every record.
    pub fn audit(&self) -> Vec<serde_json::Value> {
        let state = self.home.path().join("state/strongroom");
        let log = find(&state, "audit.jsonl").expect("there is a log");
        let text = fs::read_to_string(log).unwrap();
        let record = |line: &str| {
            let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
            for own in ["seq", "time", "of", "prev", "mac"] {
                record.as_object_mut().unwrap().remove(own);
            }
            record
        };
        text.lines().map(record).collect()
    }

    /// The environment of this home.
    pub fn env(&self) -> [(&'static str, PathBuf); 3] {
        let home = self.home.path();
        [
            ("HOME", home.to_owned()),
            ("XDG_CONFIG_HOME", home.join("config")),
            ("XDG_STATE_HOME", home.join("state")),
        ]
    }

    /// The binary with these words in a terminal of that size.
    pub fn start(&self, args: &[&str], size: (u16, u16)) -> Pty {
        self.start_with(args, &[], size)
    }

    /// The same with more in its environment.
    pub fn start_with(&self, args: &[&str], env: &[(&str, &Path)], size: (u16, u16)) -> Pty {
        let home = self.env();
        let home = home.iter().map(|(name, value)| (*name, value.as_path()));
        Pty::start(args, &home.chain(env.iter().copied()).collect::<Vec<_>>(), size)
    }

    /// Runs a command of the binary, which has to succeed.
    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        let output = command.args(args).env_clear().envs(self.env()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        output
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap()
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if path.file_name().is_some_and(|file| file == name) {
            return Some(path);
        }
        if let Some(found) = path.is_dir().then(|| find(&path, name)).flatten() {
            return Some(found);
        }
    }
    None
}
