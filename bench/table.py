from bench.timing import Row


def render(rows: list[Row], *, size: int) -> str:
    """The table of docs/performance.md."""
    lines = [
        f"{size:,} requests, one client; `ratio` is product p50 / floor p50",
        "",
        "| name | p50 ms | p95 ms | floor p50 ms | ratio | target | queries | bytes | 8 clients, req/s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.name} | {row.p50_ms:.2f} | {row.p95_ms:.2f} | {row.floor_p50_ms:.2f} | {row.ratio:.2f} "
            f"| {row.target} | {row.queries if row.queries is not None else '–'} | {row.bytes:,} "
            f"| {row.per_second if row.per_second is not None else '–'} |"
        )
    notes = [f"- {row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, "", *notes])
