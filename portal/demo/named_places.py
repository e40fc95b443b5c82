"""The real places that published reports name, with the facts that they give. What is not published stays empty.

Where a report names a street but no community, the community here is ours; coordinates are approximate throughout.
红棉 of 横岗街道 is in no official list of communities: its station hangs under the street and says so.
"""

from dataclasses import dataclass

from stations.types import StationClass, StationType

T, C = StationType, StationClass


@dataclass(frozen=True)
class NamedPlace:
    region: str
    name: str
    station_type: str = T.ESTATE
    station_class: str = ""
    introduction: str = ""
    point: tuple[float, float] | None = None
    area_m2: int | None = None
    rooms: int | None = None
    brand: str = ""
    demonstration: bool = True
    functions: tuple[str, ...] = ()
    amenities: tuple[str, ...] = ()
    estate: str = ""
    buildings: int | None = None
    households: int | None = None
    residents: int | None = None
    estate_kind: str = "commercial"
    # A community's own centre rather than a station in it.
    is_centre: bool = False


BAOAN = [
    NamedPlace(
        "440306017017", "丽晶国际小区党群服务站", T.ESTATE, point=(22.5602, 113.9048), brand="丽晶同心·居民自治",
        introduction="小区居民自治：党支部牵头，业委会、物业和居民骨干定期议事，小事不出楼栋。",
        functions=("resident_talks", "mediation"), estate="丽晶国际",
    ),
    NamedPlace(
        "440306019006", "后瑞“地铁＋志愿”党群服务站", T.COMMERCIAL_MARKET, point=(22.6258, 113.8352), brand="瑞心同行",
        introduction="设在地铁口，党员和志愿者早晚高峰轮值，为乘客和骑手提供问询、充电、饮水和雨具。",
        functions=("rest_water",), amenities=("charging", "umbrellas", "hot_water", "medicine"),
    ),
    NamedPlace(
        "440306025004", "麒麟山公园党群服务站", T.SCENIC_PARK, point=(22.8062, 113.8521), brand="麒麟山下",
        introduction="服务游园市民：问询、饮水、急救箱、母婴室，周末有自然课堂。",
        amenities=("hot_water", "medicine", "nursing_room", "toilet"),
    ),
    NamedPlace(
        "440306019001", "农趣谷党群服务站", T.SCENIC_PARK, point=(22.6378, 113.8588), brand="黄麻布农趣",
        introduction="黄麻布农趣谷里的站点：旅游咨询、阅读角和母婴室。",
        functions=("culture_sports",), amenities=("nursing_room", "newspapers", "study", "toilet"),
    ),
    NamedPlace(
        "440306017012", "大浪28区党群服务站", T.ESTATE, point=(22.5716, 113.9042), brand="邻里球场",
        introduction="居民议事把旧篮球场做成了微改造：夜间照明、分时使用、静音时段。",
        functions=("culture_sports", "resident_talks"), estate="大浪28区", estate_kind="urban_village",
    ),
]  # fmt: skip
ELSEWHERE = [
    NamedPlace("420606070001", "春园社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE, introduction="与 13 家单位签订共建责任书。"),
    NamedPlace("420606070002", "园林社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606071003", "大石桥社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606071002", "陈营社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606072004", "五月花社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606072003", "鼎府社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606072002", "车城社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606170018", "中车社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606171009", "官庄社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606171002", "谢洼社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606171011", "车城湖社区党群服务中心", is_centre=True, station_class=C.COMPREHENSIVE),
    NamedPlace("420606070001", "春园网格红色驿站", station_class=C.GRID, demonstration=False),
    NamedPlace("420606071002", "陈营网格红色驿站", station_class=C.GRID, demonstration=False),
    NamedPlace(
        "420606171011", "东湖国际花园红色驿站", station_class=C.ESTATE, area_m2=70, estate="东湖国际花园",
        buildings=67, households=1758, residents=3770, introduction="70 平方米的小区驿站，服务 67 栋 1758 户 3770 人。",
    ),
    NamedPlace(
        "440307017014", "怡锦社区专家工作室", area_m2=800, rooms=8, introduction="800 平方米、8 个功能室的专家工作室。",
        functions=("mediation", "resident_talks"),
    ),
    NamedPlace("440307017", "红棉党群服务站", introduction="红棉不在官方区划表中，站点挂在横岗街道。"),
    NamedPlace("440307017001", "松柏社区党群服务站"),
    NamedPlace("440307009001", "葵涌社区党群服务站", introduction="街道代码属龙岗区，由大鹏新区管理。"),
    NamedPlace("440307010001", "大鹏社区党群服务站", introduction="街道代码属龙岗区，由大鹏新区管理。"),
    NamedPlace("440307011001", "南澳社区党群服务站", introduction="街道代码属龙岗区，由大鹏新区管理。"),
    NamedPlace("340104005001", "光明社区党群服务中心", is_centre=True),
    NamedPlace(
        "340104005001", "长源小区红色驿站", estate="长源小区", estate_kind="old", buildings=10, households=346, residents=1038,
        introduction="老旧小区，10 栋 346 户 1038 人。",
    ),
    NamedPlace("340111004001", "青年社区党群服务中心", is_centre=True),
    NamedPlace(
        "340111004001", "九华山路菜市场党群服务站", T.COMMERCIAL_MARKET, area_m2=None,
        introduction="菜市场面积 5200 平方米，商户 100 余家，停车位约 300 个；站点提供复称和调解。",
        functions=("mediation",), amenities=("hot_water", "medicine"),
    ),
    NamedPlace("340102001", "瑶海区明光路暖蜂驿站", T.COMMERCIAL_MARKET, functions=("rider_service",), amenities=("charging", "microwave", "hot_water"), introduction="为外卖骑手、快递员和网约车司机服务。"),
    NamedPlace("340121100004", "锦湖社区红色驿站", brand="红色驿站"),
    NamedPlace(
        "340803005001", "龙井小区党群服务站", estate="龙井小区", estate_kind="old", households=504,
        introduction="入户征求 504 户居民意见，议定加装 7 组充电桩。", functions=("resident_talks",),
    ),
]  # fmt: skip
