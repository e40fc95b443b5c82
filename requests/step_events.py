"""Every step of a case as an event for webhooks: of its place, and of the units that it is offered to."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from portal.core.notifications.kinds import Kind, register
from portal.core.notifications.webhooks import announce
from requests.models import Assist, Dispatch
from requests.notices import CASES, EVENT, READ, event_of
from requests.types import HELD
from requests.workflow.step import Step, after_step

# Nobody in particular is told by it: the kinds of each verb do that (`requests.telling`).
STEPPED = register(
    Kind(
        name="case_step", label=gettext_lazy("Any step of a case"), group=CASES.name, texts={}, sample={},
        event=EVENT, event_label=gettext_lazy("Any step of a case"), needs=READ,
    )
)  # fmt: skip


@after_step
def announce_to_systems(step: Step) -> None:
    """A unit's own system hears of a case from when it is offered until this offer is over, that step included."""
    case = step.case

    def units() -> set[int]:
        offered = Dispatch.objects.filter(Q(outcome__in=HELD) | Q(ended_at=step.at), request=case)
        assisting = Assist.objects.open().filter(request=case)
        found = (
            rows.exclude(organization=None).values_list("organization", flat=True) for rows in (offered, assisting)
        )
        return {unit for rows in found for unit in rows}

    announce(
        kind=STEPPED.name,
        region=case.handling_region,
        data=event_of(case, verb=step.verb, from_state=step.from_state),
        dedupe_key=f"step:{case.pk}:{case.version}",
        units=units,
        listening=step.listening,
    )
