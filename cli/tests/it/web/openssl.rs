//! Promise: what is spoken of TLS is what OpenSSL speaks too: each version, suite and curve, and no older ones.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use super::asked::{Program, statuses};
use super::cases::{tls, versioned};
use super::certificates::Folder;

/// What OpenSSL says when it connects so: none if there is no session.
fn connect(folder: &Folder, address: SocketAddr, arguments: &[&str]) -> Option<String> {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &address.to_string(), "-verify_return_error"]).args(arguments);
    openssl.current_dir(folder.path()).stdin(Stdio::null());
    let output = openssl.output().expect("openssl is installed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success() && !said.contains("Cipher is (NONE)")).then_some(said)
}

/// Has OpenSSL make something in the folder.
fn make(folder: &Folder, arguments: &[&str]) {
    let mut openssl = Command::new("openssl");
    openssl.args(arguments).current_dir(folder.path());
    let output = openssl.output().expect("openssl is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A certificate that signs itself, of a key of this kind.
fn make_certificate(folder: &Folder, name: &str, kind: &[&str]) {
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    let rest = ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    make(folder, &[&["req", "-x509", "-keyout", &key, "-out", &pem], kind, &rest].concat());
}

fn pair(name: &str, lines: &str) -> String {
    tls(lines).replace("server.", &format!("{name}."))
}

fn start(folder: &Folder, web: &str) -> Program {
    Program::start(&["--web.config.file", folder.write("web.yml", web).to_str().unwrap()]).unwrap()
}

const SUITES: [&str; 3] = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"];
const SUITES_13: [&str; 3] = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/// Of each curve, how it is asked for, and how a key of it is described.
const CURVES: [(&str, &str); 3] =
    [("X25519", "X25519, 253 bits"), ("P-256", "ECDH, prime256v1, 256 bits"), ("P-384", "ECDH, secp384r1, 384 bits")];

#[test]
#[ignore = "needs openssl; tests/all installs it"]
fn openssl_speaks_each_version_suite_and_curve_that_there_is_and_no_other() {
    let folder = Folder::new("openssl");
    make_certificate(&folder, "rsa", &["-newkey", "rsa:2048"]);
    for (name, ca, kind) in [("server", "ca.pem", "ECDSA"), ("rsa", "rsa.pem", "RSA")] {
        let program = start(&folder, &pair(name, ""));
        let speaks = |arguments: &[&str]| connect(&folder, program.address(), &[&["-CAfile", ca], arguments].concat());
        for suite in SUITES {
            let suite = format!("ECDHE-{kind}-{suite}");
            let said = speaks(&["-tls1_2", "-cipher", &suite]).unwrap_or_else(|| panic!("{suite}"));
            assert!(said.contains(&format!("New, TLSv1.2, Cipher is {suite}")), "{said}");
        }
        for suite in SUITES_13 {
            let said = speaks(&["-tls1_3", "-ciphersuites", suite]).unwrap_or_else(|| panic!("{suite}"));
            assert!(said.contains(&format!("New, TLSv1.3, Cipher is {suite}")), "{said}");
        }
        for version in ["-tls1_2", "-tls1_3"] {
            for (curve, described) in CURVES {
                if (kind, version) == ("ECDSA", "-tls1_2") {
                    // There its list of curves binds certificates too.
                    continue;
                }
                let said = speaks(&[version, "-groups", curve]).unwrap_or_else(|| panic!("{version} {curve}"));
                assert!(said.contains(&format!("Temp Key: {described}")), "{curve}: {said}");
            }
            for curve in ["P-521", "X448"] {
                assert_eq!(speaks(&[version, "-groups", curve]), None, "{version} {curve}");
            }
        }
        for suite in ["AES128-GCM-SHA256", "AES256-SHA", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA384"] {
            assert_eq!(speaks(&["-tls1_2", "-cipher", suite]), None, "{suite}");
        }
        for version in ["-tls1", "-tls1_1"] {
            assert_eq!(speaks(&[version, "-cipher", "DEFAULT@SECLEVEL=0"]), None, "{version}");
        }
    }
}

#[test]
#[ignore = "needs openssl; tests/all installs it"]
fn openssl_is_offered_http_1_1_alone() {
    let folder = Folder::new("alpn");
    let program = start(&folder, &tls(""));
    let speaks =
        |arguments: &[&str]| connect(&folder, program.address(), &[&["-CAfile", "ca.pem"], arguments].concat());
    for version in ["-tls1_2", "-tls1_3"] {
        let said = speaks(&[version, "-alpn", "h2,http/1.1"]).expect("both");
        assert!(said.contains("ALPN protocol: http/1.1"), "{said}");
        let said = speaks(&[version]).expect("none");
        assert!(said.contains("No ALPN negotiated"), "{said}");
        assert_eq!(speaks(&[version, "-alpn", "h2"]), None);
    }
}

#[test]
#[ignore = "needs openssl; tests/all installs it"]
fn the_order_of_suites_is_the_servers_or_the_clients_as_it_says() {
    let folder = Folder::new("order");
    for (prefers, chosen) in [("true", "AES256-GCM-SHA384"), ("false", "AES128-GCM-SHA256")] {
        let suites = ["256_GCM_SHA384", "128_GCM_SHA256"].map(|suite| format!("TLS_ECDHE_ECDSA_WITH_AES_{suite}"));
        let lines = format!("cipher_suites: [{}]\nprefer_server_cipher_suites: {prefers}", suites.join(", "));
        let program = start(&folder, &tls(&lines));
        let offered = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
        let arguments = ["-CAfile", "ca.pem", "-tls1_2", "-cipher", offered];
        let said = connect(&folder, program.address(), &arguments).expect("both");
        assert!(said.contains(&format!("Cipher is ECDHE-ECDSA-{chosen}")), "{prefers}: {said}");
    }
}

#[test]
#[ignore = "needs openssl; tests/all installs it"]
fn versions_are_spoken_from_the_oldest_to_the_newest_that_it_says() {
    let folder = Folder::new("versions");
    for (lines, spoken) in versioned() {
        let program = start(&folder, &tls(lines));
        let speaks = |version| connect(&folder, program.address(), &["-CAfile", "ca.pem", version]).is_some();
        assert_eq!([speaks("-tls1_1"), speaks("-tls1_2"), speaks("-tls1_3")], spoken, "{lines}");
    }
}

#[test]
#[ignore = "needs curl and openssl; tests/all installs them"]
fn keys_are_taken_in_each_form_that_openssl_writes_and_others_are_named() {
    let folder = Folder::new("keys");
    make_certificate(&folder, "rsa", &["-newkey", "rsa:2048"]);
    make_certificate(&folder, "p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]);
    make_certificate(&folder, "ed25519", &["-newkey", "ed25519"]);
    for (from, name, command) in
        [("rsa", "pkcs1", &["rsa", "-traditional"][..]), ("server", "sec1", &["ec"]), ("p384", "sec1-p384", &["ec"])]
    {
        let (key, written) = (format!("{from}.key"), format!("{name}.key"));
        make(&folder, &[command, &["-in", &key, "-out", &written]].concat());
        folder.write(&format!("{name}.pem"), folder.read(&format!("{from}.pem")));
    }
    assert!(folder.read("pkcs1.key").contains("BEGIN RSA PRIVATE KEY"));
    assert!(folder.read("sec1.key").contains("BEGIN EC PRIVATE KEY"));
    for name in ["rsa", "p384", "ed25519", "pkcs1", "sec1", "sec1-p384"] {
        let program = start(&folder, &pair(name, ""));
        let url = format!("https://{}/metrics", program.address());
        assert_eq!(statuses(folder.path(), &["-k"], &[url]), "200", "{name}");
    }
    make_certificate(&folder, "p521", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"]);
    make(&folder, &["pkcs8", "-topk8", "-in", "rsa.key", "-out", "locked.key", "-passout", "pass:rabbit"]);
    folder.write("locked.pem", folder.read("rsa.pem"));
    for (name, words) in [("p521", "p521.pem cannot be served"), ("locked", "locked.key is encrypted")] {
        let web = folder.write("web.yml", pair(name, ""));
        let said = Program::start(&["--web.config.file", web.to_str().unwrap()]).err().expect("it is refused");
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
#[ignore = "needs curl and openssl; tests/all installs them"]
fn client_certificates_are_taken_as_openssl_makes_them_but_for_three_kinds() {
    let folder = Folder::new("kinds");
    make_certificate(&folder, "clients", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let program = start(&folder, &tls("client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: clients.pem"));
    let url = format!("https://{}/metrics", program.address());
    let curve = |curve: &'static str| ["ec", "-pkeyopt", curve];
    let (p256, p384, p521) =
        (curve("ec_paramgen_curve:P-256"), curve("ec_paramgen_curve:P-384"), curve("ec_paramgen_curve:P-521"));
    let of_clients = "extendedKeyUsage=clientAuth\n";
    for (name, kind, extensions, expected) in [
        ("p256", &p256[..], of_clients, "200"),
        ("p384", &p384, of_clients, "200"),
        ("rsa", &["rsa:2048"], of_clients, "200"),
        ("ed25519", &["ed25519"], of_clients, "200"),
        ("of-both", &p256, "extendedKeyUsage=serverAuth,clientAuth\n", "200"),
        ("of-whatever", &p256, "basicConstraints=CA:FALSE\n", "200"),
        // What rustls lacks on ring, or does not take.
        ("p521", &p521, of_clients, "000"),
        ("version-1", &p256, "", "000"),
        ("any-usage", &p256, "extendedKeyUsage=anyExtendedKeyUsage\n", "000"),
    ] {
        let [key, request, pem] = ["key", "csr", "pem"].map(|kind| format!("{name}.{kind}"));
        let asked = ["req", "-new", "-nodes", "-keyout", &key, "-out", &request, "-subj", "/CN=client", "-newkey"];
        make(&folder, &[&asked[..], kind].concat());
        folder.write("extensions", extensions);
        let signed = ["x509", "-req", "-in", &request, "-CA", "clients.pem", "-CAkey", "clients.key", "-out", &pem];
        let more: &[&str] = if extensions.is_empty() { &[] } else { &["-extfile", "extensions"] };
        make(&folder, &[&signed[..], &["-CAcreateserial", "-days", "2"], more].concat());
        let arguments = ["--cacert", "ca.pem", "--cert", &pem, "--key", &key];
        assert_eq!(statuses(folder.path(), &arguments, std::slice::from_ref(&url)), expected, "{name}");
    }
}
