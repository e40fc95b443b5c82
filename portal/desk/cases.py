"""Everything that the page of one case shows, gathered in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from portal.core.errors import DomainError
from portal.core.geo import feature, feature_collection
from portal.core.models import User
from portal.desk.actions import FILLED, Action, actions_for
from requests.clocks import Clock, clocks_of
from requests.danger import Danger, danger_in
from requests.duplicates import Duplicate, Matter, propose
from requests.forms import StepForm
from requests.models import (
    Assist,
    Claim,
    DepartmentRating,
    Dispatch,
    HotlineCase,
    RequestAttachment,
    Requester,
    ServiceProject,
    ServiceRequest,
)
from requests.privacy import ENDED, may_reveal
from requests.suggestions import Suggestion, suggest_for
from requests.timeline import Line, lines
from requests.types import Actor, Channel, ClaimState, State, TimeLimit, Verb
from requests.workflow import Staff
from stations.models import Station

EARLIER_CASES = 10
MOST_STATIONS = 20


def earlier_cases(case: ServiceRequest, user: User) -> Any:
    """Other cases of the same phone that the person may see, newest first."""
    hashes = {requester.phone_hash for requester in case.requesters.all()} - {""}
    if not hashes:
        return []
    others = ServiceRequest.objects.for_user(user).filter(
        pk__in=Requester.objects.filter(phone_hash__in=hashes).values("request")
    )
    return list(
        others.exclude(pk=case.pk).newest_first().only("id", "title", "state", "submitted_at")[: EARLIER_CASES + 1]
    )


def relatives(case: ServiceRequest, user: User) -> list[ServiceRequest]:
    """The cases that this one was merged into or taken out of, and those merged into it or taken out of it."""
    near = Q(merged_into=case.pk) | Q(split_from=case.pk) | Q(pk__in=[case.merged_into_id, case.split_from_id])
    rows = ServiceRequest.objects.for_user(user).filter(near).order_by("pk")
    return list(rows.only("id", "title", "state", "merged_into", "split_from"))


def claims_of(case: ServiceRequest, user: User) -> list[Claim]:
    """What is held for the case or was used for it; each knows whether this person may say what became of it."""
    rows = list(case.claims.select_related("resource").defer("resource__search"))
    settles = bool(Staff(user).actors_on(case) & {Actor.DISPATCHER, Actor.HANDLER})
    for row in rows:
        row.may_settle = settles and row.state == ClaimState.CLAIMED
    return rows


def points_of(case: ServiceRequest, user: User) -> dict[str, Any] | None:
    """The place of the matter among the stations around it, as GeoJSON; None when nobody gave a point.

    Without a tile server a single point on a white ground would tell nothing.
    """
    if case.latitude is None or case.longitude is None:
        return None
    near = (
        Station.objects.for_user(user)
        .filter(region=case.region_id, latitude__isnull=False)
        .only("name", "latitude", "longitude", "address")
    )
    stations = [
        feature(station.latitude, station.longitude, name=station.name, text=[station.address], open=False)
        for station in near[:MOST_STATIONS]
    ]
    here = feature(case.latitude, case.longitude, name=case.title, text=[case.address_text or str(case.region)])
    return feature_collection([*stations, here])


def _danger_of(case: ServiceRequest) -> Danger | None:
    """Whom to call, until somebody has read the case and judged otherwise, or it is over."""
    is_urgent = case.state == State.SUBMITTED or (case.is_open and case.time_limit == TimeLimit.EMERGENCY)
    return danger_in(case.title, case.description) if is_urgent else None


@dataclass(frozen=True)
class CasePage:
    """The context of the case page and of its panel beside the list."""

    case: ServiceRequest
    actions: list[Action]
    clocks: list[Clock]
    earlier: list[ServiceRequest]
    relatives: list[ServiceRequest]
    timeline: list[Line]
    photos: list[RequestAttachment]
    offers: list[Dispatch]
    points: dict[str, Any] | None
    danger: Danger | None
    duplicates: list[Duplicate]
    suggestion: Suggestion | None
    # The field that takes the suggestion.
    suggestion_target: str
    may_reveal: bool
    may_erase: bool
    # Whether what could help is of use: somebody here dispatches, or claims.
    shows_matches: bool
    claims: list[Claim]
    assists: list[Assist]
    department_ratings: list[DepartmentRating]
    # The project that it is in, as far as this person sees it.
    project: ServiceProject | None
    may_draft_project: bool
    # By which number the hotline knows it.
    hotline: HotlineCase | None
    now: datetime
    error: DomainError | None = None
    typed: StepForm | None = None


def case_page(
    case: ServiceRequest,
    user: User,
    *,
    bound: StepForm | None = None,
    error: DomainError | None = None,
    chosen: Mapping[str, str] | None = None,
) -> CasePage:
    actions = actions_for(case, user, bound=bound, chosen=chosen)
    verbs = {action.verb for action in actions}
    # Proposals are for whoever can take them up.
    others = ServiceRequest.objects.for_user(user)
    classifies = next((verb for verb in FILLED["category"] if verb in verbs), None)
    is_unclassified = case.category_id is None and classifies
    # What was typed for a step that is no longer possible is shown to be copied, so that nothing is lost.
    kept = any(action.form is bound for action in actions)
    timeline = lines(case, audience="staff")
    return CasePage(
        case=case,
        actions=actions,
        clocks=clocks_of(case, [line.event for line in timeline]),
        earlier=earlier_cases(case, user),
        relatives=relatives(case, user),
        timeline=timeline[::-1],
        photos=[each for line in timeline for each in line.attachments],
        points=points_of(case, user),
        danger=_danger_of(case),
        duplicates=propose(others, Matter.of_case(case)) if Verb.MERGE in verbs else [],
        suggestion=suggest_for(others, case) if is_unclassified else None,
        suggestion_target=f"#{classifies}_category",
        offers=list(case.dispatches.select_related("organization", "person", "team")),
        may_reveal=may_reveal(case, user) and case.erased_at is None,
        may_erase=user.scope.can("requests:erase") and case.state in ENDED and case.erased_at is None,
        shows_matches=bool({Verb.DISPATCH, Verb.CLAIM} & {action.verb for action in actions}),
        claims=claims_of(case, user),
        assists=list(case.assists.select_related("organization").order_by("pk")),
        department_ratings=list(case.department_ratings.select_related("organization").order_by("pk")),
        project=ServiceProject.objects.for_user(user).holding(case).first(),
        may_draft_project=Verb.ADOPT in verbs and user.scope.can("projects:create"),
        hotline=HotlineCase.objects.filter(request=case).first() if case.channel == Channel.HOTLINE else None,
        now=timezone.now(),
        error=error,
        typed=None if kept else bound,
    )
