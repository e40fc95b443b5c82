"""A station that is given another region: what keeps a copy of where it lies follows in the same transaction.

By hand, by the API or by an import; when a region itself moves or is merged, `portal.core.regions` tells. Stations know
nothing of the higher floors that subscribe.
"""

from collections.abc import Callable
from typing import Any

Hook = Callable[[Any], None]
_on_move: list[Hook] = []


def on_station_move(hook: Hook) -> Hook:
    """Have `hook(station)` run after a station was saved with another region than it had."""
    _on_move.append(hook)
    return hook


def tell(station: Any) -> None:
    for hook in _on_move:
        hook(station)
