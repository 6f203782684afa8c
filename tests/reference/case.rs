//! A case: a line of the file, read.
//!
//! A line is one JSON object, `{"id", "group", "op", "inputs", "attrs", "output" or "outputs", "cotangent" or
//! "cotangents", "grads"}`. An array is `{"shape", "data"}`, row by row, with NaN and infinities as strings; an input
//! also says `"requires_grad"`, or a `"dtype"` of `"int64"` or `"bool"`. The group `second` adds `"v"` and
//! `"grad_grads"`, the group `hvp` adds `"v"` and `"hvp"`. There may be a `"note"`.

use ndarray::ArrayD;
use serde_json::{Map, Value};

/// What a case asks for, beside the output and the gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Nothing.
    Basic,
    /// Nothing, but at ties, bounds and singular points: the conventions.
    Edge,
    /// The gradients of the gradients, weighted with `v`.
    Second,
    /// The product of the Hessian and `v`.
    Hvp,
}

/// What an op is called with.
pub enum Input {
    /// Numbers, and whether a gradient is asked for.
    Numbers(ArrayD<f64>, bool),
    /// PyTorch's `int64`.
    Indices(ArrayD<i64>),
    /// PyTorch's `bool`.
    Mask(ArrayD<bool>),
}

/// One op, its inputs and PyTorch's results. Lists of derivatives have one entry for each input that a gradient is asked
/// for; an entry is `None` where PyTorch has none.
pub struct Case {
    pub id: u64,
    pub group: Group,
    pub op: String,
    pub inputs: Vec<Input>,
    pub attrs: Map<String, Value>,
    pub note: String,
    pub outputs: Vec<Option<ArrayD<f64>>>,
    pub cotangents: Vec<Option<ArrayD<f64>>>,
    pub grads: Vec<Option<ArrayD<f64>>>,
    pub v: Vec<Option<ArrayD<f64>>>,
    pub grad_grads: Vec<Option<ArrayD<f64>>>,
    pub hvp: Vec<Option<ArrayD<f64>>>,
}

impl Case {
    /// Reads a line of the file.
    pub fn parse(line: &str) -> Case {
        let line: Value = serde_json::from_str(line).expect("a line is one JSON object");
        let inputs: Vec<Input> = items(&line["inputs"]).iter().map(input).collect();
        // One output stands under a name of its own.
        let one_or_more = |one: &str, more: &str| match line.get(one) {
            Some(array) => vec![numbers(array)],
            None => arrays(&line[more]),
        };
        let of_active = |name: &str| {
            let all = arrays(&line[name]);
            match all.len() == inputs.len() {
                true => all
                    .into_iter()
                    .zip(&inputs)
                    .filter(|(_, x)| is_active(x))
                    .map(|(array, _)| array)
                    .collect(),
                false => all,
            }
        };
        Case {
            id: line["id"].as_u64().expect("an id is a number"),
            group: match text(&line["group"]) {
                "basic" => Group::Basic,
                "edge" => Group::Edge,
                "second" => Group::Second,
                "hvp" => Group::Hvp,
                group => panic!("a group that is not known: {group}"),
            },
            op: text(&line["op"]).to_string(),
            attrs: line["attrs"].as_object().cloned().unwrap_or_default(),
            note: line["note"].as_str().unwrap_or_default().to_string(),
            outputs: one_or_more("output", "outputs"),
            cotangents: one_or_more("cotangent", "cotangents"),
            grads: of_active("grads"),
            v: of_active("v"),
            grad_grads: of_active("grad_grads"),
            hvp: of_active("hvp"),
            inputs,
        }
    }
}

fn is_active(input: &Input) -> bool {
    matches!(input, Input::Numbers(_, true))
}

fn input(input: &Value) -> Input {
    match input["dtype"].as_str() {
        Some("int64") => Input::Indices(array(input, |item| item.as_i64().expect("an index is an integer"))),
        Some("bool") => {
            Input::Mask(array(input, |item| item.as_bool().expect("a mask is of true and false")))
        }
        _ => Input::Numbers(array(input, number), input["requires_grad"].as_bool().unwrap_or(false)),
    }
}

fn arrays(list: &Value) -> Vec<Option<ArrayD<f64>>> {
    items(list).iter().map(numbers).collect()
}

fn numbers(object: &Value) -> Option<ArrayD<f64>> {
    (!object.is_null()).then(|| array(object, number))
}

fn array<N>(object: &Value, item: impl Fn(&Value) -> N) -> ArrayD<N> {
    let shape: Vec<usize> = items(&object["shape"]).iter().map(size).collect();
    let data = items(&object["data"]).iter().map(item).collect();
    ArrayD::from_shape_vec(shape, data).expect("as many numbers as the shape has")
}

/// The items of a list; a list that is not there has none.
pub fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// A number; JSON has no NaN and no infinities, which are strings.
pub fn number(item: &Value) -> f64 {
    item.as_f64().or_else(|| item.as_str()?.parse().ok()).expect("a number")
}

fn size(item: &Value) -> usize {
    item.as_u64().expect("an extent is a natural number") as usize
}

fn text(item: &Value) -> &str {
    item.as_str().expect("a text")
}
