"""Every effects model has an annotated example, and the annotations say something that a model can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from eventlens.knowledge.loading import load_models, rules_root
from eventlens.knowledge.schema import EffectKind, Model
from eventlens.knowledge.sql_keywords import SqlKind

EXAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "libraries"
COMMENT = re.compile(r"(?://|#)\s*(effect|not-effect|transaction):\s*(\S+)(?:\s+(.*\S))?\s*$")
LOOSE = re.compile(r"(?://|#)\s*(?:not-)?(?:effect|transaction)\b")
SUFFIXES = {".ts", ".js", ".py", ".java", ".kt", ".go", ".cs"}
MODELS = [model for model, path, _ in load_models(rules_root())[0] if path.parent.name == "effects"]


def sources(library: str) -> Iterator[Path]:
    return (path for path in sorted((EXAMPLES / library).rglob("*")) if path.suffix in SUFFIXES)


def annotations(library: str) -> list[tuple[str, str]]:
    return [
        (found[1], found[2])
        for path in sources(library)
        for line in path.read_text().splitlines()
        if (found := COMMENT.search(line))
    ]


def names(model: Model) -> str:
    return model.library


@pytest.mark.parametrize("model", [model for model in MODELS if model.effects], ids=names)
def test_the_example_shows_an_effect_of_the_model(model: Model) -> None:
    said = {kind for comment, kind in annotations(model.library) if comment == "effect"}
    possible = {effect.kind for effect in model.effects} | {
        case.kind for effect in model.effects for case in effect.kind_when
    }
    if "sql" in possible:
        possible |= set(get_args(SqlKind))  # the statement decides
    assert said, f"fixtures/libraries/{model.library} has no `effect:` comment"
    assert said <= possible


@pytest.mark.parametrize("model", [model for model in MODELS if model.transactions], ids=names)
def test_the_example_shows_a_transaction_of_the_model(model: Model) -> None:
    said = {kind for comment, kind in annotations(model.library) if comment == "transaction"}
    possible = {transaction.kind for transaction in model.transactions}
    assert said & possible
    assert said <= possible


@pytest.mark.parametrize("model", [model for model in MODELS if model.transactions], ids=names)
def test_database_examples_show_a_trap(model: Model) -> None:
    assert any(comment == "not-effect" for comment, _ in annotations(model.library)) or model.store != "relational"


def test_no_annotation_is_misspelt() -> None:
    kinds = {*get_args(EffectKind), *get_args(SqlKind)} - {"sql"}
    for model in MODELS:
        for path in sources(model.library):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if not LOOSE.search(line):
                    continue
                found = COMMENT.search(line)
                assert found, f"{path}:{number}: {line.strip()}"
                assert found[1] != "effect" or found[2] in kinds, f"{path}:{number}: {found[2]}"


@pytest.mark.parametrize("model", [model for model in MODELS if "python" in model.languages], ids=names)
def test_python_examples_are_python(model: Model) -> None:
    for path in sources(model.library):
        if path.suffix == ".py":
            ast.parse(path.read_text())
