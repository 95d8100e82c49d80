//! The one list of keys: it drives what is read, the names of variables, the nearest names and the documented table.

use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::{ConfigError, ConfigSource};
use super::listen::{Host, Listen};
use super::mistakes::Mistakes;
use super::nearest::nearest;
use super::raw_value::RawValue;
use super::settings::Config;
use super::token::{Password, TOKEN_VARIABLE, Token, not_shown};
use crate::encode::Format;
use crate::section::Section;

/// One setting.
///
/// ```
/// use openclaw_prometheus::config::Key;
/// let port = Key::all().iter().find(|key| key.name() == "port").expect("a key");
/// assert_eq!((port.variable(), port.type_name()), (Some("OPENCLAW_PROMETHEUS_PORT"), "integer"));
/// ```
#[derive(Debug)]
pub struct Key {
    name: &'static str,
    variable: Option<&'static str>,
    flag: Option<&'static str>,
    pub(super) kind: KeyKind,
    help: &'static str,
    chinese_help: &'static str,
    /// What [`allowed`](Self::allowed) says of a text or of a member, in Chinese.
    chinese_allowed: &'static str,
    /// What a text or a member looks like, as far as a regular expression can tell.
    pub(super) pattern: Option<&'static str>,
}

/// What a key takes, and where a [`Config`] keeps it.
#[derive(Debug)]
pub(super) enum KeyKind {
    Bool {
        set: fn(&mut Config, bool),
        get: fn(&Config) -> Option<bool>,
    },
    /// Whether a format is offered.
    Format(Format),
    Whole {
        range: RangeInclusive<u64>,
        /// 0 is allowed too.
        has_zero: bool,
        set: fn(&mut Config, u64),
        get: fn(&Config) -> u64,
    },
    /// A number above 0.
    Amount {
        set: fn(&mut Config, f64),
        get: fn(&Config) -> Option<f64>,
    },
    Text {
        allowed: &'static str,
        /// False for a text that is not allowed.
        set: fn(&mut Config, &str) -> bool,
        get: fn(&Config) -> Option<String>,
    },
    /// A text that no error shows, for it may be a token by mistake.
    Hidden {
        allowed: &'static str,
        set: fn(&mut Config, &str) -> bool,
        get: fn(&Config) -> Option<String>,
    },
    /// A text that is never given out either.
    Secret {
        allowed: &'static str,
        set: fn(&mut Config, &str) -> bool,
    },
    /// A list of texts; in a variable they stand with commas between them.
    Texts {
        most: usize,
        /// What one of them may be, in words, and whether it is.
        item: &'static str,
        is_item: fn(&str) -> bool,
        set: fn(&mut Config, Vec<String>),
        get: fn(&Config) -> &[String],
    },
    /// A list of names of collectors, written as a list of texts is.
    Collectors {
        set: fn(&mut Config, &[Section]),
        get: fn(&Config) -> &[Section],
    },
}

const fn key(name: &'static str, variable: Option<&'static str>, flag: Option<&'static str>, kind: KeyKind) -> Key {
    Key { name, variable, flag, kind, help: "", chinese_help: "", chinese_allowed: "", pattern: None }
}

/// What else is told of a key; each as one adds it to the table.
impl Key {
    const fn told(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    const fn told_chinese(mut self, help: &'static str) -> Self {
        self.chinese_help = help;
        self
    }

    const fn allowed_chinese(mut self, allowed: &'static str) -> Self {
        self.chinese_allowed = allowed;
        self
    }

    const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }
}

/// The key that turns a format off.
const fn switch(format: Format) -> Key {
    match format.info().switch {
        Some((name, variable)) => key(name, Some(variable), None, KeyKind::Format(format)),
        None => panic!("nothing turns this format off"),
    }
}

/// Every key, in the order of the table.
pub(super) static KEYS: [Key; 31] = [
    key(
        "path",
        Some("OPENCLAW_PROMETHEUS_PATH"),
        Some("--web.telemetry-path"),
        KeyKind::Text {
            allowed: "a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes",
            set: |config, text| is_path(text).then(|| config.path = text.into()).is_some(),
            get: |config| Some(config.path.clone()),
        },
    )
    .told("Where the metrics are; further views, health and the live page are below it.")
    .told_chinese("指标所在的路径;其他视图、健康状况与实时页面在其下。")
    .allowed_chinese("形如 /metrics 的路径:各段由字母、数字与 -._~!$&'()*+,;=:@ 组成,最多 256 字节")
    .pattern(r"^/$|^(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$"),
    key(
        "port",
        Some("OPENCLAW_PROMETHEUS_PORT"),
        Some("--web.listen-address"),
        KeyKind::Whole {
            range: 0..=65_535,
            has_zero: true,
            set: |config, value| config.port = value as u16,
            get: |config| config.port.into(),
        },
    )
    .told("The port to listen on. To the program 0 is any that is free, to the plugin no listener of its own.")
    .told_chinese("监听的端口。0 对程序表示任一空闲端口,对插件表示不设自己的监听。"),
    key(
        "listenAddress",
        Some("OPENCLAW_PROMETHEUS_LISTEN_ADDRESS"),
        Some("--web.listen-address"),
        KeyKind::Text {
            allowed: "an IP address, localhost or unix:/path/to.sock; the port is a key of its own",
            set: |config, text| Host::parse(text).map(|host| config.host = host).is_some(),
            get: |config| Some(config.host.to_string()),
        },
    )
    .told("The address to listen on, or a Unix socket. Beyond this machine only with a token.")
    .told_chinese("监听的地址或 Unix 套接字。超出本机时必须有令牌。")
    .allowed_chinese("IP 地址、localhost 或 unix:/path/to.sock;端口是另一个键")
    .pattern(r"^(unix:/.*[^/]|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|[0-9.]+|[0-9A-Fa-f:.]+|\[[0-9A-Fa-f:.]+\])$"),
    key(
        "alsoListen",
        Some("OPENCLAW_PROMETHEUS_ALSO_LISTEN"),
        Some("--web.listen-address"),
        KeyKind::Texts {
            most: 16,
            item: "an address and its port such as 127.0.0.1:19464, or unix:/path/to.sock",
            is_item: |text| text.parse::<Listen>().is_ok(),
            set: |config, places| config.also_listen = places,
            get: |config| &config.also_listen,
        },
    )
    .told("Where to listen too. A flag that is given several times says all of it.")
    .told_chinese("另外还要监听的地方。多次给出的命令行选项即为全部。")
    .allowed_chinese("地址与端口,如 127.0.0.1:19464,或 unix:/path/to.sock")
    .pattern(r#"^(unix:/.*[^/]|.*:[0-9]+)$"#),
    key(
        "unixSocketMode",
        Some("OPENCLAW_PROMETHEUS_UNIX_SOCKET_MODE"),
        Some("--web.unix-socket-mode"),
        KeyKind::Text {
            allowed: "the rights of a file in octal, such as \"0660\" or \"0600\"",
            set: |config, text| mode(text).map(|mode| config.unix_socket_mode = mode).is_some(),
            get: |config| Some(format!("{:04o}", config.unix_socket_mode)),
        },
    )
    .told("The rights of a Unix socket's file.")
    .told_chinese("Unix 套接字文件的权限。")
    .allowed_chinese("八进制的文件权限,如 \"0660\" 或 \"0600\"")
    .pattern(r#"^0?[67][0-7][0-7]$"#),
    key(
        "routePrefix",
        Some("OPENCLAW_PROMETHEUS_ROUTE_PREFIX"),
        Some("--web.route-prefix"),
        KeyKind::Text {
            allowed: "a path such as /exporter, or / for none",
            set: |config, text| {
                (text == "/" || is_path(text)).then(|| config.route_prefix = Some(text.into())).is_some()
            },
            get: |config| config.route_prefix.clone(),
        },
    )
    .told("What every path that is answered begins with; the path of externalUrl if it is not given.")
    .told_chinese("所应答的每个路径的开头;未给出时为 externalUrl 的路径。")
    .allowed_chinese("形如 /exporter 的路径,或表示没有的 /")
    .pattern(r#"^/$|^(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$"#),
    key(
        "externalUrl",
        Some("OPENCLAW_PROMETHEUS_EXTERNAL_URL"),
        Some("--web.external-url"),
        KeyKind::Text {
            allowed: "http://HOST:PORT/PATH or https://HOST:PORT/PATH, port and path if need be, at most 1024 bytes",
            set: |config, text| is_url(text).then(|| config.external_url = Some(text.into())).is_some(),
            get: |config| config.external_url.clone(),
        },
    )
    .told("Where others see the server, if a proxy is in front of it; for links, and for routePrefix.")
    .told_chinese("若前面有代理,他人所见的地址;用于链接与 routePrefix。")
    .allowed_chinese("http://HOST:PORT/PATH 或 https://HOST:PORT/PATH,端口与路径可省,最多 1024 字节")
    .pattern(r#"^https?://[A-Za-z0-9.:_\[\]-]+(/.*)?$"#),
    key(
        "maxRequests",
        Some("OPENCLAW_PROMETHEUS_MAX_REQUESTS"),
        Some("--web.max-requests"),
        KeyKind::Whole {
            range: 0..=100_000,
            has_zero: true,
            set: |config, value| config.max_requests = value as u32,
            get: |config| config.max_requests.into(),
        },
    )
    .told("Requests that are answered at a time, at most; others get 503. 0 for as many as come.")
    .told_chinese("同时应答的请求数上限;其余得到 503。0 表示不限。"),
    key(
        "webConfigFile",
        Some("OPENCLAW_PROMETHEUS_WEB_CONFIG_FILE"),
        Some("--web.config.file"),
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.web_config_file = Some(path)).is_some(),
            get: |config| shown_path(config.web_config_file.as_deref()),
        },
    )
    .told("A web configuration as other exporters have it (YAML, of exporter-toolkit): TLS, client certificates, users and their passwords, rates, headers.")
    .told_chinese("与其他导出器相同的 web 配置(YAML,exporter-toolkit 格式):TLS、客户端证书、用户及其密码、速率、响应头。")
    .allowed_chinese(CHINESE_FILE),
    key(
        "allowedHosts",
        Some("OPENCLAW_PROMETHEUS_ALLOWED_HOSTS"),
        None,
        KeyKind::Texts {
            most: 64,
            item: "a name such as metrics.example.org or an address, without a port",
            is_item: is_host,
            set: |config, hosts| config.allowed_hosts = hosts,
            get: |config| &config.allowed_hosts,
        },
    )
    .told(
        "Names that clients may call the server by, beside localhost and its address, while nobody is asked \
         for a token.",
    )
    .told_chinese("不要求令牌时,除 localhost 与地址之外,客户端还可以用来访问的名字。")
    .allowed_chinese("metrics.example.org 之类的名字或地址,不带端口")
    .pattern(r"^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])$"),
    key(
        "collectIntervalMs",
        Some("OPENCLAW_PROMETHEUS_COLLECT_INTERVAL_MS"),
        Some("--collect-interval-ms"),
        KeyKind::Whole {
            range: 10..=3_600_000,
            has_zero: true,
            set: |config, value| config.collect_interval_ms = value,
            get: |config| config.collect_interval_ms,
        },
    )
    .told("Milliseconds between two renders of the page; 0 renders at every scrape.")
    .told_chinese("两次渲染页面的间隔(毫秒);0 表示每次抓取时渲染。"),
    key(
        "snapshotIntervalMs",
        Some("OPENCLAW_PROMETHEUS_SNAPSHOT_INTERVAL_MS"),
        None,
        KeyKind::Whole {
            range: 5_000..=86_400_000,
            has_zero: false,
            set: |config, value| config.snapshot_interval_ms = value,
            get: |config| config.snapshot_interval_ms,
        },
    )
    .told(
        "Milliseconds that scale how often the Gateway is asked for what no event tells: with 60000 each \
         question has its own pace, from 30 s to 10 min.",
    )
    .told_chinese(
        "按比例缩放查询 Gateway 的间隔(毫秒),用于事件不报告的内容:60000 时每个问题按自己的节奏,30 秒到 10 分钟。",
    ),
    key(
        "workloadWindowMs",
        Some("OPENCLAW_PROMETHEUS_WORKLOAD_WINDOW_MS"),
        None,
        KeyKind::Whole {
            range: 10_000..=86_400_000,
            has_zero: false,
            set: |config, value| config.workload_window_ms = value,
            get: |config| config.workload_window_ms,
        },
    )
    .told("Milliseconds that service levels look back: success ratios and percentiles of what ended within them.")
    .told_chinese("服务水平回看的时长(毫秒):其间结束者的成功率与百分位数。"),
    key(
        "includeRuntime",
        Some("OPENCLAW_PROMETHEUS_INCLUDE_RUNTIME"),
        None,
        KeyKind::Bool {
            set: |config, value| config.include_runtime = value,
            get: |config| Some(config.include_runtime),
        },
    )
    .told("Whether figures of the process are shown, and in the plugin those of Node.")
    .told_chinese("是否显示进程的数据,在插件中还有 Node 的数据。"),
    key(
        "ui",
        Some("OPENCLAW_PROMETHEUS_UI"),
        None,
        KeyKind::Bool { set: |config, value| config.ui = value, get: |config| Some(config.ui) },
    )
    .told("Whether there is a live page, with a history of a day in 1 MB of memory.")
    .told_chinese("是否提供实时页面(含一天的历史,占 1 MB 内存)。"),
    key(
        "monitoredProviders",
        None,
        None,
        KeyKind::Texts {
            most: 64,
            item: "a name of 1 to 128 bytes without control characters",
            is_item: |text| is_name(text, 128),
            set: |config, names| config.monitored_providers = names,
            get: |config| &config.monitored_providers,
        },
    )
    .told(
        "Model providers whose authentication the plugin asks for: whether there is any, of which kind, and \
         never the key.",
    )
    .told_chinese("插件查询其认证的模型提供方:是否存在、属于哪一种,绝不含密钥。")
    .allowed_chinese("1 到 128 字节的名字,不含控制字符")
    .pattern(r"^[^\u0000-\u001f\u007f-\u009f]{1,128}$"),
    key(
        "instance",
        Some("OPENCLAW_PROMETHEUS_INSTANCE"),
        None,
        KeyKind::Text {
            allowed: "a name of 1 to 256 bytes without control characters",
            set: |config, text| is_name(text, 256).then(|| config.instance = Some(text.into())).is_some(),
            get: |config| config.instance.clone(),
        },
    )
    .told("The name of this instance: the label instance_name of the metric of its build, and of no other metric.")
    .told_chinese("此实例的名字:仅作为其构建信息指标的 instance_name 标签。")
    .allowed_chinese("1 到 256 字节的名字,不含控制字符")
    .pattern(r"^[^\u0000-\u001f\u007f-\u009f]{1,256}$"),
    key(
        "maxSeries",
        Some("OPENCLAW_PROMETHEUS_MAX_SERIES"),
        None,
        KeyKind::Whole {
            range: 1..=1_000_000,
            has_zero: false,
            set: |config, value| config.max_series = value as u32,
            get: |config| config.max_series.into(),
        },
    )
    .told(
        "The most series with labels of an open set; a histogram is one. What there is no room for is refused \
         and counted.",
    )
    .told_chinese("带开放标签的序列上限,一个直方图算一个;放不下的被拒绝并计数。"),
    key(
        "collectors.disabled",
        Some("OPENCLAW_PROMETHEUS_COLLECTORS_DISABLED"),
        None,
        KeyKind::Collectors { set: Config::disable, get: |config| &config.disabled },
    )
    .told("Collectors whose families are left out; what feeds them alone is not asked of the Gateway.")
    .told_chinese("停用的采集器:其指标族不显示,仅供其使用的内容也不向 Gateway 询问。"),
    switch(Format::OpenMetrics)
        .told("Whether OpenMetrics is offered to clients that ask for it.")
        .told_chinese("是否向请求 OpenMetrics 的客户端提供该格式。"),
    key(
        "formats.created",
        Some("OPENCLAW_PROMETHEUS_FORMATS_CREATED"),
        None,
        KeyKind::Bool {
            set: |config, value| config.formats.created = value,
            get: |config| Some(config.formats.created),
        },
    )
    .told("Whether OpenMetrics tells when each series began, at the price of a line for each.")
    .told_chinese("OpenMetrics 是否说明每个序列的起始时间,代价是每个序列多一行。"),
    key(
        "formats.gzip",
        Some("OPENCLAW_PROMETHEUS_FORMATS_GZIP"),
        None,
        KeyKind::Bool { set: |config, value| config.formats.gzip = value, get: |config| Some(config.formats.gzip) },
    )
    .told("Whether pages are packed with gzip for clients that ask for it.")
    .told_chinese("是否为请求 gzip 的客户端压缩页面。"),
    key(
        "scrapeAuth.enabled",
        Some("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED"),
        None,
        KeyKind::Bool { set: |config, value| config.scrape_auth = Some(value), get: |config| config.scrape_auth },
    )
    .told(
        "Whether a scrape needs the token. In the plugin nothing given leaves the Gateway's port to its own \
         auth, and false opens it.",
    )
    .told_chinese("抓取是否需要令牌。在插件中,未给出表示 Gateway 的端口由其自身认证,false 表示开放。"),
    key(
        "scrapeAuth.bearerTokenFile",
        Some("OPENCLAW_PROMETHEUS_BEARER_TOKEN_FILE"),
        None,
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.token_file = Some(path)).is_some(),
            get: |config| shown_path(config.token_file.as_deref()),
        },
    )
    .told("A file that holds the token; read again when it changes.")
    .told_chinese("存放令牌的文件;变化后重新读取。")
    .allowed_chinese(CHINESE_FILE),
    key(
        "scrapeAuth.bearerToken",
        Some(TOKEN_VARIABLE),
        None,
        KeyKind::Secret {
            allowed: Token::ALLOWED,
            set: |config, text| Token::new(text.as_bytes()).map(|token| config.token = Some(token)).is_some(),
        },
    )
    .told("The token. In a file for development only; the variable wins over the file of the token.")
    .told_chinese("令牌。写在配置文件里仅供开发;变量优先于令牌文件。")
    .allowed_chinese(CHINESE_TOKEN),
    key(
        "gateway.url",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_URL"),
        Some("--gateway"),
        // Some write a token into it.
        KeyKind::Hidden {
            allowed: "ws://HOST:PORT or wss://HOST:PORT, a path behind it if need be, at most 1024 bytes; no token in it",
            set: |config, text| {
                let is_url = (text.starts_with("ws://") || text.starts_with("wss://")) && is_name(text, 1024);
                let is_plain = is_url && !text.contains(['@', '?', '#']);
                is_plain.then(|| config.gateway.url = Some(text.into())).is_some()
            },
            get: |config| config.gateway.url.clone(),
        },
    )
    .told(
        "The Gateway that is asked over a WebSocket for what it tells over its RPC; by the plugin where \
         asking in process is not to be had.",
    )
    .told_chinese("经 WebSocket 查询其 RPC 的 Gateway;插件仅在无法于进程内查询时使用。")
    .allowed_chinese("ws://HOST:PORT 或 wss://HOST:PORT,需要时带路径,最多 1024 字节;不含令牌")
    .pattern(r"^wss?://[^@?#\u0000-\u001f\u007f-\u009f]*$"),
    key(
        "gateway.tokenFile",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_TOKEN_FILE"),
        Some("--token-file"),
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.gateway.token_file = Some(path)).is_some(),
            get: |config| shown_path(config.gateway.token_file.as_deref()),
        },
    )
    .told("A file that holds the Gateway's token; read again at each connection.")
    .told_chinese("存放 Gateway 令牌的文件;每次连接时重新读取。")
    .allowed_chinese(CHINESE_FILE),
    key(
        "gateway.token",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_TOKEN"),
        None,
        KeyKind::Secret {
            allowed: Token::ALLOWED,
            set: |config, text| Token::new(text.as_bytes()).map(|token| config.gateway.token = Some(token)).is_some(),
        },
    )
    .told("The Gateway's token. The program also reads the variable that the Gateway itself has for it.")
    .told_chinese("Gateway 的令牌。程序也读取 Gateway 自己为此使用的变量。")
    .allowed_chinese(CHINESE_TOKEN),
    key(
        "gateway.password",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_PASSWORD"),
        None,
        KeyKind::Secret {
            allowed: Password::ALLOWED,
            set: |config, text| Password::new(text).map(|password| config.gateway.password = Some(password)).is_some(),
        },
    )
    .told("The Gateway's password, where it asks for one; read as its token is.")
    .told_chinese("Gateway 的密码(当它要求密码时);读取方式与令牌相同。")
    .allowed_chinese("1 到 4096 字节,不含控制字符"),
    key(
        "gateway.caFile",
        Some("OPENCLAW_PROMETHEUS_GATEWAY_CA_FILE"),
        Some("--gateway-ca-file"),
        KeyKind::Hidden {
            allowed: FILE,
            set: |config, text| file(text).map(|path| config.gateway.ca_file = Some(path)).is_some(),
            get: |config| shown_path(config.gateway.ca_file.as_deref()),
        },
    )
    .told("A file of certificates that are trusted beside the system's, for wss://.")
    .told_chinese("除系统信任的证书外还信任的证书文件,用于 wss://。")
    .allowed_chinese(CHINESE_FILE),
    key(
        "budget.perDay",
        Some("OPENCLAW_PROMETHEUS_BUDGET_PER_DAY"),
        None,
        KeyKind::Amount {
            set: |config, dollars| config.budget_per_day = Some(dollars),
            get: |config| config.budget_per_day,
        },
    )
    .told("What the Gateway's models may cost a day, in US dollars; it is shown beside what they have cost.")
    .told_chinese("Gateway 的模型每日允许的费用(美元),与已花费用一同显示。"),
];

/// What a file may be called.
const FILE: &str = "an absolute path of at most 4096 bytes";
const CHINESE_FILE: &str = "绝对路径,最多 4096 字节";
const CHINESE_TOKEN: &str = "1 到 4096 个可见 ASCII 字符,不含空格";

/// The rights of a file that its owner may use, in octal.
fn mode(text: &str) -> Option<u32> {
    let mode = (3..=4).contains(&text.len()).then(|| u32::from_str_radix(text, 8).ok()).flatten()?;
    (mode <= 0o777 && mode & 0o600 == 0o600).then_some(mode)
}

fn is_url(text: &str) -> bool {
    let behind = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    behind.is_some_and(|behind| {
        let (host, path) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
        let is_host =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
        is_host && text.len() <= 1024 && (path.is_empty() || path == "/" || is_path(path.trim_end_matches('/')))
    })
}

fn file(text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    (path.is_absolute() && is_name(text, 4096)).then_some(path)
}

/// A path, which may be shown to whoever asks for it; an error shows none, for it may be a mistaken token.
fn shown_path(path: Option<&Path>) -> Option<String> {
    path.and_then(Path::to_str).map(str::to_owned)
}

/// Whether a server can have its metrics there: what a client sends is compared byte for byte, so nothing is allowed
/// that clients escape or resolve before they send it.
fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    let is_segment = |segment: &str| !["", ".", ".."].contains(&segment) && segment.bytes().all(is_plain);
    match text.strip_prefix('/') {
        // The root alone ends with a slash.
        Some("") => true,
        Some(rest) => text.len() <= 256 && rest.split('/').all(is_segment),
        None => false,
    }
}

/// Whether a client can ask for this host: a name as DNS and container networks have them, or an address.
fn is_host(text: &str) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_dns = (1..=253).contains(&text.len()) && text != "." && text.bytes().all(is_legal);
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    is_dns || inside.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

fn is_name(text: &str, most_bytes: usize) -> bool {
    (1..=most_bytes).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The collector that is most likely meant, or all there are.
fn named_nearest(given: &RawValue) -> String {
    match given.text().and_then(|name| nearest(name, Section::NAMES.iter().copied())) {
        Some(name) => name.into(),
        None => format!("one of {}", Section::NAMES.join(", ")),
    }
}

impl Key {
    /// All keys there are.
    pub fn all() -> &'static [Key] {
        &KEYS
    }

    /// The name in the file, with that of the object around it: `scrapeAuth.enabled`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The variable of the environment, if it has one.
    pub fn variable(&self) -> Option<&'static str> {
        self.variable
    }

    /// The flag of the binary, if it has one.
    pub fn flag(&self) -> Option<&'static str> {
        self.flag
    }

    /// What it does, in a sentence or two.
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// What it does, in Chinese.
    pub fn chinese_help(&self) -> &'static str {
        self.chinese_help
    }

    /// The type in JSON.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            KeyKind::Bool { .. } | KeyKind::Format(_) => "boolean",
            KeyKind::Whole { .. } => "integer",
            KeyKind::Amount { .. } => "number",
            KeyKind::Text { .. } | KeyKind::Hidden { .. } | KeyKind::Secret { .. } => "string",
            KeyKind::Texts { .. } | KeyKind::Collectors { .. } => "array of strings",
        }
    }

    /// What may be written.
    pub fn allowed(&self) -> String {
        match &self.kind {
            KeyKind::Bool { .. } | KeyKind::Format(_) => "true or false".into(),
            KeyKind::Whole { range, has_zero, .. } => {
                let zero = if *has_zero && !range.contains(&0) { "0 or " } else { "" };
                format!("{zero}a whole number from {} to {}", range.start(), range.end())
            }
            KeyKind::Amount { .. } => "a number above 0".into(),
            KeyKind::Text { allowed, .. } | KeyKind::Hidden { allowed, .. } | KeyKind::Secret { allowed, .. } => {
                (*allowed).into()
            }
            KeyKind::Texts { most, item, .. } => format!("an array of at most {most}, each {item}"),
            KeyKind::Collectors { .. } => format!("an array of names out of {}", Section::NAMES.join(", ")),
        }
    }

    /// What may be written, in Chinese.
    pub fn chinese_allowed(&self) -> String {
        match &self.kind {
            KeyKind::Bool { .. } | KeyKind::Format(_) => "true 或 false".into(),
            KeyKind::Whole { range, has_zero, .. } => {
                let zero = if *has_zero && !range.contains(&0) { "0 或 " } else { "" };
                format!("{zero}{} 到 {} 的整数", range.start(), range.end())
            }
            KeyKind::Amount { .. } => "大于 0 的数".into(),
            KeyKind::Text { .. } | KeyKind::Hidden { .. } | KeyKind::Secret { .. } => self.chinese_allowed.into(),
            KeyKind::Texts { most, .. } => format!("最多 {most} 项的数组,每项是{}", self.chinese_allowed),
            KeyKind::Collectors { .. } => format!("由下列名称组成的数组:{}", Section::NAMES.join("、")),
        }
    }

    /// Whether its value is never given out: a token or a password.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, KeyKind::Secret { .. })
    }

    /// The value in `config`; none if it has none, and for a secret.
    pub fn value(&self, config: &Config) -> Option<Value> {
        match &self.kind {
            KeyKind::Bool { get, .. } => get(config).map(Value::from),
            KeyKind::Format(format) => Some(config.formats.offered.contains(*format).into()),
            KeyKind::Whole { get, .. } => Some(get(config).into()),
            KeyKind::Amount { get, .. } => get(config).map(Value::from),
            KeyKind::Text { get, .. } | KeyKind::Hidden { get, .. } => get(config).map(Value::from),
            KeyKind::Secret { .. } => None,
            KeyKind::Texts { get, .. } => Some(get(config).into()),
            KeyKind::Collectors { get, .. } => Some(get(config).iter().map(|section| section.name()).collect()),
        }
    }

    /// Takes a value over into `config`, or says what is wrong with it. `shown` is the name at the place where it was given.
    pub(super) fn take(
        &self,
        config: &mut Config,
        given: &RawValue,
        (source, shown): (ConfigSource, &str),
        errors: &mut Mistakes,
    ) {
        let is_taken = match &self.kind {
            KeyKind::Bool { set, .. } => given.bool().map(|value| set(config, value)).is_some(),
            KeyKind::Format(format) => {
                given.bool().map(|is_offered| config.formats.offer(*format, is_offered)).is_some()
            }
            KeyKind::Whole { range, has_zero, set, .. } => {
                let allowed = |value: &u64| range.contains(value) || *has_zero && *value == 0;
                given.whole().filter(allowed).map(|value| set(config, value)).is_some()
            }
            KeyKind::Amount { set, .. } => {
                given.number().filter(|number| *number > 0.0).map(|number| set(config, number)).is_some()
            }
            KeyKind::Text { set, .. } | KeyKind::Hidden { set, .. } | KeyKind::Secret { set, .. } => {
                given.text().is_some_and(|text| set(config, text))
            }
            KeyKind::Texts { most, item: allowed, is_item, set, .. } => match given.items() {
                Some(items) if items.len() <= *most => {
                    let text = |item: &RawValue| item.text().filter(|text| is_item(text)).map(str::to_owned);
                    let texts: Vec<Option<String>> = items.iter().map(text).collect();
                    for (number, _) in texts.iter().enumerate().filter(|(_, text)| text.is_none()) {
                        let error = ConfigError::Rejected {
                            source,
                            key: format!("{shown}[{number}]"),
                            given: items[number].shown(),
                            allowed: (*allowed).into(),
                        };
                        errors.push_member(number, error);
                    }
                    set(config, texts.into_iter().flatten().collect());
                    true
                }
                _ => false,
            },
            KeyKind::Collectors { set, .. } => match given.items() {
                Some(items) => {
                    let mut sections = Vec::new();
                    for (number, item) in items.iter().enumerate() {
                        match item.text().ok_or(item).and_then(|name| Section::named(name).ok_or(item)) {
                            Ok(section) => sections.push(section),
                            Err(item) => errors.push(ConfigError::Rejected {
                                source,
                                key: format!("{shown}[{number}]"),
                                given: item.shown(),
                                allowed: named_nearest(item),
                            }),
                        }
                    }
                    set(config, &sections);
                    true
                }
                None => false,
            },
        };
        if !is_taken {
            let given = match (&self.kind, given) {
                (KeyKind::Hidden { .. } | KeyKind::Secret { .. }, _) => {
                    not_shown(given.text().unwrap_or_default().as_bytes()).into()
                }
                (KeyKind::Texts { .. }, RawValue::List(items)) => format!("an array of {}", items.len()),
                _ => given.shown(),
            };
            errors.push(ConfigError::Rejected { source, key: shown.into(), given, allowed: self.allowed() });
        }
    }
}

impl Config {
    /// The object that gives this configuration again: every key with its value, but for the tokens.
    pub fn to_value(&self) -> Value {
        let mut object = Map::new();
        for key in &KEYS {
            let Some(value) = key.value(self) else { continue };
            match key.name.split_once('.') {
                None => object.insert(key.name.into(), value),
                Some((group, name)) => {
                    let group = object.entry(group).or_insert_with(|| Value::Object(Map::new()));
                    group.as_object_mut().and_then(|group| group.insert(name.into(), value))
                }
            };
        }
        Value::Object(object)
    }
}
