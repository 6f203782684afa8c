//! What a tensor prints: PyTorch's text, whose trailing zeros go.

use wengert::{Element, Tape, Tensor};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

#[track_caller]
fn prints<T: Element>(x: Tensor<T>, text: &str) {
    let printed = x.to_string();
    assert!(printed == text, "printed\n{printed}\nand not\n{text}");
}

fn count(tape: &Tape<f64>, shape: &[usize]) -> Tensor<f64> {
    let numbers: Vec<f64> = (0..shape.iter().product()).map(|i| i as f64).collect();
    tape.constant((numbers, shape.to_vec()))
}

#[test]
fn one_form_for_all_numbers() {
    let rows: [(&[f64], &str); 21] = [
        (&[3.0, 4.0, 5.0], "tensor([3.0, 4.0, 5.0])"),
        (&[1.5, -200.25, 3.0], "tensor([   1.50, -200.25,    3.00])"),
        (&[0.7128, 0.8583, -2.4362], "tensor([ 0.7128,  0.8583, -2.4362])"),
        (&[0.0, -0.0], "tensor([ 0.0, -0.0])"),
        // What four decimals do not show is not shown.
        (&[1.99999999], "tensor([2.0])"),
        (&[1.0 / 3.0, 0.5], "tensor([0.3333, 0.5000])"),
        (&[999.99999, 1.0], "tensor([1000.0,    1.0])"),
        // Scientific from a ratio above 1000, ..
        (&[1.0, 1000.0], "tensor([   1.0, 1000.0])"),
        (&[1.0, 1001.0], "tensor([1.000e+00, 1.001e+03])"),
        (&[0.5, -501.0, 0.0], "tensor([ 5.00e-01, -5.01e+02,  0.00e+00])"),
        // .. of what is above 1e8, ..
        (&[1e8, 1e6], "tensor([100000000.0,   1000000.0])"),
        (&[2e8], "tensor([2.0e+08])"),
        (&[9.99996e9], "tensor([1.0e+10])"),
        // .. or below 1e-4.
        (&[1e-4, 0.05], "tensor([0.0001, 0.0500])"),
        (&[1e-5], "tensor([1.0e-05])"),
        (&[9.999e-5, 0.05], "tensor([9.999e-05, 5.000e-02])"),
        (&[f64::MIN_POSITIVE, f64::MAX], "tensor([2.2251e-308, 1.7977e+308])"),
        (&[5e-324, 1.0], "tensor([4.9407e-324,  1.0000e+00])"),
        // Neither NaN nor infinity has a say in it.
        (&[NAN, 1.0, INF], "tensor([nan, 1.0, inf])"),
        (&[-NAN, 1.25e-9, -INF], "tensor([     nan, 1.25e-09,     -inf])"),
        (&[NAN, INF, -INF], "tensor([ nan,  inf, -inf])"),
    ];
    let tape = Tape::<f64>::new();
    for (numbers, text) in rows {
        prints(tape.constant(numbers.to_vec()), text);
    }
}

#[test]
fn both_element_types_print_alike() {
    let tape = Tape::<f32>::new();
    prints(tape.constant([0.1, 2.25]), "tensor([0.10, 2.25])");
    prints(tape.constant([[1.0, f32::NAN], [-2.0, 1.5]]), "tensor([[ 1.0,  nan],\n        [-2.0,  1.5]])");
    prints(tape.constant([f32::MAX, 16_777_216.0]), "tensor([3.4028e+38, 1.6777e+07])");
    // The `f32` next to 1e-4 is below it, and scientific in PyTorch too.
    prints(tape.constant([1e-4]), "tensor([1.0e-04])");
    prints(tape.leaf(7.0), "tensor(7.0, requires_grad=True)");
}

#[test]
fn rank_0_is_a_number_without_brackets() {
    let tape = Tape::<f64>::new();
    for (number, text) in [(50.0, "50.0"), (-1.5, "-1.5"), (NAN, "nan"), (-INF, "-inf"), (1e-7, "1.0e-07")] {
        prints(tape.constant(number), &format!("tensor({text})"));
    }
}

#[test]
fn columns_of_matrices_stand_under_each_other() {
    let tape = Tape::<f64>::new();
    let x = tape.constant([[1.5, -200.25], [3.0, 4.0]]);
    prints(x, "tensor([[   1.50, -200.25],\n        [   3.00,    4.00]])");
    prints(x.t(), "tensor([[   1.50,    3.00],\n        [-200.25,    4.00]])");
    prints(x.flip(1).index_axis(0, 0), "tensor([-200.25,    1.50])");
    prints(x.slice(0, 1..), "tensor([[3.0, 4.0]])");
    let cube = "tensor([[[0.0, 1.0],\n         [2.0, 3.0]],\n\n        [[4.0, 5.0],\n         [6.0, 7.0]]])";
    prints(count(&tape, &[2, 2, 2]), cube);
    prints(count(&tape, &[2, 1, 1, 1]), "tensor([[[[0.0]]],\n\n\n        [[[1.0]]]])");
    // No rank is too deep.
    let deep = tape.constant(2.0).reshape(vec![1; 5000]).to_string();
    assert_eq!(deep, format!("tensor({}2.0{})", "[".repeat(5000), "]".repeat(5000)));
}

#[test]
fn lines_have_eighty_columns() {
    let tape = Tape::<f64>::new();
    let vector = "\
tensor([ 0.0,  1.0,  2.0,  3.0,  4.0,  5.0,  6.0,  7.0,  8.0,  9.0, 10.0, 11.0,
        12.0, 13.0])";
    prints(count(&tape, &[14]), vector);
    let cube = "\
tensor([[[ 0.0,  1.0,  2.0,  3.0,  4.0,  5.0,  6.0,  7.0,  8.0,  9.0, 10.0,
          11.0],
         [12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0,
          23.0]]])";
    prints(count(&tape, &[1, 2, 12]), cube);
    // Where there is no room for one number, there is one on a line.
    let deep = tape.constant([1.0, 2.0]).reshape([vec![1; 80], vec![2]].concat()).to_string();
    assert!(deep.contains(&format!("[1.0,\n{}2.0]", " ".repeat("tensor(".len() + 81))), "{deep}");
}

#[test]
fn suffixes_stand_behind_or_on_a_line_of_their_own() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2.0, 1.0]);
    prints(x, "tensor([2.0, 1.0], requires_grad=True)");
    prints(x * 2.0, "tensor([4.0, 2.0], grad_fn=<mul>)");
    prints(x.unsqueeze(1), "tensor([[2.0],\n        [1.0]], grad_fn=<view>)");
    let row = |number: &str, count: usize| vec![number; count].join(", ");
    // A line has 79 columns, with the bracket that closes it.
    let x = tape.leaf(vec![0.5; 11]);
    let full = format!("tensor([{}], grad_fn=<relu>)", row("0.5", 11));
    assert_eq!(full.len(), 79);
    prints(x.relu(), &full);
    prints(x.floor(), &format!("tensor([{}],\n       grad_fn=<floor>)", row("0.0", 11)));
    // It is the last line that has to have room.
    let two_lines = format!("tensor([{},\n        {}], requires_grad=True)", row("0.5", 14), row("0.5", 2));
    prints(tape.leaf(vec![0.5; 16]), &two_lines);
}

#[test]
fn the_large_are_summarised_and_their_form_is_that_of_what_is_shown() {
    let tape = Tape::<f64>::new();
    assert!(!count(&tape, &[1000]).to_string().contains("..."));
    prints(count(&tape, &[1001]), "tensor([   0.0,    1.0,    2.0,  ...,  998.0,  999.0, 1000.0])");
    let mut numbers = vec![1.0; 2000];
    numbers[5] = -0.12345;
    numbers[1000] = 1e9;
    prints(tape.constant(numbers), "tensor([1.0, 1.0, 1.0,  ..., 1.0, 1.0, 1.0])");
    let matrix = "\
tensor([[  0.0,   1.0,   2.0,  ...,  97.0,  98.0,  99.0],
        [100.0, 101.0, 102.0,  ..., 197.0, 198.0, 199.0],
        [200.0, 201.0, 202.0,  ..., 297.0, 298.0, 299.0],
        ...,
        [800.0, 801.0, 802.0,  ..., 897.0, 898.0, 899.0],
        [900.0, 901.0, 902.0,  ..., 997.0, 998.0, 999.0],
        [500.0, 501.0, 502.0,  ..., 597.0, 598.0, 599.0]], requires_grad=True)";
    let order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5];
    let rows: Vec<f64> =
        order.iter().flat_map(|row| (0..100).map(move |i| f64::from(row * 100 + i))).collect();
    prints(tape.leaf((rows, [11, 100])), matrix);
    // An axis of six is shown.
    let six = count(&tape, &[6, 200]).index_axis(1, 0).unsqueeze(1).expand([6, 200]).to_string();
    assert!(six.lines().count() == 6 && six.matches("...").count() == 6, "{six}");
}

#[test]
fn only_what_is_shown_is_read() {
    let tape = Tape::<f64>::new();
    let one = tape.leaf(1.0);
    let row = "[1.0, 1.0, 1.0,  ..., 1.0, 1.0, 1.0]";
    prints(one.expand([1usize << 45]), &format!("tensor({row}, grad_fn=<view>)"));
    let three = [row; 3].join(",\n        ");
    let text = format!("tensor([{three},\n        ...,\n        {three}], grad_fn=<view>)");
    prints(one.expand([1usize << 20, 1 << 25]), &text);
    // As many elements by 45 axes, none of which is cut by itself: the outer ones show their first.
    let many = one.expand([2; 45]).to_string();
    assert_eq!(many.matches("1.0").count(), 1 << 16);
    assert!(many.ends_with(&format!(",{}        ...], grad_fn=<view>)", "\n".repeat(44))));
}

#[test]
fn the_empty_show_their_size() {
    let tape = Tape::<f64>::new();
    prints(tape.constant([0.0; 0]), "tensor([])");
    prints(tape.leaf([0.0; 0]), "tensor([], requires_grad=True)");
    prints(tape.zeros([2, 0]), "tensor([], size=(2, 0))");
    prints(tape.leaf(tape.zeros([0, 3, 4])) * 2.0, "tensor([], size=(0, 3, 4), grad_fn=<mul>)");
    // With a size that no memory has.
    let text = format!("tensor([], size=(0, {}))", 1usize << 45);
    prints(tape.zeros([0, 1]).expand([0, 1usize << 45]), &text);
}
