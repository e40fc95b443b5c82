"""A bar on stderr where somebody watches, one line a step where nobody does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

WIDTH = 28


class Progress:
    def __init__(self, stream: TextIO, steps: int) -> None:
        self.stream = stream
        self.steps = steps
        self.done = 0.0
        self.label = ""
        self.live = bool(getattr(stream, "isatty", lambda: False)())
        self.started = time.monotonic()
        self._last = 0.0

    @contextmanager
    def step(self, label: str, weight: int = 1) -> Iterator["Progress"]:
        """One part of the work; `advance` moves within it."""
        self.label, self._weight, self._base = label, weight, self.done
        self._show(force=True)
        yield self
        self.done = self._base + weight
        self._show(force=True)

    def advance(self, share: float) -> None:
        """`share` (0 to 1) of the current step is done."""
        self.done = self._base + self._weight * share
        self._show()

    def finish(self) -> None:
        self.done, self.label = self.steps, f"done in {time.monotonic() - self.started:.0f} s"
        self._show(force=True)
        self.stream.write("\n" if self.live else "")
        self.stream.flush()

    def _show(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and (now - self._last < 0.1 or not self.live):
            return
        self._last = now
        share = min(1.0, self.done / self.steps)
        if self.live:
            bar = "#" * int(WIDTH * share)
            self.stream.write(f"\r[{bar:<{WIDTH}}] {share:4.0%}  {self.label:<40}")
        elif self.done in (0, self.steps) or self.done == getattr(self, "_base", None):
            self.stream.write(f"{share:4.0%}  {self.label}\n")
        self.stream.flush()
