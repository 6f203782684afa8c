//! Tags: the id of a tape and its generation in one number, unique in the process, new for each opening of a scope.
//!
//! A tape takes them in blocks, and the process remembers whose block is whose, so that an error can say which tape
//! a stale handle was recorded on.

use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

use smallvec::SmallVec;

use super::instruction::{INDEX_BITS, TAG_LIMIT};
use crate::error::{At, Error, Result};

/// The tags that a tape may still give out.
#[derive(Default)]
pub(crate) struct Tags {
    next: u64,
    end: u64,
    /// How many the last block had: the next has twice as many, so that a million scopes make thirty blocks.
    block: u64,
    /// Where this tape's blocks start.
    starts: SmallVec<[u64; 4]>,
}

/// The longest block.
const LONGEST_BLOCK: u64 = 1 << 16;
/// How many blocks of dropped tapes are remembered, so that their handles' errors can name them.
const REMEMBERED: usize = 4096;

/// Whose a block of tags is.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    start: u64,
    end: u64,
    pub tape: u64,
    pub thread: ThreadId,
    pub dropped: bool,
}

struct Blocks {
    /// The first tag never given out; 0 is passive.
    next: u64,
    /// In the order of their starts.
    blocks: Vec<Block>,
    dropped: usize,
    tapes: u64,
}

static BLOCKS: Mutex<Blocks> = Mutex::new(Blocks { next: 1, blocks: Vec::new(), dropped: 0, tapes: 0 });

fn blocks() -> std::sync::MutexGuard<'static, Blocks> {
    BLOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Blocks {
    fn take(&mut self, len: u64, tape: u64, limit: u64) -> Option<(u64, u64)> {
        let start = self.next;
        let end = (start + len).min(limit);
        if start >= end {
            return None;
        }
        self.next = end;
        self.blocks.push(Block { start, end, tape, thread: std::thread::current().id(), dropped: false });
        Some((start, end))
    }

    /// Marks the blocks of a tape as dropped, and forgets the oldest dropped ones.
    fn drop_tape(&mut self, starts: &[u64]) {
        for start in starts {
            if let Ok(index) = self.blocks.binary_search_by_key(start, |block| block.start) {
                self.blocks[index].dropped = true;
                self.dropped += 1;
            }
        }
        if self.dropped > 2 * REMEMBERED {
            let mut forget = self.dropped - REMEMBERED;
            self.blocks.retain(|block| {
                let go = block.dropped && forget > 0;
                forget -= usize::from(go);
                !go
            });
            self.dropped = REMEMBERED;
        }
    }
}

/// A number for a new tape.
pub(crate) fn new_tape() -> u64 {
    let mut blocks = blocks();
    blocks.tapes += 1;
    blocks.tapes
}

/// Whose tag this is, if it is remembered.
pub(crate) fn whose(tag: u64) -> Option<Block> {
    let blocks = blocks();
    let after = blocks.blocks.partition_point(|block| block.start <= tag);
    let block = *blocks.blocks[..after].last()?;
    (tag < block.end).then_some(block)
}

impl Tags {
    /// A new tag, in the place it has in a handle's word.
    pub fn next(&mut self, op: &'static str, tape: u64, at: At) -> Result<u64> {
        if self.next == self.end {
            self.block = (self.block * 2).clamp(8, LONGEST_BLOCK);
            let taken = blocks().take(self.block, tape, TAG_LIMIT);
            let (start, end) = taken.ok_or(Error::Capacity {
                op,
                what: "scopes in the life of a process",
                asked: None,
                limit: TAG_LIMIT,
                help: "open fewer scopes: one around many runs instead of one a run",
                at,
            })?;
            (self.next, self.end) = (start, end);
            self.starts.push(start);
        }
        self.next += 1;
        Ok((self.next - 1) << INDEX_BITS)
    }

    /// The tape was dropped: its tags are given out no more, and errors of its handles say so.
    pub fn drop_tape(&mut self) {
        blocks().drop_tape(&self.starts);
        *self = Tags::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(next: u64) -> Blocks {
        Blocks { next, blocks: Vec::new(), dropped: 0, tapes: 0 }
    }

    #[test]
    fn tags_run_out_with_none_and_never_wrap() {
        let mut blocks = empty(TAG_LIMIT - 10);
        assert_eq!(blocks.take(8, 1, TAG_LIMIT), Some((TAG_LIMIT - 10, TAG_LIMIT - 2)));
        assert_eq!(blocks.take(8, 1, TAG_LIMIT), Some((TAG_LIMIT - 2, TAG_LIMIT)));
        assert_eq!(blocks.take(8, 1, TAG_LIMIT), None);
    }

    #[test]
    fn dropped_tapes_are_remembered_up_to_a_limit() {
        let mut blocks = empty(1);
        for tape in 0..3 * REMEMBERED as u64 {
            let (start, _) = blocks.take(8, tape, TAG_LIMIT).unwrap();
            blocks.drop_tape(&[start]);
        }
        assert!(blocks.blocks.len() <= 2 * REMEMBERED);
        assert_eq!(blocks.blocks.last().unwrap().tape, 3 * REMEMBERED as u64 - 1);
    }
}
