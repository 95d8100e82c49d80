use benches::peers::ours;
use benches::work::Grid;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::ManualClock;
fn rss(s:&str){ let t=std::fs::read_to_string("/proc/self/smaps_rollup").unwrap(); let l=t.lines().find(|l|l.starts_with("Rss")).unwrap(); println!("{s}: {l}"); }
fn big(s:&str){ println!("-- {s}"); let t=std::fs::read_to_string("/proc/self/smaps").unwrap(); let mut head=String::new(); let mut size=0; for l in t.lines(){ if l.starts_with("Size:"){size=l.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();} else if l.starts_with("Rss:"){ let r=l.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap(); if r>300 {println!("{size} kB rss {r} kB  {head}");} } else if l.contains('-') && !l.contains(':') || l.split(' ').next().unwrap().contains('-') {head=l.to_string();} } }
fn main(){
    let grid=Grid([50,100,20]);
    let labels: Vec<[String;3]> = grid.all().collect();
    rss("start");
    let registry=ours::registry(100_000);
    let family=ours::counters(&registry);
    for l in &labels { family.with(ours::borrowed(l)).inc(); }
    rss("recorded"); big("recorded");
    if std::env::args().len()>1 { let mut r=registry.reader_once(); r.read(); rss("reader"); big("reader"); }
    rss("dropped");
    let mut p=Publisher::new(&registry, std::time::Duration::from_secs(1), ManualClock::new()).unwrap();
    rss("first page"); big("first page");
    for l in &labels { family.with(ours::borrowed(l)).inc(); }
    p.tick();
    rss("second page"); big("second");
    println!("{} {} {}", p.pages().current().segment_count(), p.pages().current().len(), p.pages().current().memory_bytes());
}
