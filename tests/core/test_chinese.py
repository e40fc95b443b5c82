import re

import pytest
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.chinese import SQL_CREATE, SQL_DROP, search, to_tsquery, zh_vector


class Text(models.Model):
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    search_vector = models.GeneratedField(
        expression=zh_vector("title", "body"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        app_label = "tests"
        indexes = [GinIndex(fields=["search_vector"], name="tests_text_search")]

    def __str__(self):
        return self.title


@pytest.fixture(scope="module")
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(SQL_CREATE)
            # Left behind by a run that was interrupted.
            cursor.execute("DROP TABLE IF EXISTS tests_text")
        with connection.schema_editor() as editor:
            editor.create_model(Text)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Text)


@pytest.fixture
def texts(table, db):
    return Text.objects


def lexemes(text: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(zh_bigrams(%s))", [text])
        return set(cursor.fetchone()[0])


def found(term: str) -> list[str]:
    return sorted(search(Text.objects.all(), term, "search_vector", ["title", "body"]).values_list("title", flat=True))


@pytest.mark.smoke
def test_it_works(texts):
    texts.create(title="小区路灯不亮", body="3栋楼下")
    texts.create(title="电梯坏了")
    assert found("路灯") == ["小区路灯不亮"]
    assert found("楼下") == ["小区路灯不亮"]
    assert found("坏了 电梯") == ["电梯坏了"]
    assert found("路灯 电梯") == []


def test_every_two_neighbours_are_a_term_and_the_last_stands_alone(table, db):
    assert lexemes("路灯不亮，坏LED灯3A") == {"路灯", "灯不", "不亮", "亮", "坏", "led", "灯", "3", "a"}
    assert lexemes("") == lexemes("😀\t，\u200b") == set()


def test_one_character_is_found_wherever_it_stands(texts):
    for title in ("灯", "灯坏", "路灯", "路灯坏", "a灯b"):
        texts.create(title=title)
    texts.create(title="电梯")
    assert len(found("灯")) == 5


def test_the_end_of_one_column_and_the_start_of_the_next_are_no_neighbours(texts):
    texts.create(title="路", body="灯")
    assert found("路灯") == []


def test_neighbours_far_apart_are_not_taken_for_the_word(texts):
    texts.create(title="路灯与灯亮")
    assert found("路灯亮") == []


def test_letters_and_digits_are_found_by_their_beginning(texts):
    texts.create(title="LED灯箱")
    texts.create(title="工单BA20260001")
    assert found("le") == found("LED灯") == ["LED灯箱"]
    assert found("ba2026") == found("2026000") == ["工单BA20260001"]


def test_wildcards_and_quotes_mean_themselves(texts):
    texts.create(title="百分之100%完成")
    texts.create(title="路灯'坏'")
    assert found("100%") == ["百分之100%完成"]
    assert found("100_") == []
    assert found("%") == ["百分之100%完成"]
    assert found("'坏'") == ["路灯'坏'"]
    assert found("路灯' | '电") == []
    assert found("\\") == []


def test_a_blank_term_asks_for_nothing(texts):
    texts.create(title="路灯")
    assert found(" \u3000") == ["路灯"]


def test_emoji_and_rare_characters_are_found(texts):
    texts.create(title="谢谢😀")
    texts.create(title="𪨶村路")
    assert found("😀") == ["谢谢😀"]
    assert found("𪨶") == found("𪨶村") == ["𪨶村路"]


@pytest.mark.parametrize(
    "body",
    [
        "".join(chr(0x4E00 + number % 20_000) for number in range(300_000)),
        "a" * 500_000,
        "1a" * 100_000,
        "😀" * 10_000,
    ],
    ids=["different characters", "one word", "many words", "emoji"],
)
def test_a_long_text_is_indexed(texts, body):
    texts.create(title="long", body=body)
    assert found(body[:3]) == ["long"]


def test_a_long_question_is_answered(texts):
    body = "".join(chr(0x4E00 + number) for number in range(10_000))
    texts.create(title="long", body=body)
    assert found(body) == ["long"]
    assert found("a" * 10_000) == []


def test_a_null_is_an_empty_text(table, db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT zh_bigrams(NULL) IS NULL")
        assert cursor.fetchone()[0]


def test_the_index_is_used_for_one_character(texts):
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO tests_text (title, body)
            SELECT chr(19968 + n % 20000) || chr(19968 + n * 7 % 20000) || chr(19968 + n * 13 % 20000), ''
            FROM generate_series(1, 2000) AS n"""
        )
        # Short rows make a small table, which a planner may well read as a whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
    for term in ("灯", "路灯"):
        plan = search(texts.all(), term, "search_vector", ["title", "body"]).explain()
        assert "tests_text_search" in plan, plan


alphabet = st.sampled_from("路灯不亮坏aB1 3，😀\u200b𪨶%'\\")


@given(
    body=st.text(alphabet, max_size=12),
    term=st.text(st.sampled_from("路灯不亮坏，😀"), min_size=1, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_chinese_is_found_exactly_where_it_stands(table, django_db_blocker, body, term):
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        query = to_tsquery(term)
        cursor.execute("SELECT zh_bigrams(%s) @@ %s::tsquery", [body, query])
        if term in body and query:
            assert cursor.fetchone()[0]


@given(term=st.text())
def test_no_question_breaks_the_syntax(term):
    for part in to_tsquery(term).split(" & "):
        assert re.fullmatch(r"('[^'\\]+'(:\*)?)?", part)


def test_the_function_can_be_dropped_and_made_again(table, db):
    with connection.cursor() as cursor:
        # Apart from the one that columns of the portal depend on.
        cursor.execute("CREATE SCHEMA scratch")
        cursor.execute("SET LOCAL search_path TO scratch")
        for statement in (SQL_CREATE, SQL_CREATE, SQL_DROP, SQL_DROP, SQL_CREATE):
            cursor.execute(statement)
