//! A class on the screen without any service behind it.

#![allow(clippy::unwrap_used, clippy::panic, dead_code, missing_docs, reason = "tests; each uses a part")]

use jiff::Timestamp;
use strongroom::app::key::{Chord, Key, ch, key};
use strongroom::app::msg::{Effect, Event, Viewport};
use strongroom::app::remote::Ticket;
use strongroom::app::{Setting, State, update};
use strongroom::domain::access::{AccountKind, Cell, Level, Permissions, Principal, Why};
use strongroom::domain::admission::SignUp;
use strongroom::domain::arrival::{
    Arrival, ArrivalItem, ArrivalKind, ArrivalStudent, ArrivalVault, By, NewArrival,
};
use strongroom::domain::budget::{Budget, ration};
use strongroom::domain::class::StudentKey;
use strongroom::domain::directory::{FileMeta, Identity, Item, ItemState, PersonState};
use strongroom::domain::drift::Stray;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::id::{AccountId, FileId, GroupId, ItemId, PersonId, VaultId};
use strongroom::domain::operation::{Capabilities, Capability};
use strongroom::domain::query::{ClassView, Column, Data, Other, Query, StatusRow, WatchReport};
use strongroom::domain::text::{SafeText, Untrusted};

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_793_000_000 + 60 * minutes).unwrap()
}

pub(crate) fn student(number: usize) -> StudentKey {
    StudentKey::parse(&format!("s{number:03}")).unwrap()
}

pub(crate) fn vault(number: usize) -> VaultId {
    VaultId::parse(&format!("sbxvault{number:018}")).unwrap()
}

pub(crate) fn item_id(number: usize) -> ItemId {
    ItemId::parse(&format!("sbxitem{number:019}")).unwrap()
}

pub(crate) fn person(number: usize) -> PersonId {
    PersonId::parse(&format!("SBXPERSON{number:017}")).unwrap()
}

pub(crate) fn teacher() -> Principal {
    Principal::Person(person(900))
}

pub(crate) fn tas() -> Principal {
    Principal::Group(GroupId::parse(&format!("sbxgroup{:018}", 1)).unwrap())
}

pub(crate) fn proved(level: Level) -> Cell {
    Cell::Proved { set: level.permissions(AccountKind::Business).unwrap(), at: at(0) }
}

const NAMES: [&str; 16] = [
    "Abara, Ngozi",
    "Bai, Xiaoming",
    "Castillo Fernández, María Inés",
    "Dubois, Zoé",
    "Eriksen, Odd",
    "Farouk, Lina",
    "王小明",
    "Hale, T.",
    "Ito, Ren",
    "Jansen, Mila",
    "Kaur, Simran",
    "López, Ana",
    "Moreau, Luc",
    "Nguyễn Thị Ánh",
    "محمد علی",
    "Żółć, Łukasz",
];

/// One row of each situation, again and again.
pub(crate) fn row(number: usize) -> StatusRow {
    use PersonState as S;
    let name = NAMES[number % NAMES.len()];
    let state = match number % 16 {
        3 => SignUp::Person(S::AwaitingConfirmation),
        5 => SignUp::Person(S::Invited),
        7 => SignUp::Person(S::Suspended),
        10 => SignUp::NotInvited,
        12 => SignUp::Ambiguous,
        _ => SignUp::Person(S::Active),
    };
    let bound = !matches!(number % 16, 3 | 5 | 9 | 10 | 12);
    let own = match number % 16 {
        4 => proved(Level::Read),
        6 => Cell::Unknown { why: Why::LevelNotShown },
        8 => Cell::Proved { set: Permissions::parse(["view_items", "manage_vault"]).unwrap(), at: at(1) },
        11 => Cell::Ledger { set: Level::Write.permissions(AccountKind::Business).unwrap(), at: at(2) },
        _ => proved(Level::Write),
    };
    let stranger = Other {
        who: Principal::Person(person(800)),
        name: "Jo Doe".into(),
        cell: Cell::Unknown { why: Why::LevelNotShown },
        excepted: false,
        kind: Some(Stray::Stranger),
        since: None,
    };
    let others = match number % 16 {
        4 => vec![stranger],
        8 => vec![Other { excepted: true, kind: None, ..stranger }],
        _ => Vec::new(),
    };
    StatusRow {
        key: student(number),
        name: name.into(),
        email: SafeText::new(&format!("s{number:03}@example.edu")),
        user: matches!(state, SignUp::Person(_)).then(|| person(number)),
        state,
        vault: bound.then(|| vault(number)),
        vault_name: if bound { SafeText::new(&format!("CS101-F26-s{number:03}")) } else { "".into() },
        own,
        staff: vec![proved(Level::Manage), proved(Level::Write)],
        others: bound.then_some(others),
        wider: Vec::new(),
        items: if bound { u32::try_from(number % 5).unwrap() } else { 0 },
        last_upload: (bound && !number.is_multiple_of(5))
            .then(|| at(-(i64::try_from(number).unwrap() * 700))),
        gone: number % 16 == 13,
        closing: None,
        foreign: false,
        look_alikes: Vec::new(),
        standings: Vec::new(),
        extensions: Vec::new(),
    }
}

pub(crate) fn identity() -> Identity {
    Identity {
        account: AccountId::parse(&format!("SBXACCOUNT{:016}", 1)).unwrap(),
        account_name: "Example University".into(),
        kind: AccountKind::Business,
        id: person(999),
        name: "Strongroom".into(),
        is_service_account: true,
        sees_levels: false,
    }
}

pub(crate) fn class(students: usize) -> ClassView {
    let column = |who, name: &str| Column { who, name: name.into() };
    ClassView {
        identity: Some(identity()),
        staff: vec![column(teacher(), "Dr. Ruiz"), column(tas(), "Teaching assistants")],
        rows: (0..students).map(row).collect(),
        total: students,
        people_at: Some(at(0)),
        assignments: Vec::new(),
    }
}

pub(crate) fn setting() -> Setting {
    use Capability as C;
    Setting {
        class: "CS101-F26".into(),
        title: "Introduction to Programming".into(),
        zone: jiff::tz::TimeZone::UTC,
        demo: false,
        read_only: false,
        ascii: false,
        can: Capabilities::of(&[
            C::ReadPeople,
            C::ReadAccess,
            C::ReadItems,
            C::CreateVaults,
            C::ChangeAccess,
            C::ManagePeople,
        ]),
        folder: "~/Downloads/strongroom".into(),
        started_in: "/home/instructor".into(),
        via: None,
        beat: None,
        opened_at: at(0),
        has_shell: true,
        bell: false,
    }
}

pub(crate) fn items(of: usize) -> Vec<Item> {
    let item = |number: usize, title: &str, category: &str, state, by| Item {
        id: item_id(of * 10 + number),
        title: title.into(),
        category: category.into(),
        version: number as u64 + 1,
        tags: Vec::new(),
        state,
        created_at: Some(at(-500)),
        updated_at: Some(at(-60 * i64::try_from(number).unwrap())),
        last_edited_by: by,
    };
    vec![
        item(0, "hw3-report.pdf", "DOCUMENT", ItemState::Active, Some(person(of))),
        item(1, "notes of week two", "SECURE_NOTE", ItemState::Active, Some(person(999))),
        item(2, "draft.pdf", "DOCUMENT", ItemState::Archived, Some(person(900))),
    ]
}

pub(crate) fn arrival(seq: u64, of: usize, kind: ArrivalKind) -> Arrival {
    let file = FileId::parse(&format!("sbxfile{seq:019}")).unwrap();
    let files = vec![FileMeta { id: file, name: Untrusted::new("hw3-report.pdf"), size: 1_250_000 }];
    let email = Untrusted::new("s@example.edu");
    let whose = ArrivalStudent { key: student(of), email, user_id: Some(person(of)) };
    let vault = ArrivalVault { id: vault(of), name: SafeText::new(&format!("CS101-F26-s{of:03}")) };
    let item = ArrivalItem::document(item_id(of * 10), "hw3-report.pdf");
    let found = NewArrival::new(at(i64::try_from(seq).unwrap()), whose, vault, item);
    NewArrival { kind, files, by: By::Student, ..found }.numbered(seq)
}

pub(crate) fn report(arrivals: Vec<Arrival>) -> WatchReport {
    let (changed, settled) = (Vec::new(), Vec::new());
    WatchReport { changed, settled, arrivals, ..WatchReport::nothing(at(9)) }
}

/// The ration of a Business account, a part of it used.
pub(crate) fn budget() -> Budget {
    let mut allowances = ration(AccountKind::Business);
    for (window, remaining) in allowances.iter_mut().zip([412, 9_218, 41_050]) {
        (window.remaining, window.used) = (remaining, window.limit - remaining);
    }
    Budget {
        allowances: allowances.into(),
        reported_at: at(0),
        ours: 0,
        others: 0,
        stopped: Vec::new(),
        live_per_hour: 500,
    }
}

pub(crate) fn down() -> Fault {
    Fault::new(Kind::Unreachable, "no answer from the service: connection refused")
        .hint("check the network; the next beat tries again")
}

/// A state, and what it wants done.
#[derive(Clone)]
pub(crate) struct Screen {
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
}

impl Screen {
    /// The class has been read from the store and from the service; everything asked is answered.
    pub(crate) fn of(students: usize) -> Self {
        let mut screen = Self::starting(setting());
        screen.answer(&class(students));
        screen
    }

    /// The same as a signed-in administrator sees it: every level is proved, people can be changed.
    pub(crate) fn as_person(students: usize) -> Self {
        let mut screen = Self::starting(setting());
        let mut view = class(students);
        let identity = view.identity.as_mut().unwrap();
        (identity.is_service_account, identity.sees_levels) = (false, true);
        identity.name = "Ruiz, Dolores".into();
        for row in &mut view.rows {
            let level = row.own.level(AccountKind::Business).filter(|level| *level != Level::Custom);
            row.own = proved(level.unwrap_or(Level::Write));
            for other in row.others.iter_mut().flatten() {
                other.cell = proved(Level::Read);
            }
        }
        screen.answer(&view);
        screen
    }

    /// Nothing has been answered yet.
    pub(crate) fn starting(setting: Setting) -> Self {
        let mut state = State::new(setting, None);
        let effects = strongroom::app::start(&mut state);
        Self { state, effects }
    }

    /// Answers everything that was asked, as long as something is asked, from a class.
    pub(crate) fn answer(&mut self, view: &ClassView) {
        for _ in 0..50 {
            let Some(place) = self.effects.iter().position(|e| matches!(e, Effect::Load(..))) else { break };
            let Effect::Load(ticket, query) = self.effects.remove(place) else { unreachable!() };
            let data = match query {
                Query::Class { .. } => Data::Class(Box::new(view.clone())),
                Query::Access(keys) => {
                    Data::Rows(view.rows.iter().filter(|row| keys.contains(&row.key)).cloned().collect())
                }
                Query::Items { vaults, .. } => {
                    let number = |v: &VaultId| (0..view.rows.len()).find(|n| vault(*n) == *v).unwrap_or(0);
                    Data::Items(vaults.into_iter().map(|v| (v.clone(), items(number(&v)))).collect())
                }
                Query::Arrivals => Data::Arrivals(Vec::new(), 0),
                Query::Attention => Data::Attention(Box::default()),
                Query::Jobs => Data::Jobs(Box::default()),
                Query::Work => Data::Work(Vec::new()),
                Query::Copies(vault) => Data::Copies(vault, Vec::new()),
                Query::Why(vault) => Data::Why(vault, Vec::new()),
                other => panic!("{other:?} is answered by the test"),
            };
            self.loaded(ticket, Ok(data));
        }
    }

    pub(crate) fn send(&mut self, event: Event) -> Vec<Effect> {
        let effects = update(&mut self.state, event);
        self.effects.extend(effects.iter().cloned());
        effects
    }

    pub(crate) fn loaded(&mut self, ticket: Ticket, answer: Result<Data, Fault>) -> Vec<Effect> {
        self.send(Event::Loaded(ticket, at(5), Box::new(answer)))
    }

    pub(crate) fn chord(&mut self, chord: Chord) -> Vec<Effect> {
        self.send(Event::Key(chord))
    }

    pub(crate) fn key(&mut self, named: Key) -> Vec<Effect> {
        self.chord(key(named))
    }

    /// Types characters; returns what the last one wants done.
    pub(crate) fn type_in(&mut self, text: &str) -> Vec<Effect> {
        text.chars().map(|c| self.chord(ch(c))).last().unwrap_or_default()
    }

    /// As after a draw that showed these rows.
    pub(crate) fn shows(&mut self, rows: std::ops::Range<usize>) -> Vec<Effect> {
        self.send(Event::Viewport(Viewport {
            rows,
            items: 10,
            activity: 10,
            overlay: 20,
            attention: 10,
            jobs: 10,
            across: 10,
            ..Viewport::default()
        }))
    }

    pub(crate) fn notice(&self) -> &str {
        self.state.notice().map_or("", |notice| notice.text.as_str())
    }

    pub(crate) fn marks(&self) -> Vec<&str> {
        self.state.rows.marks.iter().map(StudentKey::as_str).collect()
    }
}

/// What is asked about the class; what is read again beside it is left out.
pub(crate) fn loads(effects: &[Effect]) -> Vec<Query> {
    all_loads(effects).into_iter().filter(|query| !is_beside(query)).collect()
}

fn is_beside(query: &Query) -> bool {
    use Query as Q;
    matches!(query, Q::Attention | Q::Jobs | Q::Work | Q::Copies(_))
}

/// Everything that is asked.
pub(crate) fn all_loads(effects: &[Effect]) -> Vec<Query> {
    let query =
        |effect: &Effect| if let Effect::Load(_, query) = effect { Some(query.clone()) } else { None };
    effects.iter().filter_map(query).collect()
}

/// The ticket of one question.
pub(crate) fn asked(effects: &[Effect], query: &Query) -> Ticket {
    let of = |effect: &Effect| match effect {
        Effect::Load(ticket, one) if one == query => Some(*ticket),
        _ => None,
    };
    effects.iter().find_map(of).unwrap()
}

pub(crate) fn ticket(effects: &[Effect]) -> Ticket {
    let of = |effect: &Effect| match effect {
        Effect::Load(ticket, _)
        | Effect::Apply(ticket, _)
        | Effect::Resume(ticket, _)
        | Effect::Want(ticket, ..)
        | Effect::Close(ticket, _)
        | Effect::Download(ticket, _)
        | Effect::Export(ticket, _)
        | Effect::Enrol(ticket, ..)
        | Effect::Decide(ticket, _)
        | Effect::HandOff(ticket, _) => Some(*ticket),
        _ => None,
    };
    effects.iter().find_map(of).unwrap()
}
