//! The screen and the command line change the world in the same way.

use crate::world::World;

#[test]
fn keys_and_command_make_the_same_grant_and_the_same_records() {
    let world = World::new();
    world.run(&["provision"]);
    let (world_before, audit_before) = (world.ledger().len(), world.audit().len());

    // By keys: the matrix, the column of the assistant, stage read, review, apply.
    let mut screen = world.start(&[], (120, 40));
    screen.shows("Ngozi Abara");
    screen.until("who has access", |text| text.contains("Tom Assis") && !text.contains("W       ?"));
    screen.keys("3lr");
    screen.shows("1 access change staged");
    screen.keys("A");
    screen.shows("y applies");
    screen.keys("y");
    screen.shows("1 done");
    screen.keys("qq");
    let (status, _) = screen.end();
    assert!(status.success(), "{status:?}");
    let by_keys =
        (world.ledger().split_off(world_before), alike(world.audit().split_off(audit_before), "dashboard"));
    assert_eq!((by_keys.0.len(), by_keys.1.len()), (1, 2), "{by_keys:?}");

    // By command, after taking it away again.
    world.run(&["revoke", "tom@example.edu", "--vault", "T1-ngozi"]);
    let (world_before, audit_before) = (world.ledger().len(), world.audit().len());
    world.run(&["grant", "tom@example.edu", "--vault", "T1-ngozi", "--level", "read"]);
    let by_command =
        (world.ledger().split_off(world_before), alike(world.audit().split_off(audit_before), "command"));
    assert_eq!(by_keys, by_command);
}

/// The same records without what is theirs alone: through which front end they came, which has to be this
/// one, and the name of their job. The digest of their plan stays.
fn alike(mut records: Vec<serde_json::Value>, via: &str) -> Vec<serde_json::Value> {
    for record in &mut records {
        let through = record["actor"].as_object_mut().unwrap().remove("via");
        assert_eq!(through.as_ref().and_then(|through| through.as_str()), Some(via));
        let digest = record["plan"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
        record["plan"] = digest.into();
    }
    records
}
