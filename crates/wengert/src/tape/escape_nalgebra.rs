//! What nalgebra makes of numbers leaves a scope as its numbers do.

use nalgebra::allocator::Allocator;
use nalgebra::{
    AbstractRotation, Complex, DefaultAllocator, Dim, DimName, Isometry, OMatrix, OPoint, Quaternion,
    Rotation, Scalar, SimdRealField, Translation, Unit,
};

use super::escape::{Escape, Exit};

/// Each element leaves as it would alone.
impl<A, R, C> Escape for OMatrix<A, R, C>
where
    A: Escape + Scalar,
    R: Dim,
    C: Dim,
    DefaultAllocator: Allocator<R, C>,
{
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        if A::IS_PLAIN { self } else { self.map(|element| element.escape(exit)) }
    }
}

impl<A: Escape> Escape for Complex<A> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Complex { re: self.re.escape(exit), im: self.im.escape(exit) }
    }
}

impl<A: Escape + Scalar, D: DimName> Escape for OPoint<A, D>
where
    DefaultAllocator: Allocator<D>,
{
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        OPoint { coords: self.coords.escape(exit) }
    }
}

impl<A: Escape + Scalar, const D: usize> Escape for Translation<A, D> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Translation { vector: self.vector.escape(exit) }
    }
}

impl<A: Escape + Scalar> Escape for Quaternion<A> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Quaternion { coords: self.coords.escape(exit) }
    }
}

/// Unit vectors, quaternions and complex numbers.
impl<V: Escape> Escape for Unit<V> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Unit::new_unchecked(self.into_inner().escape(exit))
    }
}

impl<A: Escape + Scalar, const D: usize> Escape for Rotation<A, D> {
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Rotation::from_matrix_unchecked(self.into_inner().escape(exit))
    }
}

impl<A, R, const D: usize> Escape for Isometry<A, R, D>
where
    A: Escape + SimdRealField,
    A::Element: SimdRealField,
    R: Escape + AbstractRotation<A, D>,
{
    fn escape(self, exit: &mut Exit<'_>) -> Self {
        Isometry::from_parts(self.translation.escape(exit), self.rotation.escape(exit))
    }
}
