"""移动探头: riders report hazards on their way, and earn points when somebody has seen to them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Role
from requests import hazards, probes, rider_codes, workflow
from requests.models import Category, HazardKind, HazardReport, Requester, ServiceRequest
from requests.models.probes import Hazard
from requests.suggestions import suggest_for
from requests.types import Channel, Kind
from requests.workflow import Staff
from tests.conftest import make_user
from tests.public.conftest import photo
from tests.requests.builders import enrolled
from volunteers import merging, points
from volunteers.models import PointRule
from volunteers.types import VolunteerKind, VolunteerStatus

HERE = (22.61, 113.88)


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def rider(the_north):
    return enrolled(the_north, "骑手小王", kind=VolunteerKind.RIDER)


@pytest.fixture
def account(rider, the_north):
    user = make_user("rider", Role.VOLUNTEER, region=the_north.community)
    rider.person = user.person
    rider.save()
    return user


@pytest.fixture
def report(rider, the_north):
    def report(hazard=Hazard.MANHOLE, **more):
        asked = {"volunteer": rider, "region": the_north.community, "point": HERE} | more
        return probes.report(hazard=hazard, **asked)

    return report


def test_it_works(report, rider):
    made = report(text="盖子翻了")
    case = made.case
    assert (case.kind, case.channel, case.title) == (Kind.HAZARD, Channel.RIDER, "井盖 盖子翻了")
    assert case.hazard_report.volunteer == rider
    assert made.requester.name.reveal() == "骑手小王"


def test_only_active_riders_report(report, the_north):
    for kind, status in ((VolunteerKind.RESIDENT, VolunteerStatus.ACTIVE), (VolunteerKind.RIDER, VolunteerStatus.LEFT)):
        with pytest.raises(NotAllowed):
            report(volunteer=enrolled(the_north, kind=kind, status=status))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hazard": "x"}, "hazard"), ({"hazard": Hazard.OTHER}, "text"), ({"hazard": ""}, "text"),
        ({"region": None}, "region"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(report, change, field):
    with pytest.raises(DomainError) as refused:
        report(**change)
    assert field in refused.value.fields
    assert not ServiceRequest.objects.exists()


def test_reports_of_one_hazard_near_by_are_counted(report, north):
    report()
    report(point=(HERE[0] + 0.001, HERE[1]))
    report(point=(HERE[0] + 0.01, HERE[1]))
    report(hazard=Hazard.LAMP)
    assert probes.reported_near(Hazard.MANHOLE, HERE) == 2
    done = report().case
    workflow.accept(done, by=Staff(north))
    workflow.resolve(done, by=Staff(north), text="盖好了。")
    assert probes.reported_near(Hazard.MANHOLE, HERE) == 2


# Tiles


def test_a_city_changes_the_tiles_and_gives_them_categories(report, client, account, north):
    own = Category.objects.create(name="环境卫生")
    HazardKind.objects.create(code="rubbish", name="垃圾堆积", category=own, icon="trash")
    HazardKind.objects.create(code="lamp", name="路灯", is_active=False)
    assert [tile.code for tile in hazards.tiles()] == [
        "manhole", "road", "charging", "fire_lane", "rubbish", "other",
    ]  # fmt: skip
    client.force_login(account)
    page = client.get(reverse("public:probe")).content.decode()
    assert "垃圾堆积" in page
    assert "路灯" not in page
    case = report(hazard="rubbish").case
    assert case.category is None
    found = suggest_for(ServiceRequest.objects.for_user(north), case)
    assert (found.category_id, found.hazard) == (own.pk, "垃圾堆积")
    client.force_login(north)
    assert "骑手现场选了“垃圾堆积”" in client.get(reverse("desk:case", args=[case.pk])).content.decode()


def test_without_a_tile_words_or_a_photo_are_enough(client, account, the_north):
    client.force_login(account)
    answer = client.post(reverse("public:probe"), sent(the_north, hazard="", text="树要倒了"))
    assert answer.status_code == 302
    case = ServiceRequest.objects.get()
    assert (case.title, case.hazard_report.hazard) == ("隐患上报 树要倒了", "")
    assert client.get(answer.url).status_code == 200


def test_who_sends_nothing_hears_of_all_of_it_at_once(client, account):
    client.force_login(account)
    form = client.post(reverse("public:probe"), {"hazard": "", "text": "", "region": ""}).context["form"]
    assert set(form.errors) == {"region", "text"}


# Points


@pytest.fixture
def rule(the_north):
    return PointRule.objects.create(
        district=the_north.district, valid_from=timezone.localdate(), points_per_hour=10, points_per_report=7
    )


def test_a_report_that_was_seen_to_earns_points_once(report, rule, rider, north, leader):
    case = report().case
    assert points.balance(rider) == 0
    workflow.accept(case, by=Staff(north))
    workflow.resolve(case, by=Staff(north), text="盖好了。")
    assert points.balance(rider) == 7
    workflow.redo(case, by=Staff(leader), text="又翻了。")
    workflow.resolve(case, by=Staff(north), text="换了新的。")
    assert points.balance(rider) == 7
    assert rider.point_entries.get().report == case.number


def test_what_was_rejected_or_where_no_rule_counts_earns_nothing(report, rule, rider, north):
    workflow.reject(report().case, by=Staff(north), ground="unclear", text="没有找到。")
    PointRule.objects.update(points_per_report=0)
    case = report().case
    workflow.accept(case, by=Staff(north))
    workflow.resolve(case, by=Staff(north), text="盖好了。")
    assert points.balance(rider) == 0


def test_reports_go_over_when_two_entries_are_one_person(report, rider, account, the_north, north):
    report()
    probes.renew_code(rider, by=account)
    kept = enrolled(the_north, "王小明", kind=VolunteerKind.RIDER)
    merging.merge(rider, into=kept, by=north)
    assert HazardReport.objects.get().volunteer == kept


# The page


def sent(the_north, **more):
    return {"hazard": "manhole", "latitude": HERE[0], "longitude": HERE[1], "text": "", "region": ""} | more


def test_a_rider_reports_in_two_taps_and_a_photo(client, account, rider, the_north):
    client.force_login(account)
    assert "井盖" in client.get(reverse("public:probe")).content.decode()
    answer = client.post(reverse("public:probe"), sent(the_north) | {"photos": photo()}, follow=True)
    case = ServiceRequest.objects.get()
    assert (case.region, case.recorded_by, case.attachments.count()) == (the_north.community, account, 1)
    code = Requester.objects.get().code.reveal()
    assert code[:4] in answer.content.decode()


def test_far_from_every_station_the_community_is_asked(client, account, the_north):
    client.force_login(account)
    away = {"latitude": "10", "longitude": "10"}
    refused = client.post(reverse("public:probe"), sent(the_north, **away))
    assert refused.status_code == 422
    assert "请选择社区" in refused.content.decode()
    chosen = client.post(
        reverse("public:probe"), sent(the_north, latitude="", longitude="", region=the_north.community.pk)
    )
    assert chosen.status_code == 302


def test_words_of_danger_show_whom_to_call_first(client, account, the_north):
    client.force_login(account)
    asked = sent(the_north, text="煤气泄漏，味道很大")
    first = client.post(reverse("public:probe"), asked)
    assert first.status_code == 422
    assert 'href="tel:119"' in first.content.decode()
    assert not ServiceRequest.objects.exists()
    assert client.post(reverse("public:probe"), asked | {"danger_seen": "on"}).status_code == 302


@pytest.mark.parametrize(
    "change",
    [{"hazard": ""}, {"hazard": "x"}, {"hazard": "\0"}, {"region": "x"}, {"region": str(10**30)}, {"text": "字" * 201}],
)
def test_bad_input_is_said(client, account, the_north, change):
    client.force_login(account)
    assert client.post(reverse("public:probe"), sent(the_north, **change)).status_code in (400, 422)
    assert not ServiceRequest.objects.exists()


def test_the_same_form_sent_twice_is_one_report(client, account, the_north):
    client.force_login(account)
    for _time in range(2):
        assert client.post(reverse("public:probe"), sent(the_north, idempotency_key="k")).status_code == 302
    assert ServiceRequest.objects.count() == 1


def test_a_code_lets_a_phone_report_and_a_new_one_ends_it(client, account, rider, the_north):
    client.force_login(account)
    code = probes.renew_code(rider, by=account)
    client.logout()
    assert client.post(reverse("public:probe_enter"), {"code": "AAAA-AAAA-AAA"}).status_code in (400, 404, 422)
    assert client.post(reverse("public:probe_enter"), {"code": code}).status_code == 302
    assert client.post(reverse("public:probe"), sent(the_north)).status_code == 302
    case = ServiceRequest.objects.get()
    assert (case.recorded_by, case.hazard_report.volunteer) == (None, rider)
    probes.renew_code(rider, by=account)
    assert 'name="code"' in client.get(reverse("public:probe")).content.decode()
    client.post(reverse("public:probe"), sent(the_north))
    assert ServiceRequest.objects.count() == 1


def test_whoever_comes_back_to_a_page_of_the_code_begins_again(client):
    for name in ("public:probe_enter", "public:probe_link"):
        assert client.get(reverse(name)).url == reverse("public:probe")


def test_communities_stand_below_their_street(client, account, the_north):
    client.force_login(account)
    page = client.get(reverse("public:probe")).content.decode()
    assert f'<optgroup label="{the_north.street}">' in page
    assert page.index("<optgroup") < page.index(f'<option value="{the_north.community.pk}"')


def test_nobody_makes_a_code_for_somebody_else(client, account, rider, north, south):
    for stranger in (north, south):
        with pytest.raises(NotAllowed):
            probes.renew_code(rider, by=stranger)
    client.force_login(north)
    assert client.post(reverse("public:probe_link")).status_code == 403
    client.force_login(account)
    assert "骑手码" in client.post(reverse("public:probe_link")).content.decode()


def test_how_many_have_reported_is_told_to_riders_alone(client, account, report, north):
    report()
    asked = {"hazard": "manhole", "latitude": HERE[0], "longitude": HERE[1]}
    client.force_login(account)
    assert "1 次" in client.post(reverse("public:probe_near"), asked).content.decode()
    client.force_login(north)
    assert client.post(reverse("public:probe_near"), asked).status_code == 403


# Codes from staff


@pytest.fixture
def code(rider, north):
    return rider_codes.issue_code(rider, by=north)


def enter(client, code):
    client.logout()
    return client.post(reverse("public:probe_enter"), {"code": code})


def test_staff_give_a_code_and_a_new_one_ends_it(client, rider, north, code):
    assert enter(client, code).status_code == 302
    rider_codes.issue_code(rider, by=north)
    assert enter(client, code).status_code == 400
    assert "请登录后重新生成" in enter(client, code).content.decode()


def test_a_blocked_code_opens_nothing_until_staff_give_a_new_one(client, rider, account, north, code, the_north):
    assert enter(client, code).status_code == 302
    rider_codes.block_code(rider, by=north)
    # Nor on the phone that knows it already.
    client.post(reverse("public:probe"), sent(the_north))
    assert not ServiceRequest.objects.exists()
    assert enter(client, code).status_code == 400
    with pytest.raises(NotAllowed):
        probes.renew_code(rider, by=account)
    with pytest.raises(Conflict):
        rider_codes.block_code(rider, by=north)
    assert enter(client, rider_codes.issue_code(rider, by=north)).status_code == 302


def test_only_those_who_look_after_a_rider_give_and_block_codes(rider, north, helper, south, account, the_north):
    for stranger in (helper, south, account):
        for verb in (rider_codes.issue_code, rider_codes.block_code):
            with pytest.raises(NotAllowed):
                verb(rider, by=stranger)
    with pytest.raises(DomainError):
        rider_codes.issue_code(enrolled(the_north), by=north)


def test_codes_have_pages_at_the_desk(client, rider, north, helper, south, the_north):
    the_list, detail, issue, block = (
        reverse("requests:rider_code_list"),
        *(reverse(f"requests:rider_code_{name}", args=[rider.pk]) for name in ("detail", "issue", "block")),
    )
    client.force_login(north)
    assert "没有骑手码" in client.get(the_list).content.decode()
    assert client.get(issue).url == detail
    slip = client.post(issue).content.decode()
    assert "骑手小王" in slip
    assert 'class="qr"' in slip
    assert "停用骑手码" in client.get(detail).content.decode()
    assert client.post(block).url == detail
    assert client.post(block).status_code == 409
    for state, count in (("blocked", 1), ("valid", 0), ("none", 0)):
        page = client.get(the_list, {"code": state, "q": "小王"}).content.decode()
        assert page.count("data-row-link") == count
    for stranger, status in ((south, 404), (helper, 403)):
        client.force_login(stranger)
        assert client.get(detail).status_code == status
        assert client.post(issue).status_code == status


def test_the_list_of_codes_takes_the_same_queries_for_many_riders(client, north, rider, code, the_north):
    client.force_login(north)
    address = reverse("requests:rider_code_list")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _time in range(4):
        rider_codes.issue_code(enrolled(the_north, kind=VolunteerKind.RIDER), by=north)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
