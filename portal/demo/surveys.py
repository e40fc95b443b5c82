"""入户摸底, 物业评议 and 业委会候选人把关 of the demo: a survey of the 504 households of 龙井小区, still under way,
that takes the vote of a deliberation, and a small one in the demo's own community; two years of appraisals, one
election that hangs. All of it by the verbs themselves, but for visits, which are many."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models

from portal.core.history import bulk_load
from portal.core.models import Estate, Level, Notification, Organization, Region, User
from portal.demo.accounts import BAOAN, Staff
from portal.demo.network import Network
from requests import appraisals, elections, surveys
from requests.deliberation_types import Criterion, DeliberationKind, Verdict, VisitOutcome
from requests.deliberations import topics
from requests.models import Appraisal, Household, Survey, SurveyVisit, Vote

A, R, N = VisitOutcome.ANSWERED, VisitOutcome.REFUSED, VisitOutcome.NOT_REACHED
LONGJING = "龙井小区"
DAY = timedelta(days=1)
WISHES = ("希望晚上有人巡逻。", "电梯口加个扶手。", "快递柜再多一组。", "树枝挡住了路灯。", "")
DARK = ("南门到3栋这段。", "单元门口。", "儿童滑梯那里。", "地库坡道。", "")
# Of every thousand answers, how many say each level, and the branch's score.
YEARS = ((2, (260, 370, 240, 90, 40), Decimal("78.5"), "保洁到位，维修响应偏慢，公共收益公示不及时。"),
         (1, (330, 380, 200, 60, 30), Decimal("84"), "维修响应明显改善，公共收益按季公示。"))  # fmt: skip
JUDGED = (
    "小区保洁是否到位？",
    "小区安全是否放心？",
    "报修是否及时？",
    "收费和公共收益是否公开？",
    "物业人员态度如何？",
)
CANDIDATES = (
    ("周建国", "19900007001", ()), ("郑秀兰", "19900007002", (Criterion.PARTY_MEMBER,)), ("何志强", "19900007003", ()),
    ("吕美华", "19900007004", (Criterion.PARTY_MEMBER,)), ("曹永胜", "19900007005", (Criterion.FEES_PAID,)),
    ("严卫东", "19900007006", (Criterion.NO_BUILDING, Criterion.PARTY_MEMBER)),
)  # fmt: skip
FOUND = {
    Criterion.FEES_PAID: "拖欠上年度物业费，已提醒补缴。", Criterion.NO_BUILDING: "顶楼违建，城管已立案。",
    Criterion.PARTY_MEMBER: "群众。",
}  # fmt: skip


def build(network: Network, staff: Staff, region: Region, company: Organization | None) -> None:
    """`region` is the demo's first community, whose staff enter candidates and whose leader decides."""
    rng = random.Random(f"surveys {network.today.isoformat()}")
    there = Estate.objects.filter(region=region).order_by("pk").first()
    if there is not None:
        _elect(network, staff.by_name["community"], staff.by_name["leader"], there)
        _ask_about_lights(network, rng, staff.by_name["community"], there)
    estate = Estate.objects.select_related("region", "property_company").filter(name=LONGJING).first()
    homes = list(Household.objects.filter(estate=estate).order_by("pk")) if estate is not None else []
    if estate is None or not homes:
        return
    runner, judged = staff.by_name["admin"], estate.property_company or company
    _survey(network, rng, runner, estate, homes)
    if judged is not None:
        for ago, weights, score, text in YEARS:
            _appraise(network, rng, runner, estate, judged, homes, network.today.year - ago, weights, score, text)


def _survey(network: Network, rng: random.Random, by: User, estate: Estate, homes: list[Household]) -> None:
    at = network.now - 12 * DAY
    topic = topics.raise_topic(
        by=by, region=estate.region, chair=by.person, kind=DeliberationKind.FACILITIES, estate=estate, at=at,
        topic="加装电梯与地面停车方案", text="先逐户听意见，再开议事会定方案。",
    )  # fmt: skip
    survey = surveys.draft(
        by=by, estate=estate, title="加装电梯与停车摸底", at=at, deliberation=topic, ends_on=network.today + 2 * DAY,
        text="您好，社区入户征求意见：加装电梯、地面停车和晚间照明，约三分钟，不记名。",
    )  # fmt: skip
    lift = surveys.ask(survey, by=by, question="是否同意本单元加装电梯？", options=["同意", "不同意", "随大家"])
    parking = surveys.ask(
        survey, by=by, question="地面停车怎么收？", options=["按月收费", "按次收费", "不收费"], majority=50
    )
    wish = surveys.ask(survey, by=by, question="还有什么想说的？")
    surveys.open_up(survey, by=by, at=at + DAY)
    told(survey, at=at + DAY)
    outcomes = [A] * 371 + [R] * 19 + [N] * 46
    rng.shuffle(outcomes)
    said = {lift.pk: (70, 14, 16), parking.pk: (52, 22, 26)}
    record(survey, by, list(zip(homes[: len(outcomes)], outcomes, strict=True)), said, rng, at + 2 * DAY, words=wish.pk)


def _ask_about_lights(network: Network, rng: random.Random, by: User, estate: Estate) -> None:
    """Two buildings, half of the doors done: a grid worker goes on where the others left off."""
    at = network.now - 4 * DAY
    homes = Household.objects.bulk_create(
        Household(estate=estate, label=f"{building}栋{floor}0{door}", area_m2=Decimal(area))
        for building in (1, 2)
        for floor in range(1, 9)
        for door, area in ((1, "89.50"), (2, "76.20"))
    )
    survey = surveys.draft(
        by=by, estate=estate, title="夜间照明摸底", at=at, ends_on=network.today + 5 * DAY,
        text="您好，社区征求意见：小区路灯和楼道灯够不够亮，一分钟，不记名。",
    )  # fmt: skip
    bright = surveys.ask(survey, by=by, question="晚上路灯够亮吗？", options=["够亮", "有的地方暗", "很暗"])
    where = surveys.ask(survey, by=by, question="哪里最暗？")
    surveys.open_up(survey, by=by, at=at + timedelta(hours=9))
    told(survey, at=at + timedelta(hours=9))
    outcomes = [A] * 13 + [N] * 2 + [R]
    rng.shuffle(outcomes)
    visits = list(zip(homes[: len(outcomes)], outcomes, strict=True))
    called = at + DAY + timedelta(hours=10)
    record(survey, by, visits, {bright.pk: (30, 50, 20)}, rng, called, words=where.pk, wishes=DARK)


def _appraise(
    network: Network, rng: random.Random, by: User, estate: Estate, company: Organization, homes: list[Household],
    year: int, weights: tuple[int, ...], score: Decimal, text: str,
) -> Appraisal:  # fmt: skip
    # The result of a year is published in the next one.
    at = min(network.now.replace(year=year, month=12, day=20), network.now - 26 * DAY)
    row = appraisals.begin(by=by, estate=estate, organization=company, year=year, questions=JUDGED, at=at)
    surveys.open_up(row.survey, by=by, at=at)
    asked = {poll.pk: weights for poll in row.survey.questions.all()}
    outcomes = [A] * (380 + year % 7) + [R] * 31 + [N] * 60
    rng.shuffle(outcomes)
    visits = list(zip(homes[: len(outcomes)], outcomes, strict=True))
    record(row.survey, by, visits, asked, rng, at + 3 * DAY)
    surveys.close(row.survey, by=by, at=at + 20 * DAY)
    appraisals.score(row, by=by, branch_score=score, branch_text=text)
    appraisals.publish(row, by=by, at=at + 25 * DAY)
    told(row.survey, row, at=at + 25 * DAY)
    return row


def communities_with_estates(network: Network, first: Region) -> list[Region]:
    """`first`, one more of its street, and one of each of three other streets of the demo's district: each has an
    estate."""
    with_estates = set(Estate.objects.values_list("region", flat=True))
    street, path = network.above(first, Level.STREET), network.regions[BAOAN].path
    by_street: dict[str, list[Region]] = {}
    for region in network.working:
        if region.path.startswith(path) and region.level == Level.COMMUNITY and region.pk in with_estates:
            by_street.setdefault(network.above(region, Level.STREET).code, []).append(region)
    neighbours = [region for region in by_street.pop(street.code, []) if region.pk != first.pk]
    return [first, *neighbours[:1], *(there[0] for _code, there in sorted(by_street.items())[:3])]


def record(
    survey: Survey, by: User, visits: list[tuple[Household, str]], said: dict[int, tuple[int, ...]],
    rng: random.Random, at: datetime, words: int | None = None, wishes: Sequence[str] = WISHES,
) -> None:  # fmt: skip
    """What `surveys.record` would write, all at once: of hundreds of doors each is a transaction."""
    options = {poll.pk: list(poll.options.all()) for poll in survey.questions.prefetch_related("options")}
    made, votes = [], []
    for number, (home, outcome) in enumerate(visits):
        when = at + timedelta(minutes=4 * number)
        made.append(SurveyVisit(survey=survey, household=home, outcome=outcome, recorded_by=by, recorded_at=when))
        if outcome == A:
            told = {"household": home, "recorded_by": by, "recorded_at": when}
            for poll, weights in said.items():
                votes.append(Vote(poll_id=poll, option=rng.choices(options[poll], weights)[0], **told))
            if words is not None and (wish := rng.choice(wishes)):
                votes.append(Vote(poll_id=words, words=wish, **told))
    with bulk_load("requests_surveyvisit") as changes:
        SurveyVisit.objects.bulk_create(made)
        changes["added"] = len(made)
    with bulk_load("requests_vote") as changes:
        Vote.objects.bulk_create(votes)
        changes["added"] = len(votes)


def _elect(network: Network, by: User, decider: User, estate: Estate) -> None:
    at = network.now - 9 * DAY
    row = elections.call(
        by=by, estate=estate, title="第三届业主委员会", held_on=network.today + 12 * DAY, at=at
    )  # fmt: skip
    entered = [elections.enter(row, by=by, name=name, phone=phone, at=at) for name, phone, _failed in CANDIDATES]
    for candidate, (_name, _phone, failed) in zip(entered, CANDIDATES, strict=True):
        for criterion in Criterion:
            passed = criterion not in failed
            elections.check(
                candidate, by=by, criterion=criterion, passed=passed, text="" if passed else FOUND[criterion],
                at=at + 2 * DAY,
            )  # fmt: skip
        is_suitable = not set(failed) - {Criterion.PARTY_MEMBER}
        elections.decide(
            candidate, by=decider, verdict=Verdict.SUITABLE if is_suitable else Verdict.UNSUITABLE,
            reasons="各项条件均符合。" if is_suitable else "有一项以上条件不符合，待整改后再报名。", at=at + 5 * DAY,
        )  # fmt: skip
    elections.publish(row, by=decider, at=network.now - 2 * DAY)
    told(row, *row.candidates.all(), at=at + 5 * DAY)


def told(*rows: models.Model, at: datetime) -> None:
    """Notices of these came long ago, and were read."""
    about = [f"{row._meta.db_table}/{row.pk}" for row in rows]
    Notification.objects.filter(about__in=about).update(created_at=at, read_at=at + timedelta(hours=1))
