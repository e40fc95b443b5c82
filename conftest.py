"""Makes the database and the settings ready before pytest-django and tests/conftest.py look at them.

`DJANGO_SETTINGS_MODULE` is not in pyproject.toml: pytest-django would read the settings, and with them
`DATABASE_URL`, before any conftest has run.
"""

import os

import django
from django.conf import settings

from portal import bootstrap
from portal.catalogue import compile_catalogue

bootstrap.prepare(["manage.py", "test"])
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
for folder in settings.LOCALE_PATHS:
    compile_catalogue(folder)
# Tests need no collected static files, and no slow password hash.
settings.STORAGES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()
