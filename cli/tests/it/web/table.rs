//! Asks each case of the table of ours, and of exporter-toolkit where there is one.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::asked::{Asked, statuses};
use super::cases::{Case, Expected, cases};
use super::certificates::Folder;

#[test]
#[ignore = "needs curl; tests/all installs it"]
#[allow(clippy::print_stdout, reason = "how much was compared")]
fn each_case_of_a_web_configuration_is_what_exporters_make_of_it() {
    let folder = Folder::new("table");
    let (all, cases) = (Asked::all(), cases(&folder));
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((number, case)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|number| Some((number, cases.get(number)?)))
                {
                    for asked in &all {
                        if let Err(problem) = check(&folder, number, case, asked) {
                            wrong.lock().unwrap().push(format!("{}, of {asked}: {problem}", case.name));
                        }
                    }
                }
            });
        }
    });
    let unlike = cases.iter().filter(|case| case.judge.is_some()).count();
    println!("{} cases, {unlike} unlike exporter-toolkit on purpose, asked of {}", cases.len(), all.len());
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn check(folder: &Folder, number: usize, case: &Case, asked: &Asked) -> Result<(), String> {
    let web = match &case.web {
        Some(text) => folder.write(&format!("{number}.yml"), text),
        None => folder.file("absent.yml"),
    };
    let is_ours = matches!(asked, Asked::Ours);
    let expected = match case.judge {
        Some((expected, _)) if !is_ours => expected,
        _ => case.ours,
    };
    let outcome = asked.start(&web);
    let answers = outcome.as_ref().map(|(_, address)| {
        let count = if let Expected::Answers(answers) = expected { answers.split(' ').count() } else { 1 };
        let mut words = case.asks.split(' ');
        let place = words.next().unwrap_or_default();
        let (scheme, path) = place.split_once('/').unwrap_or((place, "metrics"));
        let arguments: Vec<&str> = words.collect();
        statuses(folder.path(), &arguments, &vec![format!("{scheme}://{address}/{path}"); count])
    });
    match (expected, answers) {
        // The words are ours.
        (Expected::Refused(words), Err(said)) if !is_ours || said.contains(words) => Ok(()),
        (Expected::Refused(words), Err(said)) => Err(format!("{words:?} is not in {said:?}")),
        (Expected::Refused(_), Ok(answers)) => Err(format!("is taken, and answers {answers}")),
        (Expected::Answers(expected), Ok(answers)) if expected == answers => Ok(()),
        (Expected::Answers(expected), Ok(answers)) => Err(format!("{answers} instead of {expected}")),
        (Expected::Answers(_), Err(said)) => Err(format!("is refused: {said:?}")),
    }
}
