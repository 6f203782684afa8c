//! How the ops of a program are drawn.

use wengert::Element;

use crate::chance::Chance;
use crate::program::{Op, Reduce, Row, Rows, Sign, Statement, View};
use crate::value::Value;

/// What a program is rich in.
#[derive(Clone, Copy, Debug)]
pub enum Taste {
    All,
    /// Scalars, elements of tensors and statements of them.
    Scalars,
    /// Views, and what meets them by broadcasting.
    Views,
    /// Products, solvers and decompositions.
    Matrices,
    /// Axes longer than the lanes of a vector unit.
    Long,
}

impl Taste {
    pub const EACH: [Taste; 5] = [Taste::All, Taste::Scalars, Taste::Views, Taste::Matrices, Taste::Long];

    /// How many elements a value may have.
    pub fn most(self) -> usize {
        if matches!(self, Taste::Long) { 400 } else { 48 }
    }
}

/// Rows of linear algebra that take long, and whose results of two close values are unstable: drawn less.
const SELDOM: [&str; 8] = ["svd", "eigh", "svdvals", "eigvalsh", "qr", "pinv", "lstsq", "lu"];

/// Linear algebra.
const MATRICES: [&str; 21] = [
    "bmm",
    "cholesky",
    "cholesky_solve",
    "det",
    "eigh",
    "einsum",
    "inv",
    "kron",
    "logdet",
    "lstsq",
    "lu",
    "matmul",
    "matrix_exp",
    "matrix_power",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "trace",
];

/// Draws an op on values of which those of `usable` may be operands; `None` where there is nothing that it could take.
pub fn op<T: Element>(
    chance: &mut Chance,
    taste: Taste,
    rows: &Rows<T>,
    values: &[Value<T>],
    usable: &[usize],
) -> Option<Op> {
    let of_kind =
        |tensor| usable.iter().copied().filter(|&k| values[k].is_tensor() == tensor).collect::<Vec<_>>();
    let (tensors, scalars) = (of_kind(true), of_kind(false));
    let sort = match taste {
        Taste::Scalars if chance.happens(0.6) => {
            chance.of(&[6, 53, 55, 60, 62, 70, 76, 80, 83, 88, 90, 92, 94])
        }
        Taste::Matrices if chance.happens(0.4) => 24,
        Taste::Views if chance.happens(0.5) => chance.of(&[10, 12, 15, 18, 64, 70, 71, 72, 95, 97, 30, 40]),
        _ => chance.below(100),
    };
    Some(match sort {
        0..6 => {
            let rank = chance.below(4);
            let mut dims: Vec<usize> =
                (0..rank).map(|_| if chance.happens(0.05) { 0 } else { chance.up_to(3) }).collect();
            if matches!(taste, Taste::Long)
                && let Some(last) = dims.last_mut()
            {
                *last = chance.of(&[7, 8, 9, 15, 16, 17, 33, 64]);
            }
            let numbers = chance.numbers(dims.iter().product());
            if chance.happens(0.7) { Op::Leaf(dims, numbers) } else { Op::Constant(dims, numbers) }
        }
        6..9 => {
            let n = chance.up_to(3);
            Op::Scalars(chance.numbers(n))
        }
        9 => Op::Number(chance.number()),
        10..24 => {
            let x = chance.pick(&tensors)?;
            Op::View(view(chance, &values[x].dims())?, x)
        }
        24..43 => {
            let mut place = chance.below(rows.structural.len());
            if matches!(taste, Taste::Matrices) && chance.happens(0.6) {
                let name = chance.of(&MATRICES);
                let places = (0..rows.structural.len()).filter(|&k| rows.structural[k].name == name);
                place = chance.of(&places.collect::<Vec<_>>());
            }
            let row = &rows.structural[place];
            if SELDOM.contains(&row.name) && chance.happens(0.7) {
                return None;
            }
            Op::Structural(Row { place, name: row.name }, chance.picks(&tensors, row.operands.len())?)
        }
        43..59 => {
            let place = chance.below(rows.pointwise.len());
            let row = &rows.pointwise[place];
            let operands = chance.picks(if sort < 53 { &tensors } else { &scalars }, row.sample.len())?;
            Op::Pointwise(Row { place, name: row.name }, operands)
        }
        59..68 => {
            let x = chance.pick(if sort < 64 { &scalars } else { &tensors })?;
            let sign = sign(chance);
            match chance.below(7) {
                0 => Op::Cube(x),
                1..4 => Op::OfNumber(sign, chance.number(), x),
                _ => Op::WithNumber(sign, x, chance.number()),
            }
        }
        68..76 => Op::Between(sign(chance), chance.pick(usable)?, chance.pick(usable)?),
        76..82 => {
            let x = chance.pick(&tensors)?;
            let index = values[x].dims().iter().map(|&extent| chance.below(extent) as isize).collect();
            Op::At(x, index)
        }
        82..85 => some(chance, &scalars).map(Op::Stack)?,
        85 => some(chance, usable).map(Op::Stack)?,
        86..88 => some(chance, &tensors).map(Op::Cat)?,
        88..92 => {
            use Statement::*;
            let all = [OneOfOne, OneOfTwo, TwoOfTwo, ThreeOfThree, OneOfFour, OneOfSeven, Functions, Nested];
            let statement = chance.of(&all);
            Op::Fuse(statement, chance.picks(&scalars, statement.inputs())?)
        }
        92 => {
            let n = chance.up_to(4);
            Op::Dot(chance.picks(&scalars, n)?, chance.picks(&scalars, n)?)
        }
        93 => some(chance, &scalars).map(Op::SumOf)?,
        94 => {
            let of = some(chance, &scalars)?;
            let partials = chance.numbers(of.len());
            Op::WithPartials(of, partials)
        }
        98 => {
            let active = usable.iter().copied().filter(|&k| values[k].is_active()).collect::<Vec<_>>();
            let inputs = active.iter().copied().filter(|&k| !values[k].is_view()).collect::<Vec<_>>();
            let (root, n) = (chance.pick(&active)?, chance.up_to(2));
            Op::Derivatives(root, chance.numbers(values[root].len()), chance.picks(&inputs, n)?)
        }
        99 if chance.happens(0.15) => {
            Op::Chain(chance.pick(&scalars)?, chance.pick(&scalars)?, 100 + chance.below(300))
        }
        _ => {
            use Reduce::*;
            let x = chance.pick(&tensors)?;
            let all = [
                Sum, Mean, SumAxis, MeanAxis, MaxAxis, LogSumExp, CumSum, Sort, Softmax, Prod, Squares, Max,
                Norm,
            ];
            Op::Reduce(chance.of(&all), chance.below(values[x].dims().len()) as isize, x)
        }
    })
}

fn sign(chance: &mut Chance) -> Sign {
    chance.of(&[Sign::Add, Sign::Sub, Sign::Mul, Sign::Div])
}

fn some(chance: &mut Chance, list: &[usize]) -> Option<Vec<usize>> {
    let n = chance.up_to(4);
    chance.picks(list, n)
}

/// A view of a tensor of these dims; `None` where the axis that was drawn has no elements to choose from.
fn view(chance: &mut Chance, dims: &[usize]) -> Option<View> {
    let (rank, count) = (dims.len(), dims.iter().product::<usize>());
    let axis = chance.below(rank);
    let extent = dims.get(axis).copied().unwrap_or(1);
    let at = axis as isize;
    Some(match chance.below(16) {
        0 => View::T,
        1 => View::Transpose(at, -1),
        2 => {
            let mut order: Vec<usize> = (0..rank).collect();
            order.rotate_left(axis);
            View::Permute(order)
        }
        3 | 4 => {
            let start = chance.happens(0.5).then(|| chance.below(extent + 1) as isize);
            View::Slice(at, start, chance.of(&[1, 2, 3, -1, -2, -3]))
        }
        5 => View::Flip(at),
        6 if extent > 0 => View::Index(at, chance.below(extent) as isize),
        7 => {
            // Repeated along a new axis, and along those of extent 1.
            let repeated = dims.iter().map(|&extent| if extent == 1 { 3 } else { extent });
            View::Expand(std::iter::once(chance.up_to(3)).chain(repeated).collect())
        }
        8 => View::Expand(dims.iter().map(|&extent| if extent == 1 { 3 } else { extent }).collect()),
        9 => View::Unsqueeze(at),
        10 => View::Squeeze,
        11 if count > 0 && count % 2 == 0 => View::Reshape(vec![2, -1]),
        11 => View::Reshape(vec![-1]),
        12 => View::Diagonal(chance.of(&[0, 0, 1, -1])),
        13 if extent > 0 => View::Unfold(at, chance.up_to(extent), chance.up_to(2)),
        14 => View::Detach,
        15 => View::Copy,
        _ => return None,
    })
}
