"""Reads text 0.0.4 from standard input with prometheus_client's parser and checks what it found.

The parser is lenient about order and types of samples, so the checks are ours: every family has a type and samples of
its own names, histograms are cumulative and end in +Inf, and no series is there twice.
"""
import math
import sys

from prometheus_client.parser import text_string_to_metric_families


def check_histogram(family, problems):
    series = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        entry = series.setdefault(tuple(sorted(labels.items())), {"buckets": []})
        if sample.name.endswith("_bucket"):
            entry["buckets"].append((float(bound), sample.value))
        else:
            entry[sample.name.removeprefix(family.name)] = sample.value
    for labels, entry in series.items():
        bounds, counts = zip(*entry["buckets"])
        if list(bounds) != sorted(bounds) or not math.isinf(bounds[-1]):
            problems.append(f"{family.name}{labels}: bounds {bounds}")
        if list(counts) != sorted(counts) or counts[-1] != entry["_count"]:
            problems.append(f"{family.name}{labels}: counts {counts}, _count {entry['_count']}")
        if "_sum" not in entry:
            problems.append(f"{family.name}{labels}: no _sum")


def main():
    problems, families, samples = [], 0, 0
    for family in text_string_to_metric_families(sys.stdin.read()):
        families += 1
        samples += len(family.samples)
        if family.type == "unknown" or not family.documentation:
            problems.append(f"{family.name}: type {family.type}, help {family.documentation!r}")
        keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        if len(set(keys)) != len(keys):
            problems.append(f"{family.name}: a series is there twice")
        if family.type == "histogram":
            check_histogram(family, problems)
    for problem in problems:
        print(problem)
    print(f"{families} families, {samples} samples, {len(problems)} problems")
    return 1 if problems or families < 30 else 0


sys.exit(main())
