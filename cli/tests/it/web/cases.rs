//! What web configurations are made of, case by case.

use super::certificates::{ADDRESS, DNS, EMAIL, Folder, URI};

/// One case.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The file; none for one that is not there.
    pub(super) web: Option<String>,
    /// The scheme, and what curl is told beside the URL.
    pub(super) asks: &'static str,
    pub(super) ours: Expected,
    /// What exporter-toolkit makes of it if that is something else, and why ours is not that.
    pub(super) judge: Option<(Expected, &'static str)>,
}

/// What comes of a case.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    /// It does not start, and ours says these words.
    Refused(&'static str),
    /// What curl is answered, once for each word; 000 if there is no connection.
    Answers(&'static str),
}
use Expected::{Answers, Refused};

impl Case {
    /// Where exporter-toolkit is another, and why.
    fn unlike(mut self, judge: Expected, why: &'static str) -> Self {
        self.judge = Some((judge, why));
        self
    }
}

fn refused(name: &'static str, web: impl Into<String>, words: &'static str) -> Case {
    let web = web.into();
    // Of others, which may take it.
    let asks = if web.contains("cert_file") { CA } else { "http" };
    Case { name, web: Some(web), asks, ours: Refused(words), judge: None }
}

fn answers(name: &'static str, web: impl Into<String>, asks: &'static str, answers: &'static str) -> Case {
    Case { name, web: Some(web.into()), asks, ours: Answers(answers), judge: None }
}

/// TLS with the server's certificate and further lines.
pub(super) fn tls(lines: &str) -> String {
    let lines: Vec<_> = lines.lines().map(|line| format!("  {line}\n")).collect();
    format!("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n{}", lines.concat())
}

/// A text in PEM as a value of the section of TLS.
fn inline(key: &str, pem: &str) -> String {
    let lines: Vec<_> = pem.lines().map(|line| format!("    {line}\n")).collect();
    format!("  {key}: |\n{}", lines.concat())
}

const CA: &str = "https --cacert ca.pem";
/// Users with the passwords `rabbit`, `hatter` and `queen`, in each of the three spellings of hashes.
pub(super) const PASSWORDS: [&str; 3] = [
    "alice: $2b$04$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBu",
    "bob: $2y$04$CWalkedIntoTheRabbitHeoJZ0ZymMFCGva7eQfbvbj3fJq7knjtu",
    "carol: $2a$04$CWalkedIntoTheRabbitHe.XXLcTZsWEIqhdpm8ryj4YBlMkrNDiK",
];

/// A section of users.
pub(super) fn users(passwords: &[&str]) -> String {
    format!("basic_auth_users:\n  {}\n", passwords.join("\n  "))
}

pub(super) const VERIFIED: &str = "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem";

/// Every case.
pub(super) fn cases(folder: &Folder) -> Vec<Case> {
    let groups =
        [files(), pairs(folder), versions(), suites(), curves(), policies(folder), clients(), names(), passwords()];
    groups.into_iter().chain([costs(), headers(), rates()]).flatten().collect()
}

fn files() -> Vec<Case> {
    let long = "# a remark\n".repeat(7000);
    vec![
        Case {
            name: "no such file",
            web: None,
            asks: "http",
            ours: Refused("absent.yml: cannot be read"),
            judge: None,
        },
        answers("an empty file is plain HTTP", "", "http", "200"),
        answers("a file of remarks is plain HTTP", "# nothing yet\n", "http", "200"),
        refused("a file of random text", "hjkl asdf\n", "write keys of tls_server_config"),
        refused("a file that is no YAML", "tls_server_config: [\n", "line "),
        refused("a section that nobody knows", "tls_config:\n", "tls_config: not a key"),
        refused("a key that nobody knows", tls("cert_filse: server.pem"), "tls_server_config.cert_filse: not a key"),
        refused("a key of rates that nobody knows", "rate_limit: {bursts: 1}\n", "rate_limit.bursts: not a key"),
        refused("a section that is there twice", "rate_limit: {}\nrate_limit: {}\n", "rate_limit: given twice"),
        refused(
            "an alias",
            format!("{}  dora: &x $2b$04$\nrate_limit: {{burst: *x}}\n", users(&PASSWORDS)),
            "an alias",
        ),
        refused("an alias of a whole section", "http_server_config: &x {}\nrate_limit: *x\n", "an alias")
            .unlike(Answers("200"), "nobody needs aliases here, and a tree of them grows without bounds"),
        refused("a second document", "---\nrate_limit: {}\n---\nrate_limit: {}\n", "a second document")
            .unlike(Answers("200"), "a document that is ignored looks as if it were not"),
        refused("a file of 77 kB", long, "longer than 65536 bytes").unlike(Answers("200"), "what is read is bounded"),
    ]
}

/// Certificates and their keys.
fn pairs(folder: &Folder) -> Vec<Case> {
    let section = |lines: &str| format!("tls_server_config:\n{lines}");
    let (cert, key) = (inline("cert", &folder.read("server.pem")), inline("key", &folder.read("server.key")));
    let absolute = |name: &str| folder.file(name).display().to_string();
    folder.write("chain.pem", folder.read("server.pem") + &folder.read("ca.pem"));
    folder.write("rubbish.pem", "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n");
    folder.write("empty.pem", "");
    folder.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let (no_cert, no_key) = ("tls_server_config.cert: is missing", "tls_server_config.key: is missing");
    vec![
        refused("a certificate without a key", section("  cert_file: server.pem\n"), no_key),
        refused("a key without a certificate", section("  key_file: server.key\n"), no_cert),
        refused("a blank path of a certificate", section("  cert_file: ''\n  key_file: server.key\n"), no_cert),
        refused("a blank path of a key", section("  cert_file: server.pem\n  key_file: ''\n"), no_key),
        refused("a blank certificate", section("  cert: ''\n  key_file: server.key\n"), no_cert),
        refused("a blank key", section("  cert_file: server.pem\n  key: ''\n"), no_key),
        refused(
            "blank paths beside a policy that nobody knows",
            section("  cert_file: ''\n  key_file: ''\n  client_auth_type: x\n"),
            "tls_server_config.client_auth_type: \"x\" given",
        ),
        refused(
            "blank paths beside a policy",
            section("  cert_file: ''\n  key_file: ''\n  client_auth_type: NoClientCert\n"),
            no_cert,
        ),
        refused("a policy and nothing else", section("  client_auth_type: RequireAnyClientCert\n"), no_cert),
        answers("blank paths and nothing else", section("  cert_file: ''\n  key_file: ''\n"), "http", "200"),
        answers("a section without anything", "tls_server_config:\n", "http", "200"),
        answers("a section without a certificate", section("  min_version: TLS13\n"), "http", "200"),
        refused(
            "no file of a certificate",
            section("  cert_file: absent.pem\n  key_file: server.key\n"),
            "tls_server_config.cert_file: ",
        ),
        refused(
            "no file of a key",
            section("  cert_file: server.pem\n  key_file: absent.key\n"),
            "tls_server_config.key_file: ",
        ),
        refused("no file of either", section("  cert_file: absent.pem\n  key_file: absent.key\n"), "absent.pem"),
        refused(
            "a folder for a certificate",
            section("  cert_file: .\n  key_file: server.key\n"),
            "tls_server_config.cert_file: ",
        ),
        refused(
            "a certificate that is rubbish",
            section("  cert_file: rubbish.pem\n  key_file: server.key\n"),
            "rubbish.pem has a broken certificate",
        ),
        refused(
            "a file of a certificate that is empty",
            section("  cert_file: empty.pem\n  key_file: server.key\n"),
            "has no certificate",
        ),
        refused(
            "the key of another certificate",
            section("  cert_file: server.pem\n  key_file: good.key\n"),
            "good.key is not the key of the certificate",
        ),
        refused(
            "a key and a certificate the wrong way round",
            section("  cert_file: server.key\n  key_file: server.pem\n"),
            "has no certificate",
        ),
        refused(
            "a key that is encrypted",
            section("  cert_file: server.pem\n  key_file: encrypted.key\n"),
            "encrypted.key",
        ),
        answers("certificate and key from files", tls(""), CA, "200"),
        answers(
            "certificate and key from files with whole paths",
            {
                let (cert, key) = (absolute("server.pem"), absolute("server.key"));
                section(&format!("  cert_file: {cert}\n  key_file: {key}\n"))
            },
            CA,
            "200",
        ),
        answers("certificate and key in the configuration", section(&format!("{cert}{key}")), CA, "200"),
        answers("a key in the configuration", section(&format!("  cert_file: server.pem\n{key}")), CA, "200"),
        answers("a certificate in the configuration", section(&format!("{cert}  key_file: server.key\n")), CA, "200"),
        answers("a chain", section("  cert_file: chain.pem\n  key_file: server.key\n"), CA, "200"),
        refused("a certificate twice", tls("") + &cert, "tls_server_config.cert: stands beside cert_file")
            .unlike(Answers("200"), "which of the two is served is a guess"),
        refused("a key twice", tls("") + &key, "tls_server_config.key: stands beside key_file")
            .unlike(Answers("200"), "which of the two is served is a guess"),
        answers("a client without TLS", tls(""), "http", "400"),
        answers("a client with TLS where there is none", "", "https -k", "000"),
        answers("a client that trusts another CA", tls(""), "https --cacert other-ca.pem", "000"),
        answers("two requests over one session", tls(""), CA, "200 200"),
    ]
}

fn versions() -> Vec<Case> {
    const OLD: &str = "https --cacert ca.pem --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0";
    const ONLY_12: &str = "https --cacert ca.pem --tls-max 1.2";
    const ONLY_13: &str = "https --cacert ca.pem --tlsv1.3";
    const NAMED: &str = "write TLS12 or TLS13";
    vec![
        answers("a client of TLS 1.1", tls(""), OLD, "000"),
        answers("a client of TLS 1.2", tls(""), ONLY_12, "200"),
        answers("a client of TLS 1.3", tls(""), ONLY_13, "200"),
        answers("from TLS 1.2 on, a client of 1.2", tls("min_version: TLS12"), ONLY_12, "200"),
        answers("from TLS 1.3 on, a client of 1.2", tls("min_version: TLS13"), ONLY_12, "000"),
        answers("from TLS 1.3 on, a client of 1.3", tls("min_version: TLS13"), ONLY_13, "200"),
        answers("up to TLS 1.2, a client of 1.3 alone", tls("max_version: TLS12"), ONLY_13, "000"),
        answers("up to TLS 1.2, a client of 1.2", tls("max_version: TLS12"), ONLY_12, "200"),
        answers("up to TLS 1.2, a client of both", tls("max_version: TLS12"), CA, "200"),
        answers("TLS 1.3 alone", tls("min_version: TLS13\nmax_version: TLS13"), ONLY_13, "200"),
        refused("a version that nobody knows", tls("min_version: TLS14"), NAMED),
        refused("a newest version that nobody knows", tls("max_version: SSL30"), NAMED),
        refused("a version written otherwise", tls("min_version: tls12"), NAMED),
        refused("TLS 1.0", tls("min_version: TLS10"), NAMED).unlike(Answers("200"), "RFC 8996: nobody may speak it"),
        refused("TLS 1.1", tls("min_version: TLS11"), NAMED).unlike(Answers("200"), "RFC 8996: nobody may speak it"),
        refused("no version between oldest and newest", tls("min_version: TLS13\nmax_version: TLS12"), "is newer")
            .unlike(Answers("000"), "no client could ever be answered"),
        answers("a blank version", tls("min_version: ''"), CA, "200")
            .unlike(Refused(""), "what is blank is as if it were left out, as everywhere else in the file"),
    ]
}

/// Versions from the oldest to the newest, and whether TLS 1.1, 1.2 and 1.3 are spoken.
pub(super) fn versioned() -> [(&'static str, [bool; 3]); 5] {
    [
        ("", [false, true, true]),
        ("min_version: TLS12", [false, true, true]),
        ("min_version: TLS13", [false, false, true]),
        ("max_version: TLS12", [false, true, false]),
        ("min_version: TLS12\nmax_version: TLS13", [false, true, true]),
    ]
}

fn suites() -> Vec<Case> {
    const TLS12_AES128: &str = "https --cacert ca.pem --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256";
    const TLS12_AES256: &str = "https --cacert ca.pem --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384";
    const TLS12_BOTH: &str =
        "https --cacert ca.pem --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
    const TLS12_CBC: &str = "https --cacert ca.pem --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-SHA384:AES128-SHA";
    let listed = |names: &[&str]| tls(&format!("cipher_suites: [{}]", names.join(", ")));
    let without_http2 = |web: String| web + "http_server_config: {http2: false}\n";
    let (aes128, aes256) = ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    let all = [
        aes128,
        aes256,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ];
    const NO_CBC: &str = "suites that encrypt and authenticate apart have been attacked again and again";
    const HTTP2: &str = "HTTP/2 demands";
    vec![
        answers("every suite", listed(&all), CA, "200"),
        answers("the only suite of both", listed(&[aes128]), TLS12_AES128, "200"),
        answers("no suite of both", listed(&[aes128]), TLS12_AES256, "000"),
        answers("one suite of both", listed(&[aes128]), TLS12_BOTH, "200"),
        answers("two suites of both", listed(&[aes256, aes128]), TLS12_BOTH, "200"),
        answers("a client without any suite of ours", tls(""), TLS12_CBC, "000"),
        answers("a list of suites does not bind TLS 1.3", listed(&[aes128]), "https --cacert ca.pem --tlsv1.3", "200"),
        answers(
            "the server's order of suites",
            listed(&[aes256, aes128]) + "  prefer_server_cipher_suites: true\n",
            CA,
            "200",
        ),
        answers(
            "the client's order of suites",
            listed(&[aes256, aes128]) + "  prefer_server_cipher_suites: false\n",
            CA,
            "200",
        ),
        refused("an order that is no truth", tls("prefer_server_cipher_suites: server"), "write true or false"),
        refused("a suite that nobody knows", listed(&[aes128, "TLS_MADE_UP"]), "TLS_MADE_UP"),
        refused(
            "a suite without forward secrecy",
            listed(&[aes128, "TLS_RSA_WITH_AES_128_GCM_SHA256"]),
            "TLS_RSA_WITH",
        ),
        refused("a suite by another name", listed(&[aes128, "ECDHE-ECDSA-AES128-GCM-SHA256"]), "ECDHE-ECDSA"),
        refused("suites that are no list", tls(&format!("cipher_suites: {aes128}")), "a list of texts"),
        refused("a suite of CBC", listed(&[aes128, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"]), "128_CBC_SHA")
            .unlike(Answers("200"), NO_CBC),
        refused("a suite of CBC and RSA", listed(&[aes128, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"]), "256_CBC_SHA")
            .unlike(Answers("200"), NO_CBC),
        refused("a list without what HTTP/2 demands", listed(&[aes256]), HTTP2),
        refused("a list of suites of TLS 1.3 alone", listed(&["TLS_AES_128_GCM_SHA256"]), HTTP2),
        answers("such a list without HTTP/2", without_http2(listed(&[aes256])), TLS12_AES256, "200"),
        answers("such a list from TLS 1.3 on", listed(&[aes256]) + "  min_version: TLS13\n", CA, "200"),
        answers(
            "suites of TLS 1.3 alone, a client of 1.2",
            without_http2(listed(&["TLS_AES_128_GCM_SHA256"])),
            TLS12_BOTH,
            "000",
        ),
        answers(
            "suites of TLS 1.3 alone, a client of 1.3",
            without_http2(listed(&["TLS_AES_128_GCM_SHA256"])),
            CA,
            "200",
        ),
        answers("a client of HTTP/2", tls(""), "https --cacert ca.pem --http2 -w %{http_version}\\n", "1.1")
            .unlike(Answers("2"), "a scrape is one request, and HTTP/2 is another server's worth of code"),
        answers(
            "a client of HTTP/2 where that is off",
            without_http2(tls("")),
            "https --cacert ca.pem --http2 -w %{http_version}\\n",
            "1.1",
        ),
        answers("HTTP/2 that is blank", "http_server_config:\n  http2:\n", "http", "200"),
        answers(
            "HTTP/2 that is off in another word",
            listed(&[aes256]) + "http_server_config: {http2: No}\n",
            TLS12_AES256,
            "200",
        ),
        answers("an order that is true in another word", tls("prefer_server_cipher_suites: ON"), CA, "200"),
        answers("an order that is blank", tls("prefer_server_cipher_suites:"), CA, "200"),
        refused("HTTP/2 that is true in a mixed word", "http_server_config: {http2: tRue}\n", "write true or false"),
        refused("HTTP/2 that is a text", "http_server_config: {http2: 'true'}\n", "write true or false"),
        refused("HTTP/2 that is no truth", "http_server_config: {http2: maybe}\n", "write true or false"),
    ]
}

fn curves() -> Vec<Case> {
    let listed = |names: &str| tls(&format!("curve_preferences: [{names}]"));
    const P256: &str = "https --cacert ca.pem --curves P-256";
    const P384: &str = "https --cacert ca.pem --curves P-384";
    const X25519: &str = "https --cacert ca.pem --curves X25519";
    const P521: &str = "https --cacert ca.pem --curves P-521";
    vec![
        answers("every curve", listed("X25519, CurveP256, CurveP384"), CA, "200"),
        answers("the curve P-256", listed("CurveP256"), P256, "200"),
        answers("the curve P-384", listed("CurveP384"), P384, "200"),
        answers("the curve X25519", listed("X25519"), X25519, "200"),
        answers("no curve of both", listed("CurveP256"), P384, "000"),
        answers("one curve of both", listed("CurveP384, X25519"), X25519, "200"),
        answers("no curve of both, up to TLS 1.2", listed("CurveP384") + "  max_version: TLS12\n", X25519, "000"),
        answers("a client of P-521 alone", tls(""), P521, "000")
            .unlike(Answers("200"), "rustls has no P-521 on ring; whoever has it has another one too"),
        refused("the curve P-521", listed("CurveP521"), "CurveP521")
            .unlike(Answers("200"), "rustls has no P-521 on ring"),
        refused("a curve that nobody knows", listed("CurveP257"), "CurveP257"),
        refused("a curve by another name", listed("P-256"), "P-256"),
        refused("curves that are no list", tls("curve_preferences: X25519"), "a list of texts"),
    ]
}

/// `client_auth_type`, and the CA.
fn policies(folder: &Folder) -> Vec<Case> {
    let ca = inline("client_ca", &folder.read("ca.pem"));
    let good = "https --cacert ca.pem --cert good.pem --key good.key";
    const UNUSED: &str = "whoever names a CA believes that it is asked";
    const NO_CA: &str = "the CAs that the system trusts vouch for whoever has a domain";
    vec![
        refused(
            "a policy that nobody knows",
            tls("client_auth_type: Sometimes"),
            "client_auth_type: \"Sometimes\" given",
        ),
        refused("a CA without a policy", tls("client_ca_file: ca.pem"), "client_ca: has no use"),
        refused(
            "a CA beside a policy that asks nobody",
            tls("client_auth_type: NoClientCert\nclient_ca_file: ca.pem"),
            "client_ca: has no use",
        ),
        refused(
            "a CA beside a policy that only asks",
            tls("client_auth_type: RequestClientCert\nclient_ca_file: ca.pem"),
            "client_ca: has no use",
        )
        .unlike(Answers("200"), UNUSED),
        refused(
            "a CA beside a policy that takes any",
            tls("client_auth_type: RequireAnyClientCert\nclient_ca_file: ca.pem"),
            "client_ca: has no use",
        )
        .unlike(Answers("000"), UNUSED),
        refused("no CA to verify by", tls("client_auth_type: RequireAndVerifyClientCert"), "needs client_ca_file")
            .unlike(Answers("000"), NO_CA),
        refused(
            "no CA to verify by if given",
            tls("client_auth_type: VerifyClientCertIfGiven"),
            "needs client_ca_file",
        )
        .unlike(Answers("200"), NO_CA),
        refused(
            "no file of the CA",
            tls("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: absent.pem"),
            "tls_server_config.client_ca_file: ",
        ),
        refused(
            "a file of the CA that is empty",
            tls("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: empty.pem"),
            "has no certificate",
        )
        .unlike(Answers("000"), "no client could ever be answered"),
        refused(
            "a CA that is rubbish",
            tls("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: rubbish.pem"),
            "rubbish.pem has no certificate that can be a CA's",
        )
        .unlike(Answers("000"), "no client could ever be answered"),
        answers("a CA in the configuration", tls("client_auth_type: RequireAndVerifyClientCert") + &ca, good, "200"),
        refused("a CA twice", tls(VERIFIED) + &ca, "client_ca: stands beside client_ca_file")
            .unlike(Answers("000"), "which of the two is asked is a guess"),
        answers("the policy's older name", tls("client_auth_type: RequireClientCert"), good, "200"),
        answers("the policy's older name, no certificate", tls("client_auth_type: RequireClientCert"), CA, "000"),
        answers("a blank policy", tls("client_auth_type: ''"), CA, "200"),
    ]
}

/// Who gets in by which certificate.
fn clients() -> Vec<Case> {
    let of = |policy: &str| {
        let ca = if policy.contains("Verify") { "\nclient_ca_file: ca.pem" } else { "" };
        tls(&format!("client_auth_type: {policy}{ca}"))
    };
    const GOOD: &str = "https --cacert ca.pem --cert good.pem --key good.key";
    const GOOD_12: &str = "https --cacert ca.pem --cert good.pem --key good.key --tls-max 1.2";
    const NAMELESS: &str = "https --cacert ca.pem --cert nameless.pem --key nameless.key";
    const EXPIRED: &str = "https --cacert ca.pem --cert expired.pem --key expired.key";
    const EARLY: &str = "https --cacert ca.pem --cert early.pem --key early.key";
    const STRANGER: &str = "https --cacert ca.pem --cert stranger.pem --key stranger.key";
    const STRANGER_12: &str = "https --cacert ca.pem --cert stranger.pem --key stranger.key --tls-max 1.2";
    const SELFSIGNED: &str = "https --cacert ca.pem --cert selfsigned.pem --key selfsigned.key";
    const SELFMADE: &str = "https --cacert ca.pem --cert selfmade.pem --key selfmade.key";
    const SELFMADE_12: &str = "https --cacert ca.pem --cert selfmade.pem --key selfmade.key --tls-max 1.2";
    const SELFMADE_OLD: &str = "https --cacert ca.pem --cert selfmade-old.pem --key selfmade-old.key";
    const SELFMADE_SERVER: &str = "https --cacert ca.pem --cert selfmade-server.pem --key selfmade-server.key";
    let by_itself =
        |name: &str| tls(&format!("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: {name}.pem"));
    const SERVER: &str = "https --cacert ca.pem --cert server.pem --key server.key";
    const CA_12: &str = "https --cacert ca.pem --tls-max 1.2";
    let (no, request, any) = (of("NoClientCert"), of("RequestClientCert"), of("RequireAnyClientCert"));
    let (given, both) = (of("VerifyClientCertIfGiven"), of("RequireAndVerifyClientCert"));
    vec![
        answers("nobody is asked: none", no.as_str(), CA, "200"),
        answers("nobody is asked: a good one", no.as_str(), GOOD, "200"),
        answers("asked: none", request.as_str(), CA, "200"),
        answers("asked: a good one", request.as_str(), GOOD, "200"),
        answers("asked: a self-signed one", request.as_str(), SELFSIGNED, "200"),
        answers("asked: an expired one", request.as_str(), EXPIRED, "200"),
        answers("any is taken: none", any.as_str(), CA, "000"),
        answers("any is taken: none, up to TLS 1.2", any.as_str(), CA_12, "000"),
        answers("any is taken: a good one", any.as_str(), GOOD, "200"),
        answers("any is taken: a self-signed one", any.as_str(), SELFSIGNED, "200"),
        answers("any is taken: one of another CA", any.as_str(), STRANGER, "200"),
        answers("any is taken: an expired one", any.as_str(), EXPIRED, "200"),
        answers("verified if given: none", given.as_str(), CA, "200"),
        answers("verified if given: a good one", given.as_str(), GOOD, "200"),
        answers("verified if given: a self-signed one", given.as_str(), SELFSIGNED, "000"),
        answers("verified if given: one of another CA", given.as_str(), STRANGER, "000"),
        answers("verified if given: an expired one", given.as_str(), EXPIRED, "000"),
        answers("verified if given: one of the future", given.as_str(), EARLY, "000"),
        answers("verified: none", both.as_str(), CA, "000"),
        answers("verified: none, up to TLS 1.2", both.as_str(), CA_12, "000"),
        answers("verified: a good one", both.as_str(), GOOD, "200"),
        answers("verified: a good one, up to TLS 1.2", both.as_str(), GOOD_12, "200"),
        answers("verified: a good one, twice over one session", both.as_str(), GOOD, "200 200"),
        answers("verified: one without names", both.as_str(), NAMELESS, "200"),
        answers("verified: a self-signed one", both.as_str(), SELFSIGNED, "000"),
        answers("verified: one of another CA", both.as_str(), STRANGER, "000"),
        answers("verified: one of another CA, up to TLS 1.2", both.as_str(), STRANGER_12, "000"),
        answers("verified: an expired one", both.as_str(), EXPIRED, "000"),
        answers("verified: one of the future", both.as_str(), EARLY, "000"),
        answers("verified: one of a server", both.as_str(), SERVER, "000"),
        answers("verified: a self-signed one that is the CA", by_itself("selfsigned"), SELFSIGNED, "200"),
        answers("verified: a self-made one that is the CA", by_itself("selfmade"), SELFMADE, "200"),
        answers("verified: a self-made one that is the CA, up to TLS 1.2", by_itself("selfmade"), SELFMADE_12, "200"),
        answers("verified: a self-made one that is another's CA", by_itself("selfmade-server"), SELFMADE, "000"),
        answers("verified: an old self-made one that is the CA", by_itself("selfmade-old"), SELFMADE_OLD, "000"),
        answers(
            "verified: a self-made one of a server that is the CA",
            by_itself("selfmade-server"),
            SELFMADE_SERVER,
            "000",
        ),
        answers("verified: a client without TLS", both.as_str(), "http", "400"),
    ]
}

/// `client_allowed_sans`.
fn names() -> Vec<Case> {
    const GOOD: &str = "https --cacert ca.pem --cert good.pem --key good.key";
    const GOOD_12: &str = "https --cacert ca.pem --cert good.pem --key good.key --tls-max 1.2";
    const NAMELESS: &str = "https --cacert ca.pem --cert nameless.pem --key nameless.key";
    const SELFSIGNED: &str = "https --cacert ca.pem --cert selfsigned.pem --key selfsigned.key";
    let allowed = |names: &[&str]| tls(&format!("{VERIFIED}\nclient_allowed_sans: ['{}']", names.join("', '")));
    let any = format!("client_auth_type: RequireAnyClientCert\nclient_allowed_sans: [{DNS}]");
    vec![
        answers("allowed by its DNS name", allowed(&[DNS]), GOOD, "200"),
        answers("allowed by its address", allowed(&[ADDRESS]), GOOD, "200"),
        answers("allowed by its e-mail address", allowed(&[EMAIL]), GOOD, "200"),
        answers("allowed by its URI", allowed(&[URI]), GOOD, "200"),
        answers("allowed by its DNS name, up to TLS 1.2", allowed(&[DNS]), GOOD_12, "200"),
        answers("allowed by one name of several", allowed(&["other.example", URI, "192.0.2.8"]), GOOD, "200"),
        answers("another name is allowed", allowed(&["other.example"]), GOOD, "000"),
        answers("another name is allowed, up to TLS 1.2", allowed(&["other.example"]), GOOD_12, "000"),
        answers("a part of its name is allowed", allowed(&["example"]), GOOD, "000"),
        answers("its name in capitals is allowed", allowed(&["PROMETHEUS.EXAMPLE"]), GOOD, "000"),
        answers("its common name is allowed", allowed(&["good"]), GOOD, "000"),
        answers("a pattern of its name is allowed", allowed(&["*.example"]), GOOD, "000"),
        answers("a name is allowed, and it has none", allowed(&[DNS]), NAMELESS, "000"),
        answers("a name is allowed, and it is self-signed", allowed(&[DNS]), SELFSIGNED, "000"),
        answers("names that are null", tls(&format!("{VERIFIED}\nclient_allowed_sans:")), GOOD, "200"),
        refused("names without any", tls(&format!("{VERIFIED}\nclient_allowed_sans: []")), "client_allowed_sans")
            .unlike(Answers("000"), "no client could ever be answered"),
        refused(
            "names without a policy",
            tls(&format!("client_allowed_sans: [{DNS}]")),
            "client_allowed_sans: has no use",
        )
        .unlike(Answers("200"), "whoever names clients believes that others are not let in"),
        refused("names beside a policy that takes any", tls(&any), "client_allowed_sans: has no use")
            .unlike(Answers("000"), "anybody may write any name into a certificate that nobody verifies"),
        refused("names that are no list", tls(&format!("{VERIFIED}\nclient_allowed_sans: {DNS}")), "a list of texts"),
    ]
}

fn passwords() -> Vec<Case> {
    let all = users(&PASSWORDS);
    let all = all.as_str();
    let both = |tls: String| tls + all;
    const CERTIFICATE: &str = "https --cacert ca.pem --cert good.pem --key good.key";
    vec![
        answers("no password", all, "http", "401"),
        answers("the right password", all, "http -u alice:rabbit", "200"),
        answers("the right password, three times", all, "http -u alice:rabbit", "200 200 200"),
        answers("a wrong password", all, "http -u alice:hatter", "401"),
        answers("a wrong password, three times", all, "http -u alice:hatter", "401 401 401"),
        answers("an unknown user", all, "http -u eve:rabbit", "401"),
        answers("the second user", all, "http -u bob:hatter", "200"),
        answers("the third user", all, "http -u carol:queen", "200"),
        answers("a user in capitals", all, "http -u Alice:rabbit", "401"),
        answers("a blank password", all, "http -u alice:", "401"),
        answers("a blank user", all, "http -u :rabbit", "401"),
        answers("no password, with TLS", both(tls("")), CA, "401"),
        answers("the right password, with TLS", both(tls("")), "https --cacert ca.pem -u alice:rabbit", "200"),
        answers("a wrong password, with TLS", both(tls("")), "https --cacert ca.pem -u alice:hatter", "401"),
        answers("the second user, with TLS", both(tls("")), "https --cacert ca.pem -u bob:hatter", "200"),
        answers("the right password, without TLS where there is TLS", both(tls("")), "http -u alice:rabbit", "400"),
        answers("a certificate and no password", both(tls(VERIFIED)), CERTIFICATE, "401"),
        answers("a password and no certificate", both(tls(VERIFIED)), "https --cacert ca.pem -u alice:rabbit", "000"),
        answers(
            "a certificate and the right password",
            both(tls(VERIFIED)),
            "https --cacert ca.pem --cert good.pem --key good.key -u alice:rabbit",
            "200",
        ),
        answers(
            "a certificate and a wrong password",
            both(tls(VERIFIED)),
            "https --cacert ca.pem --cert good.pem --key good.key -u alice:hatter",
            "401",
        ),
        answers("whether it is healthy, without a password", all, "http/-/healthy", "200")
            .unlike(Answers("401"), "what asks whether it is alive has no password, and is told nothing else"),
        answers("whether it is ready, without a password", all, "http/-/ready", "200")
            .unlike(Answers("401"), "what asks whether it is ready has no password, and is told nothing else"),
        answers("the landing page, without a password", all, "http/", "401"),
        answers("what is not there, without a password", all, "http/absent", "401"),
        answers("no users", "basic_auth_users:\n", "http", "200"),
        answers("an empty list of users", "basic_auth_users: {}\n", "http", "200"),
        refused("users that are a list", "basic_auth_users: [alice]\n", "names, each with a value"),
    ]
}

/// Hashes of passwords.
fn costs() -> Vec<Case> {
    let alice = |hash: &str| format!("basic_auth_users: {{alice: '{hash}'}}\n");
    let of_cost = |cost: &str| alice(&format!("$2b${cost}$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBu"));
    const NO_HASH: &str = "basic_auth_users.alice: this is no bcrypt hash";
    vec![
        refused("a password that is no hash", alice("rabbit"), NO_HASH),
        refused("a blank hash", alice(""), NO_HASH),
        refused("a hash of Apache's MD5", alice("$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"), NO_HASH),
        refused(
            "a hash of SHA-512",
            alice("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQ"),
            NO_HASH,
        ),
        answers(
            "a hash in a block",
            "basic_auth_users:\n  alice: |\n    $2b$04$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBu\n",
            "http -u alice:rabbit",
            "200",
        ),
        refused("a hash that goes on", alice("$2b$04$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBux"), NO_HASH)
            .unlike(Answers("401"), "what is behind a hash is a mistake"),
        refused("a hash of 1998", alice("$2$04$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBu"), NO_HASH)
            .unlike(Answers("401"), "$2$ leaves open how characters beyond ASCII are hashed"),
        refused("a hash that is cut off", alice("$2b$10$CWalkedIntoTheRabbit"), NO_HASH),
        refused("a cost of 3", of_cost("03"), NO_HASH),
        refused("a cost of 32", of_cost("32"), NO_HASH),
        refused("a cost of 18", of_cost("18"), "basic_auth_users.alice: a cost of 18")
            .unlike(Answers("401"), "a wrong password would take a processor for seconds, and each step doubles it"),
        answers("a cost of 17", of_cost("17"), "http", "401"),
        refused(
            "a hash that another program broke",
            alice("$2x$04$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBu"),
            NO_HASH,
        )
        .unlike(Answers("401"), "$2x$ marks hashes of a program that lost characters"),
        refused(
            "a name with a colon",
            "basic_auth_users: {'a:b': $2b$04$CWalkedIntoTheRabbitHeVwHbD2Bkk/nbplzRvICxvR1NJC3lbBu}\n",
            "colon",
        )
        .unlike(Answers("401"), "it could never be sent"),
    ]
}

fn headers() -> Vec<Case> {
    let header = |name: &str, value: &str| format!("http_server_config: {{headers: {{{name}: '{value}'}}}}\n");
    const NO_KEY: &str = "not a key";
    let both = header("X-Frame-Options", "deny") + &users(&PASSWORDS);
    vec![
        answers(
            "the header X-Frame-Options: deny",
            header("X-Frame-Options", "deny"),
            "http -w %header{x-frame-options}\\n",
            "deny",
        ),
        answers(
            "the header X-Frame-Options: sameorigin",
            header("X-Frame-Options", "sameorigin"),
            "http -w %header{x-frame-options}\\n",
            "sameorigin",
        ),
        answers(
            "the header X-Content-Type-Options",
            header("X-Content-Type-Options", "nosniff"),
            "http -w %header{x-content-type-options}\\n",
            "nosniff",
        ),
        answers(
            "the header X-XSS-Protection",
            header("X-XSS-Protection", "0"),
            "http -w %header{x-xss-protection}\\n",
            "0",
        ),
        answers(
            "the header Strict-Transport-Security",
            header("Strict-Transport-Security", "max-age=600"),
            "http -w %header{strict-transport-security}\\n",
            "max-age=600",
        ),
        answers(
            "the header Content-Security-Policy",
            header("Content-Security-Policy", "sandbox"),
            "http -w %header{content-security-policy}\\n",
            "sandbox",
        ),
        answers(
            "a header of what is not there",
            header("X-Frame-Options", "deny"),
            "http/absent -w %{http_code}/%header{x-frame-options}\\n",
            "404/deny",
        ),
        answers(
            "a header where a password is missing",
            both,
            "http -w %{http_code}/%header{x-frame-options}\\n",
            "401/deny",
        ),
        refused(
            "a header with a line break",
            "http_server_config: {headers: {X-XSS-Protection: \"0\\nA: b\"}}\n",
            "visible ASCII",
        )
        .unlike(Answers("200"), "it would be another header, or is one to who comes behind"),
        refused("a header that nobody may set", header("Server", "x"), NO_KEY),
        refused("a header in small letters", header("x-frame-options", "deny"), NO_KEY),
        refused("another value of X-Frame-Options", header("X-Frame-Options", "allow"), "write deny or sameorigin"),
        refused("X-Frame-Options in capitals", header("X-Frame-Options", "DENY"), "write deny or sameorigin"),
        refused("another value of X-Content-Type-Options", header("X-Content-Type-Options", "sniff"), "write nosniff"),
        answers("a blank X-Frame-Options", header("X-Frame-Options", ""), "http", "200")
            .unlike(Refused(""), "what is blank is as if it were left out, as everywhere else in the file"),
        refused("headers that are a list", "http_server_config: {headers: [a]}\n", "http_server_config.headers"),
    ]
}

fn rates() -> Vec<Case> {
    let rate = |fields: &str| format!("rate_limit: {{{fields}}}\n");
    const TIME: &str = "a length of time";
    vec![
        answers("a rate of nothing", "rate_limit:\n", "http", "200 200"),
        answers("an interval of 0", rate("interval: 0, burst: 0"), "http", "200 200 200"),
        answers("an interval of 0s", rate("interval: 0s, burst: 1"), "http", "200 200 200"),
        answers("a burst without an interval", rate("burst: 1"), "http", "200 200"),
        answers("an interval without a burst", rate("interval: 1s"), "http", "429"),
        answers("an interval that is blank", rate("interval: , burst: 1"), "http", "200 200"),
        answers("a burst that is blank", "rate_limit:\n  interval: 1h\n  burst: NULL\n", "http", "429"),
        answers("a burst of none", rate("interval: 1s, burst: 0"), "http", "429 429"),
        answers("a burst of one", rate("interval: 1h, burst: 1"), "http", "200 429"),
        answers("a burst of three", rate("interval: 1h30m, burst: 3"), "http", "200 200 200 429"),
        answers("a rate, with TLS", tls("") + &rate("interval: 1h, burst: 1"), CA, "200 429"),
        answers(
            "a rate counts wrong passwords",
            rate("interval: 1h, burst: 1") + &users(&PASSWORDS),
            "http -u alice:hatter",
            "401 429",
        ),
        answers(
            "a rate counts missing passwords",
            rate("interval: 1h, burst: 2") + &users(&PASSWORDS),
            "http",
            "401 401 429",
        ),
        answers("a rate counts what is not there", rate("interval: 1h, burst: 1"), "http/absent", "404 429"),
        answers(
            "whether it is healthy, above the rate",
            rate("interval: 1h, burst: 1"),
            "http/-/healthy",
            "200 200 200",
        )
        .unlike(Answers("404 429 429"), "a supervisor would end what is merely asked often"),
        refused("an interval with a space", rate("interval: 1 s"), TIME),
        refused("an interval of a day", rate("interval: 1d"), TIME),
        refused("an interval that is a word", rate("interval: often"), TIME),
        refused("an interval without a unit", rate("interval: 5"), TIME)
            .unlike(Answers("429"), "it would be nanoseconds, which nobody means"),
        refused("an interval below nothing", rate("interval: -1s"), TIME)
            .unlike(Answers("200"), "it would be no limit, which nobody means"),
        refused("a burst below nothing", rate("interval: 1s, burst: -1"), "a whole number")
            .unlike(Answers("429"), "nobody would be answered, for which 0 is enough"),
        refused("a burst that is no whole number", rate("interval: 1h, burst: 1.5"), "a whole number")
            .unlike(Answers("200 429"), "half a request is none, and whoever writes it means something else"),
    ]
}
