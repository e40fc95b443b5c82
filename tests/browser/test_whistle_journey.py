"""A community whistles, a leader agrees, two departments come: each in a browser of their own."""

import pytest
from playwright.sync_api import expect

from portal.core.models import Role
from requests import workflow
from requests.models import DepartmentRating
from requests.types import State
from requests.workflow import Staff
from tests.browser import PHONE
from tests.browser.conftest import PATIENCE
from tests.browser.test_desk_journey import action, state_of, told
from tests.conftest import make_user
from tests.requests.builders import make_department

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


def test_it_works(sign_in, case, north, the_north, assert_accessible):
    street_leader = make_user("street-leader", Role.LEADER, region=the_north.street)
    order, roads = make_department(the_north), make_department(the_north, "市政办")
    lead_user = make_user("order", Role.UNIT_CONTACT, organization=order)
    help_user = make_user("roads", Role.UNIT_CONTACT, organization=roads)
    workflow.accept(case, by=Staff(north))
    address = f"/desk/requests/{case.pk}/"

    community = sign_in(north)
    community.goto(address)
    whistle = action(community, "1")
    whistle.locator("summary").first.click()
    whistle.get_by_role("radio", name="街道及街道部门").check()
    whistle.get_by_role("radio", name="需联合执法").check()
    whistle.locator("textarea[name=text]").fill("社区没有执法权，请街道出面。")
    whistle.locator("select[name=lead]").select_option(label="北街道执法办")
    whistle.get_by_role("checkbox", name="北街道市政办").check()
    assert_accessible(community)
    whistle.get_by_role("button", name="吹哨").click()
    told(community, "吹哨")

    leader = sign_in(street_leader)
    leader.goto("/desk/?queue=whistles")
    leader.get_by_role("link", name=case.title).first.click()
    decision = action(leader, "2")
    expect(decision.locator("select[name=lead]")).to_have_value(str(order.pk))
    expect(decision.get_by_role("checkbox", name="北街道市政办")).to_be_checked()
    decision.get_by_role("radio", name="同意：").first.check()
    decision.locator("textarea[name=text]").fill("同意联合整治。")
    assert_accessible(leader)
    decision.get_by_role("button", name="吹哨审批").click()
    told(leader, "吹哨审批")
    assert state_of(case) == State.DISPATCHED

    lead = sign_in(lead_user)
    lead.goto(address)
    action(lead, "t").get_by_role("button", name="接单").click()
    told(lead, "接单")
    finish = action(lead, "e")
    finish.locator("summary").first.click()
    finish.locator("textarea[name=text]").fill("摊贩已劝离。")
    finish.get_by_role("button", name="办结").click()
    expect(lead.locator("#case")).to_contain_text("以下单位的协办还没有完成：北街道市政办")
    expect(action(lead, "e").locator("textarea[name=text]")).to_have_value("摊贩已劝离。")

    helper = sign_in(help_user, size=PHONE)
    helper.goto("/desk/assists/")
    expect(helper.locator("main")).to_contain_text("社区没有执法权，请街道出面。")
    assert_accessible(helper)
    helper.get_by_role("link", name="打开办理").click()
    action(helper, "4").get_by_role("button", name="接受协办").click()
    told(helper, "接受协办")
    # On a phone the toast lies over the button until it goes.
    helper.goto(address)
    action(helper, "5").locator("textarea[name=text]").fill("已修补路面。")
    assert_accessible(helper)
    action(helper, "5").get_by_role("button", name="完成协办").click()
    told(helper, "完成协办")

    lead.goto(address)
    finish = action(lead, "e")
    if finish.get_attribute("open") is None:
        finish.locator("summary").first.click()
    finish.locator("textarea[name=text]").fill("摊贩已劝离，路面已修补。")
    finish.get_by_role("button", name="办结").click()
    told(lead, "办结")
    assert state_of(case) == State.RESOLVED

    community.goto(address)
    rating = action(community, "t")
    rating.get_by_role("group", name="北街道执法办").get_by_role("radio", name="非常满意").check()
    rating.get_by_role("group", name="北街道市政办").get_by_role("radio", name="不满意", exact=True).check()
    rating.get_by_label("对北街道市政办的说明").fill("第二天才来。")
    assert_accessible(community)
    rating.get_by_role("button", name="评价部门").click()
    told(community, "评价部门")
    assert sorted(DepartmentRating.objects.values_list("code", flat=True)) == ["dissatisfied", "very_satisfied"]
