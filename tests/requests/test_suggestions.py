"""A category suggested from the nearest classified cases, and what many ask for at once."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests import workflow
from requests.hot_topics import hot_topics
from requests.models import Category, ServiceRequest
from requests.suggestions import suggest
from requests.workflow import Staff
from tests.requests.test_duplicates import LIGHT, submit

TOPICS = "/api/v1/service-requests/hot-topics/"


@pytest.fixture
def lighting(db):
    return Category.objects.create(name="路灯照明", parent=Category.objects.create(name="市政"))


@pytest.fixture
def noise(db):
    return Category.objects.create(name="噪音")


@pytest.fixture
def classified(the_north, lighting, noise):
    for words in ("门口路灯不亮", "路灯坏了不亮", "整条街路灯不亮了"):
        submit(the_north, words, category=lighting)
    submit(the_north, "楼上装修噪音太大", category=noise)


def test_it_works(classified, the_north, north, lighting):
    found = suggest(ServiceRequest.objects.for_user(north), LIGHT)
    assert (found.category_id, found.path, len(found.like)) == (lighting.pk, "市政 / 路灯照明", 3)
    assert found.share > 0.9


def test_words_that_nobody_used_before_suggest_nothing(classified, north):
    assert suggest(ServiceRequest.objects.for_user(north), "宠物犬咬伤行人") is None
    assert suggest(ServiceRequest.objects.for_user(north), "？！") is None


def test_only_cases_of_ones_own_speak_for_it(classified, south):
    assert suggest(ServiceRequest.objects.for_user(south), LIGHT) is None


def test_a_category_out_of_use_is_not_suggested(classified, north, lighting):
    Category.objects.filter(pk=lighting.pk).update(is_active=False)
    assert suggest(ServiceRequest.objects.for_user(north), LIGHT) is None


def test_the_case_page_shows_it_and_sets_nothing_by_itself(client, classified, the_north, north, lighting):
    case = submit(the_north, LIGHT)
    client.force_login(north)
    page = client.get(f"/desk/requests/{case.pk}/").content.decode()
    assert "市政 / 路灯照明" in page
    assert f'href="/desk/requests/{case.pk}/?category={lighting.pk}#accept_category"' in page
    assert ServiceRequest.objects.get(pk=case.pk).category is None
    taken = client.get(f"/desk/requests/{case.pk}/?category={lighting.pk}").content.decode()
    assert f'<option value="{lighting.pk}" selected>' in taken
    assert client.get(f"/desk/requests/{case.pk}/?category=x&into=%00").status_code == 200
    workflow.accept(case, by=Staff(north))
    assert "#amend_category" in client.get(f"/desk/requests/{case.pk}/").content.decode()


def test_it_is_shown_while_somebody_types_until_a_category_is_chosen(client, classified, the_north, north, lighting):
    client.force_login(north)
    typed = {"description": LIGHT, "region": the_north.community.pk}
    page = client.post("/desk/requests/new/hints/", typed).content.decode()
    assert f'data-fill="#id_category" data-value="{lighting.pk}"' in page
    page = client.post("/desk/requests/new/hints/", typed | {"category": lighting.pk}).content.decode()
    assert "data-fill" not in page


def test_the_api_suggests_to_those_who_see_the_case(client, classified, the_north, north, south, lighting):
    case = submit(the_north, LIGHT)
    address = f"/api/v1/service-requests/{case.pk}/category-suggestion/"
    client.force_login(north)
    told = client.get(address).json()
    assert told["category"] == {"id": lighting.pk, "name": "路灯照明", "path": "市政 / 路灯照明"}
    assert len(told["like"]) == 3
    other = submit(the_north, "宠物犬咬伤行人")
    assert client.get(f"/api/v1/service-requests/{other.pk}/category-suggestion/").status_code == 404
    client.force_login(south)
    assert client.get(address).status_code == 404


def test_its_accuracy_is_printed_beside_the_majority_class(capsys):
    call_command("category_accuracy")
    words = capsys.readouterr().out.replace(",", "").split()
    accuracy, macro_f1, majority = (float(words[words.index(name) + 1]) for name in ("accuracy", "macro-F1", "class"))
    assert accuracy > 2.5 * majority
    assert macro_f1 > 0.5


def test_what_three_ask_for_in_one_place_is_a_topic(the_north, the_south, north, leader, south):
    for words in ("幸福花园电梯停运两天", "电梯停运老人下不了楼", "三栋电梯停运没人修"):
        submit(the_north, words)
    submit(the_north, "楼上装修噪音太大")
    submit(the_south, "电梯停运")
    for user in (north, leader):
        (topic,) = hot_topics(ServiceRequest.objects.for_user(user))
        assert (topic.words, topic.count, topic.open_count) == ("电梯停运", 3, 3)
        assert "北社区" in topic.place
    assert hot_topics(ServiceRequest.objects.for_user(south)) == []


def test_people_make_no_topic_and_neither_do_other_matters_in_the_same_words(the_north, north, lighting, noise):
    for words in ("老人反映路灯不亮", "老人投诉坡道太陡", "有老人反映扶手松了"):
        submit(the_north, words)
    assert hot_topics(ServiceRequest.objects.for_user(north)) == []
    submit(the_north, "电梯停运两天", category=lighting)
    submit(the_north, "电梯停运不能下楼", category=lighting)
    submit(the_north, "电梯停运噪音", category=noise)
    assert hot_topics(ServiceRequest.objects.for_user(north)) == []


def test_a_topic_is_named_without_the_rest_of_a_road(the_north, north):
    for road in ("一", "二", "三"):
        submit(the_north, f"反映宝民{road}路公厕脏乱差", address_text="宝民路口")
    assert hot_topics(ServiceRequest.objects.for_user(north))[0].words == "公厕脏乱差"


def test_merged_cases_count_and_withdrawn_ones_do_not(the_north, north):
    cases = [submit(the_north, f"电梯停运{words}") for words in ("两天", "不能下楼", "没人修")]
    workflow.merge(cases[0], by=Staff(north), into=cases[1])
    assert hot_topics(ServiceRequest.objects.for_user(north))[0].count == 3
    ServiceRequest.objects.filter(pk=cases[2].pk).update(state="withdrawn", left_from="submitted")
    assert hot_topics(ServiceRequest.objects.for_user(north)) == []


def test_topics_are_listed_for_those_who_read_reports(client, the_north, north, south, helper):
    for words in ("两天", "不能下楼", "没人修"):
        submit(the_north, f"电梯停运{words}")
    client.force_login(north)
    assert "电梯停运" in client.get("/desk/hot-topics/").content.decode()
    (topic,) = client.get(TOPICS, {"days": 3, "region": the_north.community.code}).json()["results"]
    assert (topic["words"], topic["count"], len(topic["cases"])) == ("电梯停运", 3, 3)
    client.force_login(south)
    assert "电梯停运" not in client.get("/desk/hot-topics/").content.decode()
    assert client.get(TOPICS).json()["results"] == []
    client.force_login(helper)
    assert client.get("/desk/hot-topics/").status_code == 403
    assert client.get(TOPICS).status_code == 403


def test_a_bad_question_for_topics_is_named(client, north):
    client.force_login(north)
    for query in ({"days": "5"}, {"region": "nowhere"}, {"dayz": "3"}):
        assert set(client.get(TOPICS, query).json()["error"]["fields"]) == set(query)
    assert client.get("/desk/hot-topics/", {"days": "x"}).status_code == 400


def test_topics_take_one_query_however_many_cases(the_north, north):
    north.scope  # noqa: B018
    for count in (3, 30):
        for _number in range(count):
            submit(the_north, "电梯停运没人修")
        with CaptureQueriesContext(connection) as queries:
            assert hot_topics(ServiceRequest.objects.for_user(north))
        assert len(queries) == 1
