//! Routes of administration: part of a product's identity, since CMS gives some products one code a route.

/// How a drug enters the body, as far as codes tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Into a vein.
    Intravenous,
    /// Under the skin.
    Subcutaneous,
    /// Into a muscle.
    Intramuscular,
    /// Into the eye's vitreous body, by injection or implant.
    Intravitreal,
    /// Into the spinal canal.
    Intrathecal,
    /// Into the bladder.
    Intravesical,
    /// Into a joint.
    IntraArticular,
    /// By mouth.
    Oral,
    /// Onto skin or wound.
    Topical,
    /// Breathed in.
    Inhalation,
    /// Into the nose.
    Nasal,
    /// Onto or into the eye other than the vitreous body.
    Ophthalmic,
}

impl Route {
    /// The routes that `text` names, each once, in the order of the enumeration. Empty where none is named.
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        let lower = text.to_lowercase();
        let words = || {
            lower
                .split(|c: char| !(c.is_alphanumeric() || c == '-'))
                .filter(|word| !word.is_empty())
        };
        let by_mouth = words().zip(words().skip(1)).any(|pair| pair == ("by", "mouth"));
        let mut routes: Vec<Self> = words()
            .filter_map(Self::of_word)
            .chain(by_mouth.then_some(Self::Oral))
            .collect();
        routes.sort_unstable();
        routes.dedup();
        routes
    }

    /// The route that a lower-case word names in descriptors, the Purple Book or a practice's list; `by mouth` is two
    /// words and found by [`Self::all_in`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "intravenous" | "iv" => Self::Intravenous,
            "subcutaneous" | "subq" | "sc" | "sq" => Self::Subcutaneous,
            "intramuscular" | "im" => Self::Intramuscular,
            "intravitreal" => Self::Intravitreal,
            "intrathecal" | "intracerebroventricular" => Self::Intrathecal,
            "intravesical" => Self::Intravesical,
            "intra-articular" | "intraarticular" => Self::IntraArticular,
            "oral" => Self::Oral,
            "topical" => Self::Topical,
            "inhalation" | "inhaled" => Self::Inhalation,
            "nasal" | "intranasal" => Self::Nasal,
            "ophthalmic" | "intraocular" | "intracameral" | "suprachoroidal" | "subretinal" | "lacrimal" => {
                Self::Ophthalmic
            }
            _ => return None,
        })
    }

    /// Whether what goes this way is injected or infused.
    #[must_use]
    pub fn is_by_needle(&self) -> bool {
        !matches!(self, Self::Oral | Self::Topical | Self::Inhalation | Self::Nasal)
    }

    /// The route in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intravenous => "intravenous",
            Self::Subcutaneous => "subcutaneous",
            Self::Intramuscular => "intramuscular",
            Self::Intravitreal => "intravitreal",
            Self::Intrathecal => "intrathecal",
            Self::Intravesical => "intravesical",
            Self::IntraArticular => "intra-articular",
            Self::Oral => "oral",
            Self::Topical => "topical",
            Self::Inhalation => "inhalation",
            Self::Nasal => "nasal",
            Self::Ophthalmic => "ophthalmic",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_in_the_words_of_descriptors_and_people() {
        for (text, routes) in [
            ("for intravenous injection", vec![Route::Intravenous]),
            ("IV", vec![Route::Intravenous]),
            (
                "Subcutaneous; Intravenous",
                vec![Route::Intravenous, Route::Subcutaneous],
            ),
            ("for intra-articular injection", vec![Route::IntraArticular]),
            ("via intravitreal implant", vec![Route::Intravitreal]),
            ("Tablet, by mouth", vec![Route::Oral]),
            ("skyrizi", vec![]),
            ("division", vec![]),
        ] {
            assert_eq!(Route::all_in(text), routes, "{text}");
        }
    }
}
