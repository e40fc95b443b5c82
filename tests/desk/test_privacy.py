"""Personal data: masked, revealed with a logged reason, erased."""

import pytest
from django.urls import reverse

from portal.core.errors import Conflict, NotAllowed
from portal.core.models import DisclosureRecord
from requests import privacy, workflow
from requests.models import Requester
from requests.types import State
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact

PHONE, NAME = "13800001234", "张小北"


@pytest.fixture
def who(client, submitted):
    """Ask to see the requester of the case."""

    def ask(user, **fields):
        client.force_login(user)
        address = reverse("desk:reveal", args=[submitted.case.pk, submitted.requester.pk])
        return client.post(address, {"why": "call"} | fields)

    return ask


def test_it_works(who, north):
    text = who(north).content.decode()
    assert PHONE in text and NAME in text
    record = DisclosureRecord.objects.get()
    assert record.user == north
    assert record.reason == "为办理本件联系居民"
    assert record.subject.startswith("requests_requester/")


@pytest.mark.parametrize("name", ["desk:home", "desk:queue", "desk:requests"])
def test_no_page_shows_more_than_the_masked_form(page, case, north, name):
    for address in (reverse(name), reverse("desk:case", args=[case.pk])):
        text = page(north, address).content.decode()
        assert PHONE not in text and NAME not in text
    assert "138****1234" in text


def test_a_reason_of_ones_own_is_written_down(who, north):
    assert who(north, why="other", words=" ").status_code == 422
    assert not DisclosureRecord.objects.exists()
    assert PHONE in who(north, why="other", words="居民来电询问进度").content.decode()
    assert DisclosureRecord.objects.get().reason == "居民来电询问进度"


def test_who_does_not_work_on_the_case_is_refused(who, case, north, south, helper, leader, auditor):
    assert who(south).status_code == 404
    assert who(helper).status_code == 404
    assert who(leader).status_code == 403
    assert who(auditor).status_code == 403
    assert not DisclosureRecord.objects.exists()


def test_a_unit_sees_the_phone_while_it_holds_the_case(who, dispatched, helper, north):
    assert PHONE in who(helper).content.decode()
    workflow.recall(dispatched, by=Staff(north), text="派错了")
    assert who(helper).status_code == 403


def test_a_hidden_name_stays_hidden_from_the_handling_unit(the_north, north, helper):
    made = workflow.submit(
        description="楼上漏水", region=the_north.community, contact=Contact(phone=PHONE, name=NAME, hide_name=True)
    )
    workflow.accept(made.case, by=Staff(north))
    workflow.dispatch(made.case, by=Staff(north), to=the_north.unit)
    requester = Requester.objects.get(pk=made.requester.pk)
    shown = privacy.reveal(requester, by=helper, reason="上门")
    assert (shown.phone, shown.name, shown.is_name_hidden) == (PHONE, "", True)
    assert privacy.reveal(Requester.objects.get(pk=requester.pk), by=north, reason="核对").name == NAME


def test_erasing_leaves_nothing_personal(client, page, resolved, submitted, district, north):
    workflow.note(resolved, by=Staff(north), text=f"{NAME}的电话是 {PHONE}")
    workflow.rate(resolved, by=Resident(submitted.requester), code="satisfied", solved=True, comment=f"我是{NAME}")
    client.force_login(district)
    address = reverse("desk:erase", args=[resolved.pk])
    assert client.post(address, {"number": "XZ1", "reason": "到期"}).status_code == 422
    asked = {"number": resolved.number, "reason": "保存期满", "version": resolved.version - 1}
    stale = client.post(address, asked)
    assert (stale.status_code, stale.context["form"]["version"].value()) == (409, resolved.version)
    assert "评价" in stale.content.decode()
    assert client.post(address, {**asked, "version": resolved.version}).status_code == 302
    resolved.refresh_from_db()
    requester = resolved.requesters.get()
    assert resolved.erased_at is not None
    assert (str(requester.phone), requester.phone_masked, requester.phone_hash) == ("", "", "")
    texts = [resolved.description, *resolved.events.values_list("text", flat=True)]
    texts += resolved.ratings.values_list("comment", flat=True)
    assert not any(NAME in text or PHONE in text for text in texts)
    assert resolved.state == State.CLOSED
    assert "个人信息已删除" in page(district, reverse("desk:case", args=[resolved.pk])).content.decode()
    with pytest.raises(Conflict):
        privacy.erase(resolved, by=district, reason="再来一次")


def test_an_open_case_is_not_erased(case, district, north):
    with pytest.raises(Conflict):
        privacy.erase(case, by=district, reason="到期")
    with pytest.raises(NotAllowed):
        privacy.erase(case, by=north, reason="到期")
