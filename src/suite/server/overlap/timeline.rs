//! Requests on a line of time, as a failure shows them.

use std::time::Duration;

use super::scene::Event;

/// Characters of the whole time.
const WIDTH: usize = 32;

/// One line a request: its name, its interval as a bar and in milliseconds, and what it was answered. One without an
/// answer may be open to the end.
pub(super) fn lines(events: &[Event]) -> Vec<String> {
    let moments = events.iter().flat_map(|event| [Some(event.sent), event.answered]).flatten();
    let first = moments.clone().min().unwrap_or_default();
    let last = moments.max().unwrap_or_default();
    let whole = (last - first).max(Duration::from_micros(1));
    let column = |at: Duration| {
        let part = (at - first).as_secs_f64() / whole.as_secs_f64();
        // At most the width, which is small.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let column = (part * (WIDTH - 1) as f64) as usize;
        column
    };
    let name_width = events.iter().map(|event| event.name.len()).max().unwrap_or(0);
    let milliseconds = |at: Duration| format!("{:.1}", (at - first).as_secs_f64() * 1000.0);
    let number_width = milliseconds(last).len();
    let line = |event: &Event| {
        let (from, to) = (column(event.sent), column(event.answered.unwrap_or(last)));
        let mark = |at| match at {
            _ if at < from || at > to => ' ',
            _ if at == from || at == to => '|',
            _ => '-',
        };
        let bar: String = (0..WIDTH).map(mark).collect();
        let sent = milliseconds(event.sent);
        let answered = event.answered.map_or_else(|| "?".to_owned(), milliseconds);
        format!(
            "{:name_width$}  {bar}  {sent:>number_width$} to {answered:>number_width$} ms  {}",
            event.name, event.outcome
        )
    };
    events.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::server::history::operation::Operation;

    #[test]
    fn bars_stand_where_their_times_are() {
        let event = |name, (sent, answered): (u64, Option<u64>)| Event {
            name,
            request: Operation::Descriptor.into(),
            sent: Duration::from_millis(sent),
            answered: answered.map(Duration::from_millis),
            answer: None,
            outcome: "200".to_owned(),
            exchange: None,
        };
        let events = [
            event("store", (5, Some(67))),
            event("rotation", (36, Some(40))),
            event("lost", (36, None)),
        ];
        let bar = |from, to| {
            let (before, open) = (" ".repeat(from), "-".repeat(to - from - 1));
            format!("{before}|{open}|{}", " ".repeat(WIDTH - 1 - to))
        };
        assert_eq!(
            lines(&events),
            [
                format!("store     {}   0.0 to 62.0 ms  200", bar(0, 31)),
                format!("rotation  {}  31.0 to 35.0 ms  200", bar(15, 17)),
                format!("lost      {}  31.0 to    ? ms  200", bar(15, 31)),
            ]
        );
    }
}
