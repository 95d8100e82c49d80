//! What is said of a page: by the Prometheus that scrapes it, and by the format that it should be in.
//!
//! Only the Prometheus makes errors. Where it refuses a line and the strict reader does, too, that one's sentence stands, for
//! it knows more. What the strict reader alone has against a page is a warning.

use std::collections::{HashMap, HashSet};

use super::lint;
use crate::exposition::{self, Fault, Page, Problem, Severity};
use crate::scraper::Scrape;

/// Faults that are about how a line is written.
const SPELLING: [&str; 4] = ["syntax", "blank-line", "no-eof", "text-after-eof"];

/// Everything, with what the scrape had found.
pub(super) fn of(page: &Page<'_>, body: &[u8], scrape: &mut Scrape) -> Vec<Problem> {
    let mut problems = std::mem::take(&mut scrape.problems);
    let is_refused = |problem: &Problem| matches!(problem.rule, "refused" | "packed");
    let refused = problems.iter().enumerate().filter(|(_, problem)| is_refused(problem));
    let refused: HashMap<Option<usize>, usize> = refused.map(|(index, problem)| (problem.line, index)).collect();
    let is_twice = |problem: &&Problem| problem.rule == "series-twice";
    let twice: HashSet<Option<usize>> = problems.iter().filter(is_twice).map(|problem| problem.line).collect();
    let has_more = problems.iter().any(|problem| problem.rule == "samples-lost");
    // What the Prometheus itself says in other words.
    let is_said = |problem: &Problem| match problem.rule {
        "series-twice" | "le-twice" => has_more || twice.contains(&problem.line),
        "unit-not-in-name" => refused.contains_key(&problem.line),
        _ => false,
    };
    for fault in &page.faults {
        match refused.get(&Some(fault.line)) {
            Some(index) if problems[*index].rule == "packed" => {}
            Some(index) if SPELLING.contains(&fault.rule) => {
                let problem = &mut problems[*index];
                (problem.rule, problem.message) = (fault.rule, fault.what.clone());
            }
            _ => problems.push(warning(fault)),
        }
    }
    if let Err(error) = std::str::from_utf8(body) {
        let line = body[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        let problem = Problem::of_page(Severity::Warning, "not-utf8", "the page is not UTF-8");
        if !refused.contains_key(&Some(line)) {
            problems.push(Problem { line: Some(line), ..problem });
        }
    }
    let checked = exposition::check(page).into_iter().filter(|problem| !is_said(problem));
    problems.extend(checked.map(|problem| Problem { severity: problem.severity.max(Severity::Warning), ..problem }));
    problems.extend(lint::check(page));
    if scrape.is_up && scrape.scraped == 0 {
        problems.push(Problem::of_page(
            Severity::Warning,
            "no-samples",
            "the page has no samples; is the exporter ready?",
        ));
    }
    problems
}

fn warning(fault: &Fault) -> Problem {
    Problem { line: Some(fault.line), ..Problem::of_page(Severity::Warning, fault.rule, fault.what.clone()) }
}
