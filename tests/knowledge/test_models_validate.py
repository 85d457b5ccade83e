"""Every model that ships is valid and says what a reader of the library table needs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from eventlens.knowledge.library_rows import matcher_of
from eventlens.knowledge.loading import LoadedModel, load_models, rules_root
from eventlens.knowledge.references import references, unknown_provisions
from eventlens.knowledge.schema import Match, Model

TABLE_LANGUAGES = frozenset({"typescript", "javascript", "python", "go", "csharp"})
SECTIONS = (
    "publishes",
    "subscribes",
    "declares",
    "bindings",
    "acknowledgements",
    "transactions",
    "effects",
    "settings",
    "registrations",
)
SECOND_TIER = frozenset(
    {
        "@google-cloud/pubsub", "@azure/service-bus", "rascal", "moleculer", "node-nats-streaming", "graphql-redis-subscriptions",
        "eventemitter", "nestjs-event-emitter", "nestjs-cqrs", "google-cloud-pubsub", "azure-servicebus", "nameko", "huey", "taskiq",
        "django-signals", "blinker",
    }
)  # fmt: skip


@cache
def loaded() -> tuple[LoadedModel, ...]:
    return load_models(rules_root())[0]


def entries(model: Model) -> Iterator[tuple[str, Match]]:
    for section in SECTIONS:
        for index, entry in enumerate(getattr(model, section)):
            yield f"{section}[{index}]", entry


def test_every_file_loads() -> None:
    models, problems = load_models(rules_root())
    assert not problems, "\n".join(map(str, problems))
    assert models


def test_every_type_in_a_path_or_pattern_is_declared() -> None:
    for model, path, _ in loaded():
        for reference in references(model):
            assert reference.type in {*model.values, *model.globals} or reference.location[0] == "provides", (
                f"{path}: {reference}"
            )


def test_what_models_hand_out_of_other_libraries_is_declared_there() -> None:
    models = [one.model for one in loaded()]
    assert [str(mistake) for model in models for mistake in unknown_provisions(model, models)] == []


def test_documentation_links_are_https() -> None:
    for model, path, _ in loaded():
        for place, link in [("", model.docs), *((place, entry.docs) for place, entry in entries(model))]:
            assert link is None or link.startswith("https://"), f"{path} {place}: {link}"
        assert model.docs, f"{path}: a model links to its library's documentation"


def test_first_tier_entries_state_docs_and_default() -> None:
    lacking = [
        f"{path.name} {place}"
        for model, path, _ in loaded()
        if "libraries" in path.parts and TABLE_LANGUAGES & set(model.languages) and model.library not in SECOND_TIER
        for place, entry in entries(model)
        if not place.startswith(("settings", "registrations")) and not (entry.docs and entry.default)
    ]
    assert not lacking, lacking


def test_library_names_are_unique() -> None:
    names = [(path.parent.parts[-1] == "effects", model.library) for model, path, _ in loaded()]
    assert len(names) == len(set(names))


def test_every_site_knows_its_broker() -> None:
    for model, path, _ in loaded():
        for entry in (*model.publishes, *model.subscribes):
            assert model.broker or entry.broker or entry.channel.broker, f"{path}: {entry.call or entry.decorator}"


def test_entries_match_in_only_one_section_of_effects() -> None:
    for model, path, _ in loaded():
        seen: set[tuple[str, str]] = set()
        for effect in model.effects:
            key = (matcher_of(effect) + f" in {effect.within}", str(effect.when))
            assert key not in seen, f"{path}: {key} is given twice; the second can never match"
            seen.add(key)


def test_effect_models_are_effects() -> None:
    for model, path, _ in loaded():
        if path.parent.name == "effects":
            assert model.effects or model.transactions, f"{path}: says no effect"
            assert not model.publishes and not model.subscribes, f"{path}: belongs under libraries/"


def test_statements_are_read_only_by_sql_effects() -> None:
    for model, path, _ in loaded():
        for effect in model.effects:
            assert (effect.kind == "sql") == bool(effect.statement), f"{path}: {effect.call}"


@pytest.mark.parametrize("folder", ["libraries", "effects"])
def test_both_folders_hold_models(folder: str) -> None:
    assert any(folder in path.parts for _, path, _ in loaded())
