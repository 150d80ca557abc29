//! Follows the files that a user may edit while the dashboard is open: the settings, the theme in use and the class
//! file. A good edition is taken over at once; a bad one leaves what is in effect as it is, and is told.
//!
//! All of it happens on a thread of its own, which sleeps until there is something to look at: on Linux the
//! kernel says so (inotify); anywhere, and where the kernel does not tell, a key or something that arrived does,
//! at most once a second. Nothing looks by itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::followed::{Known, Notices};
use crate::app::chosen::{Cause, Edition, objections};
use crate::app::msg::Event;
use crate::config::settings::{self, Flags};
use crate::config::{self, Config, Places, theme};
use crate::domain::fault::{Fault, Kind};
use crate::domain::preferences::Followed;
use crate::domain::text::SafeText;
use crate::queries::Current;
use crate::setup::{self, Choice};

/// The least time between two looks that a key gives cause to.
const PAUSE: Duration = Duration::from_secs(1);

/// What the thread is asked.
pub(super) enum Ask {
    /// Whether a file looks different from outside.
    Look,
    /// What the files hold: the kernel has said that one was written.
    Read,
    /// To read a theme, and to follow its file from now on.
    Theme(String, Cause),
}

/// The dashboard's end of it.
pub(super) struct Reload {
    asks: Sender<Ask>,
    looked: Instant,
}

impl Reload {
    /// Begins to follow the files. It ends when nobody listens any more.
    pub(super) fn start(files: Files, outbox: mpsc::Sender<Event>) -> io::Result<Self> {
        let (asks, asked) = channel();
        let told = asks.clone();
        let notices = Notices::open(move || told.send(Ask::Read).is_ok());
        let following = Following { files, outbox, notices };
        std::thread::Builder::new().name("reload".into()).spawn(move || following.run(&asked))?;
        Ok(Self { asks, looked: Instant::now() })
    }

    /// Has the files looked at, but not all the time.
    pub(super) fn look(&mut self) {
        if self.looked.elapsed() >= PAUSE {
            self.looked = Instant::now();
            self.ask(Ask::Look);
        }
    }

    /// Has a theme read.
    pub(super) fn theme(&self, name: String, cause: Cause) {
        self.ask(Ask::Theme(name, cause));
    }

    fn ask(&self, ask: Ask) {
        // A thread that has ended can do without.
        drop(self.asks.send(ask));
    }
}

/// The class file that the dashboard was opened with, and what of it is in effect.
pub(super) struct ClassFile {
    known: Known,
    opened: Config,
    /// The class in effect.
    taken: crate::domain::class::Class,
    /// What was told to be wrong with the file.
    is_broken: bool,
}

/// The files that are followed, and what they were when they were last read.
pub(super) struct Files {
    choice: Choice,
    places: Places,
    flags: Flags,
    settings: Known,
    theme: (String, Known),
    themes: Vec<String>,
    trusted: Known,
    class: Option<ClassFile>,
    current: Current,
}

impl Files {
    /// The files of the user; made before they are read, so that no edit in between is missed.
    pub(super) fn new(choice: &Choice, flags: &Flags, current: Current) -> Result<Self, Fault> {
        let places = Places::new(&choice.env)?;
        Ok(Self {
            settings: Known::of(settings::file(&places)),
            theme: (String::new(), Known::of(PathBuf::new())),
            themes: theme::names(&places),
            trusted: Known::of(config::trusted_list(&places)),
            class: None,
            choice: choice.clone(),
            flags: flags.clone(),
            places,
            current,
        })
    }

    /// Follows the class file as well, which had this text when it was opened.
    pub(super) fn with_class(mut self, file: Option<&(PathBuf, String)>, opened: &Config) -> Self {
        self.class = file.map(|(path, text)| ClassFile {
            known: Known::with(path.clone(), text.clone()),
            opened: opened.clone(),
            taken: opened.class.clone(),
            is_broken: false,
        });
        self
    }

    /// Follows the file of a theme from now on.
    pub(super) fn wear(&mut self, name: &str) {
        let path = theme::folder(&self.places).join(format!("{name}.toml"));
        self.theme = (name.to_owned(), Known::of(path));
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        let class = self.class.as_ref().map(|class| class.known.path());
        [self.settings.path(), self.theme.1.path(), self.trusted.path()].into_iter().chain(class)
    }
}

/// The thread.
struct Following {
    files: Files,
    outbox: mpsc::Sender<Event>,
    notices: Notices,
}

impl Following {
    fn run(mut self, asked: &Receiver<Ask>) {
        self.notices.watch(self.files.paths());
        while let Ok(ask) = asked.recv() {
            let events = match ask {
                Ask::Look => self.files.look(false),
                Ask::Read => self.files.look(true),
                Ask::Theme(name, cause) => {
                    self.files.wear(&name);
                    vec![self.files.theme(cause)]
                }
            };
            for event in events {
                if self.outbox.blocking_send(event).is_err() {
                    return;
                }
            }
            // Folders may have come into being.
            self.notices.watch(self.files.paths());
        }
    }
}

impl Files {
    /// What has changed, as events. Where it is not `sure` that something was written, only what a file looks
    /// like from outside is compared.
    pub(super) fn look(&mut self, sure: bool) -> Vec<Event> {
        let mut events = Vec::new();
        if self.settings.has_changed(sure) {
            events.push(self.settings());
        }
        let names = theme::names(&self.places);
        if names != self.themes {
            self.themes.clone_from(&names);
            events.push(Event::Themes(names));
        }
        if self.theme.1.has_changed(sure) {
            events.push(self.theme(Cause::File));
        }
        let trusted = self.trusted.has_changed(sure);
        if let Some(class) = &mut self.class
            && (class.known.has_changed(sure) || (trusted && class.is_broken))
        {
            events.extend(class.read(&self.choice, &self.current));
        }
        events
    }

    fn settings(&mut self) -> Event {
        let origin = self.settings.path().display().to_string();
        let read = self.settings.text().and_then(|text| {
            let chosen = settings::parse(text.as_deref().unwrap_or_default(), &origin, objections)?;
            let chosen = settings::over(chosen, &self.choice.env);
            Ok(self.flags.over(chosen, &self.choice.env))
        });
        match read {
            Ok(new) => Event::Settings(Box::new(new)),
            Err(fault) => Event::Broken(Followed::Settings, named(fault, self.settings.path())),
        }
    }

    fn theme(&self, cause: Cause) -> Event {
        let (name, known) = &self.theme;
        let read = theme::theme(name, &self.places).map_err(|fault| named(fault, known.path()));
        Event::Theme(Box::new(read), cause)
    }
}

impl ClassFile {
    /// Reads the file as it is now; nothing to tell where it says what is in effect.
    fn read(&mut self, choice: &Choice, current: &Current) -> Option<Event> {
        let path = self.known.path().to_owned();
        let hooks = !self.opened.watch.consumers.is_empty();
        let read = self.known.text().and_then(|text| {
            let gone = || Fault::new(Kind::Input, format!("{}: it is not there any more", path.display()));
            setup::understood(&path, &text.ok_or_else(gone)?, choice)
        });
        let read = read.and_then(|(config, vouched)| vouched.map(|()| config));
        // What somebody vouched for is not what stands in the file any more.
        let other = |config: &Config| config.watch.consumers != self.opened.watch.consumers;
        let silent = hooks && read.as_ref().map_or(true, other);
        current.silence(silent);
        let read = read.and_then(|config| {
            let other = self.opened.other_than(&config);
            if other.is_empty() {
                return Ok(config);
            }
            let message = format!("{}: {} changes", path.display(), other.join(", "));
            Err(Fault::new(Kind::Input, message).hint("restart the dashboard for this"))
        });
        let config = match read {
            Ok(config) => config,
            Err(fault) => {
                self.is_broken = true;
                let fault = named(fault, &path);
                let stop = if silent { "hooks and webhooks wait; " } else { "" };
                let hint = fault.hint.as_ref().map_or_else(String::new, ToString::to_string);
                return Some(Event::Broken(Followed::Class, fault.hint(format!("{stop}{hint}"))));
            }
        };
        let was_broken = std::mem::take(&mut self.is_broken);
        let later = self.opened.later_than(&config);
        if config.class == self.taken && later.is_empty() {
            return was_broken.then_some(Event::Mended(Followed::Class));
        }
        self.taken = config.class.clone();
        Some(Event::Edition(Box::new(Edition { class: config.class.into(), later })))
    }
}

/// A fault with the name of the file in place of its whole path: there is one line for it.
pub(super) fn named(fault: Fault, path: &Path) -> Fault {
    let whole = path.display().to_string();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if whole.is_empty() {
        return fault;
    }
    Fault { message: SafeText::new(&fault.message.as_str().replace(&whole, &name)), ..fault }
}

#[cfg(test)]
mod tests;
