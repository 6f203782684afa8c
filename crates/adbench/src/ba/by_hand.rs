//! The Jacobian by hand.
//!
//! Let `d = X - C`, `y = R d`, `p = (y0, y1)/y2`, `s = |p|^2`, `L = 1 + k0 s + k1 s^2`, `m = L p`, `e = w (f m + u0 - u)`.
//!
//! **From the picture to the camera's frame.** With `L' = dL/ds = k0 + 2 k1 s`: `dm = L dp + 2 L' (p.dp) p`, and
//! `dp = (dy01 - p dy2) / y2`. So row `i` of `de/dy` is `w f / y2` times
//!
//! ```text
//! g = (t0, t1, -p.t),   t = L e_i + 2 L' p_i p
//! ```
//!
//! **Through the rotation.** Write `a = sin|r|/|r|`, `b = (1 - cos|r|)/|r|^2`, so that `y = cos|r| d + a (r x d) + b (r.d) r`. As
//! `R` transposed is the rotation by `-r`,
//!
//! ```text
//! de/dX = g R = cos|r| g + a (g x r) + b (g.r) r,    de/dC = -de/dX
//! ```
//!
//! The three coefficients depend on `r` through `|r|`, and `d|r|/dr = r/|r|` gives
//!
//! ```text
//! d cos|r| = -a r,    da = (cos|r| - a)/|r|^2 r,    db = (a - 2 b)/|r|^2 r
//! ```
//!
//! so that with `g.(e x d) = e.(d x g)`
//!
//! ```text
//! de/dr = [ -a (g.d) + (cos|r| - a)/|r|^2 (d x g).r + (a - 2 b)/|r|^2 (r.d)(g.r) ] r
//!         + a (d x g) + b ( (r.d) g + (g.r) d )
//! ```
//!
//! **The rest is linear.** `de/df = w m`, `de/du0 = w`, `de/dk0 = w f s p`, `de/dk1 = w f s^2 p`, `de/dw = e / w` (computed without
//! the division), and `d(1 - w^2)/dw = -2 w`.

use super::{BLOCK, Bundle, Jacobian, cross, dot, weight_error};

/// Computes errors and derivatives by hand, into memory that is reused.
pub struct ByHand {
    jacobian: Jacobian,
}

impl ByHand {
    /// Room for a bundle's derivatives.
    pub fn new(bundle: &Bundle) -> ByHand {
        ByHand { jacobian: Jacobian::new(bundle) }
    }

    /// The errors and their derivatives, of a bundle with the same observations.
    pub fn jacobian(&mut self, bundle: &Bundle) -> &Jacobian {
        for (fill, seen) in self.jacobian.fill().zip(&bundle.observations) {
            *fill.error = block(&bundle.block(seen), seen.feature, fill.rows);
            *fill.weight_error = weight_error(seen.weight);
            *fill.weight = -2.0 * seen.weight;
        }
        &self.jacobian
    }
}

/// The coefficients of a rotation and of its derivative, see the module's text.
struct Coefficients {
    cos: f64,
    a: f64,
    b: f64,
    /// `da = da_r r`.
    da_r: f64,
    /// `db = db_r r`.
    db_r: f64,
}

impl Coefficients {
    fn of(square: f64) -> Coefficients {
        if square == 0.0 {
            // What `b`, `da` and `db` multiply is 0 with `r`.
            return Coefficients { cos: 1.0, a: 1.0, b: 0.0, da_r: 0.0, db_r: 0.0 };
        }
        let angle = square.sqrt();
        let (sin, cos) = angle.sin_cos();
        let (a, b) = (sin / angle, (1.0 - cos) / square);
        Coefficients { cos, a, b, da_r: (cos - a) / square, db_r: (a - 2.0 * b) / square }
    }
}

/// The error of one observation; writes its two rows.
fn block(block: &[f64; BLOCK], feature: [f64; 2], rows: &mut [[f64; BLOCK]; 2]) -> [f64; 2] {
    let &[r0, r1, r2, c0, c1, c2, f, u0, v0, k0, k1, x, y, z, w] = block;
    let (r, d) = ([r0, r1, r2], [x - c0, y - c1, z - c2]);
    let Coefficients { cos, a, b, da_r, db_r } = Coefficients::of(dot(r, r));
    let (r_d, across) = (dot(r, d), cross(r, d));
    let y: [f64; 3] = std::array::from_fn(|i| cos * d[i] + a * across[i] + b * r_d * r[i]);

    let p = [y[0] / y[2], y[1] / y[2]];
    let s = p[0] * p[0] + p[1] * p[1];
    let (distortion, slope) = (1.0 + s * (k0 + s * k1), k0 + 2.0 * k1 * s);
    let (principal, scale) = ([u0, v0], w * f / y[2]);

    std::array::from_fn(|i| {
        let mut t = [2.0 * slope * p[i] * p[0], 2.0 * slope * p[i] * p[1]];
        t[i] += distortion;
        let g = [scale * t[0], scale * t[1], -scale * (p[0] * t[0] + p[1] * t[1])];
        let (g_r, g_d) = (dot(g, r), dot(g, d));
        let (g_x_r, d_x_g) = (cross(g, r), cross(d, g));
        let along = -a * g_d + da_r * dot(d_x_g, r) + db_r * r_d * g_r;
        let m = distortion * p[i];
        let error = f * m + principal[i] - feature[i];

        let row = &mut rows[i];
        for k in 0..3 {
            row[k] = along * r[k] + a * d_x_g[k] + b * (r_d * g[k] + g_r * d[k]);
            let by_point = cos * g[k] + a * g_x_r[k] + b * g_r * r[k];
            row[3 + k] = -by_point;
            row[11 + k] = by_point;
        }
        row[6] = w * m;
        row[7] = 0.0;
        row[8] = 0.0;
        row[7 + i] = w;
        row[9] = w * f * s * p[i];
        row[10] = row[9] * s;
        row[14] = error;
        w * error
    })
}
