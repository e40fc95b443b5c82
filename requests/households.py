"""The list of an estate's households: written down line by line, or loaded as a sheet."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.history import acting_as
from portal.core.models import Estate, User
from portal.core.text import clean_text
from requests.models import Household
from requests.models.deliberations import WRITE
from volunteers.guards import refuse, refuse_outside, save

MAX_LABEL = 40


def add_all(estate: Estate, *, by: User, lines: str) -> int:
    """One household a line: the flat, and after a comma its floor area where it is known. Those that are on the list
    stay as they are; returns how many are new."""
    refuse_outside(estate.region, by=by, field="estate", capability=WRITE)
    made = [_household(estate, line) for line in lines.splitlines() if line.strip()]
    if not made:
        refuse("lines", _("Write one flat a line."))
    with transaction.atomic(), acting_as(by.pk):
        # Lock first: two people may write the same list down.
        Estate.objects.select_for_update(of=("self",)).get(pk=estate.pk)
        before = set(estate.households.values_list("label", flat=True))
        fresh = {each.label: each for each in made if each.label not in before}
        Household.objects.bulk_create(fresh.values())
    return len(fresh)


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
