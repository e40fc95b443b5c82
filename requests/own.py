"""Cases in the hands of volunteers: held out to them or to a team that they lead, taken, done."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.models import User
from requests import workflow
from requests.candidates import team_mates_for
from requests.models import Dispatch, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet
from requests.types import HELD, DispatchOutcome, State, Verb
from requests.workflow import Staff
from volunteers.models import VolunteerTeam

# More than this is told as "many" and not counted out.
MOST = 99


def offers_of(user: User) -> QuerySet[Dispatch]:
    """Whatever was ever held out to this person as a volunteer."""
    if user.person_id is None:
        return Dispatch.objects.none()
    led = VolunteerTeam.objects.led_by(user.person_id)
    return Dispatch.objects.filter(Q(person=user.person_id) | Q(team__in=led.values("pk")))


def cases_of(user: User) -> ServiceRequestQuerySet:
    return ServiceRequest.objects.for_user(user).filter(pk__in=offers_of(user).values("request"))


def in_hand(user: User) -> ServiceRequestQuerySet:
    """Those that wait for the person: to be taken, or to be done; what is due first on top."""
    held = offers_of(user).filter(outcome__in=HELD)
    rows = ServiceRequest.objects.for_user(user).filter(current_dispatch__in=held.values("pk"))
    return rows.order_by("due_at", "pk")


def done(user: User) -> ServiceRequestQuerySet:
    """Those that the person, or a team that they lead, has finished; the last one first."""
    finished = offers_of(user).filter(outcome=DispatchOutcome.DONE)
    rows = ServiceRequest.objects.for_user(user).filter(pk__in=finished.values("request"))
    return rows.order_by("-finished_at", "-pk")


def waiting_count(user: User) -> int:
    """How many wait for the person to do something; while a resident is asked there is nothing to do."""
    return in_hand(user).filter(state__in=(State.DISPATCHED, State.IN_PROGRESS)).order_by()[: MOST + 1].count()


@dataclass(frozen=True)
class Step:
    """A step in the words of somebody who does this now and then, on a phone."""

    verb: Verb
    label: Promise
    icon: str
    # What follows from it, and who reads it.
    consequence: Promise
    said: Promise


STEPS: dict[str, Step] = {
    step.verb: step
    for step in [
        Step(
            Verb.TAKE, _("I take it"), "check",
            _("The resident sees that somebody takes care of it. Please call them next."),
            _("Thank you. It is yours now; please call the resident next."),
        ),
        Step(
            Verb.RESOLVE, _("It is done"), "circle-check",
            _("The resident reads what you write here, sees your photos, and is asked whether it is solved."),
            _("Thank you! The resident is asked now whether it is solved."),
        ),
        Step(
            Verb.CONTACT, _("I have called"), "phone",
            _("Write down whether you reached the resident and what you agreed on."), _("Written down."),
        ),
        Step(
            Verb.NOTE, _("Add a note or photos"), "note",
            _("Those who dispatched it read this; the resident only if you say so."), _("Written down."),
        ),
        Step(
            Verb.ASK, _("Ask the resident something"), "message",
            _("The resident reads the question under their code. The time limit stands still until they answer."),
            _("The resident has been asked."),
        ),
        Step(
            Verb.REQUEST_EXTENSION, _("I need more time"), "hourglass",
            _("A leader decides; until then the present time limit holds."), _("A leader has been asked."),
        ),
        Step(
            Verb.TRANSFER, pgettext_lazy("a case", "Hand it on to a member"), "users",
            _("The member is asked whether they take it, and reads your words. The time limit goes on."),
            _("It has been handed on, and the member is told."),
        ),
        Step(
            Verb.SEND_BACK, pgettext_lazy("a case", "I cannot do it"), "arrow-back-up",
            _("It goes back to those who dispatched it, with your reason. The resident does not see this."),
            _("It has gone back. Thank you for saying so in time."),
        ),
    ]
}  # fmt: skip


def steps_for(case: ServiceRequest, user: User) -> list[Step]:
    """What the person may do now, the likeliest first: before anything else the resident is called."""
    allowed = set(workflow.allowed_verbs(case, by=Staff(user))) if is_held(case, user) else set()
    if not team_mates_for(case, user).exists():
        # Whoever is alone with a case gives it back instead.
        allowed.discard(Verb.TRANSFER)
    found = [step for verb, step in STEPS.items() if verb in allowed]
    if case.contacted_at is None:
        found.sort(key=lambda step: step.verb != Verb.CONTACT)
    return found


def is_held(case: ServiceRequest, user: User) -> bool:
    """Whether the case is in this person's hands now."""
    offer = case.current_dispatch
    return offer is not None and offer.is_held and offers_of(user).filter(pk=offer.pk).exists()
