import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def typed(the_north):
    """What a resident types into the form."""
    return {
        "description": "小区门口的路灯坏了三天，晚上老人出门看不清路。",
        "district": the_north.district.pk,
        "street": the_north.street.pk,
        "community": the_north.community.pk,
        "address_text": "3 栋门口",
        "phone": "13800001234",
        "consent": "on",
    }


@pytest.fixture
def follow(client, submitted):
    """A browser in which the code of `submitted` was typed."""
    client.post("/track/", {"code": submitted.tracking_code})
    return client


def photo(name: str = "photo.jpg", size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", size, "#b5121b").save(content, kind)
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/jpeg")
