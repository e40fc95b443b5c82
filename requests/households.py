"""The list of an estate's households: written down line by line, or loaded as a sheet."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.history import acting_as
from portal.core.models import Estate, User
from portal.core.text import clean_text
from requests.models import Household
from requests.models.deliberations import WRITE
from volunteers.guards import refuse, refuse_outside, save

MAX_LABEL = 40
# So many are named in a refusal.
NAMED = 5


@dataclass(frozen=True)
class Revised:
    added: int
    measured: int
    removed: int


def revise(estate: Estate, *, by: User, lines: str, off: str = "") -> Revised:
    """One household a line: the flat, and after a comma its floor area where it is known. Of a flat on the list an area
    takes the place of the one before. `off`: flats that are on it by mistake, unless they have voted or answered."""
    refuse_outside(estate.region, by=by, field="estate", capability=WRITE)
    made = {each.label: each for each in (_household(estate, line) for line in lines.splitlines() if line.strip())}
    gone = {clean_text(line, max_length=MAX_LABEL) for line in off.splitlines() if line.strip()}
    if not made and not gone:
        refuse("lines", _("Write one flat a line."))
    with transaction.atomic(), acting_as(by.pk):
        # Lock first: two people may write the same list down.
        Estate.objects.select_for_update(of=("self",)).get(pk=estate.pk)
        before = {each.label: each for each in estate.households.filter(label__in=[*made, *gone])}
        _take_off(gone, before)
        measured = []
        for label in made.keys() & before.keys() - gone:
            area = made[label].area_m2
            if area is not None and area != before[label].area_m2:
                before[label].area_m2 = area
                measured.append(before[label])
        Household.objects.bulk_update(measured, ["area_m2"])
        fresh = [each for label, each in made.items() if label not in before and label not in gone]
        Household.objects.bulk_create(fresh)
    return Revised(len(fresh), len(measured), len(gone))


def _take_off(labels: set[str], known: dict[str, Household]) -> None:
    if unknown := sorted(labels - known.keys()):
        names = "、".join(unknown[:NAMED])
        refuse("off", _("These are not on the list of households: %(names)s") % {"names": names})
    rows = Household.objects.filter(pk__in=[known[label].pk for label in labels])
    spoken = rows.filter(Q(votes__isnull=False) | Q(survey_visits__isnull=False)).distinct()
    if names := "、".join(spoken.values_list("label", flat=True)[:NAMED]):
        refuse(
            "off",
            _("These have voted or been called on by a survey; they stay on the list: %(names)s") % {"names": names},
        )
    rows.delete()


def put_down(household: Household, *, by: User) -> Household:
    """Save one that is new, or whose floor area is known better."""
    refuse_outside(household.estate.region, by=by, field="estate", capability=WRITE)
    with transaction.atomic(), acting_as(by.pk):
        save(household)
    return household


def _household(estate: Estate, line: str) -> Household:
    label, _comma, area = line.replace("，", ",").partition(",")
    label = clean_text(label, max_length=MAX_LABEL)
    try:
        floor = Decimal(area.strip()) if area.strip() else None
        if not label or (floor is not None and not 0 < floor < 100_000):
            raise ArithmeticError
    except ArithmeticError as error:
        message = _("This line cannot be read: “%(line)s”. Write: 3栋501, 89.5") % {"line": line.strip()[:40]}
        raise DomainError("invalid", message, fields={"lines": [message]}) from error
    return Household(estate=estate, label=label, area_m2=floor)
