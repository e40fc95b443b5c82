"""Personal data in the clear: each time is written down before it is shown, and an account sees only so much.

The limits count the records themselves, so that what is limited is what an auditor reads.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import DisclosureRecord, Region, User

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Kind = DisclosureRecord.Kind


class TooMuchShown(DomainError):
    """An account has seen as much as it may; `extra["retry_after"]` says for how many seconds."""

    def __init__(self, message: str, *, until: datetime) -> None:
        seconds = max(int((until - timezone.now()).total_seconds()), 1)
        super().__init__("too_much_shown", message, status=429, extra={"retry_after": seconds})


@transaction.atomic
def record(
    *, by: User, subject: str, reason: str, kind: str = Kind.REVEAL, about: str = "", region: Region | None = None,
    count: int = 1,
) -> DisclosureRecord:  # fmt: skip
    """Write down that `by` sees `count` people's data; raises `TooMuchShown`.

    `about` names what it is in words (the number of a case); `region` says whose auditors read it. Without one it is
    the smallest region that holds all of what `by` looks after.
    """
    # Lock first: several windows of one account must not slip past the limit together.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
    _refuse_too_much(by, kind, count)
    return DisclosureRecord.objects.create(
        user=by, kind=kind, subject=subject, about=about, region=region or _home_of(by), reason=reason, count=count
    )


def _refuse_too_much(user: User, kind: str, count: int) -> None:
    mine = DisclosureRecord.objects.filter(user=user, kind=kind)
    if kind == Kind.REVEAL:
        message = _(
            "You have looked at contact data %(limit)d times within %(span)s, which is the limit. Go on later; if your"
            " work needs more, ask the administrator."
        )
        for limit, span, words in (
            (settings.REVEALS_AN_HOUR, HOUR, _("an hour")), (settings.REVEALS_A_DAY, DAY, _("a day")),
        ):  # fmt: skip
            # The record that must have left the span before there is room for one more.
            last = mine.order_by("-at").values_list("at", flat=True)[max(limit - 1, 0) : max(limit, 1)].first()
            if limit < 1 or (last is not None and last > timezone.now() - span):
                values = {"limit": limit, "span": words}
                raise TooMuchShown(message % values, until=(last or timezone.now()) + span)
    elif kind == Kind.FULL:
        limit, since = settings.ROWS_IN_FULL_A_DAY, timezone.now() - DAY
        today = mine.filter(at__gt=since)
        taken = today.aggregate(rows=Sum("count", default=0))["rows"]
        if taken + count > limit:
            message = _(
                "With contact data in full you may export %(limit)d requests a day; %(taken)d are taken already, and"
                " this list has %(count)d. Filter it further, or ask the administrator."
            ) % {"limit": limit, "taken": taken, "count": count}
            first = today.order_by("at").values_list("at", flat=True).first() or timezone.now()
            raise TooMuchShown(message, until=first + DAY)


def _home_of(user: User) -> Region | None:
    """The smallest region that holds everything that the account looks after; None: the whole portal."""
    scope = user.scope
    if scope.sees_all_regions:
        return None
    paths = [path.strip("/").split("/") for path in (*scope.region_paths, *scope.home_paths)]
    shared = []
    for codes in zip(*paths, strict=False):
        if len(set(codes)) > 1:
            break
        shared.append(codes[0])
    return Region.objects.filter(code=shared[-1]).first() if shared else None
