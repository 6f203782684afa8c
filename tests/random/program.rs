//! What a random program is: a list of steps, each an op on values before it, named `v0`, `v1`, and so on.

use std::fmt;

use wengert::{Element, table};

/// What makes one value, or several, of those before it; operands are numbers of values.
#[derive(Clone, Debug)]
pub enum Op {
    Leaf(Vec<usize>, Vec<f64>),
    Constant(Vec<usize>, Vec<f64>),
    /// Leaves that are scalars.
    Scalars(Vec<f64>),
    /// A scalar that lies on no tape.
    Number(f64),
    View(View, usize),
    /// One element as a scalar.
    At(usize, Vec<isize>),
    /// A row of the table of pointwise ops, on tensors or on scalars.
    Pointwise(Row, Vec<usize>),
    /// A row of the table of structural ops. Operands of other shapes are made to fit first.
    Structural(Row, Vec<usize>),
    Between(Sign, usize, usize),
    WithNumber(Sign, usize, f64),
    /// The same with the number on the left.
    OfNumber(Sign, f64, usize),
    Cube(usize),
    Reduce(Reduce, isize, usize),
    Stack(Vec<usize>),
    Cat(Vec<usize>),
    Fuse(Statement, Vec<usize>),
    Dot(Vec<usize>, Vec<usize>),
    SumOf(Vec<usize>),
    WithPartials(Vec<usize>, Vec<f64>),
    /// What `grad_recorded` gives of a root with a seed by inputs: values like all others.
    Derivatives(usize, Vec<f64>, Vec<usize>),
    /// So many scalar ops of the first and the second, one after the other: long enough for more than one checkpoint.
    Chain(usize, usize, usize),
}

/// A row of an op table, by its place.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub place: usize,
    pub name: &'static str,
}

/// The signs between two operands.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    Add,
    Sub,
    Mul,
    Div,
}

/// Views, with all that a call says.
#[derive(Clone, Debug)]
pub enum View {
    T,
    Transpose(isize, isize),
    Permute(Vec<usize>),
    /// Axis, first element if any is named, step.
    Slice(isize, Option<isize>, isize),
    Flip(isize),
    Index(isize, isize),
    Expand(Vec<usize>),
    Unsqueeze(isize),
    Squeeze,
    Reshape(Vec<isize>),
    Diagonal(isize),
    /// Axis, size and step of windows, which may overlap.
    Unfold(isize, usize, usize),
    Detach,
    Copy,
}

#[derive(Clone, Copy, Debug)]
pub enum Reduce {
    Sum,
    Mean,
    SumAxis,
    MeanAxis,
    MaxAxis,
    LogSumExp,
    CumSum,
    Sort,
    Softmax,
    Prod,
    Squares,
    Max,
    Norm,
}

/// Fused statements, by their inputs and results.
#[derive(Clone, Copy, Debug)]
pub enum Statement {
    OneOfOne,
    OneOfTwo,
    TwoOfTwo,
    ThreeOfThree,
    OneOfFour,
    OneOfSeven,
    /// Functions and a choice.
    Functions,
    /// A statement of duals in it.
    Nested,
}

/// An op of the program, or a leaf that was written in place.
#[derive(Clone, Debug)]
pub enum Step {
    Op {
        op: Op,
        /// Whether it ran under `no_grad`.
        paused: bool,
        /// The first of the values that it made, and how many they are.
        first: usize,
        count: usize,
    },
    Write {
        leaf: usize,
        numbers: Vec<f64>,
        /// Views that show the leaf, and show the new numbers from here on.
        shown_by: Vec<usize>,
    },
}

/// The op tables.
pub struct Rows<T: Element> {
    pub pointwise: Vec<table::OpRow<T>>,
    pub structural: Vec<table::CallRow<T>>,
}

impl<T: Element> Rows<T> {
    pub fn new() -> Rows<T> {
        Rows { pointwise: table::pointwise(), structural: table::structural() }
    }
}

fn name(values: &[usize]) -> String {
    values.iter().map(|value| format!("v{value}")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Leaf(dims, numbers) => write!(f, "leaf {dims:?} of {numbers:?}"),
            Op::Constant(dims, numbers) => write!(f, "constant {dims:?} of {numbers:?}"),
            Op::Scalars(numbers) => write!(f, "scalars of {numbers:?}"),
            Op::Number(number) => write!(f, "passive scalar of {number}"),
            Op::View(view, x) => write!(f, "view of v{x}: {view:?}"),
            Op::At(x, index) => write!(f, "v{x}.at({index:?})"),
            Op::Pointwise(row, of) | Op::Structural(row, of) => write!(f, "{}({})", row.name, name(of)),
            Op::Between(sign, a, b) => write!(f, "{sign:?}(v{a}, v{b})"),
            Op::WithNumber(sign, x, number) => write!(f, "{sign:?}(v{x}, {number})"),
            Op::OfNumber(sign, number, x) => write!(f, "{sign:?}({number}, v{x})"),
            Op::Cube(x) => write!(f, "v{x}.powi(3)"),
            Op::Reduce(reduce, axis, x) => write!(f, "{reduce:?}(v{x}), axis {axis}"),
            Op::Stack(of) => write!(f, "stack({})", name(of)),
            Op::Cat(of) => write!(f, "cat({})", name(of)),
            Op::Fuse(statement, of) => write!(f, "fuse {statement:?}({})", name(of)),
            Op::Dot(a, b) => write!(f, "dot({}; {})", name(a), name(b)),
            Op::SumOf(of) => write!(f, "sum_of({})", name(of)),
            Op::WithPartials(of, partials) => write!(f, "with_partials({}; {partials:?})", name(of)),
            Op::Derivatives(root, seed, of) => {
                write!(f, "grad_recorded of v{root} with {seed:?} by {}", name(of))
            }
            Op::Chain(x, w, len) => write!(f, "chain of {len} ops of v{x} and v{w}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Op { op, paused, first, count } => {
                let made: Vec<usize> = (*first..first + count).collect();
                write!(f, "{} = {op}{}", name(&made), if *paused { ", under no_grad" } else { "" })
            }
            Step::Write { leaf, numbers, shown_by } => {
                write!(f, "v{leaf} is overwritten by {numbers:?}, shown by {shown_by:?}")
            }
        }
    }
}
