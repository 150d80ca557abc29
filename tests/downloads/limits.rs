//! How much is taken at most, and what happens where more comes or the ration ends.

use strongroom::domain::directory::FileMeta;
use strongroom::domain::fault::Kind;
use strongroom::domain::transfer::Quotas;
use strongroom::download::{carry_out, fetch, outlook, plan, sort};

use crate::scene::{Scene, below, file};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_sends_without_end_is_stopped() {
    let scene = Scene::new(1).await;
    scene.upload(0, "small.txt", &[7; 1_024]).await;
    *scene.twisted.flood.lock().unwrap() = Some(vec![0; 100]);
    let fetched = scene.fetch().await;
    let taken = *scene.twisted.taken.lock().unwrap();
    println!("flood: 1024 bytes announced, {taken} taken before it was stopped");
    assert!((1_000..=1_126).contains(&taken), "{taken}: at most a tenth above what was announced");
    assert_eq!(fetched.failed[0].1.kind, Kind::Broken);
    assert!(fetched.failed[0].1.message.as_str().contains("1024"), "{}", fetched.failed[0].1);
    assert_eq!(below(&scene.folder()).len(), 0, "nothing half done stays");
    // A large file may come with 64 KiB more, and no more.
    let big = FileMeta { size: 10 << 20, ..file(1, "big.bin", b"").0 };
    let other = scene.upload(0, "other.txt", b"").await;
    scene.twisted.beside.lock().unwrap().insert(other, vec![(big, Vec::new())]);
    *scene.twisted.taken.lock().unwrap() = 0;
    *scene.twisted.flood.lock().unwrap() = Some(vec![0; 4_096]);
    scene.fetch().await;
    let taken = *scene.twisted.taken.lock().unwrap();
    assert!(((10 << 20)..=(10 << 20) + (64 << 10) + 1_126).contains(&taken), "{taken}");
    *scene.twisted.flood.lock().unwrap() = None;
    let at_last = scene.fetch().await;
    assert_eq!((at_last.saved.len(), at_last.failed.len()), (2, 1), "{:?}", at_last.failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_are_kept_before_anything_is_asked_for() {
    let scene = Scene::new(2).await;
    for (student, size) in [(0, 600), (0, 600), (1, 3_000)] {
        scene.upload(student, "f.bin", &vec![1; size]).await;
    }
    let quotas = Quotas { file: 2_000, student: 1_000, run: 10_000 };
    let fetched = scene.fetch_with(quotas).await;
    assert_eq!((fetched.saved.len(), fetched.failed.len()), (1, 2));
    for (_, fault) in &fetched.failed {
        let hint = fault.hint.as_ref().unwrap().as_str();
        assert_eq!(fault.kind, Kind::Refused);
        assert!(hint.contains("most_of_student") || hint.contains("most_of_file"), "{hint}");
    }
    // What is there counts, whatever run brought it.
    let again = scene.fetch_with(quotas).await;
    assert_eq!((again.saved.len(), again.there.len(), again.failed.len()), (0, 1, 2));
    let run = scene.fetch_with(Quotas { run: 1_000, ..Quotas::default() }).await;
    assert_eq!((run.saved.len(), run.failed.len()), (1, 1));
    assert!(run.failed[0].1.hint.as_ref().unwrap().as_str().contains("most_in_all"));
    assert_eq!(scene.fetch().await.saved.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_ration_ends_the_same_again_goes_on() {
    let scene = Scene::new(1).await;
    for number in 0..5 {
        scene.upload(0, &format!("{number}"), &[number; 10]).await;
    }
    *scene.twisted.ration.lock().unwrap() = Some(2);
    let first = scene.fetch().await;
    assert_eq!((first.saved.len(), first.left, first.failed.len()), (2, 3, 0));
    assert_eq!(first.stopped.unwrap().kind, Kind::RateLimit);
    *scene.twisted.ration.lock().unwrap() = None;
    let second = scene.fetch().await;
    assert_eq!((second.saved.len(), second.there.len(), second.stopped), (3, 2, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_seen_already_is_planned_without_a_request_and_told_beforehand() {
    let scene = Scene::new(1).await;
    for number in 0..4_u8 {
        scene.upload(0, &format!("hw{number}.txt"), &[number; 100]).await;
    }
    let queries = &scene.desk.queries;
    let sort = sort(queries).await.unwrap();
    let first = plan(queries, &scene.everybody(), &sort).await.unwrap();
    let told = outlook(queries, &first, &scene.folder()).await.unwrap();
    assert_eq!((told.files, told.bytes, told.fetch_files, told.requests), (4, 400, 4, 8));
    assert!(!scene.folder().exists(), "a look makes nothing");
    // The store knows the files once the watcher has read them as news.
    strongroom::watch::Watch::new(queries.clone(), 0).whole().step(queries.clock.now(), |_| {}).await;
    for number in 4..6_u8 {
        scene.upload(0, &format!("hw{number}.txt"), &[number; 100]).await;
    }
    strongroom::watch::Watch::new(queries.clone(), 0).whole().step(queries.clock.now(), |_| {}).await;
    *scene.twisted.asked.lock().unwrap() = 0;
    let mut seen = plan(queries, &scene.everybody(), &sort).await.unwrap();
    let (files, asked) = (seen.items.len(), *scene.twisted.asked.lock().unwrap());
    assert_eq!((files, asked), (6, 4), "only what the first look has not read is read now");
    seen.only("!HW4");
    assert_eq!(seen.items.len(), 5);
    seen.only("hw5");
    assert_eq!(seen.items.len(), 1);
    let mut told = Vec::new();
    let fetched =
        carry_out(queries, seen, &scene.folder(), Quotas::default(), &sort, |now| told.push(now.clone()))
            .await;
    assert_eq!(fetched.unwrap().saved.len(), 1);
    let last = told.last().unwrap();
    assert_eq!((last.files_done, last.files, last.bytes_done, last.bytes), (1, 1, 100, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_nobody_waits_for_leaves_nothing_half_done() {
    let scene = Scene::new(1).await;
    scene.upload(0, "a.txt", b"first").await;
    scene.upload(0, "b.txt", b"second").await;
    // The first file has come, and what follows never ends.
    let (began, heard) = tokio::sync::oneshot::channel();
    *scene.twisted.then.lock().unwrap() = Some(Box::pin(async move {
        began.send(()).unwrap();
        std::future::pending::<()>().await;
    }));
    {
        let (wanted, folder) = (scene.everybody(), scene.folder());
        let work = fetch(&scene.desk.queries, &wanted, &folder, Quotas::default(), |_| {});
        let come = async {
            heard.await.unwrap();
            while below(&folder).is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = work => panic!("it cannot end"),
            () = come => {}
        }
    }
    // What was written is taken away by the thread that wrote it.
    while !below(&scene.folder()).is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.fetch().await.saved.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_does_not_count_beside_its_own_return() {
    let scene = Scene::new(1).await;
    scene.upload(0, "f.bin", &[1; 600]).await;
    let quotas = Quotas { student: 1_000, ..Quotas::default() };
    assert_eq!(scene.fetch_with(quotas).await.saved.len(), 1);
    let file = below(&scene.folder()).into_iter().find(|path| !path.ends_with("manifest.jsonl")).unwrap();
    std::fs::remove_file(scene.folder().join(file)).unwrap();
    let again = scene.fetch_with(quotas).await;
    assert_eq!((again.saved.len(), again.failed), (1, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_file_no_folder_is_made() {
    let scene = Scene::new(1).await;
    let fetched = scene.fetch().await;
    assert_eq!((fetched.saved.len(), fetched.failed.len()), (0, 0));
    assert!(!scene.folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_counted_once_however_often_its_item_moves_on() {
    let scene = Scene::new(1).await;
    let at = scene.upload(0, "a.txt", b"first").await;
    assert_eq!(scene.fetch().await.saved.len(), 1);
    let beside = |bytes: &[u8]| vec![file(1, "b.txt", bytes)];
    scene.twisted.beside.lock().unwrap().insert(at.clone(), beside(b"short"));
    let twisted = scene.twisted.clone();
    let longer = beside(b"longer by now");
    *scene.twisted.then.lock().unwrap() = Some(Box::pin(async move {
        twisted.beside.lock().unwrap().insert(at, longer);
    }));
    let mut last = None;
    let (wanted, folder) = (scene.everybody(), scene.folder());
    let fetched = fetch(&scene.desk.queries, &wanted, &folder, Quotas::default(), |now| {
        last = Some(now.clone());
    });
    let fetched = fetched.await.unwrap();
    assert_eq!((fetched.saved.len(), fetched.there.len(), fetched.failed.len()), (1, 1, 0));
    let last = last.unwrap();
    assert_eq!((last.files_done, last.files), (2, 2));
}
