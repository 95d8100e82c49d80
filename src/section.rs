//! The sections that the families of a Gateway's exporter are cut into: what operators switch as collectors, for `config` and the
//! catalogue.
//!
//! The names are part of the interface: they stand in configurations, command lines and scrape configurations.

/// Declares the sections: name, what they are about, the same in Chinese.
macro_rules! sections {
    ($($section:ident = $name:literal, $about:literal, $chinese:literal;)*) => {
        /// A section of the exporter's page: the families of one topic, which operators know as a collector.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Section {
            $(#[doc = $about] $section,)*
        }

        impl Section {
            /// Every section.
            pub const ALL: &'static [Self] = &[$(Self::$section),*];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Its name, as a collector's.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$section => $name,)*
                }
            }

            /// What its families tell.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$section => $about,)*
                }
            }

            /// The same in Chinese.
            pub const fn chinese_about(self) -> &'static str {
                match self {
                    $(Self::$section => $chinese,)*
                }
            }
        }
    };
}

sections! {
    Gateway = "gateway",
        "The Gateway: version, readiness, phases, security events, its own telemetry.",
        "Gateway:版本、就绪、阶段、安全事件及其自身的遥测。";
    Runtime = "runtime",
        "The Gateway's runtime: event loop, memory, workers, child processes.",
        "Gateway 的运行时:事件循环、内存、worker、子进程。";
    GatewayRpc = "gateway_rpc",
        "RPC requests that the Gateway is sent.",
        "发给 Gateway 的 RPC 请求。";
    Runs = "runs",
        "Agent runs, agent harnesses, subagents.",
        "代理运行、代理框架、子代理。";
    Models = "models",
        "Model calls, tokens, cost, contexts, failovers, the list of models.",
        "模型调用、token、费用、上下文、故障转移、模型列表。";
    Tools = "tools",
        "Tool executions, loops, processes that agents start.",
        "工具执行、循环、代理启动的进程。";
    Skills = "skills",
        "Skills, and their use.",
        "技能及其使用。";
    Messages = "messages",
        "Messages, deliveries, webhooks, voice, large payloads.",
        "消息、投递、webhook、语音、过大的负载。";
    Queues = "queues",
        "Queue lanes and command lanes.",
        "队列通道与命令通道。";
    Sessions = "sessions",
        "Sessions: states, turns, recoveries, compactions, the store.",
        "会话:状态、轮次、恢复、压缩、存储。";
    Channels = "channels",
        "Channels and their accounts.",
        "渠道及其账号。";
    Auth = "auth",
        "How model providers are authenticated.",
        "模型提供方的认证。";
    Quotas = "quotas",
        "What is left of the quotas of model providers.",
        "模型提供方配额的余量。";
    Usage = "usage",
        "Usage and cost of the last 30 days, and the budget.",
        "最近 30 天的用量与费用,以及预算。";
    Cron = "cron",
        "Scheduled jobs.",
        "定时任务。";
    System = "system",
        "The machine that the Gateway runs on.",
        "Gateway 所在的机器。";
    Nodes = "nodes",
        "Nodes paired with the Gateway.",
        "与 Gateway 配对的节点。";
    Presence = "presence",
        "Clients connected to the Gateway.",
        "连接到 Gateway 的客户端。";
    Heartbeat = "heartbeat",
        "Heartbeats of agents.",
        "代理的心跳。";
    Health = "health",
        "The Gateway's own idea of its health.",
        "Gateway 对自身健康的判断。";
    Rpc = "rpc",
        "How asking the Gateway goes.",
        "询问 Gateway 的情况。";
    Plugin = "plugin",
        "The plugin inside the Gateway.",
        "Gateway 内的插件。";
    Nodejs = "nodejs",
        "Node.js, as the plugin sees it.",
        "插件所见的 Node.js。";
    Sli = "sli",
        "Service levels.",
        "服务水平。";
    Process = "process",
        "The process that the exporter runs in.",
        "导出器所在的进程。";
    Exporter = "exporter",
        "The exporter itself.",
        "导出器自身。";
    Other = "other",
        "Families that are not in the catalogue.",
        "目录之外的指标族。";
}

impl Section {
    /// The section with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|section| section.name() == name)
    }
}
