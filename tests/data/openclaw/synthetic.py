#!/usr/bin/env python3
"""Events that no recording has: every type there is, with every field left out, null, of every wrong JSON type, hostile,
and on the bounds of buckets; and each with every word that a host may give for it.

  synthetic.py > SYNTHETIC.jsonl

The same lines each time. They hold no secrets, as the naive exporter knows none.
"""
import json

T, N, B = "text", "number", "bool"

RUN = {"channel": T, "model": T, "provider": T, "trigger": T, "durationMs": N}
CALL = {"api": T, "model": T, "observationUnit": T, "provider": T, "transport": T, "durationMs": N, "errorCategory": T}
TOOL = {"toolName": T, "toolOwner": T, "toolSource": T, "paramsSummary": {"kind": T}, "durationMs": N, "errorCategory": T,
        "deniedReason": T}
HARNESS = {"channel": T, "harnessId": T, "model": T, "outcome": T, "phase": T, "pluginId": T, "provider": T,
           "durationMs": N, "errorCategory": T}
WEBHOOK = {"channel": T, "updateType": T, "durationMs": N}
DISPATCH = {"channel": T, "source": T, "outcome": T, "reason": T, "durationMs": N}
DELIVERY = {"channel": T, "deliveryKind": T, "errorCategory": T, "durationMs": N}
LANE = {"lane": "lane", "queueSize": N, "waitMs": N}
STUCK = {"state": T, "reason": T, "ageMs": N}
RECOVERY = {"state": T, "status": T, "action": T, "activeWorkKind": T, "allowActiveAbort": B, "ageMs": N}
RPC = {"method": T, "outcome": T, "durationMs": N, "admissionMs": N, "queueWaitMs": N}

TYPES = {
    "diagnostic.gc": {"durationMs": N},
    "gateway.event_loop.sample": {"intervalMs": N, "delayMaxMs": N},
    "diagnostic.memory.sample": {"memory": {
        "rssBytes": N, "heapTotalBytes": N, "heapUsedBytes": N, "externalBytes": N, "arrayBuffersBytes": N,
        "workerHeapTotalBytes": N, "workerHeapUsedBytes": N, "workerCount": N, "workerHeapSampledCount": N,
        "workerHeaps": "heaps"}},
    "diagnostic.memory.pressure": {"level": T, "reason": T},
    "diagnostic.child_process.spawn": {"family": T, "count": N},
    "diagnostic.liveness.warning": {
        "reasons": "texts", "active": N, "waiting": N, "queued": N, "eventLoopDelayP99Ms": N, "eventLoopDelayMaxMs": N,
        "eventLoopUtilization": N, "cpuCoreRatio": N},
    "diagnostic.async_queue.dropped": {
        "droppedEvents": N, "droppedTrustedEvents": N, "droppedUntrustedEvents": N, "droppedPriorityEvents": N,
        "queueLength": N},
    "run.completed": RUN | {"outcome": T, "blockedBy": T},
    "harness.run.completed": HARNESS, "harness.run.error": HARNESS,
    "model.call.completed": CALL, "model.call.error": CALL,
    "model.failover": {
        "fromModel": T, "fromProvider": T, "lane": "lane", "reason": T, "suspended": B, "toModel": T, "toProvider": T},
    "model.usage": {
        "agentId": T, "channel": T, "model": T, "provider": T, "costUsd": N, "durationMs": N,
        "usage": {"input": N, "output": N, "cacheRead": N, "cacheWrite": N, "promptTokens": N, "total": N}},
    "skill.used": {"activation": T, "agentId": T, "skillName": T, "skillSource": T},
    "tool.execution.completed": TOOL, "tool.execution.error": TOOL, "tool.execution.blocked": TOOL,
    "webhook.received": WEBHOOK, "webhook.processed": WEBHOOK, "webhook.error": WEBHOOK,
    "message.received": DISPATCH, "message.dispatch.started": DISPATCH, "message.dispatch.completed": DISPATCH,
    "message.processed": DISPATCH,
    "message.delivery.started": DELIVERY, "message.delivery.completed": DELIVERY, "message.delivery.error": DELIVERY,
    "talk.event": {
        "brain": T, "talkEventType": T, "mode": T, "provider": T, "transport": T, "durationMs": N, "byteLength": N},
    "queue.lane.enqueue": LANE, "queue.lane.dequeue": LANE,
    "session.state": {"state": T, "reason": T, "queueDepth": N},
    "session.turn.created": {"agentId": T, "channel": T, "trigger": T},
    "session.stuck": STUCK,
    "session.recovery.requested": RECOVERY, "session.recovery.completed": RECOVERY,
    "payload.large": {"action": T, "channel": T, "pluginId": T, "reason": T, "surface": T, "bytes": N},
    "telemetry.exporter": {"exporter": T, "reason": T, "signal": T, "status": T},
}
# Types that feed families of our own alone. What anybody may emit is bounded, so that it comes behind what is not.
OURS = {
    "diagnostic.heartbeat": {
        "webhooks": {"received": N, "processed": N, "errors": N}, "active": N, "waiting": N, "queued": N},
    "diagnostic.phase.completed": {"name": T, "durationMs": N, "cpuTotalMs": N},
    "log.record": {"level": T},
    "security.event": {"category": T, "outcome": T, "severity": T},
    "run.started": {"channel": T, "sessionKey": T},
    "run.attempt": {"attempt": N},
    "run.progress": {"reason": T},
    "run.execution_phase": {"phase": T},
    "harness.run.started": {"harnessId": T, "pluginId": T},
    "context.assembled": {
        "model": T, "provider": T, "messageCount": N, "historyTextChars": N, "promptChars": N, "systemPromptChars": N,
        "promptImages": N},
    "model.call.started": {"model": T, "provider": T},
    "tool.execution.started": {"toolName": T, "toolSource": T},
    "tool.loop": {"action": T, "detector": T, "toolName": T},
    "exec.process.completed": {"failureKind": T, "mode": T, "outcome": T, "target": T, "durationMs": N},
    "exec.approval.followup_suppressed": {"phase": T, "reason": T},
    "message.queued": {"channel": T, "source": T, "queueDepth": N},
    "session.stalled": {"activeWorkKind": T, "classification": T, "state": T, "ageMs": N},
    "session.long_running": {"activeWorkKind": T, "state": T, "ageMs": N},
}
# Fields of official types that feed families of our own.
MORE = {
    "model.call.completed": {
        "timeToFirstByteMs": N, "requestPayloadBytes": N, "responseStreamBytes": N,
        "usage": {"input": N, "output": N, "cacheRead": N, "cacheWrite": N, "reasoningTokens": N, "cost": {"total": N}}},
    "model.usage": {"context": {"limit": N, "used": N}, "usage": {"input": N}},
    "run.completed": {"sessionKey": T, "outcome": T, "errorCategory": T, "durationMs": N},
    "tool.execution.error": {"agentId": T, "terminalReason": T},
    "diagnostic.memory.sample": {"uptimeMs": N},
}
PHASES = {"received": [None], "response": ["ok", "error", "unavailable", "suppressed"], "handler": ["returned", "threw"],
          "dispatch": ["returned", "threw", "rejected", "cancelled"], "of-a-newer-host": ["done"]}

HOSTILE = ["", " ", "plain", " around ", "\ufeffbom\u3000", "\u0085next-line", "\u001cunit", "two words", "a/b", "a=b",
           "quote\"d", "back\\slash", "new\nline", "主", "<script>", "agent:main:main", "x:agent:y", "AGENT:a", "subagent:x",
           "a:b:c", "x" * 120, "x" * 121, " " + "x" * 120 + " ", "null", "NaN", "0", "completed"]
LANES = HOSTILE + ["session:agent:main:x", "session:a", "main", ":x", "nested:agent:a", "a b:c"]
# Bounds of every set of buckets, just beside them, and numbers that are no amounts.
NUMBERS = [0, -0.0, 0.01, 0.05, 0.5, 1, 1.0000001, 4, 5, 10, 16, 16.5, 25, 64, 100, 1000, 1024, 1025, 4096, 5000, 1048576,
           1048577, 600000, 600001, 17179869184, 17179869185, 2 ** 53, -1, -0.5, 1e300, 2 ** 53 + 2]
WRONG = [None, 5, True, "7", [], {}, [1], {"a": 1}, "x", -1.5, False]


def sound(kind):
    if isinstance(kind, dict):
        return {name: sound(of) for name, of in kind.items()}
    return {T: "sound", "lane": "session:agent:main:1", N: 250, B: True, "texts": ["event_loop_delay", "cpu"],
            "heaps": [{"script": "a.js", "heapUsed": 100}, {"script": "b.js", "heapUsed": 7}, {"script": "a.js", "heapUsed": 1}]}[kind]


def variants(kind):
    """Everything that may stand in a field, but for what is sound."""
    if isinstance(kind, dict):
        for name, of in kind.items():
            whole = sound(kind)
            del whole[name]
            yield whole
            for value in variants(of):
                yield sound(kind) | {name: value}
    yield from WRONG
    yield from {
        T: HOSTILE, "lane": LANES, N: NUMBERS, B: [True, False],
        "texts": [[], ["cpu"], ["cpu", 5, None], ["a", ["b"]], ["x" * 60, "y" * 60], ["x" * 59, "y" * 60], ["agent", "a", "b"]],
        "heaps": [[], [None], [5], [{"script": "c.js"}], [{"heapUsed": 3}], [{"script": 5, "heapUsed": 3}],
                  [{"script": "c.js", "heapUsed": -1}], [{"script": "agent:x", "heapUsed": 4}, {"script": "d.js", "heapUsed": 5}]],
    }.get(kind if isinstance(kind, str) else None, [])


def events():
    for name, fields in [*TYPES.items(), *OURS.items(), *MORE.items()]:
        yield {"type": name} | sound(fields)
        yield {"type": name}
        for field, kind in fields.items():
            without = sound(fields)
            del without[field]
            yield {"type": name} | without
            for value in variants(kind):
                yield {"type": name} | sound(fields) | {field: value}
    for phase, outcomes in PHASES.items():
        for outcome in outcomes:
            event = {"type": "gateway.rpc", "phase": phase} | sound(RPC) | {"outcome": outcome}
            yield event
            for field, kind in RPC.items():
                without = dict(event)
                del without[field]
                yield without
                for value in variants(kind):
                    yield event | {field: value}
    for value in WRONG + HOSTILE:
        yield {"type": "gateway.rpc"} | sound(RPC) | {"phase": value}


def main():
    for event in events():
        print(json.dumps({"event": event, "metadata": {"trusted": True}}))
    words = [True, False, None, "true", 1, "missing"]
    for name, fields in [*TYPES.items(), *OURS.items()]:
        for trusted in words:
            for internal in words:
                metadata = {"trusted": trusted, "internal": internal}
                metadata = {word: value for word, value in metadata.items() if value != "missing"}
                print(json.dumps({"event": {"type": name} | sound(fields), "metadata": metadata}))


if __name__ == "__main__":
    main()
