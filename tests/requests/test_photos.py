"""Photos of forms that nobody sent do not stay."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from portal.core import files
from portal.core.models import StoredFile
from requests import photos
from requests.tasks import discard_unused_photos
from requests.workflow.step import attach


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def a_photo() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (32, 32)).save(content, "PNG")
    content.seek(0)
    return content


def test_it_works(case):
    stored, refused = photos.take_in([a_photo(), a_photo(), io.BytesIO(b"no photo"), a_photo()], room=4)
    assert (len(stored), [error.code for error in refused]) == (3, ["image_type"])
    attach(case, stored[:1], event=None, is_public=True)
    attach(case, stored[1:2], event=None, is_public=False)
    assert photos.attachments_of(case, public=True).count() == 1
    assert photos.attachments_of(case, public=False).count() == 2


def test_there_is_room_for_so_many_and_the_rest_is_told(db):
    stored, refused = photos.take_in([a_photo(), a_photo(), a_photo()], room=1)
    assert (len(stored), [error.code for error in refused]) == (1, ["too_many_photos"])


def test_what_was_never_sent_is_deleted_after_a_day(case):
    sent, forgotten, fresh = (files.store_image(a_photo()) for _ in range(3))
    attach(case, [sent], event=None, is_public=True)
    StoredFile.objects.filter(pk__in=[sent.pk, forgotten.pk]).update(created_at=timezone.now() - timedelta(days=2))
    assert discard_unused_photos.func() == 1
    assert set(StoredFile.objects.all()) == {sent, fresh}
