//! Storage: flat buffers of cells that grow, and the pool that takes them back. The only `unsafe` of the crate
//! lives here: in [`lease`] and [`split`], where [`cells`] gives a buffer back, in [`words`], and where [`list`] writes one.
//!
//! - [`cells`]: a growable run of cells behind `&'static [Cell<T>]`, so that the scalar lane writes values with plain
//!   safe indexing and without a borrow flag.
//! - [`lease`]: memory that is lent as `'static` and reclaimed by its one owner.
//! - [`pool`]: idle buffers, process wide; short-lived threads and tapes leave theirs here.
//! - [`split`]: slices for kernels over cells.
//! - [`words`]: a growable run of words of 4 bytes, or of 8.
//! - [`list`]: instructions and values, of which one question tells whether there is room for both.

pub(crate) mod cells;
pub(crate) mod lease;
pub(crate) mod list;
pub(crate) mod pool;
pub(crate) mod split;
pub(crate) mod words;

pub(crate) use cells::Cells;
pub(crate) use list::List;
pub(crate) use pool::Pooled;
