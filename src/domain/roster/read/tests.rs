//! Every format and every trap, as tables; and that no bytes at all make it panic.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const CANVAS: &[u8] = include_bytes!("../../../../assets/rosters/canvas-gradebook.csv");
const SEMICOLONS: &[u8] = include_bytes!("../../../../assets/rosters/semicolons.csv");
const PLAIN: &[u8] = include_bytes!("../../../../assets/rosters/plain.csv");

fn read_with(bytes: &[u8], map: &str, domain: Option<&str>) -> Result<Imported, Refusal> {
    let columns = if map.is_empty() { Columns::default() } else { map.parse().unwrap() };
    read(bytes, &Reading { origin: "list.csv", columns: &columns, email_domain: domain })
}

fn lines(imported: &Imported) -> Vec<String> {
    let line = |s: &Student| format!("{} | {} | {}", s.key, s.name, s.email.raw());
    imported.students.iter().map(line).collect()
}

fn refused(text: &str) -> String {
    read_with(text.as_bytes(), "", None).unwrap_err().to_string()
}

#[test]
fn canvas_gradebook() {
    let imported = read_with(CANVAS, "", Some("example.edu")).unwrap();
    assert_eq!(imported.format, Format::CanvasGradebook);
    assert_eq!(
        lines(&imported),
        [
            "s1000001 | Abara, Ngozi | nabara@example.edu",
            "s1000002 | Bai, Xiaoming | bai@other.example",
            "lzolc | Żółć, Łukasz | lzolc@example.edu",
        ]
    );
    let skipped: Vec<usize> = imported.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(skipped, [2, 3, 7]);
}

#[test]
fn canvas_without_a_domain_says_once_what_to_set() {
    let refusal = read_with(CANVAS, "", None).unwrap_err();
    assert_eq!(refusal.problems.len(), 1);
    let text = refusal.to_string();
    assert!(text.starts_with("list.csv:4:"), "{text}");
    assert!(text.contains("[roster]") && text.contains("--email-domain"), "{text}");
    assert_eq!(lines(&read_with(CANVAS, "", Some("@example.edu")).unwrap()).len(), 3);
    let wrong = read_with(CANVAS, "", Some("example")).unwrap_err().to_string();
    assert!(wrong.contains("\"example\", which is to complete the logins"), "{wrong}");
    let mapped = "Student,ID,SIS User ID,SIS Login ID,Section,Mail\n\"A, B\",1,7,ab,x,ab@x.edu\n";
    let imported = read_with(mapped.as_bytes(), "", None).unwrap();
    assert_eq!(lines(&imported), ["7 | A, B | ab@x.edu"], "an e-mail column that somebody added is used");
}

#[test]
fn plain_lists() {
    assert_eq!(
        lines(&read_with(PLAIN, "", None).unwrap()),
        [
            "ngozi-abara | Ngozi Abara | Ngozi.Abara@example.edu",
            "bai | Bai \"Tom\" Xiaoming, Jr. | bai@example.edu"
        ]
    );
    let imported = read_with(SEMICOLONS, "", None).unwrap();
    assert_eq!(imported.format, Format::Headers);
    assert_eq!(
        lines(&imported),
        ["2012345 | Müller, Jörg | joerg@example.edu", "2012346 | Groß, Ann | ann@example.edu"]
    );
    let tabs = "First name\tLast name\tUsername\tEmail\nNgozi\tAbara\tNA-1\tn@x.edu\n";
    assert_eq!(lines(&read_with(tabs.as_bytes(), "", None).unwrap()), ["na-1 | Abara, Ngozi | n@x.edu"]);
    let mapped = "who;where;nr\nNgozi;n@x.edu;7\n";
    let imported = read_with(mapped.as_bytes(), "name=who,email=2,key=NR", None).unwrap();
    assert_eq!(lines(&imported), ["7 | Ngozi | n@x.edu"]);
}

/// A file, its format, and its students; `-` begins what is skipped.
const PLATFORMS: &[(&str, Format, &[&str])] = &[
    (
        "Student Name,Student ID,SIS User ID,SIS Login ID,Section,Score\n\"Abara, Ngozi\",4711,S-1,nabara,1,9\n",
        Format::CanvasReport,
        &["s-1 | Abara, Ngozi | nabara@example.edu"],
    ),
    (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission)\r\n\
             Participant 123456,Ngozi Abara,ngozi@x.edu,Submitted for grading,\"75,00\",100.00,Yes,-\r\n",
        Format::MoodleWorksheet,
        &["ngozi | Ngozi Abara | ngozi@x.edu"],
    ),
    (
        "ID,Vollständiger Name,E-Mail-Adresse,Status\nTeilnehmer/in123456,Jörg Groß,joerg@x.edu,\n",
        Format::MoodleWorksheet,
        &["joerg | Jörg Groß | joerg@x.edu"],
    ),
    (
        "identifier,github_username,github_id,name\nnabara,octo,1,Ngozi Abara\nbai@other.edu,,,\n",
        Format::GithubRoster,
        &["nabara | Ngozi Abara | nabara@example.edu", "bai | bai@other.edu | bai@other.edu"],
    ),
    (
        "assignment_name,assignment_url,starter_code_url,github_username,roster_identifier,\
             student_repository_name,student_repository_url,submission_timestamp,points_awarded,points_available\n\
             hw1,u,u,octo,nabara,hw1-octo,u,2026-11-01,1,2\n",
        Format::GithubGrades,
        &["nabara | nabara | nabara@example.edu"],
    ),
    (
        "courseId,courseName,userRole,userId,profile.emailAddress,profile.id,profile.name.familyName,\
             profile.name.fullName,profile.name.givenName\n\
             1,CS,TEACHER,10,t@x.edu,10,Ray,Tea Ray,Tea\n1,CS,STUDENT,11,n@x.edu,11,Abara,Ngozi Abara,Ngozi\n",
        Format::GoogleClassroom,
        &["n | Abara, Ngozi | n@x.edu", "-a teacher, no student"],
    ),
    (
        "id,name,email,student_number,git_username,status,enrollment_type\n\
             m1,Ngozi Abara,n@x.edu,2012345,octo,active,student\nm2,Bai,b@x.edu,2012346,,dropped,student\n",
        Format::RepoEdu,
        &["2012345 | Ngozi Abara | n@x.edu", "-has dropped the course"],
    ),
    (
        "sourcedId,status,dateLastModified,role,username,givenName,familyName,email\n\
             u-1,active,2026-01-01,student,nabara,Ngozi,Abara,n@x.edu\n\
             u-2,tobedeleted,2026-01-01,student,b,B,B,b@x.edu\nu-3,active,2026-01-01,teacher,c,C,C,c@x.edu\n",
        Format::OneRoster,
        &["u-1 | Abara, Ngozi | n@x.edu", "-is to be deleted", "-has another role, no student"],
    ),
    (
        "Enrl Cd,Perm #,Grade,Final Units,Student Last,Student First Middle,Section,Email\n\
             1,9999001,,4.0,ABARA,NGOZI X,0101,n@x.edu\n",
        Format::Registrar,
        &["9999001 | ABARA, NGOZI X | n@x.edu"],
    ),
    ("Name,Email,Notes\nNgozi Abara,n@x.edu,\n", Format::Headers, &["n | Ngozi Abara | n@x.edu"]),
];

#[test]
fn what_platforms_write_is_told_apart_by_the_header() {
    for (file, format, wanted) in PLATFORMS {
        let imported = read_with(file.as_bytes(), "", Some("example.edu")).unwrap();
        assert_eq!(imported.format, *format);
        let mut found = lines(&imported);
        found.extend(imported.skipped.iter().map(|skipped| format!("-{}", skipped.reason)));
        assert_eq!(found, *wanted, "{format}");
    }
}

#[test]
fn a_column_without_a_header_means_nothing() {
    for (file, wanted) in [
        (
            ",Identifier,Full name,Email address,Status,Grade,Maximum Grade\n0,Participant 1,Ngozi,n@x.edu,,,\n",
            "n | Ngozi | n@x.edu",
        ),
        (
            ",Perm #,Student Last,Student First Middle,Email\n0,99,ABARA,NGOZI,n@x.edu\n",
            "99 | ABARA, NGOZI | n@x.edu",
        ),
        ("identifier,github_username,github_id,name,\nn@x.edu,octo,1,Ngozi,\n", "n | Ngozi | n@x.edu"),
    ] {
        assert_eq!(lines(&read_with(file.as_bytes(), "", None).unwrap()), [wanted], "{file}");
    }
}

#[test]
fn hidden_addresses_are_one_problem() {
    let file = "Identifier,Full name,Email address,Status,Grade,Maximum Grade\n\
                Participant 1,A,,,,\nParticipant 2,B,,,,\n";
    let said = refused(file);
    assert!(said.starts_with("list.csv:1:22: the column \"Email address\" is empty"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn an_identifier_that_is_a_name_is_no_login() {
    let said =
        read_with(b"identifier,github_username,github_id,name\nNgozi Abara,octo,1,\n", "", Some("x.edu"));
    let said = said.unwrap_err().to_string();
    assert!(said.starts_with("list.csv:2:1: \"Ngozi Abara@x.edu\" is no e-mail address"), "{said}");
}

#[test]
fn bad_rows_name_their_place_and_the_mend() {
    for (text, message) in [
        ("name,email\n,a@x.edu\n", "list.csv:2:1: the name is missing"),
        ("name,email\nA\n", "list.csv:2:1: the e-mail is missing"),
        ("name,email\nA,\n", "list.csv:2:3: the e-mail is missing"),
        ("name,email\n\nA,b.edu\n", "list.csv:3:3: \"b.edu\" is no e-mail address"),
        ("name,email\nA,a@x.edu,oops\n", "list.csv:2:11: the row has 3 cells, the header has 2"),
        ("name,email\nA,王@x.edu\n", "list.csv:2:3: no key can be made of \"王@x.edu\""),
        ("name,email,id\nA,a@x.edu,1.2E+07\n", "list.csv:2:11: a spreadsheet rounded"),
        ("name,email\n", "list.csv:1:1: there is no student below the header"),
        ("", "list.csv:1:1: the file is empty"),
        ("Ngozi,n@x.edu\n", "list.csv:1:1: no column is recognised as the name"),
    ] {
        let said = refused(text);
        assert!(said.starts_with(message), "{said}");
    }
    let both = refused("name,email\n,a\n");
    assert_eq!(both.lines().count(), 2, "every problem of a row: {both}");
}

#[test]
fn shared_keys_and_addresses_name_both_lines() {
    let keys = refused("name,email,id\nA,a@x.edu,S-1\n\nB,b@x.edu,s.1\n");
    assert!(keys.starts_with("list.csv:4:11: line 2 has the same key \"s-1\""), "{keys}");
    let emails = refused("name,email,id\nA,a@x.edu,1\nB, A@X.EDU,2\n");
    assert!(emails.starts_with("list.csv:3:4: line 2 has the same e-mail \"a@x.edu\""), "{emails}");
    let locals = refused("name,email\nA,a@x.edu\nB,a@y.edu\n");
    assert!(locals.contains("--map key=COL"), "{locals}");
    let unnamed = refused("name,email,id\n,a@x.edu,1\nB,a@x.edu,1\n");
    assert_eq!(unnamed.lines().count(), 3, "rows with other problems count, too: {unnamed}");
}

#[test]
fn many_problems_are_counted() {
    let mut text = String::from("name,email\n");
    text.push_str(&"A,nobody\n".repeat(50));
    assert!(refused(&text).ends_with("and 30 more problems"));
}

#[test]
fn names_that_look_alike_are_noted_and_kept() {
    let text = "name,email\nJosé,a@x.edu\nJose,b@x.edu\nC,ç.d@x.edu\n";
    let imported = read_with(text.as_bytes(), "", None).unwrap();
    let notes: Vec<&str> = imported.notes.iter().map(SafeText::as_str).collect();
    assert_eq!(
        notes,
        [
            "the name from \"name\", the e-mail from \"email\"",
            "lines 2 and 3 have names that look alike",
            "line 4: the e-mail has letters beyond ASCII",
        ]
    );
}

#[test]
fn a_large_class_is_read() {
    let mut text = String::from("Student number,Name,Email\r\n");
    for n in 0..2000 {
        write!(text, "S{n:07},\"Last{n}, First\",s{n}@example.edu\r\n").unwrap();
    }
    let imported = read_with(text.as_bytes(), "", None).unwrap();
    assert_eq!(imported.students.len(), 2000);
    assert_eq!(imported.students[1999].key.as_str(), "s0001999");
}

#[test]
fn addresses_have_a_shape() {
    for good in ["a@x.edu", "ngozi.o'neil+cs@mail.example.edu", "ç@münchen.example"] {
        assert!(is_email(good), "{good}");
    }
    for bad in [
        "",
        "a",
        "@x.edu",
        "a@",
        "a@x",
        "a@@x.edu",
        "a b@x.edu",
        "A <a@x.edu>",
        "a@x.edu,b@x.edu",
        "a@-x.edu",
        "a@x..edu",
        ".a@x.edu",
        "a.@x.edu",
        "mailto:a@x.edu",
        "a\u{202e}@x.edu",
        "a@x.edu.",
    ] {
        assert!(!is_email(bad), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in "(name|email|id|[,;\t\"\n]|a@x\\.e|.){0,40}") {
        drop(read_with(&bytes, "", Some("example.edu")));
        if let Ok(imported) = read_with(text.as_bytes(), "", Some("example.edu")) {
            for student in imported.students {
                prop_assert!(StudentKey::parse(student.key.as_str()).is_some());
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again(
        names in prop::collection::btree_map("[a-z0-9]{1,8}(-[a-z0-9]{1,8})?", "[A-Z][a-zé\",; ]{0,10}[a-z]", 1..20),
    ) {
        let students: Vec<Student> = names
            .iter()
            .enumerate()
            .map(|(n, (key, name))| Student {
                key: StudentKey::parse(key).unwrap(),
                name: SafeText::new(&name.split_whitespace().collect::<Vec<_>>().join(" ")),
                email: Untrusted::new(format!("s{n}@example.edu")),
            })
            .collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["key", "name", "email"]).unwrap();
        for student in &students {
            writer.write_record([student.key.as_str(), student.name.as_str(), student.email.raw()]).unwrap();
        }
        let read = read_with(&writer.into_inner().unwrap(), "", None).unwrap();
        prop_assert_eq!(read.students, students);
    }
}

#[test]
fn only_digits_with_a_signed_power_are_a_number_that_a_spreadsheet_rounded() {
    for (text, rounded) in [
        ("1.23457E+11", true),
        ("1,2e+07", true),
        ("12e5", false),
        ("12E-5", false),
        ("e+1", false),
        ("12E+", false),
        ("1b2e+3", false),
    ] {
        assert_eq!(is_rounded(text), rounded, "{text}");
    }
}
