"""The code page: what the holder of a code reads and may do."""

import re

import pytest

from portal.core.models import Person
from requests import workflow
from requests.models import Rating, ServiceRequest
from requests.types import State
from requests.workflow import Resident, Staff
from tests.public.conftest import photo
from tests.public.test_asking import text_of, tokens_in


@pytest.fixture
def asked(case, north):
    """A case that waits for the resident's answer."""
    workflow.ask(case, by=Staff(north), text="是哪一盏灯？")
    return case


@pytest.fixture
def resolved(case, north, helper, the_north):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    workflow.resolve(case, by=Staff(helper), text="路灯已经修好。")
    return case


@pytest.fixture
def closed(resolved, submitted):
    workflow.rate(resolved, by=Resident(submitted.requester), code="satisfied", solved=True)
    return resolved


@pytest.fixture
def rejected(case, north):
    workflow.reject(case, by=Staff(north), ground="out_of_scope", text="请向供电局反映。")
    return case


def act(browser, case, step: str, **typed):
    return browser.post(f"/case/{case.number}/{step}/", {"version": case.version, **typed})


def test_it_works(follow, asked):
    page = text_of(follow.get(f"/case/{asked.number}/"))
    assert "是哪一盏灯？" in page
    assert act(follow, asked, "reply", text="门口左边那盏。", photos=[photo()]).status_code == 302
    case = ServiceRequest.objects.get()
    assert case.state == State.SUBMITTED
    page = text_of(follow.get(f"/case/{case.number}/"))
    assert "门口左边那盏。" in page
    assert f"/case/{case.number}/files/" in page


def test_an_answer_without_words_is_asked_for_again_and_its_photo_is_kept(follow, asked):
    answer = act(follow, asked, "reply", text="", photos=[photo()])
    assert answer.status_code == 422
    assert 'href="#id_text"' in text_of(answer)
    act(follow, asked, "reply", text="这盏。", kept_photo=tokens_in(answer))
    assert asked.attachments.count() == 1


def test_withdrawing_asks_with_the_name_of_the_request(follow, case):
    page = text_of(follow.get(f"/case/{case.number}/withdraw/"))
    assert case.title in page
    act(follow, case, "withdraw")
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN
    assert follow.get(f"/case/{case.number}/withdraw/").status_code == 302


def test_a_rating_needs_a_level_and_an_answer(follow, resolved):
    page = text_of(act(follow, resolved, "rate", comment="谢谢"))
    assert 'href="#id_solved"' in page or 'href="#id_solved_0"' in page
    assert "请选择评价等级" in page or "error-summary" in page
    assert "谢谢" in page
    resolved.refresh_from_db()
    assert resolved.state == State.RESOLVED


def test_who_says_not_solved_is_told_of_the_call(follow, resolved):
    act(follow, resolved, "rate", code="dissatisfied", solved="no", comment="又不亮了")
    page = text_of(follow.get(f"/case/{resolved.number}/"))
    assert "回访" in page
    assert 'name="solved"' not in page


def test_a_closed_case_can_be_asked_to_be_done_again(follow, closed):
    assert act(follow, closed, "redo", text="昨晚又灭了。").status_code == 302
    closed.refresh_from_db()
    assert (closed.state, closed.redo_count) == (State.DISPATCHED, 1)


def test_a_rejection_can_be_appealed_once(follow, rejected):
    assert "请向供电局反映。" in text_of(follow.get(f"/case/{rejected.number}/"))
    assert act(follow, rejected, "appeal", text="是小区自己的灯。").status_code == 302
    rejected.refresh_from_db()
    page = text_of(follow.get(f"/case/{rejected.number}/"))
    assert "申诉" in page
    assert 'name="text"' not in page


def test_very_satisfied_with_what_is_not_solved_is_asked_back_once(follow, resolved):
    odd = {"code": "very_satisfied", "solved": "no", "comment": "谢谢"}
    asked = act(follow, resolved, "rate", **odd)
    page = text_of(asked)
    assert asked.status_code == 422
    assert "请核对" in page
    assert "谢谢" in page
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', page)[1]
    # Mended, or meant: sent again it is taken.
    assert act(follow, resolved, "rate", **odd, confirmed=confirmed).status_code == 302
    assert Rating.objects.get().code == "very_satisfied"


@pytest.mark.parametrize("step", ["rate", "redo", "appeal", "reply"])
def test_a_step_that_is_not_possible_now_says_so_and_gives_the_words_back(follow, case, step):
    typed = {"text": "我想说的话", "comment": "我想说的话", "code": "satisfied", "solved": "yes"}
    answer = act(follow, case, step, **typed)
    assert answer.status_code == 409
    assert "我想说的话" in text_of(answer)


@pytest.mark.parametrize("step", ["accept", "resolve", "nothing", "close"])
def test_steps_of_staff_are_not_here(follow, case, step):
    assert act(follow, case, step, text="x").status_code == 404


def test_the_second_rating_from_a_page_left_open_is_told_what_happened(follow, resolved):
    seen = resolved.version
    act(follow, resolved, "rate", code="dissatisfied", solved="no")
    answer = follow.post(
        f"/case/{resolved.number}/rate/", {"version": seen, "code": "satisfied", "solved": "yes", "comment": "好了"}
    )
    assert answer.status_code == 409
    assert "好了" in text_of(answer)


def test_a_stale_answer_stays_in_its_form(follow, asked, north):
    seen = asked.version
    workflow.note(asked, by=Staff(north), text="居民来过电话", is_public=True)
    answer = follow.post(f"/case/{asked.number}/reply/", {"version": seen, "text": "门口左边那盏。"})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "居民来过电话" in page
    assert ">\n门口左边那盏。</textarea>" in page
    asked.refresh_from_db()
    assert act(follow, asked, "reply", text="门口左边那盏。").status_code == 302


def test_photos_are_for_the_holder_of_the_code_alone(follow, asked):
    act(follow, asked, "reply", text="这盏。", photos=[photo()])
    attachment = asked.attachments.get()
    address = f"/case/{asked.number}/files/{attachment.pk}/"
    answer = follow.get(address)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    attachment.is_public = False
    attachment.save()
    assert follow.get(address).status_code == 404
    follow.post("/track/leave/")
    assert follow.get(address).status_code == 404


def test_names_of_staff_and_what_they_write_to_each_other_stay_inside(follow, case, north, keeper):
    workflow.accept(case, by=Staff(north), text="请尽快")
    workflow.dispatch(case, by=Staff(north), to=Person.objects.get(user=keeper), text="老王去一趟")
    workflow.note(case, by=Staff(north), text="此人多次来电")
    page = text_of(follow.get(f"/case/{case.number}/"))
    for hidden in ("North", "Keeper", "请尽快", "老王去一趟", "此人多次来电"):
        assert hidden not in page


def test_no_page_shows_the_phone_or_the_name(follow, case):
    page = text_of(follow.get(f"/case/{case.number}/"))
    assert "138****1234" in page
    assert "13800001234" not in page
    assert "张小北" not in page


def test_the_code_stands_in_no_address(follow, submitted):
    opened = follow.post("/track/", {"code": submitted.tracking_code})
    assert submitted.tracking_code not in opened.url
    receipt = text_of(follow.get(f"/case/{submitted.case.number}/receipt/"))
    assert f"/{submitted.tracking_code}" not in receipt


def test_pages_of_a_case_are_kept_by_no_cache(follow, case):
    for address in (f"/case/{case.number}/", f"/case/{case.number}/receipt/", "/track/"):
        assert "no-store" in follow.get(address)["Cache-Control"]


def test_the_pages_cost_few_queries_however_long_the_timeline(follow, case, north, django_assert_max_num_queries):
    for number in range(12):
        workflow.note(case, by=Staff(north), text=f"进展 {number}", is_public=True)
    with django_assert_max_num_queries(10):
        follow.get(f"/case/{case.number}/")


def test_who_comes_back_after_the_session_ended_is_asked_for_the_code(client, case):
    answer = client.get(f"/case/{case.number}/")
    page = text_of(answer)
    assert answer.status_code == 404
    assert "请输入查询码" in page
    assert 'action="/track/"' in page
    assert "no-store" in answer["Cache-Control"]
    assert case.title not in page
    # A number that was never given gets the very same page.
    assert without_form_tokens(text_of(client.get("/case/XZ000999999/"))) == without_form_tokens(
        page.replace(case.number, "XZ000999999")
    )


@pytest.mark.parametrize("step", ["receipt", "withdraw"])
def test_every_page_of_a_case_asks_for_the_code(client, case, step):
    answer = client.get(f"/case/{case.number}/{step}/")
    assert (answer.status_code, 'action="/track/"' in text_of(answer)) == (404, True)


def test_an_answer_sent_after_the_session_ended_gives_the_words_back(follow, case, asked):
    follow.post("/track/leave/")
    answer = follow.post(f"/case/{case.number}/reply/", {"version": asked.version, "text": "三号楼 <b>门口</b>"})
    assert answer.status_code == 404
    assert "三号楼 &lt;b&gt;门口&lt;/b&gt;" in text_of(answer)
    case.refresh_from_db()
    assert case.state == State.WAITING


def without_form_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
