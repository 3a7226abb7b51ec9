//! Days for the reader's calendar, as iCalendar text (RFC 5545): all-day events with a reminder seven days before.

use chrono::{DateTime, NaiveDate, Utc};
use std::fmt::Write;

/// What a calendar is to do with the events (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Put them down, or put them in the place of those with the same UID and a lower SEQUENCE.
    Publish,
    /// Take them off.
    Cancel,
}

impl Method {
    /// The name in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Cancel => "CANCEL",
        }
    }
}

/// An all-day event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// By which it is known again for ever: ASCII, no blanks.
    pub uid: String,
    /// 0 at first, raised with each change of what it says.
    pub sequence: u32,
    /// The day.
    pub day: NaiveDate,
    /// One line.
    pub summary: String,
    /// The details, lines ended by `\n`.
    pub description: String,
}

/// The most octets of a line, its end not counted (RFC 5545, 3.1).
const MOST_OCTETS: usize = 75;

/// The events as one calendar. `organizer` is a mail address; `now` the instant the calendar is written.
#[must_use]
pub fn calendar(method: Method, events: &[Event], organizer: &str, now: DateTime<Utc>) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//hcpcs-watch//effective dates//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        format!("METHOD:{}", method.as_str()),
    ];
    for event in events {
        lines.extend(event_lines(method, event, organizer, now));
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

fn event_lines(method: Method, event: &Event, organizer: &str, now: DateTime<Utc>) -> Vec<String> {
    let next = event.day.succ_opt().unwrap_or(event.day);
    let status = match method {
        Method::Publish => "CONFIRMED",
        Method::Cancel => "CANCELLED",
    };
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", escaped(&event.uid)),
        format!("DTSTAMP:{}", now.format("%Y%m%dT%H%M%SZ")),
        format!("SEQUENCE:{}", event.sequence),
        format!("ORGANIZER:mailto:{}", uri(organizer)),
        format!("DTSTART;VALUE=DATE:{}", event.day.format("%Y%m%d")),
        format!("DTEND;VALUE=DATE:{}", next.format("%Y%m%d")),
        format!("SUMMARY:{}", escaped(&event.summary)),
        format!("DESCRIPTION:{}", escaped(&event.description)),
        format!("STATUS:{status}"),
        "TRANSP:TRANSPARENT".to_owned(),
    ];
    if method == Method::Publish {
        lines.extend([
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            "TRIGGER:-P7D".to_owned(),
            format!(
                "DESCRIPTION:{}",
                escaped(&format!("In 7 days: {}", event.summary))
            ),
            "END:VALARM".to_owned(),
        ]);
    }
    lines.push("END:VEVENT".to_owned());
    lines
}

/// A text value: backslash, semicolon, comma and line breaks escaped (RFC 5545, 3.3.11), other control characters
/// made blanks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// What an address may hold in a URI; the rest is percent-encoded.
fn uri(address: &str) -> String {
    let mut out = String::new();
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_+~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A line broken where it grows too long, never inside a character, each part ended by CRLF.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > MOST_OCTETS {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(c);
        octets += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use icalendar::{Component, parser};
    use proptest::prelude::*;

    fn event(summary: &str, description: &str) -> Event {
        Event {
            uid: "drug-1-J2329@0123456789abcdef.hcpcs-watch".to_owned(),
            sequence: 2,
            day: "2023-07-01".parse().unwrap(),
            summary: summary.to_owned(),
            description: description.to_owned(),
        }
    }

    fn now() -> DateTime<Utc> {
        "2023-06-20T06:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_calendar_as_it_goes_out() {
        let text = calendar(
            Method::Publish,
            &[event(
                "Briumvi: bill J2329 instead of J3590 from today",
                "Bill J2329 instead of J3590 for dates of service from Saturday, July 1, 2023 on.\nBilling unit: 1 mg",
            )],
            "alerts@example.org",
            now(),
        );
        insta::assert_snapshot!(text.replace("\r\n", "\n"));
        let cancelled = calendar(Method::Cancel, &[event("x", "y")], "alerts@example.org", now());
        assert!(cancelled.contains("METHOD:CANCEL\r\n") && cancelled.contains("STATUS:CANCELLED\r\n"));
        assert!(!cancelled.contains("VALARM"));
    }

    /// Reads the one event back with the `icalendar` crate.
    fn read_back(text: &str) -> icalendar::Event {
        let unfolded = parser::unfold(text);
        let read = parser::read_calendar(&unfolded).unwrap();
        let calendar = icalendar::Calendar::from(read);
        let event = calendar
            .components
            .into_iter()
            .find_map(|component| match component {
                icalendar::CalendarComponent::Event(event) => Some(event),
                _ => None,
            });
        event.unwrap()
    }

    #[test]
    fn an_independent_parser_reads_the_event() {
        let sent = event("Briumvi, 450 mg; path \\ one", "first line\nsecond line");
        let text = calendar(
            Method::Publish,
            std::slice::from_ref(&sent),
            "alerts@example.org",
            now(),
        );
        let read = read_back(&text);
        assert_eq!(read.get_uid(), Some(sent.uid.as_str()));
        assert_eq!(read.get_sequence(), Some(2));
        let Some(icalendar::DatePerhapsTime::Date(day)) = read.get_start() else {
            panic!("{:?}", read.get_start())
        };
        assert_eq!(day, sent.day);
        assert_eq!(read.property_value("TRANSP"), Some("TRANSPARENT"));
        assert!(text.contains("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P7D\r\n"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_line(summary in any::<String>(), description in "[a-z\\\\;,:é🎈\r\n]{0,300}") {
            let text = calendar(Method::Publish, &[event(&summary, &description)], "a b@example.org", now());
            for line in text.split_inclusive("\r\n") {
                let line = line.strip_suffix("\r\n").unwrap();
                prop_assert!(line.len() <= MOST_OCTETS, "{line}");
                prop_assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
            }
            let unfolded = text.replace("\r\n ", "");
            let names: Vec<&str> = unfolded.lines().map(|line| line.split([':', ';']).next().unwrap()).collect();
            let plain = calendar(Method::Publish, &[event("x", "y")], "a@example.org", now());
            let expected: Vec<&str> = plain.lines().map(|line| line.split([':', ';']).next().unwrap()).collect();
            prop_assert_eq!(names, expected);
            let _ = read_back(&text);
        }
    }
}
