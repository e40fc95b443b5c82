"""Volunteers work on their cases on their phone, by the same steps and guards as at the desk."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.models import DisclosureRecord, Notification, User
from requests import own, workflow
from requests.models import ReplyTemplate, RequestAttachment, ServiceRequest
from requests.types import DispatchOutcome, State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.public.conftest import photo
from tests.requests.test_dispatch_to_volunteers import enrol, join
from volunteers.models import VolunteerTeam
from volunteers.types import TeamKind

CASES = "/volunteer/me/cases/"


@pytest.fixture
def volunteer(the_north):
    return enrol("volunteer", the_north)


@pytest.fixture
def stranger(the_north):
    return enrol("stranger", the_north)


@pytest.fixture
def chief(the_north):
    user = enrol("chief", the_north)
    join(team_of(the_north), user, is_leader=True)
    return user


def team_of(half):
    return VolunteerTeam.objects.get_or_create(
        name="北社区先锋队", kind=TeamKind.PARTY, region=half.community, takes_requests=True
    )[0]


@pytest.fixture
def offered(case, north, volunteer):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=volunteer.person)
    return case


@pytest.fixture
def taken(offered, volunteer):
    workflow.take(offered, by=Staff(volunteer))
    return offered


@pytest.fixture
def phone(client):
    def phone(user):
        client.force_login(User.objects.get(pk=user.pk))
        return client

    return phone


def text_of(answer) -> str:
    return answer.content.decode()


def step(client, case, verb, **values):
    """What the form of the page would send."""
    form = client.get(f"{CASES}{case.pk}/{verb}/").context["form"]
    sent = {"version": form["version"].value(), "idempotency_key": form["idempotency_key"].value(), **values}
    return client.post(f"{CASES}{case.pk}/{verb}/", sent)


def test_it_works(phone, offered, volunteer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = phone(volunteer)
    page = text_of(client.get(CASES))
    assert offered.title in page
    assert '<span class="count">1</span>' in page
    page = text_of(client.get(f"{CASES}{offered.pk}/"))
    assert "我来接" in page
    assert "13800001234" not in page
    assert step(client, offered, "take").url == f"{CASES}{offered.pk}/"
    assert step(client, offered, "contact", reached="1", text="明天上门").status_code == 302
    assert step(client, offered, "resolve", text="换了灯泡", files=photo("lamp.jpg")).url == CASES
    offered.refresh_from_db()
    assert offered.state == State.RESOLVED
    assert RequestAttachment.objects.filter(request=offered).count() == 1
    page = client.get(CASES)
    assert list(page.context["done"]) == [offered]
    assert '<span class="count">' not in text_of(page)


def test_one_press_shows_the_number_and_logs_who_looked(phone, taken, volunteer):
    requester = taken.requesters.get()
    client = phone(volunteer)
    assert "打电话给居民" in text_of(client.get(f"{CASES}{taken.pk}/"))
    answer = client.post(f"{CASES}{taken.pk}/call/{requester.pk}/")
    assert 'href="tel:13800001234"' in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert DisclosureRecord.objects.get().user == volunteer
    # To come back to the address shows nothing and logs nothing.
    assert client.get(f"{CASES}{taken.pk}/call/{requester.pk}/").status_code == 302
    assert DisclosureRecord.objects.count() == 1


def test_it_is_sent_back_with_a_ground(phone, taken, volunteer):
    client = phone(volunteer)
    assert step(client, taken, "send_back", text="不在本社区").status_code == 422
    answer = step(client, taken, "send_back", ground="wrong_area", text="不在本社区")
    assert answer.status_code == 302, text_of(answer)
    taken.refresh_from_db()
    assert taken.state == State.ACCEPTED
    assert taken.dispatches.get().outcome == DispatchOutcome.RETURNED
    page = text_of(client.get(f"{CASES}{taken.pk}/"))
    assert "已不在您手上" in page
    assert "138****1234" not in page


@pytest.fixture
def led(case, north, chief, the_north):
    """A case that a team has, taken by its leader."""
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=team_of(the_north))
    workflow.take(case, by=Staff(chief))
    return case


def test_a_leader_hands_a_case_on_inside_the_team(phone, led, chief, volunteer, stranger, the_north):
    join(team_of(the_north), volunteer)
    client = phone(chief)
    due = ServiceRequest.objects.get(pk=led.pk).due_at
    assert "交给队员办" in text_of(client.get(f"{CASES}{led.pk}/"))
    form = client.get(f"{CASES}{led.pk}/transfer/").context["form"]
    assert [each.person for each in form.fields["to"].queryset] == [volunteer.person]
    outside = stranger.person.volunteer.pk
    assert step(client, led, "transfer", to=outside, text="请接手").status_code == 422
    assert step(client, led, "transfer", to=volunteer.person.volunteer.pk, text="").status_code == 422
    assert step(client, led, "transfer", to=volunteer.person.volunteer.pk, text="离你家近，请接手").url == CASES
    led.refresh_from_db()
    assert (led.state, led.current_dispatch.person, led.due_at) == (State.DISPATCHED, volunteer.person, due)
    # Inside a team nothing goes to and fro: no supervision follows from it.
    assert led.transfer_count == 0
    assert Notification.objects.filter(kind="case_offered", person=volunteer.person).exists()
    assert "已不在您手上" in text_of(client.get(f"{CASES}{led.pk}/"))

    client = phone(volunteer)
    page = text_of(client.get(f"{CASES}{led.pk}/"))
    assert "离你家近，请接手" in page
    assert step(client, led, "take").status_code == 302
    assert step(client, led, "resolve", text="送到了").url == CASES


def test_who_leads_nobody_who_could_take_it_does_not_hand_on(phone, led, chief, stranger, the_north):
    client = phone(chief)
    assert "交给队员办" not in text_of(client.get(f"{CASES}{led.pk}/"))
    join(team_of(the_north), stranger)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert "交给队员办" not in text_of(client.get(f"{CASES}{led.pk}/"))


def test_who_holds_a_case_alone_does_not_hand_on(phone, taken, volunteer, stranger, the_north):
    for each in (volunteer, stranger):
        join(team_of(the_north), each, is_leader=True)
    assert "交给队员办" not in text_of(phone(volunteer).get(f"{CASES}{taken.pk}/"))


def test_what_was_typed_stays_when_somebody_was_faster(phone, taken, volunteer, north):
    client = phone(volunteer)
    form = client.get(f"{CASES}{taken.pk}/note/").context["form"]
    old = {"version": form["version"].value(), "idempotency_key": "x"}
    workflow.note(ServiceRequest.objects.get(pk=taken.pk), by=Staff(north), text="请尽快")
    answer = client.post(f"{CASES}{taken.pk}/note/", {**old, "text": "我写了很久的话"})
    assert answer.status_code == 409
    assert "我写了很久的话" in text_of(answer)
    assert "data-error-summary" in text_of(answer)
    form = answer.context["form"]
    again = {"version": form["version"].value(), "idempotency_key": "y", "text": "我写了很久的话"}
    assert client.post(f"{CASES}{taken.pk}/note/", again).status_code == 302


def test_a_step_sent_twice_is_taken_once(phone, taken, volunteer):
    client = phone(volunteer)
    sent = {"version": taken.version, "idempotency_key": "once", "text": "到现场了"}
    for _each in range(2):
        assert client.post(f"{CASES}{taken.pk}/note/", sent).status_code == 302
    assert taken.events.filter(verb="note").count() == 1


def test_a_leader_takes_what_the_team_is_offered(phone, case, north, chief, the_north, stranger):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=team_of(the_north))
    assert own.waiting_count(User.objects.get(pk=chief.pk)) == 1
    assert "北社区先锋队" in text_of(phone(chief).get(CASES))
    assert step(phone(chief), case, "take").status_code == 302
    assert phone(stranger).get(f"{CASES}{case.pk}/").status_code == 404


def test_who_is_told_of_an_offer_is_led_to_the_own_page(offered, volunteer, case, north, the_north, helper, chief):
    link = Notification.objects.get(person=volunteer.person, kind="case_offered").link
    assert link == f"{CASES}{offered.pk}/"
    workflow.recall(case, by=Staff(north), text="另派")
    workflow.dispatch(case, by=Staff(north), to=team_of(the_north))
    assert Notification.objects.get(person=chief.person).link == f"{CASES}{case.pk}/"
    workflow.recall(case, by=Staff(north), text="另派")
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    assert Notification.objects.get(person=helper.person).link == f"/desk/requests/{case.pk}/"


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("south", 403), ("helper", 403), ("north", 403)])
def test_somebody_elses_case_is_not_there(phone, request, who, status, offered):
    client = phone(request.getfixturevalue(who))
    requester = offered.requesters.get()
    addresses = (f"{offered.pk}/", f"{offered.pk}/take/", f"{offered.pk}/call/{requester.pk}/")
    for address in addresses:
        assert client.post(CASES + address, {"version": offered.version}).status_code in (status, 405), address
        assert client.get(CASES + address).status_code in (status, 302), address
    offered.refresh_from_db()
    assert offered.state == State.DISPATCHED
    assert not DisclosureRecord.objects.exists()


@pytest.mark.parametrize("verb", ["dispatch", "accept", "reject", "nonsense", "amend"])
def test_steps_of_others_have_no_page_here(phone, offered, volunteer, verb):
    assert phone(volunteer).get(f"{CASES}{offered.pk}/{verb}/").status_code == 404


def test_a_step_that_is_not_possible_now_offers_no_button(phone, offered, volunteer):
    client = phone(volunteer)
    page = text_of(client.get(f"{CASES}{offered.pk}/resolve/"))
    assert "现在不能这样做" in page
    answer = client.post(f"{CASES}{offered.pk}/resolve/", {"version": offered.version, "text": "好了"})
    assert answer.status_code in (403, 409)
    assert "好了" in text_of(answer)


def test_a_number_of_another_case_is_not_there(phone, taken, volunteer, the_north):
    other = workflow.submit(
        description="另一件事，和这件没有关系。",
        contact=Contact(phone="13900005678", name="李四"),
        region=the_north.community,
    )
    requester = other.case.requesters.get()
    assert phone(volunteer).post(f"{CASES}{taken.pk}/call/{requester.pk}/").status_code == 404


def test_the_count_of_queries_does_not_grow(phone, offered, volunteer, north, the_north):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert phone(volunteer).get(CASES).status_code == 200
        return len(queries)

    count()
    few = count()
    for number in range(5):
        made = workflow.submit(
            description=f"第{number}件：楼道里的灯坏了，请修一修。",
            contact=Contact(phone=f"1390000567{number}", name="李四"), region=the_north.community,
        ).case  # fmt: skip
        workflow.accept(made, by=Staff(north))
        workflow.dispatch(made, by=Staff(north), to=volunteer.person)
    assert count() == few


class TestTemplates:
    @pytest.fixture
    def template(self, the_north):
        return ReplyTemplate.objects.create(
            title="办结", region=the_north.street, verbs=["resolve"], text="{number}已办结。"
        )

    def test_one_is_put_into_the_text_and_counted_once_the_step_is_taken(self, phone, taken, volunteer, template):
        page, address = phone(volunteer), f"{CASES}{taken.pk}/resolve/"
        assert "办结" in page.get(address).content.decode()
        body = {"version": taken.version, "template": template.pk, "text": "灯亮了。"}
        filled = page.post(address, {**body, "fill": "1"}).content.decode()
        assert f"灯亮了。\n{taken.number}已办结。" in filled
        assert ServiceRequest.objects.get(pk=taken.pk).state == State.IN_PROGRESS
        assert page.post(address, {**body, "text": f"{taken.number}已办结。"}).status_code == 302
        template.refresh_from_db()
        assert template.use_count == 1

    def test_none_of_elsewhere_or_of_another_step_is_offered(self, phone, taken, volunteer, template, the_south):
        ReplyTemplate.objects.create(title="别处的", region=the_south.street, verbs=["resolve"], text="别处。")
        ReplyTemplate.objects.create(title="追问", region=None, verbs=["ask"], text="几楼？")
        page = phone(volunteer)
        shown = page.get(f"{CASES}{taken.pk}/resolve/").content.decode()
        assert "别处的" not in shown and "追问" not in shown
        body = {"version": taken.version, "template": "x9", "text": "灯亮了。", "fill": "1"}
        assert "灯亮了。" in page.post(f"{CASES}{taken.pk}/resolve/", body).content.decode()
        assert "reply-templates" not in page.get(f"{CASES}{taken.pk}/note/").content.decode()
