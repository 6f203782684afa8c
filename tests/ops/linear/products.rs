//! Products, and what an einsum says.

use wengert::{Error, Tape, Tensor};
use wengert_tests::forms::{count, numbers};
use wengert_tests::{assert_all_close, grad};

use super::refused;

fn leaf(tape: &Tape<f64>, dims: &[usize], seed: u64) -> Tensor<f64> {
    tape.leaf((numbers(count(dims), 0.1, 1.0, seed), dims))
}

/// The sum of products by plain loops over all letters.
fn by_hand(text: &str, operands: &[Tensor<f64>]) -> Vec<f64> {
    let (inputs, output) = text.split_once("->").unwrap();
    let terms: Vec<Vec<char>> = inputs.split(',').map(|term| term.chars().collect()).collect();
    let output: Vec<char> = output.chars().collect();
    let mut letters = output.clone();
    letters.extend(terms.iter().flatten());
    let mut all: Vec<char> = Vec::new();
    letters.into_iter().for_each(|letter| {
        if !all.contains(&letter) {
            all.push(letter)
        }
    });
    let values: Vec<_> = operands.iter().map(|x| x.value()).collect();
    let extent = |letter: &char| {
        let of = |(term, value): (&Vec<char>, &ndarray::ArrayD<f64>)| {
            term.iter().position(|own| own == letter).map(|axis| value.shape()[axis])
        };
        terms.iter().zip(&values).filter_map(of).max().unwrap()
    };
    let extents: Vec<usize> = all.iter().map(extent).collect();
    let inner: usize = extents[output.len()..].iter().product();
    let mut y = vec![0.0; count(&extents[..output.len()])];
    for (place, index) in ndarray::indices(&extents[..]).into_iter().enumerate() {
        let product: f64 = terms
            .iter()
            .zip(&values)
            .map(|(term, value)| {
                let axis = |letter: &char| index[all.iter().position(|own| own == letter).unwrap()];
                let at: Vec<usize> =
                    term.iter().zip(value.shape()).map(|(l, &extent)| axis(l).min(extent - 1)).collect();
                value[&at[..]]
            })
            .product();
        y[place / inner.max(1)] += product;
    }
    y
}

#[test]
fn einsum_is_the_sum_over_all_letters() {
    let texts: [(&str, &[&[usize]]); 16] = [
        ("ij->ji", &[&[2, 3]]),
        ("ij->i", &[&[2, 3]]),
        ("ij->", &[&[2, 3]]),
        ("ii->", &[&[3, 3]]),
        ("ii->i", &[&[3, 3]]),
        ("iij->ji", &[&[2, 2, 3]]),
        ("i,i->", &[&[3], &[3]]),
        ("i,j->ij", &[&[3], &[2]]),
        ("ij,jk->ik", &[&[2, 3], &[3, 2]]),
        ("ij,kj->ki", &[&[2, 3], &[4, 3]]),
        ("bij,bjk->bik", &[&[2, 2, 3], &[2, 3, 2]]),
        ("ijk,jl->kil", &[&[2, 3, 2], &[3, 4]]),
        ("ij,ij->ij", &[&[2, 3], &[2, 3]]),
        ("ij,jk,kl->il", &[&[2, 3], &[3, 2], &[2, 2]]),
        ("bhqd,bhkd->bhqk", &[&[2, 2, 3, 2], &[2, 2, 4, 2]]),
        ("ij,ik,l->jk", &[&[2, 3], &[2, 2], &[3]]),
    ];
    let tape = Tape::<f64>::new();
    for (text, shapes) in texts {
        let operands: Vec<_> = shapes.iter().zip(1..).map(|(dims, seed)| leaf(&tape, dims, seed)).collect();
        assert_all_close(text, &tape.einsum(text, &operands).to_vec(), &by_hand(text, &operands), 1e-13);
    }
    // Without an arrow, with blanks, with an extent of 1, with an ellipsis.
    let (a, b) = (leaf(&tape, &[2, 3], 1), leaf(&tape, &[3, 4], 2));
    assert_eq!(tape.einsum(" ij , jk ", &[a, b]).to_vec(), a.matmul(b).to_vec());
    assert_eq!(tape.einsum("ba", &[a]).to_vec(), a.t().to_vec());
    let row = leaf(&tape, &[1, 3], 3);
    let y = tape.einsum("ij,ij->i", &[a, row]);
    assert_all_close("extent 1", &y.to_vec(), &by_hand("ij,ij->i", &[a, row]), 1e-13);
    y.sum().backward();
    assert_all_close("its gradient", &grad(row).unwrap(), &a.sum_axes(0).to_vec(), 1e-13);
    let batch = leaf(&tape, &[2, 1, 2, 3], 4);
    let y = tape.einsum("...ij,jk->...ik", &[batch, b]);
    assert_eq!((y.shape().as_slice(), y.to_vec()), (&[2, 1, 2, 4][..], batch.matmul(b).to_vec()));
    assert_eq!(tape.einsum("...->", &[a]).item(), a.sum().item());
    assert_eq!(tape.einsum("i...->...", &[a]).to_vec(), a.sum_axes(0).to_vec());
}

#[test]
fn an_einsum_that_is_wrong_says_where() {
    let tape = Tape::<f64>::new();
    let (a, b) = (leaf(&tape, &[2, 3], 1), leaf(&tape, &[4, 5], 2));
    let wrong = [
        ("ij", "2 operands were given, and \"ij\" has terms for 1"),
        ("ij,jk->ik", "'j' has extent 3 in one place and 4 in another"),
        ("ij,kl->im", "'m' of the result is of no operand"),
        ("ij,kl->ii", "'i' stands twice in the result"),
        ("i,kl->k", "operand 0 of shape [2, 3] has 2 axes, and \"i\" names 1"),
        ("i1,kl->k", "\"i1\" has the sign '1', which names no axis"),
        ("abc...,kl->k", "operand 0 of shape [2, 3] has 2 axes, and \"abc...\" names 3"),
        ("...,...->...", "axis -2 of `...` has extent 2 in one place and 4 in another"),
    ];
    for (text, what) in wrong {
        let error = refused(&tape, || tape.try_einsum(text, &[a, b]));
        assert!(matches!(error, Error::Domain { op: "einsum", .. }), "{error}");
        assert!(error.to_string().starts_with(&format!("einsum: {what}")), "{error}");
    }
    assert!(matches!(refused(&tape, || tape.try_einsum("", &[])), Error::NoOperands { .. }));
    let other = Tape::<f64>::new();
    let stranger = other.leaf([1.0]);
    assert!(matches!(refused(&tape, || tape.try_einsum("i", &[stranger])), Error::OtherTape { .. }));
    assert!(matches!(
        refused(&tape, || tape.try_einsum("ij,i", &[a, stranger])),
        Error::DifferentTapes { .. }
    ));
}

#[test]
fn products_of_exact_ranks_refuse_others() {
    let tape = Tape::<f64>::new();
    let (v, w, m, n) =
        (leaf(&tape, &[3], 1), leaf(&tape, &[4], 2), leaf(&tape, &[2, 3], 3), leaf(&tape, &[2, 2, 3], 4));
    for error in [
        refused(&tape, || v.try_dot(m)),
        refused(&tape, || v.try_outer(m)),
        refused(&tape, || v.try_mv(v)),
        refused(&tape, || m.try_bmm(n)),
        refused(&tape, || v.try_addmm(v, m, 1.0, 1.0)),
        refused(&tape, || v.try_det()),
    ] {
        assert!(matches!(error, Error::Rank { .. }), "{error}");
    }
    let m_t = m.t();
    for error in [
        refused(&tape, || v.try_dot(w)),
        refused(&tape, || m.try_mv(w)),
        refused(&tape, || n.try_bmm(n)),
        refused(&tape, || v.try_addmm(m, m, 1.0, 1.0)),
    ] {
        assert!(matches!(error, Error::InnerDimensions { .. }), "{error}");
    }
    assert!(matches!(refused(&tape, || w.try_addmm(m, m_t, 1.0, 1.0)), Error::Expand { .. }));
    assert!(matches!(refused(&tape, || v.try_cross(w, 0)), Error::Broadcast { .. }));
    assert!(matches!(refused(&tape, || m.try_cross(m, 0)), Error::Domain { .. }));
    assert!(matches!(refused(&tape, || m.try_cross(m, 2)), Error::Axis { .. }));
    let other = Tape::<f64>::new();
    let stranger = other.leaf([1.0, 2.0, 3.0]);
    let two = stranger.slice(0, 0..2);
    for error in [
        refused(&tape, || v.try_kron(stranger)),
        refused(&tape, || v.try_outer(stranger)),
        refused(&tape, || v.try_cross(stranger, 0)),
        refused(&tape, || m.try_lstsq(two)),
    ] {
        assert!(matches!(error, Error::DifferentTapes { .. }), "{error}");
    }
}

#[test]
fn addmm_without_beta_does_not_read_what_it_adds_to() {
    let tape = Tape::<f64>::new();
    let (c, a, b) = (tape.leaf([f64::NAN]), tape.leaf([[1.0, 2.0]]), tape.leaf([[3.0], [4.0]]));
    let y = c.addmm(a, b, 0.0, 1.0);
    assert_eq!(y.to_vec(), [11.0]);
    y.sum().backward();
    assert_eq!(grad(c), Some(vec![0.0]));
}

#[test]
fn kron_is_blocks_and_cross_is_orthogonal() {
    let tape = Tape::<f64>::new();
    let (a, b) = (leaf(&tape, &[2, 3], 1), leaf(&tape, &[3, 2], 2));
    let y = a.kron(b);
    assert_eq!(y.shape().as_slice(), [6, 6]);
    let block = y.slice(0, 3..6).slice(1, 2..4);
    assert_eq!(block.to_vec(), (b * a.at([1, 1])).to_vec());
    assert_eq!(a.kron(tape.leaf(2.0)).to_vec(), (a * 2.0).to_vec());
    let (u, v) = (leaf(&tape, &[3, 4], 3), leaf(&tape, &[3, 1], 4));
    let w = u.cross(v, 0);
    assert_all_close("w u", &(w * u).sum_axes(0).to_vec(), &[0.0; 4], 1e-14);
    assert_all_close("w v", &(w * v).sum_axes(0).to_vec(), &[0.0; 4], 1e-14);
}

#[test]
fn nothing_has_products_too() {
    let tape = Tape::<f64>::new();
    let empty = tape.leaf((Vec::<f64>::new(), [0]));
    assert_eq!(empty.dot(empty).item(), 0.0);
    assert_eq!(empty.outer(leaf(&tape, &[3], 1)).shape().as_slice(), [0, 3]);
    assert_eq!(tape.einsum("i,j->j", &[empty, leaf(&tape, &[2], 1)]).to_vec(), [0.0, 0.0]);
    assert_eq!(empty.kron(leaf(&tape, &[2], 1)).shape().as_slice(), [0]);
    let columns = tape.leaf((Vec::<f64>::new(), [3, 0]));
    assert_eq!(columns.cross(columns, 0).shape().as_slice(), [3, 0]);
    let y = leaf(&tape, &[2], 1).addmm(columns.slice(0, 0..2), columns.slice(0, 0..2).t(), 2.0, 1.0);
    assert_eq!(y.shape().as_slice(), [2, 2]);
}
