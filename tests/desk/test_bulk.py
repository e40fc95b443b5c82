"""The same step on many cases: a preview, a result, and nothing that happens unseen."""

from django.urls import reverse

from requests import workflow
from requests.models import Category, ServiceRequest
from requests.types import State
from requests.workflow import Staff


def send(client, verb, cases, **fields):
    return client.post(reverse("desk:bulk"), {"verb": verb, "case": cases, **fields})


def test_it_works(client, many, case, north):
    workflow.accept(case, by=Staff(north))
    new = many(3)
    client.force_login(north)
    answer = send(client, "accept", [each.pk for each in [*new, case]])
    assert [each.case.pk for each in answer.context["selection"].can] == [each.pk for each in new]
    assert "不能办理" in answer.content.decode()
    answer = send(client, "accept", [f"{each.pk}:1" for each in new] + [f"{case.pk}:2"], confirm="1")
    result = answer.context["result"]
    assert len(result.can) == 3
    assert [each.case for each in answer.context["refused"]] == [case]
    assert ServiceRequest.objects.filter(state=State.ACCEPTED).count() == 4


def test_each_case_keeps_its_category_unless_one_is_chosen_for_all(client, many, north):
    first, second = many(2)
    categories = [Category.objects.create(name=name) for name in ("物业服务", "环境卫生")]
    for case, its in zip((first, second), categories, strict=True):
        ServiceRequest.objects.filter(pk=case.pk).update(category=its)
    client.force_login(north)
    form = send(client, "accept", [first.pk, second.pk]).context["form"]
    assert form["category"].value() is None
    assert "各件不变" in str(form["category"])
    send(client, "accept", [f"{first.pk}:1", f"{second.pk}:1"], confirm="1", category="")
    assert [ServiceRequest.objects.get(pk=each.pk).category for each in (first, second)] == categories


def test_a_case_that_moved_on_since_the_preview_is_left_alone(client, many, north):
    first, second = many(2)
    client.force_login(north)
    workflow.note(first, by=Staff(north), text="刚打过电话")
    answer = send(client, "accept", [f"{first.pk}:1", f"{second.pk}:1"], confirm="1")
    assert [each.case for each in answer.context["refused"]] == [first]
    first.refresh_from_db()
    assert first.state == State.SUBMITTED


def test_dispatching_many_at_once(client, many, north, helper, the_north):
    cases = many(2)
    for each in cases:
        workflow.accept(each, by=Staff(north))
    client.force_login(north)
    answer = send(client, "dispatch", [each.pk for each in cases])
    assert the_north.unit.name in answer.content.decode()
    chosen = [f"{each.pk}:2" for each in cases]
    assert send(client, "dispatch", chosen, confirm="1").status_code == 422
    assert len(send(client, "dispatch", chosen, confirm="1", to=f"unit:{the_north.unit.pk}").context["result"].can) == 2
    client.force_login(helper)
    assert len(send(client, "take", [f"{each.pk}:3" for each in cases], confirm="1").context["result"].can) == 2


def test_cases_of_others_are_not_even_counted(client, many, south):
    client.force_login(south)
    answer = send(client, "accept", [each.pk for each in many(2)])
    assert not answer.context["selection"].can and not answer.context["selection"].cannot
    assert answer.context["unseen"] == 2


def test_nothing_selected_too_many_and_unknown_steps(client, north, many):
    client.force_login(north)
    assert send(client, "accept", []).status_code == 400
    assert send(client, "accept", list(range(1, 300))).status_code == 400
    assert send(client, "reject", [1]).status_code == 404


def test_the_preview_costs_the_same_for_many(client, many, north, django_assert_max_num_queries):
    client.force_login(north)
    cases = many(3)
    send(client, "accept", [each.pk for each in cases])
    with django_assert_max_num_queries(15) as few:
        send(client, "accept", [each.pk for each in cases])
    cases += many(40)
    with django_assert_max_num_queries(15) as more:
        send(client, "accept", [each.pk for each in cases])
    assert len(few) == len(more)
