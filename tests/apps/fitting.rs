//! Models fitted to data.

use ndarray::{Array1, Array2};
use wengert::Tape;
use wengert_tests::forms::numbers;
use wengert_tests::{assert_all_close, live};

/// Solves a small system by Gauss-Jordan elimination.
fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[[i, k]].abs().total_cmp(&a[[j, k]].abs())).unwrap();
        for j in 0..n {
            a.swap([k, j], [pivot, j]);
        }
        b.swap(k, pivot);
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[[i, k]] / a[[k, k]];
            for j in 0..n {
                a[[i, j]] -= factor * a[[k, j]];
            }
            b[i] -= factor * b[k];
        }
    }
    (0..n).map(|k| b[k] / a[[k, k]]).collect()
}

#[test]
fn linear_regression_finds_the_solution_of_the_normal_equations() {
    let x = Array2::from_shape_vec((40, 3), numbers(120, 0.0, 1.0, 1)).unwrap();
    let noise = Array1::from(numbers(40, 0.0, 0.1, 2));
    let t = x.dot(&Array1::from(vec![1.5, -2.0, 0.5])) + 0.7 + noise;

    let tape = Tape::<f64>::new();
    let (features, targets) = (tape.constant(&x), tape.constant(&t));
    let (w, bias) = (tape.leaf([0.0; 3]), tape.leaf(0.0));
    let before = live(&tape);
    for _ in 0..2000 {
        tape.scope(|| (features.matmul(w) + bias - targets).square().mean().backward());
        for parameter in [w, bias] {
            parameter.update(|w, grad| w.iter_mut().zip(grad).for_each(|(w, grad)| *w -= 0.3 * grad));
        }
        tape.zero_grad();
    }
    assert_eq!(live(&tape), before);

    let mut with_ones = Array2::ones((40, 4));
    with_ones.slice_mut(ndarray::s![.., ..3]).assign(&x);
    let exact = solve(with_ones.t().dot(&with_ones), with_ones.t().dot(&t));
    assert_all_close("weights and bias", &[w.to_vec(), vec![bias.item()]].concat(), &exact, 1e-10);
}

#[test]
fn logistic_regression_reaches_a_point_where_the_score_equations_hold() {
    let x = Array2::from_shape_vec((60, 2), numbers(120, 0.0, 2.0, 3)).unwrap();
    let noise = numbers(60, 0.0, 1.0, 4);
    let t: Vec<f64> =
        (0..60).map(|i| if 1.2 * x[[i, 0]] - 0.8 * x[[i, 1]] + noise[i] > 0.0 { 1.0 } else { 0.0 }).collect();

    let tape = Tape::<f64>::new();
    let (features, targets) = (tape.constant(&x), tape.constant(&t));
    let (w, bias) = (tape.leaf([0.0; 2]), tape.scalar(0.0));
    let mut bias_value = 0.0;
    let mut losses = Vec::new();
    for _ in 0..3000 {
        let (loss, bias_grad) = tape.scope(|| {
            let bias = tape.scalar(bias_value);
            let p = (features.matmul(w) + bias).sigmoid();
            let loss = -(targets * p.ln() + (1.0 - targets) * (1.0 - p).ln()).mean();
            loss.backward();
            (loss.item(), bias.grad().unwrap())
        });
        w.update_each(|w, grad| w - grad);
        bias_value -= bias_grad;
        tape.zero_grad();
        losses.push(loss);
    }
    assert!(
        bias.requires_grad() && losses.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12),
        "the loss falls"
    );
    // At the maximum of the likelihood sum (p - t) x = 0 and sum (p - t) = 0.
    let w = w.to_vec();
    let rest: Vec<f64> = (0..60)
        .map(|i| 1.0 / (1.0 + (-(x[[i, 0]] * w[0] + x[[i, 1]] * w[1] + bias_value)).exp()) - t[i])
        .collect();
    let scores = [0, 1].map(|k| (0..60).map(|i| rest[i] * x[[i, k]]).sum::<f64>());
    assert_all_close("scores", &[scores[0], scores[1], rest.iter().sum()], &[0.0; 3], 1e-6);
}
