"""Alternating calls of floor and product, warm, and what comes of them."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Row:
    name: str
    p50_ms: float
    p95_ms: float
    floor_p50_ms: float
    ratio: float
    queries: int | None
    bytes: int
    target: str = ""
    per_second: int | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(self).items()}


def alternate(
    floor: Callable[[], Any], product: Callable[[], bytes], *, rounds: int, warm_up: int = 10
) -> tuple[list[float], list[float], int]:
    """Times in ms of `rounds` calls of each side, one after the other, and the size of the last answer."""
    for _round in range(min(warm_up, rounds)):
        floor()
        product()
    floors, products, size = [], [], 0
    for _round in range(rounds):
        started = time.perf_counter()
        floor()
        between = time.perf_counter()
        size = len(product())
        ended = time.perf_counter()
        floors.append((between - started) * 1000)
        products.append((ended - between) * 1000)
    return floors, products, size


def summarize(
    name: str,
    floors: list[float],
    products: list[float],
    *,
    size: int,
    queries: int | None,
    target: str,
    note: str = "",
) -> Row:
    p50, floor = statistics.median(products), statistics.median(floors)
    p95 = statistics.quantiles(products, n=20)[-1] if len(products) > 1 else p50
    return Row(
        name=name, p50_ms=p50, p95_ms=p95, floor_p50_ms=floor, ratio=p50 / floor, queries=queries, bytes=size,
        target=target, note=note,
    )  # fmt: skip
