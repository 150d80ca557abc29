//! A class in which everything that others write means harm.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use strongroom::domain::secret::Expose as _;

use crate::corpus::{attacks, texts};
use crate::world::World;

/// How many students there are.
pub const STUDENTS: usize = 24;
/// How many texts stand in one title.
const IN_A_TITLE: usize = 12;
/// How long the longest title is at least, in bytes.
const LONG: usize = 1 << 20;

/// The world, with names, titles, fields, groups, strangers and, where one is wanted, a hook that mean harm.
pub fn hostile(hook: bool) -> World {
    let world = World::new();
    let texts = texts();
    name_class(&world);
    if hook {
        give_hook(&world);
    }
    let call = Caller::of(&world);
    let mut list = String::from("Name,Email,Student ID\nNgozi Abara,ngozi@example.edu,ngozi\n");
    let mut tokens = Vec::new();
    for number in 0..STUDENTS {
        let name = format!("{}{number}", texts[number * 5 % texts.len()]);
        let email = format!("s{number}@example.edu");
        let made =
            call.send(Method::POST, "/sandbox/v1/people", None, &json!({ "name": name, "email": email }));
        tokens.push(made["token"].as_str().unwrap().to_owned());
        let own =
            texts[(number * 7 + 3) % texts.len()].replace('"', "\"\"").replace(['\0', '\r', '\n'], "\u{1b}");
        list.extend(["\"", &own, &format!(" {number}\",{email},k{number}\n")]);
    }
    world.enrol(&list);
    world.run(&["provision"]);
    world.run(&["watch", "--once"]);
    fill(&call, &tokens, &texts);
    world
}

/// A title of the class, and an assignment's, with what a TOML string can hold of it.
fn name_class(world: &World) {
    let file = world.home.path().join("config/strongroom/class.toml");
    let class = fs::read_to_string(&file).unwrap();
    let letter = |c| format!("\\U{:08x}", u32::from(c));
    let text = attacks().concat().chars().map(letter).collect::<Vec<_>>().concat();
    let id = "id = \"T1\"\n";
    let class = class.replacen(id, &format!("{id}title = \"{text}\"\n"), 1);
    let assignment = format!(
        "[[assignment]]\nid = \"hw1\"\ntitle = \"{text}\"\ndue = 2030-01-01T12:00:00\n\
         [assignment.match]\ntitle = \"x*\"\n"
    );
    fs::write(&file, class + &assignment).unwrap();
}

/// A hook that says every attack, and takes nothing.
fn give_hook(world: &World) {
    let folder = world.home.path().join("config/strongroom");
    let hook = world.home.path().join("hook.sh");
    let said = attacks().join("\n") + "\n";
    fs::write(world.home.path().join("said"), said).unwrap();
    fs::write(&hook, format!("#!/bin/sh\ncat '{}'\nexit 1\n", world.home.path().join("said").display()))
        .unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o700)).unwrap();
    let file = folder.join("class.toml");
    let class = fs::read_to_string(&file).unwrap();
    let class = format!("{class}[[watch.hook]]\nname = \"grade\"\nrun = [\"{}\"]\n", hook.display());
    fs::write(&file, class).unwrap();
    world.run(&["trust", file.to_str().unwrap()]);
}

/// Uploads, notes with fields, a group and a stranger on a vault.
fn fill(call: &Caller<'_>, tokens: &[String], texts: &[String]) {
    let vaults = call.send(Method::GET, "/sandbox/v1/vaults", None, &Value::Null);
    let of = |key: &str| {
        let name = format!("T1-{key}");
        let found = vaults.as_array().unwrap().iter().find(|vault| vault["name"] == name.as_str());
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let mut pieces = texts.chunks(IN_A_TITLE).map(<[String]>::concat);
    for (number, token) in tokens.iter().enumerate() {
        let vault = of(&format!("k{number}"));
        for piece in pieces.by_ref().take(5) {
            call.upload(&vault, token, &piece);
        }
        let text = |at: usize| texts[(number * 11 + at) % texts.len()].clone();
        let field = |at: usize| json!({ "id": format!("f{at}"), "label": text(at), "value": text(at + 1), "type": "STRING" });
        let note = json!({
            "vault": { "id": vault }, "title": text(2), "category": "SECURE_NOTE", "tags": [text(3)],
            "fields": [field(4), field(6), { "id": "notesPlain", "purpose": "NOTES", "type": "STRING", "value": text(8) }],
        });
        call.send(Method::POST, &format!("/v1/vaults/{vault}/items"), Some(token), &note);
    }
    // A title of a megabyte.
    let long = attacks().concat();
    let long = json!({ "vault": { "id": of("k1") }, "title": long.repeat(LONG / long.len() + 1), "category": "SECURE_NOTE" });
    call.send(Method::POST, &format!("/v1/vaults/{}/items", of("k1")), Some(&tokens[1]), &long);
    // Strangers, whose addresses mean harm, too.
    for (number, attack) in attacks().iter().enumerate().step_by(9) {
        let body = json!({ "name": attack, "email": format!("s{number}{attack}@example.edu") });
        let stranger = call.send(Method::POST, "/sandbox/v1/people", None, &body);
        let person = stranger["person"]["id"].as_str().unwrap();
        let path = format!("/sandbox/v1/vaults/{}/people/{person}", of("k2"));
        call.send(Method::PUT, &path, None, &json!({ "permissions": ["view_items"] }));
    }
    let body = json!({ "name": "Ev\u{1b}]0;x\u{7}il\u{202e}", "email": "ev\u{9b}2Jil\u{1b}[6n@example.edu" });
    let stranger = call.send(Method::POST, "/sandbox/v1/people", None, &body);
    let group =
        call.send(Method::POST, "/sandbox/v1/groups", None, &json!({ "name": "\u{9b}2Jgroup\u{2066}" }));
    let (vault, person) = (of("k0"), stranger["person"]["id"].as_str().unwrap().to_owned());
    let permissions = json!({ "permissions": ["view_items"] });
    call.send(Method::PUT, &format!("/sandbox/v1/vaults/{vault}/people/{person}"), None, &permissions);
    let group = group["id"].as_str().unwrap_or_else(|| group["group"]["id"].as_str().unwrap());
    call.send(Method::PUT, &format!("/sandbox/v1/vaults/{vault}/groups/{group}"), None, &permissions);
}

/// Somebody's notes with these titles, in the vault of that name.
pub fn titled(world: &World, vault: &str, by: &str, titles: &[String]) {
    let call = Caller::of(world);
    let vaults = call.send(Method::GET, "/sandbox/v1/vaults", None, &Value::Null);
    let found = vaults.as_array().unwrap().iter().find(|found| found["name"] == vault).unwrap();
    let id = found["id"].as_str().unwrap();
    for title in titles {
        let note = json!({ "vault": { "id": id }, "title": title, "category": "SECURE_NOTE" });
        call.send(Method::POST, &format!("/v1/vaults/{id}/items"), Some(&world.tokens[by]), &note);
    }
}

/// A service that answers everything with an error of its own words: its address.
pub fn broken() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let message = json!({ "status": 500, "message": attacks().concat() }).to_string();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let message = message.clone();
            std::thread::spawn(move || {
                let mut bytes = [0; 16_384];
                while let Ok(1..) = client.read(&mut bytes) {
                    let head = "HTTP/1.1 500 Broken\r\ncontent-type: application/json\r\ncontent-length";
                    let answer = format!("{head}: {}\r\n\r\n{message}", message.len());
                    if client.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    here
}

/// Talks to the sandbox.
struct Caller<'a> {
    world: &'a World,
    client: Client,
}

impl<'a> Caller<'a> {
    fn of(world: &'a World) -> Self {
        let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        Self { world, client }
    }

    fn send(&self, method: Method, path: &str, token: Option<&str>, body: &Value) -> Value {
        let admin = self.world.sandbox.admin.expose_secret();
        let request = self.client.request(method, format!("{}{path}", self.world.sandbox.url));
        let request = request.bearer_auth(token.unwrap_or(admin));
        let request = if body.is_null() { request } else { request.json(body) };
        self.world.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(status.is_success(), "{path}: {status} {text}");
            serde_json::from_str(&text).unwrap_or_default()
        })
    }

    fn upload(&self, vault: &str, token: &str, name: &str) {
        let url = format!("{}/sandbox/v1/vaults/{vault}/files", self.world.sandbox.url);
        let request = self.client.post(url).query(&[("name", name), ("title", name)]).bearer_auth(token);
        self.world.runtime.block_on(async {
            let answer = request.body("bytes").send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
        });
    }
}
