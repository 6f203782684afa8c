//! What a program computes with: tensors and scalars, asked in the same words.

use ndarray::{ArrayD, IxDyn};
use num_traits::NumCast;
use wengert::{Element, Escape, Exit, Operand, Result, Scalar, Tensor};

/// A handle of either kind.
#[derive(Clone, Copy)]
pub enum Value<T: Element> {
    Tensor(Tensor<T>),
    Scalar(Scalar<T>),
}
use Value::{Scalar as One, Tensor as Many};

/// A number as an element of the type at hand.
pub fn element<T: Element>(number: f64) -> T {
    <T as NumCast>::from(number).expect("every element type takes numbers")
}

/// Elements as numbers that any type is compared in.
pub fn numbers<'a, T: Element>(elements: impl IntoIterator<Item = &'a T>) -> Vec<f64> {
    elements.into_iter().map(|element| element.to_f64().expect("a floating-point number")).collect()
}

/// Numbers as an array of the type at hand.
pub fn array<T: Element>(dims: &[usize], numbers: &[f64]) -> ArrayD<T> {
    let elements = numbers.iter().map(|&number| element(number)).collect();
    ArrayD::from_shape_vec(IxDyn(dims), elements).expect("as many numbers as the shape has")
}

impl<T: Element> Value<T> {
    pub fn numbers(self) -> Vec<f64> {
        match self {
            Many(x) => numbers(&x.to_vec()),
            One(x) => numbers(&[x.value()]),
        }
    }

    pub fn dims(self) -> Vec<usize> {
        match self {
            Many(x) => x.shape().to_vec(),
            One(_) => Vec::new(),
        }
    }

    pub fn len(self) -> usize {
        self.dims().iter().product()
    }

    /// An array of the value's shape.
    pub fn array(self, numbers: &[f64]) -> ArrayD<T> {
        array(&self.dims(), numbers)
    }

    pub fn is_tensor(self) -> bool {
        matches!(self, Many(_))
    }

    pub fn is_active(self) -> bool {
        match self {
            Many(x) => x.requires_grad(),
            One(x) => x.requires_grad(),
        }
    }

    pub fn is_leaf(self) -> bool {
        self.is_active()
            && match self {
                Many(x) => x.is_leaf(),
                One(x) => x.is_leaf(),
            }
    }

    /// Whether it looks at the slots of another: no derivative by it can be asked for.
    pub fn is_view(self) -> bool {
        self.grad_fn() == Some("view")
    }

    pub fn grad_fn(self) -> Option<&'static str> {
        match self {
            Many(x) => x.grad_fn(),
            One(x) => x.grad_fn(),
        }
    }

    /// Whether both are handles of the same value.
    pub fn is_same(self, other: Value<T>) -> bool {
        match (self, other) {
            (Many(a), Many(b)) => a == b,
            (One(a), One(b)) => a.requires_grad() && b.requires_grad() && a.index() == b.index(),
            _ => false,
        }
    }

    pub fn operand(self) -> Operand<T> {
        match self {
            Many(x) => x.into(),
            One(x) => x.into(),
        }
    }

    #[track_caller]
    pub fn tensor(self) -> Tensor<T> {
        match self {
            Many(x) => x,
            One(_) => panic!("a tensor was drawn"),
        }
    }

    #[track_caller]
    pub fn scalar(self) -> Scalar<T> {
        match self {
            One(x) => x,
            Many(_) => panic!("a scalar was drawn"),
        }
    }

    pub fn grad(self) -> Option<Vec<f64>> {
        match self {
            Many(x) => x.grad().map(|grad| numbers(&grad)),
            One(x) => x.grad().map(|grad| numbers(&[grad])),
        }
    }

    /// Backward with a seed, or without one from a single number.
    pub fn backward(self, seed: Option<&[f64]>) -> Result<()> {
        match (self, seed) {
            (Many(x), None) => x.try_backward(),
            (One(x), None) => x.try_backward(),
            (Many(x), Some(seed)) => x.try_backward_with(self.array(seed)),
            (One(x), Some(seed)) => x.try_backward_with(array::<T>(&[], seed)),
        }
    }

    pub fn retain_grad(self) -> Result<()> {
        match self {
            Many(x) => x.try_retain_grad(),
            One(x) => x.try_retain_grad(),
        }
    }

    pub fn zero_grad(self) {
        match self {
            Many(x) => x.zero_grad(),
            One(x) => x.zero_grad(),
        }
    }

    pub fn clear_grad(self) {
        match self {
            Many(x) => x.clear_grad(),
            One(x) => x.clear_grad(),
        }
    }
}

impl<T: Element> Escape for Value<T> {
    fn escape(self, exit: &mut Exit<'_>) -> Value<T> {
        match self {
            Many(x) => Many(x.escape(exit)),
            One(x) => One(x.escape(exit)),
        }
    }
}
