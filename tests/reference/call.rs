//! A case on a tape: what the rows of the families are written with.

use ndarray::ArrayD;
use serde_json::Value;
use wengert::{Tape, Tensor};

use crate::case::{self, Case, Group, Input};

/// The inputs of a case on a tape, and its attributes.
pub struct Call<'a> {
    pub tape: &'a Tape<f64>,
    pub case: &'a Case,
    tensors: Vec<Tensor<f64>>,
}

impl<'a> Call<'a> {
    /// Puts the inputs on a tape: those that a gradient is asked for as leaves, the other numbers as constants.
    pub fn new(tape: &'a Tape<f64>, case: &'a Case) -> Call<'a> {
        let tensor = |input: &Input| match input {
            Input::Numbers(values, true) => Some(tape.leaf(values)),
            Input::Numbers(values, false) => Some(tape.constant(values)),
            Input::Indices(_) | Input::Mask(_) => None,
        };
        Call { tape, case, tensors: case.inputs.iter().filter_map(tensor).collect() }
    }

    /// The tensors that gradients are asked for.
    pub fn active(&self) -> Vec<Tensor<f64>> {
        self.tensors.iter().copied().filter(|x| x.requires_grad()).collect()
    }

    /// All tensors.
    pub fn tensors(&self) -> &[Tensor<f64>] {
        &self.tensors
    }

    /// The first tensor.
    pub fn x(&self) -> Tensor<f64> {
        self.tensors[0]
    }

    /// The second tensor.
    pub fn y(&self) -> Tensor<f64> {
        self.tensors[1]
    }
}

/// What only some ops have.
#[allow(dead_code, reason = "some rows still wait for their ops")]
impl Call<'_> {
    /// The third tensor.
    pub fn z(&self) -> Tensor<f64> {
        self.tensors[2]
    }

    /// The third tensor, of an op that can do without it.
    pub fn maybe_z(&self) -> Option<Tensor<f64>> {
        self.tensors.get(2).copied()
    }

    /// The first tensor; where second derivatives are asked for its square, since the op itself is linear.
    pub fn curved(&self) -> Tensor<f64> {
        if self.case.group == Group::Second { self.x().square() } else { self.x() }
    }

    /// The indices, of which no op has two lists: their values and their shape.
    pub fn indices(&self) -> (Vec<usize>, Vec<usize>) {
        let indices = self.case.inputs.iter().find_map(|input| match input {
            Input::Indices(indices) => Some(indices),
            _ => None,
        });
        let indices = indices.expect("an input of indices");
        let natural = |&index: &i64| usize::try_from(index).expect("indices count from the start");
        (indices.iter().map(natural).collect(), indices.shape().to_vec())
    }

    /// The mask, of which no op has two.
    pub fn mask(&self) -> &ArrayD<bool> {
        let mask = self.case.inputs.iter().find_map(|input| match input {
            Input::Mask(mask) => Some(mask),
            _ => None,
        });
        mask.expect("an input that is a mask")
    }

    /// The numbers of which the note says `row-major=[...]`, as a constant with so many columns.
    pub fn noted_matrix(&self, columns: isize) -> Tensor<f64> {
        let list = self.case.note.split_once("row-major=").map(|(_, list)| serde_json::from_str(list));
        let list: Value = list.expect("a note with a matrix").expect("a list of numbers");
        let numbers: Vec<f64> = case::items(&list).iter().map(case::number).collect();
        self.tape.constant(numbers).reshape([-1, columns])
    }
}

/// The attributes. One that is not there, or is null, has PyTorch's default.
#[allow(dead_code, reason = "some rows still wait for their ops")]
impl Call<'_> {
    fn attr(&self, name: &str) -> Option<&Value> {
        self.case.attrs.get(name).filter(|value| !value.is_null())
    }

    /// A number that may be missing.
    pub fn maybe_number(&self, name: &str) -> Option<f64> {
        self.attr(name).map(case::number)
    }

    /// A number.
    pub fn number(&self, name: &str, default: f64) -> f64 {
        self.maybe_number(name).unwrap_or(default)
    }

    /// An integer.
    pub fn int(&self, name: &str, default: isize) -> isize {
        self.attr(name).map_or(default, integer)
    }

    /// A natural number.
    pub fn size(&self, name: &str, default: usize) -> usize {
        self.attr(name).map_or(default, |value| integer(value) as usize)
    }

    /// Integers, or none where they are missing; one integer is a list of it.
    pub fn maybe_ints(&self, name: &str) -> Option<Vec<isize>> {
        self.attr(name).map(|value| match value.as_array() {
            Some(list) => list.iter().map(integer).collect(),
            None => vec![integer(value)],
        })
    }

    /// Integers that must be there.
    pub fn ints(&self, name: &str) -> Vec<isize> {
        self.maybe_ints(name).unwrap_or_else(|| panic!("no attribute `{name}`"))
    }

    /// Natural numbers that must be there.
    pub fn sizes(&self, name: &str) -> Vec<usize> {
        self.ints(name).into_iter().map(|size| size as usize).collect()
    }

    /// A natural number for each of `N` axes; one number is for all of them.
    pub fn each<const N: usize>(&self, name: &str, default: usize) -> [usize; N] {
        match self.maybe_ints(name).as_deref() {
            None => [default; N],
            Some([all]) => [*all as usize; N],
            Some(list) => std::array::from_fn(|axis| list[axis] as usize),
        }
    }

    /// Numbers, or none where they are missing.
    pub fn maybe_numbers(&self, name: &str) -> Option<Vec<f64>> {
        self.attr(name).map(|list| case::items(list).iter().map(case::number).collect())
    }

    /// True or false.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.attr(name).map_or(default, |value| value.as_bool().expect("true or false"))
    }

    /// A word.
    pub fn word<'b>(&'b self, name: &str, default: &'b str) -> &'b str {
        self.attr(name).map_or(default, |value| value.as_str().expect("a word"))
    }
}

fn integer(value: &Value) -> isize {
    value.as_i64().expect("an integer") as isize
}
