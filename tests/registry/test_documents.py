"""Documents of a partnership agreement, on its page and in the API: the same rules for both."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core.models import HistoryEntry, StoredFile
from requests.photos import unused
from stations.documents import MAX_DOCUMENTS
from stations.models import AgreementDocument
from tests.core.test_files import picture
from tests.registry.test_pages import as_posted

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def pdf(name="责任书.pdf", content=PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def there(northern) -> str:
    return f"/api/v1/agreements/{northern.agreements.pk}/documents/"


@pytest.fixture
def desk(northern) -> str:
    return f"/desk/agreements/{northern.agreements.pk}/"


def send(caller, there, upload, **more):
    return caller.post(there, {"file": upload, **more}, format="multipart")


def test_it_works(api, north, there):
    assert api(north).get(there).json() == []
    made = send(api(north), there, pdf())
    assert made.status_code == 201, made.json()
    assert (made.json()["name"], made.json()["content_type"]) == ("责任书.pdf", "application/pdf")
    send(api(north), there, SimpleUploadedFile("p.jpg", picture().read()), name="签字页")
    assert [row["name"] for row in api(north).get(there).json()] == ["责任书.pdf", "签字页"]

    one = f"{there}{made.json()['id']}/"
    served = api(north).get(one)
    assert (served["Content-Type"], b"".join(served.streaming_content)) == ("application/pdf", PDF)
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert api(north).delete(one).status_code == 204
    assert api(north).get(one).status_code == 404
    assert (AgreementDocument.objects.count(), StoredFile.objects.count()) == (1, 1)
    entry = HistoryEntry.objects.get(table="stations_agreementdocument", operation="DELETE")
    assert entry.actor_id == north.pk


def test_who_sees_the_agreement_reads_and_only_who_writes_it_changes(api, north, south, helper, auditor, there):
    made = send(api(north), there, pdf()).json()
    one = f"{there}{made['id']}/"
    for reader in (helper, auditor):
        assert len(api(reader).get(there).json()) == 1
        assert api(reader).get(one).status_code == 200
        assert send(api(reader), there, pdf()).status_code == 403
        assert api(reader).delete(one).status_code == 403
    assert api(south).get(there).status_code == api(south).get(one).status_code == 404
    assert send(api(south), there, pdf()).status_code == api(south).delete(one).status_code == 404
    assert AgreementDocument.objects.count() == 1


def test_a_document_is_found_under_its_own_agreement_alone(api, south, north, southern, there):
    made = send(api(north), there, pdf()).json()
    other = f"/api/v1/agreements/{southern.agreements.pk}/documents/{made['id']}/"
    assert api(south).get(other).status_code == api(south).delete(other).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("signed.pdf", b"MZ no document", "image_type"),
        ("signed.pdf", PDF.replace(b"/Type", b"/JavaScript"), "pdf_active"),
        ("signed.pdf", PDF[:-8], "pdf_type"),
        ("signed.pdf", PDF + b"\0" * (10 * 1024 * 1024) + b"%%EOF", "pdf_too_large"),
        ("photo.jpg", b"<svg onload=alert(1)>", "image_type"),
    ],
    ids=["a program", "scripts", "half", "large", "svg"],
)
def test_what_is_no_plain_document_is_refused_by_its_content(name, content, code, api, page, north, there, desk):
    refused = send(api(north), there, pdf(name, content))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    shown = page(north).post(f"{desk}documents/", {"upload": pdf(name, content)})
    assert shown.status_code == 422
    assert "error-summary" in shown.content.decode()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"file": ""}, {"file": "text"}, {"name": "x"}], ids=str)
def test_a_call_without_a_file_is_400(sent, api, north, there):
    answer = api(north).post(there, sent, format="multipart")
    assert answer.status_code == 400
    assert "file" in answer.json()["error"]["fields"]
    assert api(north).post(there, {"file": 1}, format="json").status_code == 415
    assert send(api(north), there, pdf(), name="x" * 101).status_code == 400


def test_a_repeated_call_attaches_once(api, north, there):
    for _each in range(2):
        answer = api(north).post(
            there, {"file": pdf()}, format="multipart", headers={"idempotency-key": "a key of twenty letters"}
        )
        assert answer.status_code == 201
    assert AgreementDocument.objects.count() == 1


def test_an_agreement_has_so_many_documents_and_no_more(api, north, northern, there):
    for number in range(MAX_DOCUMENTS):
        stored = StoredFile.objects.create(content_type="application/pdf", size=1, sha256="")
        AgreementDocument.objects.create(agreement=northern.agreements, file=stored, name=str(number))
    assert send(api(north), there, pdf()).json()["error"]["code"] == "too_many_documents"


def test_on_the_page_documents_are_attached_opened_and_deleted_by_name(page, north, south, helper, desk):
    form = as_posted(page(north).get(f"{desk}edit/"))
    assert page(north).post(f"{desk}edit/", form | {"upload": pdf()}).status_code == 302
    assert page(north).post(f"{desk}documents/", {"upload": pdf("附件.pdf")}).status_code == 302
    first, second = AgreementDocument.objects.all()
    shown = page(north).get(desk).content.decode()
    assert "责任书.pdf" in shown and "附件.pdf" in shown
    opened = page(north).get(f"{desk}documents/{second.pk}/")
    assert (opened.status_code, opened["Content-Type"]) == (200, "application/pdf")

    away = f"{desk}documents/{second.pk}/delete/"
    assert page(helper).get(f"{desk}documents/{second.pk}/").status_code == 200
    assert page(helper).post(away).status_code == page(helper).post(f"{desk}documents/").status_code == 403
    assert page(south).post(away).status_code == page(south).get(away).status_code == 404
    assert "附件.pdf" in page(north).get(away).content.decode()
    assert page(north).post(away).status_code == 302
    assert list(AgreementDocument.objects.all()) == [first]


def test_a_form_whose_document_is_refused_saves_nothing(page, north, northern, desk):
    form = as_posted(page(north).get(f"{desk}edit/")) | {"title": "新名称"}
    assert page(north).post(f"{desk}edit/", form | {"upload": pdf(content=b"MZ")}).status_code == 400
    northern.agreements.refresh_from_db()
    assert northern.agreements.title != "新名称"


def test_files_of_agreements_are_not_swept_up_and_those_of_deleted_ones_are(api, page, north, there, desk):
    send(api(north), there, pdf())
    later = StoredFile.objects.get().created_at + timedelta(days=2)
    assert list(unused(later)) == []
    assert page(north).post(f"{desk}delete/").status_code == 302
    assert unused(later).count() == 1
