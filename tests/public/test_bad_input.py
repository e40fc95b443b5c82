"""Bad input gets a clear sentence in Chinese and loses nothing; nothing here answers 500."""

import datetime as dt
import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from portal.core import codes
from requests.models import Requester, ServiceRequest
from requests.workflow import Staff, accept
from tests.public.conftest import photo
from tests.public.test_asking import text_of, tokens_in


def huge_png(side: int = 10_000) -> bytes:
    """The header of a picture of 100 megapixels, with hardly any content."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def jpeg() -> bytes:
    return photo().read()


def test_it_works(client, typed):
    assert client.post("/ask/", typed).status_code == 302


def test_a_text_of_ten_thousand_characters_is_refused_and_kept(client, typed):
    long_text = "路灯坏了。" * 2000
    answer = client.post("/ask/", typed | {"description": long_text})
    assert answer.status_code == 422
    assert "2000" in text_of(answer)
    assert long_text in text_of(answer)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("路灯坏了 😀👨‍👩‍👧", "路灯坏了 😀👨‍👩‍👧"),
        ("路\u200b灯\u200d坏\ufeff了", "路灯坏了"),
        ("\u202e路灯坏了\u202c", "路灯坏了"),
        ("路灯\x07坏了", "路灯坏了"),
        ("路灯坏了\r\n三天", "路灯坏了\n三天"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_what_cannot_be_seen_is_taken_out_and_the_rest_is_kept(client, typed, written, kept):
    assert client.post("/ask/", typed | {"description": written}).status_code == 302
    case = ServiceRequest.objects.get()
    assert case.description == kept
    page = client.get(f"/case/{case.number}/")
    assert page.status_code == 200
    assert "<script>alert" not in text_of(page)


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b\u200b", "\x00\x01", "\u202e"])
def test_a_text_of_nothing_is_missing(client, typed, nothing):
    answer = client.post("/ask/", typed | {"description": nothing})
    assert answer.status_code == 422
    assert 'href="#id_description"' in text_of(answer)


@pytest.mark.parametrize("field", ["address_text", "name", "beneficiary", "kind", "relation", "via", "consent_version"])
@pytest.mark.parametrize("value", ["\x00", "字" * 10_000, "😀‮"])
def test_no_field_can_bring_the_page_down(client, typed, field, value):
    answer = client.post("/ask/", typed | {field: value})
    assert answer.status_code in (302, 422)
    if answer.status_code == 422:
        assert typed["description"] in text_of(answer)


@pytest.mark.parametrize(
    "point",
    [("113.88", "22.55"), ("nan", "nan"), ("1e400", "0"), ("91", "0"), ("x", ""), ("22.55", "")],
)
def test_a_point_that_cannot_be_is_as_if_there_were_none(client, typed, point):
    answer = client.post("/ask/", typed | {"latitude": point[0], "longitude": point[1]})
    assert answer.status_code in (302, 422)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "不是照片"),
        (b"%PDF-1.7 %%EOF", "不是照片"),
        (b"GIF89a" + bytes(64), "不是照片"),
        (jpeg() + b"<?php system($_GET[0]); ?>", "不是照片"),
        (jpeg() + b"PK\x03\x04" + bytes(64), "不是照片"),
        (huge_png(), "像素"),
        (jpeg()[:200], "损坏"),
        (bytes(11 * 1024 * 1024), "MB"),
    ],
    ids=["html", "pdf", "gif", "polyglot-php", "polyglot-zip", "100-megapixels", "cut", "11-MB"],
)
def test_a_file_that_is_no_photo_is_refused_and_the_others_are_kept(client, typed, content, words):
    answer = client.post("/ask/", typed | {"photos": [upload(content), photo()]})
    assert answer.status_code == 422
    page = text_of(answer)
    assert words in page
    assert 'href="#id_photos"' in page
    assert typed["description"] in page
    assert len(tokens_in(answer)) == 1
    assert not ServiceRequest.objects.exists()


def test_an_empty_file_is_no_photo(client, typed):
    answer = client.post("/ask/", typed | {"photos": [SimpleUploadedFile("empty.jpg", b"")]})
    assert answer.status_code in (302, 422)


def test_a_forged_photo_token_is_left_out(client, typed):
    assert client.post("/ask/", typed | {"kept_photo": ["1:forged:token", "x"]}).status_code == 302
    assert not ServiceRequest.objects.get().attachments.exists()


def test_an_abolished_community_is_named(client, typed, the_north):
    the_north.community.valid_to = timezone.localdate() - dt.timedelta(days=1)
    the_north.community.save()
    answer = client.post("/ask/", typed)
    assert answer.status_code == 422
    assert "该区域已撤销" in text_of(answer)
    assert 'href="#id_community"' in text_of(answer)


@pytest.mark.parametrize("value", ["0", "999999999", "x", "99999999999999999999999", "\x00", "-5", "٣"])
@pytest.mark.parametrize("field", ["district", "street", "community"])
def test_an_unknown_region_is_refused_in_words(client, typed, field, value):
    answer = client.post("/ask/", typed | {field: value})
    assert answer.status_code == 422
    assert "该区域已撤销" in text_of(answer)


def test_a_community_of_another_street_is_refused(client, typed, the_south):
    answer = client.post("/ask/", typed | {"community": the_south.community.pk})
    assert answer.status_code == 422
    assert 'href="#id_community"' in text_of(answer)


@pytest.mark.parametrize("code", ["", "x", "AAAA-AAAA-AAA", "\x00", "0" * 10_000, "码" * 11, "' OR 1=1 --"])
def test_a_guessed_code_gets_one_answer(client, submitted, code):
    answer = client.post("/track/", {"code": code})
    assert answer.status_code in (404, 422)
    assert "error-summary" in text_of(answer)


def test_a_code_with_a_right_check_character_and_no_request_gets_the_same_answer(client, submitted):
    wrong = client.post("/track/", {"code": codes.new_code()})
    malformed = client.post("/track/", {"code": "AAAA-AAAA-AAB"})
    assert (wrong.status_code, malformed.status_code) == (404, 404)
    assert "没有找到这个查询码" in text_of(wrong)
    assert "没有找到这个查询码" in text_of(malformed)


def test_guessing_codes_is_throttled(client, submitted):
    for _ in range(60):
        client.post("/track/", {"code": "AAAA-AAAA-AAB"})
    assert client.post("/track/", {"code": submitted.tracking_code}).status_code == 429


@pytest.mark.parametrize("number", ["XZ1", "XZ999999999", "XZ0", "x", "XZ" + "9" * 40, "1", "%00"])
def test_a_case_whose_code_was_not_typed_here_is_not_there(client, submitted, number):
    assert client.get(f"/case/{number}/").status_code == 404
    assert client.get(f"/case/{submitted.case.number}/").status_code == 404
    assert client.post(f"/case/{submitted.case.number}/withdraw/", {"version": 1}).status_code == 404


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "99999999999999999999", "\x00"])
def test_a_step_without_a_sound_version_is_refused(follow, case, version):
    answer = follow.post(f"/case/{case.number}/withdraw/", {"version": version})
    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.state == "submitted"


def test_a_stale_form_says_what_happened_and_keeps_what_was_typed(follow, case, north):
    seen = case.version
    accept(case, by=Staff(north))
    answer = follow.post(f"/case/{case.number}/withdraw/", {"version": seen, "text": "自己修好了"})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "工作人员已受理" in page
    assert "自己修好了" in page
    case.refresh_from_db()
    assert case.state == "accepted"


@pytest.mark.parametrize("query", ["lat=1e400&lng=x", "q=%00", "district=x&page=x", "type=x&function=x", "amenity=1e9"])
def test_no_search_for_stations_can_bring_the_page_down(client, the_north, query):
    assert client.get(f"/stations/?{query}").status_code == 200
    assert client.get(f"/stations/points.json?{query}").status_code == 200


def test_the_address_of_another_site_is_not_followed(client, db):
    assert client.post("/elder/", {"elder": "1", "next": "https://example.org/"}).url == "/"


@pytest.mark.parametrize("target", ["25:61", "x", "-1", "a\0b", "//example.org/", "😀"])
def test_what_is_no_page_is_not_gone_to(client, db, target):
    assert client.post("/elder/", {"elder": "1", "next": target}).url == "/"


def test_what_was_photographed_where_is_not_kept(client, typed):
    picture, exif = io.BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (22.0, 33.0, 0.0)}
    Image.new("RGB", (64, 48)).save(picture, "JPEG", exif=exif)
    client.post("/ask/", typed | {"photos": [upload(picture.getvalue())]})
    stored = ServiceRequest.objects.get().attachments.get().file
    with Image.open(stored.file) as kept:
        assert not kept.getexif()


def test_a_request_keeps_no_phone_in_the_clear(client, typed):
    client.post("/ask/", typed)
    assert str(Requester.objects.get().phone) == "***"
