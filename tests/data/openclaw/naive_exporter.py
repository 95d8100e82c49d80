#!/usr/bin/env python3
"""What the official exporter shows for a recording, said as plainly as possible: the reference of the parity test.

  naive_exporter.py EVENTS.jsonl > EXPECTED.prom

One dictionary per metric, one branch per event type, standard library only. It follows the official exporter where
events are sound. Where they are not, a broken field counts as left out, and every sound part is recorded; fields that
the official one copies unchecked are checked like all others. It knows no secrets, so recordings given to it must hold
none.
"""
import json
import math
import re
import sys

SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]
TOKENS = [4 ** n for n in range(11)]
BYTES = [1024 * 4 ** n for n in range(13)]
RATIO = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2, 4, 8, 16]

counters, gauges, histograms = {}, {}, {}


def key(name, labels):
    return name, tuple(sorted(labels.items()))


def number(value):
    """A finite number of at least 0 and at most 2^53, or None."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and 0 <= value <= 2 ** 53 else None


def seconds(milliseconds):
    milliseconds = number(milliseconds)
    return None if milliseconds is None else milliseconds / 1000


def count(name, labels, amount=1):
    if amount is not None and amount > 0:
        counters[key(name, labels)] = counters.get(key(name, labels), 0) + amount


def gauge(name, labels, value):
    if value is not None:
        gauges[key(name, labels)] = value


def observe(name, labels, value, bounds=SECONDS):
    if value is None:
        return
    histogram = histograms.setdefault(key(name, labels), {"bounds": bounds, "counts": [0] * len(bounds), "count": 0, "sum": 0})
    histogram["count"] += 1
    histogram["sum"] += value
    for place, bound in enumerate(bounds):
        if value <= bound:
            histogram["counts"][place] += 1


# What JavaScript trims.
SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


def text(value):
    return value.strip(SPACE) if isinstance(value, str) else ""


def nv(value, fallback="unknown"):
    """A label value that is short and plain, or the fall-back."""
    value = text(value)
    lower = value.lower()
    if lower.startswith("agent:") or ":agent:" in lower:
        return fallback
    return value if re.fullmatch(r"[A-Za-z0-9_.:-]{1,120}", value) else fallback


def lane(value):
    value = text(value)
    if value.lower().startswith("agent:"):
        return "unknown"
    head = value.split(":")[0]
    return head if re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", head) else "unknown"


def part(value):
    """An object, or one without members."""
    return value if isinstance(value, dict) else {}


def either(is_error, event):
    """The labels error_category and outcome."""
    if is_error:
        return {"error_category": nv(event.get("errorCategory"), "other"), "outcome": "error"}
    return {"error_category": "none", "outcome": "completed"}


def record(event):
    kind, get = event["type"], event.get
    channel, model, provider = nv(get("channel")), nv(get("model")), nv(get("provider"))
    agent, source = nv(get("agentId")), nv(get("source"))

    if kind == "diagnostic.gc":
        observe("openclaw_gc_duration_seconds", {}, seconds(get("durationMs")))

    elif kind == "gateway.rpc":
        method, phase, outcome = {"method": nv(get("method"))}, nv(get("phase")), nv(get("outcome"))
        if phase == "received":
            count("openclaw_gateway_rpc_requests_total", method)
            return
        count("openclaw_gateway_rpc_outcomes_total", {"phase": phase, "outcome": outcome})
        if phase == "response" and outcome in ("ok", "error"):
            observe("openclaw_gateway_rpc_first_response_seconds", method, seconds(get("durationMs")))
        if phase == "handler":
            observe("openclaw_gateway_rpc_handler_seconds", method, seconds(get("durationMs")))
            observe("openclaw_gateway_rpc_admission_seconds", method, seconds(get("admissionMs")))
        if phase == "dispatch":
            observe("openclaw_gateway_rpc_queue_wait_seconds", method, seconds(get("queueWaitMs")))

    elif kind == "run.completed":
        labels = {"channel": channel, "model": model, "outcome": nv(get("outcome")), "provider": provider, "trigger": nv(get("trigger"))}
        if get("blockedBy") not in (None, ""):
            labels["blocked_by"] = nv(get("blockedBy"))
        count("openclaw_run_completed_total", labels)
        observe("openclaw_run_duration_seconds", labels, seconds(get("durationMs")))

    elif kind in ("model.call.completed", "model.call.error"):
        labels = {"api": nv(get("api")), "model": model, "provider": provider, "transport": nv(get("transport"))}
        labels["observation_unit"] = "turn" if get("observationUnit") == "turn" else "request"
        labels |= either(kind == "model.call.error", event)
        count("openclaw_model_call_total", labels)
        observe("openclaw_model_call_duration_seconds", labels, seconds(get("durationMs")))

    elif kind == "model.failover":
        suspended = get("suspended")
        labels = {"from_model": nv(get("fromModel")), "from_provider": nv(get("fromProvider")), "lane": lane(get("lane"))}
        labels |= {"reason": nv(get("reason"), "other"), "suspended": str(suspended).lower() if isinstance(suspended, bool) else "unknown"}
        labels |= {"to_model": nv(get("toModel")), "to_provider": nv(get("toProvider"))}
        count("openclaw_model_failover_total", labels)

    elif kind == "model.usage":
        labels = {"agent": agent, "channel": channel, "model": model, "provider": provider}
        for token_type, field in [("input", "input"), ("output", "output"), ("cache_read", "cacheRead"),
                                  ("cache_write", "cacheWrite"), ("prompt", "promptTokens"), ("total", "total")]:
            tokens = number(part(get("usage")).get(field))
            if tokens:
                count("openclaw_model_tokens_total", labels | {"token_type": token_type}, tokens)
                if token_type in ("input", "output"):
                    few = {"model": model, "provider": provider, "token_type": token_type}
                    observe("openclaw_gen_ai_client_token_usage", few, tokens, TOKENS)
        count("openclaw_model_cost_usd_total", labels, number(get("costUsd")))
        observe("openclaw_model_usage_duration_seconds", labels, seconds(get("durationMs")))

    elif kind == "skill.used":
        labels = {"activation": nv(get("activation")), "agent": agent, "skill": nv(get("skillName"), "skill"), "source": nv(get("skillSource"))}
        count("openclaw_skill_used_total", labels)

    elif kind.startswith("tool.execution."):
        labels = {"params_kind": nv(part(get("paramsSummary")).get("kind")), "tool": nv(get("toolName"), "tool")}
        labels |= {"tool_owner": nv(get("toolOwner"), "none"), "tool_source": nv(get("toolSource"), "core")}
        if kind == "tool.execution.blocked":
            count("openclaw_tool_execution_blocked_total", labels | {"denied_reason": nv(get("deniedReason"), "other")})
        elif kind in ("tool.execution.completed", "tool.execution.error"):
            labels |= either(kind == "tool.execution.error", event)
            count("openclaw_tool_execution_total", labels)
            observe("openclaw_tool_execution_duration_seconds", labels, seconds(get("durationMs")))

    elif kind in ("harness.run.completed", "harness.run.error"):
        is_error = kind == "harness.run.error"
        labels = {"channel": channel, "harness": nv(get("harnessId")), "model": model, "plugin": nv(get("pluginId")), "provider": provider}
        labels |= either(is_error, event) | {"phase": nv(get("phase")) if is_error else "none"}
        labels["outcome"] = "error" if is_error else nv(get("outcome"))
        count("openclaw_harness_run_total", labels)
        observe("openclaw_harness_run_duration_seconds", labels, seconds(get("durationMs")))

    elif kind.startswith("webhook."):
        labels = {"channel": channel, "webhook": nv(get("updateType"))}
        if kind == "webhook.received":
            count("openclaw_webhook_received_total", labels)
        if kind == "webhook.error":
            count("openclaw_webhook_error_total", labels)
        if kind == "webhook.processed":
            observe("openclaw_webhook_duration_seconds", labels, seconds(get("durationMs")))

    elif kind == "message.received":
        count("openclaw_message_received_total", {"channel": channel, "source": source})

    elif kind == "message.dispatch.started":
        count("openclaw_message_dispatch_started_total", {"channel": channel, "source": source})

    elif kind == "message.dispatch.completed":
        labels = {"channel": channel, "outcome": nv(get("outcome")), "reason": nv(get("reason"), "none"), "source": source}
        count("openclaw_message_dispatch_completed_total", labels)
        observe("openclaw_message_dispatch_duration_seconds", labels, seconds(get("durationMs")))

    elif kind == "message.processed":
        labels = {"channel": channel, "outcome": nv(get("outcome")), "reason": nv(get("reason"), "none")}
        count("openclaw_message_processed_total", labels)
        observe("openclaw_message_processed_duration_seconds", labels, seconds(get("durationMs")))

    elif kind == "message.delivery.started":
        labels = {"channel": channel, "delivery_kind": nv(get("deliveryKind"), "other")}
        count("openclaw_message_delivery_started_total", labels)

    elif kind in ("message.delivery.completed", "message.delivery.error"):
        labels = {"channel": channel, "delivery_kind": nv(get("deliveryKind"), "other")}
        labels |= either(kind == "message.delivery.error", event)
        count("openclaw_message_delivery_total", labels)
        observe("openclaw_message_delivery_duration_seconds", labels, seconds(get("durationMs")))

    elif kind == "talk.event":
        labels = {"brain": nv(get("brain")), "event_type": nv(get("talkEventType")), "mode": nv(get("mode"))}
        labels |= {"provider": provider, "transport": nv(get("transport"))}
        count("openclaw_talk_event_total", labels)
        observe("openclaw_talk_event_duration_seconds", labels, seconds(get("durationMs")))
        observe("openclaw_talk_audio_bytes", labels, number(get("byteLength")), BYTES)

    elif kind in ("queue.lane.enqueue", "queue.lane.dequeue"):
        labels = {"lane": lane(get("lane"))}
        gauge("openclaw_queue_lane_size", labels, number(get("queueSize")))
        if kind == "queue.lane.dequeue":
            observe("openclaw_queue_lane_wait_seconds", labels, seconds(get("waitMs")))

    elif kind == "session.state":
        count("openclaw_session_state_total", {"reason": nv(get("reason"), "none"), "state": nv(get("state"))})
        gauge("openclaw_session_queue_depth", {"state": nv(get("state"))}, number(get("queueDepth")))

    elif kind == "session.turn.created":
        count("openclaw_session_turn_created_total", {"agent": agent, "channel": channel, "trigger": nv(get("trigger"))})

    elif kind == "session.stuck":
        labels = {"reason": nv(get("reason"), "none"), "state": nv(get("state"))}
        count("openclaw_session_stuck_total", labels)
        observe("openclaw_session_stuck_age_seconds", labels, seconds(get("ageMs")))

    elif kind in ("session.recovery.requested", "session.recovery.completed"):
        labels = {"active_work_kind": nv(get("activeWorkKind"), "none"), "state": nv(get("state"))}
        if kind == "session.recovery.completed":
            labels |= {"action": nv(get("action")), "status": nv(get("status"))}
        else:
            labels |= {"action": "abort" if get("allowActiveAbort") is True else "recover", "status": "requested"}
        count("openclaw_session_recovery_total", labels)
        observe("openclaw_session_recovery_age_seconds", labels, seconds(get("ageMs")))

    elif kind == "gateway.event_loop.sample":
        observe("openclaw_gateway_event_loop_delay_max_seconds", {}, seconds(get("delayMaxMs")))
        count("openclaw_gateway_event_loop_observed_seconds_total", {}, seconds(get("intervalMs")))

    elif kind == "diagnostic.liveness.warning":
        reasons = get("reasons") if isinstance(get("reasons"), list) else []
        labels = {"reason": nv(":".join(reason for reason in reasons if isinstance(reason, str)))}
        count("openclaw_liveness_warning_total", labels)
        for state in ("active", "waiting", "queued"):
            gauge("openclaw_liveness_sessions", {"state": state}, number(get(state)))
        observe("openclaw_liveness_event_loop_delay_p99_seconds", labels, seconds(get("eventLoopDelayP99Ms")))
        observe("openclaw_liveness_event_loop_delay_max_seconds", labels, seconds(get("eventLoopDelayMaxMs")))
        observe("openclaw_liveness_event_loop_utilization_ratio", labels, number(get("eventLoopUtilization")), RATIO)
        observe("openclaw_liveness_cpu_core_ratio", labels, number(get("cpuCoreRatio")), RATIO)

    elif kind == "payload.large":
        labels = {"action": nv(get("action")), "channel": nv(get("channel"), "none"), "plugin": nv(get("pluginId"), "none")}
        labels |= {"reason": nv(get("reason"), "none"), "surface": nv(get("surface"))}
        count("openclaw_payload_large_total", labels)
        observe("openclaw_payload_large_bytes", labels, number(get("bytes")), BYTES)

    elif kind == "diagnostic.memory.sample":
        if not isinstance(get("memory"), dict):
            return
        memory = get("memory")
        for name, field in [("rss", "rssBytes"), ("heap_total", "heapTotalBytes"), ("heap_used", "heapUsedBytes"),
                            ("external", "externalBytes"), ("array_buffers", "arrayBuffersBytes"),
                            ("worker_heap_total", "workerHeapTotalBytes"), ("worker_heap_used", "workerHeapUsedBytes")]:
            gauge("openclaw_memory_bytes", {"kind": name}, number(memory.get(field)))
        gauge("openclaw_worker_count", {}, number(memory.get("workerCount")))
        gauge("openclaw_worker_heap_sampled_count", {}, number(memory.get("workerHeapSampledCount")))
        observe("openclaw_memory_rss_bytes", {}, number(memory.get("rssBytes")), BYTES)
        used = {}
        heaps = memory.get("workerHeaps")
        for heap in heaps if isinstance(heaps, list) else []:
            script, bytes_used = nv(part(heap).get("script")), number(part(heap).get("heapUsed"))
            if bytes_used is not None:
                used[script] = used.get(script, 0) + bytes_used
        for old in [old for old in gauges if old[0] == "openclaw_worker_heap_used_bytes"]:
            del gauges[old]
        for script, total in used.items():
            gauge("openclaw_worker_heap_used_bytes", {"script": script}, total)

    elif kind == "diagnostic.child_process.spawn":
        count("openclaw_child_process_spawn_total", {"family": nv(get("family"))}, number(get("count")))

    elif kind == "diagnostic.memory.pressure":
        count("openclaw_memory_pressure_total", {"level": nv(get("level")), "reason": nv(get("reason"))})

    elif kind == "telemetry.exporter":
        labels = {"exporter": nv(get("exporter")), "reason": nv(get("reason"), "none"), "signal": nv(get("signal")), "status": nv(get("status"))}
        count("openclaw_telemetry_exporter_total", labels)

    elif kind == "diagnostic.async_queue.dropped":
        for drop_class, field in [("total", "droppedEvents"), ("trusted", "droppedTrustedEvents"),
                                  ("untrusted", "droppedUntrustedEvents"), ("priority", "droppedPriorityEvents")]:
            count("openclaw_diagnostic_async_queue_dropped_total", {"drop_class": drop_class}, number(get(field)))
        gauge("openclaw_diagnostic_async_queue_length", {}, number(get("queueLength")))


def digits(value):
    return str(int(value)) if value == int(value) else ("%.12g" % value).replace("e+", "e")


def sample(name, labels, value):
    inside = ",".join('%s="%s"' % pair for pair in labels)
    return "%s%s %s" % (name, "{%s}" % inside if inside else "", digits(value))


def render():
    lines, seen = [], set()
    for kind, series in [("counter", counters), ("gauge", gauges), ("histogram", histograms)]:
        for (name, labels), value in sorted(series.items()):
            if name not in seen:
                seen.add(name)
                lines.append("# TYPE %s %s" % (name, kind))
            if kind != "histogram":
                lines.append(sample(name, labels, value))
                continue
            for bound, below in zip(value["bounds"], value["counts"]):
                lines.append(sample(name + "_bucket", labels + (("le", digits(bound)),), below))
            lines.append(sample(name + "_bucket", labels + (("le", "+Inf"),), value["count"]))
            lines.append(sample(name + "_sum", labels, value["sum"]))
            lines.append(sample(name + "_count", labels, value["count"]))
    return "".join(line + "\n" for line in lines)


def main():
    with open(sys.argv[1], encoding="utf-8") as recording:
        for line in recording:
            both = json.loads(line)
            metadata = both.get("metadata") or {}
            if metadata.get("trusted") is True or metadata.get("internal") is True:
                record(both["event"])
    sys.stdout.write(render())


if __name__ == "__main__":
    main()
