#!/usr/bin/env python3
"""The demo: one round of a Gateway's life, and what it answers meanwhile.

  make_demo.py EVENTS.jsonl RPC_FOLDER > demo.jsonl

EVENTS.jsonl is a recording of a real Gateway, RPC_FOLDER its recorded answers (`tests/data/rpc`). Of the recording the whole
runs are taken: those whose run, harness run, model calls, tools, messages and lanes all begin and end in it, and of which the
usage is told. Each is played by several agents, on several channels, with several models; prices, and what no recording
has, are invented so that all of it agrees.

Each line of the output has a time `at`, in milliseconds since the round began, which an event has as `ts`, and `event` and `metadata`, or `report` and
`fields`; those with `once` are left out of later rounds, and those of a run have its number `run`. The first line says how long a round is
and who is in each of the runs, in turn (`cast`: agent, channel, provider, model); lines with `answer` are what a method is answered. A text is
filled in when it is played:

  "@1234"  1,234 ms after the round began (in an answer: after now), as milliseconds since 1970
  "@today", "@yesterday"  the date, in UTC
  "*12.5"  12.5 times the rounds that are over
  "*12.5+3"  the same, and 3 more
  "*0:1.5,4:11"  1.5 times the rounds of the first of the cast, and 11 times those of the fifth
  "^"  as long as the Gateway has run, in milliseconds
  "run-1#"  a name that is another one in each round
"""
import collections
import copy
import json
import pathlib
import sys

PERIOD_MS = 90_000
UPTIME_MS = 3 * 3_600_000
# What is left of an event: what the exporter reads, and the name of what it is about.
DROPPED = {"trace", "seq", "ts", "promptStats", "contextWindowSource", "contextTokenBudget", "itemLifecycle", "code", "loggerParents",
    "attributes", "firstModelCallStarted", "prevState", "historyImageBlocks", "maxMessageTextChars", "reserveTokens", "mutatingAction"}
# US dollars a million tokens: input, output, cache read, cache write.
PRICES = {
    ("anthropic", "claude-opus-4-6"): (5.0, 25.0, 0.5, 6.25),
    ("anthropic", "claude-haiku-5"): (1.0, 5.0, 0.1, 1.25),
    ("openai", "gpt-5.2"): (1.75, 14.0, 0.175, 0.0),
    ("deepseek", "deepseek-chat"): (0.28, 0.42, 0.028, 0.0),
}
APIS = {"anthropic": "anthropic-messages", "openai": "openai-responses", "deepseek": "openai-completions"}
LIMITS = {"anthropic": 200_000, "openai": 400_000, "deepseek": 128_000}
# Agent, channel, provider and model of the runs, in turn.
CAST = [
    ("main", "telegram", "anthropic", "claude-opus-4-6"),
    ("support", "slack", "openai", "gpt-5.2"),
    ("main", "whatsapp", "anthropic", "claude-haiku-5"),
    ("ops", "webchat", "deepseek", "deepseek-chat"),
    ("support", "discord", "anthropic", "claude-haiku-5"),
    ("main", "webchat", "openai", "gpt-5.2"),
    ("ops", "slack", "anthropic", "claude-opus-4-6"),
]
TOOLS = ["read", "exec", "web_search", "browser", "memory_search"]
RUNS = 41

lines = []
# The run that is being played, if one is.
run = {}


def put(at, event, internal=False, once=False):
    if event["type"] == "run.execution_phase":
        event = {name: event[name] for name in ("type", "runId", "phase")}
    line = {"at": round(at)} | run | {"event": event, "metadata": {"internal" if internal else "trusted": True}}
    lines.append(line | ({"once": True} if once else {}))


def report(at, name, fields=None, once=False):
    lines.append({"at": round(at)} | run | {"report": name, "fields": fields or {}} | ({"once": True} if once else {}))


def whole_runs(file):
    """The events of each run of which all is there, in order."""
    traces, runs = collections.defaultdict(list), collections.defaultdict(set)
    for line in open(file):
        line = json.loads(line)
        event = line["event"]
        trace = (event.get("trace") or {}).get("traceId")
        if trace:
            traces[trace].append(line)
            if "runId" in event:
                runs[trace].add(event["runId"])
    for trace, events in traces.items():
        count = collections.Counter(line["event"]["type"] for line in events)
        pairs = [
            ("run.started", "run.completed"), ("harness.run.started", "harness.run.completed"),
            ("message.received", "message.processed"), ("message.dispatch.started", "message.dispatch.completed"),
            ("tool.execution.started", "tool.execution.completed"), ("queue.lane.enqueue", "queue.lane.dequeue"),
            ("model.call.started", "model.call.completed"),
        ]
        is_whole = all(count[begun] == count[ended] for begun, ended in pairs)
        is_whole &= not count["tool.execution.error"] and not count["model.call.error"]
        if is_whole and len(runs[trace]) == count["run.started"] == count["model.usage"] == 1:
            yield events


def price(provider, model, usage):
    amounts = (usage["input"], usage["output"], usage["cacheRead"], usage["cacheWrite"])
    return round(sum(amount * dollars for amount, dollars in zip(amounts, PRICES[provider, model])) / 1e6, 6)


class Share:
    """An amount of a round, by who of the cast it is of."""

    def __init__(self):
        self.of = collections.Counter()

    def add(self, amount):
        self.of[run["run"] % len(CAST)] += amount
        return self

    def total(self):
        return round(sum(self.of.values()), 6)

    def __add__(self, other):
        both = Share()
        both.of = self.of + other.of
        return both

    def __str__(self):
        return "*" + ",".join(f"{who}:{round(amount, 6)}" for who, amount in sorted(self.of.items()) if amount) if self.total() else "*0"


class Sums:
    """What the Gateway's transcripts say of a round."""

    def __init__(self):
        shares = lambda: collections.defaultdict(Share)
        self.by = collections.defaultdict(shares)
        self.tools, self.all = shares(), shares()
        self.latencies = []

    def add(self, agent, channel, provider, model, usage, cost):
        amounts = {
            "input": usage["input"], "output": usage["output"], "cacheRead": usage["cacheRead"],
            "cacheWrite": usage["cacheWrite"], "totalTokens": usage["total"], "totalCost": cost, "count": 1,
        }
        for key in (("all",), ("agent", agent), ("channel", channel), ("model", provider, model), ("session", agent, channel, provider, model)):
            for name, amount in amounts.items():
                self.by[key][name].add(amount)


def play(number, at, events, sums):
    """One run, by the next of the cast."""
    run["run"] = number
    agent, channel, provider, model = CAST[number % len(CAST)]
    key, tool = f"agent:{agent}:{channel}:direct:demo-{number % len(CAST)}", TOOLS[number % len(TOOLS)]
    begin, usage_of_run, end = events[0]["event"]["ts"], collections.Counter(), at
    # Models take seconds where the recorded stand-in took tenths of one.
    at_of = lambda ts: at + (ts - begin) * 4
    cost_of_run, calls = 0.0, 0
    for line in events:
        event = {name: value for name, value in copy.deepcopy(line["event"]).items() if name not in DROPPED}
        when, kind = at_of(line["event"]["ts"]), event["type"]
        end = max(end, when)
        if kind == "log.record":
            event = {"type": kind, "level": "INFO"}
        for name, value in [("sessionKey", key), ("agentId", agent), ("channel", channel), ("provider", provider), ("model", model)]:
            if name in event:
                event[name] = value
        for name in ("runId", "sessionId", "messageId"):
            if name in event:
                event[name] = f"{name[:-2]}-{number}#"
        if event.get("lane", "").startswith("session:"):
            event["lane"] = f"session:{key}"
        if "durationMs" in event:
            event["durationMs"] = round(event["durationMs"] * 4, 3)
        if "timeToFirstByteMs" in event:
            event["timeToFirstByteMs"] *= 3
        if kind == "context.assembled":
            event["messageCount"] = number % 7 * 3
            event["historyTextChars"] = event["messageCount"] * 410
            event["promptImages"] = int(number % 9 == 4)
        if kind.startswith("tool."):
            event |= {"toolName": tool, "toolCallId": f"tool-{number}#"}
            if kind == "tool.execution.started":
                sums.tools[tool].add(1)
        if kind.startswith("model.call."):
            calls += kind == "model.call.started"
            event |= {"api": APIS[provider], "transport": "sse", "callId": f"call-{number}-{calls}#"}
            if number == 7 and calls == 1 and kind == "model.call.started":
                # The one call that fails: another model of the same provider answers in its place.
                put(when, event | {"model": "claude-opus-4-6", "callId": f"call-{number}-0#"})
                failed = {name: event[name] for name in ("runId", "sessionKey", "sessionId", "provider", "api", "transport")}
                failed |= {"type": "model.call.error", "model": "claude-opus-4-6", "callId": f"call-{number}-0#"}
                put(when + 60, failed | {"durationMs": 60, "errorCategory": "overloaded"})
                put(when + 61, {"type": "model.failover", "lane": "main", "fromProvider": provider, "toProvider": provider,
                    "fromModel": "claude-opus-4-6", "toModel": model, "reason": "overloaded", "cascadeDepth": 1, "suspended": False})
                when += 62
        if kind == "model.call.completed":
            read = event["usage"]["input"] - 900 - 37 * number
            usage = {"input": 900 + 37 * number, "output": event["usage"]["output"] + 11 * (number % 13), "cacheRead": read,
                "cacheWrite": 400 if provider == "anthropic" else 0, "reasoningTokens": 64 if provider == "openai" else 0}
            usage["total"] = usage["input"] + usage["output"] + usage["cacheRead"] + usage["cacheWrite"]
            usage["promptTokens"] = usage["total"] - usage["output"]
            cost = price(provider, model, usage)
            usage_of_run.update(usage)
            cost_of_run += cost
            event["usage"] = usage | {"cost": {"total": cost}}
            sums.add(agent, channel, provider, model, usage, cost)
            sums.latencies.append(event["durationMs"])
            last = usage
        if kind == "model.usage":
            del event["lastCallUsage"]
            event |= {"agentId": agent, "channel": channel, "costUsd": round(cost_of_run, 6)}
            event["usage"] = {name: usage_of_run[name] for name in ("input", "output", "cacheRead", "cacheWrite", "promptTokens", "total")}
            event["context"] = {"limit": LIMITS[provider], "used": last["promptTokens"]}
        put(when, event, internal=bool(line["metadata"].get("internal")))
    results = sum(line["event"]["type"] == "tool.execution.completed" for line in events)
    for name, amount in [("user", 1), ("assistant", calls), ("results", results), ("errors", int(number == 7))]:
        sums.all[name].add(amount)
    # What goes with it: the reply, and what the plugin sees of both.
    report(at + 1, "hook.message_received", {"channel": channel, "account": "default", "atMs": f"@{round(at + 1)}"})
    report(at + 2, "hook.session_start")
    for stream, phase in (("lifecycle", "start"), ("assistant", None), ("lifecycle", "end")):
        report(end, "agent.event", {"stream": stream} | ({"phase": phase} if phase else {}))
    report(end, "transcript.update", {"atMs": f"@{round(end)}"})
    delivery = {"channel": channel, "deliveryKind": "media" if number % 11 == 3 else "text"}
    put(end + 5, {"type": "message.delivery.started"} | delivery)
    took = 60 + 13 * (number % 17)
    if number == 29:
        put(end + 5 + took, {"type": "message.delivery.error", "durationMs": took, "errorCategory": "RateLimited"} | delivery)
    else:
        put(end + 5 + took, {"type": "message.delivery.completed", "durationMs": took, "resultCount": 1} | delivery)
        report(end + 5 + took, "hook.message_sent", {"channel": channel, "account": "default", "atMs": f"@{round(end + 5 + took)}"})
    report(end + 6 + took, "hook.session_end", {"reason": "idle", "durationMs": round(end - at), "messageCount": 2})
    run.clear()
    return end + 7 + took


def around(recorded):
    """What is not of a run."""
    samples = collections.defaultdict(list)
    for line in map(json.loads, open(recorded)):
        samples[line["event"]["type"]].append(line["event"])
    keep = lambda event: {name: value for name, value in event.items() if name not in DROPPED}
    for number, phase in enumerate(samples["diagnostic.phase.completed"]):
        cut = {name: phase[name] for name in ("type", "name", "durationMs", "cpuTotalMs") if name in phase}
        put(10 + number, cut, once=True)
    for second in range(1, 90, 2):
        put(second * 1000, keep(samples["gateway.event_loop.sample"][second]) | {"delayMaxMs": 4 + second % 7 * 3}, internal=True)
    for second in range(2, 90, 3):
        put(second * 1000 + 70, keep(samples["diagnostic.gc"][second]), internal=True)
    for second in (15, 45, 75):
        at = second * 1000
        memory = {"rssBytes": 412_000_000 + 91_000 * second, "heapTotalBytes": 201_000_000, "heapUsedBytes": 163_000_000 + 70_000 * second,
            "externalBytes": 7_400_000, "arrayBuffersBytes": 3_000_000, "workerCount": 2, "workerHeapSampledCount": 2, "workerHeapTotalBytes": 41_000_000,
            "workerHeapUsedBytes": 29_000_000, "workerHeaps": [{"script": "sandbox.js", "heapUsed": 18_000_000}, {"script": "index.js", "heapUsed": 11_000_000}]}
        put(at, {"type": "diagnostic.memory.sample", "memory": memory, "uptimeMs": f"*{PERIOD_MS}+{UPTIME_MS + at}"}, internal=True)
        done = sum(1 for moment in WEBHOOKS if moment <= second)
        put(at, {"type": "diagnostic.heartbeat", "active": 1, "waiting": 0, "queued": 0, "webhooks": {
            "received": f"*{len(WEBHOOKS)}+{done}", "processed": f"*{len(WEBHOOKS)}+{done}", "errors": "*0"}}, internal=True)
    for second in WEBHOOKS:
        webhook = {"channel": "telegram" if second % 2 else "slack", "updateType": "message"}
        put(second * 1000 - 90, {"type": "webhook.received"} | webhook)
        put(second * 1000 - 60, {"type": "webhook.processed", "durationMs": 30} | webhook)
    for second in range(5, 90, 10):
        at = second * 1000
        report(at, "node.sample", {"rssBytes": 412_000_000 + 91_000 * second, "heapTotalBytes": 201_000_000,
            "heapUsedBytes": 163_000_000 + 70_000 * second, "externalBytes": 7_400_000, "arrayBuffersBytes": 3_000_000,
            "uptimeSeconds": f"*{PERIOD_MS / 1000}+{UPTIME_MS / 1000 + second}", "cpuUserSeconds": f"*9+{round(1080 + second * 0.1, 3)}",
            "cpuSystemSeconds": f"*1.8+{round(216 + second * 0.02, 3)}", "utilization": 0.11 + second % 4 * 0.02,
            "lag": {"lastSeconds": 0.0012, "minSeconds": 0.0009, "maxSeconds": 0.031, "meanSeconds": 0.0014, "stddevSeconds": 0.0004,
                "p50Seconds": 0.0011, "p90Seconds": 0.0021, "p99Seconds": 0.0121},
            "spaces": [{"space": "old_space", "totalBytes": 150_000_000, "usedBytes": 130_000_000, "availableBytes": 20_000_000},
                {"space": "new_space", "totalBytes": 16_000_000, "usedBytes": 9_000_000, "availableBytes": 7_000_000}],
            "resources": [{"type": "TCPSocketWrap", "count": 9}, {"type": "Timeout", "count": 31}]})
        report(at + 300, "node.gc", {"kind": "minor", "durationMs": 1.9})
    for channel in sorted({channel for _, channel, _, _ in CAST}):
        report(88_000, "channel.activity", {"channel": channel, "account": "default", "inboundAtMs": "@80000", "outboundAtMs": "@86000"})
    providers = [{"provider": provider, "status": "ok", "source": "env", "mode": "api-key"} for provider in APIS]
    report(3, "providers.probed", {"atMs": "@3", "providers": providers})
    names = ("state", "channel", "events", "modelAuth")
    report(1, "plugin.loaded", {"atMs": f"@-{UPTIME_MS - 9000}", "version": "2026.9.6", "hasStateDir": True,
        "namespaces": [{"name": name, "isAvailable": True} for name in names]}, once=True)
    report(1, "node.version", {"version": "v24.21.0", "major": "24", "minor": "21", "patch": "0"}, once=True)
    report(2, "hook.gateway_start", once=True)
    report(2, "hook.cron_reconciled", {"enabled": True}, once=True)
    for at, action in ((30_000, "started"), (34_000, "finished")):
        report(at, "hook.cron_changed", {"action": action} | ({"status": "ok", "durationMs": 4000} if action == "finished" else {}))
    report(40_000, "hook.before_compaction", {"tokenCount": 90_211})
    report(42_000, "hook.after_compaction", {"tokenCount": 20_119, "compactedCount": 41})
    report(50_000, "hook.before_reset", {"reason": "reset"})
    report(52_000, "hook.subagent_spawned", {"mode": "run"})
    report(58_000, "hook.subagent_ended", {"outcome": "ok"})
    report(4_000, "hook.channel_pairing_requested", {"channel": "telegram"}, once=True)
    put(5_000, {"type": "telemetry.exporter", "exporter": "openclaw-prometheus", "signal": "metrics", "status": "started", "reason": "configured"}, once=True)
    put(6_000, {"type": "security.event", "eventId": "event#", "category": "auth", "action": "gateway.auth.succeeded", "outcome": "success", "severity": "low"})
    put(20_000, {"type": "diagnostic.child_process.spawn", "family": "git", "count": 2, "intervalMs": 60_000}, internal=True)
    put(21_000, {"type": "exec.process.completed", "target": "host", "mode": "child", "outcome": "completed", "durationMs": 420, "commandLength": 12, "exitCode": 0})
    put(22_000, {"type": "skill.used", "agentId": "main", "skillName": "github", "skillSource": "bundled", "activation": "command"})
    put(23_000, {"type": "skill.used", "agentId": "support", "skillName": "summarize", "skillSource": "workspace", "activation": "model"})
    put(24_000, {"type": "run.attempt", "attempt": 1})
    put(25_000, {"type": "tool.execution.blocked", "toolName": "exec", "toolSource": "core", "agentId": "ops", "deniedReason": "approval", "paramsSummary": {"kind": "object"}})
    put(27_000, {"type": "talk.event", "talkEventType": "output.audio.done", "mode": "realtime", "transport": "webrtc", "brain": "agent-consult",
        "provider": "openai", "durationMs": 1400, "byteLength": 60_480})
    put(60_000, {"type": "session.long_running", "state": "processing", "ageMs": 130_000, "classification": "long_running", "activeWorkKind": "tool_call"})
    put(61_000, {"type": "payload.large", "surface": "gateway.ws", "action": "chunked", "bytes": 900_000, "limitBytes": 524_288})
    put(62_000, {"type": "exec.approval.followup_suppressed", "approvalId": "approval#", "reason": "session_rebound", "phase": "direct_delivery"})


WEBHOOKS = [4, 11, 19, 28, 33, 41, 47, 56, 63, 72, 79, 85]


def scaled(amounts):
    """Amounts of a round, of as many rounds as there were."""
    return {name: str(amount) for name, amount in amounts.items()} | {"missingCostEntries": 0}


def answers(folder, sums):
    """What each method is answered."""
    recorded = {path.stem: json.loads(path.read_text()) for path in sorted(pathlib.Path(folder).glob("*.json"))}
    total = sums.by["all",]
    totals = lambda key: scaled({name: amount for name, amount in sums.by[key].items() if name != "count"})
    count = lambda key: str(sums.by[key]["count"])
    fresh = {"status": "fresh", "cachedFiles": 42, "pendingFiles": 0, "staleFiles": 0}
    nothing = {name: 0 for name in totals(("all",))}
    calls = sum(sums.tools.values(), Share())
    recorded["usage.cost"] = {"updatedAt": "@-500", "days": 30, "totals": totals(("all",)), "cacheStatus": fresh,
        "daily": [{"date": "@yesterday"} | nothing, {"date": "@today"} | totals(("all",))]}
    models = [key for key in sums.by if key[0] == "model"]
    latency = {"count": str(total["count"]), "avgMs": round(sum(sums.latencies) / len(sums.latencies), 1),
        "minMs": min(sums.latencies), "maxMs": max(sums.latencies), "p95Ms": sorted(sums.latencies)[len(sums.latencies) * 95 // 100]}
    recorded["sessions.usage"] = {
        "updatedAt": "@-500", "startDate": "@yesterday", "endDate": "@today", "sessions": [], "totals": totals(("all",)), "cacheStatus": fresh,
        "aggregates": {
            "sessionCount": len(CAST),
            "messages": {"user": str(sums.all["user"]), "assistant": str(sums.all["assistant"]), "toolResults": str(sums.all["results"]), "errors": str(sums.all["errors"])},
            "tools": {"uniqueTools": len(sums.tools), "tools": [{"name": name, "count": str(amount)} for name, amount in sums.tools.items()]},
            "byModel": [{"provider": key[1], "model": key[2], "count": count(key), "totals": totals(key)} for key in models],
            "byAgent": [{"agentId": key[1], "totals": totals(key)} for key in sums.by if key[0] == "agent"],
            "byChannel": [{"channel": key[1], "totals": totals(key)} for key in sums.by if key[0] == "channel"],
            "latency": latency, "dailyLatency": [{"date": "@today"} | latency],
            "daily": [{"date": "@today", "messages": str(sums.all["user"] + sums.all["assistant"]), "toolCalls": str(calls), "errors": str(sums.all["errors"])}],
            "costDaily": [{"date": "@today"} | totals(("all",))],
            "modelDaily": [{"date": "@today", "provider": key[1], "model": key[2], "tokens": str(sums.by[key]["totalTokens"]),
                "cost": str(sums.by[key]["totalCost"]), "count": count(key)} for key in models],
        },
    }
    sessions = []
    for number, (agent, channel, provider, model) in enumerate(CAST):
        used = sums.by["session", agent, channel, provider, model]
        sessions.append({"key": f"agent:{agent}:{channel}:direct:demo-{number}", "kind": "direct", "classification": "direct", "agentId": agent,
            "updatedAt": f"@-{2000 + 900 * number}", "channel": channel, "lastChannel": channel, "inputTokens": str(used["input"]),
            "outputTokens": str(used["output"]), "totalTokens": 11_000 + 900 * number, "totalTokensFresh": True, "contextTokens": LIMITS[provider],
            "estimatedCostUsd": str(used["totalCost"]), "hasActiveRun": number == 0, "modelProvider": provider, "model": model,
            "status": "running" if number == 0 else "done", "sessionId": f"session-{number}"})
    recorded["sessions.list"] = {"ts": "@-100", "count": len(sessions), "totalCount": len(sessions), "hasMore": False, "sessions": sessions}
    account = lambda place: {"accountId": "default", "enabled": True, "configured": True, "linked": True, "running": True, "connected": True,
        "reconnectAttempts": 0, "lastInboundAt": f"@-{3000 + 700 * place}", "lastOutboundAt": f"@-{1500 + 700 * place}",
        "lastStartAt": "@-10800000", "lastError": None, "healthState": "healthy"}
    channels = sorted({channel for _, channel, _, _ in CAST} - {"webchat"})
    recorded["channels.status"] = {"ts": "@-50", "channelOrder": channels, "channels": {channel: {"configured": True, "running": True} for channel in channels},
        "channelAccounts": {channel: [account(place)] for place, channel in enumerate(channels)}, "statusIssues": []}
    windows = lambda used: [{"label": "5h", "usedPercent": used, "resetAt": "@7200000"}, {"label": "Week", "usedPercent": used / 2, "resetAt": "@345600000"}]
    recorded["usage.status"] = {"updatedAt": "@-1000", "providers": [
        {"provider": "anthropic", "plan": "Max (20x)", "windows": windows(37.5)}, {"provider": "openai", "plan": "Plus", "windows": windows(12)},
        {"provider": "deepseek", "windows": [], "billing": [{"type": "balance", "label": "Account balance", "amount": 18.4, "unit": "USD"}]}]}
    expiry = {"at": "@1209600000", "remainingMs": 1_209_600_000}
    auth = lambda provider, kind, status, until=None: {"provider": provider, "authProvider": provider, "status": status,
        "profiles": [{"profileId": f"{provider}:default", "type": kind, "status": status, "source": "saved"} | ({"expiry": until} if until else {})]} | (
        {"expiry": until} if until else {})
    recorded["models.authStatus"] = {"ts": "@-50", "providers": [
        auth("anthropic", "oauth", "ok", expiry) | {"usage": {"providerId": "anthropic", "windows": windows(37.5)}},
        auth("openai", "oauth", "ok", expiry), auth("deepseek", "api_key", "static")]}
    recorded["models.list"] = {"models": [{"id": model, "provider": provider, "available": True} for provider, model in PRICES]}
    job = lambda name, last, next, status, took: {"id": name, "name": name, "agentId": "main", "enabled": True, "schedule": {"kind": "cron"},
        "state": {"lastRunAtMs": last, "nextRunAtMs": next, "lastRunStatus": status, "lastDurationMs": took, "consecutiveErrors": 0,
        "consecutiveSkipped": 0, "lastDelivered": True, "lastDeliveryStatus": "delivered"}}
    recorded["cron.list"] = {"jobs": [job("morning-report", "@-18000000", "@68400000", "ok", 61_500), job("check-mail", "@-60000", "@240000", "ok", 4_000)],
        "total": 2, "hasMore": False}
    recorded["cron.status"] = {"enabled": True, "triggersEnabled": False, "jobs": 2, "nextWakeAtMs": "@240000"}
    recorded["diagnostics.lanes"] = {"ts": "@-10", "lanes": [
        {"lane": lane, "queuedCount": 0, "activeCount": active, "maxConcurrent": most, "draining": False, "generation": 1, "blockedBy": None}
        for lane, active, most in (("background", 0, 3), ("cron", 0, 2), ("main", 1, 4))],
        "dynamic": {"laneCount": 7, "activeCount": 1, "queuedCount": 0, "queuedLaneCount": 0}}
    recorded["last-heartbeat"] = {"ts": "@-600000", "status": "ok-token", "durationMs": 2125, "channel": "telegram", "silent": True}
    health = recorded["health"]
    recorded["health"] = {"ok": True, "ts": "@-100", "durationMs": 36, "plugins": {"loaded": health["plugins"]["loaded"], "errors": [], "unavailable": []},
        "contextEngines": {"quarantined": []}, "deliveryQueues": {"failed": [], "ingressFailed": [], "ingressPressure": []},
        "configReload": {"hotReloadStatus": "active"}, "heartbeatSeconds": 1800, "defaultAgentId": "main",
        "agents": [{"agentId": agent, "isDefault": agent == "main", "heartbeat": {"enabled": agent == "main", "everyMs": 1_800_000 if agent == "main" else None},
            "sessions": {"count": sum(one == agent for one, *_ in CAST), "recent": []}} for agent in ("main", "ops", "support")],
        "sessions": {"count": len(CAST), "recent": []}, "modelRuntime": {"degraded": False, "pendingAgents": []}}
    recorded["node.list"] = {"ts": "@-10", "nodes": [{"nodeId": "a1b2c3d4e5", "platform": "ios", "approvalState": "approved", "connectedAtMs": "@-900000", "paired": True, "connected": True}]}
    recorded["system-presence"] = [{"mode": "gateway", "platform": "linux", "reason": "self", "ts": "@-500"},
        {"mode": "webchat", "platform": "macos 15.1", "roles": ["operator"], "reason": "connect", "ts": "@-1500"}]
    system = recorded["system.info"]
    recorded["system.info"] = {name: system[name] for name in ("platform", "arch", "nodeVersion", "cpuCount", "loadAverage", "memoryTotalBytes",
        "memoryFreeBytes", "diskTotalBytes", "diskAvailableBytes")} | {"uptimeMs": "^",
        "eventLoop": {"degraded": False, "reasons": [], "delayP99Ms": 12, "delayMaxMs": 22, "utilization": 0.125, "cpuCoreRatio": 0.12,
            "cpuBreakdown": {"mainThreadCoreRatio": 0.11, "hostUtilization": 0.0625, "workerCoreRatio": 0, "otherThreadsCoreRatio": 0.001}},
        "processMemory": {"rssBytes": 412_000_000, "heapUsedBytes": 166_000_000, "heapTotalBytes": 201_000_000, "externalBytes": 7_400_000, "arrayBuffersBytes": 3_000_000}}
    skills = recorded["skills.status"]
    recorded["skills.status"] = {"agentId": "main", "skills": [
        {name: skill.get(name) for name in ("name", "source", "bundled", "disabled", "blockedByAllowlist", "blockedByAgentFilter", "eligible", "platformIncompatible", "missing")}
        for skill in skills["skills"]]}
    return recorded


def main():
    recorded, folder = sys.argv[1:]
    sums, runs = Sums(), list(whole_runs(recorded))
    with_tool = [run for run in runs if any(line["event"]["type"] == "tool.execution.started" for line in run)]
    around(recorded)
    for number in range(RUNS):
        begin = 500 + number * (PERIOD_MS - 14_000) // RUNS
        end = play(number, begin, with_tool[number % len(with_tool)] if number % 4 == 2 else runs[number % len(runs)], sums)
        assert end < PERIOD_MS, f"run {number} ends at {end}"
    lines.sort(key=lambda line: line["at"])
    show = lambda line: print(json.dumps(line, separators=(",", ":")))
    show({"period_ms": PERIOD_MS, "uptime_ms": UPTIME_MS, "cost_usd": sums.by["all",]["totalCost"].total(), "cast": CAST})
    for method, answer in answers(folder, sums).items():
        show({"answer": method, "payload": answer})
    for line in lines:
        show(line)


main()
