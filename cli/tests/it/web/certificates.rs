//! Certificates of servers and clients, good ones and others, as files in a folder.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

/// A folder of a test's own. Each certificate NAME is in `NAME.pem`, its key in `NAME.key`:
///
/// | NAME | what |
/// |---|---|
/// | `ca`, `other-ca` | whose certificates are taken, and whose are not |
/// | `server` | of `localhost`, 127.0.0.1 and ::1, by `ca` |
/// | `good`, `expired`, `early` | a client's by `ca`: with one name of each kind, until 2021, and from 2080 on |
/// | `nameless` | a client's by `ca` that has no alternative names |
/// | `stranger` | a client's by `other-ca` |
/// | `selfsigned` | a client's by nobody |
/// | `selfmade`, `selfmade-old`, `selfmade-server` | such that say that they are CAs, as OpenSSL makes them: good, until 2021, a server's |
pub(super) struct Folder {
    path: PathBuf,
    ca: CertifiedIssuer<'static, KeyPair>,
}

/// The names of `good`, by kind.
pub(super) const DNS: &str = "prometheus.example";
pub(super) const ADDRESS: &str = "192.0.2.7";
pub(super) const EMAIL: &str = "prometheus@example.org";
pub(super) const URI: &str = "spiffe://example.org/prometheus";

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-web-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        let folder = Self { path, ca: issuer("Test CA") };
        let other = issuer("Other CA");
        folder.write("ca.pem", folder.ca.pem());
        folder.write("other-ca.pem", other.pem());
        folder.renew_server();
        let mut good = client("good");
        let text = |name: &str| name.try_into().expect("ASCII");
        good.subject_alt_names = vec![
            SanType::DnsName(text(DNS)),
            SanType::IpAddress(ADDRESS.parse().expect("an address")),
            SanType::Rfc822Name(text(EMAIL)),
            SanType::URI(text(URI)),
        ];
        let (mut expired, mut early) = (client("expired"), client("early"));
        expired.not_after = date_time_ymd(2021, 1, 1);
        early.not_before = date_time_ymd(2080, 1, 1);
        for (name, params, ca) in [
            ("good", good, &folder.ca),
            ("expired", expired, &folder.ca),
            ("early", early, &folder.ca),
            ("nameless", client("nameless"), &folder.ca),
            ("stranger", client("stranger"), &other),
        ] {
            folder.issue(name, &params, Some(ca));
        }
        folder.issue("selfsigned", &client("selfsigned"), None);
        let ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let (mut selfmade, mut old, mut of_server) = (named("selfmade", &[]), named("selfmade-old", &[]), server());
        (selfmade.is_ca, old.is_ca, of_server.is_ca) = (ca, ca, ca);
        old.not_after = date_time_ymd(2021, 1, 1);
        for (name, params) in [("selfmade", selfmade), ("selfmade-old", old), ("selfmade-server", of_server)] {
            folder.issue(name, &params, None);
        }
        folder
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.file(name), text).expect(name);
        self.file(name)
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).expect(name)
    }

    /// Gives the server a new certificate with a new key.
    pub(super) fn renew_server(&self) {
        self.issue("server", &server(), Some(&self.ca));
    }

    /// A certificate that is none of the files yet, with its key.
    pub(super) fn issue(
        &self,
        name: &str,
        params: &CertificateParams,
        issuer: Option<&CertifiedIssuer<'static, KeyPair>>,
    ) {
        let key = KeyPair::generate().expect("a key");
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, issuer),
            None => params.self_signed(&key),
        };
        // The key first: who reads meanwhile has two that do not fit, either way.
        self.write(&format!("{name}.key"), key.serialize_pem());
        self.write(&format!("{name}.pem"), certificate.expect("a certificate").pem());
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn issuer(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = named(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
}

pub(super) fn server() -> CertificateParams {
    let mut params = named("server", &["localhost", "127.0.0.1", "::1"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn client(name: &str) -> CertificateParams {
    let mut params = named(name, &[]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>());
    let params_of = params.as_mut().expect("legal names");
    params_of.distinguished_name.push(DnType::CommonName, name);
    params.expect("legal names")
}
