//! Decisions as a reader wants them: one that is made again on newer evidence is the same decision.

use super::document::DecisionLine;
use crate::domain::code::HcpcsCode;
use crate::store::as_of::DatedDecision;
use chrono::NaiveDate;

/// The decisions on one drug, oldest first; a decision that only repeats the one before it on the same code and period, on
/// newer evidence, renews it.
pub(super) fn lines(decisions: &[&DatedDecision]) -> Vec<DecisionLine> {
    let mut lines: Vec<DecisionLine> = Vec::new();
    for dated in decisions {
        let line = line(dated);
        let last = lines
            .iter_mut()
            .rfind(|known| (known.code, known.valid_from) == (line.code, line.valid_from));
        match last {
            Some(known) if says_the_same(known, &line) => {
                known.renewed_on = Some(line.decided_on).filter(|day| *day != known.decided_on);
                known.stands = line.stands;
            }
            _ => lines.push(line),
        }
    }
    lines
}

/// Since when a code and period has been decided as it is, without a break and by the same: `rule` or one person.
pub(super) fn since(lines: &[DecisionLine], code: HcpcsCode, valid_from: NaiveDate) -> Option<NaiveDate> {
    let mut of_period = lines
        .iter()
        .rev()
        .filter(|line| (line.code, line.valid_from) == (code, valid_from));
    let newest = of_period.next()?;
    let as_now =
        |line: &&DecisionLine| (line.decision, &line.decided_by) == (newest.decision, &newest.decided_by);
    Some(of_period.take_while(as_now).last().unwrap_or(newest).decided_on)
}

fn says_the_same(one: &DecisionLine, other: &DecisionLine) -> bool {
    let words = |line: &DecisionLine| {
        (
            line.decision,
            line.match_kind.clone(),
            line.reason.clone(),
            line.decided_by.clone(),
            line.note.clone(),
        )
    };
    words(one) == words(other)
}

fn line(dated: &DatedDecision) -> DecisionLine {
    let decision = &dated.decision;
    DecisionLine {
        code: decision.code,
        valid_from: decision.valid_from,
        decision: decision.decision.as_str(),
        match_kind: decision.match_kind.clone(),
        reason: decision.reason.clone(),
        decided_on: decision.decided_on,
        renewed_on: None,
        decided_by: decision.decided_by.clone(),
        note: decision.note.clone(),
        stands: dated.stands,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::drug::DrugId;
    use crate::store::matches::{MatchDecision, StoredMatch};

    fn decided(on: &str, by: &str, decision: MatchDecision, kind: &str, stands: bool) -> DatedDecision {
        let decision = StoredMatch {
            drug: DrugId(1),
            code: "J2329".parse().unwrap(),
            valid_from: "2023-07-01".parse().unwrap(),
            decision,
            match_kind: Some(kind.to_owned()),
            reason: "same".to_owned(),
            evidence: Vec::new(),
            decided_on: on.parse().unwrap(),
            decided_by: by.to_owned(),
            note: None,
        };
        DatedDecision { decision, stands }
    }

    #[test]
    fn a_renewed_decision_is_one_line_and_counts_from_its_first_day() {
        use MatchDecision::{Confirmed, Review};
        let history = [
            decided("2023-06-20", "rule", Review, "name", false),
            decided("2023-09-20", "rule", Confirmed, "name", false),
            decided("2023-12-20", "rule", Confirmed, "name", false),
            decided("2024-03-20", "rule", Confirmed, "ndc", true),
        ];
        let history: Vec<&DatedDecision> = history.iter().collect();
        let lines = lines(&history);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert_eq!(lines[1].renewed_on, "2023-12-20".parse().ok());
        assert_eq!(
            lines.iter().map(|line| line.stands).collect::<Vec<_>>(),
            [false, false, true]
        );
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let code = "J2329".parse().unwrap();
        assert_eq!(since(&lines, code, day("2023-07-01")), Some(day("2023-09-20")));
        assert_eq!(since(&lines, code, day("2024-07-01")), None);
    }

    #[test]
    fn a_person_who_confirms_what_a_rule_asked_or_confirmed_decides_anew() {
        use MatchDecision::Confirmed;
        let history = [
            decided("2023-06-20", "rule", Confirmed, "name", false),
            decided("2023-07-20", "Ann", Confirmed, "person", true),
        ];
        let history: Vec<&DatedDecision> = history.iter().collect();
        let lines = lines(&history);
        assert_eq!(lines.len(), 2);
        assert_eq!(
            since(&lines, lines[0].code, lines[0].valid_from),
            Some(lines[1].decided_on)
        );
    }
}
