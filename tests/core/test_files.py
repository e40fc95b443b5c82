"""Files as they are kept and served."""

import io
from urllib.parse import unquote

import pytest
from PIL import Image

from portal.core import files, stores
from portal.core.errors import DomainError, NotFound
from portal.core.models import StoredFile
from portal.core.stores import StoreDown


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(size=(1200, 900), **options) -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", size, "#b5121b").save(content, options.pop("format", "JPEG"), **options)
    content.seek(0)
    return content


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_it_works(db):
    stored = files.store_image(picture())
    response = files.serve(stored, name="photo")
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert "private" in response["Cache-Control"]
    assert body(response).startswith(b"\xff\xd8\xff")
    assert len(body(files.serve(stored, name="photo", thumbnail=True))) < stored.size


def test_a_name_says_nothing_of_the_upload_and_cannot_be_guessed(db):
    upload = picture()
    upload.name = "../../张三的家.jpg"
    one, other = files.store_image(upload), files.store_image(picture())
    assert one.file.name != other.file.name
    assert "张" not in one.file.name
    assert ".." not in one.file.name


@pytest.mark.parametrize(
    ("called", "saved_as"),
    [
        ("会议纪要 2026-11.pdf", "会议纪要 2026-11.jpg"),
        ("C:\\文件\\现场照片.png", "现场照片.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ('a<b>:"c|?*.jpg', "abc.jpg"),
        ("断\n行\x00.jpg", "断 行.jpg"),
        (".jpg", "XZ1-1.jpg"),
    ],
)
def test_what_staff_attach_is_saved_under_its_own_name_again(db, north, called, saved_as):
    upload = picture()
    upload.name = called
    stored = files.store_document(upload, by=north)
    sent = files.serve(stored, name="XZ1-1", keeps_name=True)["Content-Disposition"]
    assert unquote(sent).endswith((f"utf-8''{saved_as}", f'filename="{saved_as}"'))
    # Others learn nothing of it.
    assert files.serve(stored, name="XZ1-1")["Content-Disposition"] == 'inline; filename="XZ1-1.jpg"'


def test_a_photo_of_a_resident_keeps_no_name(db):
    upload = picture()
    upload.name = "张三的家.jpg"
    assert files.store_image(upload).original_name == ""


def test_where_a_photo_was_taken_is_not_kept(db):
    exif = Image.Exif()
    exif[0x010F] = "Phone maker"
    stored = files.store_image(picture(exif=exif))
    with Image.open(stored.file) as kept:
        assert not kept.getexif()


def test_what_is_no_photo_is_refused_and_leaves_nothing(db, tmp_path):
    with pytest.raises(DomainError):
        files.store_image(io.BytesIO(b"<html><script>alert(1)</script></html>"))
    assert not StoredFile.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_deleted_file_is_gone_from_the_disk(db, django_capture_on_commit_callbacks, tmp_path):
    stored = files.store_image(picture())
    with django_capture_on_commit_callbacks(execute=True):
        files.delete(stored)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_that_is_missing_on_the_disk_is_not_found(db):
    stored = files.store_image(picture())
    stored.file.storage.delete(stored.file.name)
    with pytest.raises(NotFound):
        files.serve(stored, name="photo")


def test_a_full_disk_is_told_and_leaves_no_row(db, tmp_path, client):
    (tmp_path / "files").write_text("a file where the folder should be")
    with pytest.raises(StoreDown) as refused:
        files.store_image(picture())
    assert refused.value.status == 503
    assert not StoredFile.objects.exists()


def test_a_folder_that_is_not_there_yet_can_take_files(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not" / "yet"
    assert stores.answers()
