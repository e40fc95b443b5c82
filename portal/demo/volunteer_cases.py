"""A few cases in the hands of volunteers: one held out to the team of the demo's account, one that it has taken."""

from portal.core.models import Region, User
from portal.demo.network import Network
from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from requests.workflow import Staff
from volunteers.models import VolunteerTeam


def build(network: Network, region: Region) -> None:
    """By the verbs themselves, out of what waits to be dispatched in `region`; one case at least is left waiting."""
    dispatcher, volunteer = (User.objects.get(username=name) for name in ("community", "volunteer"))
    waiting = ServiceRequest.objects.filter(handling_region=region, state=State.ACCEPTED).order_by("pk")[1:3]
    teams = VolunteerTeam.objects.led_by(volunteer.person_id)
    teams.update(takes_requests=True)
    targets = [teams.first(), volunteer.person]
    for case, to in zip(waiting, targets, strict=False):
        if to is not None:
            workflow.dispatch(case, by=Staff(dispatcher), to=to, at=network.now)
            if to == volunteer.person:
                workflow.take(case, by=Staff(volunteer), at=network.now)
