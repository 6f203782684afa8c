//! Layers at their edges.

use super::*;

#[test]
fn gradients_of_pools_over_operands_of_any_form() {
    let pool = Pool { padding: [1, 0], stride: [2, 1], count_include_pad: false, ..Pool::new([3, 2]) };
    for form in Form::OF_SHAPE {
        let input = [Input::apart(&[2, 2, 4, 3], form, 5)];
        check("avg_pool2d", &input, &|_, x| x[0].avg_pool2d(&pool));
        if form != Form::Expanded {
            check("max_pool2d", &input, &|_, x| x[0].max_pool2d(&pool));
        }
    }
}

#[test]
fn norms_have_mean_zero_and_deviation_one() {
    let tape = Tape::<f64>::new();
    let dims = [3, 4, 5];
    for form in Form::OF_SHAPE {
        let values = forms::numbers(count(&form.base(&dims)), 2.0, 3.0, 8);
        let x = form.of(tape.leaf((values, form.base(&dims))), &dims);
        let (values, eps) = (x.value(), 1e-5);
        // Lane by lane: which elements go together.
        let check = |what: &str, y: Tensor<f64>, lane: &dyn Fn(&IxDyn) -> usize| {
            let mut lanes = vec![Vec::new(); 12];
            for (at, &x) in values.indexed_iter() {
                lanes[lane(&at)].push(x);
            }
            let want = ArrayD::from_shape_fn(IxDyn(&dims), |at| {
                let own = &lanes[lane(&at)];
                let mean = own.iter().sum::<f64>() / own.len() as f64;
                let var = own.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / own.len() as f64;
                (values[&at] - mean) / (var + eps).sqrt()
            });
            assert_all_close(format!("{what} {form:?}"), &y.to_vec(), want.as_slice().unwrap(), 1e-12);
        };
        check("batch_norm", x.batch_norm(None, None, None, eps), &|at| at[1]);
        check("layer_norm", x.layer_norm(5, None, None, eps), &|at| at[0] * 4 + at[1]);
        check("layer_norm", x.layer_norm([4, 5], None, None, eps), &|at| at[0]);
        check("group_norm", x.group_norm(2, None, None, eps), &|at| at[0] * 2 + at[1] / 2);
        check("instance_norm", x.instance_norm(None, None, eps), &|at| at[0] * 4 + at[1]);
        let rms = x.rms_norm(5, None, eps);
        let square = (x.square().mean_keepdims(-1) + eps).sqrt();
        assert_all_close("rms_norm", &rms.to_vec(), &(x / square).to_vec(), 1e-13);
    }
}

#[test]
fn statistics_of_a_batch_and_given_ones() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]]);
    let (mean, var) = x.batch_statistics();
    assert_all_close("mean", &mean.to_vec(), &[3.0, 30.0], 1e-15);
    assert_all_close("var", &var.to_vec(), &[7.0, 700.0], 1e-15);
    assert!(!mean.requires_grad() && !var.requires_grad());
    let (w, b) = (tape.leaf([2.0, 3.0]), tape.leaf([1.0, -1.0]));
    let y = x.batch_norm(Some(w), Some(b), Some((mean, var)), 0.0);
    let want: Vec<f64> = [[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]]
        .iter()
        .flat_map(|row| {
            [(row[0] - 3.0) / 7f64.sqrt() * 2.0 + 1.0, (row[1] - 30.0) / 700f64.sqrt() * 3.0 - 1.0]
        })
        .collect();
    assert_all_close("given", &y.to_vec(), &want, 1e-14);
    y.sum().backward();
    assert_eq!(grad(b), Some(vec![3.0, 3.0]));
}

#[test]
fn vectors_of_length_zero() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[0.0, 0.0], [3.0, 4.0]]);
    for p in [1.0, 2.0, 3.0, INF] {
        let y = x.normalize(p, 1, 1e-2);
        let grads = tape.grad(&[y.slice(0, 0..1).sum()], &[x]);
        assert_eq!(grads[0].to_vec(), [100.0, 100.0, 0.0, 0.0], "p = {p}");
    }
    let (a, b) = (tape.leaf([0.0, 0.0]), tape.leaf([1.0, 0.0]));
    let y = a.cosine_similarity(b, 0, 1e-8);
    assert_eq!((y.item(), y.rank()), (0.0, 0));
    y.backward();
    assert_all_close("a", &grad(a).unwrap(), &[1e8, 0.0], 1e-15);
    assert_eq!(grad(b), Some(vec![0.0, 0.0]));
    // Shapes broadcast: one vector against each row.
    let rows = tape.leaf([[1.0, 0.0], [0.0, 2.0]]);
    assert_eq!(rows.cosine_similarity(b, 1, 1e-8).to_vec(), [1.0, 0.0]);
}

#[test]
fn dropout_is_drawn_from_its_seed() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(vec![1.0; 10_000]);
    let y = x.dropout(0.25, 11);
    let kept = y.to_vec().iter().filter(|&&y| y != 0.0).count();
    assert!((kept as f64 - 7500.0).abs() < 200.0, "{kept} were kept");
    assert!(y.to_vec().iter().all(|&y| y == 0.0 || (y - 4.0 / 3.0).abs() < 1e-15));
    assert_eq!(y.to_vec(), x.dropout(0.25, 11).to_vec());
    assert_ne!(y.to_vec(), x.dropout(0.25, 12).to_vec());
    y.sum().backward();
    assert_eq!(grad(x), Some(y.to_vec()));
    let narrow = Tape::<f32>::new();
    let same = narrow.leaf(vec![1.0f32; 10_000]).dropout(0.25, 11);
    assert!(same.to_vec().iter().zip(y.to_vec()).all(|(a, b)| (*a == 0.0) == (b == 0.0)));
    // A stream of its own: what noise of the same seed is says nothing about what is dropped.
    let noise = tape.rand([10_000], 11).to_vec();
    let both = noise.iter().zip(y.to_vec()).filter(|(noise, y)| **noise < 0.25 && *y == 0.0).count();
    assert!((500..750).contains(&both), "{both} of some 625");
    assert_eq!(x.dropout(0.0, 1).to_vec(), x.to_vec());
    assert_eq!(x.dropout(1.0, 1).sum().item(), 0.0);
    assert_same("an infinity", &tape.leaf([INF]).dropout(1.0, 1).to_vec(), &[NAN]);
}

#[test]
fn attention_weighs_values_by_the_keys_that_take_part() {
    let tape = Tape::<f64>::new();
    let leaf = |dims: [usize; 3], seed| tape.leaf((forms::numbers(count(&dims), 0.0, 1.0, seed), dims));
    let (q, k, v) = (leaf([2, 3, 4], 1), leaf([2, 5, 4], 2), leaf([2, 5, 2], 3));
    let scores = q.matmul(k.t()) * 0.5;
    let plain = scores.softmax(-1).matmul(v);
    let of = |options: &Attention| q.scaled_dot_product_attention(k, v, options).to_vec();
    assert_all_close("plain", &of(&Attention::default()), &plain.to_vec(), 1e-14);
    let scaled = (q.matmul(k.t()) * 2.0).softmax(-1).matmul(v).to_vec();
    assert_all_close("scale", &of(&Attention { scale: Some(2.0), ..Default::default() }), &scaled, 1e-14);
    // A mask of truth values is one of 0 and -inf, and so is the causal one.
    let below = |i: usize, j: usize| j <= i;
    let added: Vec<f64> = (0..15).map(|n| if below(n / 5, n % 5) { 0.0 } else { -INF }).collect();
    let holds: Vec<bool> = (0..15).map(|n| below(n / 5, n % 5)).collect();
    let added = tape.constant((added, [3, 5]));
    let want = (scores + added).softmax(-1).matmul(v).to_vec();
    let causal = Attention { causal: true, ..Default::default() };
    assert_all_close("causal", &of(&causal), &want, 1e-14);
    let masked = |mask| Attention { mask: Some(mask), ..Default::default() };
    assert_all_close("added", &of(&masked(added.into())), &want, 1e-14);
    assert_all_close("where", &of(&masked(Mask::new(holds, [3, 5]).into())), &want, 1e-14);
    // A query without a key.
    let nothing = masked(Mask::from([[true; 5], [false; 5], [true; 5]]).into());
    let y = q.scaled_dot_product_attention(k, v, &nothing);
    assert_eq!(y.slice(1, 1..2).to_vec(), [0.0; 4]);
    y.sum().backward();
    assert!(grad(q).unwrap().iter().all(|g| g.is_finite()));
    assert!(grad(q).unwrap()[4..8].iter().all(|&g| g == 0.0));
    // Heads share keys.
    let heads = leaf([6, 3, 4], 5).reshape([2, 3, 3, 4]);
    let shared = heads.scaled_dot_product_attention(k.unsqueeze(1), v.unsqueeze(1), &Attention::default());
    assert_eq!(shared.shape().as_slice(), [2, 3, 3, 2]);
}
