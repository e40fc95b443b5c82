"""Where things are put on the map.

The centres of 宝安's streets are approximate real ones (WGS-84, to about 500 m), as are those of the other places.
Communities are laid around the centre of their street on a spiral and everything in a community near its point:
plausible, not surveyed. `reach` (degrees) keeps all of it inside the street, and so out of 光明.
"""

import math
import random
from zoneinfo import ZoneInfo

Point = tuple[float, float]
ZONE = ZoneInfo("Asia/Shanghai")

# code: (latitude, longitude, reach)
STREETS: dict[str, tuple[float, float, float]] = {
    "440306017": (22.5630, 113.8930, 0.0160),  # 新安
    "440306018": (22.5830, 113.8640, 0.0160),  # 西乡
    "440306019": (22.6210, 113.8480, 0.0150),  # 航城
    "440306020": (22.6730, 113.8240, 0.0130),  # 福永
    "440306021": (22.6950, 113.8000, 0.0130),  # 福海
    "440306022": (22.7320, 113.8060, 0.0150),  # 沙井
    "440306023": (22.7280, 113.8400, 0.0120),  # 新桥
    "440306024": (22.7700, 113.8380, 0.0140),  # 松岗
    "440306025": (22.8010, 113.8540, 0.0110),  # 燕罗
    "440306026": (22.6820, 113.9270, 0.0140),  # 石岩
    "440307009": (22.6370, 114.4190, 0.0100),  # 葵涌
    "440307010": (22.5950, 114.4760, 0.0100),  # 大鹏
    "440307011": (22.5420, 114.4890, 0.0080),  # 南澳
    "440307017": (22.6450, 114.2030, 0.0150),  # 横岗
    "420606070": (32.0640, 112.1330, 0.0100),  # 紫贞
    "420606071": (32.0850, 112.1250, 0.0100),  # 七里河
    "420606072": (32.0760, 112.1480, 0.0100),  # 东风
    "420606170": (32.1010, 112.1010, 0.0200),  # 团山
    "420606171": (32.1090, 112.1420, 0.0200),  # 米庄
    "340104005": (31.8450, 117.2520, 0.0080),  # 西园
    "340111004": (31.8560, 117.3030, 0.0080),  # 包公
    "340102001": (31.8680, 117.2950, 0.0080),  # 明光路
    "340121100": (32.4790, 117.1630, 0.0150),  # 水湖
    "340803005": (30.5420, 117.0220, 0.0080),  # 集贤路
}
DISTRICTS: dict[str, Point] = {
    "440306": (22.5553, 113.8840),
    "440307": (22.7200, 114.2470),
    "F440301": (22.5960, 114.4770),
    "F420601": (32.0720, 112.1380),
    "340102": (31.8570, 117.3090),
    "340104": (31.8510, 117.2600),
    "340111": (31.7930, 117.3090),
    "340121": (32.4780, 117.1640),
    "340803": (30.5530, 117.0220),
}
CITIES: dict[str, Point] = {
    "4403": (22.5430, 114.0579),
    "4206": (32.0090, 112.1220),
    "3401": (31.8206, 117.2290),
    "3408": (30.5430, 117.0630),
}
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def community_point(street_code: str, index: int, count: int) -> Point | None:
    """The point of the `index`th of `count` communities of a street, or None where the street has no anchor."""
    if street_code not in STREETS:
        return None
    lat, lng, reach = STREETS[street_code]
    radius = 0.85 * reach * math.sqrt((index + 0.5) / max(count, 1))
    angle = index * _GOLDEN_ANGLE
    return _rounded(lat + radius * math.sin(angle), lng + radius * math.cos(angle))


def near(point: Point, rng: random.Random, reach: float = 0.0022) -> Point:
    """A point within about 250 m of another one."""
    radius, angle = reach * math.sqrt(rng.random()), rng.random() * 2 * math.pi
    return _rounded(point[0] + radius * math.sin(angle), point[1] + radius * math.cos(angle))


def _rounded(lat: float, lng: float) -> Point:
    return round(lat, 6), round(lng, 6)
