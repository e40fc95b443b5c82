"""How a case leaves the loop so that it can be brought back."""

from requests.models import ProjectNeed
from requests.project_types import NeedOutcome
from requests.types import DispatchOutcome, State
from requests.workflow import offers
from requests.workflow.step import Step


def leave(now: Step, state: State) -> None:
    """End the case as `state`, keeping all that `restore` needs."""
    offer = now.case.current_dispatch
    if offer is not None:
        # Kept on the case: `restore` gives the same offer back.
        now.data["outcome"] = offer.outcome
        offers.end(offer, DispatchOutcome.ENDED, at=now.at)
    if now.case.state == State.IN_PROJECT:
        ProjectNeed.objects.open().filter(request=now.case).end(NeedOutcome.LEFT, at=now.at)
    now.set(left_from=now.case.state, state=state, ended_at=now.at)
