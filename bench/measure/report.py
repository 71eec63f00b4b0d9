"""The figures as text; tables as Markdown, to be pasted into docs/benchmarks.md."""

from statistics import median

TARGETS = {"load narrow": 0.5, "load wide": 0.5, "inserts": 0.4}
STREAM_TITLES = {
    "inserts": "stream inserts, 1000 a transaction", "update": "stream one UPDATE",
    "write_only": "stream sysbench write_only", "single rows": "stream single-row transactions",
    "deletes": "stream one DELETE",
}
COLUMNS = ("scenario", "rows", "rows/s", "COPY rows/s", "ratio", "min-max", "target", "µs CPU a row", "COPY's",
           "CPU ratio", "MB", "COPY's")


def _microseconds(cost, rows):
    return cost.processor / rows * 1e6


def _megabytes(samples, which):
    return max(getattr(sample, which).memory for sample in samples) / 1e6


def sample_line(sample):
    cost, copy = sample.cost, sample.copy
    return (f"{sample.scenario}: {sample.rate:,.0f} rows/s in {cost.seconds:.2f} s + {sample.fixed.seconds:.2f} s, "
            f"COPY {sample.copy_rate:,.0f} rows/s in {copy.seconds:.2f} s, ratio {sample.ratio:.2f}, "
            f"{_microseconds(cost, sample.rows):.2f} µs CPU a row, COPY's {_microseconds(copy, sample.copy_rows):.2f}")


def _row(name, samples):
    if any(sample.too_short for sample in samples):
        return (STREAM_TITLES.get(name, name), f"{samples[0].rows:,}") + ("?",) * (len(COLUMNS) - 2)
    ratios = [sample.ratio for sample in samples]
    ours = median(_microseconds(sample.cost, sample.rows) for sample in samples)
    copys = median(_microseconds(sample.copy, sample.copy_rows) for sample in samples)
    rates = (f"{median(s.rate for s in samples):,.0f}", f"{median(s.copy_rate for s in samples):,.0f}")
    return (STREAM_TITLES.get(name, name), f"{samples[0].rows:,}", *rates,
            f"{median(ratios):.2f}", f"{min(ratios):.2f}-{max(ratios):.2f}",
            str(TARGETS.get(name, "")), f"{ours:.2f}", f"{copys:.2f}", f"{copys / ours:.2f}",
            f"{_megabytes(samples, 'cost'):.0f}", f"{_megabytes(samples, 'copy'):.0f}")


def table(samples):
    if not samples:
        return ""
    names = dict.fromkeys(sample.scenario for sample in samples)
    rows = [COLUMNS] + [_row(name, [s for s in samples if s.scenario == name]) for name in names]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _percentile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def footer(samples, delays):
    short = dict.fromkeys(sample.scenario for sample in samples if sample.too_short)
    lines = [f"too short to tell, give more --rows: {', '.join(short)}"] if short else []
    for title, loads in (("a load", True), ("a stream", False)):
        fixed = [sample.fixed.seconds for sample in samples if sample.scenario.startswith("load") == loads]
        if fixed:
            lines.append(f"start of {title}, not counted above: {median(fixed):.2f} s")
    if delays:
        in_ms = [delay * 1000 for delay in delays]
        lines.append(f"delay of {len(delays)} single changes: median {median(in_ms):.1f} ms, "
                     f"p99 {_percentile(in_ms, 0.99):.1f} ms, longest {max(in_ms):.1f} ms")
    return "\n".join(lines)
