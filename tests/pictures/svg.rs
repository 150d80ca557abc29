//! A screen as SVG: a line of text for each row, a colour for each run of cells.

use std::fmt::Write as _;
use std::num::NonZeroU16;

use vt100::{Cell, Color, Parser};

/// The size of a cell, in tenths of a pixel: whole numbers are short.
const CELL: (usize, usize) = (84, 180);
/// Where the line stands on which letters are, from the top of their cell.
const FOOT: usize = 135;
/// Around the screen.
const MARGIN: usize = 100;

const UNDERLINE: &str = "u";
const INK: &str = "#d7dae0";
const PAPER: &str = "#14171c";
/// The sixteen colours of a terminal, as a dark one usually has them.
const COLOURS: [&str; 16] = [
    "#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0", //
    "#7d8590", "#ff7b86", "#b5e890", "#ffd68a", "#7cc4ff", "#de9af0", "#6fd3df", "#ffffff",
];

/// How a run of cells looks.
#[derive(Clone, PartialEq)]
struct Look {
    ink: String,
    paper: String,
    /// Bold, dim, italic, underlined, as classes of the picture's style.
    classes: String,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (ink, paper) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), PAPER));
        let (ink, paper) = if cell.inverse() { (paper, ink) } else { (ink, paper) };
        let classes =
            [(cell.bold(), "b"), (cell.dim(), "d"), (cell.italic(), "i"), (cell.underline(), UNDERLINE)];
        let classes: Vec<&str> = classes.into_iter().filter_map(|(is, class)| is.then_some(class)).collect();
        Self { ink, paper, classes: classes.join(" ") }
    }

    fn attributes(&self) -> String {
        let mut text = String::new();
        if !self.classes.is_empty() {
            write!(text, " class=\"{}\"", self.classes).unwrap();
        }
        if self.ink != INK {
            write!(text, " fill=\"{}\"", self.ink).unwrap();
        }
        text
    }
}

fn colour(of: Color, usual: &str) -> String {
    match of {
        Color::Default => usual.to_owned(),
        Color::Idx(number @ 0..=15) => COLOURS[usize::from(number)].to_owned(),
        // xterm's cube of 6 by 6 by 6 colours and its 24 greys.
        Color::Idx(number @ 16..=231) => {
            let number = number - 16;
            let part = |of: u8| if of == 0 { 0 } else { 55 + of * 40 };
            format!("#{:02x}{:02x}{:02x}", part(number / 36), part(number / 6 % 6), part(number % 6))
        }
        Color::Idx(grey) => format!("#{0:02x}{0:02x}{0:02x}", 8 + (grey - 232) * 10),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

/// Cells beside each other that look the same.
struct Run {
    look: Look,
    from: usize,
    cells: usize,
    text: String,
}

/// The runs of a row. What is not ASCII is a run of its own, so that a font which draws it wider or
/// narrower moves nothing else.
fn runs(screen: &vt100::Screen, row: u16, columns: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut joins = false;
    for column in 0..columns {
        let cell = screen.cell(row, column).unwrap();
        if cell.is_wide_continuation() {
            if let Some(run) = runs.last_mut() {
                run.cells += 1;
            }
            continue;
        }
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let (look, simple) = (Look::of(cell), text.is_ascii() || "│─┌┐└┘├┤┬┴┼".contains(text));
        match runs.last_mut() {
            Some(run) if joins && simple && run.look == look => {
                run.text.push_str(text);
                run.cells += 1;
            }
            _ => runs.push(Run { look, from: column.into(), cells: 1, text: text.to_owned() }),
        }
        joins = simple;
    }
    runs
}

fn tenths(number: usize) -> String {
    match number % 10 {
        0 => format!("{}", number / 10),
        rest => format!("{}.{rest}", number / 10),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn terminal(bytes: &[u8], (columns, rows): (u16, u16)) -> Parser {
    let size = |n| NonZeroU16::new(n).unwrap();
    let mut parser = Parser::new(size(rows), size(columns), 0);
    parser.process(bytes);
    parser
}

/// The text that a terminal of that size shows after these bytes.
pub fn text(bytes: &[u8], size: (u16, u16)) -> String {
    terminal(bytes, size).screen().contents()
}

/// What a terminal of that size shows after these bytes, as a picture.
pub fn of(bytes: &[u8], (columns, rows): (u16, u16), title: &str) -> String {
    let parser = terminal(bytes, (columns, rows));
    let (mut papers, mut lines) = (String::new(), String::new());
    for row in 0..rows {
        let top = MARGIN + usize::from(row) * CELL.1;
        let mut line = String::new();
        for run in runs(parser.screen(), row, columns) {
            let left = tenths(MARGIN + run.from * CELL.0);
            if run.look.paper != PAPER {
                let (width, height) = (tenths(run.cells * CELL.0), tenths(CELL.1));
                let (top, paper) = (tenths(top), &run.look.paper);
                writeln!(
                    papers,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{paper}\"/>"
                )
                .unwrap();
            }
            if !run.text.trim().is_empty() || run.look.classes.contains(UNDERLINE) {
                let (attributes, text) = (run.look.attributes(), escaped(&run.text));
                write!(line, "<tspan x=\"{left}\"{attributes}>{text}</tspan>").unwrap();
            }
        }
        if !line.is_empty() {
            writeln!(lines, "<text y=\"{}\">{line}</text>", tenths(top + FOOT)).unwrap();
        }
    }
    let width = tenths(2 * MARGIN + usize::from(columns) * CELL.0);
    let height = tenths(2 * MARGIN + usize::from(rows) * CELL.1);
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{title}</title>\n\
         <style>text{{font:14px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;fill:{INK};\
         white-space:pre}}.b{{font-weight:bold}}.d{{opacity:.6}}.i{{font-style:italic}}\
         .u{{text-decoration:underline}}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{PAPER}\"/>\n{papers}{lines}</svg>\n"
    )
}
