"""Every feature in every encoding over every variety of text: what an answer points at, read as the client reads it.

One server an encoding. A row is a check of one or several methods; a method of `eventlens.lsp.feature_table` without a row fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from eventlens.lsp.feature_table import FEATURES

from .client import REAL, Editor
from .texts import ENCODINGS, SYSTEMS, System, Text

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

SEND, CONSTANT, LOST = "send({ topic: ORDERS", "ORDERS, messages", "producer.send({ topic: 'lost"
CALL, HANDLER, SUBSCRIBE = "producer.send", "sendMail", "consumer.subscribe"
WITHOUT_PLACES = {"workspace/codeLens/refresh", "workspace/inlayHint/refresh"}
"""Methods of features that carry no position."""


class Cell(NamedTuple):
    """One encoding and one variety of text, on a running server."""

    editor: Editor
    system: System
    encoding: str

    def at(self, file: Text, sample: str, offset: int = 0) -> dict[str, Any]:
        """Parameters: where a sample begins."""
        place = file.find(sample, self.encoding, offset)
        return self.editor.at(file.path, place.line, place.character)

    def document(self, file: Text) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.editor.uri(file.path))

    def range(self, file: Text, sample: str) -> types.Range:
        return file.range(sample, self.encoding)

    def selected(self, file: Text, place: types.Range) -> str:
        return file.selected(place, self.encoding)

    def there(self, uri: str, place: types.Range) -> tuple[str, str]:
        """File name and text of a place in any file of the system."""
        path = uri.removeprefix(self.editor.root.as_uri() + "/")
        return path.rpartition("/")[2], self.selected(self.system.file(path), place)

    def is_own(self, uri: str) -> bool:
        """Whether a document is of this variety."""
        return uri.startswith(f"{self.editor.root.as_uri()}/{self.system.variety.name}/")

    def line_of_topics(self) -> str:
        return self.system.topics.lines[0]

    @property
    def channel(self) -> str:
        return f"{self.system.variety.name}.placed"


Check: TypeAlias = Callable[[Cell], Awaitable[None]]


# ------------------------------------------------------------------------------------------------------- diagnostics


def findings(cell: Cell, found: Sequence[types.Diagnostic]) -> None:
    file = cell.system.place
    rules = ("orphan-publish", "unawaited-publish")
    found = [one for one in found if one.severity != types.DiagnosticSeverity.Hint]
    assert [(one.code, one.range) for one in found] == [(rule, lost_call(cell)) for rule in rules]
    assert {cell.selected(file, one.range) for one in found} == {CALL}
    (related,) = found[1].related_information or []
    assert cell.there(related.location.uri, related.location.range) == ("place.ts", lost_line(file))


def lost_call(cell: Cell) -> types.Range:
    file = cell.system.place
    return types.Range(file.find(LOST, cell.encoding), file.find(LOST, cell.encoding, len(CALL)))


def lost_line(file: Text) -> str:
    return next(line for line in file.lines if LOST in line).strip()


async def pushed(cell: Cell) -> None:
    findings(cell, cell.editor.sent(cell.system.place.path)[0].diagnostics)


async def pulled(cell: Cell) -> None:
    params = types.DocumentDiagnosticParams(cell.document(cell.system.place))
    report = await cell.editor.client.text_document_diagnostic_async(params)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    findings(cell, report.items)


async def pulled_all(cell: Cell) -> None:
    report = await cell.editor.client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([]))
    (one,) = (each for each in report.items if each.uri == cell.editor.uri(cell.system.place.path))
    assert isinstance(one, types.WorkspaceFullDocumentDiagnosticReport)
    findings(cell, one.items)


# -------------------------------------------------------------------------------------------------------- navigation


async def hover(cell: Cell) -> None:
    for sample, selected in ((SEND, CALL), (CONSTANT, "ORDERS")):
        found = await cell.editor.client.text_document_hover_async(
            types.HoverParams(**cell.at(cell.system.place, sample))
        )
        assert found is not None and found.range is not None
        assert cell.selected(cell.system.place, found.range) == selected


def jump(cell: Cell, origin: Text, found: Any) -> tuple[str, str, str]:
    (link,) = found
    assert isinstance(link, types.LocationLink) and link.origin_selection_range is not None
    return cell.selected(origin, link.origin_selection_range), *cell.there(link.target_uri, link.target_selection_range)


async def definition(cell: Cell) -> None:
    client, place, mails = cell.editor.client, cell.system.place, cell.system.mails
    found = await client.text_document_definition_async(types.DefinitionParams(**cell.at(place, CONSTANT)))
    assert jump(cell, place, found) == ("ORDERS", "mails.ts", HANDLER)
    found = await client.text_document_definition_async(types.DefinitionParams(**cell.at(mails, SUBSCRIBE)))
    assert jump(cell, mails, found) == (SUBSCRIBE, "place.ts", CALL)


async def implementation(cell: Cell) -> None:
    mails = cell.system.mails
    params = types.ImplementationParams(**cell.at(mails, SUBSCRIBE))
    found = await cell.editor.client.text_document_implementation_async(params)
    assert jump(cell, mails, found) == (SUBSCRIBE, "mails.ts", HANDLER)


async def type_definition(cell: Cell) -> None:
    place = cell.system.place
    params = types.TypeDefinitionParams(**cell.at(place, SEND))
    origin, file, selected = jump(cell, place, await cell.editor.client.text_document_type_definition_async(params))
    assert (origin, file) == (CALL, "place.ts")
    declared = "interface Order { id: string; total: number }"
    assert selected in ("Order", declared, (cell.system.variety.before + declared).strip())


async def declaration(cell: Cell) -> None:
    place = cell.system.place
    params = types.DeclarationParams(**cell.at(place, CONSTANT))
    found = jump(cell, place, await cell.editor.client.text_document_declaration_async(params))
    assert found == ("ORDERS", "topics.ts", cell.line_of_topics().strip())


async def references(cell: Cell) -> None:
    params = types.ReferenceParams(context=types.ReferenceContext(True), **cell.at(cell.system.place, CONSTANT))
    found = await cell.editor.client.text_document_references_async(params) or []
    assert [cell.there(one.uri, one.range) for one in found] == [
        ("mails.ts", SUBSCRIBE),
        ("place.ts", CALL),
        ("topics.ts", cell.line_of_topics().strip()),
    ]


async def highlight(cell: Cell) -> None:
    params = types.DocumentHighlightParams(**cell.at(cell.system.place, SEND))
    found = await cell.editor.client.text_document_document_highlight_async(params) or []
    assert [cell.selected(cell.system.place, one.range) for one in found] == [CALL]


async def document_symbols(cell: Cell) -> None:
    place = cell.system.place
    params = types.DocumentSymbolParams(cell.document(place))
    found = await cell.editor.client.text_document_document_symbol_async(params) or []
    assert [cell.selected(place, one.selection_range) for one in found if isinstance(one, types.DocumentSymbol)] == [
        CALL,
        CALL,
    ]


async def workspace_symbols(cell: Cell) -> None:
    found = await cell.editor.client.workspace_symbol_async(types.WorkspaceSymbolParams(cell.channel)) or []
    places = {
        (one.name.partition(" ")[0], *cell.there(one.location.uri, one.location.range))
        for one in found
        if isinstance(one.location, types.Location) and cell.is_own(one.location.uri)
    }
    assert {("→", "place.ts", CALL), ("←", "mails.ts", SUBSCRIBE)} <= places


async def rename(cell: Cell) -> None:
    client, topics = cell.editor.client, cell.system.topics
    at = cell.at(topics, cell.channel)
    found = await client.text_document_prepare_rename_async(types.PrepareRenameParams(**at))
    assert isinstance(found, types.PrepareRenamePlaceholder) and found.placeholder == cell.channel
    assert cell.selected(topics, found.range) == cell.channel
    edit = await client.text_document_rename_async(types.RenameParams(new_name="parcels", **at))
    assert edit is not None and edit.document_changes is not None
    places = sorted(
        cell.there(change.text_document.uri, one.range)
        for change in edit.document_changes
        if isinstance(change, types.TextDocumentEdit)
        for one in change.edits
    )
    assert places == [("mails.ts", cell.channel), ("topics.ts", cell.channel)]


async def call_hierarchy(cell: Cell) -> None:
    client, place, mails = cell.editor.client, cell.system.place, cell.system.mails
    (publish,) = await client.text_document_prepare_call_hierarchy_async(
        types.CallHierarchyPrepareParams(**cell.at(place, SEND))
    )
    assert cell.selected(place, publish.selection_range) == CALL
    (out,) = await client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(publish))
    assert cell.there(out.to.uri, out.to.selection_range) == ("mails.ts", HANDLER)
    assert [cell.selected(place, one) for one in out.from_ranges] == [CALL]
    (handler,) = await client.text_document_prepare_call_hierarchy_async(
        types.CallHierarchyPrepareParams(**cell.at(mails, HANDLER + "("))
    )
    (back,) = await client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(handler))
    assert cell.there(back.from_.uri, back.from_.selection_range) == ("place.ts", CALL)


# -------------------------------------------------------------------------------------------------- in the text itself


async def lenses(cell: Cell) -> None:
    place = cell.system.place
    found = await cell.editor.client.text_document_code_lens_async(types.CodeLensParams(cell.document(place))) or []
    assert [cell.selected(place, one.range) for one in found] == [CALL, CALL]
    command = found[0].command
    assert command is not None
    shown = len(cell.editor.client.shown_documents)
    await cell.editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(command.command, command.arguments)
    )
    (document,) = cell.editor.client.shown_documents[shown:]
    assert document.selection is not None
    assert cell.there(document.uri, document.selection) == ("mails.ts", HANDLER)


async def hints(cell: Cell) -> None:
    place = cell.system.place
    everything = types.Range(types.Position(0, 0), types.Position(len(place.lines), 0))
    params = types.InlayHintParams(cell.document(place), everything)
    found = await cell.editor.client.text_document_inlay_hint_async(params) or []
    expected = place.find(CONSTANT, cell.encoding, len("ORDERS"))
    assert [(one.label, one.position) for one in found] == [(f"= {cell.channel}", expected)]


async def completion(cell: Cell) -> None:
    place, typed = cell.system.place, f"lost.{cell.system.variety.name}"
    params = types.CompletionParams(**cell.at(place, typed, 5))
    found = await cell.editor.client.text_document_completion_async(params)
    assert isinstance(found, types.CompletionList)
    (item,) = (one for one in found.items if one.label == cell.channel)
    assert isinstance(item.text_edit, types.TextEdit)
    assert cell.selected(place, item.text_edit.range) == typed


async def code_actions(cell: Cell) -> None:
    place = cell.system.place
    params = types.CodeActionParams(cell.document(place), lost_call(cell), types.CodeActionContext([]))
    found = await cell.editor.client.text_document_code_action_async(params) or []
    action = next(one for one in found if one.title == "Await the publish")
    assert isinstance(action, types.CodeAction)
    assert [cell.selected(place, one.range) for one in action.diagnostics or []] == [CALL]
    resolved = await cell.editor.client.code_action_resolve_async(action)
    assert resolved.edit is not None and resolved.edit.document_changes is not None
    (change,) = resolved.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    (edit,) = change.edits
    assert isinstance(edit, types.TextEdit)
    assert place.edited(edit.range, edit.new_text, cell.encoding) == place.text.replace(LOST, f"await {LOST}")


async def edits(cell: Cell) -> None:
    """Incremental edits before, in and over line ends leave the server with the client's text: it answers for each."""
    place = cell.system.place
    typed = "é😀"
    before = place.find(CALL, cell.encoding)
    cell.editor.edit(place.path, typed + " ", types.Range(before, before))
    typed_text = Text(place.path, place.text.replace(CALL, f"{typed} {CALL}", 1))
    try:
        await _answers_for(cell, typed_text)
        line = types.Range(types.Position(1, 0), types.Position(2, 0))
        cell.editor.edit(place.path, "", line)
        await _answers_for(cell, Text(place.path, typed_text.edited(line, "", cell.encoding)))
    finally:
        cell.editor.edit(place.path, place.text)
    await _answers_for(cell, place)


async def _answers_for(cell: Cell, text: Text) -> None:
    at = text.find("producer.send({ topic: 'lost", cell.encoding, 9)
    found = await cell.editor.hover(text.path, at.line, at.character)
    assert found is not None and found.range is not None
    assert text.selected(found.range, cell.encoding) == CALL and found.range.start.line == at.line


ROWS: dict[tuple[str, ...], Check] = {
    ("textDocument/publishDiagnostics",): pushed,
    ("textDocument/diagnostic",): pulled,
    ("workspace/diagnostic",): pulled_all,
    ("textDocument/hover",): hover,
    ("textDocument/definition",): definition,
    ("textDocument/implementation",): implementation,
    ("textDocument/typeDefinition",): type_definition,
    ("textDocument/declaration",): declaration,
    ("textDocument/references",): references,
    ("textDocument/documentHighlight",): highlight,
    ("textDocument/documentSymbol",): document_symbols,
    ("workspace/symbol",): workspace_symbols,
    (
        "textDocument/prepareCallHierarchy",
        "callHierarchy/incomingCalls",
        "callHierarchy/outgoingCalls",
    ): call_hierarchy,
    ("textDocument/codeLens", "workspace/executeCommand", "window/showDocument"): lenses,
    ("textDocument/prepareRename", "textDocument/rename"): rename,
    ("textDocument/inlayHint",): hints,
    ("textDocument/completion",): completion,
    ("textDocument/codeAction", "codeAction/resolve"): code_actions,
    ("textDocument/didChange",): edits,
}
"""Methods and their check. The last one edits, and puts back what was there."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=ENCODINGS)
async def session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Editor, str]]:
    """A server that has sent the findings of all files and then has them open."""
    root = tmp_path_factory.mktemp("varieties")
    for system in SYSTEMS:
        system.write(root)
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None and capabilities.workspace is not None
    capabilities.general = types.GeneralClientCapabilities(position_encodings=[request.param])
    capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities()
    capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    editor = await Editor.start(root, REAL, capabilities)
    assert editor.initialized.capabilities.position_encoding == request.param
    await editor.until(lambda: all(editor.sent(system.place.path) for system in SYSTEMS), "all findings are sent")
    for file in (file for system in SYSTEMS for file in system.files):
        editor.open(file.path, file.text)
    yield editor, request.param
    await editor.stop()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("system", SYSTEMS, ids=[system.variety.name for system in SYSTEMS])
@pytest.mark.parametrize("methods", ROWS, ids=lambda methods: methods[0])
async def test_what_an_answer_points_at(session: tuple[Editor, str], methods: tuple[str, ...], system: System) -> None:
    editor, encoding = session
    await ROWS[methods](Cell(editor, system, encoding))


def test_each_method_of_a_feature_has_a_row() -> None:
    needed = {method for feature in FEATURES for method in feature.methods} - WITHOUT_PLACES
    rows = [method for methods in ROWS for method in methods]
    assert len(rows) == len(set(rows)) and set(rows) == needed | {"textDocument/didChange"}
