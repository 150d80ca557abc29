//! The colours of a theme, as plain values: a dozen places, what each is painted with, and how that is said on a
//! terminal with fewer colours. Knows numbers and names; how a terminal is told is not known here.

use std::collections::BTreeSet;

/// Where a colour is used. There are a dozen, so that a theme is written in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Ordinary text.
    Text,
    /// What lies behind everything.
    Background,
    /// Less important text, and what is old.
    Dim,
    /// Column headings and keys.
    Heading,
    /// Borders of panes.
    Border,
    /// Border and title of the pane that has the keys.
    Focus,
    /// The selected row; it is reversed, so this is what lies behind it.
    Selected,
    /// As it should be.
    Good,
    /// Needs somebody's attention.
    Warning,
    /// Failed, or not as it should be.
    Bad,
    /// Staged, not applied.
    Staged,
    /// A badge in the header.
    Badge,
}

impl Slot {
    /// Every slot, in the order of theme files.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::Background,
        Self::Dim,
        Self::Heading,
        Self::Border,
        Self::Focus,
        Self::Selected,
        Self::Good,
        Self::Warning,
        Self::Bad,
        Self::Staged,
        Self::Badge,
    ];

    /// The key in theme files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Background => "background",
            Self::Dim => "dim",
            Self::Heading => "heading",
            Self::Border => "border",
            Self::Focus => "focus",
            Self::Selected => "selected",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Staged => "staged",
            Self::Badge => "badge",
        }
    }
}

/// A colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// Whatever the terminal has for text, or behind it.
    #[default]
    Default,
    /// A number of the terminal's palette: 0 to 15 are its own sixteen, the others those of xterm.
    Indexed(u8),
    /// Red, green and blue, each from 0 to 255.
    Rgb(u8, u8, u8),
}

/// The terminal's own sixteen colours by name, in the order of their numbers.
pub const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// xterm's defaults for the sixteen. A terminal's user may have chosen others; they are only used to find
/// the nearest of the sixteen, never shown.
const SIXTEEN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The levels of each of red, green and blue in xterm's cube of 6 x 6 x 6 colours, numbers 16 to 231.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Paint {
    /// The same colour, as near as so many colours come to it.
    #[must_use]
    pub fn at(self, depth: Depth) -> Self {
        match (self, depth) {
            (Self::Rgb(r, g, b), Depth::Xterm) => Self::Indexed(nearest(16..=255, (r, g, b))),
            (Self::Rgb(r, g, b), Depth::Sixteen) => Self::Indexed(nearest(0..=15, (r, g, b))),
            (Self::Indexed(number @ 16..), Depth::Sixteen) => Self::Indexed(nearest(0..=15, rgb(number))),
            (paint, _) => paint,
        }
    }

    /// Red, green and blue, where that does not depend on the terminal.
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::Rgb(r, g, b) => Some((r, g, b)),
            Self::Indexed(number @ 16..) => Some(rgb(number)),
            Self::Indexed(_) | Self::Default => None,
        }
    }
}

/// Red, green and blue of a number of xterm's palette.
fn rgb(number: u8) -> (u8, u8, u8) {
    let level = |nth: u8| CUBE[usize::from(nth % 6)];
    match number {
        0..=15 => SIXTEEN[usize::from(number)],
        16..=231 => {
            let at = number - 16;
            (level(at / 36), level(at / 6), level(at))
        }
        232..=255 => {
            let grey = 8 + 10 * (number - 232);
            (grey, grey, grey)
        }
    }
}

/// The number whose colour is nearest. Greens weigh most and blues least, as in the eye ("redmean", the low-cost
/// approximation of <https://www.compuphase.com/cmetric.htm>).
fn nearest(numbers: std::ops::RangeInclusive<u8>, wanted: (u8, u8, u8)) -> u8 {
    let distance = |number: u8| {
        let (r, g, b) = rgb(number);
        let apart = |one: u8, other: u8| (i64::from(one) - i64::from(other)).pow(2);
        let mean = i64::midpoint(i64::from(r), i64::from(wanted.0));
        (512 + mean) * apart(r, wanted.0) + 1024 * apart(g, wanted.1) + (767 - mean) * apart(b, wanted.2)
    };
    numbers.min_by_key(|number| distance(*number)).unwrap_or_default()
}

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Its own sixteen.
    #[default]
    Sixteen,
    /// The 256 of xterm.
    Xterm,
    /// Sixteen million.
    True,
}

impl Depth {
    /// What a terminal can do by what it says of itself, in `COLORTERM` and `TERM`.
    pub fn of(colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        match colorterm {
            Some("truecolor" | "24bit") => Self::True,
            _ if term.ends_with("-direct") => Self::True,
            _ if term.contains("256color") => Self::Xterm,
            _ => Self::Sixteen,
        }
    }
}

/// How letters look besides their colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Bold.
    Bold,
    /// Faint.
    Dim,
    /// Slanted.
    Italic,
    /// Underlined.
    Underline,
    /// With the colours of letters and background swapped.
    Reverse,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 5] = [Self::Bold, Self::Dim, Self::Italic, Self::Underline, Self::Reverse];

    /// The word in theme files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Dim => "dim",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Reverse => "reverse",
        }
    }
}

/// The colours and marks of a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// The theme's name.
    pub name: String,
    paints: [Paint; 12],
    marks: [BTreeSet<Mark>; 12],
}

impl Palette {
    /// What a place is painted with.
    pub fn paint(&self, slot: Slot) -> Paint {
        self.paints[slot as usize]
    }

    /// Paints a place.
    pub fn set(&mut self, slot: Slot, paint: Paint) {
        self.paints[slot as usize] = paint;
    }

    /// How letters look there.
    pub fn marks(&self, slot: Slot) -> &BTreeSet<Mark> {
        &self.marks[slot as usize]
    }

    /// Has letters look so.
    pub fn mark(&mut self, slot: Slot, marks: impl IntoIterator<Item = Mark>) {
        self.marks[slot as usize] = marks.into_iter().collect();
    }

    /// The same under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The same, as near as so many colours come to it.
    #[must_use]
    pub fn at(mut self, depth: Depth) -> Self {
        self.paints = self.paints.map(|paint| paint.at(depth));
        self
    }

    /// The same without any colour: what colours told apart, marks do.
    #[must_use]
    pub fn without_colours(self) -> Self {
        let mut plain = Self { name: self.name, paints: [Paint::Default; 12], ..Self::default() };
        plain.mark(Slot::Good, []);
        plain.mark(Slot::Warning, [Mark::Underline]);
        plain.mark(Slot::Bad, [Mark::Bold, Mark::Underline]);
        plain.mark(Slot::Staged, [Mark::Bold, Mark::Italic]);
        plain
    }
}

impl Default for Palette {
    /// The terminal's own sixteen colours: what a theme does not name is as it is here.
    fn default() -> Self {
        let mut palette = Self {
            name: "terminal".into(),
            paints: [Paint::Default; 12],
            marks: std::array::from_fn(|_| BTreeSet::new()),
        };
        let named =
            [(Slot::Focus, 6), (Slot::Good, 2), (Slot::Warning, 3), (Slot::Bad, 1), (Slot::Staged, 5)];
        for (slot, number) in named.into_iter().chain([(Slot::Badge, 3)]) {
            palette.set(slot, Paint::Indexed(number));
        }
        for slot in [Slot::Dim, Slot::Border] {
            palette.mark(slot, [Mark::Dim]);
        }
        for slot in [Slot::Heading, Slot::Focus, Slot::Bad, Slot::Staged] {
            palette.mark(slot, [Mark::Bold]);
        }
        palette.mark(Slot::Badge, [Mark::Bold, Mark::Reverse]);
        palette
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_said_as_near_as_a_terminal_can() {
        let orange = Paint::Rgb(255, 135, 0);
        assert_eq!(orange.at(Depth::True), orange);
        assert_eq!(orange.at(Depth::Xterm), Paint::Indexed(208));
        assert_eq!(Paint::Rgb(250, 5, 5).at(Depth::Sixteen), Paint::Indexed(9));
        assert_eq!(Paint::Rgb(0, 0, 0).at(Depth::Sixteen), Paint::Indexed(0));
        assert_eq!(Paint::Indexed(231).at(Depth::Sixteen), Paint::Indexed(15));
        assert_eq!(Paint::Indexed(3).at(Depth::Sixteen), Paint::Indexed(3), "the terminal's own stay");
        assert_eq!(Paint::Rgb(118, 118, 118).at(Depth::Xterm), Paint::Indexed(243));
        assert_eq!(Paint::Default.at(Depth::Sixteen), Paint::Default);
    }

    #[test]
    fn every_colour_of_xterm_is_nearest_to_itself() {
        for number in 16..=255 {
            let (r, g, b) = rgb(number);
            let Paint::Indexed(found) = Paint::Rgb(r, g, b).at(Depth::Xterm) else { unreachable!() };
            assert_eq!(rgb(found), (r, g, b), "{number}");
        }
    }

    #[test]
    fn a_terminal_says_how_many_colours_it_has() {
        assert_eq!(Depth::of(Some("truecolor"), Some("xterm")), Depth::True);
        assert_eq!(Depth::of(Some("24bit"), None), Depth::True);
        assert_eq!(Depth::of(Some("yes"), Some("screen-256color")), Depth::Xterm);
        assert_eq!(Depth::of(None, Some("linux")), Depth::Sixteen);
        assert_eq!(Depth::of(None, None), Depth::Sixteen);
    }

    #[test]
    fn without_colours_the_kinds_of_news_still_differ() {
        let plain = Palette::default().without_colours();
        let kinds = [Slot::Good, Slot::Warning, Slot::Bad, Slot::Staged, Slot::Badge];
        for (at, one) in kinds.iter().enumerate() {
            assert_eq!(plain.paint(*one), Paint::Default);
            assert!(kinds[at + 1..].iter().all(|other| plain.marks(*one) != plain.marks(*other)), "{one:?}");
        }
    }
}
