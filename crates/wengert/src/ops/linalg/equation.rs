//! The text of an einsum: `"ij,jk->ik"`, with letters for axes and `...` for the axes between.

use smallvec::SmallVec;

use crate::shape::Dims;

/// A letter, as its byte, or an axis of the ellipsis, counted from its end from 256 on.
pub(super) type Letter = usize;

pub(super) type Letters = SmallVec<[Letter; 8]>;

/// What the text says of operands of given shapes.
#[derive(Debug)]
pub(super) struct Equation {
    /// The letters of each operand, one an axis.
    pub operands: Vec<Letters>,
    /// The letters of the result.
    pub output: Letters,
    /// The extents of the letters.
    extents: Vec<(Letter, usize)>,
}

const ELLIPSIS: Letter = 256;

/// What is wrong, and the way out.
type Wrong = (String, &'static str);

impl Equation {
    /// Reads a text for operands of these shapes.
    pub fn read(text: &str, shapes: &[Dims]) -> Result<Equation, Wrong> {
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text, None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != shapes.len() {
            let what =
                format!("{} operands were given, and \"{text}\" has terms for {}", shapes.len(), terms.len());
            return Err((what, "name the axes of each operand, with a comma between operands"));
        }
        let mut equation = Equation { operands: Vec::new(), output: Letters::new(), extents: Vec::new() };
        let mut widest = 0;
        for (index, (term, dims)) in terms.iter().zip(shapes).enumerate() {
            let (before, after) = letters(term)?;
            let named = before.len() + after.as_ref().map_or(0, Letters::len);
            let fits = if after.is_some() { named <= dims.len() } else { named == dims.len() };
            if !fits {
                let (shape, rank, term) = (dims.as_slice(), dims.len(), term.trim());
                let what = format!(
                    "operand {index} of shape {shape:?} has {rank} axes, and \"{term}\" names {named}"
                );
                return Err((what, "give each axis one letter, or `...` for some of them"));
            }
            let between = dims.len() - named;
            widest = widest.max(between);
            let mut own = before;
            own.extend((0..between).rev().map(|axis| ELLIPSIS + axis));
            own.extend(after.unwrap_or_default());
            for (axis, (&letter, &extent)) in own.iter().zip(dims).enumerate() {
                // Operands broadcast; a diagonal is of one that is square.
                if let Some(first) = own[..axis].iter().position(|&known| known == letter)
                    && dims[first] != extent
                {
                    let (name, known) = (shown(letter), dims[first]);
                    let what = format!("{name} has extent {known} and {extent} in operand {index}");
                    return Err((what, "a diagonal runs over axes of one extent"));
                }
                equation.meet(letter, extent)?;
            }
            equation.operands.push(own);
        }
        equation.output = match right {
            Some(right) => equation.explicit(right, widest)?,
            None => equation.implicit(widest),
        };
        Ok(equation)
    }

    /// The extent of a letter.
    pub fn extent(&self, letter: Letter) -> usize {
        let found = self.extents.iter().find(|(known, _)| *known == letter);
        found.expect("the letter is of an operand").1
    }

    /// One extent a letter; 1 matches any.
    fn meet(&mut self, letter: Letter, extent: usize) -> Result<(), Wrong> {
        match self.extents.iter_mut().find(|(known, _)| *known == letter) {
            None => self.extents.push((letter, extent)),
            Some((_, known)) if *known == extent || extent == 1 => {}
            Some((_, known)) if *known == 1 => *known = extent,
            Some((_, known)) => {
                let what =
                    format!("{} has extent {known} in one place and {extent} in another", shown(letter));
                return Err((what, "axes of one letter have one extent, or 1"));
            }
        }
        Ok(())
    }

    /// The result as it is written.
    fn explicit(&self, text: &str, widest: usize) -> Result<Letters, Wrong> {
        let (mut output, after) = letters(text)?;
        if let Some(after) = after {
            output.extend((0..widest).rev().map(|axis| ELLIPSIS + axis));
            output.extend(after);
        }
        for (k, &letter) in output.iter().enumerate() {
            if output[..k].contains(&letter) {
                let what = format!("{} stands twice in the result", shown(letter));
                return Err((what, "name each axis of the result once"));
            }
            if !self.operands.iter().any(|own| own.contains(&letter)) {
                let what = format!("{} of the result is of no operand", shown(letter));
                return Err((what, "the axes of the result are axes of operands"));
            }
        }
        Ok(output)
    }

    /// The axes of the ellipsis, then the letters that stand once, in their order.
    fn implicit(&self, widest: usize) -> Letters {
        let mut output: Letters = (0..widest).rev().map(|axis| ELLIPSIS + axis).collect();
        let all = || self.operands.iter().flatten().copied();
        let mut once: Letters = all()
            .filter(|&letter| letter < ELLIPSIS && all().filter(|&other| other == letter).count() == 1)
            .collect();
        once.sort_unstable();
        output.extend(once);
        output
    }
}

/// The letters of a term before the ellipsis, and those after it if there is one.
fn letters(term: &str) -> Result<(Letters, Option<Letters>), Wrong> {
    let read = |part: &str| {
        part.chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| match c.is_ascii_alphabetic() {
                true => Ok(c as Letter),
                false => {
                    let what = format!("\"{}\" has the sign '{c}', which names no axis", term.trim());
                    Err((what, "axes are named by the letters a to z and A to Z, or by one `...`"))
                }
            })
            .collect::<Result<Letters, Wrong>>()
    };
    match term.split_once("...") {
        None => Ok((read(term)?, None)),
        Some((before, after)) => Ok((read(before)?, Some(read(after)?))),
    }
}

/// A letter in a message.
fn shown(letter: Letter) -> String {
    match u8::try_from(letter) {
        Ok(letter) => format!("'{}'", letter as char),
        Err(_) => format!("axis -{} of `...`", letter - ELLIPSIS + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, shapes: &[&[usize]]) -> Result<Equation, Wrong> {
        let shapes: Vec<Dims> = shapes.iter().map(|dims| Dims::from_slice(dims)).collect();
        Equation::read(text, &shapes)
    }

    #[test]
    fn an_output_that_is_not_written_has_what_stands_once() {
        let output = |text, shapes: &[&[usize]]| read(text, shapes).unwrap().output.to_vec();
        assert_eq!(output("ji", &[&[2, 3]]), [b'i' as usize, b'j' as usize]);
        assert_eq!(output("ij,jk", &[&[2, 3], &[3, 4]]), [b'i' as usize, b'k' as usize]);
        assert_eq!(output("...ii", &[&[4, 5, 2, 2]]), [ELLIPSIS + 1, ELLIPSIS]);
    }

    #[test]
    fn axes_of_an_ellipsis_count_from_its_end() {
        let equation = read("...ij,...jk->...ik", &[&[5, 1, 2, 3], &[4, 3, 2]]).unwrap();
        assert_eq!(equation.operands[1][0], ELLIPSIS);
        assert_eq!((equation.extent(ELLIPSIS), equation.extent(ELLIPSIS + 1)), (4, 5));
    }
}
