//! Promise: Prometheus scrapes it over TLS with a certificate and a password, and without either is told why not.

use super::asked::Program;
use super::cases::{PASSWORDS, VERIFIED, tls, users};
use super::certificates::Folder;
use crate::prometheus::{configured, wait_for};

#[test]
#[ignore = "needs prometheus; tests/all installs it"]
fn a_real_prometheus_scrapes_over_tls_with_certificate_and_password_and_not_without() {
    let folder = Folder::new("scraped");
    let web = folder.write("web.yml", tls(VERIFIED) + &users(&PASSWORDS));
    let program = Program::start(&["--web.config.file", web.to_str().unwrap()]).unwrap();
    let file = |name: &str| folder.file(name).display().to_string();
    let pair = |name: &str| {
        format!("cert_file: '{}', key_file: '{}'", file(&format!("{name}.pem")), file(&format!("{name}.key")))
    };
    let ca = format!("ca_file: '{}'", file("ca.pem"));
    let (alice, wrong) =
        ("basic_auth: {username: alice, password: rabbit}", "basic_auth: {username: alice, password: hatter}");
    let job = |name: &str, scheme: &str, tls: &str, auth: &str| {
        let more = if auth.is_empty() { String::new() } else { format!(", {auth}") };
        format!(
            "{{job_name: {name}, scheme: {scheme}, scrape_interval: 1s, scrape_timeout: 1s, tls_config: {{{tls}}}{more}, \
             static_configs: [{{targets: ['{}']}}]}}",
            program.address()
        )
    };
    let by = |client: &str| format!("{ca}, {}", pair(client));
    let scraped = [
        job("good", "https", &by("good"), alice),
        job("nameless", "https", &by("nameless"), "basic_auth: {username: bob, password: hatter}"),
        job("tls12", "https", &format!("{}, max_version: TLS12", by("good")), alice),
    ];
    let refused = [
        job("no_certificate", "https", &ca, alice),
        job("expired", "https", &by("expired"), alice),
        job("early", "https", &by("early"), alice),
        job("stranger", "https", &by("stranger"), alice),
        job("selfsigned", "https", &by("selfsigned"), alice),
        job("no_password", "https", &by("good"), ""),
        job("wrong_password", "https", &by("good"), wrong),
        job("untrusted", "https", &pair("good"), alice),
        job("other_name", "https", &format!("{}, server_name: other.example", by("good")), alice),
        job("plain", "http", "", alice),
    ];
    let all = [scraped.as_slice(), refused.as_slice()].concat().join(",\n  ");
    let (_prometheus, port) = configured(folder.path(), &format!("scrape_configs: [\n  {all}\n]\n"));
    let name = |job: &String| job.split([' ', ',']).nth(1).unwrap().to_owned();
    for job in &scraped {
        wait_for(port, &format!("up{{job=\"{}\"}}", name(job)), |up| up == 1.0);
        wait_for(port, &format!("scrape_samples_scraped{{job=\"{}\"}}", name(job)), |samples| samples > 100.0);
    }
    for job in &refused {
        wait_for(port, &format!("up{{job=\"{}\"}}", name(job)), |up| up == 0.0);
    }
    // None of them ever got in.
    wait_for(port, "sum(max_over_time(up[1m]))", |up| up == scraped.len() as f64);
}
