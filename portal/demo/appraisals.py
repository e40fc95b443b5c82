"""物业评议 of the demo: in five communities of three streets, each at another point of its year. All of it by the verbs
themselves, but for the visits, which are many."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from portal.core.models import Estate, Organization, Region, User
from portal.demo.accounts import Staff
from portal.demo.network import Network
from portal.demo.organizations import Units
from portal.demo.surveys import DAY, JUDGED, A, N, R, communities_with_estates, record, told
from requests import appraisals, surveys
from requests.models import Appraisal, Household

# Of a hundred answers, how many say each level.
FAIR, GOOD, POOR = (22, 38, 26, 9, 5), (36, 38, 18, 6, 2), (10, 22, 34, 22, 12)
FLOORS, DOORS = range(1, 9), ((1, "89.50"), (2, "76.20"), (3, "104.00"))


@dataclass(frozen=True)
class _Place:
    """An estate with its company, and whoever runs the appraisal there."""

    estate: Estate
    company: Organization
    by: User
    homes: list[Household]
    now: datetime
    rng: random.Random

    def begun(self, year: int, at: datetime) -> Appraisal:
        return appraisals.begin(
            by=self.by, estate=self.estate, organization=self.company, year=year, questions=JUDGED, at=at
        )

    def asked(self, year: int, at: datetime, weights: tuple[int, ...], share: float = 0.8) -> Appraisal:
        """At so many of the doors somebody has been."""
        row = self.begun(year, at)
        surveys.open_up(row.survey, by=self.by, at=at)
        homes = self.homes[: round(len(self.homes) * share)]
        outcomes = [*[A] * round(len(homes) * 0.85), *[R] * 2, *[N] * len(homes)][: len(homes)]
        self.rng.shuffle(outcomes)
        said = {poll.pk: weights for poll in row.survey.questions.all()}
        record(row.survey, self.by, list(zip(homes, outcomes, strict=True)), said, self.rng, at + DAY)
        told(row.survey, at=at)
        return row

    def score(self, row: Appraisal, points: str, text: str) -> None:
        appraisals.score(row, by=self.by, branch_score=Decimal(points), branch_text=text)


def build(network: Network, staff: Staff, units: Units, first: Region) -> None:
    """Communities by the order in which the demo's district, street and community accounts look after them."""
    stories = (_asking, _counting, _published, _scored, _drafted)
    for region, story in zip(communities_with_estates(network, first), stories, strict=False):
        estate = Estate.objects.filter(region=region).order_by("pk").first()
        rng = random.Random(f"appraisals {region.code} {network.today.isoformat()}")
        place = _Place(
            estate, units.property[region.code], staff.dispatchers[region.code], _homes(estate), network.now, rng
        )
        story(place, network.today.year)


def _homes(estate: Estate) -> list[Household]:
    if not estate.households.exists():
        Household.objects.bulk_create(
            Household(estate=estate, label=f"{building}栋{floor}0{door}", area_m2=Decimal(area))
            for building in (1, 2)
            for floor in FLOORS
            for door, area in DOORS
        )
    return list(estate.households.order_by("pk"))


def _asking(place: _Place, year: int) -> None:
    """Last year's result is public; this year doors are knocked at."""
    _published(place, year)
    place.asked(year, place.now - 6 * DAY, GOOD, share=0.4)


def _counting(place: _Place, year: int) -> None:
    """The households have answered; the branch has not given its score."""
    row = place.asked(year, place.now - 24 * DAY, FAIR)
    surveys.close(row.survey, by=place.by, at=place.now - 3 * DAY)
    told(row.survey, at=place.now - 3 * DAY)


def _scored(place: _Place, year: int) -> None:
    """Both parts are there, and nobody has published it."""
    row = place.asked(year, place.now - 30 * DAY, POOR)
    surveys.close(row.survey, by=place.by, at=place.now - 8 * DAY)
    told(row.survey, at=place.now - 8 * DAY)
    place.score(row, "62", "保洁频次不足，报修超过三天的有十余起，收费公示不完整。")


def _published(place: _Place, year: int) -> None:
    """The result of a year is published in the next one."""
    at = min(place.now.replace(year=year - 1, month=12, day=18), place.now - timedelta(days=30))
    row = place.asked(year - 1, at, FAIR)
    surveys.close(row.survey, by=place.by, at=at + 15 * DAY)
    place.score(row, "80.5", "维修响应及时，公共收益按季公示，绿化养护还需加强。")
    appraisals.publish(row, by=place.by, at=at + 20 * DAY)
    told(row.survey, row, at=at + 20 * DAY)


def _drafted(place: _Place, year: int) -> None:
    place.begun(year, place.now - DAY)
