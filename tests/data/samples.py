"""Reads an exposition from standard input with prometheus_client's parser and prints what it found, a line each:

family NAME TYPE UNIT HELP
sample NAME LABEL=VALUE,... NUMBER

Texts are hexadecimal, numbers the 16 digits of their double: what is compared is what was read, not how it is spelled.
The bound `le` is a number too. Argument: `text` or `openmetrics`.
"""
import struct
import sys


def hexed(text):
    return text.encode("utf-8").hex()


def number(value):
    value = float(value)
    # Without the sign of zero: the parser reads -0 as a whole number.
    return "nan" if value != value else struct.pack(">d", value + 0.0).hex()


def main():
    if sys.argv[1] == "openmetrics":
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    else:
        from prometheus_client.parser import text_string_to_metric_families
    # As bytes: a reading by lines would change what a label holds.
    page = sys.stdin.buffer.read().decode("utf-8")
    for family in text_string_to_metric_families(page):
        print("family", family.name, family.type, family.unit or "-", hexed(family.documentation) or "-")
        for sample in family.samples:
            labels = [f"{name}={number(value) if name == 'le' else hexed(value)}" for name, value in sample.labels.items()]
            print("sample", sample.name, ",".join(sorted(labels)) or "-", number(sample.value))


main()
