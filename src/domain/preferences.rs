//! What the user has chosen about the program itself, as plain values; what a class is, its class file says.

use std::collections::BTreeMap;
use std::fmt;

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: bold, underline and reverse stay.
    Never,
}

impl Colours {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// The word in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// The theme that follows the terminal's background, once the terminal has told it.
pub const AUTO: &str = "auto";

/// The settings of the user, each at its default where nothing was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Preferences {
    /// The name of the theme, or [`AUTO`].
    pub theme: String,
    /// When colours are used.
    pub colours: Colours,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether the mouse is listened to from the start.
    pub mouse: bool,
    /// Whether the terminal's bell rings when something arrives.
    pub bell: bool,
    /// Whether people are shown under pseudonyms from the start.
    pub privacy: bool,
    /// Whether the linear mode is opened instead of the dashboard.
    pub plain: bool,
    /// The layout that is kept whatever the width; `None` follows the width.
    pub layout: Option<String>,
    /// The columns of the roster, in their order: `state`, `due=13` with a width, `-email` hidden. Those that are
    /// not named stand behind them, as they would without any.
    pub columns: Vec<String>,
    /// The keys that were given to commands, by the command's name; each as it is pressed: `x`, `ctrl-d`, `g g`.
    /// A command without keys here keeps its own; one with an empty list has none.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: "terminal".into(),
            colours: Colours::Auto,
            ascii: false,
            mouse: false,
            bell: false,
            privacy: false,
            plain: false,
            layout: None,
            columns: Vec::new(),
            keys: BTreeMap::new(),
        }
    }
}

/// What is wrong with a setting that can be read as such: which commands, keys and columns there are is known to
/// the screen alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objection {
    /// The setting by its dotted path: `ui.columns`, `keys.roster.invite`.
    pub setting: String,
    /// Which entry of its list, counted from 0; `None` is the setting itself.
    pub entry: Option<usize>,
    /// What is wrong; may quote the file.
    pub what: String,
    /// What a person can do about it.
    pub mend: String,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {} ({})", self.setting, self.what, self.mend)
    }
}

/// A file that is read again when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Followed {
    /// The user's settings.
    Settings,
    /// The theme in use.
    Theme,
    /// The class file.
    Class,
}

impl Followed {
    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Theme => "theme",
            Self::Class => "class file",
        }
    }
}
