from __future__ import annotations

import time

import pytest

from eventlens.config.patterns import occurs


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"^orders\..*", "orders.created", True),
        (r"orders\.(created|paid)$", "shop.orders.paid", True),
        (r"^orders$", "orders.paid", False),
        (r"(?i)ORDERS", "orders", True),
        (r"^(?!internal\.).*", "orders", True),
        (r"^(?!internal\.).*", "internal.audit", False),
        (r"^\w+-\d{4}$", "orders-2024", True),
        (r"[", "[", False),
        (r"(a", "(a", False),
    ],
)
def test_it_is_found_where_other_engines_find_it(pattern: str, text: str, fits: bool) -> None:
    assert occurs(pattern, text) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|a)*$",
        r"^(a|aa)+$",
        r"(.*a){30}$",
        r"a*a*a*a*a*a*a*a*a*a*b",
        r"^(?=(a+)+$)b",
        r"(?!x)(a+)+$",
        r"(?!x)a*a*a*a*a*a*a*b",
        r"(?:\w{1000}){1000}",
        r"\w{999}\w{999}\w{999}",
        "(" * 5_000,
        "((a{0,9}){0,9}){0,9}$" * 20,
    ],
)
def test_no_pattern_holds_up_anything(pattern: str) -> None:
    began = time.perf_counter()
    for number in range(300):
        occurs(pattern, "a" * 200 + f"!{number}")
    assert time.perf_counter() - began < 2
