"""The kinds by which stations are told apart and counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StationType(models.TextChoices):
    """Where a station of tier `station` stands; centres have no type."""

    ESTATE = "estate", _("Residential estate")  # 小区
    INDUSTRIAL_PARK = "industrial_park", _("Industrial park")  # 园区
    COMMERCIAL_MARKET = "commercial_market", _("Commercial area or market")  # 商圈市场
    OFFICE_BUILDING = "office_building", _("Office building")  # 商务楼宇
    SCENIC_PARK = "scenic_park", _("Park or scenic spot")  # 公园景区
    CONSTRUCTION_SITE = "construction_site", _("Construction site")  # 工地
    SCHOOL = "school", _("School")  # 学校


class Tier(models.TextChoices):
    CITY_CENTRE = "city_centre", _("City centre")  # 市级中心
    DISTRICT_CENTRE = "district_centre", _("District centre")  # 区级中心
    STREET_CENTRE = "street_centre", _("Street centre")  # 街道中心
    COMMUNITY_CENTRE = "community_centre", _("Community centre")  # 社区中心
    PARK_CENTRE = "park_centre", _("Park centre")  # 园区中心
    STATION = "station", _("Station")  # 站点


class StationClass(models.TextChoices):
    """襄阳's classes."""

    COMPREHENSIVE = "comprehensive", _("Community comprehensive")  # 社区综合类
    GRID = "grid", _("Grid personalised")  # 网格个性化
    ESTATE = "estate", _("Estate close to people")  # 小区亲民型


class StationStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")  # 筹建
    BUILDING = "building", _("Under construction")  # 建设
    OPEN = "open", _("Open")  # 开放
    SUSPENDED = "suspended", _("Suspended")  # 暂停
    CLOSED = "closed", _("Closed")  # 关闭


class BuildMode(models.TextChoices):
    CONVERTED = "converted", _("Converted")  # 改建
    CO_BUILT = "co_built", _("Co-built")  # 共建
    NEW_BUILT = "new_built", _("Newly built")  # 新建


class PremisesSource(models.TextChoices):
    """房屋来源."""

    COMMUNITY = "community", _("Community premises")  # 社区公共用房
    IDLE_UNIT = "idle_unit", _("Idle premises of a unit in the area")  # 驻区单位闲置
    ESTATE_FACILITY = "estate_facility", _("Facilities of the estate")  # 小区配套
    TRANSFERRED = "transferred", _("Handed over with public utilities")  # 三供一业移交
    OTHER = "other", _("Other")  # 其他


class Datum(models.TextChoices):
    """The datum a point came in; it is stored as WGS-84."""

    WGS84 = "wgs84", _("WGS-84 / CGCS2000")
    GCJ02 = "gcj02", _("GCJ-02 (Amap, Tencent)")
    BD09 = "bd09", _("BD-09 (Baidu)")
