"""Which store keeps uploaded files: a bucket where PORTAL_S3_BUCKET names one, else the local folder."""

from typing import Any

import environ


def from_environment(env: environ.Env) -> dict[str, Any]:
    """The entry of `STORAGES` for uploaded files."""
    bucket = env("PORTAL_S3_BUCKET", default="")
    if not bucket:
        return {"BACKEND": "portal.core.stores.LocalStore"}
    return {
        "BACKEND": "portal.core.s3.S3Store",
        "OPTIONS": {
            "bucket_name": bucket,
            # From the environment alone: boto3 by itself would also look into files and ask the network.
            "access_key": env("PORTAL_S3_ACCESS_KEY"),
            "secret_key": env("PORTAL_S3_SECRET_KEY"),
            "endpoint_url": env("PORTAL_S3_ENDPOINT", default="") or None,
            "region_name": env("PORTAL_S3_REGION", default="us-east-1"),
            "addressing_style": "path" if env.bool("PORTAL_S3_PATH_STYLE", default=True) else "virtual",
        },
    }
