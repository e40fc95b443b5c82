"""资源清单: who offers and changes, what is claimed for cases, used and released; never more than there is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.core import regions
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Membership, Notification, Organization, Role
from requests import claims, resources, workflow
from requests.models import Category, Claim, Resource
from requests.types import ClaimState, ResourceKind, ResourceStatus, State
from tests.conftest import make_user
from tests.requests.builders import case_in, enrolled, offer
from volunteers import merging, privacy
from volunteers.models import TeamMember, VolunteerTeam
from volunteers.types import MemberStatus, VolunteerStatus

HAIRCUT = {"kind": ResourceKind.SKILL, "name": "义务理发", "amount": Decimal(20), "unit": "次"}


def amounts(resource):
    resource.refresh_from_db()
    return resource.claimed, resource.used, resource.free, resource.status


@pytest.fixture
def enrol(the_north):
    return partial(enrolled, the_north)


@pytest.fixture
def accepted(cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    return case


@pytest.fixture
def own_entry(enrol, the_north):
    """A volunteer with an account, who leads a team."""
    user = make_user("wang", Role.VOLUNTEER, region=the_north.community)
    entry = enrol("王小明")
    entry.person = user.person
    entry.save()
    team = VolunteerTeam.objects.create(name="巧手队", kind="mobile", region=the_north.community)
    TeamMember.objects.create(
        team=team, volunteer=entry, is_leader=True, status=MemberStatus.ACTIVE, joined_on=timezone.localdate()
    )
    entry.user, entry.team = user, team
    return entry


class TestOffering:
    def test_it_works(self, the_north, north):
        category = Category.objects.create(name="便民服务")
        made = resources.offer(
            giver=the_north.unit, by=north, categories=[category], weekly=["wednesday_evening"], **HAIRCUT
        )
        assert (made.region, made.giver, made.status) == (the_north.community, the_north.unit, ResourceStatus.OFFERED)
        assert made.code.startswith("ZY")
        assert list(made.categories.all()) == [category]
        assert list(Resource.objects.for_user(north)) == [made]

    def test_a_unit_offers_what_is_its_own_and_nothing_of_others(self, the_north, the_south, helper):
        made = resources.offer(giver=the_north.unit, by=helper, **HAIRCUT)
        assert resources.keeps(made, by=helper)
        for giver, region in ((the_south.unit, None), (the_north.unit, the_north.street)):
            with pytest.raises(NotAllowed):
                resources.offer(giver=giver, region=region, by=helper, **{**HAIRCUT, "name": "别的"})

    def test_a_volunteer_offers_alone_and_for_the_team_that_they_lead(self, own_entry, the_north):
        own = resources.offer(giver=own_entry, by=own_entry.user, **HAIRCUT)
        teams = resources.offer(giver=own_entry.team, by=own_entry.user, **HAIRCUT)
        assert set(Resource.objects.for_user(own_entry.user)) == {own, teams}
        with pytest.raises(NotAllowed):
            resources.offer(giver=the_north.unit, by=own_entry.user, **HAIRCUT)

    def test_an_auditor_and_a_keeper_offer_nothing(self, the_north, auditor, keeper):
        for user in (auditor, keeper):
            with pytest.raises(NotAllowed):
                resources.offer(giver=the_north.unit, by=user, **HAIRCUT)

    def test_nobody_elsewhere_sees_or_changes_it(self, the_north, south):
        made = offer(the_north)
        assert not Resource.objects.for_user(south).exists()
        with pytest.raises(NotAllowed):
            resources.change(made, by=south, name="我的")

    def test_what_is_given_to_a_whole_street_its_communities_see_and_do_not_change(self, the_north, north):
        made = offer(the_north, region=the_north.street)
        assert list(Resource.objects.for_user(north)) == [made]
        with pytest.raises(NotAllowed):
            resources.pause(made, by=north)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"amount": Decimal(0)}, "amount"),
            ({"amount": Decimal("1.234")}, "amount"),
            ({"kind": "gold"}, "kind"),
            ({"name": ""}, "name"),
            ({"weekly": ["someday"]}, "weekly"),
            ({"latitude": 22.5}, None),
            ({"radius_m": 500}, None),
        ],
    )
    def test_what_makes_no_sense_is_told(self, the_north, north, wrong, field):
        with pytest.raises(DomainError) as refused:
            resources.offer(giver=the_north.unit, by=north, **{**HAIRCUT, **wrong})
        assert field is None or field in refused.value.fields
        assert not Resource.objects.exists()

    def test_one_giver_offers_one_thing_once(self, the_north, north, helper):
        first = resources.offer(giver=the_north.unit, by=helper, **HAIRCUT)
        with pytest.raises(DomainError) as refused:
            resources.offer(giver=the_north.unit, by=north, **HAIRCUT)
        assert refused.value.code == "invalid"
        resources.withdraw(first, by=helper)
        resources.offer(giver=the_north.unit, by=north, **HAIRCUT)
        with pytest.raises(DomainError):
            resources.resume(first, by=helper)

    def test_it_has_one_giver_and_never_two(self, the_north, enrol):
        for givers in ({"organization": None}, {"organization": the_north.unit, "volunteer": enrol()}):
            with pytest.raises(IntegrityError), transaction.atomic():
                offer(the_north, **givers)

    def test_a_pause_ends_and_what_is_withdrawn_can_come_back(self, the_north, helper):
        made = offer(the_north)
        assert resources.pause(made, by=helper).status == ResourceStatus.PAUSED
        with pytest.raises(Conflict):
            resources.pause(made, by=helper)
        assert not Resource.objects.available().exists()
        assert resources.resume(made, by=helper).status == ResourceStatus.OFFERED
        assert resources.withdraw(made, by=helper).status == ResourceStatus.WITHDRAWN
        assert resources.resume(made, by=helper).status == ResourceStatus.OFFERED

    def test_a_region_goes_along_when_it_is_merged_and_keeps_its_resources_when_it_ends(self, the_north, north):
        made = offer(the_north)
        into = the_north.street.children.create(
            code="440306001002", name="北二社区", short_name="北二社区", level="community"
        )
        with pytest.raises(DomainError):
            regions.abolish_region(the_north.community, by=None)
        regions.merge_regions([the_north.community], into=into, by=None)
        made.refresh_from_db()
        assert made.region == into

    def test_two_entries_of_a_person_are_merged_with_what_they_give(self, own_entry, enrol, north, the_north):
        other = enrol("王小明")
        same = offer(the_north, volunteer=own_entry)
        again, more = offer(the_north, volunteer=other), offer(the_north, volunteer=other, name="磨刀")
        merging.merge(other, into=own_entry, by=north)
        for row in (same, again, more):
            row.refresh_from_db()
        assert {row.volunteer for row in (same, again, more)} == {own_entry}
        assert again.status == ResourceStatus.WITHDRAWN
        assert more.status == ResourceStatus.OFFERED

    def test_an_erased_volunteer_is_named_nowhere_in_it(self, enrol, the_north):
        gone = enrol("王小明", status=VolunteerStatus.LEFT)
        made = offer(the_north, volunteer=gone, description="请找王小明预约", latitude=22.6, longitude=113.9)
        district = make_user("district", Role.DISTRICT, region=the_north.district)
        privacy.erase(gone, by=district, reason="本人要求")
        made.refresh_from_db()
        assert "王小明" not in made.description
        assert (made.latitude, made.status) == (None, ResourceStatus.WITHDRAWN)


class TestClaiming:
    def test_it_works(self, accepted, cast, the_north):
        made = offer(the_north)
        workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(3), text="老人行动不便")
        assert amounts(made) == (3, 0, 7, ResourceStatus.OFFERED)
        claim = accepted.claims.get()
        assert (claim.resource, claim.amount, claim.state) == (made, 3, ClaimState.CLAIMED)
        claims.use(claim, by=cast.handler.user, used=Decimal("2.5"), note="上门两次半")
        assert amounts(made) == (0, Decimal("2.5"), Decimal("7.5"), ResourceStatus.OFFERED)
        assert accepted.events.last().verb == "claim"

    def test_the_giver_is_told_and_led_to_what_is_theirs(self, accepted, cast, the_north):
        made = offer(the_north)
        workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(3))
        told = Notification.objects.get(kind="resource_claimed")
        assert (told.person, told.link) == (cast.handler.user.person, f"/desk/resources/{made.pk}/")
        assert told.values["resource"] == "义务理发"

    def test_release_gives_all_of_it_back(self, accepted, cast, the_north, helper):
        made = offer(the_north)
        workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(3))
        claim = claims.release(accepted.claims.get(), by=cast.dispatcher.user, note="居民不要了")
        assert claim.state == ClaimState.RELEASED
        assert amounts(made) == (0, 0, 10, ResourceStatus.OFFERED)
        for settle in (lambda: claims.release(claim, by=helper), lambda: claims.use(claim, by=helper, used=Decimal(1))):
            with pytest.raises(Conflict):
                settle()

    def test_more_than_there_is_is_refused_with_what_is_left(self, accepted, cast, the_north):
        made = offer(the_north, amount=2)
        with pytest.raises(Conflict) as refused:
            workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal("2.01"))
        assert (refused.value.code, "2" in str(refused.value)) == ("too_little_left", True)
        assert amounts(made)[0] == 0
        assert not Claim.objects.exists()

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001", "99999999999"])
    def test_an_amount_has_to_be_one(self, accepted, cast, the_north, amount):
        with pytest.raises(DomainError) as refused:
            workflow.claim(accepted, by=cast.dispatcher, resource=offer(the_north), amount=Decimal(amount))
        assert "amount" in refused.value.fields

    def test_what_is_paused_expired_or_of_a_giver_who_is_gone_cannot_be_claimed(self, accepted, cast, the_north):
        yesterday = timezone.localdate() - timedelta(days=1)
        closed = Organization.objects.create(
            name="已注销", kind=Organization.Kind.MERCHANT, region=the_north.community, is_active=False
        )
        for number, values in enumerate(
            [{"status": ResourceStatus.PAUSED}, {"valid_until": yesterday}, {"organization": closed}]
        ):
            made = offer(the_north, name=f"理发{number}", **values)
            with pytest.raises(Conflict) as refused:
                workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(1))
            assert refused.value.code == "not_on_offer"

    def test_nobody_claims_what_they_do_not_see(self, accepted, cast, the_south):
        made = offer(the_south)
        with pytest.raises(Conflict):
            workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(1))
        assert amounts(made)[0] == 0

    def test_a_stale_claim_is_refused_and_takes_nothing(self, accepted, cast, the_north):
        made = offer(the_north)
        with pytest.raises(Conflict) as refused:
            workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(1), version=accepted.version - 1)
        assert refused.value.code == "stale"
        assert amounts(made)[0] == 0

    def test_what_is_used_to_the_last_is_used_up_and_more_of_it_is_on_offer_again(self, accepted, cast, the_north):
        made = offer(the_north, amount=2)
        workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(2))
        claims.use(accepted.claims.get(), by=cast.handler.user, used=Decimal(2))
        assert amounts(made) == (0, 2, 0, ResourceStatus.USED_UP)
        with pytest.raises(DomainError) as refused:
            resources.change(made, by=cast.handler.user, amount=Decimal(1))
        assert "amount" in refused.value.fields
        resources.change(made, by=cast.handler.user, amount=Decimal(5))
        assert amounts(made) == (0, 2, 3, ResourceStatus.OFFERED)

    @pytest.mark.parametrize("used", ["0", "4", "-1"])
    def test_no_more_than_was_claimed_can_be_used(self, accepted, cast, the_north, used):
        workflow.claim(accepted, by=cast.dispatcher, resource=offer(the_north), amount=Decimal(3))
        with pytest.raises(DomainError) as refused:
            claims.use(accepted.claims.get(), by=cast.dispatcher.user, used=Decimal(used))
        assert "used" in refused.value.fields

    def test_a_case_that_comes_to_nothing_lets_go(self, accepted, cast, the_north, south):
        made = offer(the_north)
        workflow.claim(accepted, by=cast.dispatcher, resource=made, amount=Decimal(3))
        with pytest.raises(NotAllowed):
            claims.release(accepted.claims.get(), by=south)
        workflow.reject(accepted, by=cast.dispatcher, ground="out_of_scope", text="不属于受理范围。")
        assert amounts(made) == (0, 0, 10, ResourceStatus.OFFERED)

    def test_the_database_itself_keeps_the_amounts(self, the_north):
        made = offer(the_north, amount=2)
        for values in ({"claimed": 3}, {"claimed": -1}, {"claimed": 1, "used": 2}, {"used": 2}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Resource.objects.filter(pk=made.pk).update(**values)


class TestAtTheSameMoment:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_sixteen_at_once_get_no_more_than_there_is(self, cast, the_north):
        made, dispatcher = offer(the_north, amount=5), cast.dispatcher
        cases = [case_in(State.ACCEPTED, cast)[0] for _each in range(16)]
        barrier = Barrier(16)

        def claim(case):
            try:
                barrier.wait()
                workflow.claim(case, by=dispatcher, resource=made, amount=Decimal(1))
                return "done"
            except DomainError as error:
                return error.code
            finally:
                connection.close()

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(claim, cases))
        assert answers.count("done") == 5
        assert set(answers) <= {"done", "too_little_left", "not_on_offer"}
        assert amounts(made) == (5, 0, 0, ResourceStatus.OFFERED)

        open_claims = list(Claim.objects.open().order_by("pk"))
        barrier = Barrier(10)

        def settle(claim_and_used):
            claim, used = claim_and_used
            try:
                barrier.wait()
                (claims.use(claim, by=dispatcher.user, used=Decimal(1)) if used else
                 claims.release(claim, by=dispatcher.user))  # fmt: skip
                return "done"
            except DomainError as error:
                return error.code
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(settle, [(claim, used) for claim in open_claims for used in (True, False)]))
        assert sorted(answers) == ["done"] * 5 + ["not_possible_now"] * 5
        used = Claim.objects.filter(state=ClaimState.USED).count()
        assert amounts(made)[:2] == (0, used)


def test_who_has_two_roles_changes_what_the_one_that_writes_covers(the_north, the_south, auditor):
    Membership.objects.create(user=auditor, role=Role.COMMUNITY, region=the_south.community)
    made, theirs = offer(the_north), offer(the_south)
    assert set(Resource.objects.for_user(auditor)) == {made, theirs}
    assert [resources.keeps(each, by=auditor) for each in (made, theirs)] == [False, True]
