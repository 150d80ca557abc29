//! `strongroom handoff` as it is typed: trust first, then queues, letters, replays and a trial.

use strongroom::domain::handoff::{Attempt, Ended, Retrying};
use strongroom::store::{Offer, Store};

use super::support::arrive;

#[allow(dead_code, reason = "tests; each uses a part")]
#[path = "../cli/support.rs"]
mod program;
use program::{Class, Ran};

const FILE: &str = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n";

fn store(class: &Class) -> Store {
    let mut left = vec![class.path("state")];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().unwrap().to_str().unwrap() {
                "store.db" => return Store::open(&path).unwrap(),
                _ if path.is_dir() => left.push(path),
                _ => {}
            }
        }
    }
    panic!("there is no store")
}

/// The queue of the consumer `grade` as the command shows it.
fn queue(ran: &Ran) -> (u64, u64, Vec<u64>) {
    let queue = ran.json("handoff/1")["consumers"][0].clone();
    assert_eq!((&queue["consumer"], &queue["means"]), (&"grade".into(), &"hook".into()));
    let dead = queue["dead"].as_array().unwrap().iter().map(|seq| seq.as_u64().unwrap()).collect();
    (queue["acked"].as_u64().unwrap(), queue["waiting"].as_u64().unwrap(), dead)
}

/// What the courier would have noted: everything taken but these.
fn hand_on(store: &Store, aside: &[u64]) {
    while let Some(turn) = store.turn("grade").unwrap() {
        let ended = if aside.contains(&turn.seq) { Ended::SetAside } else { Ended::Taken };
        let at = "2026-11-02T09:30:00Z".parse().unwrap();
        let (seq, took) = (turn.seq, std::time::Duration::from_millis(5));
        let why = "exit code 3".into();
        let attempt =
            Attempt { consumer: "grade".into(), seq, attempt: 6, at, took, ended, why, tail: vec![] };
        store.settle_turn(&turn, &attempt, None).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_file_with_a_hook_is_inert_until_it_is_trusted() {
    let class = Class::new().await;
    let marks = class.path("ran");
    let hook = format!(
        "[[watch.hook]]\nname = \"grade\"\nrun = [\"/bin/sh\", \"-c\", \"cat >> {}; echo heard\"]\n\
         [[watch.webhook]]\nname = \"post\"\nurl = \"http://127.0.0.1:9/u?key=canary\"\nsecret_file = \"webhook.key\"\n",
        marks.display()
    );
    class.write("class.toml", &format!("{FILE}{hook}"));
    for words in ["handoff", "handoff test grade", "watch --once", "status"] {
        let refused = class.run(words).exits(2);
        assert!(refused.err.contains("watch.hook, watch.webhook"), "{}", refused.err);
        assert!(refused.err.contains("strongroom trust"), "{}", refused.err);
    }
    assert!(!marks.exists(), "nothing was run");
    let path = class.path("class.toml").display().to_string();
    let shown = class.run(&format!("trust {path}")).exits(0).out;
    assert!(shown.contains("/bin/sh -c cat") && shown.contains("http://127.0.0.1:9"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
    let listed = class.run("handoff").exits(0).out;
    assert!(listed.contains("grade has not begun") && listed.contains("post has not begun"), "{listed}");
    let tried = class.run("handoff test grade --json").exits(0).json("handoff-test/1");
    assert_eq!((&tried["ended"], &tried["tail"][0]), (&"taken".into(), &"heard".into()));
    let told = std::fs::read_to_string(&marks).unwrap();
    assert!(told.contains("\"test\":true") && told.lines().count() == 1, "{told}");
    let away = class.run("handoff test post").exits(1);
    assert!(away.out.contains("webhook.key") && !away.out.contains("canary"), "{}", away.out);
    // A doctor who may run nothing says what is missing.
    let doctor = class.run("doctor").out;
    assert!(doctor.contains("grade: /") && doctor.contains("webhook.key"), "{doctor}");
    class.write("class.toml", &format!("{FILE}{}", hook.replace("heard", "edited")));
    assert!(class.run("handoff").exits(2).err.contains("has changed since it was trusted"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_are_put_back_and_dropped_and_a_queue_goes_back_but_never_forward() {
    let class = Class::new().await;
    class.write("class.toml", &format!("{FILE}[[watch.hook]]\nname = \"grade\"\nrun = [\"/bin/true\"]\n"));
    class.run(&format!("trust {}", class.path("class.toml").display())).exits(0);
    class.run("handoff").exits(0);
    let store = store(&class);
    store.enrol_consumers(&[("grade".into(), "hook")]).unwrap();
    arrive(&store, 6, |number| format!("hw1-{number}"));
    hand_on(&store, &[2, 3, 5]);
    assert_eq!(queue(&class.run("handoff --json").exits(0)), (6, 0, vec![2, 3, 5]));
    let table = class.run("handoff").exits(0).out;
    assert!(table.contains("2 was set aside") && table.contains("exit code 3"), "{table}");
    assert_eq!(queue(&class.run("handoff retry grade 3 --json").exits(0)), (6, 1, vec![2, 5]));
    assert!(class.run("handoff retry grade 4").exits(2).err.contains("4 was not set aside for grade"));
    assert!(class.run("handoff retry ungraded").exits(2).err.contains("grade"));
    assert_eq!(queue(&class.run("handoff drop grade 2 --json").exits(0)), (6, 1, vec![5]));
    class.run("handoff drop grade").exits(2);
    assert_eq!(queue(&class.run("handoff retry --json").exits(0)), (6, 2, vec![]));
    hand_on(&store, &[5]);
    assert_eq!(queue(&class.run("handoff --json").exits(0)), (6, 0, vec![5]));
    for words in ["replay grade --from 0", "retry grade", "drop grade 5", "test grade"] {
        class.run(&format!("--read-only handoff {words}")).exits(6);
    }
    class.run("handoff replay grade --from 7").exits(2);
    let replayed = class.run("handoff replay grade --from 4 --json").exits(0);
    assert_eq!(queue(&replayed), (4, 2, vec![]), "what was set aside behind it is in line again");
    assert!(replayed.err.contains("up to 6"), "{}", replayed.err);
    // What is not taken is shown with its reason.
    let turn = store.turn("grade").unwrap().unwrap();
    let at = "2026-11-02T09:30:00Z".parse().unwrap();
    let retrying =
        Retrying { seq: turn.seq, attempts: 4, since: at, at, why: "HTTP 503".into(), stuck: true };
    store.hold_turn(&turn, &Offer { retrying, refusals: 0, wait_ms: 1 }).unwrap();
    let table = class.run("handoff").exits(0).out;
    assert!(table.contains("5 waits in its place until this is over: HTTP 503"), "{table}");
}
