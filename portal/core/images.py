"""Files that people send: photos are drawn anew, PDFs (from staff only) are looked through."""

import io
import re
import warnings
import zlib
from dataclasses import dataclass
from typing import Protocol

import pi_heif
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from portal.core.errors import DomainError

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 2048
THUMBNAIL_SIDE = 320
QUALITY = 82

pi_heif.register_heif_opener()

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# The beginnings of other formats that hide behind or inside a picture, so that one file is two things.
_SECOND_FORMAT = re.compile(
    rb"%PDF-|<\?php|<script|<html|<svg|PK\x03\x04|PK\x05\x06|Rar!\x1a|7z\xbc\xaf|\x7fELF", re.IGNORECASE
)
_SECOND_FORMAT_IN_HEAD = re.compile(rb"%PDF-|<\?php|<script|<html|<svg", re.IGNORECASE)
HEAD = 1024


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class ReencodedImage:
    bytes: bytes
    content_type: str
    width: int
    height: int


def reencode(upload: Readable) -> ReencodedImage:
    """Draw a photo anew as a JPEG of at most 2048 px: upright, and without place, device or anything else.

    JPEG, PNG, WebP and HEIC are taken, known by content and not by name. Everything else is one of
    `image_too_large`, `image_type`, `image_broken`; the number of pixels is judged by the header, before
    they are unpacked.
    """
    content = _read(upload, MAX_BYTES, "image_too_large")
    kind = _kind_of(content)
    if kind is None or _is_two_things(content, kind):
        raise DomainError("image_type", _("This is not a photo. Please choose a JPEG, PNG, WebP or HEIC picture."))
    try:
        with _opened(content, kind) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels()
            # A JPEG can be unpacked at a fraction of its size, which spares memory and time.
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            image.load()
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
            return _as_jpeg(_flat(upright))
    except DomainError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _too_many_pixels() from error
    # Decoders of damaged files raise nearly anything; whatever it is, the file is at fault.
    except Exception as error:
        message = _("The picture is damaged or incomplete. Please take or choose another one.")
        raise DomainError("image_broken", message) from error


def thumbnail(image: ReencodedImage) -> ReencodedImage:
    """The small picture for lists, from one that `reencode` made."""
    with Image.open(io.BytesIO(image.bytes), formats=["JPEG"]) as small:
        small.draft("RGB", (THUMBNAIL_SIDE * 2, THUMBNAIL_SIDE * 2))
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
        return _as_jpeg(small)


# Names that make a PDF act, carry other files, or load from elsewhere.
_ACTIVE = re.compile(
    rb"/(?:JS|JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Movie)(?![A-Za-z])"
)
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,500}?stream\r?\n", re.DOTALL)
MAX_UNPACKED = 20 * 1024 * 1024


def check_pdf(upload: Readable) -> bytes:
    """The content of a PDF that only shows pages; one that acts, carries files or is locked is refused.

    This looks at names, it does not parse: a quick refusal of what has no place in an annex, not a virus
    scanner.
    """
    content = _read(upload, MAX_BYTES, "pdf_too_large")
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-HEAD:]:
        raise DomainError("pdf_type", _("This is not a PDF file, or it is incomplete."))
    text = _plain_names(content)
    if re.search(rb"/Encrypt\b", text):
        raise DomainError("pdf_locked", _("The PDF is protected by a password. Please save it without one."))
    if _ACTIVE.search(text) or any(_ACTIVE.search(_plain_names(part)) for part in _unpacked_objects(content)):
        message = _("The PDF contains scripts or other files. Please print it to a plain PDF and send that.")
        raise DomainError("pdf_active", message)
    return content


def _read(upload: Readable, limit: int, code: str) -> bytes:
    content = upload.read(limit + 1)
    if len(content) > limit:
        message = _("The file is larger than %(limit)d MB. Please choose a smaller one.")
        raise DomainError(code, message % {"limit": limit // 1024 // 1024})
    return content


def _too_many_pixels() -> DomainError:
    message = _("The picture has more than %(limit)d million pixels. Please choose a smaller one.")
    return DomainError("image_too_large", message % {"limit": MAX_PIXELS // 1_000_000})


def _opened(content: bytes, kind: str) -> Image.Image:
    """Read the header alone."""
    with warnings.catch_warnings():
        # Pillow only warns above 89 megapixels; our own limit is lower and refuses.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content), formats=[kind])


def _kind_of(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def _is_two_things(content: bytes, kind: str) -> bool:
    """Whether the file is a picture and something else as well.

    Drawing anew would take the other thing out, but an honest camera makes no such file. What phones do
    append (a second picture, a short film) is passed over.
    """
    return bool(
        _SECOND_FORMAT_IN_HEAD.search(content[:HEAD]) or _SECOND_FORMAT.search(content, _end_of_picture(content, kind))
    )


def _end_of_picture(content: bytes, kind: str) -> int:
    """Where the picture's own bytes end; the end of the file where that is unknown."""
    size = len(content)
    if kind == "PNG":
        end = content.rfind(b"IEND")
        first = content.find(b"IEND")
        return min(end if first < 0 else first, size) + 8 if end >= 0 else size
    if kind == "WEBP":
        return min(8 + int.from_bytes(content[4:8], "little"), size)
    return _end_of_jpeg(content) if kind == "JPEG" else size


def _end_of_jpeg(content: bytes) -> int:
    at, size = 2, len(content)
    while at + 4 <= size:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= size:
            return size
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        # Stuffed bytes, fill bytes and restart markers stand within the data of the picture.
        if marker in (0x00, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return size


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white: what is transparent would otherwise turn black."""
    if image.mode.startswith("I;16"):
        # Sixteen bits a point; converting would cut all that is brighter than 255.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


def _as_jpeg(image: Image.Image) -> ReencodedImage:
    # A new image has no EXIF, comment, colour profile or preview to carry over.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    target = io.BytesIO()
    bare.save(target, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return ReencodedImage(target.getvalue(), "image/jpeg", image.width, image.height)


def _plain_names(content: bytes) -> bytes:
    return _HEX_IN_NAME.sub(lambda match: bytes([int(match[1], 16)]), content)


def _unpacked_objects(content: bytes) -> list[bytes]:
    """Objects that newer PDFs keep in compressed streams, up to a limit."""
    parts: list[bytes] = []
    left = MAX_UNPACKED
    for match in _OBJECT_STREAM.finditer(content):
        try:
            part = zlib.decompressobj().decompress(content[match.end() :], max(1, left))
        except zlib.error:
            continue
        parts.append(part)
        left -= len(part)
        if left <= 0:
            message = _("The PDF contains scripts or other files. Please print it to a plain PDF and send that.")
            raise DomainError("pdf_active", message)
    return parts
