//! The name of a run. Everything that the run creates on a server is named after it, so that its owner and
//! its age show.

use std::fmt;
use std::time::Duration;

use crate::harness::Stop;
use crate::suite::random::random_hex;

/// The age from which any run may delete what another has left behind.
pub const ABANDONED: Duration = Duration::from_secs(6 * 60 * 60);

const PREFIX: &str = "kp";
const RADIX: u32 = 36;
const RANDOM_DIGITS: usize = 8;

/// `kp-<start, unix seconds in base 36>-<8 random>`: the start is by the server's `Date`, or by the machine's clock
/// where there is none, and never comes from a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunName {
    /// Unix seconds.
    start: i64,
    random: String,
}

impl RunName {
    /// A unique name for a run that starts at that time.
    pub(super) fn draw(start: i64) -> Result<Self, Stop> {
        Ok(Self { start, random: random_hex::<{ RANDOM_DIGITS / 2 }>()? })
    }

    /// The name of the run that made a project or a token of that name; none if no run did.
    pub fn of(name: &str) -> Option<Self> {
        let (run, number) = name.rsplit_once('-')?;
        let run = run.parse().ok()?;
        let is_number =
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_number.then_some(run)
    }

    /// The name of the run's `number`th project or token.
    pub(super) fn number(&self, number: usize) -> String {
        format!("{self}-{number}")
    }

    /// Whether it started so long before that time that it cannot be running any more.
    pub fn is_abandoned(&self, now: i64) -> bool {
        now.checked_sub(self.start)
            .and_then(|age| u64::try_from(age).ok())
            .is_some_and(|age| age >= ABANDONED.as_secs())
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}-{}-{}", base36(self.start.unsigned_abs()), self.random)
    }
}

impl std::str::FromStr for RunName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not the name of a run");
        let parts: Vec<&str> = text.split('-').collect();
        let [PREFIX, start, random] = parts[..] else {
            return Err(refuse());
        };
        let is_random = random.len() == RANDOM_DIGITS
            && random.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let is_lower = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
        if !is_random || !start.bytes().all(is_lower) {
            return Err(refuse());
        }
        Ok(Self {
            start: i64::from_str_radix(start, RADIX).map_err(|_| refuse())?,
            random: random.to_owned(),
        })
    }
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = (number % u64::from(RADIX)) as u32;
        digits.push(char::from_digit(digit, RADIX).unwrap_or('0'));
        number /= u64::from(RADIX);
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunName {
        RunName { start: 1_790_000_000, random: "01234567".to_owned() }
    }

    #[test]
    fn a_name_is_read_back_from_what_it_names() {
        let name = run();
        assert_eq!(RunName::of(&name.number(7)), Some(name));
    }

    #[test]
    fn what_others_have_named_is_nobodys() {
        for name in [
            "my-app",
            "kp",
            "kp-",
            "kp-production",
            "kp-tlqpq8-0123456z-0",
            "kp-tlqpq8-01234567",
            "kp-TLQPQ8-01234567-0",
            "kp--01234567-0",
            "xkp-tlqpq8-01234567-0",
            "kp-tlqpq8-01234567-0-more",
            "kp-zzzzzzzzzzzzzzzzzz-01234567-0",
        ] {
            assert_eq!(RunName::of(name), None, "{name}");
        }
    }

    #[test]
    fn six_hours_are_needed_to_be_abandoned() {
        let name = run();
        for (age, wanted) in [(-60, false), (0, false), (6 * 3600 - 1, false), (6 * 3600, true)] {
            assert_eq!(name.is_abandoned(1_790_000_000 + age), wanted, "{age}");
        }
    }
}
