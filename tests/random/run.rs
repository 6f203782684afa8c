//! How an op of a program runs on a tape.

use num_traits::Float;
use wengert::{Dual, Element, Scalar, Tape, Tensor};

use crate::program::{Op, Reduce, Rows, Sign, Statement, View};
use crate::value::{Value, array, element};

impl Op {
    /// The values that it makes. A call with operands that it refuses panics with the error's text.
    pub fn run<T: Element>(&self, tape: &Tape<T>, rows: &Rows<T>, values: &[Value<T>]) -> Vec<Value<T>> {
        let tensor = |&k: &usize| values[k].tensor();
        let scalar = |&k: &usize| values[k].scalar();
        let tensors = |list: &[usize]| list.iter().map(tensor).collect::<Vec<_>>();
        let scalars = |list: &[usize]| list.iter().map(scalar).collect::<Vec<_>>();
        let elements = |numbers: &[f64]| numbers.iter().map(|&x| element(x)).collect::<Vec<T>>();
        let result = match self {
            Op::Leaf(dims, numbers) => Value::Tensor(tape.leaf(array(dims, numbers))),
            Op::Constant(dims, numbers) => Value::Tensor(tape.constant(array(dims, numbers))),
            Op::Scalars(numbers) => {
                return tape.scalars(&elements(numbers)).into_iter().map(Value::Scalar).collect();
            }
            Op::Number(number) => Value::Scalar(Scalar::from(element::<T>(*number))),
            Op::View(view, x) => Value::Tensor(view.of(tensor(x))),
            Op::At(x, index) => Value::Scalar(tensor(x).at(index.clone())),
            Op::Pointwise(row, of) => {
                let row = &rows.pointwise[row.place];
                match values[of[0]] {
                    Value::Tensor(_) => Value::Tensor((row.tensors)(&tensors(of))),
                    Value::Scalar(_) => Value::Scalar((row.scalars)(&scalars(of))),
                }
            }
            Op::Structural(row, of) => {
                let row = &rows.structural[row.place];
                let fitting = of.iter().zip(row.operands).map(|(x, dims)| fit(tape, tensor(x), dims));
                Value::Tensor((row.call)(tape, &fitting.collect::<Vec<_>>()))
            }
            Op::Between(sign, a, b) => match (values[*a], values[*b]) {
                (Value::Tensor(a), Value::Tensor(b)) => Value::Tensor(between!(sign, a, b)),
                (Value::Tensor(a), Value::Scalar(b)) => Value::Tensor(between!(sign, a, b)),
                (Value::Scalar(a), Value::Tensor(b)) => Value::Tensor(between!(sign, a, b)),
                (Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(between!(sign, a, b)),
            },
            Op::WithNumber(sign, x, number) => match (values[*x], element::<T>(*number)) {
                (Value::Tensor(x), number) => Value::Tensor(between!(sign, x, number)),
                (Value::Scalar(x), number) => Value::Scalar(between!(sign, x, number)),
            },
            Op::OfNumber(sign, number, x) => match (Scalar::from(element::<T>(*number)), values[*x]) {
                (number, Value::Tensor(x)) => Value::Tensor(between!(sign, number, x)),
                (number, Value::Scalar(x)) => Value::Scalar(between!(sign, number, x)),
            },
            Op::Cube(x) => match values[*x] {
                Value::Tensor(x) => Value::Tensor(x.powi(3)),
                Value::Scalar(x) => Value::Scalar(x.powi(3)),
            },
            Op::Reduce(reduce, axis, x) => Value::Tensor(reduce.of(tensor(x), *axis)),
            Op::Stack(of) => {
                Value::Tensor(tape.stack(&of.iter().map(|&k| values[k].operand()).collect::<Vec<_>>(), 0))
            }
            Op::Cat(of) => Value::Tensor(tape.cat(&tensors(of), 0)),
            Op::Fuse(statement, of) => {
                return statement.of(tape, &scalars(of)).into_iter().map(Value::Scalar).collect();
            }
            Op::Dot(a, b) => Value::Scalar(Scalar::dot(&scalars(a), &scalars(b))),
            Op::SumOf(of) => Value::Scalar(Scalar::sum_of(&scalars(of))),
            Op::WithPartials(of, partials) => {
                Value::Scalar(Scalar::with_partials(element(0.7), &scalars(of), &elements(partials)))
            }
            Op::Derivatives(root, seed, of) => {
                let root = values[*root];
                let inputs: Vec<_> = of.iter().map(|&k| values[k].operand()).collect();
                let recorded = tape.grad_recorded_with(&[root.operand()], &[root.array(seed)], &inputs);
                return recorded.into_iter().map(Value::Tensor).collect();
            }
            Op::Chain(x, w, len) => Value::Scalar(chain(scalar(x), scalar(w), *len)),
        };
        vec![result]
    }
}

/// A sign between two of any kind.
macro_rules! between {
    ($sign:expr, $a:expr, $b:expr) => {
        match $sign {
            Sign::Add => $a + $b,
            Sign::Sub => $a - $b,
            Sign::Mul => $a * $b,
            Sign::Div => $a / $b,
        }
    };
}
use between;

impl View {
    fn of<T: Element>(&self, x: Tensor<T>) -> Tensor<T> {
        match self {
            View::T => x.t(),
            View::Transpose(a, b) => x.transpose(*a, *b),
            View::Permute(order) => x.permute(order),
            View::Slice(axis, None, step) => x.slice(*axis, (.., *step)),
            View::Slice(axis, Some(start), step) => x.slice(*axis, (*start.., *step)),
            View::Flip(axis) => x.flip(*axis),
            View::Index(axis, index) => x.index_axis(*axis, *index),
            View::Expand(dims) => x.expand(dims),
            View::Unsqueeze(axis) => x.unsqueeze(*axis),
            View::Squeeze => x.squeeze(),
            View::Reshape(dims) => x.reshape(dims),
            View::Diagonal(k) => x.diagonal(*k),
            View::Unfold(axis, size, step) => x.unfold(*axis, *size, *step),
            View::Detach => x.detach(),
            View::Copy => x.copy(),
        }
    }
}

impl Reduce {
    fn of<T: Element>(self, x: Tensor<T>, axis: isize) -> Tensor<T> {
        match self {
            Reduce::Sum => x.sum(),
            Reduce::Mean => x.mean(),
            Reduce::SumAxis => x.sum_axes(axis),
            Reduce::MeanAxis => x.mean_keepdims(axis),
            Reduce::MaxAxis => x.max_axes(axis),
            Reduce::LogSumExp => x.logsumexp_axes(axis),
            Reduce::CumSum => x.cumsum(axis),
            Reduce::Sort => x.sort(axis, false).0,
            Reduce::Softmax => x.softmax(axis),
            Reduce::Prod => x.prod(),
            Reduce::Squares => x.square().sum(),
            Reduce::Max => x.max(),
            Reduce::Norm => x.norm(2),
        }
    }
}

impl Statement {
    /// How many scalars it takes, some of them more than once.
    pub fn inputs(self) -> usize {
        match self {
            Statement::OneOfOne => 1,
            Statement::OneOfTwo | Statement::TwoOfTwo | Statement::Nested => 2,
            Statement::ThreeOfThree | Statement::Functions => 3,
            Statement::OneOfFour | Statement::OneOfSeven => 4,
        }
    }

    fn of<T: Element>(self, tape: &Tape<T>, x: &[Scalar<T>]) -> Vec<Scalar<T>> {
        match (self, x) {
            (Statement::OneOfOne, &[x]) => vec![tape.fuse([x], |[a]| a * a * a + a)],
            (Statement::OneOfTwo, &[x, y]) => vec![tape.fuse([x, y], |[a, b]| a * b * b - a)],
            (Statement::TwoOfTwo, &[x, y]) => tape.fuse([x, y], |[a, b]| [a * b, a - b * b]).to_vec(),
            (Statement::ThreeOfThree, &[x, y, z]) => {
                let half = element::<T>(0.5);
                tape.fuse([x, y, z], |[a, b, c]| [a * b + c, c * c, b * half - a * c]).to_vec()
            }
            (Statement::OneOfFour, &[x, y, z, w]) => {
                vec![tape.fuse([x, y, z, w], |[a, b, c, d]| a * b + c * d * a)]
            }
            (Statement::OneOfSeven, &[x, y, z, w]) => {
                let inputs = [x, y, z, w, x, y, z];
                vec![tape.fuse(inputs, |[a, b, c, d, e, f, g]| a * b + c * d * e - f * g)]
            }
            (Statement::Functions, &[x, y, z]) => tape
                .fuse([x, y, z], |[a, b, c]| [(a.sin() * b).exp() / (c * c + T::one()), Float::max(a, b) * c])
                .to_vec(),
            (Statement::Nested, &[x, y]) => {
                vec![tape.fuse([x, y], |[a, b]| Dual::fuse([a * b, a], |[p, q]| p * q + q.cos()) + b)]
            }
            _ => unreachable!("as many scalars as the statement takes"),
        }
    }
}

fn chain<T: Element>(x: Scalar<T>, w: Scalar<T>, len: usize) -> Scalar<T> {
    (0..len).fold(x, |y, k| match k % 5 {
        0 => y * element::<T>(0.9),
        1 => y + w * element::<T>(0.1),
        2 => y.sin(),
        3 => y - x * element::<T>(0.05),
        _ => Scalar::from(T::one()) - y,
    })
}

/// The operand in the shape that a row wants: as it is, cut, or repeated with other factors.
fn fit<T: Element>(tape: &Tape<T>, x: Tensor<T>, dims: &[usize]) -> Tensor<T> {
    if x.shape().to_vec() == dims {
        return x;
    }
    let wanted: usize = dims.iter().product();
    if x.is_empty() {
        let numbers: Vec<f64> = (0..wanted).map(|k| 0.4 + 0.1 * (k * k % 7) as f64).collect();
        return tape.constant(array(dims, &numbers));
    }
    let flat = x.reshape([-1]);
    let times = wanted.div_ceil(x.len()).max(1);
    let parts =
        (0..times).map(|k| if k % 2 == 0 { flat } else { flat * element::<T>(1.0 + 0.13 * k as f64) });
    let long = if times == 1 { flat } else { tape.cat(&parts.collect::<Vec<_>>(), 0) };
    long.slice(0, ..wanted as isize).reshape(dims)
}
