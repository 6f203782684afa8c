//! Storage: flat buffers of cells that grow, and the pool that takes them back. The only `unsafe` of the crate
//! lives here: in [`lease`] and [`split`], and where [`cells`] gives a buffer back.
//!
//! - [`cells`]: a growable run of cells behind `&'static [Cell<T>]`, so that the scalar lane pushes with plain
//!   safe indexing and without a borrow flag.
//! - [`lease`]: memory that is lent as `'static` and reclaimed by its one owner.
//! - [`pool`]: idle buffers, process wide; short-lived threads and tapes leave theirs here.
//! - [`split`]: slices for kernels over cells.

pub(crate) mod cells;
pub(crate) mod lease;
pub(crate) mod pool;
pub(crate) mod split;

pub(crate) use cells::Cells;
pub(crate) use pool::Pooled;
