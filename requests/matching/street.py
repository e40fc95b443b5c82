"""The job that drafts a street: every open need against everything on offer, then the best overall.

It alone loads the solver; whoever only asks for a draft does without.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from portal.core.geo import distance_m
from portal.core.models import Region, User
from portal.core.models.regions import codes_on
from requests.matching.assignment import Pair, assign
from requests.matching.matches import fit_of_resource
from requests.matching.need import Need
from requests.matching.needs import open_needs
from requests.matching.ranking import EXACT, Fit, common_words
from requests.models import Resource, StreetDraft, StreetDraftLine
from requests.types import DraftGround

# More than a street has; what is over was put on the list long ago.
MOST_RESOURCES = 1_000
S = StreetDraft.Status


def run(draft_id: int) -> int:
    """Make a draft that somebody asked for; returns how many lines it has. A second run finds it made."""
    with transaction.atomic():
        draft = StreetDraft.objects.select_for_update(of=("self",)).select_related("region", "made_by").get(pk=draft_id)
        if not draft.is_running:
            return draft.lines.count()
        draft.status = S.DRAFTING
        draft.save(update_fields=["status"])
    needs = [Need.of(case, now=draft.made_at) for case in open_needs(draft.region, draft.made_by)]
    resources = list(on_offer(draft.region, draft.made_by))
    found = fits_of(needs, resources)
    fits = but_refused(found, at=draft.made_at)
    chosen = choose(fits, resources)
    with transaction.atomic():
        draft.lines.all().delete()
        StreetDraftLine.objects.bulk_create(
            StreetDraftLine(
                draft=draft, request_id=need, resource_id=resource, score=fits[need, resource].score,
                reasons=fits[need, resource].words,
            )
            for need, resource in chosen
        )  # fmt: skip
        draft.need_count, draft.resource_count = len(needs), len(resources)
        draft.fitting_count = len({need for need, _resource in fits})
        draft.refused_count = len({need for need, _resource in found}) - draft.fitting_count
        draft.status = S.DONE
        draft.save(update_fields=["need_count", "fitting_count", "refused_count", "resource_count", "status"])
    return len(chosen)


def fail(draft_id: int) -> None:
    """Say that the job broke off; whoever asked may ask again."""
    StreetDraft.objects.filter(pk=draft_id, status=S.DRAFTING).update(status=S.FAILED)


def on_offer(region: Region, user: User) -> QuerySet[Resource]:
    """What is given in the region or around it, or goes somewhere; each with its categories, the newest first."""
    near = Q(region__path__startswith=region.path) | Q(region__code__in=codes_on(region.path))
    rows = Resource.objects.for_user(user).available().filter(near | Q(radius_m__isnull=False), amount__gte=1)
    return rows.with_givers().prefetch_related("categories").order_by("-pk")[:MOST_RESOURCES]  # type: ignore[return-value]


def fits_of(needs: Iterable[Need], resources: Iterable[Resource]) -> dict[Pair, Fit]:
    """Of all pairs (case, resource) those that fit, and why."""
    levels = [(row, {category.pk: category.level for category in row.categories.all()}) for row in resources]
    found: dict[Pair, Fit] = {}
    for need in needs:
        for row, fitting in levels:
            if not reaches(row, need):
                continue
            row.fit = max((level for pk, level in fitting.items() if pk in need.chain), default=None)
            fit = fit_of_resource(need, row)
            if fit is not None and is_sure(need, row, has_categories=bool(fitting)):
                found[need.case.pk, row.pk] = fit
    return found


def but_refused(fits: dict[Pair, Fit], *, at: datetime) -> dict[Pair, Fit]:
    """Without what people said no to in earlier drafts: that pair, or the case altogether where it is seen to."""
    refused = StreetDraftLine.objects.standing_refusals(at).filter(request__in={need for need, _resource in fits})
    told = list(refused.values_list("request_id", "resource_id", "ground"))
    pairs = {(need, resource) for need, resource, _ground in told}
    arranged = {need for need, _resource, ground in told if ground == DraftGround.ARRANGED}
    return {pair: fit for pair, fit in fits.items() if pair not in pairs and pair[0] not in arranged}


def is_sure(need: Need, row: Resource, *, has_categories: bool) -> bool:
    """Whether a pair may stand in a draft that is accepted by the dozen: categories are wide (物业服务 is the lift and
    the fee), and a word of the description names what stands beside it as often as the matter.

    The title speaks of it; or the category is the very one, and the words do. Where both have categories that do not
    meet, two signs in common are chance.
    """
    in_title = common_words(row.name, need.case.title)
    if need.exactness(row.fit) == EXACT:
        return bool(in_title or common_words(row.name, need.case.description))
    is_elsewhere = row.fit is None and need.case.category is not None and has_categories
    return len("".join(in_title)) > 2 if is_elsewhere else bool(in_title)


def reaches(row: Resource, need: Need) -> bool:
    """Whether the case lies where the resource is given: by the regions, or as far as it goes."""
    if row.region.path.startswith(need.street) or need.path.startswith(row.region.path):
        return True
    points = (*need.point, row.latitude, row.longitude)
    return row.radius_m is not None and None not in points and distance_m(*points) <= row.radius_m


def choose(fits: dict[Pair, Fit], resources: Iterable[Resource]) -> list[Pair]:
    """The pairs of the draft, in the order of the needs. One unit of a resource serves one need."""
    capacities = {row.pk: int(Decimal.to_integral_value(row.free, rounding="ROUND_FLOOR")) for row in resources}
    scores = {pair: fit.score for pair, fit in fits.items() if capacities[pair[1]] > 0}
    chosen = assign(scores, capacities) if scores else {}
    order = dict.fromkeys(need for need, _resource in fits)
    return [(need, chosen[need]) for need in order if need in chosen]
