"""Photos for some cases: small drawings, so that pages have something to show and nobody's street is in them."""

import io
import random
from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from portal.core import files
from portal.core.models import StoredFile
from requests.models import RequestAttachment

WIDTH, HEIGHT = 960, 720
SKIES = ("#dbe7f1", "#f3e7d7", "#e3e9e0", "#c9d3df")
WALLS = ("#b8a99a", "#a3b1a8", "#9fa8b5", "#c2ab8f")
DRAWN = 12


def build(rng: random.Random, steps: Sequence[tuple[int, int, datetime]]) -> int:
    """Attach a drawing to each of the steps (case, event, when); every case has files of its own."""
    if not steps:
        return 0
    pool = [files.store_image(_drawing(rng)) for _number in range(min(DRAWN, len(steps)))]
    content = [(stored, stored.file.read(), stored.thumbnail.read()) for stored in pool]
    made = []
    for number, (_case, _event, _at) in enumerate(steps):
        if number < len(pool):
            made.append(pool[number])
            continue
        stored, picture, thumbnail = content[number % len(content)]
        copy = StoredFile(
            content_type=stored.content_type, size=stored.size, width=stored.width, height=stored.height,
            sha256=stored.sha256,
        )  # fmt: skip
        copy.file.save("photo.jpg", ContentFile(picture), save=False)
        copy.thumbnail.save("photo.jpg", ContentFile(thumbnail), save=False)
        made.append(copy)
    StoredFile.objects.bulk_create(made[len(pool) :], batch_size=500)
    RequestAttachment.objects.bulk_create(
        [
            RequestAttachment(request_id=case, event_id=event, file=stored)
            for (case, event, _at), stored in zip(steps, made, strict=True)
        ],
        batch_size=500,
    )
    return len(made)


def stored_drawing(rng: random.Random) -> StoredFile:
    """One drawing, stored."""
    return files.store_image(_drawing(rng))


def _drawing(rng: random.Random) -> io.BytesIO:
    """A street of plain blocks with a lamp: light and dark enough to be told apart as thumbnails."""
    image = Image.new("RGB", (WIDTH, HEIGHT), rng.choice(SKIES))
    draw = ImageDraw.Draw(image)
    ground = rng.randint(480, 560)
    left = rng.randint(-60, 0)
    while left < WIDTH:
        width, top = rng.randint(120, 240), rng.randint(80, 330)
        draw.rectangle((left, top, left + width, ground), fill=rng.choice(WALLS))
        for x in range(left + 18, left + width - 24, 44):
            for y in range(top + 20, ground - 40, 56):
                draw.rectangle((x, y, x + 22, y + 30), fill=rng.choice(("#e8eef2", "#f6e7b0", "#7f8b95")))
        left += width + rng.randint(10, 60)
    draw.rectangle((0, ground, WIDTH, HEIGHT), fill="#8d8f8e")
    draw.rectangle((0, ground + 90, WIDTH, ground + 100), fill="#e6e2d3")
    lamp = rng.randint(150, 800)
    draw.line((lamp, ground + 30, lamp, 180), fill="#3f4650", width=10)
    draw.line((lamp, 180, lamp + 70, 170), fill="#3f4650", width=8)
    draw.ellipse((lamp + 55, 160, lamp + 95, 190), fill=rng.choice(("#f2c14e", "#5c636b")))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    out.seek(0)
    return out
