"""Each test does one thing to many systems and says what that may change."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import msgspec
import pytest

from eventlens.analysis import analyse
from eventlens.flow.model import Finding, FlowMap
from eventlens.paranoid import opened_from_scratch
from fixes.proving import Analysed, apply
from metamorphic import rewriting
from metamorphic.systems import Seen, System, every, first_seen, seen, share

LAYOUTS: tuple[Callable[[str, bytes], bytes], ...] = (
    rewriting.lists_broken,
    rewriting.quotes_exchanged,
    rewriting.semicolons_dropped,
    rewriting.indented_twice,
    rewriting.ends_of_lines,
    rewriting.commented,
    rewriting.functions_turned,
)


WITH_FUNCTIONS_AT_THE_TOP = (".ts", ".js", ".py", ".go", ".kt")
OF_A_FORMATTER = LAYOUTS[:5]
"""What a formatter decides: a baseline made before still knows every site and finding."""


def _ids(flow_map: FlowMap) -> set[str]:
    return {one.id for one in (*flow_map.sites, *flow_map.findings)}


def rewritten(system: System, change: Callable[[str, bytes], bytes]) -> dict[str, bytes]:
    """The files that a change changes, as far as they still parse."""
    made = {path: (text, change(path, text)) for path, text in system.sources().items()}
    return {path: new for path, (old, new) in made.items() if new != old and rewriting.parses(path, new)}


def told(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}\n  " + "\n  ".join(lines) for name, lines in wrong.items())


@pytest.mark.parametrize("change", LAYOUTS, ids=lambda change: change.__name__)
def test_how_code_is_laid_out_changes_nothing(change: Callable[[str, bytes], bytes]) -> None:
    wrong: dict[str, list[str]] = {}
    changed = 0
    suffixes = WITH_FUNCTIONS_AT_THE_TOP if change is rewriting.functions_turned else ()
    for system in share(LAYOUTS.index(change), suffixes):
        texts = rewritten(system, change)
        changed += len(texts)
        flow_map = system.flow_map(texts)
        of_order = "findings" if change is rewriting.functions_turned else ""
        if found := first_seen(system).otherwise(seen(flow_map), of_order):
            wrong[system.name] = found
        if change in OF_A_FORMATTER and _ids(flow_map) != _ids(system.flow_map()):
            wrong.setdefault(system.name, []).append(f"ids: {_ids(flow_map) ^ _ids(system.flow_map())}")
    assert changed > 10
    assert not wrong, told(wrong)


def test_names_of_local_variables_change_nothing() -> None:
    wrong: dict[str, list[str]] = {}
    renamed = 0
    for system in share(7):
        names: dict[str, str] = {}
        texts: dict[str, bytes] = {}
        for path, text in system.sources().items():
            texts[path], here = rewriting.locals_renamed(path, text)
            names |= here
        renamed += len(names)
        pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")

        def back(text: str, pattern: re.Pattern[str] = pattern, names: dict[str, str] = names) -> str:
            return pattern.sub(lambda match: names[match[0]], text)

        if found := first_seen(system).otherwise(seen(system.flow_map(texts), back)):
            wrong[system.name] = found
    assert renamed > 10
    assert not wrong, told(wrong)


def test_files_under_other_names_change_nothing() -> None:
    """Files that nobody imports and nothing names come later, or earlier, in every walk."""
    wrong: dict[str, list[str]] = {}
    renamed = 0
    for system in share(8):
        moved = _renamed(system)
        renamed += len(moved)
        if found := first_seen(system).otherwise(_seen_with_other_names(system, moved), "findings"):
            wrong[system.name] = found
    assert renamed > 5
    assert not wrong, told(wrong)


CONVENTIONS = ("__init__", "tasks", "settings", "manage", "main", "index", "conftest")


def _renamed(system: System) -> dict[str, str]:
    """Old path to new for the files that may have another name."""
    workspace = system.workspace()
    everything = b"\n".join(workspace.text(path) for path in workspace.files)
    channels = " ".join(one.name for one in system.flow_map().channels)
    moved: dict[str, str] = {}
    for number, path in enumerate(workspace.sources()):
        folder, name = path.rpartition("/")[::2]
        stem = name.partition(".")[0]
        is_named = re.search(rb"(?<!\w)" + re.escape(stem.encode()) + rb"(?!\w)", everything) is not None
        # Frameworks look for some modules by their names, and a job is called by its module.
        if not is_named and not workspace.importers_of(path) and stem not in CONVENTIONS and stem not in channels:
            moved[path] = f"{folder}/{'zz_' if number % 2 else 'aa_'}{name}".lstrip("/")
    return moved


def _seen_with_other_names(system: System, moved: dict[str, str]) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        root = system.copied(Path(folder))
        for old, new in moved.items():
            (root / old).rename(root / new)
        back = {_plain_path(new): _plain_path(old) for old, new in moved.items()}
        pattern = re.compile("|".join(map(re.escape, back)) or "(?!)")
        return seen(
            analyse(opened_from_scratch(root, {}).workspace).flow_map,
            lambda text: pattern.sub(lambda m: back[m[0]], text),
        )


def _plain_path(path: str) -> str:
    return path.replace(" ", "")


UNRELATED = {
    "unrelated-depot/package.json": b'{"name": "unrelated-depot", "dependencies": {"kafkajs": "2", "amqplib": "0.10"}}',
    "unrelated-depot/src/depot.ts": b"""import amqp from 'amqplib';
import { Kafka } from 'kafkajs';

const consumer = new Kafka({ brokers: [] }).consumer({ groupId: 'unrelated-depot' });

export async function followForklifts(): Promise<void> {
  await consumer.subscribe({ topic: 'forklift-quarrels' });
  await consumer.run({ eachMessage: async ({ message }) => stack(String(message.value)) });
  const channel = await (await amqp.connect('amqp://depot')).createChannel();
  await channel.consume('forklift-pallets', (pallet) => channel.ack(pallet!));
}

async function stack(pallet: string): Promise<void> {
  console.log(pallet);
}
""",
    "unrelated-yard/pyproject.toml": b'[project]\nname = "unrelated-yard"\ndependencies = ["confluent-kafka"]\n',
    "unrelated-yard/yard.py": b"""from confluent_kafka import Consumer


def watch():
    consumer = Consumer({"group.id": "unrelated-yard"})
    consumer.subscribe(["forklift-sightings"])
    while True:
        message = consumer.poll(1.0)
        if message is not None:
            print(message.value())
""",
}


def test_an_unrelated_service_changes_nothing_of_the_others() -> None:
    """Also where the same unrelated file is there twice."""
    wrong: dict[str, list[str]] = {}
    twice = UNRELATED | {path.replace("/src/", "/copy/"): text for path, text in UNRELATED.items()}
    for system in share(9):
        for added in (UNRELATED, twice):
            flow_map = system.flow_map(added)
            assert sum(site.file in added for site in flow_map.sites) >= 3, system.name
            if found := first_seen(system).otherwise(seen(_without(flow_map, added))):
                wrong[system.name] = found
    assert not wrong, told(wrong)


def _without(flow_map: FlowMap, added: dict[str, bytes]) -> FlowMap:
    """A map without what files that were added hold."""
    left = {site.id for site in flow_map.sites if site.file not in added}
    return msgspec.structs.replace(
        flow_map,
        sites=[site for site in flow_map.sites if site.id in left],
        flows=[flow for flow in flow_map.flows if {flow.publish, flow.subscribe} <= left],
        channels=[one for one in flow_map.channels if "forklift" not in one.name],
        findings=[one for one in flow_map.findings if one.file not in added],
        deliveries=[one for one in flow_map.deliveries if one.site in left],
    )


OTHER_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")


def test_a_channel_renamed_everywhere_is_renamed_and_nothing_else_is() -> None:
    """The name has as many letters as before, so that even each place is the same; ids and the order that follows names are not."""
    wrong: dict[str, list[str]] = {}
    renamed = 0
    for system in share(10):
        names = _names_to_exchange(system)
        before = seen(_but_for_words(system.flow_map())) if names else None
        for old in names:
            new = old.translate(OTHER_LETTERS)
            pattern = re.compile(rb"(?<![\w./-])" + re.escape(old.encode()) + rb"(?![\w./-])")
            workspace = system.workspace()
            texts = {
                path: pattern.sub(new.encode(), text)
                for path in workspace.files
                if pattern.search(text := workspace.text(path))
            }
            renamed += 1

            def back(text: str, old: str = old, new: str = new) -> str:
                return text.replace(new, old)

            after = seen(_but_for_words(system.flow_map(texts)), back)
            if before is not None and (found := before.otherwise(after)):
                wrong[f"{system.name} {old} → {new}"] = found
    assert renamed > 10
    assert not wrong, told(wrong)


_BY_WORDS = frozenset(
    (
        "event-name-tense",
        "missing-partition-key",
        "saga-missing-compensation",
        "saga-missing-timeout",
        "unordered-assumption",
    )
)
"""Rules that read what an event's name says: that something was done, that it begins a thing's life or ends it, that it was refused."""


def _but_for_words(flow_map: FlowMap) -> FlowMap:
    """A map without the findings that hang on what names mean, which names of other letters do not."""
    return msgspec.structs.replace(flow_map, findings=[one for one in flow_map.findings if one.rule not in _BY_WORDS])


_SAYS_WHAT_IT_IS_FOR = re.compile(
    r"dead|dl[qxt]\b|park|retry|error|fail|(^|\W)(get|find|fetch|list|load|read|query|search|lookup|count|exists)\b"
)
"""Names of which rules take it that what could not be handled, or is to be tried again, goes there, or that who answers changes nothing."""


def _names_to_exchange(system: System) -> list[str]:
    """Channels whose whole name stands as a text of its own, and only so."""
    flow_map = system.flow_map()
    workspace = system.workspace()
    everything = b"\n".join(workspace.text(path) for path in workspace.files).decode("utf-8", "replace")
    patterns = [one.channel for one in flow_map.external if "*" in one.channel]
    patterns += [re.sub(r"[>#]", "*", one.name) for one in flow_map.channels if re.search(r"[*>#]", one.name)]
    names = sorted({one.name for one in flow_map.channels if re.fullmatch(r"[a-z]+([.-][a-z]+)+", one.name)})
    return [
        name
        for name in names
        if len(re.findall(re.escape(name), everything))
        == len(re.findall(rf"[\"'`= ]{re.escape(name)}(?![\w./-])", everything))
        and not any(name != other and (name in other or other in name) for other in names)
        and not any(fnmatch(name, pattern) for pattern in patterns)
        and f"^{re.split('[.-]', name)[0]}" not in everything  # a regular expression that may mean it
        # a connector's prefix, of which the names of its topics are made
        and not re.search(rf"topic\.prefix\W+{re.split('[.-]', name)[0]}\b", everything)
        and not any("nearly the same name" in one.message and name in one.message for one in flow_map.findings)
        and not _SAYS_WHAT_IT_IS_FOR.search(name)
    ][:4]


def test_taking_a_suppression_away_shows_that_finding() -> None:
    """Each finding that is silenced at its own line is shown again without the comment, and no other with it."""
    silenced = 0
    for system in share(11):
        before = system.flow_map()
        for finding in before.findings:
            if finding.suppressed or finding.rule == "unused-suppression" or not rewriting.is_code(finding.file):
                continue
            text = system.workspace().text(finding.file)
            lines = text.split(b"\n")
            mark = b"#" if finding.file.endswith(".py") else b"//"
            blank = re.match(rb"\s*", lines[finding.line - 1])
            assert blank is not None
            lines.insert(
                finding.line - 1, blank[0] + mark + b" eventlens: ignore[%s] as agreed" % finding.rule.encode()
            )
            after = system.flow_map({finding.file: b"\n".join(lines)})
            rules = Counter((one.rule, one.file, one.suppressed) for one in before.findings)
            on_line = [
                one
                for one in after.findings
                if one.suppressed and (one.file, one.line) == (finding.file, finding.line + 1)
            ]
            if not on_line:
                continue  # the comment does not stand beside a statement there: the fix for it knows better places
            silenced += 1
            rules -= Counter((one.rule, one.file, False) for one in on_line)
            rules += Counter((one.rule, one.file, True) for one in on_line)
            assert {one.rule for one in on_line} == {finding.rule}
            assert rules == Counter((one.rule, one.file, one.suppressed) for one in after.findings), (
                system.name,
                finding,
            )
    assert silenced > 5


def test_a_dead_letter_queue_never_adds_a_finding(tmp_path: Path) -> None:
    """As the fix adds one, wherever it can."""
    wrong: dict[str, list[str]] = {}
    added = 0
    for number, system in enumerate(every()):
        before = Analysed(system.root)
        for order, finding in enumerate(before.of_rule("no-dead-letter-queue")):
            for proposal in before.proposals(finding):
                if proposal.fix != "dead-letter":
                    continue
                root = system.copied(tmp_path / f"{number}-{order}-{added}")
                apply(root, proposal.offer.changes())
                added += 1
                more = _counted(Analysed(root).findings) - _counted(before.findings)
                if more:
                    wrong[f"{system.name} {finding.file}:{finding.line}"] = [str(one) for one in more]
    assert added > 5
    assert not wrong, told(wrong)


def _counted(findings: list[Finding]) -> Counter[tuple[str, str, str]]:
    return Counter((one.rule, one.severity, one.file) for one in findings)
