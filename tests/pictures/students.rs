//! What students hand in while the pictures are taken, in place of the simulated traffic: the same each time.

use std::path::Path;
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

/// Who hands in what.
const UPLOADS: [(&str, &str, &str); 5] = [
    ("ngozi.abara@example.edu", "hw1 Password file", "passwords.txt"),
    ("lukasz.zolkiewski@example.edu", "hw2 Threat model", "threats.pdf"),
    ("sofia.ibanez@example.edu", "hw1 Password file", "file.txt"),
    ("xiaoming.wang@example.edu", "reading notes", "notes.md"),
    ("anh.nguyen@example.edu", "hw2 Threat model", "model.pdf"),
];

fn json(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Hands everything in over HTTP, as a student's app would.
pub fn hand_in(state: &Path) {
    let demo = json(&state.join("strongroom/demo.json"));
    let tokens = json(Path::new(demo["tokens_file"].as_str().unwrap()));
    let url = demo["url"].as_str().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::builder().tls_certs_only([]).no_proxy().timeout(Duration::from_secs(20));
        let client = client.build().unwrap();
        for (email, title, name) in UPLOADS {
            let people = tokens["people"].as_array().unwrap();
            let token = people.iter().find(|one| one["email"] == email).unwrap()["token"].as_str().unwrap();
            let vaults = client.get(format!("{url}/v1/vaults")).bearer_auth(token).send().await.unwrap();
            let vaults: Value = vaults.json().await.unwrap();
            let vault = vaults[0]["id"].as_str().unwrap();
            let place = format!("{url}/sandbox/v1/vaults/{vault}/files");
            let request = client.post(place).query(&[("name", name), ("title", title)]).bearer_auth(token);
            let answer = request.body(title.repeat(40)).send().await.unwrap();
            assert!(answer.status().is_success(), "{email}: {}", answer.status());
        }
    });
}
