//! Strongroom.
use strongroom::config::Environment;
use strongroom::runtime::dashboard::{Options, open};
use strongroom::setup::Choice;
fn main() {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let options = Options {
        choice: Choice { class: None, state: None, read_only: false, env: Environment::of_process() },
        scenario: None,
        traffic: true,
        colour: true,
    };
    let code = rt.block_on(open(options));
    rt.shutdown_timeout(std::time::Duration::from_millis(100));
    eprintln!("{code:?}");
}
