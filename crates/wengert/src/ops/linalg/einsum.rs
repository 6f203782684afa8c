//! Sums of products, said by letters.

use super::Matmul;
use super::check::together;
use super::equation::{Equation, Letter, Letters};
use crate::error::{At, Error, Kind, Result};
use crate::ops::arithmetic::mul;
use crate::ops::positions::named;
use crate::ops::reduce::Sum;
use crate::ops::table::rows;
use crate::rule::pointwise::RuleOf;
use crate::shape::{Dims, Layout, Strides, View, element_count};
use crate::tape::Element;
use crate::tape::pointwise::pointwise;
use crate::tape::structural::structural;
use crate::tensor::Tensor;
use crate::twins::tape_methods;

const OP: &str = "einsum";

tape_methods! {
    /// The sum of products that a text of letters says, one letter an axis: `"ij,jk->ik"` is the product of matrices.
    ///
    /// Axes of one letter run together; letters that the result lacks are summed over. A letter that stands twice in
    /// one operand is a diagonal. `...` are the axes before, between or after, which broadcast. Without `->` the
    /// result has the axes of the ellipsis, then the letters that stand once, in alphabetical order. Blanks do not
    /// count.
    ///
    /// It is made of views, sums and products of matrices, pair by pair from the left; a letter that nothing else
    /// needs is summed over at once. PyTorch: `torch.einsum`.
    ///
    /// # Errors
    /// A sign that is no letter, another number of operands or axes than the text names, extents that differ and are
    /// not 1, a diagonal of axes whose extents differ, or a letter of the result that stands twice or in no operand.
    ///
    /// ```
    /// use wengert::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (a, x) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([1.0, 10.0]));
    /// assert_eq!(tape.einsum("ij,j->i", &[a, x]).to_vec(), [21.0, 43.0]);
    /// assert_eq!(tape.einsum("ii", &[a]).item(), 5.0);
    /// ```
    einsum(tape, at, equation: &str, operands: &[Tensor<T>]) -> Tensor<T> {
        if operands.is_empty() {
            return Err(Error::NoOperands { op: OP, at });
        }
        let shapes = operands.iter().map(|x| x.dims_for(OP, at)).collect::<Result<Vec<_>>>()?;
        if !tape.core().contains(operands[0].word()) {
            return Err(tape.core().refuse(OP, Kind::Tensor, operands[0].word(), at));
        }
        together(OP, operands, at)?;
        let equation = Equation::read(equation, &shapes)
            .map_err(|(what, help)| Error::Domain { op: OP, what, help, at })?;
        contract(operands, &equation, at)
    }
}

/// An operand, or what was made of some, and the letters of its axes.
struct Term<T: Element> {
    x: Tensor<T>,
    letters: Letters,
}

/// The sum of products.
fn contract<T: Element>(operands: &[Tensor<T>], equation: &Equation, at: At) -> Result<Tensor<T>> {
    let needed = |letter: &Letter, from: usize| {
        equation.output.contains(letter) || equation.operands[from..].iter().any(|own| own.contains(letter))
    };
    let mut made: Option<Term<T>> = None;
    for (index, (&x, letters)) in operands.iter().zip(&equation.operands).enumerate() {
        let term = Term { x, letters: letters.clone() }.diagonals(equation, at)?;
        let before = made.as_ref().map(|made| made.letters.clone()).unwrap_or_default();
        let term = term.summed(|letter| needed(letter, index + 1) || before.contains(letter), at)?;
        made = Some(match made {
            None => term,
            Some(made) => made.times(term, equation, |letter| needed(letter, index + 1), at)?,
        });
    }
    let made = made.expect("there is an operand");
    // A transpose or a diagonal is a view of its operand, as in PyTorch; whatever was computed is a result.
    let is_view = operands.len() == 1 && equation.operands[0].iter().all(|own| equation.output.contains(own));
    let made = made.in_order(&equation.output, at)?;
    if is_view { Ok(made) } else { made.own::<Einsum>(at) }
}

named! {
    /// The sum of products, in the order of the result.
    Einsum "einsum";
}

impl<T: Element> Term<T> {
    /// One axis a letter, of its whole extent: a diagonal where a letter stands twice, repeated where the extent is 1.
    fn diagonals(self, equation: &Equation, at: At) -> Result<Term<T>> {
        let mut letters = Letters::new();
        let (mut dims, mut strides) = (Dims::new(), Strides::new());
        let x = self.x.seen(OP, at, |view| {
            for (axis, &letter) in self.letters.iter().enumerate() {
                let extent = equation.extent(letter);
                let own = view.layout.dims[axis];
                let stride = if own == 1 && extent != 1 { 0 } else { view.layout.strides[axis] };
                match letters.iter().position(|&known| known == letter) {
                    Some(known) => strides[known] += stride,
                    None => {
                        letters.push(letter);
                        dims.push(extent);
                        strides.push(stride);
                    }
                }
            }
            Ok(View { offset: view.offset, layout: Layout::new(dims, strides) })
        })?;
        Ok(Term { x, letters })
    }

    /// Summed over the letters that are not kept.
    fn summed(self, keep: impl Fn(&Letter) -> bool, at: At) -> Result<Term<T>> {
        let gone = (0..self.letters.len()).filter(|&axis| !keep(&self.letters[axis]));
        let payload: Dims = std::iter::once(0).chain(gone).collect();
        if payload.len() == 1 {
            return Ok(self);
        }
        let x = structural::<Sum, T>(&[self.x.into()], &payload, at)?;
        Ok(Term { x, letters: self.letters.into_iter().filter(keep).collect() })
    }

    /// The axes in the order of `letters`, which are its own, with runs of them taken together.
    fn grouped(&self, groups: &[&Letters], dims: &[usize], at: At) -> Result<Tensor<T>> {
        let order: Letters = groups.iter().flat_map(|group| group.iter().copied()).collect();
        self.in_order(&order, at)?.reshaped_to(dims, at)
    }

    fn in_order(&self, letters: &Letters, at: At) -> Result<Tensor<T>> {
        let axis = |letter| self.letters.iter().position(|own| own == letter).expect("the letter is its own");
        let order: Dims = letters.iter().map(axis).collect();
        // As it lies: a view would have to be copied at the end.
        if order.iter().enumerate().all(|(place, &axis)| place == axis) {
            return Ok(self.x);
        }
        self.x.seen(OP, at, |view| Ok(view.permute(&order)))
    }

    /// The product with another, summed over the letters that both have and nothing else needs.
    fn times(
        self,
        other: Term<T>,
        equation: &Equation,
        needed: impl Fn(&Letter) -> bool,
        at: At,
    ) -> Result<Term<T>> {
        let of = |letters: &Letters, test: &dyn Fn(&Letter) -> bool| -> Letters {
            letters.iter().copied().filter(|letter| test(letter)).collect()
        };
        let shared = |letter: &Letter| other.letters.contains(letter);
        let batch = of(&self.letters, &|letter| shared(letter) && needed(letter));
        let inner = of(&self.letters, &|letter| shared(letter) && !needed(letter));
        let left = of(&self.letters, &|letter| !shared(letter));
        let right = of(&other.letters, &|letter| !self.letters.contains(letter));
        let extents =
            |letters: &Letters| -> Dims { letters.iter().map(|&letter| equation.extent(letter)).collect() };
        let letters: Letters = batch.iter().chain(&left).chain(&right).copied().collect();
        if inner.is_empty() {
            // Nothing is summed: a product of elements.
            let ordered: Letters = batch.iter().chain(&left).copied().collect();
            let a = self.in_order(&ordered, at)?.seen(OP, at, |view| {
                Ok(right.iter().fold(view, |view, _| view.unsqueeze(view.layout.rank())))
            })?;
            let ordered: Letters = batch.iter().chain(&right).copied().collect();
            let b = other
                .in_order(&ordered, at)?
                .seen(OP, at, |view| Ok(left.iter().fold(view, |view, _| view.unsqueeze(batch.len()))))?;
            let x = pointwise(RuleOf::<mul, T>::BINARY, [a.into(), b.into()], at)?;
            return Ok(Term { x, letters });
        }
        let [m, k, n] = [&left, &inner, &right].map(|letters| element_count(&extents(letters)));
        let count = element_count(&extents(&batch));
        let (mut a_dims, mut b_dims) = (Dims::from_slice(&[count, m, k]), Dims::from_slice(&[count, k, n]));
        if batch.is_empty() {
            a_dims.remove(0);
            b_dims.remove(0);
        }
        let a = self.grouped(&[&batch, &left, &inner], &a_dims, at)?;
        let b = other.grouped(&[&batch, &inner, &right], &b_dims, at)?;
        let product = structural::<Matmul, T>(&[a.into(), b.into()], &[], at)?;
        let dims = extents(&letters);
        let x = if product.dims_for(OP, at)? == dims { product } else { product.reshaped_to(&dims, at)? };
        Ok(Term { x, letters })
    }
}

rows! {
    "einsum" [[2, 3], [3, 2]] => |tape, x| tape.einsum("ij,jk->ik", x);
    "einsum" [[2, 3], [2, 3]] => |tape, x| tape.einsum("ij,ij->i", x);
    "einsum" [[3, 3], [3]] => |tape, x| tape.einsum("ii,j->j", x);
    "einsum" [[2, 2, 3], [3, 2], [2, 2]] => |tape, x| tape.einsum("bij,jk,ki", x);
    "einsum" [[2, 1, 2, 3], [3, 3, 2]] => |tape, x| tape.einsum("...ij,...jk->...ik", x);
}
