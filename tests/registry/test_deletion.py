"""Rows made by mistake are deleted; what others need stays, and says who needs it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.models import HistoryEntry, Organization
from portal.core.registry.deletion import pointing_at
from requests.models import ServiceRequest
from stations.models import Affiliate, OpeningHours, Station
from tests.conftest import make_region, make_user
from tests.registry.test_api import address
from tests.registry.test_pages import MODELS, WRITABLE


def alone(subject: str, rows):
    """The row of a subject in the north, with nothing left that points at it."""
    if subject in ("stations", "organizations"):
        rows.guarantors.delete()
    if subject == "organizations":
        rows.posts.delete()
        rows.affiliates.delete()
        rows.agreements.delete()
    return getattr(rows, subject)


@pytest.mark.parametrize("subject", WRITABLE)
def test_north_deletes_her_own_row_by_its_name(subject, page, north, northern):
    row = alone(subject, northern)
    there, name = f"/desk/{subject}/{row.pk}/", str(row)
    assert f"{there}delete/" in page(north).get(there).content.decode()
    asked = page(north).get(f"{there}delete/")
    assert asked.status_code == 200
    assert f"删除“{name}”" in asked.content.decode()
    assert MODELS[subject].objects.filter(pk=row.pk).exists()

    done = page(north).post(f"{there}delete/", follow=True)
    assert f"已删除“{name}”" in done.content.decode()
    assert not MODELS[subject].objects.filter(pk=row.pk).exists()
    assert page(north).get(there).status_code == 404
    [entry] = HistoryEntry.objects.filter(table=row._meta.db_table, row_id=row.pk, operation="DELETE")
    assert entry.actor_id == north.pk


@pytest.mark.parametrize("subject", WRITABLE)
def test_nobody_else_deletes_it(subject, page, api, south, helper, auditor, leader, northern):
    row = getattr(northern, subject)
    there = f"/desk/{subject}/{row.pk}/delete/"
    for user, refusals in ((south, (404,)), (helper, (403, 404)), (auditor, (403,)), (leader, (403,))):
        assert page(user).get(there).status_code in refusals
        assert page(user).post(there).status_code in refusals
        assert api(user).delete(address(subject, row)).status_code in refusals
        assert f"{row.pk}/delete/" not in page(user).get(f"/desk/{subject}/{row.pk}/").content.decode()
    assert MODELS[subject].objects.filter(pk=row.pk).exists()


def test_a_keeper_changes_the_station_and_does_not_delete_it(page, keeper, the_north):
    there = f"/desk/stations/{the_north.station.pk}/"
    assert page(keeper).get(f"{there}delete/").status_code == 403
    shown = page(keeper).get(there).content.decode()
    assert f"{there}edit/" in shown
    assert f"{there}delete/" not in shown


def test_what_is_needed_says_by_whom_with_links(page, api, north, the_north, northern, case):
    ServiceRequest.objects.filter(pk=case.pk).update(station=the_north.station)
    there = f"/desk/stations/{the_north.station.pk}/delete/"
    asked = page(north).get(there).content.decode()
    assert f'href="/desk/guarantors/{northern.guarantors.pk}/"' in asked
    assert f'href="/desk/requests/{case.pk}/"' in asked
    assert "btn-danger" not in asked
    refused = page(north).post(there)
    assert refused.status_code == 409
    assert "无法删除" in refused.content.decode()

    answer = api(north).delete(address("stations", the_north.station))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "in_use")
    assert {(each["what"], each["count"]) for each in error["needed_by"]} == {("guarantor", 1), ("servicerequest", 1)}
    assert "包保" in error["message"]
    assert Station.objects.filter(pk=the_north.station.pk).exists()


def test_rows_elsewhere_are_counted_and_not_named(page, north, the_north, the_south):
    unit = Organization.objects.create(name="北新公司", kind="enterprise", region=the_north.community)
    Affiliate.objects.create(kind="biz_point", name="南方网点", region=the_south.community, organization=unit)
    asked = page(north).get(f"/desk/organizations/{unit.pk}/delete/").content.decode()
    assert "南方网点" not in asked
    assert "1 条" in asked
    assert page(north).post(f"/desk/organizations/{unit.pk}/delete/").status_code == 409


def test_its_parts_go_with_it(page, north, the_north, northern):
    OpeningHours.objects.create(station=the_north.station, weekday=0, opens="09:00", closes="18:00")
    northern.guarantors.delete()
    assert page(north).post(f"/desk/stations/{the_north.station.pk}/delete/").status_code == 302
    assert not OpeningHours.objects.exists()


@pytest.mark.parametrize(
    ("subject", "words", "field"),
    [("stations", "关闭", "status"), ("organizations", "停用", "is_active"), ("posts", "截止", "ends_on")],
)
def test_the_practice_instead_of_deleting_is_offered(subject, words, field, page, north, northern):
    row = getattr(northern, subject)
    asked = page(north).get(f"/desk/{subject}/{row.pk}/delete/").content.decode()
    assert words in asked
    assert f'href="/desk/{subject}/{row.pk}/edit/#id_{field}"' in asked
    assert f'id="id_{field}"' in page(north).get(f"/desk/{subject}/{row.pk}/edit/").content.decode()


def test_regions_are_abolished_and_not_deleted(page, the_north):
    district = make_user("district", "district", region=the_north.district)
    shown = page(district).get(f"/desk/regions/{the_north.community.pk}/").content.decode()
    assert "撤销" in shown
    assert "delete/" not in shown
    assert page(district).post(f"/desk/regions/{the_north.community.pk}/delete/").status_code == 404


def test_a_row_that_is_gone_already_is_not_there(page, api, north, northern):
    northern.estates.delete()
    assert page(north).post(f"/desk/estates/{10**9}/delete/").status_code == 404
    assert api(north).delete(f"/api/v1/estates/{10**9}/").status_code == 404


def test_what_points_at_a_row_costs_the_same_for_one_and_for_many(north, the_north):
    grid = make_region("440306001001001", "网格", "grid", the_north.community)
    unit = Organization.objects.create(name="总公司", kind="enterprise", region=grid)
    counted = []
    assert north.scope.grants
    for more in (2, 20):
        for number in range(more):
            Organization.objects.create(name=f"{more}-{number}", kind="enterprise", region=grid, parent=unit)
        with CaptureQueriesContext(connection) as queries:
            [found] = pointing_at(unit, user=north)
        counted.append(len(queries))
    assert (found.count, len(found.rows)) == (22, 10)
    assert counted[0] == counted[1]
