"""What a rider can tap. A city changes the tiles under /admin/ (`HazardKind`).

A row takes the place of the built-in tile of its code.
"""

from dataclasses import dataclass
from typing import Any

from requests.models import HazardKind
from requests.models.probes import Hazard

# More are no longer chosen at a glance, beside a running engine.
MOST_TILES = 8


@dataclass(frozen=True)
class Tile:
    code: str
    name: Any
    icon: str
    order: int


DEFAULTS = (
    Tile(Hazard.MANHOLE, Hazard.MANHOLE.label, "circle-dashed", 10),
    Tile(Hazard.ROAD, Hazard.ROAD.label, "alert-triangle", 20),
    Tile(Hazard.CHARGING, Hazard.CHARGING.label, "bolt", 30),
    Tile(Hazard.FIRE_LANE, Hazard.FIRE_LANE.label, "ban", 40),
    Tile(Hazard.LAMP, Hazard.LAMP.label, "eye-off", 60),
    Tile(Hazard.OTHER, Hazard.OTHER.label, "dots", 90),
)


def tiles() -> list[Tile]:
    """What is on offer now, in its order."""
    own = {row.code: row for row in HazardKind.objects.all()}
    added = [Tile(row.code, row.name, row.icon, row.order) for row in own.values() if row.is_active]
    kept = [tile for tile in DEFAULTS if tile.code not in own]
    return sorted([*kept, *added], key=lambda tile: (tile.order, tile.code))[:MOST_TILES]
