//! What is heard of a child: both pipes at the same time, and its end.

use std::os::fd::AsFd;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout};

/// How much is read at a time, in bytes.
const PIECE: usize = 64 << 10;
/// The most that a pipe holds when its writer ends (Linux, `pipe-max-size`), in bytes.
const PIPE: usize = 1 << 20;

/// How a child ended, and what it said.
pub(crate) struct Ended {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed, up to the limit.
    pub(crate) answer: Vec<u8>,
    /// Whether it printed more than that.
    pub(crate) cut: bool,
    /// What it said about failures, up to the limit.
    pub(crate) complaint: String,
    /// Whether everything that was fed to it was taken; true where nothing was.
    pub(crate) taken: bool,
}

/// What is heard of a child: two pipes and its end.
pub(crate) struct Ears {
    pub(super) child: Child,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    /// The newest piece of what it said, through either pipe.
    pub(crate) piece: Vec<u8>,
    complaint: Vec<u8>,
    /// Whether it has ended, and with which exit code.
    over: bool,
    pub(super) code: Option<i32>,
    /// How much is still taken from each pipe after its end.
    left: [usize; 2],
}

/// Through which pipe a child said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pipe {
    /// Its answer.
    Out,
    /// What it says about failures.
    Err,
}

impl Ears {
    pub(super) fn new(child: Child, out: ChildStdout, err: ChildStderr) -> Self {
        let (out, err) = (Some(out), Some(err));
        let piece = Vec::with_capacity(PIECE);
        Self { child, out, err, piece, complaint: Vec::new(), over: false, code: None, left: [PIPE; 2] }
    }

    /// Kills the group. A child that was not reaped keeps its number, so that no other group can be
    /// meant; one that ended by itself is left alone with whatever it started (the CLI's daemon).
    pub(super) fn kill(&self) {
        let group = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(group) = group {
            let _ended_just_now = kill_process_group(group, Signal::KILL);
        }
    }

    /// Waits for the next piece; `None` when it has ended and everything was read.
    ///
    /// The end of the child counts, not that of its pipes: something that it left behind may keep
    /// them open. What it wrote before its end is in the pipes then, and is read without waiting.
    pub(super) async fn piece(&mut self) -> Option<Pipe> {
        self.piece.clear();
        while !self.over {
            // Two buffers, since both reads are under way at once and each needs one of its own.
            let mut complaint = Vec::new();
            tokio::select! {
                heard = hear(&mut self.out, &mut self.piece), if self.out.is_some() => {
                    if heard {
                        return Some(Pipe::Out);
                    }
                    self.out = None;
                }
                heard = hear(&mut self.err, &mut complaint), if self.err.is_some() => {
                    if heard {
                        self.piece = complaint;
                        return Some(Pipe::Err);
                    }
                    self.err = None;
                }
                status = self.child.wait() => {
                    self.over = true;
                    self.code = status.ok().and_then(|status| status.code());
                }
            }
        }
        if self.left[0] > 0 && at_once(self.out.as_ref(), &mut self.piece) {
            self.left[0] = self.left[0].saturating_sub(self.piece.len());
            return Some(Pipe::Out);
        }
        if self.left[1] > 0 && at_once(self.err.as_ref(), &mut self.piece) {
            self.left[1] = self.left[1].saturating_sub(self.piece.len());
            return Some(Pipe::Err);
        }
        None
    }

    /// Waits for the next piece of the answer, and keeps what the limit allows of the complaints
    /// before it; false when it has ended and everything was read.
    pub(crate) async fn answer(&mut self, limit: usize) -> bool {
        loop {
            match self.piece().await {
                None => return false,
                Some(Pipe::Out) => return true,
                Some(Pipe::Err) => keep(&mut self.complaint, &self.piece, limit),
            };
        }
    }

    /// Hears it to its end and keeps so many bytes of its answer, and so many of its complaints.
    pub(crate) async fn whole(&mut self, most: usize, complaint: usize) -> Ended {
        let (mut answer, mut cut) = (Vec::new(), false);
        while self.answer(complaint).await {
            cut |= !keep(&mut answer, &self.piece, most);
        }
        Ended { answer, cut, ..self.ended() }
    }

    pub(crate) fn ended(&mut self) -> Ended {
        Ended {
            code: self.code,
            answer: Vec::new(),
            cut: false,
            complaint: String::from_utf8_lossy(&self.complaint).into_owned(),
            taken: true,
        }
    }
}

/// Reads once; false at the end of the pipe.
async fn hear(pipe: &mut Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> bool {
    match pipe {
        Some(pipe) => matches!(pipe.read_buf(into).await, Ok(1..)),
        None => false,
    }
}

/// Reads what is in a pipe now; false where there is nothing. The pipes do not block, which tokio
/// has seen to; its own readiness may be older than the last write.
fn at_once(pipe: Option<&impl AsFd>, into: &mut Vec<u8>) -> bool {
    into.resize(PIECE, 0);
    let read = loop {
        match pipe.map(|pipe| rustix::io::read(pipe, &mut into[..])) {
            Some(Err(rustix::io::Errno::INTR)) => {}
            Some(Ok(read)) => break read,
            Some(Err(_)) | None => break 0,
        }
    };
    into.truncate(read);
    read > 0
}

/// Adds what fits; false where something did not.
fn keep(kept: &mut Vec<u8>, piece: &[u8], limit: usize) -> bool {
    let room = limit.saturating_sub(kept.len()).min(piece.len());
    let (fits, rest) = piece.split_at(room);
    kept.extend_from_slice(fits);
    rest.is_empty()
}
