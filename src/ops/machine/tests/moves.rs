//! What can happen: to the roster, in the world outside, in the program, and between it and the service.
//! Each is plain data, so that a failing case shrinks to the few that matter.

use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;

use super::model::{Model, STUDENTS, Sight, Somebody, Who, address};
use crate::domain::access::{AccountKind, Level};

/// How many vaults of each student a move can name: mostly there is one.
pub(super) type Place = usize;

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Move {
    /// Outside, or in the roster.
    Outside(Outside),
    /// A plan is made and carried out.
    Apply(Wish),
    /// A plan is made; something happens; it is carried out.
    Stale(Wish, Outside),
    /// Two programs with the same local state do these at once.
    Two(Wish, Wish),
    /// The program dies at its nth call from now, before or after that came through; a power cut also takes
    /// what was not synced. Then it is started again.
    Crash { wish: Wish, at: usize, after: bool, power: bool },
    /// The nth call of its kind from now goes wrong.
    Trouble(usize, Mishap),
    /// The program ends in peace and is started again.
    Restart,
    /// At the nth call from now another program wants the job to end, or to wait: then its program dies.
    Asked { wish: Wish, at: usize, ends: bool },
    /// The jobs that a program has left are gone on with.
    Resume,
    /// The last job that can be is taken back.
    Undo,
    /// Somebody asks who is on every vault, and who should not be.
    Look,
    /// Everything outside holds still, and what the roster asks for is carried out until nothing is left.
    Settle,
}

/// What somebody wants of the program.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// Vault and own access for everybody, or for one student.
    Provision(Option<usize>),
    /// All that class file and roster ask for, and nothing else, for everybody or for one student.
    Class(Option<usize>),
    /// Taken away what should not be there, from everybody's vault, or from one student's.
    Mend(Option<usize>),
    /// Exactly these.
    Change(Vec<(Place, Who, Level)>),
}

/// What the world does.
#[derive(Clone, Debug)]
pub(super) enum Outside {
    /// The roster gets this address for a student.
    Enrol(usize, String),
    /// A student leaves the roster, or comes back.
    Leave(usize, bool),
    /// A person gets another name.
    Rename(usize, String),
    /// Two people change their addresses for each other's.
    Swap(usize, usize),
    /// A person leaves the account and is invited again: the same address and name, another id.
    Reinvite(usize),
    /// A person is put into a state.
    State(usize, &'static str),
    /// An administrator gives somebody a vault.
    Stray(Place, Who, Level),
    /// An administrator takes somebody off a vault.
    Take(Place, Who),
    /// A vault gets the name of another student's.
    Title(Place, usize),
    /// A person comes into the group of staff, or leaves it.
    Member(usize, bool),
    /// The service account loses a vault, or gets it back.
    Disown(Place, bool),
    /// Another service account makes a vault of that name with our mark.
    Twin(usize),
    /// Something is put into a vault.
    Item(Place),
    /// That many days pass.
    Days(i64),
}

/// How a call can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// A change is made and its answer lost.
    Lost,
    /// A change seems lost, and is made that many moves later.
    Late(u8),
    /// A change is not made, and nobody can tell.
    Broken,
    /// A change comes too soon.
    TooSoon,
    /// The ration is used up for an hour.
    Rationed,
    /// A change is refused with "not found", though all is there.
    NotFound,
    /// A change is refused as not allowed.
    Denied,
    /// Somebody else wrote at the same time.
    Conflict,
    /// Two answers to the making of vaults come to each other's question.
    Swapped,
    /// A list of vaults is as it was the last time.
    OldVaults,
    /// A list of who is on a vault is as it was the last time.
    OldGrants,
    /// A question gets no answer.
    Mute,
}

impl Mishap {
    /// Whether it befalls changes, rather than questions.
    pub(super) fn is_of_changes(self) -> bool {
        !matches!(self, Self::OldVaults | Self::OldGrants | Self::Mute)
    }
}

/// The machine that makes up what happens.
pub(super) struct Machine;

impl ReferenceStateMachine for Machine {
    type State = Model;
    type Transition = Move;

    fn init_state() -> BoxedStrategy<Model> {
        let kind = prop_oneof![2 => Just(AccountKind::Business), 1 => Just(AccountKind::Teams)];
        let sight = select(vec![Sight::Blind, Sight::Seeing, Sight::Person]);
        (kind, sight).prop_map(|(kind, sight)| Model::new(kind, sight)).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Move> {
        let people = model.people.len();
        let (outside, wish) = (outside(people), wish(people));
        let at = 0..6_usize;
        prop_oneof![
            8 => outside.clone().prop_map(Move::Outside),
            8 => wish.clone().prop_map(Move::Apply),
            2 => (wish.clone(), outside).prop_map(|(wish, outside)| Move::Stale(wish, outside)),
            2 => (wish.clone(), wish.clone()).prop_map(|(one, other)| Move::Two(one, other)),
            2 => (wish.clone(), at.clone(), any::<bool>())
                .prop_map(|(wish, at, ends)| Move::Asked { wish, at, ends }),
            4 => (wish, at, any::<bool>(), any::<bool>())
                .prop_map(|(wish, at, after, power)| Move::Crash { wish, at, after, power }),
            6 => (0..3_usize, mishap()).prop_map(|(at, mishap)| Move::Trouble(at, mishap)),
            1 => Just(Move::Restart),
            5 => Just(Move::Resume),
            2 => Just(Move::Undo),
            2 => Just(Move::Look),
            2 => Just(Move::Settle),
        ]
        .boxed()
    }

    /// Whether everybody whom a move names is there: one that brought somebody may have been left out.
    fn preconditions(model: &Model, what: &Move) -> bool {
        what.named().into_iter().all(|at| at < model.people.len())
    }

    fn apply(mut model: Model, what: &Move) -> Model {
        if let Move::Outside(outside) | Move::Stale(_, outside) = what {
            model.befall(outside);
        }
        model
    }
}

fn who(people: usize) -> impl Strategy<Value = Who> + Clone {
    prop_oneof![
        8 => (0..people).prop_map(Who::Person),
        2 => Just(Who::Staff),
        1 => Just(Who::Others),
    ]
}

fn level() -> impl Strategy<Value = Level> + Clone {
    select(vec![Level::None, Level::None, Level::Submit, Level::Read, Level::Write, Level::Manage])
}

pub(super) fn wish(people: usize) -> impl Strategy<Value = Wish> + Clone {
    let own = (0..STUDENTS, level()).prop_map(|(at, level)| (at, Who::Person(at), level));
    let any = (0..STUDENTS, who(people), level());
    let staff = (0..STUDENTS, prop_oneof![Just(Who::Staff), Just(Who::Person(super::model::TA))], level());
    let change = prop_oneof![3 => own, 3 => any, 2 => staff.prop_map(|(at, who, level)| (at, who, level))];
    prop_oneof![
        3 => Just(Wish::Provision(None)),
        1 => (0..STUDENTS).prop_map(|at| Wish::Provision(Some(at))),
        3 => Just(Wish::Class(None)),
        1 => (0..STUDENTS).prop_map(|at| Wish::Class(Some(at))),
        1 => Just(Wish::Mend(None)),
        1 => (0..STUDENTS).prop_map(|at| Wish::Mend(Some(at))),
        5 => proptest::collection::vec(change, 1..4).prop_map(Wish::Change),
    ]
}

fn mishap() -> impl Strategy<Value = Mishap> + Clone {
    prop_oneof![
        2 => Just(Mishap::Lost),
        2 => (0..3_u8).prop_map(Mishap::Late),
        1 => Just(Mishap::Broken),
        1 => Just(Mishap::TooSoon),
        3 => Just(Mishap::Rationed),
        2 => Just(Mishap::NotFound),
        1 => Just(Mishap::Denied),
        1 => Just(Mishap::Conflict),
        2 => Just(Mishap::Swapped),
        1 => Just(Mishap::OldVaults),
        1 => Just(Mishap::OldGrants),
        1 => Just(Mishap::Mute),
    ]
}

fn outside(people: usize) -> impl Strategy<Value = Outside> + Clone {
    let addresses: Vec<String> = (0..STUDENTS).map(address).chain(["new@example.edu".to_owned()]).collect();
    let names: Vec<String> = (0..STUDENTS).map(|at| format!("Student {at}")).collect();
    let states = select(vec!["ACTIVE", "ACTIVE", "SUSPENDED", "TRANSFER_ACCEPTED"]);
    let shown = select(vec![Level::Submit, Level::Read, Level::Write, Level::Manage]);
    prop_oneof![
        2 => (0..STUDENTS, select(addresses)).prop_map(|(at, email)| Outside::Enrol(at, email)),
        2 => (0..STUDENTS, any::<bool>()).prop_map(|(at, gone)| Outside::Leave(at, gone)),
        3 => (0..people, select(names)).prop_map(|(at, name)| Outside::Rename(at, name)),
        2 => (0..people, 0..people).prop_map(|(one, other)| Outside::Swap(one, other)),
        1 => (0..people).prop_map(Outside::Reinvite),
        2 => (0..people, states).prop_map(|(at, state)| Outside::State(at, state)),
        3 => (0..STUDENTS, who(people), shown).prop_map(|(at, who, level)| Outside::Stray(at, who, level)),
        2 => (0..STUDENTS, who(people)).prop_map(|(at, who)| Outside::Take(at, who)),
        1 => (0..STUDENTS, 0..STUDENTS).prop_map(|(at, other)| Outside::Title(at, other)),
        3 => (0..people, any::<bool>()).prop_map(|(at, joins)| Outside::Member(at, joins)),
        1 => (0..STUDENTS, any::<bool>()).prop_map(|(at, lost)| Outside::Disown(at, lost)),
        1 => (0..STUDENTS).prop_map(Outside::Twin),
        2 => (0..STUDENTS).prop_map(Outside::Item),
        1 => (1..30_i64).prop_map(Outside::Days),
    ]
}

impl Move {
    /// The people whom it names.
    fn named(&self) -> Vec<usize> {
        match self {
            Self::Outside(outside) => outside.named(),
            Self::Apply(wish) | Self::Crash { wish, .. } | Self::Asked { wish, .. } => wish.named(),
            Self::Stale(wish, outside) => [wish.named(), outside.named()].concat(),
            Self::Two(one, other) => [one.named(), other.named()].concat(),
            Self::Trouble(..) | Self::Restart | Self::Resume | Self::Undo | Self::Look | Self::Settle => {
                Vec::new()
            }
        }
    }
}

impl Wish {
    fn named(&self) -> Vec<usize> {
        match self {
            Self::Change(changes) => changes.iter().filter_map(|(_, who, _)| who.person()).collect(),
            Self::Provision(_) | Self::Class(_) | Self::Mend(_) => Vec::new(),
        }
    }
}

impl Outside {
    fn named(&self) -> Vec<usize> {
        match self {
            Self::Rename(at, _) | Self::Reinvite(at) | Self::State(at, _) | Self::Member(at, _) => vec![*at],
            Self::Swap(one, other) => vec![*one, *other],
            Self::Stray(_, who, _) | Self::Take(_, who) => who.person().into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl Who {
    fn person(self) -> Option<usize> {
        if let Self::Person(at) = self { Some(at) } else { None }
    }
}

impl Model {
    /// What the world did. A move that is not possible as things are changes nothing.
    pub(super) fn befall(&mut self, what: &Outside) {
        match what {
            Outside::Enrol(at, email) => self.roster[*at].email.clone_from(email),
            Outside::Leave(at, gone) => self.roster[*at].gone = *gone,
            Outside::Rename(at, name) if self.people[*at].there => self.people[*at].name.clone_from(name),
            Outside::Swap(one, other) if self.people[*one].there && self.people[*other].there => {
                let email = self.people[*one].email.clone();
                self.people[*one].email = std::mem::replace(&mut self.people[*other].email, email);
            }
            Outside::Reinvite(at) if self.people[*at].there => {
                let again: Somebody = Somebody { state: "ACTIVE", ..self.people[*at].clone() };
                self.people[*at].there = false;
                self.members.remove(at);
                self.people.push(again);
            }
            Outside::State(at, state) if self.people[*at].there => self.people[*at].state = state,
            Outside::Member(at, joins) if self.people[*at].there => {
                if *joins {
                    self.members.insert(*at);
                } else {
                    self.members.remove(at);
                }
            }
            Outside::Days(days) => self.day += days,
            _ => {}
        }
    }
}
