from tests.requests.talks import by, cast, estate, runner, topic  # noqa: F401
