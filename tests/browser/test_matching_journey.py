"""What a street needs and what it has: a draft, looked at, and accepted line by line."""

import pytest
from playwright.sync_api import expect

from portal.core.models import Role
from requests import workflow
from requests.matching import street
from requests.models import Category, Claim, ServiceRequest, StreetDraft
from requests.types import State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.browser.conftest import PATIENCE
from tests.browser.test_desk_journey import told
from tests.conftest import make_user
from tests.requests.builders import offer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def needs(the_north, north):
    """Two needs that one resource fits, and one that nothing does."""
    top = Category.objects.create(name="城乡建设")
    lamp = Category.objects.create(name="路灯", parent=Category.objects.create(name="市政", parent=top))
    made = []
    for words, category in (("门口的路灯坏了。", lamp), ("楼下的路灯一直闪。", lamp), ("想学书法。", None)):
        each = workflow.submit(
            description=words, region=the_north.community, contact=Contact(phone="13800003001"), category=category
        )
        workflow.accept(each.case, by=Staff(north))
        made.append(each.case)
    offer(the_north, name="路灯巡检", amount=2, unit="次").categories.add(lamp)
    return made


def test_it_works(sign_in, needs, the_north, assert_accessible):
    dispatcher = sign_in(make_user("street-desk", Role.STREET, region=the_north.street))
    dispatcher.goto("/desk/resources/")
    dispatcher.get_by_role("link", name="撮合草案").click()
    assert_accessible(dispatcher)
    dispatcher.locator("input[name=region]").fill(f"{the_north.street} {the_north.street.code}")
    dispatcher.get_by_role("button", name="生成草案").click()
    expect(dispatcher.locator("#street-draft")).to_contain_text("正在把本街道的全部需求与资源逐一比对")
    # The worker; the page asks by itself how far it is.
    street.run(StreetDraft.objects.get().pk)
    expect(dispatcher.locator("tbody tr")).to_have_count(2)
    assert_accessible(dispatcher)

    row = dispatcher.locator("tbody tr", has_text="门口的路灯坏了")
    expect(row).to_contain_text("符合类别")
    row.get_by_role("checkbox").check()
    dispatcher.get_by_role("button", name="认领并派单").click()
    # First what will be, and to whom.
    expect(dispatcher.locator("main")).to_contain_text("派给")
    assert_accessible(dispatcher)
    assert not Claim.objects.exists()
    dispatcher.get_by_role("button", name="认领并派单").click()
    told(dispatcher, "认领并派单：1")
    expect(row).to_contain_text("已采纳")
    states = [ServiceRequest.objects.get(pk=each.pk).state for each in needs]
    assert states == [State.DISPATCHED, State.ACCEPTED, State.ACCEPTED]
    assert Claim.objects.get().request == needs[0]

    dispatcher.locator("tbody tr", has_text="楼下的路灯").get_by_role("checkbox").check()
    dispatcher.get_by_role("button", name="不采纳").click()
    dispatcher.get_by_role("button", name="不采纳").click()
    expect(dispatcher.locator(".error-summary")).to_be_visible()
    dispatcher.get_by_label("居民不需要").check()
    dispatcher.get_by_role("button", name="不采纳").click()
    told(dispatcher, "不采纳：1")
    expect(dispatcher.locator("tbody tr", has_text="楼下的路灯")).to_contain_text("未采纳")
    expect(dispatcher.get_by_role("button", name="认领并派单")).to_have_count(0)
    assert Claim.objects.count() == 1
