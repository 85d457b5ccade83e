"""Renewing the edited files gives what analysing the whole workspace gives."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventlens.analysis import Analysis, analyse, open_workspace
from eventlens.checks import registry
from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.dual_write import DOUBTS
from eventlens.checks.registry import RULES
from eventlens.config.sql_tables import UniqueKey, read_unique_keys
from eventlens.fixes.context import FixContext
from eventlens.flow import declarations, graph_builder, table_keys
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.model import Finding, Flow
from eventlens.renewal import Renewal
from eventlens.workspace.snapshot import Workspace

STOREFRONT = Path(__file__).parent.parent / "fixtures" / "storefront"
SUMMING_UP = {rule.id for rule in RULES if rule.sums_up}
LATER = {rule.id for rule in RULES if rule.needs_all_sites}


@pytest.fixture(scope="module")
def before() -> tuple[Workspace, Analysis]:
    workspace = open_workspace(STOREFRONT).workspace
    return workspace, analyse(workspace)


def _files(analysis: Analysis) -> list[str]:
    return sorted({site.file for site in analysis.flow_map.sites})


def _seen(analysis: Analysis, file: str) -> dict[str, object]:
    found = analysis.flow_map
    return {
        "sites": sorted((one.id, one.line, one.column, str(one.channels), str(one.payload)) for one in found.sites),
        "flows": sorted((one.publish, one.subscribe, tuple(one.route)) for one in found.flows),
        "channels": sorted(str(one) for one in found.channels),
        "findings": sorted(
            (one.id, one.line, one.message, one.suppressed)
            for one in found.findings
            if one.file == file and one.rule not in LATER
        ),
    }


def test_every_file_with_sites_as_it_is_and_with_a_line_above(before: tuple[Workspace, Analysis]) -> None:
    workspace, whole = before
    renewal = Renewal(workspace, whole)
    for file in _files(whole):
        mark = b"# a note\n" if file.endswith(".py") else b"// a note\n"
        for text in (workspace.text(file), mark + workspace.text(file)):
            edited = workspace.with_overlay(file, text)
            assert _seen(renewal.renewed(edited, frozenset([file])), file) == _seen(analyse(edited), file), file


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("services/orders/src/orders/place-order.ts", "await ", ""),
        ("services/orders/src/orders/place-order.ts", "Order", "Parcel"),
        ("services/inventory/inventory/reservations.py", "await ", ""),
        ("services/inventory/inventory/reservations.py", "except", "except ValueError"),
    ],
)
def test_edits_that_change_what_is_found(before: tuple[Workspace, Analysis], file: str, old: str, new: str) -> None:
    workspace, whole = before
    if file not in workspace:
        pytest.fail(f"{file} is gone from the storefront; name another")
    edited = workspace.with_overlay(file, workspace.text(file).replace(old.encode(), new.encode()))
    assert edited is not workspace
    renewed = Renewal(workspace, whole).renewed(edited, frozenset([file]))
    assert _seen(renewed, file) == _seen(analyse(edited), file)


def test_an_edit_beside_bindings_that_stay_links_nothing_and_reads_its_own_declarations_alone(
    before: tuple[Workspace, Analysis], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, whole = before
    assert whole.checks is not None
    bound = {place.file for one in whole.checks.graph.bindings for place in one.places}
    file = min(bound)
    linked: list[object] = []
    link, read = graph_builder.link, declarations.declared_by
    reading: set[str] = set()

    def noted(nodes: Any, bindings: Any, only: set[str] | None = None) -> list[Flow]:
        linked.append(only)
        return link(nodes, bindings, only)

    def noted_reading(match: LibraryMatch, *others: Any) -> declarations.Declared:
        assert match.place.frame is not None
        reading.add(match.place.frame.module.path)
        return read(match, *others)

    monkeypatch.setattr(graph_builder, "link", noted)
    monkeypatch.setattr(declarations, "declared_by", noted_reading)
    edited = workspace.with_overlay(file, b"\n" + workspace.text(file))
    renewed = Renewal(workspace, whole).renewed(edited, frozenset([file]))
    assert (linked, reading) == ([], {file})
    monkeypatch.undo()
    assert _seen(renewed, file) == _seen(analyse(edited), file)
    assert renewed.flow_map.channels == analyse(edited).flow_map.channels


def test_rules_that_wait_are_run_with_the_whole_workspace_alone(
    before: tuple[Workspace, Analysis], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, whole = before
    waiting = {rule.id for rule in RULES if rule.waits}
    file = "services/shipping/shipping/carrier_consumer.py"
    told = [one for one in whole.flow_map.findings if one.rule in waiting and one.file == file]
    assert told
    edited = workspace.with_overlay(file, b"# a note\n" + workspace.text(file))
    ran: list[str] = []
    noted = [dataclasses.replace(one, run=_noting(one, ran)) for one in RULES]
    monkeypatch.setattr(registry, "RULES", tuple(noted))
    widened = Renewal(workspace, whole).widened(edited, frozenset([file]))
    assert widened is not None and not waiting & set(ran) and ran
    moved = [(one.id, one.line) for one in widened.flow_map.findings if one.rule in waiting and one.file == file]
    assert moved == [(one.id, one.line + 1) for one in told]


def _noting(rule: Rule, ran: list[str]) -> Callable[[CheckContext], Iterable[Finding]]:
    def run(context: CheckContext) -> Iterable[Finding]:
        ran.append(rule.id)
        return rule.run(context)

    return run


def test_the_sql_files_are_read_once_and_not_with_each_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = STOREFRONT.parent / "rules" / "non-idempotent-consumer" / "trap-sql-file-says-what-is-unique"
    shutil.copytree(case, tmp_path / "app")
    read: list[str] = []

    def reading(text: str) -> list[UniqueKey]:
        read.append(text)
        return list(read_unique_keys(text))

    monkeypatch.setattr(table_keys, "read_unique_keys", reading)
    workspace = open_workspace(tmp_path / "app").workspace
    whole = analyse(workspace)
    assert len(read) == 2
    renewal = Renewal(workspace, whole)
    for file in _files(whole):
        edited = workspace.with_overlay(file, b"// a note\n" + workspace.text(file))
        renewed = renewal.renewed(edited, frozenset([file]))
        assert len(read) == 2
        fresh = analyse(edited)
        assert len(read) == 4 and _seen(renewed, file) == _seen(fresh, file)
        del read[2:]


def test_a_guard_that_only_the_whole_workspace_shows_still_counts(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"))
    workspace = open_workspace(root).workspace
    whole = analyse(workspace)
    renewal = Renewal(workspace, whole)
    for file in _files(whole):
        kept = {one.id for one in renewal.renewed(workspace, frozenset([file])).flow_map.findings}
        assert kept == {one.id for one in whole.flow_map.findings}


CONSUMER = """import { Kafka } from 'kafkajs';
import { step0 } from './steps';

const consumer = new Kafka({ clientId: 'shop', brokers: ['b'] }).consumer({ groupId: 'mail' });

export async function start(): Promise<void> {
  await consumer.subscribe({ topic: 'orders' });
  await consumer.run({ eachMessage: async ({ message }) => { await step0(message); } });
}
"""
SECOND = """
const second = new Kafka({ clientId: 'shop', brokers: ['b'] }).consumer({ groupId: 'post' });

export async function begin(): Promise<void> {
  await second.subscribe({ topic: 'parcels' });
  await second.run({ eachMessage: async ({ message }) => { await step0(message); } });
}
"""


def _deep(folder: Path) -> tuple[Workspace, Analysis]:
    """A consumer whose handler sends mail in the end of six functions that call each other."""
    steps = [f"export async function step{at}(m: any) {{ await step{at + 1}(m); }}" for at in range(6)]
    last = "export async function step6(m: any) { await mailer.sendMail({ to: m.to, text: 'sent' }); }"
    head = "import nodemailer from 'nodemailer';\nconst mailer = nodemailer.createTransport({});"
    (folder / "package.json").write_text('{"dependencies": {"kafkajs": "2", "nodemailer": "6"}}')
    (folder / "steps.ts").write_text("\n".join([head, *steps, last, ""]))
    (folder / "consumer.ts").write_text(CONSUMER)
    workspace = open_workspace(folder).workspace
    return workspace, analyse(workspace)


def _mailing(analysis: Analysis | None) -> list[tuple[int, str]]:
    assert analysis is not None
    found = (one for one in analysis.flow_map.findings if one.rule == "non-idempotent-consumer")
    return [(one.line, one.severity) for one in found]


def test_what_lies_deep_is_as_it_was_with_a_keystroke_and_looked_at_anew_after_a_pause(tmp_path: Path) -> None:
    workspace, whole = _deep(tmp_path)
    known = _mailing(whole)
    assert len(known) == 1
    renewal, file = Renewal(workspace, whole), frozenset(["consumer.ts"])
    noted = workspace.with_overlay("consumer.ts", f"// a note\n{CONSUMER}".encode())
    assert _mailing(renewal.renewed(noted, file)) == [(known[0][0] + 1, known[0][1])]
    more = workspace.with_overlay("consumer.ts", (CONSUMER + SECOND).encode())
    at_once = renewal.renewed(more, file)
    assert at_once.checks is not None
    assert all(at_once.checks.is_cut(consumer.node) for consumer in at_once.checks.consumers())
    assert _mailing(at_once) == known
    assert _mailing(renewal.widened(more, file)) == _mailing(analyse(more)) != known


TWO_HANDLERS = """import { Kafka } from 'kafkajs';
import nodemailer from 'nodemailer';

const kafka = new Kafka({ clientId: 'shop', brokers: ['b'] });
const mailer = nodemailer.createTransport({});

async function mail(to: string): Promise<void> {
  await mailer.sendMail({ to, text: 'sent' });
}

async function onOrder(message: any): Promise<void> {
  await mail(message.to);
}

async function onParcel(message: any): Promise<void> {
  await mail(message.by);
}

export async function start(): Promise<void> {
  const orders = kafka.consumer({ groupId: 'orders' });
  await orders.subscribe({ topic: 'orders' });
  await orders.run({ eachMessage: async ({ message }) => onOrder(message) });
}

export async function begin(): Promise<void> {
  const parcels = kafka.consumer({ groupId: 'parcels' });
  await parcels.subscribe({ topic: 'parcels' });
  await parcels.run({ eachMessage: async ({ message }) => onParcel(message) });
}
"""


@pytest.mark.parametrize(
    ("old", "new", "looked_at"),
    [
        pytest.param("(message.by)", "(message.by + '')", {"parcels"}, id="in one handler"),
        pytest.param("  await mail(message.by);\n", "", {"parcels"}, id="what made it a finding is gone"),
        pytest.param("groupId: 'parcels'", "groupId: 'boxes'", {"parcels"}, id="where one is subscribed"),
        pytest.param("'sent'", "'gone'", {"orders", "parcels"}, id="in what both call"),
        pytest.param("brokers: ['b']", "brokers: ['c']", {"orders", "parcels"}, id="outside of functions"),
        pytest.param("onParcel(message: any)", "onParcel(message)", {"orders", "parcels"}, id="in the head of a function"),
        pytest.param("message.by)", "message.by); mailer.sent = 1;", {"orders", "parcels"}, id="where state is set"),
        pytest.param("", "", set(), id="nothing"),
    ],
)  # fmt: skip
def test_rules_look_at_what_an_edit_has_to_do_with(tmp_path: Path, old: str, new: str, looked_at: set[str]) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"kafkajs": "2", "nodemailer": "6"}}')
    (tmp_path / "consumer.ts").write_text(TWO_HANDLERS)
    workspace = open_workspace(tmp_path).workspace
    edited = workspace.with_overlay("consumer.ts", TWO_HANDLERS.replace(old, new, 1).encode())
    renewed = Renewal(workspace, analyse(workspace)).renewed(edited, frozenset(["consumer.ts"]))
    assert renewed.checks is not None
    assert {consumer.site.channel for consumer in renewed.checks.consumers()} == looked_at
    assert _of_one_site(renewed) == _of_one_site(analyse(edited))


def test_a_finding_that_was_left_alone_can_be_mended_at_once(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"kafkajs": "2", "nodemailer": "6"}}')
    (tmp_path / "consumer.ts").write_text(TWO_HANDLERS)
    workspace = open_workspace(tmp_path).workspace
    edited = workspace.with_overlay("consumer.ts", TWO_HANDLERS.replace("(message.by)", "(message.by + '')").encode())
    renewed = Renewal(workspace, analyse(workspace)).renewed(edited, frozenset(["consumer.ts"]))
    assert renewed.checks is not None
    known = [one for one in renewed.flow_map.findings if one.rule == "non-idempotent-consumer"]
    assert len(known) == 2
    assert len(renewed.checks.subjects) == 1
    fixes = FixContext(renewed.checks)
    assert all(fixes.subject(one) is not None for one in known)


def _of_one_site(analysis: Analysis) -> list[tuple[str, int, str]]:
    """The findings of rules that look at each site by itself: the others are as they were until the pause."""
    found = (one for one in analysis.flow_map.findings if one.rule not in LATER | SUMMING_UP)
    return [(one.rule, one.line, one.message) for one in found]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_edits_of_lines(before: tuple[Workspace, Analysis], data: st.DataObject) -> None:
    """Lines deleted, doubled and moved in one file: what is shown for it at once is what the whole workspace gives later.

    What the edit changes elsewhere is seen later by design, so only the file's own sites and findings are compared. What says that it was not
    followed to its end is so after a keystroke, and is as the whole workspace gives it after a pause.
    """
    workspace, whole = before
    file = data.draw(st.sampled_from(_files(whole)))
    lines = workspace.text(file).split(b"\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["delete", "double", "swap"]))
        if kind == "delete" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        else:
            lines[at], lines[-1 - at] = lines[-1 - at], lines[at]
    edited = workspace.with_overlay(file, b"\n".join(lines))
    renewal, analysed = Renewal(workspace, whole), analyse(edited)
    renewed, later = renewal.renewed(edited, frozenset([file])), renewal.widened(edited, frozenset([file]))
    assert _own(renewed, file)[0] == _own(analysed, file)[0]
    assert _as_far_as_followed(renewed, renewed, file) == _as_far_as_followed(analysed, renewed, file)
    assert later is None or _own(later, file) == _own(analysed, file)


def _as_far_as_followed(analysis: Analysis, renewed: Analysis, file: str) -> list[tuple[object, ...]]:
    """The findings of a file; of those that ``renewed`` did not follow to their end only which they are."""
    cut = {one.id for one in renewed.flow_map.findings if one.message.endswith(DOUBTS["cut"])}
    found: Any = _seen(analysis, file)["findings"]
    return [(one[0],) if one[0] in cut else one for one in found]


def _own(analysis: Analysis, file: str) -> tuple[object, object]:
    sites = sorted(
        str(msgspec.structs.replace(one, evidence=[])) for one in analysis.flow_map.sites if one.file == file
    )
    return sites, _seen(analysis, file)["findings"]
