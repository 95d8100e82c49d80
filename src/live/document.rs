//! The document of what happened and how it is, as `ui/DATA.md` describes it.

use super::findings::{today, usual};
use super::layout::{Count, Figure, Gauge, Table, Word};
use super::picture::{Picture, Range};
use super::places::{COARSE, FINE, HISTORY_BYTES, Row};
use super::quota::outlook;
use super::verdict::{Standing, Verdict};
use crate::encode::json::Json;
use crate::sync::OutOfMemory;

/// What does not come from readings.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) instance: Box<str>,
    /// Collectors that failed, with why.
    pub(super) errors: Vec<(String, String)>,
    pub(super) warnings: Vec<String>,
    /// Blocks that this Gateway does not tell of, and why.
    pub(super) untold: Vec<(&'static str, &'static str)>,
}

/// Everything, or what is new since the second `since` if that is kept.
pub(super) fn data(
    picture: &Picture,
    verdict: &Verdict,
    around: &Around,
    first: u64,
    since: Option<u64>,
) -> Result<Vec<Vec<u8>>, OutOfMemory> {
    let seq = first + picture.step;
    let kept = picture.places.history.fine_len() as u64;
    let new = since.and_then(|since| seq.checked_sub(since)).filter(|new| *new < kept);
    let (fine, coarse) = match new {
        Some(new) => (new as usize, picture.places.history.coarse_since(picture.step - new)),
        None => (kept as usize, picture.places.history.coarse_len()),
    };
    let mut json = Json::default();
    json.object(|json| {
        json.key("seq").whole(seq).key("full").truth(new.is_none());
        json.key("at").number(millis(picture.unix));
        json.key("demo").truth(picture.figure(Figure::Demo) == Some(1.0));
        json.key("name").text(around.name).key("version").text(around.version);
        json.key("instance").text(&around.instance).key("started").number(millis(picture.started));
        json.key("verdict").object(|json| write_verdict(verdict, json));
        json.key("columns").array(|json| {
            for column in &picture.places.columns {
                json.object(|json| {
                    json.key("id").text(column.group.name()).key("of").text(&column.of);
                    json.key("how").text(column.group.how().name());
                });
            }
        });
        for (name, span, count, is_fine) in [("fine", FINE, fine, true), ("coarse", COARSE, coarse, false)] {
            // Of the minute that is going on its end, so that a reader knows how much of it is over.
            let left = span.step - 1 - picture.step % span.step;
            json.key(name).object(|json| {
                json.key("at").number(picture.unix.round() + left as f64).key("step").whole(span.step);
                json.key("values").array(|json| {
                    for column in 0..picture.places.columns.len() {
                        json.split();
                        json.array(|json| {
                            if is_fine {
                                picture.places.history.fine(column, count).for_each(|value| _ = json.rounded(value));
                            } else {
                                picture.places.history.coarse(column, count).for_each(|value| _ = json.rounded(value));
                            }
                        });
                    }
                });
            });
        }
        json.split();
        json.key("now").object(|json| now(picture, around, json));
        json.key("tables").object(|json| {
            for range in Range::ALL {
                json.key(range.name()).object(|json| tables(picture, range, json));
            }
        });
        json.key("untold").array(|json| {
            for (block, why) in &around.untold {
                json.object(|json| _ = json.key("block").text(block).key("why").text(why));
            }
        });
    });
    json.into_chunks()
}

fn write_verdict(verdict: &Verdict, json: &mut Json) {
    json.key("level").text(verdict.level().name());
    json.key("sentence").text(verdict.sentence());
    json.key("since");
    known(verdict.standing.first().map(|standing| millis(standing.since)), json);
    json.key("findings").array(|json| {
        for Standing { finding, since } in &verdict.standing {
            json.object(|json| {
                json.key("kind").text(finding.kind).key("level").text(finding.level.name());
                json.key("subject").text(&finding.subject).key("says").text(&finding.says);
                json.key("note").text(&finding.note).key("since").number(millis(*since));
                json.key("block").text(finding.block);
            });
        }
    });
    json.key("last");
    match &verdict.last {
        None => json.null(),
        Some(past) => json.object(|json| {
            json.key("says").text(&past.says).key("from").number(millis(past.from)).key("to").number(millis(past.to));
        }),
    };
}

fn now(picture: &Picture, around: &Around, json: &mut Json) {
    let figure = |figure| picture.figure(figure);
    let put = |key: &str, value: Option<f64>, json: &mut Json| {
        json.key(key);
        known(value, json);
    };
    put("window", figure(Figure::Window), json);
    json.key("gateway").object(|json| {
        json.key("version");
        match &picture.version {
            Some(version) => json.text(version),
            None => json.null(),
        };
        put("up", figure(Figure::GatewayUp), json);
        json.key("answers");
        truth(figure(Figure::Answers).or(figure(Figure::Ready)), json);
    });
    json.key("seconds").object(|json| {
        json.key("run").object(|json| {
            put("p50", figure(Figure::RunP50), json);
            put("p95", figure(Figure::RunP95), json);
            put("usual", usual(picture), json);
        });
        json.key("first_byte").object(|json| put("p95", figure(Figure::FirstByteP95), json));
        json.key("message").object(|json| {
            put("p50", figure(Figure::MessageP50), json);
            put("p95", figure(Figure::MessageP95), json);
        });
    });
    json.key("oldest").object(|json| {
        put("run", figure(Figure::OldestRun), json);
        put("model_call", figure(Figure::OldestCall), json);
        put("tool", figure(Figure::OldestTool), json);
        let waits = picture.rows(Table::Lanes).iter().filter_map(|row| Some((row.gauge(Gauge::Oldest)?, row.name())));
        json.key("lane");
        match waits.max_by(|one, other| one.0.total_cmp(&other.0)) {
            None => json.null(),
            Some((seconds, name)) => json.object(|json| _ = json.key("name").text(name).key("seconds").number(seconds)),
        };
    });
    put("budget", figure(Figure::Budget), json);
    json.key("today").object(|json| {
        put("usd", today(picture), json);
        let is_its_own = figure(Figure::Today).is_some();
        put("from", if is_its_own { picture.day.from } else { Some(millis(picture.started)) }, json);
    });
    json.key("exporter").object(|json| {
        for (key, of) in [
            ("series", Figure::Series),
            ("series_limit", Figure::SeriesLimit),
            ("label_bytes", Figure::LabelBytes),
            ("label_bytes_limit", Figure::LabelLimit),
            ("page_bytes", Figure::PageBytes),
            ("render_seconds", Figure::RenderSeconds),
        ] {
            put(key, figure(of), json);
        }
        json.key("refused").number(picture.tally(super::layout::Tally::Refused, 15));
        put("last_scrape", picture.last_scrape.map(millis), json);
        json.key("history_bytes").whole(picture.places.bytes() as u64).key("history_limit").whole(HISTORY_BYTES as u64);
        json.key("listening");
        truth(figure(Figure::Listening), json);
        json.key("collectors").array(|json| {
            for row in picture.rows(Table::Collectors).iter().filter(|row| row.is_there()) {
                json.object(|json| {
                    json.key("name").text(row.name()).key("well");
                    truth(row.gauge(Gauge::Well), json);
                    json.key("error");
                    match around.errors.iter().find(|(name, _)| name == row.name()) {
                        Some((_, error)) => json.text(error),
                        None => json.null(),
                    };
                });
            }
        });
    });
    json.key("warnings").texts(&around.warnings);
}

fn tables(picture: &Picture, range: Range, json: &mut Json) {
    let count = |table: Table, row: &Row, count: Count, json: &mut Json| {
        json.key(count.name());
        known(picture.count(table, row, count, range), json);
    };
    let gauges = |row: &Row, gauges: &[Gauge], json: &mut Json| {
        for gauge in gauges {
            json.key(gauge.name());
            known(row.gauge(*gauge), json);
        }
    };
    let truths = |row: &Row, gauges: &[Gauge], json: &mut Json| {
        for gauge in gauges {
            json.key(gauge.name());
            truth(row.gauge(*gauge), json);
        }
    };
    let word = |row: &Row, word: Word, json: &mut Json| {
        json.key(word.name());
        match row.word(word) {
            Some(word) => json.text(word),
            None => json.null(),
        };
    };
    // What has only counted before this range and is not known now is no row of it.
    let is_there = |table: Table, row: &Row| {
        row.is_there()
            || table.counts().iter().any(|of| picture.count(table, row, *of, range).is_some_and(|of| of > 0.0))
    };
    let rows = |table: Table| picture.rows(table).iter().filter(move |row| is_there(table, row));
    let counts = |table: Table, row: &Row, json: &mut Json| {
        table.counts().iter().for_each(|of| count(table, row, *of, json));
    };
    json.key("models").array(|json| {
        for row in rows(Table::Models) {
            json.object(|json| {
                let [model, provider] = &row.key;
                json.key("model").text(model).key("provider").text(provider);
                counts(Table::Models, row, json);
                json.key("p95");
                known(picture.p95(row, range), json);
            });
        }
    });
    json.key("providers").array(|json| {
        let auth = |provider: &str| picture.rows(Table::Auth).iter().find(|row| row.name() == provider);
        let quotas = |provider: &str, json: &mut Json| {
            json.key("quotas").array(|json| {
                for row in rows(Table::Quotas).filter(|row| *row.key[0] == *provider) {
                    json.object(|json| {
                        json.key("window").text(&row.key[1]);
                        gauges(row, &[Gauge::Left, Gauge::Resets], json);
                        let outlook = outlook(picture, row);
                        json.key("empty");
                        known(outlook.and_then(|outlook| outlook.empty).map(millis), json);
                        json.key("lasts");
                        match outlook {
                            Some(outlook) => json.truth(outlook.lasts()),
                            None => json.null(),
                        };
                    });
                }
            });
            json.key("auth");
            match auth(provider).filter(|row| row.is_there()) {
                None => json.null(),
                Some(row) => json.object(|json| {
                    word(row, Word::Status, json);
                    gauges(row, &[Gauge::Expires], json);
                }),
            };
        };
        for row in rows(Table::Providers) {
            json.object(|json| {
                json.key("provider").text(row.name());
                counts(Table::Providers, row, json);
                gauges(row, &[Gauge::P95, Gauge::FirstByteP95], json);
                quotas(row.name(), json);
            });
        }
        // Those that nobody called, but that have a quota or a key.
        let called = |name: &str| rows(Table::Providers).any(|row| row.name() == name);
        let mut others: Vec<&str> = rows(Table::Quotas).chain(rows(Table::Auth)).map(Row::name).collect();
        others.sort_unstable();
        others.dedup();
        for provider in others.into_iter().filter(|name| !called(name)) {
            json.object(|json| {
                json.key("provider").text(provider);
                for of in Table::Providers.counts() {
                    json.key(of.name()).whole(0);
                }
                json.key(Gauge::P95.name()).null().key(Gauge::FirstByteP95.name()).null();
                quotas(provider, json);
            });
        }
    });
    json.key("tools").array(|json| {
        for row in rows(Table::Tools) {
            json.object(|json| {
                json.key("tool").text(row.name());
                counts(Table::Tools, row, json);
                gauges(row, &[Gauge::P95], json);
            });
        }
    });
    json.key("agents").array(|json| {
        for row in rows(Table::Agents) {
            json.object(|json| {
                json.key("agent").text(row.name());
                counts(Table::Agents, row, json);
            });
        }
    });
    json.key("channels").array(|json| {
        let mut told: Vec<&str> = Vec::new();
        for row in rows(Table::Channels) {
            let [channel, account] = &row.key;
            let has_accounts = rows(Table::Channels).any(|other| other.key[0] == *channel && !other.key[1].is_empty());
            // What is known of a channel as a whole stands with its first account.
            if account.is_empty() && has_accounts {
                continue;
            }
            let of_channel =
                picture.rows(Table::Channels).iter().find(|row| row.key[0] == *channel && row.key[1].is_empty());
            json.object(|json| {
                json.key("channel").text(channel).key("account").text(account);
                json.key("linked");
                truth(of_channel.and_then(|row| row.gauge(Gauge::Linked)), json);
                truths(row, &[Gauge::Enabled, Gauge::Running, Gauge::Connected], json);
                word(row, Word::Health, json);
                gauges(row, &[Gauge::LastIn, Gauge::LastOut], json);
                let is_first = !told.contains(&&**channel);
                match of_channel.filter(|_| is_first) {
                    Some(row) => counts(Table::Channels, row, json),
                    None => Table::Channels.counts().iter().for_each(|of| _ = json.key(of.name()).null()),
                }
            });
            told.push(channel);
        }
    });
    json.key("cron").array(|json| {
        for row in rows(Table::Cron) {
            json.object(|json| {
                json.key("job").text(row.name());
                truths(row, &[Gauge::Enabled, Gauge::Running], json);
                gauges(row, &[Gauge::Last, Gauge::Took, Gauge::Failures, Gauge::Next, Gauge::Overdue], json);
                [Word::Ended, Word::Why, Word::Stopped].into_iter().for_each(|of| word(row, of, json));
            });
        }
    });
    json.key("sessions").array(|json| {
        for row in rows(Table::Sessions) {
            json.object(|json| {
                json.key("state").text(row.name());
                gauges(row, &[Gauge::Number], json);
            });
        }
    });
    json.key("lanes").array(|json| {
        for row in rows(Table::Lanes) {
            json.object(|json| {
                json.key("lane").text(row.name());
                gauges(row, &[Gauge::Entries, Gauge::Oldest, Gauge::P95, Gauge::Limit], json);
            });
        }
    });
}

pub(super) fn known(value: Option<f64>, json: &mut Json) {
    match value.filter(|value| value.is_finite()) {
        Some(value) => json.number(value),
        None => json.null(),
    };
}

fn truth(value: Option<f64>, json: &mut Json) {
    match value {
        Some(value) => json.truth(value != 0.0),
        None => json.null(),
    };
}

pub(super) fn millis(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}
