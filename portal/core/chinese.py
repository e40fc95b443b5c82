"""Search in Chinese without a word list: every two neighbouring characters are a term (bigrams).

`zh_bigrams(text)` is the same rule twice, as a SQL function for the index and in Python for the question:

- 路灯不亮 -> 路灯 灯不 不亮 亮. The last character of a run is kept alone, so the prefix 灯:* finds every
  灯, wherever it stands: followed by another character it begins a bigram, at the end it is a term itself.
  One character is as fast as two.
- Letters and digits are words of their own, lower-cased: "LED灯3A" -> led 灯 3 a. All else separates.

An index hit is a candidate: 路灯 and 灯亮 may stand far apart. `search()` therefore rechecks with icontains.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Coalesce

# A lexeme may have 2 KB and a vector 1 MB. 100,000 characters stay below that whatever they are.
MAX_TEXT = 100_000
MAX_WORD = 64
# More terms make a question no more selective; the recheck reads the rest.
MAX_TERMS = 24
MAX_QUESTION = 200

# 㐀-鿿 and, for rare characters in names of places, the planes of the extensions.
_HAN = "\u3400-\u9fff\U00020000-\U000323af"
_TOKENS = re.compile(rf"[{_HAN}]+|[a-z]+|[0-9]+")

# BEGIN ATOMIC binds names when the function is made, so that a restore needs no search_path.
# lower(... COLLATE "C") touches ASCII alone and so gives the same terms on every server.
SQL_CREATE = f"""
CREATE OR REPLACE FUNCTION zh_bigrams(content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_tsvector(ARRAY(
        SELECT CASE WHEN ascii(pair.b) BETWEEN 13312 AND 40959 OR ascii(pair.b) BETWEEN 131072 AND 205743
                    THEN pair.a || pair.b ELSE pair.a END
        FROM (
            SELECT unnest(chars.list) AS a, unnest(chars.list[2:]) AS b
            FROM (SELECT string_to_array(left(content, {MAX_TEXT}), NULL) AS list) AS chars
        ) AS pair
        WHERE ascii(pair.a) BETWEEN 13312 AND 40959 OR ascii(pair.a) BETWEEN 131072 AND 205743
        UNION ALL
        SELECT left(word.match[1], {MAX_WORD})
        FROM regexp_matches(
            lower(left(content, {MAX_TEXT}) COLLATE "C"), '([a-z]+|[0-9]+)', 'g'
        ) AS word(match)
    ));
END
"""  # noqa: S608 - only our own numbers are put in
SQL_DROP = "DROP FUNCTION IF EXISTS zh_bigrams(text)"


def to_tsquery(term: str) -> str:
    """The question for the index, as the text of a tsquery; empty when nothing of the term is indexed."""
    terms: dict[str, None] = {}
    for part in term.split():
        tokens = list(_TOKENS.finditer(part.lower() if part.isascii() else _lower_ascii(part)))
        for token in tokens:
            text = token[0]
            if not text.isascii():
                for start in range(max(1, len(text) - 1)):
                    terms[f"'{text[start : start + 2]}'" + (":*" if len(text) == 1 else "")] = None
            else:
                # Somebody who types is not yet at the end of the last word.
                last = token.end() == len(part) or len(text) > MAX_WORD
                terms[f"'{text[:MAX_WORD]}'" + (":*" if last else "")] = None
    return " & ".join(list(terms)[:MAX_TERMS])


def pairs(text: str) -> list[str]:
    """The terms by which texts are compared: pairs of characters, and words of two letters or digits at least.

    Single characters, which the index keeps for questions of one character, tell no two texts apart.
    """
    found: dict[str, None] = {}
    for token in _TOKENS.findall(_lower_ascii(text[:MAX_TEXT])):
        parts = [token[:MAX_WORD]] if token.isascii() else [token[at : at + 2] for at in range(len(token) - 1)]
        found.update(dict.fromkeys(part for part in parts if len(part) > 1))
    return list(found)


def _lower_ascii(text: str) -> str:
    return re.sub("[A-Z]+", lambda match: match[0].lower(), text)


@SearchVectorField.register_lookup
class Bigrams(models.Lookup):
    """`vector__bigrams="路灯"`: the index alone, without the recheck."""

    lookup_name = "bigrams"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        return "%s::tsquery", (to_tsquery(value),)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} @@ {right}", (*left_params, *right_params)


@SearchVectorField.register_lookup
class SharesTerm(models.Lookup):
    """`vector__shares=["路灯", "不亮"]`: at least one of the terms, by the index."""

    lookup_name = "shares"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        # Terms are made of letters, digits and characters alone; to quote them is for the reader of the log.
        return "%s::tsquery", (" | ".join(f"'{term}'" for term in value),)

    as_sql = Bigrams.as_sql


class SharedTerms(models.Func):
    """Which of `terms` a row's vector holds, as an array."""

    template = "ARRAY(SELECT unnest(tsvector_to_array(%(expressions)s::text[]))"
    arg_joiner = ")) INTERSECT SELECT unnest("

    def __init__(self, vector: str, terms: Sequence[str], **extra: Any) -> None:
        array = ArrayField(models.TextField())
        super().__init__(models.F(vector), models.Value(list(terms), output_field=array), output_field=array, **extra)


class TermsOf(models.Func):
    """The terms that a vector holds, as an array."""

    function = "tsvector_to_array"
    output_field = ArrayField(models.TextField())


class TermCount(models.Func):
    """How many terms a vector holds."""

    function = "length"
    output_field = models.IntegerField()


Rows = TypeVar("Rows", bound=models.Model)


def search(
    rows: models.QuerySet[Rows], term: str, vector_field: str, recheck_fields: Sequence[str]
) -> models.QuerySet[Rows]:
    """Rows that contain every part (between spaces) of the term in one of the fields.

    A blank term asks for nothing and leaves the rows as they are. What the index does not know (punctuation,
    emoji) is looked for by icontains alone.
    """
    term = unicodedata.normalize("NFC", term.replace("\0", ""))[:MAX_QUESTION]
    if to_tsquery(term):
        rows = rows.filter(**{f"{vector_field}__bigrams": term})
    for part in term.split():
        # icontains escapes % and _ itself.
        anywhere = models.Q()
        for field in recheck_fields:
            anywhere |= models.Q(**{f"{field}__icontains": part})
        rows = rows.filter(anywhere)
    return rows


class SearchQuerySet(models.QuerySet):
    """Adds `.search(term)`; a subclass names its `search_vector_field` and `search_fields`."""

    search_vector_field = "search_vector"
    search_fields: Sequence[str] = ()

    def search(self, term: str) -> models.QuerySet:
        return search(self, term, self.search_vector_field, self.search_fields)


class zh_vector(models.Func):  # noqa: N801 - reads as the SQL function that it stands for
    """The expression of a generated column over several text columns.

    `GeneratedField(expression=zh_vector("title", "body"), output_field=SearchVectorField(), db_persist=True)`
    """

    function = "zh_bigrams"
    # A blank between columns keeps the end of one and the start of the next from forming a bigram.
    arg_joiner = " || ' ' || "

    def __init__(self, *columns: str | Coalesce, **extra: Any) -> None:
        parts = [Coalesce(column, models.Value("")) if isinstance(column, str) else column for column in columns]
        super().__init__(*parts, output_field=SearchVectorField(), **extra)
