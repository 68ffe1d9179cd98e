//! What values that have to be random can be seen not to be, from outside and without knowing how they were drawn.
//!
//! Each test says how often it accuses n values of a right generator. Where it compares at m places, and at each of them
//! the number of agreements is binomial with p = ½, Hoeffding's bound is used: it is further than d from n/2 at one of
//! them with a probability of at most 2m·exp(−2d²/n). Every threshold is computed from the number of values that there
//! are, so that one test accuses once in 2⁴⁰ ([`RARE`]); all of them together, for IVs and for salts, stay below one in
//! 10⁹ runs.
//!
//! What no test of the values can see: a generator that is seeded by something that can be guessed, one whose state an
//! attacker can work out (MT19937, xorshift), or one that is shared with others. A single salt costs a full derivation,
//! so that there are few: a bit of theirs that is rarely set, or two that are mostly alike, goes unseen.

use std::collections::BTreeSet;

use super::context::difference;
use crate::harness::Judged;

/// Minus the binary logarithm of how often one test may be wrong.
const RARE: f64 = 40.0;

/// Values of one length, in the order in which they were drawn.
pub(super) type Values = [Vec<u8>];

/// A test of values: what is wrong with those it finds fault with, and where.
#[derive(Clone, Copy)]
pub(super) struct Test {
    /// What is wrong with values that do not pass it.
    pub(super) what: &'static str,
    pub(super) expected: &'static str,
    /// Where the fault is, if there is one.
    pub(super) find: fn(&Values) -> Option<String>,
}

pub(super) const EVEN_BITS: Test = Test {
    what: "a bit never changes or hardly ever",
    expected: "bits that are as often set as not",
    find: uneven_bits,
};
pub(super) const INDEPENDENT_BITS: Test = Test {
    what: "one bit tells another",
    expected: "bits that have nothing to do with each other",
    find: dependent_bits,
};
pub(super) const WHOLE_BYTES: Test = Test {
    what: "the bytes are of a small alphabet",
    expected: "bytes of all 256 values, not the digits or letters of a text",
    find: small_alphabet,
};
pub(super) const NO_REPETITION: Test = Test {
    what: "a part is repeated within one value",
    expected: "bytes that are drawn for every place",
    find: repetition,
};
pub(super) const NO_COUNTER: Test = Test {
    what: "a part counts up from one value to the next",
    expected: "a value that the one before it does not give away",
    find: counter,
};
pub(super) const NO_ORDER: Test = Test {
    what: "each is greater than the one before it as a time is",
    expected: "a value that does not tell when it was drawn",
    find: order,
};

/// Fails if the test finds fault with the values, which are called `those`.
pub(super) fn judge(those: &str, test: Test, values: &Values) -> Judged {
    match (test.find)(values) {
        None => Ok(()),
        Some(got) => {
            Err(difference(&format!("{those} are not random, {}", test.what), test.expected, &got))
        }
    }
}

/// How far from n/2 a count of n may be at one of `places`.
fn distance(n: usize, places: usize) -> f64 {
    let odds = (2.0 * count(places)).ln() + RARE * std::f64::consts::LN_2;
    (count(n) * odds / 2.0).sqrt()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn is_uneven(ones: usize, n: usize, places: usize) -> bool {
    (count(ones) - count(n) / 2.0).abs() > distance(n, places)
}

/// The binary logarithm of the number of ways to choose `some` of `all`.
fn ways(all: usize, some: usize) -> f64 {
    (0..some).map(|one| (count(all - one) / count(some - one)).log2()).sum()
}

fn bit(value: &[u8], at: usize) -> bool {
    value[at / 8] >> (7 - at % 8) & 1 == 1
}

fn bits(values: &Values) -> usize {
    values.first().map_or(0, |value| 8 * value.len())
}

/// By two counts. Of m bits, k never change in n values with a probability of at most C(m, k)·2^(k·(1−n)): the more
/// values, the fewer of them tell. And Hoeffding's bound for each bit. The version and the variant of a UUID are 6 bits
/// that never change, and known beforehand: 8·2^(−6n).
fn uneven_bits(values: &Values) -> Option<String> {
    let (n, m) = (values.len(), bits(values));
    let ones = |at: usize| values.iter().filter(|value| bit(value, at)).count();
    let constant: Vec<usize> = (0..m).filter(|at| [0, n].contains(&ones(*at))).collect();
    let k = constant.len();
    if k > 0 && ways(m, k) - count(k) * (count(n) - 1.0) < -RARE {
        return Some(format!(
            "of {m} bits, {k} are the same in all {n} values: {}",
            places(&constant)
        ));
    }
    let uuid = |value: &Vec<u8>| {
        value.len() == 16 && value[8] >> 6 == 2 && (1..=8).contains(&(value[6] >> 4))
    };
    let is_one = values.iter().all(|value| uuid(value) && value[6] >> 4 == values[0][6] >> 4);
    if is_one && 6 * n >= 36 {
        return Some(format!(
            "all {n} values are UUIDs of version {}, which has 6 fixed bits",
            values[0][6] >> 4
        ));
    }
    let at = (0..m).find(|at| is_uneven(ones(*at), n, m))?;
    Some(format!("bit {at} is set in {} of {n} values", ones(at)))
}

/// The first few of some places.
fn places(all: &[usize]) -> String {
    let mut some: Vec<String> = all.iter().take(8).map(ToString::to_string).collect();
    if all.len() > some.len() {
        some.push("…".to_owned());
    }
    some.join(", ")
}

/// Hoeffding's bound for each pair of bits, of how often both are the same.
fn dependent_bits(values: &Values) -> Option<String> {
    let (n, m) = (values.len(), bits(values));
    let pairs = m * m.saturating_sub(1) / 2;
    let columns: Vec<Vec<bool>> =
        (0..m).map(|at| values.iter().map(|value| bit(value, at)).collect()).collect();
    let alike = |one: usize, other: usize| {
        let both = columns[one].iter().zip(&columns[other]);
        both.filter(|(one, other)| one == other).count()
    };
    let mut all = (0..m).flat_map(|one| (one + 1..m).map(move |other| (one, other)));
    let (one, other) = all.find(|(one, other)| is_uneven(alike(*one, *other), n, pairs))?;
    Some(format!("bits {one} and {other} are the same in {} of {n} values", alike(one, other)))
}

/// All N bytes are of an alphabet of k with a probability of at most C(256, k)·(k/256)^N. And Hoeffding's bound for
/// each of the 8 bits of a byte, over all bytes.
fn small_alphabet(values: &Values) -> Option<String> {
    let bytes: Vec<u8> = values.concat();
    let (n, k) = (bytes.len(), bytes.iter().collect::<BTreeSet<_>>().len());
    if k > 0 && k < 256 && ways(256, k) + count(n) * (count(k) / 256.0).log2() < -RARE {
        return Some(format!("of 256 values of a byte, {k} stand in {n} bytes"));
    }
    let ones = |at: usize| bytes.iter().filter(|byte| bit(&[**byte], at)).count();
    let at = (0..8).find(|at| is_uneven(ones(*at), n, 8))?;
    Some(format!("bit {at} of a byte is set in {} of {n} bytes", ones(at)))
}

/// Two values of which each repeats itself after p of its l bytes: C(n, 2)·2^(−16·(l−p)), at most 2⁻⁷⁵ for 1,000 values
/// of 12 bytes whose halves are equal.
fn repetition(values: &Values) -> Option<String> {
    let length = bits(values) / 8;
    let repeats = |value: &&Vec<u8>, period: usize| value[period..] == value[..length - period];
    let periods = (1..=length / 2).filter(|period| length.is_multiple_of(*period));
    let mut found = periods
        .map(|period| (period, values.iter().filter(|value| repeats(value, period)).count()));
    let (period, how_many) = found.find(|(_, how_many)| *how_many > 1)?;
    Some(format!("{how_many} of {} values are {period} bytes, repeated", values.len()))
}

/// The numbers that w bytes from `at` on are, the first byte the highest or the lowest.
fn numbers(values: &Values, at: usize, width: usize, is_little: bool) -> Vec<u128> {
    let number = |value: &Vec<u8>| {
        let part = &value[at..at + width];
        let add = |sum: u128, byte: &u8| sum << 8 | u128::from(*byte);
        if is_little { part.iter().rev().fold(0, add) } else { part.iter().fold(0, add) }
    };
    values.iter().map(number).collect()
}

/// Each part of a value that may be a number of its own, and whether its first byte is the lowest.
fn parts(values: &Values) -> impl Iterator<Item = (usize, usize, bool)> {
    let length = bits(values) / 8;
    let widths = BTreeSet::from([1, 2, 3, 4, 6, 8, length]).into_iter().rev();
    let widths = widths.filter(move |width| *width <= length);
    let starts = widths.flat_map(move |width| (0..=length - width).map(move |at| (at, width)));
    starts.flat_map(|(at, width)| [(at, width, false), (at, width, true)])
}

/// The n−1 differences between neighbours are one and the same: 2^(−8w·(n−2)) for each of fewer than 128 parts of w
/// bytes, which has to be below 2^(−48). A difference of 0 is a part that never changes, which the bits tell.
fn counter(values: &Values) -> Option<String> {
    let differences = values.len().checked_sub(2)?;
    let mut telling = parts(values).filter(|(_, width, _)| 8 * width * differences >= 48);
    let step = |(at, width, is_little): (usize, usize, bool)| {
        let numbers = numbers(values, at, width, is_little);
        let mask = u128::MAX >> (128 - 8 * width);
        let mut steps = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]) & mask);
        let first = steps.next().filter(|step| *step != 0)?;
        steps.all(|step| step == first).then_some(first)
    };
    let (at, width, step) = telling.find_map(|part| Some((part.0, part.1, step(part)?)))?;
    Some(format!("bytes {at} to {} go on by {step} from one value to the next", at + width - 1))
}

/// Numbers in order: 1/n! for each of fewer than 128 parts. Of 64 values that is 2⁻²⁹⁵, of 16 it is 2⁻⁴⁴: of fewer it
/// is not asked. Parts of 4 bytes or more have equal neighbours by chance too rarely to count.
fn order(values: &Values) -> Option<String> {
    if values.len() < 20 {
        return None;
    }
    let mut telling = parts(values).filter(|(_, width, _)| *width >= 4);
    let ascends = |(at, width, is_little): (usize, usize, bool)| {
        let numbers = numbers(values, at, width, is_little);
        numbers.is_sorted() && numbers.first() != numbers.last()
    };
    let (at, width, _) = telling.find(|part| ascends(*part))?;
    Some(format!("bytes {at} to {} never fall in {} values", at + width - 1, values.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Test; 6] =
        [EVEN_BITS, INDEPENDENT_BITS, WHOLE_BYTES, NO_REPETITION, NO_COUNTER, NO_ORDER];

    fn random(n: usize, length: usize) -> Vec<Vec<u8>> {
        let value = |_| {
            let mut value = vec![0; length];
            assert!(getrandom::fill(&mut value).is_ok(), "no randomness");
            value
        };
        (0..n).map(value).collect()
    }

    #[test]
    fn random_values_pass_in_any_number() {
        for n in [0, 1, 2, 3, 6, 12, 64, 128, 700] {
            for length in [12, 16] {
                for test in ALL {
                    let values = random(n, length);
                    assert_eq!((test.find)(&values), None, "{} of {n}", test.what);
                }
            }
        }
    }

    #[test]
    fn all_bounds_together_are_below_one_in_a_billion() {
        // Six tests of IVs and six of salts, of which two of each have no threshold that is computed.
        let computed = 12.0 * (-RARE).exp2();
        let repetitions = 5.0 * (2.0 * 1000_f64.log2() - 96.0).exp2();
        let counters = 2.0 * (7.0 - 48_f64).exp2();
        let orders = (7.0 - (1..=20).map(|n| f64::from(n).log2()).sum::<f64>()).exp2();
        let uuids = (3.0 - 36_f64).exp2();
        assert!(computed + repetitions + counters + orders + uuids < 1e-9);
    }
}
