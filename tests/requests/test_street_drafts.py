"""撮合草案 of a street: the best overall, made once by the job, accepted line by line by the verbs of the case."""

import itertools
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from portal.core.errors import Conflict, DomainError
from requests import claims, privacy, street_drafts, workflow
from requests.matching import street
from requests.matching.assignment import assign
from requests.models import Category, Claim, ServiceRequest, StreetDraft
from requests.models.street_drafts import BUSY_FOR
from requests.types import State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.conftest import make_region, make_user
from tests.requests.builders import enrolled, offer

S = StreetDraft.Status


@pytest.fixture
def lamp(db):
    top = Category.objects.create(name="城乡建设")
    return Category.objects.create(name="路灯", parent=Category.objects.create(name="市政", parent=top))


@pytest.fixture
def need(the_north, north, lamp):
    """`need("路灯坏了")`: an accepted case of the north."""

    def need(text="小区门口的路灯坏了三天。", *, category=lamp, half=the_north, by=north):
        made = workflow.submit(
            description=text, region=half.community, contact=Contact(phone="13800001234"), category=category
        )
        workflow.accept(made.case, by=Staff(by))
        return made.case

    return need


@pytest.fixture
def give(the_north, lamp):
    """`give("路灯巡检", amount=2)`: something that the north's unit gives."""

    def give(name="路灯巡检", *, amount=1, category=lamp, **values):
        made = offer(the_north, name=name, amount=amount, **values)
        if category is not None:
            made.categories.add(category)
        return made

    return give


def drafted(region, by):
    draft = street_drafts.ask(region, by=by)
    street.run(draft.pk)
    draft.refresh_from_db()
    return draft


def refused(line, *, by, ground="unsuitable"):
    return street_drafts.pass_over(line, by=by, ground=ground)


def pairs(draft):
    return {(line.request_id, line.resource_id) for line in draft.lines.all()}


class TestTheBestOverall:
    def test_as_many_needs_as_possible_come_before_the_points(self):
        # The first need would rather have the second resource, which alone the other one can have.
        assert assign({(1, 10): 5, (1, 20): 100, (2, 20): 5}, {10: 1, 20: 1}) == {1: 10, 2: 20}

    def test_of_the_same_number_the_highest_points_win(self):
        assert assign({(1, 10): 50, (2, 10): 80}, {10: 1}) == {2: 10}

    def test_a_resource_serves_as_many_as_there_is_of_it(self):
        scores = {(need, 10): 1 for need in range(5)}
        assert len(assign(scores, {10: 3})) == 3

    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        scores=st.dictionaries(
            st.tuples(st.integers(1, 4), st.integers(10, 12)), st.integers(1, 99), min_size=1, max_size=12
        ),
        capacities=st.fixed_dictionaries({resource: st.integers(1, 2) for resource in (10, 11, 12)}),
    )  # fmt: skip
    def test_no_other_choice_serves_more_or_is_worth_more(self, scores, capacities):
        found = assign(scores, capacities)
        assert set(found.items()) <= set(scores)
        assert _value(found, scores) == max(_value(each, scores) for each in _choices(scores, capacities))


def _value(choice, scores):
    return len(choice), sum(scores[pair] for pair in choice.items())


def _choices(scores, capacities):
    options = [[None, *(r for n, r in scores if n == need)] for need in sorted({need for need, _r in scores})]
    for chosen in itertools.product(*options):
        if all(chosen.count(resource) <= count for resource, count in capacities.items()):
            yield {
                need: resource
                for need, resource in zip(sorted({n for n, _r in scores}), chosen, strict=True) if resource is not None
            }  # fmt: skip


class TestADraft:
    def test_it_works(self, north, the_north, need, give):
        one, other, third = need(), need("楼下的路灯一直闪。"), need("想请人教用手机。", category=None)
        light, lesson = give(amount=2), give("手机课", category=None)
        draft = drafted(the_north.community, north)
        assert draft.status == S.DONE
        assert (draft.need_count, draft.fitting_count, draft.resource_count) == (3, 3, 2)
        assert pairs(draft) == {(one.pk, light.pk), (other.pk, light.pk), (third.pk, lesson.pk)}
        assert draft.lines.get(request=one).reasons[:2] == ["符合类别", "都提到“路灯”"]

    def test_what_has_something_already_is_no_open_need(self, north, the_north, need, give):
        served, open_ = need(), need()
        resource = give(amount=5)
        workflow.claim(served, by=Staff(north), resource=resource, amount=Decimal(1))
        assert {line.request_id for line in drafted(the_north.community, north).lines.all()} == {open_.pk}

    def test_what_is_used_up_paused_or_less_than_one_is_not_on_offer(self, north, the_north, need, give):
        need()
        give("半份", amount=Decimal("0.5"))
        street_drafts_resource = give("停用的")
        type(street_drafts_resource).objects.filter(pk=street_drafts_resource.pk).update(status="paused")
        draft = drafted(the_north.community, north)
        assert (draft.resource_count, draft.lines.count()) == (0, 0)

    @pytest.mark.parametrize(
        ("text", "name", "is_right"),
        [
            ("小区门口的路灯坏了。", "路灯巡检", True),
            # The category alone: 城市公共设施 is lamps and manholes.
            ("井盖松动，车一过就响。", "应急照明灯", False),
            # The very category, and a word of the description.
            ("楼下太黑了。\n那盏照明灯早就坏了。", "应急照明灯", True),
        ],
    )
    def test_a_category_alone_makes_no_line(self, north, the_north, need, give, text, name, is_right):
        need(text)
        give(name)
        draft = drafted(the_north.community, north)
        assert (draft.need_count, draft.fitting_count, draft.lines.count()) == (1, is_right, is_right)

    def test_without_the_category_the_title_has_to_speak_of_it(self, north, the_north, need, give):
        need("电动车挡消防通道。\n就停在垃圾桶旁，F1 出口。", category=None)
        give("分类垃圾桶", category=None)
        give("F1 储物柜", category=None)
        assert drafted(the_north.community, north).lines.count() == 0
        give("消防检查", category=None)
        assert drafted(the_north.community, north).lines.get().resource.name == "消防检查"

    def test_two_signs_in_common_are_chance_where_the_categories_do_not_meet(self, north, the_north, need, give):
        waste = Category.objects.create(name="环境卫生")
        need("围墙外堆满建筑垃圾。", category=waste)
        give("分类垃圾桶")
        assert drafted(the_north.community, north).lines.count() == 0

    def test_what_does_not_reach_the_place_is_left_out(self, north, the_north, need, give):
        case = need()
        ServiceRequest.objects.filter(pk=case.pk).update(latitude=22.6, longitude=113.88)
        district = north.memberships.get()
        district.region = the_north.district
        district.save()
        beside = make_region("440306002", "北二街道", "street", the_north.district)
        user = type(north).objects.get(pk=north.pk)
        give("路灯够不着", region=beside, latitude=22.65, longitude=113.88, radius_m=500)
        near = give("路灯够得着", region=beside, latitude=22.602, longitude=113.88, radius_m=500)
        assert pairs(drafted(the_north.street, user)) == {(case.pk, near.pk)}

    def test_a_second_run_of_the_job_changes_nothing(self, north, the_north, need, give):
        need()
        give()
        draft = drafted(the_north.community, north)
        line = draft.lines.get()
        assert street.run(draft.pk) == 1
        assert draft.lines.get() == line

    def test_a_job_that_broke_off_is_said_to_have_failed(self, north, the_north):
        draft = street_drafts.ask(the_north.community, by=north)
        StreetDraft.objects.filter(pk=draft.pk).update(status=S.DRAFTING)
        street.fail(draft.pk)
        draft.refresh_from_db()
        assert draft.status == S.FAILED

    def test_the_number_of_queries_does_not_grow_with_needs_and_resources(self, north, the_north, need, give):
        def queries():
            draft = street_drafts.ask(the_north.community, by=north)
            with CaptureQueriesContext(connection) as seen:
                street.run(draft.pk)
            return len(seen)

        need()
        give()
        few = queries()
        for number in range(10):
            need()
            give(f"路灯巡检{number}")
        assert queries() == few

    @pytest.mark.parametrize("who", ["south", "helper"])
    def test_nobody_else_asks_for_a_draft_here(self, request, who, the_north):
        with pytest.raises(DomainError) as error:
            street_drafts.ask(the_north.community, by=request.getfixturevalue(who))
        assert error.value.code == "outside_your_area"

    def test_a_whole_district_is_too_much_for_one_draft(self, north, the_north):
        grant = north.memberships.get()
        grant.region, grant.role = the_north.district, "district"
        grant.save()
        with pytest.raises(DomainError, match="街道或社区"):
            street_drafts.ask(the_north.district, by=type(north).objects.get(pk=north.pk))


class TestWhatWasRefused:
    def test_the_same_is_not_proposed_again_and_something_else_is(self, north, the_north, need, give):
        need()
        light = give()
        refused(drafted(the_north.community, north).lines.get(), by=north)
        again = drafted(the_north.community, north)
        assert (again.lines.count(), again.fitting_count, again.refused_count, again.unserved_count) == (0, 0, 1, 0)
        other = give("路灯维修")
        assert drafted(the_north.community, north).lines.get().resource == other != light

    def test_a_case_that_is_seen_to_otherwise_gets_no_more_proposals(self, north, the_north, need, give):
        need()
        give()
        refused(drafted(the_north.community, north).lines.get(), by=north, ground="arranged")
        give("路灯维修")
        assert drafted(the_north.community, north).lines.count() == 0

    def test_who_had_no_time_is_proposed_again_after_two_weeks(self, north, the_north, need, give):
        need()
        give()
        line = refused(drafted(the_north.community, north).lines.get(), by=north, ground="busy")
        assert drafted(the_north.community, north).lines.count() == 0
        type(line).objects.filter(pk=line.pk).update(decided_at=line.decided_at - BUSY_FOR)
        assert drafted(the_north.community, north).lines.count() == 1

    def test_words_are_erased_with_the_case(self, north, the_north, need, give, leader):
        case = need()
        give()
        line = street_drafts.pass_over(
            drafted(the_north.community, north).lines.get(), by=north, ground="other", text="打 13800001234 说不要了。"
        )
        workflow.withdraw(case, by=workflow.Resident(case.requesters.get()))
        privacy.erase(case, by=make_user("root", "administrator"), reason="到期")
        line.refresh_from_db()
        assert "13800001234" not in line.remark


class TestALine:
    @pytest.fixture
    def draft(self, north, the_north, need, give):
        need()
        need("楼下的路灯一直闪。")
        give(amount=2)
        return drafted(the_north.community, north)

    def test_accepted_it_claims_for_the_case(self, draft, north):
        line = street_drafts.accept(draft.lines.first(), by=north)
        assert (line.status, line.decided_by) == ("accepted", north)
        claim = Claim.objects.get()
        assert (claim.request_id, claim.resource_id, claim.amount) == (line.request_id, line.resource_id, 1)
        assert line.request.state == State.ACCEPTED

    def test_the_case_goes_to_the_giver_as_well(self, draft, north, the_north):
        line = street_drafts.accept(draft.lines.first(), by=north, is_dispatched=True)
        assert line.request.state == State.DISPATCHED
        assert line.request.current_dispatch.organization == the_north.unit

    def test_a_volunteer_gets_it_as_a_person(self, north, the_north, need, lamp):
        volunteer = enrolled(the_north, "王小明")
        resource = offer(the_north, name="修路灯", organization=None, volunteer=volunteer)
        assert street_drafts.taker_of(resource) == volunteer.person

    def test_a_giver_who_takes_no_cases_keeps_the_claim_back_as_well(self, draft, north, the_north):
        the_north.unit.takes_requests = False
        the_north.unit.save()
        with pytest.raises(DomainError) as error:
            street_drafts.accept(draft.lines.first(), by=north, is_dispatched=True)
        assert error.value.code == "cannot_take"
        assert not Claim.objects.exists()
        assert draft.lines.first().status == "proposed"

    def test_what_others_have_overtaken_is_marked_and_refused_with_the_reason(self, draft, north):
        one, other = draft.lines.all()
        street_drafts.accept(one, by=north)
        workflow.claim(other.request, by=Staff(north), resource=one.resource, amount=Decimal(1))
        with pytest.raises(Conflict):
            street_drafts.accept(other, by=north)
        other.refresh_from_db()
        assert other.status == "lapsed"
        assert other.remark
        assert claims.Claim.objects.count() == 2

    def test_one_decided_about_is_decided(self, draft, north):
        line = draft.lines.first()
        street_drafts.pass_over(line, by=north, ground="too_far", text="在河对岸。")
        for again in (lambda: street_drafts.accept(line, by=north), lambda: refused(line, by=north)):
            with pytest.raises(Conflict) as error:
                again()
            assert error.value.code == "decided"
        line.refresh_from_db()
        assert (line.status, line.ground, line.remark) == ("passed_over", "too_far", "在河对岸。")

    @pytest.mark.parametrize(
        ("values", "field"),
        [({"ground": "?"}, "ground"), ({"ground": ""}, "ground"), ({"ground": "other"}, "text")],
    )
    def test_one_is_passed_over_for_a_reason(self, draft, north, values, field):
        with pytest.raises(DomainError) as error:
            street_drafts.pass_over(draft.lines.first(), by=north, **values)
        assert field in error.value.fields
        assert draft.lines.first().status == "proposed"

    def test_what_happened_to_the_case_since_the_preview_is_told_and_the_line_stays(self, draft, north):
        line = draft.lines.first()
        seen = line.request.version
        workflow.note(line.request, by=Staff(north), text="住户说先别来。")
        with pytest.raises(Conflict) as error:
            street_drafts.accept(line, by=north, version=seen)
        assert error.value.code == "stale"
        assert draft.lines.first().status == "proposed"

    @pytest.mark.parametrize("who", ["south", "helper", "leader"])
    def test_it_is_for_those_who_dispatch_here(self, request, draft, who):
        with pytest.raises(DomainError):
            street_drafts.accept(draft.lines.first(), by=request.getfixturevalue(who))
        assert not Claim.objects.exists()


class TestPages:
    @pytest.fixture
    def draft(self, north, the_north, need, give):
        need()
        need("楼下的路灯一直闪。")
        give(amount=2)
        return drafted(the_north.community, north)

    def test_a_draft_is_asked_for_and_followed(self, client, north, the_north):
        client.force_login(north)
        answer = client.post("/desk/street-drafts/", {"region": f"{the_north.community} {the_north.community.code}"})
        draft = StreetDraft.objects.get()
        assert answer.headers["Location"] == f"/desk/street-drafts/{draft.pk}/"
        assert "正在" in client.get(answer.headers["Location"]).content.decode()

    def test_lines_are_ticked_and_each_says_what_came_of_it(self, client, draft, north):
        client.force_login(north)
        one, other = draft.lines.all()
        shown = client.get(f"/desk/street-drafts/{draft.pk}/").content.decode()
        assert all(f'name="do" value="{value}"' in shown for value in ("dispatch", "accept", "pass_over"))
        refused(other, by=north)
        body = {"line": [one.pk, other.pk], "do": "dispatch"}
        asked = client.post(f"/desk/street-drafts/{draft.pk}/", body).content.decode()
        # Nothing yet: the page says what will be, and of the other why it cannot.
        assert not Claim.objects.exists()
        assert f"派给{one.resource.organization}" in asked and "未采纳" in asked
        assert f'value="{one.pk}:{one.request.version}"' in asked and f'value="{other.pk}:' not in asked
        body = {"line": [f"{one.pk}:{one.request.version}", other.pk], "do": "dispatch", "confirm": "1"}
        page = client.post(f"/desk/street-drafts/{draft.pk}/", body, follow=True).content.decode()
        assert "认领" in page and "：1" in page
        assert other.request.number in page
        assert ServiceRequest.objects.get(pk=one.request_id).state == State.DISPATCHED

    def test_a_line_is_passed_over_with_a_reason_or_not_at_all(self, client, draft, north):
        client.force_login(north)
        address, line = f"/desk/street-drafts/{draft.pk}/", draft.lines.first()
        body = {"line": f"{line.pk}:{line.request.version}", "do": "pass_over"}
        assert "为什么不采纳" in client.post(address, body).content.decode()
        for told in ({}, {"ground": "?"}, {"ground": "other"}):
            answer = client.post(address, {**body, **told, "confirm": "1"})
            assert answer.status_code == 400
            assert f'value="{line.pk}:' in answer.content.decode()
        client.post(address, {**body, "ground": "not_wanted", "text": "住户已自己换了。", "confirm": "1"})
        page = client.get(address).content.decode()
        assert "居民不需要" in page and "住户已自己换了。" in page

    def test_the_preview_names_who_is_told_and_why_it_cannot_be(self, client, draft, north, helper, the_north):
        client.force_login(north)
        one, other = draft.lines.all()
        body = {"line": [one.pk, other.pk], "do": "dispatch"}
        asked = client.post(f"/desk/street-drafts/{draft.pk}/", body).content.decode()
        assert "通知对方 1 人" in asked
        type(one.resource).objects.filter(pk=one.resource_id).update(amount=1)
        assert "只剩" in client.post(f"/desk/street-drafts/{draft.pk}/", body).content.decode()
        type(the_north.unit).objects.filter(pk=the_north.unit.pk).update(takes_requests=False)
        page = client.post(f"/desk/street-drafts/{draft.pk}/", body).content.decode()
        assert "不承接诉求" in page
        assert "confirm" not in page

    def test_the_preview_asks_the_same_number_of_queries_for_many_lines(self, client, north, the_north, need, give):
        client.force_login(north)

        def queries():
            draft = drafted(the_north.community, north)
            body = {"line": list(draft.lines.values_list("pk", flat=True)), "do": "dispatch"}
            with CaptureQueriesContext(connection) as seen:
                assert client.post(f"/desk/street-drafts/{draft.pk}/", body).status_code == 200
            return len(seen)

        need()
        give()
        few = queries()
        for number in range(8):
            need()
            give(f"路灯巡检{number}")
        assert queries() == few

    def test_the_list_counts_what_became_of_proposals(self, client, draft, north, south, the_south):
        client.force_login(north)
        one, other = draft.lines.all()
        street_drafts.accept(one, by=north)
        refused(other, by=north, ground="too_far")
        told = street_drafts.tally(north, since=draft.made_at)
        assert (told.decided, told.accepted, told.grounds) == (2, 1, [("距离太远或不在服务范围", 1)])
        page = client.get("/desk/street-drafts/").content.decode()
        assert "50.0%" in page and "距离太远或不在服务范围" in page
        assert street_drafts.tally(south, since=draft.made_at).decided == 0

    def test_places_are_proposed_with_their_street(self, client, north, the_north):
        client.force_login(north)
        address = f"/desk/street-drafts/regions/?q={the_north.community}"
        proposal = f"{the_north.street} {the_north.community} {the_north.community.code}"
        assert client.get(address).json()["proposals"] == [proposal]
        for text in (proposal, f"{the_north.street} {the_north.community}", str(the_north.community)):
            assert client.post("/desk/street-drafts/", {"region": text}).status_code == 302
        assert client.post("/desk/street-drafts/", {"region": "没有街道 没有社区"}).status_code == 400

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"do": "accept"},
            {"line": ["x"], "do": "accept"},
            {"line": ["1"], "do": "?"},
            {"line": ["1:x"], "do": "accept"},
        ],
    )
    def test_what_makes_no_sense_is_refused_and_changes_nothing(self, client, draft, north, body):
        client.force_login(north)
        assert client.post(f"/desk/street-drafts/{draft.pk}/", body).status_code == 400
        assert not Claim.objects.exists()

    def test_others_see_no_draft_of_it(self, client, draft, south, helper):
        for user in (south, helper):
            client.force_login(user)
            assert client.get(f"/desk/street-drafts/{draft.pk}/").status_code in (403, 404)
            assert client.post(f"/desk/street-drafts/{draft.pk}/", {"do": "accept"}).status_code in (403, 404)

    def test_the_page_asks_the_same_number_of_queries_for_many_lines(self, client, north, the_north, need, give):
        client.force_login(north)

        def queries():
            draft = drafted(the_north.community, north)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(f"/desk/street-drafts/{draft.pk}/").status_code == 200
            return len(seen)

        need()
        give()
        few = queries()
        for number in range(8):
            need()
            give(f"路灯巡检{number}")
        assert queries() == few


class TestApi:
    URL = "/api/v1/street-drafts/"

    @pytest.fixture
    def api(self):
        def api(user):
            client = APIClient()
            client.force_login(user)
            return client

        return api

    def test_a_draft_is_asked_for_read_and_accepted(self, api, north, the_north, need, give):
        case, resource = need(), give()
        made = api(north).post(self.URL, {"region": the_north.community.code}, format="json")
        assert made.status_code == 201
        assert made.json()["status"] == "queued"
        street.run(made.json()["id"])
        url = f"{self.URL}{made.json()['id']}/"
        (line,) = api(north).get(url).json()["lines"]
        assert (line["request"]["number"], line["resource"]["code"]) == (case.number, resource.code)
        done = api(north).post(f"{url}lines/{line['id']}/accept/", {"dispatch": True}, format="json")
        assert done.status_code == 200
        assert done.json()["lines"][0]["status"] == "accepted"
        assert api(north).post(f"{url}lines/{line['id']}/pass-over/").status_code == 400
        again = api(north).post(f"{url}lines/{line['id']}/pass-over/", {"ground": "busy"}, format="json")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "decided")

    def test_others_find_none(self, api, north, south, the_north, need, give):
        need()
        give()
        draft = drafted(the_north.community, north)
        assert api(south).get(f"{self.URL}{draft.pk}/").status_code == 404
        assert api(south).get(self.URL).json()["results"] == []
        assert api(north).get(f"{self.URL}?status=done").json()["results"][0]["id"] == draft.pk
        line = draft.lines.get()
        assert api(south).post(f"{self.URL}{draft.pk}/lines/{line.pk}/accept/").status_code == 404
        assert api(north).post(f"{self.URL}{draft.pk}/lines/{line.pk + 999}/accept/").status_code == 404

    @pytest.mark.parametrize("body", [{}, {"region": "1"}, {"region": None}, {"region": "440306", "x": 1}])
    def test_bad_input_is_told(self, api, north, body):
        answer = api(north).post(self.URL, body, format="json")
        assert answer.status_code == 400
        assert answer.json()["error"]["fields"]
