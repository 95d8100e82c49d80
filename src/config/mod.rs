//! One configuration for plugin, binary and library.
//!
//! A JSON or JSON5 file, or the same as a parsed value, under variables of the environment, under flags: flags win over
//! the environment, the environment over the file, the file over the defaults, key by key. A [`Config`] that exists is
//! valid; whatever is wrong is told at once, one line each, with its place and what to write instead. An empty variable
//! counts as not set. Nothing here reads the environment by itself.
//!
//! | key | type | default | allowed | variable | flag |
//! |---|---|---|---|---|---|
//! | `path` | string | `/metrics` | a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes | `OPENCLAW_PROMETHEUS_PATH` | `--web.telemetry-path` |
//! | `port` | integer | `19464` | a whole number from 0 to 65535 | `OPENCLAW_PROMETHEUS_PORT` | `--web.listen-address` |
//! | `listenAddress` | string | `127.0.0.1` | an IP address, localhost or unix:/path/to.sock; the port is a key of its own | `OPENCLAW_PROMETHEUS_LISTEN_ADDRESS` | `--web.listen-address` |
//! | `alsoListen` | array of strings | `[]` | an array of at most 16, each an address and its port such as 127.0.0.1:19464, or unix:/path/to.sock | `OPENCLAW_PROMETHEUS_ALSO_LISTEN` | `--web.listen-address` |
//! | `unixSocketMode` | string | `0660` | the rights of a file in octal, such as "0660" or "0600" | `OPENCLAW_PROMETHEUS_UNIX_SOCKET_MODE` | `--web.unix-socket-mode` |
//! | `routePrefix` | string | none | a path such as /exporter, or / for none | `OPENCLAW_PROMETHEUS_ROUTE_PREFIX` | `--web.route-prefix` |
//! | `externalUrl` | string | none | http://HOST:PORT/PATH or https://HOST:PORT/PATH, port and path if need be, at most 1024 bytes | `OPENCLAW_PROMETHEUS_EXTERNAL_URL` | `--web.external-url` |
//! | `maxRequests` | integer | `0` | a whole number from 0 to 100000 | `OPENCLAW_PROMETHEUS_MAX_REQUESTS` | `--web.max-requests` |
//! | `webConfigFile` | string | none | an absolute path of at most 4096 bytes | `OPENCLAW_PROMETHEUS_WEB_CONFIG_FILE` | `--web.config.file` |
//! | `allowedHosts` | array of strings | `[]` | an array of at most 64, each a name such as metrics.example.org or an address, without a port | `OPENCLAW_PROMETHEUS_ALLOWED_HOSTS` |  |
//! | `collectIntervalMs` | integer | `1000` | 0 or a whole number from 10 to 3600000 | `OPENCLAW_PROMETHEUS_COLLECT_INTERVAL_MS` | `--collect-interval-ms` |
//! | `snapshotIntervalMs` | integer | `60000` | a whole number from 5000 to 86400000 | `OPENCLAW_PROMETHEUS_SNAPSHOT_INTERVAL_MS` |  |
//! | `workloadWindowMs` | integer | `300000` | a whole number from 10000 to 86400000 | `OPENCLAW_PROMETHEUS_WORKLOAD_WINDOW_MS` |  |
//! | `includeRuntime` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_INCLUDE_RUNTIME` |  |
//! | `ui` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_UI` |  |
//! | `monitoredProviders` | array of strings | `[]` | an array of at most 64, each a name of 1 to 128 bytes without control characters |  |  |
//! | `instance` | string | none | a name of 1 to 256 bytes without control characters | `OPENCLAW_PROMETHEUS_INSTANCE` |  |
//! | `maxSeries` | integer | `8192` | a whole number from 1 to 1000000 | `OPENCLAW_PROMETHEUS_MAX_SERIES` |  |
//! | `collectors.disabled` | array of strings | `[]` | an array of names out of gateway, runtime, gateway_rpc, runs, models, tools, skills, messages, queues, sessions, channels, auth, quotas, usage, cron, system, nodes, presence, heartbeat, health, rpc, plugin, nodejs, sli, process, exporter, other | `OPENCLAW_PROMETHEUS_COLLECTORS_DISABLED` |  |
//! | `formats.openMetrics` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_FORMATS_OPEN_METRICS` |  |
//! | `formats.created` | boolean | `false` | true or false | `OPENCLAW_PROMETHEUS_FORMATS_CREATED` |  |
//! | `formats.gzip` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_FORMATS_GZIP` |  |
//! | `scrapeAuth.enabled` | boolean | none | true or false | `OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED` |  |
//! | `scrapeAuth.bearerTokenFile` | string | none | an absolute path of at most 4096 bytes | `OPENCLAW_PROMETHEUS_BEARER_TOKEN_FILE` |  |
//! | `scrapeAuth.bearerToken` | string | none | 1 to 4096 visible ASCII characters without spaces | `OPENCLAW_PROMETHEUS_BEARER_TOKEN` |  |
//! | `gateway.url` | string | none | ws://HOST:PORT or wss://HOST:PORT, a path behind it if need be, at most 1024 bytes; no token in it | `OPENCLAW_PROMETHEUS_GATEWAY_URL` | `--gateway` |
//! | `gateway.tokenFile` | string | none | an absolute path of at most 4096 bytes | `OPENCLAW_PROMETHEUS_GATEWAY_TOKEN_FILE` | `--token-file` |
//! | `gateway.token` | string | none | 1 to 4096 visible ASCII characters without spaces | `OPENCLAW_PROMETHEUS_GATEWAY_TOKEN` |  |
//! | `gateway.password` | string | none | 1 to 4096 bytes without control characters | `OPENCLAW_PROMETHEUS_GATEWAY_PASSWORD` |  |
//! | `gateway.caFile` | string | none | an absolute path of at most 4096 bytes | `OPENCLAW_PROMETHEUS_GATEWAY_CA_FILE` | `--gateway-ca-file` |
//! | `budget.perDay` | number | none | a number above 0 | `OPENCLAW_PROMETHEUS_BUDGET_PER_DAY` |  |
//!
//! `--web.listen-address` is address and port at once. In a variable, members of an array stand with commas between them. `instance` is shown by the info metric and is no label of other
//! series. Without `scrapeAuth.enabled` a plugin leaves the port of its host to the host's own authentication, and a listener
//! of the exporter's asks for no token. `OPENCLAW_PROMETHEUS_BEARER_TOKEN` wins over the token's file, and that over the key
//! `bearerToken`, which is
//! for development only. Variables that begin with `OPENCLAW_PROMETHEUS_` and are not in the table are rejected, but for
//! those that Kubernetes sets for a service of that name. `gateway` is the Gateway whose RPC is asked over a WebSocket: by the
//! binary the one beside it, by the plugin its own where asking in process is not to be had. `budget.perDay` is in US dollars.
//!
//! A secret is never shown, not in an error and not by `Debug`: where a token may have been written by mistake, the
//! error says `(not shown)`.

mod builder;
mod error;
mod key;
mod listen;
mod mistakes;
mod nearest;
mod origin;
mod place;
mod raw_value;
mod schema;
mod settings;
mod token;
#[cfg(feature = "web-config")]
mod web;
#[cfg(feature = "web-config")]
mod yaml;
#[cfg(feature = "web-config")]
mod yaml_place;

pub use builder::ConfigBuilder;
pub use error::{ConfigError, ConfigErrors, ConfigSource};
pub use key::Key;
pub use listen::{Listen, ListenError};
pub use origin::{Origin, Origins};
pub use settings::{Config, Formats, Gateway, RouteAuth, TokenSource};
pub use token::{Password, TOKEN_VARIABLE, TOKEN_VARIABLE_BEFORE, Token};
#[cfg(feature = "web-config")]
pub use web::WebConfig;
