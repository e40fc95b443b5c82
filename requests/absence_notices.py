"""Both people are told of what goes over to a deputy; of a case its own step tells them."""

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from portal.core.models import Person, User
from portal.core.notifications.kinds import Channel, Kind, Text, register
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import read_to_tell
from requests.models import Absence
from requests.notices import CASES

_SUBJECT = gettext_lazy("{deputy} stands in for {person}: {number}")
# Numbers alone: a deliberation may be confidential, and mail leaves the portal.
_BODY = gettext_lazy("The {what} {number} of {person} is with {deputy} now, who stands in until {day}.")

HANDED_OVER = register(
    Kind(
        name="handed_to_deputy",
        label=gettext_lazy("A task, project or deliberation goes over to who stands in"),
        group=CASES.name,
        texts={
            Channel.DESK: Text(subject=_SUBJECT, body=_BODY),
            Channel.EMAIL: Text(subject=_SUBJECT, body=_BODY),
        },
        sample={"what": "项目", "number": "XM000012", "person": "王敏", "deputy": "李强", "day": "3月9日"},
    )
)


def tell_handed_over(absence: Absence, *, kind: object, number: str, link: str, about: Model, by: User) -> None:
    """`kind` in words, `about` the row. Who did it knows of it."""
    people = Person.objects.filter(pk__in=[absence.person_id, absence.deputy_id], user__is_active=True)
    told = read_to_tell(people.exclude(pk=by.person_id))
    words = {
        "what": str(getattr(kind, "label", kind)), "number": number, "person": absence.person,
        "deputy": absence.deputy, "day": date_format(absence.ends_on, "MONTH_DAY_FORMAT"),
    }  # fmt: skip
    named = f"{about._meta.db_table}/{about.pk}"
    notify(
        kind=HANDED_OVER.name,
        to=told,
        context=words,
        dedupe_key=f"absence:{absence.pk}:{named}",
        about=named,
        link=link,
    )
