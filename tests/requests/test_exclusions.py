"""剔除: a case is left out of rates on evidence, by a leader above; reports tell both."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Notification, Role, StoredFile
from portal.reports import figures
from portal.reports.definitions import RATES, Span
from portal.reports.periods import Period
from portal.reports.places import Place
from requests import workflow
from requests.queues import QUEUES
from requests.timeline import lines
from requests.types import ExcludedRate, State
from tests.conftest import make_user
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in

pytestmark = pytest.mark.django_db

WHY = {"ground": "force_majeure", "text": "台风期间停工三天。"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def evidence(by=None) -> StoredFile:
    return StoredFile.objects.create(
        file="files/evidence.pdf", content_type="application/pdf", size=1, sha256="0" * 64, uploaded_by=by
    )


def asked(cast, *rates, state=State.CLOSED):
    case, _resident = case_in(state, cast)
    workflow.exclude(case, by=cast.dispatcher, rates=rates or ["satisfaction_rate"], files=[evidence()], **WHY)
    return case


def told(kind) -> list[str]:
    return [row.person.user.username for row in Notification.objects.filter(kind=kind).order_by("pk")]


def rates_now() -> dict:
    today = timezone.localdate()
    span = Span(Period.between(today - timedelta(days=3), today + timedelta(days=30)), timezone.now())
    return figures.summarize(Place(everywhere=True), span).total.as_dict()


def test_it_works(cast):
    case = asked(cast)
    assert told("case_exclusion_asked") == ["street-leader"]
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="情况属实。")
    assert (case.excluded_from, case.exclusion_asked) == (["satisfaction_rate"], False)
    assert told("case_exclusion_decided") == ["dispatcher"]
    rate = rates_now()["satisfaction_rate"]
    assert rate["gross"] == {"numerator": 1, "denominator": 1, "rate": 1.0}
    assert rate["net"] == {"numerator": 0, "denominator": 0, "rate": None}


def test_only_the_rates_that_were_asked_for_leave_it_out(cast):
    case = asked(cast, "response_rate", "satisfaction_rate")
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="情况属实。")
    told = rates_now()
    for rate in RATES:
        left_out = rate.code in case.excluded_from
        gross, net = told[rate.code]["gross"], told[rate.code]["net"]
        assert net["denominator"] == (0 if left_out else gross["denominator"]), rate.code


def test_every_rate_that_a_case_can_be_left_out_of_is_one_of_the_reports(db):
    assert {rate.code for rate in RATES if rate.is_excludable} == set(ExcludedRate.values)
    assert {rate.name for rate in RATES if rate.is_excludable} == set(ExcludedRate.labels)


def test_a_refusal_leaves_the_figures_as_they_are(cast):
    case = asked(cast)
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=False, text="证据不足。")
    assert case.excluded_from is None
    assert rates_now()["satisfaction_rate"]["net"] == rates_now()["satisfaction_rate"]["gross"]
    # With better evidence it may be asked for anew.
    workflow.exclude(case, by=cast.dispatcher, rates=["satisfaction_rate"], files=[evidence()], **WHY)


def test_a_leader_of_the_level_above_decides_and_none_of_the_same(cast):
    case = asked(cast)
    with pytest.raises(NotAllowed):
        workflow.decide_exclusion(case, by=cast.leader, granted=True, text="同意。")
    assert list(QUEUES["exclusions"].of(cast.appeal_leader.user)) == [case]
    for other in (cast.leader, cast.stranger, cast.dispatcher):
        assert not QUEUES["exclusions"].of(other.user).exists()


def test_what_the_street_asks_the_district_decides(cast, the_north):
    case, _resident = case_in(State.CLOSED, cast)
    street = workflow.Staff(make_user("street", Role.STREET, region=the_north.street))
    workflow.exclude(case, by=street, rates=["response_rate"], files=[evidence()], **WHY)
    with pytest.raises(NotAllowed):
        workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="同意。")
    district = workflow.Staff(make_user("district-leader", Role.LEADER, region=the_north.district))
    workflow.decide_exclusion(case, by=district, granted=True, text="同意。")


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"rates": []}, "rates"),
        ({"rates": ["luck"]}, "rates"),
        ({"ground": "because"}, "ground"),
        ({"files": []}, "files"),
    ],
)
def test_it_takes_a_rate_a_ground_and_evidence(cast, bad, field):
    case, _resident = case_in(State.CLOSED, cast)
    given = {"rates": ["response_rate"], "files": [evidence()], **WHY, **bad}
    with pytest.raises(DomainError) as refusal:
        workflow.exclude(case, by=cast.dispatcher, **given)
    assert list(refusal.value.fields) == [field]


def test_one_request_at_a_time_and_each_rate_once(cast):
    case = asked(cast)
    again = {"rates": ["satisfaction_rate", "response_rate"], "files": [evidence()], **WHY}
    with pytest.raises(Conflict) as refusal:
        workflow.exclude(case, by=cast.dispatcher, **again)
    assert refusal.value.code == "exclusion_pending"
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="同意。")
    with pytest.raises(DomainError) as refused:
        workflow.exclude(case, by=cast.dispatcher, **again)
    assert list(refused.value.fields) == ["rates"]
    workflow.exclude(case, by=cast.dispatcher, **again | {"rates": ["response_rate"]})
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="同意。")
    assert case.excluded_from == ["response_rate", "satisfaction_rate"]


def test_residents_read_nothing_of_it_and_the_evidence_is_for_staff(cast):
    case = asked(cast)
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="同意。")
    assert not [line for line in lines(case, audience="public") if "剔除" in line.sentence]
    assert [each.is_public for each in case.attachments.all()] == [False]
    assert [line for line in lines(case, audience="staff") if "台风" in line.said]


def test_a_withdrawn_case_can_still_be_decided_about(cast):
    case, resident = case_in(State.IN_PROGRESS, cast)
    workflow.exclude(case, by=cast.dispatcher, rates=["response_rate"], files=[evidence()], **WHY)
    workflow.withdraw(case, by=resident)
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="同意。")


def test_the_desk_asks_and_decides(page, cast):  # noqa: F811
    case, _resident = case_in(State.CLOSED, cast)
    browser, address = page(cast.dispatcher.user), f"/desk/requests/{case.pk}/do/"
    typed = {"version": case.version, "rates": ["response_rate"], **WHY}
    refused = browser.post(f"{address}exclude/", typed)
    assert refused.status_code == 400
    assert "请附上证据" in refused.content.decode()
    assert WHY["text"] in refused.content.decode()
    proof = SimpleUploadedFile("proof.pdf", PDF, "application/pdf")
    assert browser.post(f"{address}exclude/", {**typed, "files": [proof]}).status_code == 302
    case.refresh_from_db()
    leader = page(cast.appeal_leader.user)
    assert "不可抗力" in leader.get(f"/desk/requests/{case.pk}/").content.decode()
    decision = {"version": case.version, "granted": "1", "text": "同意。"}
    assert leader.post(f"{address}decide_exclusion/", decision).status_code == 302
    case.refresh_from_db()
    assert case.excluded_from == ["response_rate"]


def test_the_api_asks_decides_and_filters(api, cast, south):  # noqa: F811
    case, _resident = case_in(State.CLOSED, cast)
    address = f"/api/v1/service-requests/{case.pk}/"
    proof = evidence(cast.dispatcher.user)
    body = {"version": case.version, "rates": ["response_rate"], "files": [proof.pk], **WHY}
    assert api(south).post(f"{address}exclude/", body).status_code == 404
    assert api(cast.dispatcher.user).post(f"{address}exclude/", {**body, "rates": ["luck"]}).status_code == 400
    for wrong in (body, {**body, "files": []}, {**body, "text": " "}, {"version": case.version}):
        refused = api(cast.handler.user).post(f"{address}exclude/", wrong)
        assert refused.status_code == 403 and "exclude" not in refused.json()["error"]["allowed"]
    assert api(cast.dispatcher.user).post(f"{address}take/", {"version": "x"}).status_code == 409
    assert api(cast.dispatcher.user).post(f"{address}exclude/", body).status_code == 200
    caller = api(cast.appeal_leader.user)
    seen = caller.get(address).json()
    assert seen["exclusion_asked"] and "decide_exclusion" in seen["allowed"]
    decision = {"version": seen["version"], "granted": True, "text": "同意。"}
    assert caller.post(f"{address}decide-exclusion/", decision).status_code == 200
    assert caller.get(address).json()["excluded_from"] == ["response_rate"]
    for query, found in [("excluded=true", [case.pk]), ("excluded=false", [])]:
        assert [row["id"] for row in caller.get(f"/api/v1/service-requests/?{query}").json()["results"]] == found


def test_reports_tell_gross_and_net_with_their_rows(page, api, cast, leader):  # noqa: F811
    case = asked(cast, *ExcludedRate.values)
    workflow.decide_exclusion(case, by=cast.appeal_leader, granted=True, text="同意。")
    other, _resident = case_in(State.CLOSED, cast)
    caller = api(leader)
    total = caller.get("/api/v1/reports/requests-summary/?period=year").json()["total"]
    assert total["satisfaction_rate"]["gross"]["denominator"] == 2
    assert total["satisfaction_rate"]["net"]["denominator"] == 1
    rows = caller.get(
        "/api/v1/reports/requests-summary/rows/?period=year&figure=satisfaction_rate&part=net_denominator"
    ).json()
    assert [row["case"]["id"] for row in rows["results"]] == [other.pk]
    shown = page(leader).get("/desk/reports/?period=year").content.decode()
    assert "剔除后" in shown
