"""The unified number of volunteers (统一志愿者编号), in place of an id number: eight digits and a check digit.

The digits count up from 10000001 (the sequence is made in the first migration), so that no spreadsheet takes a leading
zero away. The check digit (ISO 7064, MOD
11,10) tells one wrong digit and two that were swapped: a number is read over the phone.
"""

from django.db import connection

LENGTH = 9


def new_number() -> str:
    return take(1)[0]


def take(count: int) -> list[str]:
    """So many new numbers. One that is not used in the end leaves a gap, which hurts nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('volunteers_number') FROM generate_series(1, %s)", [count])
        return [with_check_digit(f"{value:08d}") for (value,) in cursor.fetchall()]


def with_check_digit(digits: str) -> str:
    return digits + str((11 - _product(digits)) % 10)


def is_number(text: str) -> bool:
    """Whether this can be somebody's number."""
    is_shaped = len(text) == LENGTH and text.isascii() and text.isdecimal()
    return is_shaped and with_check_digit(text[:-1]) == text


def _product(digits: str) -> int:
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return product
