//! Random chains of views.

use super::*;

// ---- random chains --------------------------------------------------------------------------------------------

/// A step of a chain. Its numbers are taken modulo what the shape allows.
#[derive(Clone, Debug)]
enum Step {
    Permute(u64),
    Slice {
        axis: usize,
        start: usize,
        len: usize,
        step: isize,
    },
    Flip(usize),
    Index {
        axis: usize,
        index: usize,
    },
    Unsqueeze(usize),
    Squeeze,
    Expand(usize),
    Flatten(usize),
    /// Broadcasts against a constant: values change, places do not.
    Add(usize),
    Scale,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u64>().prop_map(Step::Permute),
        (0..8usize, 0..8usize, 1..8usize, prop_oneof![-3..0isize, 1..4isize])
            .prop_map(|(axis, start, len, step)| Step::Slice { axis, start, len, step }),
        (0..8usize).prop_map(Step::Flip),
        (0..8usize, 0..8usize).prop_map(|(axis, index)| Step::Index { axis, index }),
        (0..8usize).prop_map(Step::Unsqueeze),
        Just(Step::Squeeze),
        (2..4usize).prop_map(Step::Expand),
        (0..8usize).prop_map(Step::Flatten),
        (0..8usize).prop_map(Step::Add),
        Just(Step::Scale),
    ]
}

/// A chain under way: the tensor, its values by ndarray, and the place in the leaf that each element looks at, with
/// the factor that its gradient has picked up (the same for all).
struct Chain {
    y: Tensor<f64>,
    values: ArrayD<f64>,
    places: ArrayD<f64>,
    factor: f64,
}

impl Chain {
    fn seen(&mut self, y: Tensor<f64>, f: impl Fn(ArrayD<f64>) -> ArrayD<f64>) {
        self.y = y;
        self.values = f(std::mem::take(&mut self.values));
        self.places = f(std::mem::take(&mut self.places));
    }

    fn apply(&mut self, tape: &Tape<f64>, step: &Step) {
        let (y, rank, dims) = (self.y, self.values.ndim(), self.values.shape().to_vec());
        match *step {
            Step::Permute(seed) => {
                let mut order: Vec<usize> = (0..rank).collect();
                order.sort_by_key(|&k| {
                    seed.rotate_left(11 * k as u32 + 3).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                });
                self.seen(y.permute(&order), |x| x.permuted_axes(order.clone()));
            }
            Step::Slice { axis, start, len, step } if rank > 0 => {
                let axis = axis % rank;
                let start = start % (dims[axis] + 1);
                let end = (start + len).min(dims[axis]);
                let view = y.slice(axis as isize, (start..end, step));
                self.seen(view, |x| slice(x, axis, start as isize, Some(end as isize), step));
            }
            Step::Flip(axis) if rank > 0 => {
                let axis = axis % rank;
                self.seen(y.flip(axis), |mut x| {
                    x.invert_axis(Axis(axis));
                    x
                });
            }
            Step::Index { axis, index } if rank > 0 && dims[axis % rank] > 0 => {
                let axis = axis % rank;
                let index = index % dims[axis];
                self.seen(y.index_axis(axis as isize, index as isize), |x| {
                    x.index_axis_move(Axis(axis), index)
                });
            }
            Step::Unsqueeze(axis) if rank < 5 => {
                let axis = axis % (rank + 1);
                self.seen(y.unsqueeze(axis as isize), |x| x.insert_axis(Axis(axis)));
            }
            Step::Squeeze => {
                let kept: Vec<usize> = dims.iter().copied().filter(|&d| d != 1).collect();
                self.seen(y.squeeze(), |x| {
                    Array::from_shape_vec(IxDyn(&kept), x.iter().copied().collect()).unwrap()
                });
            }
            Step::Expand(n) if self.values.len() < 100 => {
                let mut to: Vec<usize> = dims.iter().map(|&d| if d == 1 { n } else { d }).collect();
                if rank < 4 {
                    to.insert(0, n);
                }
                self.seen(y.expand(&to), |x| x.broadcast(IxDyn(&to)).unwrap().to_owned());
            }
            Step::Flatten(axis) if rank > 1 => {
                // Two neighbours become one axis: a view or a copy, as it comes.
                let axis = axis % (rank - 1);
                let mut to = dims.clone();
                to[axis] *= to.remove(axis + 1);
                self.seen(y.reshape(&to), |x| {
                    Array::from_shape_vec(IxDyn(&to), x.iter().copied().collect()).unwrap()
                });
            }
            Step::Add(axis) => {
                // A constant with extent 1 on one axis.
                let shape: Vec<usize> =
                    dims.iter().enumerate().map(|(k, &d)| if k == axis { 1 } else { d }).collect();
                let other = array(&shape, numbers(shape.iter().product(), 0.0, 1.0, axis as u64));
                self.y = y + tape.constant(&other);
                self.values = &self.values + &other;
            }
            Step::Scale => {
                self.y = y * -1.5;
                self.values *= -1.5;
                self.factor *= -1.5;
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_chains_of_views_and_ops_match_ndarray(
        dims in prop::collection::vec(1..4usize, 0..4),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let tape = Tape::<f64>::new();
        let count: usize = dims.iter().product();
        let x = tape.leaf((numbers(count, 0.0, 1.0, 1), dims.clone()));
        let mut chain = Chain { y: x, values: x.value(), places: counting(&dims), factor: 1.0 };
        for step in &steps {
            chain.apply(&tape, step);
            prop_assert_eq!(chain.y.shape().to_vec(), chain.values.shape().to_vec());
        }
        let Chain { y, values, places, factor } = chain;
        let want: Vec<f64> = values.iter().copied().collect();
        assert_all_close("values", &y.to_vec(), &want, 1e-13);
        y.with(|seen| assert_all_close("values seen", &seen.iter().copied().collect::<Vec<_>>(), &want, 1e-13));

        let weights = numbers(want.len(), 0.0, 1.0, 2);
        let mut scattered = vec![0.0; count];
        places.iter().zip(&weights).for_each(|(&place, w)| scattered[place as usize] += factor * w);
        // By its own seed, and through an op.
        y.backward_with((&weights, values.shape()));
        assert_all_close("gradient", &grad(x).unwrap(), &scattered, 1e-12);
        tape.zero_grad();
        (y * tape.constant((&weights, values.shape()))).sum().backward();
        assert_all_close("gradient through an op", &grad(x).unwrap(), &scattered, 1e-12);
    }
}

#[test]
fn windows_that_overlap_are_differentiated_as_often_as_wanted() {
    // y = sum of the squares of the sums of windows: its gradient is linear, its second derivative is constant.
    let loss = |x: Tensor<f64>| x.unfold(0, 3, 1).sum_axes(1).square().sum();
    let counts = |n: usize| {
        let covers = |i: usize, w: usize| (w..w + 3).contains(&i);
        let both = |i, j| (0..n - 2).filter(|&w| covers(i, w) && covers(j, w)).count() as f64;
        ndarray::Array2::from_shape_fn((n, n), |(i, j)| 2.0 * both(i, j))
    };
    let tape = Tape::<f64>::new();
    let (n, values) = (6, numbers(6, 0.0, 1.0, 3));
    let x = tape.leaf(&values);
    let hessian = counts(n);
    let want = hessian.dot(&ndarray::Array1::from(values.clone()));
    assert_all_close("numeric", &tape.grad(&[loss(x)], &[x])[0].to_vec(), &want.to_vec(), 1e-13);
    let recorded = tape.grad_recorded(&[loss(x)], &[x])[0];
    assert_all_close("recorded", &recorded.to_vec(), &want.to_vec(), 1e-13);
    let v = numbers(6, 0.0, 1.0, 4);
    let product = tape.grad(&[(recorded * tape.constant(&v)).sum()], &[x])[0];
    assert_all_close(
        "second order",
        &product.to_vec(),
        &hessian.dot(&ndarray::Array1::from(v)).to_vec(),
        1e-13,
    );
    // Many windows, of a computed value, through every way that an adjoint goes.
    let long = tape.leaf(numbers(300, 0.0, 1.0, 5));
    let y = (long * 2.0).unfold(0, 70, 1);
    (y * tape.ones([231, 70])).sum().backward();
    let want: Vec<f64> =
        (0..300).map(|i: usize| 2.0 * (i.min(230) - i.saturating_sub(69) + 1) as f64).collect();
    assert_eq!(grad(long), Some(want));
}

#[test]
fn parts_are_pytorchs() {
    let tape = Tape::<f64>::new();
    let lens = |parts: Vec<Tensor<f64>>| parts.iter().map(|part| part.shape()[0]).collect::<Vec<_>>();
    let (x, none) = (tape.leaf(numbers(7, 0.0, 1.0, 1)), tape.leaf((vec![], [0, 3])));
    let before = tape.stats();
    assert_eq!(lens(x.chunk(3, 0)), [3, 3, 1]);
    assert_eq!(lens(x.chunk(5, 0)), [2, 2, 2, 1]);
    assert_eq!(lens(x.chunk(9, 0)), [1; 7]);
    assert_eq!(lens(x.split_every(3, 0)), [3, 3, 1]);
    assert_eq!(lens(x.split_every(9, 0)), [7]);
    // PyTorch: `torch.empty(0, 3).chunk(2)` has two parts, `.split(2)` one, `.unbind(0)` none.
    assert_eq!(lens(none.chunk(2, 0)), [0, 0]);
    assert_eq!(lens(none.split_every(2, 0)), [0]);
    assert_eq!(lens(none.split_every(0, 0)), [0]);
    assert_eq!(lens(none.unbind(0)), [0; 0]);
    assert_eq!(none.split([0, 0], 0).len(), 2);
    assert_eq!(x.narrow(0, 7, 0).len(), 0);
    assert_eq!(x.unfold(0, 0, 2).shape().as_slice(), [4, 0]);
    assert_eq!(x.unfold(0, 7, 100).shape().as_slice(), [1, 7]);
    assert_eq!(tape.leaf(2.0).flatten(0, -1).shape().as_slice(), [1]);
    assert_eq!(tape.leaf(2.0).ravel().shape().as_slice(), [1]);
    assert_eq!(none.ravel().shape().as_slice(), [0]);
    assert_eq!(none.diagonal(0).len(), 0);
    let m = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    for (k, len) in [(3, 0), (2, 1), (isize::MAX, 0), (isize::MIN, 0), (-2, 0), (-1, 1)] {
        let diagonal = m.diagonal(k);
        assert_eq!(diagonal.len(), len, "{k}");
        diagonal.sum().backward();
    }
    let after = tape.stats();
    assert_eq!(after.instructions, before.instructions + 6, "the sums alone");
}
