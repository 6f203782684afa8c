//! The first programs that anyone writes, in both element types.

use approx::assert_relative_eq;
use wengert::{Error, Scalar, Tape};
use wengert_tests::{grad, live};

macro_rules! seeds {
    ($($float:ident)*) => {$(
        mod $float {
            use super::*;
            type T = $float;

            #[test]
            fn the_gradient_of_a_sum_of_squares_is_twice_the_input() {
                let tape = Tape::<T>::new();
                let x = tape.leaf([2.0, 3.0]);
                let y = (x * x + 2.0).sum();
                assert_eq!(y.item(), 17.0);
                y.backward();
                assert_eq!(grad(x), Some(vec![4.0, 6.0]));
            }

            #[test]
            fn a_cubic_has_slope_24_at_2_as_a_scalar_and_as_a_tensor() {
                let tape = Tape::<T>::new();
                let s = tape.scalar(2.0);
                let y = 2.0 * s.powi(3) + 1.0;
                y.backward();
                assert_eq!((y.value(), s.grad()), (17.0, Some(24.0)));

                let s = tape.scalar(2.0);
                (2.0 * (s * s * s) + 1.0).backward();
                assert_eq!(s.grad(), Some(24.0));

                let x = tape.leaf(2.0);
                let y = 2.0 * x.powi(3) + 1.0;
                y.backward();
                assert_eq!((y.item(), grad(x)), (17.0, Some(vec![24.0])));
            }

            #[test]
            fn a_vector_root_is_weighted_by_its_seed() {
                let rows: [([T; 3], [T; 3]); 4] = [
                    ([1.0, 1.0, 1.0], [2.0, 4.0, 6.0]),
                    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
                    ([1.0, 0.0, 0.0], [2.0, 0.0, 0.0]),
                    ([0.5, -2.0, 10.0], [1.0, -8.0, 60.0]),
                ];
                for (seed, want) in rows {
                    let tape = Tape::<T>::new();
                    let x = tape.leaf([1.0, 2.0, 3.0]);
                    (x * x).backward_with(seed);
                    assert_eq!(grad(x), Some(want.to_vec()), "seed {seed:?}");
                }
            }

            #[test]
            fn seeds_come_in_every_form_that_values_come_in() {
                let want = Some(vec![2.0 as T, 8.0, 18.0, 32.0]);
                let seed = ndarray::arr2(&[[1.0 as T, 2.0], [3.0, 4.0]]);
                let forms: [&dyn Fn(wengert::Tensor<T>); 5] = [
                    &|y| y.backward_with([[1.0, 2.0], [3.0, 4.0]]),
                    &|y| y.backward_with((vec![1.0, 2.0, 3.0, 4.0], [2, 2])),
                    &|y| y.backward_with(&seed),
                    &|y| y.backward_with(ndarray::arr2(&[[1.0 as T, 3.0], [2.0, 4.0]]).t()),
                    // A tensor of the same tape: the root of 1, 4, 9, 16.
                    &|y| y.backward_with(y.detach().sqrt()),
                ];
                for (i, backward) in forms.iter().enumerate() {
                    let tape = Tape::<T>::new();
                    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
                    backward(x * x);
                    assert_eq!(grad(x), want, "form {i}");
                }
            }

            #[test]
            fn the_mean_of_three_times_a_square_is_50_and_prints_so() {
                let tape = Tape::<T>::new();
                let x = tape.leaf([1.0, 2.0, 3.0]);
                let z = ((x + 2.0).square() * 3.0).mean();
                assert_eq!(z.item(), 50.0);
                assert_eq!(z.to_string(), "tensor(50.0, grad_fn=<mean>)");
                z.backward();
                assert_eq!(grad(x), Some(vec![6.0, 8.0, 10.0]));
            }

            #[test]
            fn the_same_at_normal_numbers_has_gradient_2_x_plus_4() {
                let tape = Tape::<T>::new();
                let x = tape.leaf(tape.randn(3, 11));
                (3.0 * (x + 2.0) * (x + 2.0)).mean().backward();
                for (got, x) in grad(x).unwrap().into_iter().zip(x.to_vec()) {
                    assert_relative_eq!(got, 2.0 * (x + 2.0), max_relative = 4.0 * T::EPSILON);
                }
            }

            /// The loss is mean((w x - t)^2) = 14 (w - 2)^2 / 3, so a step takes w - 2 to (w - 2) (1 - 2.8 / 3).
            #[test]
            fn ten_epochs_of_descent_follow_the_closed_form() {
                let tape = Tape::<T>::new();
                let (x, t) = (tape.constant([1.0, 2.0, 3.0]), tape.constant([2.0, 4.0, 6.0]));
                let w = tape.leaf(0.0);
                let before = live(&tape);
                let mut error = -2.0 as T;
                for epoch in 0..10 {
                    let loss = tape.scope(|| {
                        let loss = (w * x - t).square().mean();
                        loss.backward();
                        loss.item()
                    });
                    let close = |got: T, want: T| (got - want).abs() <= 20.0 * T::EPSILON * want.abs().max(1.0);
                    assert!(close(loss, 14.0 * error * error / 3.0), "epoch {epoch}: loss {loss}");
                    w.update(|w, grad| w[0] -= 0.1 * grad[0]);
                    w.zero_grad();
                    error *= 1.0 - 2.8 / 3.0;
                    assert!(close(w.item(), 2.0 + error), "epoch {epoch}: w {}", w.item());
                }
                assert_eq!(live(&tape), before);
                assert!((w.item() - 2.0).abs() < 1e-11 + 10.0 * T::EPSILON);
            }

            #[test]
            fn what_is_computed_under_no_grad_is_passive() {
                let tape = Tape::<T>::new();
                let x = tape.leaf([2.0]);
                let y = tape.no_grad(|| x * x);
                assert_eq!((y.to_vec(), y.requires_grad(), y.is_leaf(), y.grad_fn()), (vec![4.0], false, true, None));
                let s = tape.scalar(2.0);
                let t = tape.no_grad(|| s * s);
                assert_eq!((t.value(), t.requires_grad(), t.is_leaf()), (4.0, false, true));
                // Outside it, recording goes on: d(x * 4) = 4.
                (x * y).sum().backward();
                assert_eq!(grad(x), Some(vec![4.0]));
            }

            #[test]
            fn detach_cuts_the_path_and_keeps_the_value() {
                let tape = Tape::<T>::new();
                let (x, s) = (tape.leaf([3.0]), tape.scalar(3.0));
                let d = x.detach();
                assert_eq!((d.to_vec(), d.requires_grad()), (vec![3.0], false));
                (x * d).sum().backward();
                (s * s.detach()).backward();
                assert_eq!((grad(x), s.grad()), (Some(vec![3.0]), Some(3.0)));
                assert!(!s.detach().requires_grad());
            }

            #[test]
            fn requires_grad_follows_the_leaves() {
                let tape = Tape::<T>::new();
                let (x, c) = (tape.leaf([1.0]), tape.constant([1.0]));
                assert_eq!([x, c, x + c, c + c, x.t(), c.t()].map(|x| x.requires_grad()), [true, false, true, false, true, false]);
                assert_eq!([x, c, x + c, c + c, x.t(), c.t()].map(|x| x.is_leaf()), [true, true, false, true, false, true]);
                assert_eq!([x, c, x + c, c + c, x.t(), c.t()].map(|x| x.grad_fn()), [None, None, Some("add"), None, Some("view"), None]);
                let (s, p) = (tape.scalar(1.0), Scalar::<T>::from(1.0));
                assert_eq!([s, p, s + p, p + p].map(|x| x.requires_grad()), [true, false, true, false]);
                assert_eq!([s, p, s + p, p + p].map(|x| x.is_leaf()), [true, true, false, true]);
            }

            #[test]
            fn gradients_accumulate_until_they_are_zeroed() {
                let tape = Tape::<T>::new();
                let x = tape.leaf([1.0, 2.0]);
                assert_eq!(grad(x), None);
                let y = (x * x).sum();
                y.backward();
                y.backward();
                assert_eq!(grad(x), Some(vec![4.0, 8.0]));
                x.zero_grad();
                assert_eq!(grad(x), Some(vec![0.0, 0.0]));
                y.backward();
                assert_eq!(grad(x), Some(vec![2.0, 4.0]));
                tape.zero_grad();
                assert_eq!(grad(x), None);
            }

            #[test]
            fn a_vector_without_a_seed_is_refused() {
                let tape = Tape::<T>::new();
                let x = tape.leaf([1.0, 2.0, 3.0]);
                let error = (x * x).try_backward().unwrap_err();
                assert!(matches!(&error, Error::NonScalarRoot { op: "backward", shape, .. } if shape.0 == [3]), "{error}");
                assert_eq!(grad(x), None);
            }
        }
    )*};
}
seeds!(f32 f64);
