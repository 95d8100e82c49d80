//! Tokens that their issuers mark with a prefix: a table, and a search that gives up early.
//!
//! Case never matters in a prefix. The search looks at a place of the text only when its two first characters start
//! some prefix and enough text is left for the shortest token.

use Class::{Alnum, AlnumDash, Hex, LowAlnum, Name, Path, Word};
use Part::{Mark, Run};

/// Whether a token starts anywhere in `text`.
pub(super) fn is_in(text: &[u8]) -> bool {
    let mut before = None;
    let mut rest = text;
    while rest.len() >= SHORTEST {
        if starts_with_token(before, rest) {
            return true;
        }
        before = rest.first().copied();
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// Characters that a part of a token is made of.
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// `a-f`, digits.
    Hex,
    /// `a-h`, digits.
    LowAlnum,
    Alnum,
    /// Alnum and `_`.
    Word,
    /// Alnum and `-`.
    AlnumDash,
    /// Alnum, `_` and `-`.
    Name,
    /// Alnum, `_`, `-` and `.`.
    Path,
}

impl Class {
    pub(super) fn holds(self, byte: u8) -> bool {
        match self {
            Hex => byte.is_ascii_hexdigit(),
            LowAlnum => byte.is_ascii_digit() || matches!(byte.to_ascii_lowercase(), b'a'..=b'h'),
            Alnum => byte.is_ascii_alphanumeric(),
            Word => byte.is_ascii_alphanumeric() || byte == b'_',
            AlnumDash => byte.is_ascii_alphanumeric() || byte == b'-',
            Name => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Path => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
        }
    }

    /// How many bytes at the start of `text` are of this class.
    pub(super) fn run(self, text: &[u8]) -> usize {
        text.iter().take_while(|byte| self.holds(**byte)).count()
    }
}

/// What must stand before a token for it to be one: the start of the text, or
#[derive(Clone, Copy)]
enum Before {
    Anything,
    /// no letter or digit,
    NoAlnum,
    /// no letter, digit or `_`.
    NoWord,
}

/// A token: a prefix, then at least `least` bytes of `class`, then the `rest`.
struct Token {
    before: Before,
    prefix: &'static str,
    class: Class,
    least: usize,
    rest: &'static [Part],
}

/// A later part of a token.
enum Part {
    Mark(u8),
    Run(Class, usize),
}

const fn token(prefix: &'static str, class: Class, least: usize) -> Token {
    Token { before: Before::Anything, prefix, class, least, rest: &[] }
}

/// A token whose prefix is too common inside of words.
const fn word(prefix: &'static str, class: Class, least: usize) -> Token {
    Token { before: Before::NoWord, prefix, class, least, rest: &[] }
}

/// A token that looks like a piece of base64.
const fn whole(prefix: &'static str, class: Class, least: usize) -> Token {
    Token { before: Before::NoAlnum, prefix, class, least, rest: &[] }
}

impl Token {
    const fn then(self, rest: &'static [Part]) -> Self {
        Token { rest, ..self }
    }
}

/// Sorted by the first letter, so that each letter has its range in [`RANGES`].
static TOKENS: &[Token] = &[
    whole("AKIA", Alnum, 16),
    token("AKID", Alnum, 10),
    word("am_", Name, 10),
    token("AIza", Name, 20),
    token("apify_api_", AlnumDash, 20),
    token("api_org_", Alnum, 20),
    whole("ASIA", Alnum, 16),
    whole("ATBB", Path, 16),
    token("BBDC-", Name, 40),
    token("bb_live_", Name, 10),
    token("bkua_", Alnum, 40),
    token("brv_", Alnum, 10),
    token("CCIPAT_", Alnum, 22).then(&[Mark(b'_'), Run(Hex, 40)]),
    token("CFPAT-", Name, 40),
    whole("dapi", Hex, 32),
    token("dckr_oat_", Name, 27),
    token("dckr_pat_", Name, 27),
    token("ddp_", Alnum, 36),
    token("ddw_", Alnum, 36),
    token("doo_v1_", Alnum, 10),
    token("dop_v1_", Alnum, 10),
    token("dor_v1_", Alnum, 10),
    token("dp.audit.", Alnum, 40),
    token("dp.ct.", Alnum, 40),
    token("dp.pt.", Alnum, 40),
    token("dp.sa.", Alnum, 40),
    token("dp.scim.", Alnum, 40),
    token("dp.st.", Alnum, 40),
    token("dp.st.", Name, 2).then(&[Mark(b'.'), Run(Alnum, 40)]),
    token("exa_", Alnum, 10),
    token("eyJ", Name, 10).then(&[Mark(b'.'), Run(Name, 10), Mark(b'.'), Run(Name, 10)]),
    token("fal_", Name, 10),
    token("fc-", Alnum, 10),
    token("fio-u-", Name, 40),
    word("fpk_", Alnum, 30),
    word("fw-", Alnum, 30),
    word("fw_", Alnum, 30),
    whole("gAAAA", Name, 20),
    token("gho_", Alnum, 10),
    token("ghp_", Alnum, 10),
    token("ghr_", Alnum, 10),
    token("ghs_", Alnum, 10),
    token("ghu_", Alnum, 10),
    token("github_pat_", Word, 10),
    token("glagent-", Name, 50),
    token("glcbt-", Alnum, 1).then(&[Mark(b'_'), Run(Name, 20)]),
    token("glc_eyJ", Alnum, 60),
    token("gldt-", Name, 20),
    token("glffct-", Name, 20),
    token("glft-", Name, 20),
    token("glft-", LowAlnum, 1).then(&[Mark(b'-'), Run(Alnum, 1), Mark(b'_')]),
    token("glimt-", Name, 25),
    token("gloas-", Hex, 32),
    token("gloas-", Name, 64),
    token("glpat-", Path, 20),
    token("glptt-", Name, 40),
    token("glrt-", Path, 20),
    token("glrtr-", Name, 27).then(&[Mark(b'.'), Run(Alnum, 2), Mark(b'.'), Run(Alnum, 9)]),
    token("glsa_", Word, 41),
    token("glsoat-", Name, 20),
    token("glwt-", Name, 20),
    token("GR1348941", Name, 20),
    token("gsk_", Name, 10),
    token("hf_", Alnum, 10),
    token("HRKU-AA", Name, 20),
    token("hsk-", Alnum, 10),
    token("LTAI", Alnum, 10),
    token("mem0_", Alnum, 10),
    token("nfp_", Word, 36),
    token("npm_", Alnum, 10),
    token("pat-eu1-", Alnum, 8).then(UUID_REST),
    token("pat-na1-", Alnum, 8).then(UUID_REST),
    token("pplx-", Name, 10),
    token("pypi-", Name, 10),
    token("r8_", Alnum, 10),
    token("retaindb_", Alnum, 10),
    token("rk_live_", Alnum, 10),
    token("sbp_", Alnum, 40),
    token("SG.", Name, 10).then(&[Mark(b'.'), Run(Name, 10)]),
    word("sk-", Name, 8),
    word("sk_", Word, 10),
    token("sk_live_", Alnum, 10),
    token("sk_test_", Alnum, 10),
    token("syt_", Alnum, 10),
    token("tvly-", Alnum, 10),
    token("xai-", Alnum, 30),
    token("xapp-", AlnumDash, 10),
    token("xoxa-", AlnumDash, 10),
    token("xoxb-", AlnumDash, 10),
    token("xoxp-", AlnumDash, 10),
    token("xoxr-", AlnumDash, 10),
    token("xoxs-", AlnumDash, 10),
    token("ya29.", Path, 10),
];

/// What follows the first eight characters of a UUID.
const UUID_REST: &[Part] =
    &[Mark(b'-'), Run(Alnum, 4), Mark(b'-'), Run(Alnum, 4), Mark(b'-'), Run(Alnum, 4), Mark(b'-'), Run(Alnum, 12)];

/// The length of the shortest token.
const SHORTEST: usize = shortest();

const fn shortest() -> usize {
    let mut shortest = usize::MAX;
    let mut at = 0;
    while at < TOKENS.len() {
        let Token { prefix, least, rest, .. } = &TOKENS[at];
        let mut length = prefix.len() + *least;
        let mut part = 0;
        while part < rest.len() {
            length += match rest[part] {
                Mark(_) => 1,
                Run(_, least) => least,
            };
            part += 1;
        }
        if length < shortest {
            shortest = length;
        }
        at += 1;
    }
    shortest
}

/// For each first letter or digit: which second ones some prefix has, and the range of [`TOKENS`].
static STARTS: [Start; 37] = starts();

#[derive(Clone, Copy)]
struct Start {
    seconds: u64,
    from: usize,
    to: usize,
}

const fn starts() -> [Start; 37] {
    let mut starts = [Start { seconds: 0, from: 0, to: 0 }; 37];
    let mut at = 0;
    let mut last = 0;
    while at < TOKENS.len() {
        let prefix = TOKENS[at].prefix.as_bytes();
        let first = fold(prefix[0]);
        assert!(first >= last, "the tokens are not sorted by their first letter");
        if starts[first].seconds == 0 {
            starts[first].from = at;
        }
        starts[first].seconds |= 1 << fold(prefix[1]);
        starts[first].to = at + 1;
        last = first;
        at += 1;
    }
    starts
}

/// Letters of either case and digits as small numbers, everything else as 0.
const fn fold(byte: u8) -> usize {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => (letter - b'a') as usize + 1,
        digit @ b'0'..=b'9' => (digit - b'0') as usize + 27,
        _ => 0,
    }
}

fn starts_with_token(before: Option<u8>, text: &[u8]) -> bool {
    let [first, second, ..] = text else { return false };
    let Some(start) = STARTS.get(fold(*first)) else { return false };
    if start.seconds & (1 << fold(*second)) == 0 {
        return false;
    }
    let tokens = TOKENS.get(start.from..start.to).unwrap_or_default();
    tokens.iter().any(|token| token.is_at(before, text))
}

impl Token {
    fn is_at(&self, before: Option<u8>, text: &[u8]) -> bool {
        let may_start = match (self.before, before) {
            (Before::Anything, _) | (_, None) => true,
            (Before::NoAlnum, Some(byte)) => !Alnum.holds(byte),
            (Before::NoWord, Some(byte)) => !Word.holds(byte),
        };
        let Some((prefix, body)) = text.split_at_checked(self.prefix.len()) else { return false };
        may_start && prefix.eq_ignore_ascii_case(self.prefix.as_bytes()) && self.has_body(body)
    }

    fn has_body(&self, body: &[u8]) -> bool {
        let length = self.class.run(body);
        let mut at = length;
        length >= self.least
            && self.rest.iter().all(|part| {
                let rest = body.get(at..).unwrap_or_default();
                let (length, least) = match part {
                    Mark(mark) => (usize::from(rest.first() == Some(mark)), 1),
                    Run(class, least) => (class.run(rest), *least),
                };
                at += length;
                length >= least
            })
    }
}
