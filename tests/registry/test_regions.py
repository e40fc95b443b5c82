"""The regions' tree on the desk: leafing, searching, and the four verbs."""

import pytest

from portal.core.models import Level, Role
from tests.conftest import make_region, make_user
from tests.registry.conftest import region_text


@pytest.fixture
def manager(the_north):
    """Staff of the north's district: may change its tree."""
    return make_user("manager", Role.DISTRICT, region=the_north.district)


def path(region, verb: str) -> str:
    return f"/desk/regions/{region.pk}/{verb}/"


def test_the_tree_is_leafed_from_the_readers_own_top(page, manager, the_north):
    browser = page(manager)
    answer = browser.get(f"/desk/regions/{the_north.district.pk}/")
    assert [row.pk for row in answer.context["children"]] == [the_north.street.pk]
    assert browser.get(f"/desk/regions/{the_north.district.parent_id}/").status_code == 404
    counts = {url.split("/")[2]: count for _label, count, url in answer.context["counts"]}
    assert (counts["stations"], counts["organizations"]) == (1, 1)


@pytest.mark.parametrize("query", ["q=北社", "q=440306001001", "level=community", "q=bsq"])
def test_regions_are_found_by_name_pinyin_and_code(query, page, manager, the_north):
    type(the_north.community).objects.filter(pk=the_north.community.pk).update(pinyin="bsq")
    answer = page(manager).get(f"/desk/regions/?{query}")
    assert [row for _href, row, _cells in answer.context["lines"]] == [the_north.community]


def test_a_region_is_renamed(page, manager, the_north):
    assert page(manager).post(path(the_north.community, "rename"), {"name": "北苑社区居委会"}).status_code == 302
    the_north.community.refresh_from_db()
    assert (the_north.community.name, the_north.community.short_name) == ("北苑社区居委会", "北苑社区")


def test_a_region_is_moved_with_all_under_it(page, manager, the_north):
    street = make_region("440306002", "新街道", Level.STREET, the_north.district)
    answer = page(manager).post(path(the_north.community, "move"), {"to": region_text(street)})
    assert answer.status_code == 302, answer.context["form"].errors
    the_north.community.refresh_from_db()
    assert the_north.community.parent == street


def test_a_region_is_not_moved_out_of_ones_area(page, manager, the_north, the_south):
    answer = page(manager).post(path(the_north.community, "move"), {"to": region_text(the_south.street)})
    assert answer.status_code == 400
    the_north.community.refresh_from_db()
    assert the_north.community.parent == the_north.street


def test_a_region_is_merged_and_points_at_the_other(page, manager, the_north):
    other = make_region("440306001002", "东社区", Level.COMMUNITY, the_north.street)
    assert page(manager).post(path(other, "merge"), {"into": region_text(the_north.community)}).status_code == 302
    other.refresh_from_db()
    assert other.merged_into == the_north.community
    assert not other.is_current


def test_a_region_with_something_in_it_is_not_abolished(page, manager, the_north):
    answer = page(manager).post(path(the_north.street, "abolish"), {})
    assert answer.status_code == 409
    assert "请先移走或撤销" in answer.content.decode()
    answer = page(manager).post(path(the_north.community, "abolish"), {})
    assert answer.status_code == 409
    assert "“北社区”内还有：1 个组织、1 个站点。请先迁出或办结，或将其合并到其他区域。" in answer.content.decode()


@pytest.mark.parametrize("verb", ["rename", "move", "merge", "abolish"])
def test_who_may_not_change_the_tree(verb, page, north, helper, south, manager, the_north, the_south):
    for user in (north, helper, south):
        assert page(user).get(path(the_north.community, verb)).status_code == 403
        assert page(user).post(path(the_north.community, verb), {"name": "x"}).status_code == 403
    assert page(manager).post(path(the_south.community, verb), {"name": "x"}).status_code == 404


def test_an_unknown_verb_is_not_there(page, manager, the_north):
    assert page(manager).get(path(the_north.community, "explode")).status_code == 404
