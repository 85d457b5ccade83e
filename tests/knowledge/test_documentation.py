"""The page that teaches the format shows only models that load, and names every field's choices."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from eventlens.knowledge import schema
from eventlens.knowledge.loading import read_model

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "writing-models.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HEAD = "library: example\nbroker: kafka\nlanguages: [typescript]\npackages: [example]\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_valid_model(example: str) -> None:
    text = example if example.startswith("library:") else HEAD + example
    model, problems = read_model(Path("example.yaml"), text.encode())
    assert model is not None, "\n".join(map(str, problems))


@pytest.mark.parametrize(
    "section",
    [
        "values",
        "publishes",
        "subscribes",
        "declares",
        "bindings",
        "acknowledgements",
        "transactions",
        "effects",
        "settings",
        "registrations",
    ],
)
def test_every_section_has_an_example(section: str) -> None:
    assert any(f"\n{section}:" in "\n" + example for example in EXAMPLES)


@pytest.mark.parametrize("choices", [schema.Broker, schema.Kind, schema.Delivery, schema.Then, schema.EffectKind])
def test_every_choice_is_named(choices: object) -> None:
    missing = [word for word in get_args(choices) if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", PAGE)]
    assert not missing


def test_the_mistakes_that_it_quotes_are_the_ones_that_are_reported() -> None:
    example = EXAMPLES[0]
    quoted = re.findall(r"^\.eventlens/libraries/acme-events\.yaml:\d+: .*$", PAGE, re.MULTILINE)
    reported = [
        str(problem)
        for text in (
            example.replace('channel: "0.topicName"', 'chanel: "0.topicName"'),
            example.replace("Producer.produce", "Producr.produce"),
        )
        for problem in read_model(Path(".eventlens/libraries/acme-events.yaml"), text.encode())[1]
    ]
    assert quoted and set(quoted) <= set(reported)
