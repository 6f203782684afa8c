//! Every error of the engine, and every word of their texts.
//!
//! A text says the op, what is wrong with both facts, where it was recorded, and what to do:
//!
//! ```text
//! matmul: inner dimensions differ: lhs is [32, 10], rhs is [12, 4] (10 != 12)
//!   recorded at examples/mlp.rs:41:17
//!   help: transpose an operand with `.t()`, or check the width of the layer that made rhs
//! ```

mod facts;

use std::fmt;

pub use facts::{At, Kind, Shape};

/// The result of a `try_` method.
pub type Result<V, E = Error> = std::result::Result<V, E>;

/// What went wrong. The tape is as it was before the call.
///
/// Plain methods and operators panic with the text of the error; each that can fail has a `try_` twin that
/// returns it.
///
/// ```
/// use wengert::{Error, Tape};
/// let tape = Tape::<f64>::new();
/// let a = tape.leaf([1.0, 2.0]);
/// let b = tape.leaf([1.0, 2.0, 3.0]);
/// let error = a.try_add(b).unwrap_err();
/// assert!(matches!(error, Error::Broadcast { .. }));
/// assert!(error.to_string().starts_with("add: shapes do not broadcast: lhs is [2], rhs is [3] (2 != 3)"));
/// ```
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "the fields are the facts that the text names; `op` is the op, `at` the line of the call"
)]
pub enum Error {
    // ---- handles ------------------------------------------------------------------------------------------
    /// The handle's scope has ended, or its tape was cleared: its slots may hold something else by now.
    #[error(
        "stale handle: the {kind} was recorded in a scope of tape #{tape} that has ended, or before the tape was cleared\n  used by `{op}`{at:+}\n  help: return what must outlive the scope from its closure, or make it again after `clear`"
    )]
    Stale { op: &'static str, kind: Kind, tape: u64, at: At },
    /// The tape of the handle was dropped.
    #[error(
        "dropped tape: the {kind} was recorded on tape #{tape}, which was dropped\n  used by `{op}`{at:+}\n  help: keep the `Tape` alive for as long as its handles are used"
    )]
    DroppedTape { op: &'static str, kind: Kind, tape: u64, at: At },
    /// The tape of the handle was dropped so long ago that its number is forgotten.
    #[error(
        "dropped tape: the {kind} was recorded on a tape that was dropped\n  used by `{op}`{at:+}\n  help: keep the `Tape` alive for as long as its handles are used"
    )]
    ForgottenTape { op: &'static str, kind: Kind, at: At },
    /// The tape of the handle belongs to another thread.
    #[error(
        "other thread: the {kind} is on tape #{tape}, which belongs to another thread\n  used by `{op}`{at:+}\n  help: a tape stays on the thread that made it; run one tape a worker, and send plain numbers between them"
    )]
    OtherThread { op: &'static str, kind: Kind, tape: u64, at: At },
    /// Two operands on two tapes.
    #[error(
        "{op}: the operands are on different tapes: lhs on tape #{lhs}, rhs on tape #{rhs}\n  used by `{op}`{at:+}\n  help: record both on one tape, or copy a value over: `tape.constant(y.value())`, `Scalar::from(y.value())`"
    )]
    DifferentTapes { op: &'static str, lhs: u64, rhs: u64, at: At },
    /// A handle was given to a method of a tape that is not its own.
    #[error(
        "{op}: the {kind} is on tape #{found}, not on tape #{expected}\n  used by `{op}`{at:+}\n  help: call the method of the tape that recorded it"
    )]
    OtherTape { op: &'static str, kind: Kind, expected: u64, found: u64, at: At },

    // ---- shapes -------------------------------------------------------------------------------------------
    /// Two shapes do not broadcast.
    #[error(
        "{op}: shapes do not broadcast: {what} is {lhs}, {other} is {rhs} ({left} != {right}){at}\n  help: axes are matched from the last one backward; equal extents match, and 1 matches any",
        what = .names[0],
        other = .names[1]
    )]
    Broadcast {
        op: &'static str,
        names: &'static [&'static str; 2],
        lhs: Shape,
        rhs: Shape,
        left: usize,
        right: usize,
        at: At,
    },
    /// A shape cannot be expanded to another.
    #[error(
        "{op}: {from} does not expand to {to}{at}\n  help: only axes of extent 1 expand; give them one with `.unsqueeze(axis)`"
    )]
    Expand { op: &'static str, from: Shape, to: Shape, at: At },
    /// The inner dimensions of a product.
    #[error(
        "{op}: inner dimensions differ: lhs is {lhs}, rhs is {rhs} ({left} != {right}){at}\n  help: transpose an operand with `.t()`, or check the width of the layer that made rhs"
    )]
    InnerDimensions { op: &'static str, lhs: Shape, rhs: Shape, left: usize, right: usize, at: At },
    /// Another rank was needed.
    #[error("{op}: {what} needs rank {expected}, and the shape is {shape}{at}\n  help: {help}")]
    Rank {
        op: &'static str,
        what: &'static str,
        expected: &'static str,
        shape: Shape,
        help: &'static str,
        at: At,
    },
    /// Two shapes had to be equal.
    #[error("{op}: shapes differ: {what} is {lhs}, {other} is {rhs}{at}\n  help: {help}")]
    ShapeMismatch {
        op: &'static str,
        what: &'static str,
        lhs: Shape,
        other: &'static str,
        rhs: Shape,
        help: &'static str,
        at: At,
    },
    /// The number of elements does not fit the shape.
    #[error(
        "{op}: {len} elements do not fill the shape {shape}, which has {expected}{at}\n  help: the extents of the shape must multiply to the number of elements"
    )]
    Length { op: &'static str, len: usize, shape: Shape, expected: usize, at: At },
    /// Two lists of different lengths.
    #[error("{op}: {lhs} {what} and {rhs} {other} do not pair{at}\n  help: give lists of the same length")]
    Lengths { op: &'static str, what: &'static str, lhs: usize, other: &'static str, rhs: usize, at: At },
    /// `-1` in a shape cannot be inferred, or another negative extent was given.
    #[error(
        "{op}: the shape {shape:?} cannot be inferred for {len} elements{at}\n  help: one extent may be -1, and the others must divide the number of elements"
    )]
    InferShape { op: &'static str, shape: Vec<isize>, len: usize, at: At },
    /// An axis outside the rank.
    #[error(
        "{op}: axis {axis} is out of range for the shape {shape} of rank {rank}{at}\n  help: axes run from 0 to the rank less one, or backward from -1"
    )]
    Axis { op: &'static str, axis: isize, shape: Shape, rank: usize, at: At },
    /// An axis was named twice.
    #[error("{op}: axis {axis} is named twice{at}\n  help: name each axis once")]
    RepeatedAxis { op: &'static str, axis: usize, at: At },
    /// An index outside an axis.
    #[error(
        "{op}: index {index} is out of range for axis {axis} of extent {extent}{at}\n  help: indices run from 0, or backward from -1"
    )]
    Index { op: &'static str, index: isize, axis: usize, extent: usize, at: At },
    /// A step of zero.
    #[error(
        "{op}: the step of a slice is 0{at}\n  help: use a positive step, or a negative one to walk backward"
    )]
    Step { op: &'static str, at: At },
    /// A reduction of nothing that has no value.
    #[error(
        "{op}: the {op} of nothing has no value: the shape is {shape}{at}\n  help: check the length before reducing, or reduce over an axis that is not empty"
    )]
    Empty { op: &'static str, shape: Shape, at: At },
    /// A list of tensors or scalars was empty.
    #[error("{op}: nothing was given{at}\n  help: give at least one operand")]
    NoOperands { op: &'static str, at: At },
    /// A class index outside the classes.
    #[error(
        "{op}: the class {class} of row {row} is out of range for {classes} classes{at}\n  help: a class is an index from 0, less than their number; rows without one are what `ignore_index` of `cross_entropy_with` marks"
    )]
    Class { op: &'static str, class: isize, row: usize, classes: usize, at: At },
    /// A parameter of an op or a creation outside its domain.
    #[error("{op}: {what}{at}\n  help: {help}")]
    Domain { op: &'static str, what: String, help: &'static str, at: At },

    // ---- matrices -----------------------------------------------------------------------------------------
    /// The last two axes had to be equal.
    #[error(
        "{op}: the matrix is not square: its shape is {shape} ({rows} != {columns}){at}\n  help: the last two axes are the rows and columns of each matrix"
    )]
    NotSquare { op: &'static str, shape: Shape, rows: usize, columns: usize, at: At },
    /// A matrix that has no inverse.
    #[error(
        "{op}: the matrix is singular: pivot {pivot} of matrix {matrix} is 0, and the shape is {shape}{at}\n  help: look at the rank with `.svdvals()`, add a little to the diagonal, or use `.pinv()`"
    )]
    Singular { op: &'static str, pivot: usize, matrix: usize, shape: Shape, at: At },
    /// A matrix that has no Cholesky factor.
    #[error(
        "{op}: the matrix is not positive definite: the leading minor of order {order} of matrix {matrix} is not positive, and the shape is {shape}{at}\n  help: add a little to the diagonal, or use `.lu()` or `.eigh()`"
    )]
    NotPositiveDefinite { op: &'static str, order: usize, matrix: usize, shape: Shape, at: At },

    // ---- sweeps -------------------------------------------------------------------------------------------
    /// `backward` of something that is not one number.
    #[error(
        "{op}: the root has shape {shape}, and only a scalar has a default seed{at:-}\n  help: reduce it with `.sum()`, or give the seed: `y.backward_with(seed)`"
    )]
    NonScalarRoot { op: &'static str, shape: Shape, at: At },
    /// The seed has another shape than the root.
    #[error(
        "{op}: the seed has shape {seed}, and the root has shape {root}{at:-}\n  help: a seed has one weight for each element of its root"
    )]
    SeedShape { op: &'static str, root: Shape, seed: Shape, at: At },
    /// As many seeds as roots are needed.
    #[error(
        "{op}: {seeds} seeds for {roots} roots{at:-}\n  help: give one seed for each root, in the same order"
    )]
    SeedCount { op: &'static str, roots: usize, seeds: usize, at: At },
    /// A tangent, or a vector of a Hessian-vector product, has another shape than its input.
    #[error(
        "{op}: the tangent has shape {tangent}, and the input has shape {input}{at:-}\n  help: a tangent has one number for each element of its input"
    )]
    TangentShape { op: &'static str, input: Shape, tangent: Shape, at: At },
    /// As many tangents as inputs are needed.
    #[error(
        "{op}: {tangents} tangents for {inputs} inputs{at:-}\n  help: give one tangent for each input, in the same order"
    )]
    TangentCount { op: &'static str, inputs: usize, tangents: usize, at: At },
    /// The root is passive.
    #[error(
        "{op}: the root does not require a gradient: nothing it was computed from requires a gradient, or it was recorded under `no_grad`, or it has left its scope{at:-}\n  help: make the inputs with `tape.leaf(...)` or `tape.scalar(...)`, record outside `no_grad`, and call it inside the scope; what `tape.grad`, `value()` and `item()` answer carries no gradient (`tape.grad_recorded` does), `w -= ...` under `no_grad` binds a new, passive tensor (`w.update_each(..)` writes in place), and where a branch may answer a plain number, ask `y.requires_grad()` first"
    )]
    PassiveRoot { op: &'static str, at: At },
    /// An asked input is passive.
    #[error(
        "{op}: input {input} does not require a gradient{at:-}\n  help: make it with `tape.leaf(...)` or `tape.scalar(...)`, or compute it from one that was"
    )]
    PassiveInput { op: &'static str, input: usize, at: At },
    /// A view has no adjoint of its own.
    #[error(
        "{op}: the target is a view of other slots, and a view has no adjoint of its own{at:-}\n  help: give it slots before it is used: `let v = v.copy();`; for an element, ask for its tensor and read it there"
    )]
    ViewTarget { op: &'static str, at: At },
    /// A primal that a derivative needs was overwritten after it had been read.
    #[error(
        "{op}: the derivative of `{by}` (instruction {instruction}) needs the old value of {what}, which `{writer}` overwrote since\n  recorded at {at_instruction:#}\n  overwritten at {at_write:#}\n  help: sweep before the write, record again after it, or cut what comes from an earlier step with `.detach()`"
    )]
    Overwritten {
        op: &'static str,
        by: &'static str,
        instruction: usize,
        at_instruction: At,
        /// The leaf or constant: its handle and shape.
        what: String,
        writer: &'static str,
        at_write: At,
    },
    /// A second derivative was asked of a fused instruction, which has only a first.
    #[error(
        "{op}: a fused instruction (instruction {instruction}) has no second derivative\n  recorded at {at_instruction:#}\n  help: record it without `fuse`, `with_partials`, `sum_of` or `dot` of scalars, which are one instruction each, where orders above the first are asked for"
    )]
    FusedOrder { op: &'static str, instruction: usize, at_instruction: At },
    /// Only a leaf or a constant is written in place.
    #[error("{op}: {what}, and only leaves and constants are written in place{at:-}\n  help: {help}")]
    NotALeaf {
        op: &'static str,
        /// Its handle, and what it is instead.
        what: String,
        help: &'static str,
        at: At,
    },

    /// A scalar made by `at` carries the value that its slot had before a write in place.
    #[error(
        "{op}: the scalar carries {carried}, and its slot was written since and holds {holds}{at:-}\n  help: read the element again with `.at([...])` after `set_value` and `update`"
    )]
    OldValue { op: &'static str, carried: f64, holds: f64, at: At },
    /// Only leaves keep a gradient, and what was asked to.
    #[error(
        "{op}: {handle} keeps no gradient: {why}{at:-}\n  help: make leaves with `tape.leaf(...)` or `tape.scalar(...)`; `retain_grad` keeps the gradient of what was computed from them"
    )]
    NoGradient { op: &'static str, handle: String, why: &'static str, at: At },

    // ---- modes and limits ---------------------------------------------------------------------------------
    /// Not now: a view of the slots is lent, a scope is open, or a sweep runs.
    #[error("{op}: it may not be called inside {inside}{at:-}\n  help: {help}")]
    Busy { op: &'static str, inside: &'static str, help: &'static str, at: At },
    /// A limit of the encoding was reached, or the system gives no memory.
    #[error("{op}: {}{at}\n  help: {help}", full(*.asked, .what, *.limit))]
    Capacity {
        op: &'static str,
        what: &'static str,
        /// What the system gives no memory for; `None` at a limit of the encoding.
        asked: Option<u64>,
        /// The limit; or, where memory was asked for, how many more there is room for.
        limit: u64,
        help: &'static str,
        at: At,
    },
}

/// The text of the error, so that `unwrap` and a `main` that returns it show it too.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// Two shapes that do not broadcast, by the names of what has them and the extents that differ.
    pub(crate) fn broadcast(
        op: &'static str,
        names: &'static [&'static str; 2],
        [lhs, rhs]: [&[usize]; 2],
        (left, right): (usize, usize),
        at: At,
    ) -> Error {
        let (lhs, rhs) = (Shape::from(lhs), Shape::from(rhs));
        Error::Broadcast { op, names, lhs, rhs, left, right, at }
    }

    /// A limit of the encoding.
    pub(crate) fn full(
        op: &'static str,
        what: &'static str,
        limit: usize,
        help: &'static str,
        at: At,
    ) -> Error {
        Error::Capacity { op, what, asked: None, limit: limit as u64, help, at }
    }

    /// The system gives no memory for so many, and there is room for so many more.
    pub(crate) fn no_memory(
        op: &'static str,
        what: &'static str,
        asked: usize,
        room: usize,
        help: &'static str,
        at: At,
    ) -> Error {
        Error::Capacity { op, what, asked: Some(asked as u64), limit: room as u64, help, at }
    }

    /// Panics with the text of the error, at the line of the caller.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(crate) fn raise(self) -> ! {
        panic!("{self}")
    }
}

/// What is full, or what there is no memory for.
fn full(asked: Option<u64>, what: &str, limit: u64) -> String {
    match (asked, limit) {
        (None, _) => format!("the tape is full: at most {limit} {what}"),
        (Some(asked), 0) => format!("no memory for {asked} {what}: the system gives none"),
        (Some(asked), room) => {
            format!(
                "no memory for {asked} {what}: there is room for {room} more, and the system gives none beyond"
            )
        }
    }
}

/// What a plain method does with the answer of its `try_` twin.
pub(crate) trait OrRaise<V> {
    /// The value, or a panic with the text of the error at the line of the caller.
    fn or_raise(self) -> V;
}

impl<V> OrRaise<V> for Result<V> {
    #[inline]
    #[track_caller]
    fn or_raise(self) -> V {
        match self {
            Ok(value) => value,
            Err(error) => error.raise(),
        }
    }
}
