"""What somebody with an account may try, and what a client may repeat."""

import io

import pytest
from django.urls import reverse
from PIL import Image

from portal.core import files
from portal.core.models import Role, StoredFile
from portal.desk.models import SavedView
from requests import privacy, workflow
from requests.workflow import Resident, Staff
from requests.workflow.step import attach
from tests.conftest import make_user

CASES = "/api/v1/service-requests/"
CALLERS = f"{CASES}callers/"


def a_photo() -> io.BytesIO:
    photo = io.BytesIO()
    Image.new("RGB", (20, 20), "navy").save(photo, "JPEG")
    photo.seek(0)
    photo.name = "photo.jpg"
    return photo


def test_who_sees_masked_phones_cannot_try_numbers_until_one_fits(api, auditor, case):
    numbers = [f"1380000{number:04}" for number in range(1220, 1241)]
    answers = [api(auditor).post(CALLERS, {"phone": number}).status_code for number in numbers]
    assert answers == [200] * 20 + [429]


def test_the_box_of_the_desk_counts_with_the_api(api, client, auditor, case):
    client.force_login(auditor)
    for _time in range(20):
        assert client.post(reverse("desk:search"), {"q": "13800001234"}).status_code == 302
    assert client.post(reverse("desk:search"), {"q": "13800001234"}).status_code == 429
    assert client.post(reverse("desk:requests"), {"phone": "13800001234"}).status_code == 429
    assert api(auditor).post(CALLERS, {"phone": "13800001234"}).status_code == 429


def test_who_may_reveal_looks_callers_up_all_day(api, north, case):
    assert {api(north).post(CALLERS, {"phone": "13800001234"}).status_code for _time in range(30)} == {200}


def test_a_saved_view_keeps_no_phone(client, north):
    client.force_login(north)
    answer = client.post(reverse("desk:views"), {"name": "来电", "query": "state=submitted&phone=13800001234"})
    assert answer.status_code == 400
    assert not SavedView.objects.exists()


def test_a_step_with_a_file_sent_twice_happens_once(api, north, helper, case, the_north):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    caller = api(helper)
    upload = caller.post("/api/v1/files/", {"file": a_photo()}, format="multipart").json()
    step = {"version": case.version, "text": "修好了", "files": [upload["id"]]}
    answers = [
        caller.post(f"{CASES}{case.pk}/resolve/", step, headers={"Idempotency-Key": "once"}) for _time in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert case.attachments.count() == 1


@pytest.mark.django_db
def test_a_photo_that_went_with_two_requests_outlives_the_erasure_of_one(case, submitted, the_north):
    other = workflow.submit(
        description="同一张照片", region=the_north.community, contact=workflow.intake.Contact(phone="13800001234")
    )
    district = make_user("district", Role.DISTRICT, region=the_north.district)
    photo = files.store_image(a_photo())
    for each in (case, other.case):
        attach(each, [photo], event=None, is_public=True)
    workflow.withdraw(case, by=Resident(submitted.requester))
    privacy.erase(case, by=district, reason="居民要求")
    assert not case.attachments.exists()
    assert other.case.attachments.get().file == photo
    assert StoredFile.objects.filter(pk=photo.pk).exists()
