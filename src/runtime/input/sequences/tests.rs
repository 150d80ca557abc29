//! Bytes of terminals, cut into pieces, and what they mean.

use proptest::prelude::*;

use super::*;
use crate::app::mouse::Press;
use crate::app::msg::Step;

fn read(bytes: &[u8]) -> Vec<Input> {
    let mut reader = Reader::default();
    let mut found = reader.feed(bytes);
    found.extend(reader.quiet());
    found
}

fn keys(bytes: &[u8]) -> Vec<Chord> {
    let key = |input| if let Input::Key(chord) = input { Some(chord) } else { None };
    read(bytes).into_iter().filter_map(key).collect()
}

#[test]
fn keys_arrive_as_the_program_names_them() {
    let cases: [(&[u8], Chord); 14] = [
        (b"G", ch('G')),
        (b"\x04", ctrl('d')),
        (b"\x1a", ctrl('z')),
        (b"\r", key(Key::Enter)),
        (b"\x7f", key(Key::Backspace)),
        (b"\x08", key(Key::Backspace)),
        (b"\x1b", key(Key::Esc)),
        (b"\x1b[Z", key(Key::BackTab)),
        (b"\x1b[A", key(Key::Up)),
        (b"\x1bOB", key(Key::Down)),
        (b"\x1b[1;5C", Chord { key: Key::Right, ctrl: true }),
        (b"\x1b[3~", key(Key::Delete)),
        (b"\x1b[6~", key(Key::PageDown)),
        ("学".as_bytes(), ch('学')),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(keys(bytes), [wanted], "{bytes:?}");
    }
    assert_eq!(keys(b"\x1b\x1b"), [key(Key::Esc); 2]);
}

#[test]
fn what_is_no_key_of_ours_is_no_key_at_all() {
    for bytes in [
        &b"\x1b[1;3A"[..],
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        b"\x1bP1$r0m\x1b\\",
        b"\x1bP0+r\x1b\\",
        b"\x1bP>|xterm(390)\x1b\\",
        b"\x1bP!|7E565445\x1b\\",
        b"\x1bP@kitty-cmd{}\x1b\\",
        b"\x1b]4;1;rgb:0/0/0\x07",
        b"\x1b]52;c;cXE=\x1b\\",
        b"\x1b_Gi=1;OK\x1b\\",
        b"\x1b[?62;4c",
        b"\x1b[?2026;2$y",
        b"\x1b[12;40R",
        b"\x1b[O",
        b"\x1b[M !!",
        b"\x1b[201~",
        b"\xff\xfe\x80",
    ] {
        // What is told of the background is no key either.
        let found = read(bytes).into_iter().filter(|input| !matches!(input, Input::Dark(_)));
        assert_eq!(found.collect::<Vec<_>>(), [], "{bytes:?}");
    }
    // But what shells have on Alt for words.
    let left = Chord { key: Key::Left, ctrl: true };
    assert_eq!(keys(b"\x1bb\x1b\x7f\x1b[1;3D"), [left, ctrl('w'), left]);
    assert_eq!(keys(b"\x1b[1;2A\x1b[1;2B"), [key(Key::ShiftUp), key(Key::ShiftDown)]);
    let long = [b"\x1b[".as_slice(), &[b'1'; 10_000], b"Aq"].concat();
    assert_eq!(keys(&long), [ch('q')]);
}

#[test]
fn escape_and_a_key_behind_it_are_both() {
    let esc = key(Key::Esc);
    let cases: [(&[u8], &[Chord]); 17] = [
        (b"\x1bj", &[esc, ch('j')]),
        (b"\x1b\r", &[esc, key(Key::Enter)]),
        (b"\x1b:q\r", &[esc, ch(':'), ch('q'), key(Key::Enter)]),
        ("\x1bé".as_bytes(), &[esc, ch('é')]),
        (b"\x1b\x1b[A", &[esc, key(Key::Up)]),
        (b"\x1b\x1bj", &[esc, esc, ch('j')]),
        (b"\x1bX", &[esc, ch('X')]),
        (b"\x1b^", &[esc, ch('^')]),
        // What begins a sequence is a key where nothing follows, or nothing of a sequence.
        (b"\x1b[", &[esc, ch('[')]),
        (b"\x1bO", &[esc, ch('O')]),
        (b"\x1bO\x1b[B", &[esc, ch('O'), key(Key::Down)]),
        (b"\x1b[\r", &[esc, ch('['), key(Key::Enter)]),
        (b"\x1b]", &[esc, ch(']')]),
        (b"\x1b]q", &[esc, ch(']'), ch('q')]),
        (b"\x1bP1q", &[esc, ch('P'), ch('1'), ch('q')]),
        (b"\x1bP3", &[esc, ch('P'), ch('3')]),
        (b"\x1b_\x1bOA", &[esc, ch('_'), key(Key::Up)]),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(keys(bytes), wanted, "{bytes:?}");
    }
}

#[test]
fn a_paste_without_an_end_is_ended_by_silence_and_its_rest_is_no_key() {
    let mut reader = Reader::default();
    assert_eq!(reader.feed(b"\x1b[200~qy\x1b[20"), []);
    assert_eq!(reader.wait(), Wait::Paste);
    assert_eq!(reader.quiet(), [Input::Paste("qy\u{1b}[20".into())]);
    assert_eq!((reader.wait(), reader.feed(b"j")), (Wait::Endless, vec![Input::Key(ch('j'))]));
    assert_eq!(reader.feed(b"yQ\x1b[201~k"), [Input::Paste("yQ".into()), Input::Key(ch('k'))]);
    // That was its rest; what follows is typed.
    reader.feed(b"\x1b[200~a");
    reader.quiet();
    let whole = [Input::Key(ch('j')), Input::Paste("b".into()), Input::Key(ch('k'))];
    assert_eq!(reader.feed(b"j\x1b[200~b\x1b[201~k"), whole);
    assert_eq!(reader.feed(b"x\x1b[201~"), [Input::Key(ch('x'))]);
}

#[test]
fn a_paste_is_one_thing_and_at_most_so_long() {
    assert_eq!(read(b"\x1b[200~q\r\x1b[A\x1b[201\x1b[201~"), [Input::Paste("q\r\u{1b}[A\u{1b}[201".into())]);
    let long = [b"\x1b[200~".as_slice(), &vec![b'q'; 10 << 20], b"\x1b[201~j"].concat();
    let [Input::Paste(text), Input::Key(after)] = &read(&long)[..] else { unreachable!() };
    assert_eq!((text.len(), *after), (PASTE, ch('j')));
}

#[test]
fn the_mouse_presses_and_turns_and_nonsense_does_not() {
    let at = |press| Input::Mouse(Mouse { column: 11, row: 4, press, again: false, spot: None });
    assert_eq!(read(b"\x1b[<0;12;5M\x1b[<0;12;5m"), [at(Press::Click)]);
    assert_eq!(read(b"\x1b[<65;12;5M"), [at(Press::Wheel(Step::Down))]);
    for bytes in [&b"\x1b[<0;0;0M"[..], b"\x1b[<0;99999;1M", b"\x1b[<M", b"\x1b[<;;M", b"\x1b[<35;1;1M"] {
        assert_eq!(read(bytes), [], "{bytes:?}");
    }
}

#[test]
fn only_what_was_begun_waits() {
    for (bytes, wait) in [
        (&b"q"[..], Wait::Endless),
        (b"\x1b", Wait::Key),
        (b"\x1b[1", Wait::Sequence),
        (b"\x1b]11;", Wait::Sequence),
        (b"\x1b[200~q", Wait::Paste),
    ] {
        let mut reader = Reader::default();
        reader.feed(bytes);
        assert_eq!(reader.wait(), wait, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn pieces_of_any_bytes_mean_what_the_whole_means(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\x1b[]O<;~MI0126".to_vec())], 0..80),
        cuts in prop::collection::vec(0_usize..80, 0..6),
    ) {
        let mut reader = Reader::default();
        let (mut found, mut from, mut cuts) = (Vec::new(), 0, cuts);
        cuts.sort_unstable();
        for cut in cuts.into_iter().chain([bytes.len()]) {
            let cut = cut.min(bytes.len());
            found.extend(reader.feed(&bytes[from..cut]));
            from = cut;
        }
        found.extend(reader.quiet());
        prop_assert_eq!(found, read(&bytes));
    }
}
