"""The catalogues of a new portal: functions by station type, service items, amenities, categories, consent."""

import csv
from datetime import datetime
from pathlib import Path

from portal.core.copy_in import copy_rows
from portal.core.history import bulk_load
from portal.core.models import ConsentText
from requests.models import Category, HazardKind, ServiceAttribute
from requests.models.attributes import DataType
from requests.types import TimeLimit
from stations.models import Amenity, FunctionRecommendation, ServiceItem, StationFunction
from stations.types import StationType

DATA = Path(__file__).parent / "data"

FUNCTIONS = [
    ("party_life", "组织生活"),
    ("resident_talks", "居民议事"),
    ("culture_sports", "文体活动"),
    ("business_service", "惠企服务"),
    ("talent_training", "人才培训"),
    ("talent_salon", "人才沙龙"),
    ("market_talks", "商圈议事"),
    ("rider_service", "暖蜂服务"),
    ("building_talks", "楼宇议事"),
    ("park_enquiry", "游园咨询"),
    ("rest_water", "休憩饮水"),
    ("green_volunteering", "环保志愿"),
    ("safety_training", "安全教育"),
    ("mediation", "纠纷调解"),
    ("study", "学习培训"),
    ("special_children", "特需儿童"),
    ("home_school", "家校社协同"),
]
# What riders can tap: code, name, icon, the category that it proposes.
HAZARDS = [
    ("manhole", "井盖", "circle-dashed", "城乡建设 / 城市建设和市政管理 / 城市公共设施"),
    ("road", "路面", "alert-triangle", "城乡建设 / 城市建设和市政管理 / 基础设施"),
    ("charging", "飞线充电", "bolt", "城乡建设 / 安全生产 / 安全隐患"),
    ("fire_lane", "消防通道占用", "ban", "政法 / 社会治安 / 消防安全"),
    ("rubbish", "垃圾堆积", "trash", "城乡建设 / 城市建设和市政管理 / 环境卫生"),
    ("lamp", "路灯", "eye-off", "城乡建设 / 城市建设和市政管理 / 城市公共设施"),
    ("pipe", "管道漏水", "droplet", "城乡建设 / 城市建设和市政管理 / 自来水供应"),
]
RECOMMENDED = {
    StationType.ESTATE: ["party_life", "resident_talks", "culture_sports"],
    StationType.INDUSTRIAL_PARK: ["business_service", "talent_training", "talent_salon"],
    StationType.COMMERCIAL_MARKET: ["business_service", "market_talks", "rider_service"],
    StationType.OFFICE_BUILDING: ["business_service", "building_talks", "talent_training"],
    StationType.SCENIC_PARK: ["park_enquiry", "rest_water", "green_volunteering"],
    StationType.CONSTRUCTION_SITE: ["safety_training", "mediation", "study"],
    StationType.SCHOOL: ["special_children", "home_school"],
}
_PARTY, _GOVERNMENT, _SERVICE = ServiceItem.Group.PARTY, ServiceItem.Group.GOVERNMENT, ServiceItem.Group.SERVICE
SERVICE_ITEMS = [
    ("party_transfer", "党员组织关系咨询", _PARTY),
    ("party_checkin", "党员“双报到”登记", _PARTY),
    ("party_dues", "党费收缴咨询", _PARTY),
    ("party_activity", "主题党日预约", _PARTY),
    ("wish_collect", "微心愿征集与认领", _PARTY),
    ("elder_card", "老年优待证代办", _GOVERNMENT),
    ("elder_bus_card", "老年公交卡充值", _GOVERNMENT),
    ("social_security", "社保医保咨询", _GOVERNMENT),
    ("residence_permit", "居住登记与居住证代办", _GOVERNMENT),
    ("disability_card", "残疾人证申办指引", _GOVERNMENT),
    ("subsistence", "低保与临时救助申请指引", _GOVERNMENT),
    ("birth_registration", "生育登记代办", _GOVERNMENT),
    ("policy_enquiry", "政策咨询", _GOVERNMENT),
    ("self_service", "政务自助终端", _GOVERNMENT),
    ("utilities", "水电气代办代缴", _SERVICE),
    ("legal_aid", "法律援助咨询", _SERVICE),
    ("weighing", "复称", _SERVICE),
    ("health_check", "量血压测血糖", _SERVICE),
    ("parcel", "快递代收", _SERVICE),
    ("printing", "复印打印", _SERVICE),
    ("afterschool", "四点半课堂", _SERVICE),
    ("mediation", "邻里纠纷调解", _SERVICE),
    ("job_info", "就业信息与招聘", _SERVICE),
    ("haircut", "义剪义修", _SERVICE),
]
AMENITIES = [
    ("charging", "手机充电", "bolt"),
    ("newspapers", "报刊", "news"),
    ("umbrellas", "雨具", "umbrella"),
    ("medicine", "医药箱", "first-aid-kit"),
    ("microwave", "微波炉", "microwave"),
    ("hot_water", "热水", "mug"),
    ("tv", "电视", "device-tv"),
    ("nursing_room", "母婴室", "baby-carriage"),
    ("wifi", "WiFi", "wifi"),
    ("study", "自习", "book"),
    ("gym", "健身观影", "barbell"),
    ("toilet", "洗手间", "toilet-paper"),
    ("self_service", "政务自助", "device-desktop"),
]
CONSENT_VERSION = "2026-01"
CONSENT = (
    "您填写的手机号、姓名和住址只用于办理本次诉求：由社区和承办单位的工作人员与您联系、核实情况并反馈结果。"
    "查看完整信息的操作会逐次留痕，除承办人员外其他人只能看到脱敏后的内容，信息不会对外公开。"
    "您可以选择对承办单位隐藏姓名，也可以凭查询码随时撤回诉求，或要求在办结后删除个人信息。"
    "不满十四周岁的未成年人请由监护人代为填写。"
)
# Categories of the third level whose name contains one of these get the limit; everything else is general.
_LIMITS: list[tuple[str, tuple[str, ...]]] = [
    (TimeLimit.EMERGENCY, ("事故处理", "危险化学品")),
    (TimeLimit.UTILITY, ("自来水供应", "电力供应", "燃气供应", "冬季采暖")),
    (TimeLimit.ENQUIRY, ("政策", "证件", "户籍", "户口", "考试招生", "保障性住房", "公积金", "退休")),
    (TimeLimit.COMPLEX, ("违章建筑", "房屋拆迁", "安置补偿", "产权", "房产证", "拖欠", "规划", "噪音污染", "危房")),
]


def load_catalogues(now: datetime) -> None:
    """Functions, recommendations, service items, amenities and the consent text."""
    with bulk_load("stations_catalogue") as changes:
        functions = {
            code: StationFunction(code=code, name=name, order=order)
            for order, (code, name) in enumerate(FUNCTIONS, start=1)
        }
        StationFunction.objects.bulk_create(functions.values())
        FunctionRecommendation.objects.bulk_create(
            FunctionRecommendation(station_type=station_type, function=functions[code])
            for station_type, codes in RECOMMENDED.items()
            for code in codes
        )
        ServiceItem.objects.bulk_create(
            ServiceItem(code=code, name=name, group=group, order=order)
            for order, (code, name, group) in enumerate(SERVICE_ITEMS, start=1)
        )
        Amenity.objects.bulk_create(
            Amenity(code=code, name=name, icon=icon, order=order)
            for order, (code, name, icon) in enumerate(AMENITIES, start=1)
        )
        ConsentText.objects.create(version=CONSENT_VERSION, text=CONSENT, valid_from=now)
        changes.update(functions=len(FUNCTIONS), service_items=len(SERVICE_ITEMS), amenities=len(AMENITIES))


def load_categories() -> None:
    """The three-level tree of citizens' letters, with the time limits that their names ask for."""
    with (DATA / "categories.csv").open(newline="", encoding="utf-8") as file:
        rows = [tuple(row) for row in csv.reader(file)][1:]
    paths: dict[tuple[str, ...], int] = {}
    for row in rows:
        for depth in (1, 2, 3):
            paths.setdefault(row[:depth], 0)
    with bulk_load("requests_category") as changes:
        # Parents first; the ids follow the order in which the file names them.
        ordered = sorted(paths, key=len)
        for number, path in enumerate(ordered, start=1):
            paths[path] = number
        copy_rows(
            "requests_category",
            ["id", "parent_id", "name", "level", "path", "top_id", "time_limit", "is_active"],
            (
                (
                    paths[path], paths.get(path[:-1]), path[-1], len(path), " / ".join(path),
                    paths[path[:1]] if len(path) > 1 else None, _limit(path), True,
                )
                for path in ordered
            ),
        )  # fmt: skip
        changes["added"] = len(ordered)
    found = {" / ".join(path): pk for path, pk in paths.items()}
    for order, (code, name, icon, path) in enumerate(HAZARDS, start=1):
        HazardKind.objects.create(code=code, name=name, icon=icon, category_id=found[path], order=10 * order)


# What is asked about some matters beside the words, for clients of Open311: the category, code, question, kind of
# answer, choices, needed.
QUESTIONS = [
    ("噪音污染", "WHEN", "什么时候有噪音", DataType.SOME_OF, ["白天", "中午", "夜间"], True),
    ("噪音污染", "SOURCE", "噪音从哪里来", DataType.ONE_OF, ["工地", "商铺", "邻居", "车辆", "不清楚"], False),
    ("自来水供应", "SINCE", "从什么时候开始", DataType.DATETIME, [], False),
    ("自来水供应", "HOUSEHOLDS", "影响多少户", DataType.NUMBER, [], False),
    ("物业服务", "ESTATE", "小区名称", DataType.STRING, [], True),
]


def load_questions() -> None:
    """Questions of a few categories; after the categories."""
    for order, (name, code, question, datatype, choices, is_required) in enumerate(QUESTIONS, 1):
        category = Category.objects.get(name=name, level=3)
        ServiceAttribute.objects.create(
            category=category, code=code, question=question, datatype=datatype, choices=choices,
            is_required=is_required, order=order,
        )  # fmt: skip


def _limit(path: tuple[str, ...]) -> str:
    if len(path) < 3:
        return ""
    for limit, words in _LIMITS:
        if any(word in path[-1] for word in words):
            return limit
    return ""
