import io
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from portal.core.errors import DomainError
from portal.core.images import MAX_BYTES, check_pdf, reencode, thumbnail

# What the environment decodes and cannot write: 64 x 48 points of noise with a maker's name.
HEIC = (Path(__file__).parent / "data" / "photo.heic").read_bytes()


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options) -> bytes:
    if kind == "HEIF":
        return HEIC
    target = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(target, kind, **options)
    return target.getvalue()


def exif(**tags) -> Image.Exif:
    content = Image.Exif()
    content[0x010F] = "North Phone"
    content[0x0112] = tags.get("orientation", 1)
    content.get_ifd(0x8825)[1] = "N"
    return content


def code_of(content: bytes, check=reencode) -> str:
    with pytest.raises(DomainError) as caught:
        check(io.BytesIO(content))
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_it_works(kind):
    image = reencode(io.BytesIO(picture(kind)))
    assert (image.content_type, image.width, image.height) == ("image/jpeg", 64, 48)
    with Image.open(io.BytesIO(image.bytes)) as opened:
        assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (64, 48))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_mode_of_png_becomes_a_photo(mode):
    image = Image.new(mode, (20, 10))
    target = io.BytesIO()
    image.save(target, "PNG")
    assert reencode(io.BytesIO(target.getvalue())).width == 20


def test_print_colours_become_screen_colours():
    target = io.BytesIO()
    Image.new("CMYK", (20, 10)).save(target, "JPEG")
    assert reencode(io.BytesIO(target.getvalue())).width == 20


def test_what_is_transparent_turns_white():
    target = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(target, "PNG")
    with Image.open(io.BytesIO(reencode(io.BytesIO(target.getvalue())).bytes)) as opened:
        assert opened.getpixel((4, 4)) == (255, 255, 255)


def test_the_picture_is_upright_and_says_nothing_of_its_maker():
    image = reencode(io.BytesIO(picture(exif=exif(orientation=6), comment=b"by North")))
    assert (image.width, image.height) == (48, 64)
    assert b"North" not in image.bytes
    assert b"Exif" not in image.bytes


def test_a_large_picture_is_made_smaller():
    image = reencode(io.BytesIO(picture(size=(3000, 1500))))
    assert (image.width, image.height) == (2048, 1024)
    small = thumbnail(image)
    assert (small.width, small.height) == (320, 160)
    assert small.content_type == "image/jpeg"


def test_a_picture_of_a_hundred_megapixels_is_refused_before_it_is_unpacked():
    header = io.BytesIO()
    Image.new("1", (8, 8)).save(header, "PNG")
    content = bytearray(header.getvalue())
    content[16:24] = (10_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    assert code_of(bytes(content)) == "image_too_large"
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    assert code_of(bytes(content)) == "image_too_large"


def test_a_large_file_is_refused():
    assert code_of(b"\xff\xd8\xff" + b"\0" * MAX_BYTES) == "image_too_large"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"BM" + b"\0" * 100,
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"\0\0\0\x20ftypisom",
    ],
)
def test_another_type_is_refused_whatever_its_name(content):
    assert code_of(content) == "image_type"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("second", [b"PK\x03\x04 archive", b"<script>1</script>", b"%PDF-1.7", b"<?php 1 ?>"])
def test_a_file_that_is_two_things_is_refused(kind, second):
    assert code_of(picture(kind) + second) == "image_type"


def test_a_second_format_in_a_comment_is_refused():
    assert code_of(picture(comment=b"%PDF-1.7 %")) == "image_type"


def test_a_second_picture_behind_the_first_is_passed_over():
    assert reencode(io.BytesIO(picture() + picture())).width == 64


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_an_incomplete_file_is_refused(kind):
    content = picture(kind, size=(400, 300))
    assert code_of(content[: len(content) // 2]) == "image_broken"
    assert code_of(content[:40]) == "image_broken"


@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF"]), at=st.floats(0, 1), junk=st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_damage_is_a_domain_error_or_nothing(kind, at, junk):
    content = picture(kind)
    position = int(at * len(content))
    damaged = content[:position] + junk + content[position + len(junk) :]
    try:
        reencode(io.BytesIO(damaged))
    except DomainError as error:
        assert error.code in {"image_broken", "image_type", "image_too_large"}


def pdf(objects: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n" + objects + b"\ntrailer <<>>\n%%EOF\n"


def test_a_plain_pdf_is_taken():
    assert check_pdf(io.BytesIO(pdf())) == pdf()


@pytest.mark.parametrize(
    "action",
    [
        b"<</S /JavaScript /JS (x)>>",
        b"<</S/Launch>>",
        b"<</S /J#61vaScript>>",
        b"/EmbeddedFiles",
        b"/XFA",
        b"/RichMedia",
    ],
)
def test_a_pdf_that_acts_is_refused(action):
    assert code_of(pdf(action), check_pdf) == "pdf_active"
    packed = b"2 0 obj <</Type /ObjStm /Filter /FlateDecode>>\nstream\n" + zlib.compress(action) + b"\nendstream"
    assert code_of(pdf(packed), check_pdf) == "pdf_active"


def test_a_pdf_that_unpacks_without_end_is_refused():
    bomb = b"<</Type /ObjStm>>\nstream\n" + zlib.compress(b" " * 30_000_000) + b"\nendstream"
    assert code_of(pdf(bomb), check_pdf) == "pdf_active"


def test_other_files_and_locked_ones_are_no_pdf():
    assert code_of(b"", check_pdf) == "pdf_type"
    assert code_of(b"<html>", check_pdf) == "pdf_type"
    assert code_of(pdf()[:-8], check_pdf) == "pdf_type"
    assert code_of(pdf(b"/Encrypt 3 0 R"), check_pdf) == "pdf_locked"
    assert code_of(pdf(b"a" * MAX_BYTES), check_pdf) == "pdf_too_large"
