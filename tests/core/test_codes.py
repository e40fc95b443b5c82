import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.codes import ALPHABET, LENGTH, format_code, new_code, parse_code
from portal.core.errors import DomainError

codes = st.builds(new_code)


def refused(text: str) -> bool:
    try:
        parse_code(text)
    except DomainError as error:
        return error.code == "bad_code"
    return False


def test_it_works():
    code = new_code()
    assert len(code) == LENGTH
    shown = format_code(code)
    assert [len(group) for group in shown.split("-")] == [4, 4, 3]
    assert parse_code(shown) == code


def test_codes_do_not_repeat():
    assert len({new_code() for _number in range(1000)}) == 1000


@given(code=codes)
def test_spelling_is_forgiven(code):
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    as_read = code.replace("0", "O").replace("1", "l")
    for text in (
        code.lower(),
        f" {format_code(code)}\n",
        " ".join(code),
        full_width,
        as_read,
        code.replace("1", "I"),
    ):
        assert parse_code(text) == code


@given(code=codes, position=st.integers(0, LENGTH - 1), letter=st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(code, position, letter):
    wrong = code[:position] + letter + code[position + 1 :]
    assert refused(wrong) == (wrong != code)


@given(code=codes, one=st.integers(0, LENGTH - 1), other=st.integers(0, LENGTH - 1))
def test_every_two_that_changed_places_are_found(code, one, other):
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    wrong = "".join(letters)
    assert refused(wrong) == (wrong != code)


@pytest.mark.parametrize(
    "text", ["", "U" * 11, "中文", "😀" * 11, "0" * 10, "0" * 12, "A" * 100_000, "\0" * 11, "٠" * 11]
)
def test_what_is_no_code_is_refused(text):
    assert refused(text)


@given(text=st.text())
def test_no_text_breaks_it(text):
    refused(text)
