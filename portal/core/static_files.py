"""Where the static files are, with a name for each version, compressed beforehand."""

from functools import cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with the address of each file worked out once a process: a page names two dozen."""

    @cache  # noqa: B019 - there is one storage, for as long as there is a process
    def url(self, name: str, force: bool = False) -> str:
        return super().url(name, force)
