"""Where a region may lie: coarse boxes around districts, to catch slips of typing, never to judge where things are."""

import csv
import functools
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from portal.core.errors import DomainError
from portal.core.geo import CHINA, Bounds, check_point

DATA = Path(__file__).parent / "data" / "district_bounds.csv"
# Digits of an official code that name the city.
CITY_DIGITS = 4


@functools.cache
def _boxes() -> dict[str, Bounds]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Bounds(
                south=float(row["min_lat"]), west=float(row["min_lng"]),
                north=float(row["max_lat"]), east=float(row["max_lng"]),
            )
            for row in csv.DictReader(file)
        }  # fmt: skip


def bounds_of(path: str) -> Bounds:
    """The box of the district on a region's path.

    A functional district governs parts of several and has none of its own: then that of the city. Else: China.
    """
    codes = [code for code in path.split("/") if code]
    boxes = _boxes()
    for code in codes:
        if code in boxes:
            return boxes[code]
    districts = [box for code, box in boxes.items() if codes and code.startswith(codes[0][:CITY_DIGITS])]
    if not districts:
        return CHINA
    return Bounds(
        south=min(box.south for box in districts), west=min(box.west for box in districts),
        north=max(box.north for box in districts), east=max(box.east for box in districts),
    )  # fmt: skip


def clean_point(row: Any) -> None:
    """For `clean()` of a model with a point and a region: the point lies in the district, and is not turned round.

    The error of a point that was turned round carries the point as it was probably meant (`swap_of`).
    """
    if row.latitude is None or row.longitude is None or row.region_id is None:
        return
    try:
        check_point(row.latitude, row.longitude, bounds_of(row.region.path))
    except DomainError as error:
        params = {"swap": (error.extra or {}).get("swap")}
        raise ValidationError({"latitude": ValidationError(str(error), code=error.code, params=params)}) from error
