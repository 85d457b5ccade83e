"""The rows of the library tables: each form of a model with its example, its counter-example and its documented default."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from eventlens.knowledge import policies
from eventlens.knowledge.examples import Example, examples_in
from eventlens.knowledge.loading import LoadedModel, ModelProblem, load_models
from eventlens.knowledge.schema import Effect, Match, Model

READ_LANGUAGES = frozenset(("typescript", "javascript", "python", "java", "kotlin", "go", "csharp"))
FORMS = ("publish", "subscribe", "declare", "bind", "acknowledge", "retry", "dead-letter", "timeout", "transaction")
OPTIONAL_FORMS = frozenset(("timeout",))
"""Forms whose absence needs no reason."""
_REASON_KEYS = {"acknowledge": "ack", "dead-letter": "dlq"}
_SECTIONS = {
    "publishes": "publish", "subscribes": "subscribe", "declares": "declare", "bindings": "bind",
    "acknowledgements": "acknowledge", "transactions": "transaction",
}  # fmt: skip
MATCHERS = ("call", "decorator", "implements", "convention", "constructs", "send", "typed", "field_type", "executes")
_LONGEST_CODE = 72


class Row(NamedTuple):
    """One line of a library's table; every cell is Markdown, "" is an empty cell."""

    form: str
    entry: str
    example: str
    counter_example: str
    default: str


class Page(NamedTuple):
    """A library and its rows."""

    loaded: LoadedModel
    rows: tuple[Row, ...]
    reasons: tuple[tuple[str, str], ...]
    """(form, why the library has none or no more)."""


def matcher_of(entry: Match) -> str:
    """The entry's pattern as its model writes it."""
    return next(str(getattr(entry, way)) for way in MATCHERS if getattr(entry, way))


def pages_of(root: Path) -> list[Page]:
    """The broker libraries whose language is read, by broker and name."""
    return [
        _page(root, loaded)
        for loaded in models_in(root, "libraries")
        if is_broker_library(loaded.model) and is_read(loaded.model)
    ]


def empty_cells(pages: Sequence[Page]) -> list[str]:
    """Each cell that says nothing, and each form of which a library says neither how nor why not."""
    complaints = []
    for page in pages:
        name = page.loaded.model.library
        complaints += [
            f"{name}: {row.form} {row.entry}: {column} is empty"
            for row in page.rows
            for column, cell in row._asdict().items()
            if not cell
        ]
        missing = [
            form
            for form in FORMS
            if form not in OPTIONAL_FORMS and form not in {row.form for row in page.rows} | dict(page.reasons).keys()
        ]
        complaints += [
            f"{name}: {form}: no entry, and no reason under `forms: {{{_REASON_KEYS.get(form, form)}: …}}`"
            for form in missing
        ]
    return complaints


def models_in(root: Path, folder: str) -> list[LoadedModel]:
    """The built-in models of ``rules/<folder>``, by broker and name. Raises ValueError when one of the files is wrong."""
    models, problems = _loaded(root)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    there = (one for one in models if folder in one.path.relative_to(root).parts)
    return sorted(there, key=lambda one: (one.path.parent.name, one.model.library.lower()))


@cache
def _loaded(root: Path) -> tuple[tuple[LoadedModel, ...], tuple[ModelProblem, ...]]:
    return load_models(root / "rules")


def is_read(model: Model) -> bool:
    return not READ_LANGUAGES.isdisjoint(model.languages)


def is_broker_library(model: Model) -> bool:
    return bool(model.publishes or model.subscribes)


# --------------------------------------------------------------------------------------------------------------- rows


def _page(root: Path, loaded: LoadedModel) -> Page:
    table = _Table(root, loaded)
    rows = sorted([*table.entry_rows(), *table.policy_rows()], key=lambda row: FORMS.index(row.form))
    reasons = [
        (form, loaded.model.forms[key]) for form in FORMS if (key := _REASON_KEYS.get(form, form)) in loaded.model.forms
    ]
    return Page(loaded, tuple(rows), tuple(reasons))


class _Table:
    """The rows of one model."""

    def __init__(self, root: Path, loaded: LoadedModel) -> None:
        self.model = loaded.model
        self.docs_folder = root / "docs"
        self.examples = examples_in(root / "fixtures" / "libraries" / loaded.path.stem)
        self.matchers = [matcher_of(entry) for section in _SECTIONS for entry in getattr(loaded.model, section)]

    def entry_rows(self) -> Iterator[Row]:
        for section, form in _SECTIONS.items():
            for entry in getattr(self.model, section):
                yield Row(form, _entry_text(entry), *self._shown(section, entry), _default(entry.default, entry.docs))

    def policy_rows(self) -> Iterator[Row]:
        """One row for each policy; entries that say the same share it."""
        shared: dict[policies.Policy, list[tuple[str, Match]]] = {}
        for section, entry, policy in self._policies():
            shared.setdefault(policy, []).append((section, entry))
        for policy, entries in shared.items():
            section, entry = entries[0]
            example, counter_example = (_without_code(cell) for cell in self._shown(section, entry))
            matchers = dict.fromkeys(code_cell(matcher_of(each)) for _, each in entries)
            options = f": {', '.join(map(code_cell, dict.fromkeys(policy.options)))}" if policy.options else ""
            docs = policy.docs or entry.docs or self.model.docs
            yield Row(
                policy.form,
                ", ".join(matchers) + options,
                self._option(policy) or example,
                counter_example,
                _default(policy.default, docs),
            )

    def _policies(self) -> Iterator[tuple[str, Match, policies.Policy]]:
        for publish in self.model.publishes:
            yield from (("publishes", publish, policy) for policy in policies.policies_of_publish(publish))
        for subscribe in self.model.subscribes:
            yield from (("subscribes", subscribe, policy) for policy in policies.policies_of_subscribe(subscribe))
        for declare in self.model.declares:
            yield from (("declares", declare, policy) for policy in policies.policies_of_declare(declare))

    def _shown(self, section: str, entry: Match) -> tuple[str, str]:
        """The entry's example and counter-example, "" where there is none."""
        matcher = matcher_of(entry)
        same = [each for each in getattr(self.model, section) if matcher_of(each) == matcher]
        number = next(index for index, each in enumerate(same, 1) if each is entry)
        alone = self.matchers.count(matcher) == 1
        fits: Callable[[Example], bool] = lambda one: alone or (section, number) in one.alternatives  # noqa: E731
        found, gap = self._first("form", matcher, fits), self._first("form-gap", matcher, fits)
        counter = self._first("not-form", matcher, lambda one: bool(one.reason))
        example = self._link(found) if found or not gap else f"{self._link(gap)}: not found yet, {_cell(gap.reason)}"
        return example, f"{self._link(counter)}: {_cell(counter.reason)}" if counter else ""

    def _option(self, policy: policies.Policy) -> str:
        return next((self._link(found) for path in policy.options if (found := self._first("option", path))), "")

    def _first(self, kind: str, subject: str, fits: Callable[[Example], bool] = lambda _: True) -> Example | None:
        return next((one for one in self.examples if one.kind == kind and one.subject == subject and fits(one)), None)

    def _link(self, example: Example | None) -> str:
        return _link(self.docs_folder, example) if example else ""


def _entry_text(entry: Match) -> str:
    way = next(way for way in MATCHERS if getattr(entry, way))
    prefix = {"call": "", "decorator": "@", "constructs": "new "}.get(way, f"{way.replace('_', ' ')} ")
    when = f" where {policies.conditions_text(entry.when)}" if entry.when else ""
    within = f" in a class with `@{entry.within}`" if entry.within else ""
    return _cell(code_cell(prefix + matcher_of(entry)) + within + when)


def _link(folder: Path, example: Example) -> str:
    code = example.code if len(example.code) <= _LONGEST_CODE else example.code[: _LONGEST_CODE - 1] + "…"
    target = f"../{example.path.relative_to(folder.parent).as_posix()}#L{example.line}"
    return f"[{example.path.name}:{example.line}]({target}) {code_cell(code)}"


def _without_code(cell: str) -> str:
    """The link alone: the row of the entry shows the line."""
    return re.match(r"\[[^]]*\]\([^)]*\)|", cell)[0]  # type: ignore[index]


def _default(text: str | None, docs: str | None) -> str:
    return f"{_cell(text)} ([docs]({docs}))" if text and docs else ""


def code_cell(text: str) -> str:
    """As code in a table cell, whatever it holds."""
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))


# ------------------------------------------------------------------------------------------------------------ effects


def effect_rows(root: Path, loaded: LoadedModel) -> Iterator[tuple[str, str, str, str]]:
    """(calls, effect, entity and keys, example): entries that say the same share a row."""
    examples = [
        one
        for one in examples_in(root / "fixtures" / "libraries" / loaded.path.stem)
        if one.kind in ("effect", "transaction")
    ]
    shared: dict[tuple[str, str], list[Effect]] = {}
    for effect in loaded.model.effects:
        shared.setdefault((_effect_text(effect), _selection_text(effect)), []).append(effect)
    for (kind, selection), effects in shared.items():
        calls = list(dict.fromkeys(matcher_of(effect) for effect in effects))
        yield ", ".join(map(code_cell, calls)), kind, selection, _effect_example(root, examples, effects)
    for transaction in loaded.model.transactions:
        found = next((one for one in examples if one.kind == "transaction" and one.subject == transaction.kind), None)
        yield (
            _entry_text(transaction),
            f"transaction: {transaction.kind}",
            "",
            _link(root / "docs", found) if found else "",
        )


def _effect_text(effect: Effect) -> str:
    cases = [f"{case.kind} where {policies.conditions_text(case.when)}" for case in effect.kind_when]
    kind = "what the statement says" if effect.kind == "sql" else effect.kind
    pending = " (waits for the commit)" if effect.pending else ""
    return _cell("; ".join([kind + pending, *cases]))


def _selection_text(effect: Effect) -> str:
    parts = [
        ("", effect.entity or effect.statement),
        ("key ", effect.keys),
        ("idempotency key ", effect.idempotency_key),
    ]
    return _cell(", ".join(label + code_cell(" or ".join(paths)) for label, paths in parts if paths))


def _effect_example(root: Path, examples: Sequence[Example], effects: Sequence[Effect]) -> str:
    names = {"" if matcher_of(effect).endswith("()") else matcher_of(effect).rpartition(".")[2] for effect in effects}
    kinds = {kind for effect in effects for kind in (effect.kind, *(case.kind for case in effect.kind_when))}
    for one in examples:
        if (
            one.kind == "effect"
            and (one.subject in kinds or "sql" in kinds)
            and any(_calls(one.code, name) for name in names)
        ):
            return _link(root / "docs", one)
    return ""


def _calls(code: str, name: str) -> bool:
    """Whether a line calls something of that name, or is a decorator of it; the name "" is a call of the value itself, "*" is any method."""
    if code.startswith(f"@{name}") and code[len(name) + 1 :][:1] in ("", "("):
        return True
    written = {"": r"(?<![\w$.])[A-Za-z_$][\w$]*", "*": r"\.[\w$]+"}.get(name, rf"(?<![\w$]){re.escape(name)}")
    return bool(re.search(rf"{written}\s*(?:<[^>]*>)?[(`{{]", code))
