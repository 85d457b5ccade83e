"""The whole of the features once for each known client: nothing is sent that the client did not say it can take.

pytest-lsp warns of some of that; a warning fails here. What it does not look at is looked at below, by the client's own words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.capabilities import get_capability
from pytest_lsp import client_capabilities

from .client import REAL, Editor
from .texts import SYSTEMS, Text

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

CLIENTS = (
    "visual-studio-code",
    "neovim@v0.6.1",
    "neovim@v0.7.0",
    "neovim@v0.8.0",
    "neovim@v0.9.1",
    "neovim@v0.10.0",
    "neovim@v0.11.0",
    "emacs",
)
SYSTEM = next(system for system in SYSTEMS if system.variety.name == "zwj")
PLACE, MAILS = SYSTEM.place, SYSTEM.mails


class Known:
    """A client's editor, and what the client says of itself."""

    def __init__(self, editor: Editor, capabilities: types.ClientCapabilities) -> None:
        self.editor = editor
        self.capabilities = capabilities
        chosen = editor.initialized.capabilities.position_encoding or "utf-16"
        self.encoding = str(chosen.value if isinstance(chosen, types.PositionEncodingKind) else chosen)

    def can(self, ability: str) -> Any:
        return get_capability(self.capabilities, ability)

    def at(self, file: Text, sample: str) -> dict[str, Any]:
        place = file.find(sample, self.encoding)
        return self.editor.at(file.path, place.line, place.character)

    def document(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.editor.uri(PLACE.path))


@pytest_asyncio.fixture(params=CLIENTS)
async def known(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Known]:
    SYSTEM.write(tmp_path)
    capabilities = client_capabilities(request.param)
    editor = await Editor.start(tmp_path, REAL, capabilities)
    editor.open(PLACE.path, PLACE.text)
    await editor.mapped()
    yield Known(editor, capabilities)
    if editor.server.returncode is None:
        await editor.stop()


async def test_every_feature_within_what_the_client_declares(known: Known) -> None:
    """One session a client, as an editor would have it; its end is in order."""
    await _diagnostics(known)
    await _hover(known)
    await _jumps(known)
    await _lists(known)
    await _hierarchy(known)
    await _actions(known)
    _only_what_was_offered(known)
    assert await known.editor.stop() == 0


async def _diagnostics(known: Known) -> None:
    await known.editor.until(lambda: bool(known.editor.shown(PLACE.path)), "findings are sent")
    for one in known.editor.shown(PLACE.path) or []:
        assert one.related_information is None or known.can("text_document.publish_diagnostics.related_information")
        assert one.code_description is None or known.can("text_document.publish_diagnostics.code_description_support")
        assert one.tags is None or known.can("text_document.publish_diagnostics.tag_support")
    known.editor.edit(PLACE.path, PLACE.text.replace("lost.", "gone."))
    await known.editor.until(
        lambda: any("gone.zwj" in one.message for one in known.editor.shown(PLACE.path) or []), "the edit is seen"
    )
    known.editor.edit(PLACE.path, PLACE.text)


async def _hover(known: Known) -> None:
    found = await known.editor.client.text_document_hover_async(types.HoverParams(**known.at(PLACE, "ORDERS, mess")))
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    assert found.contents.kind in (known.can("text_document.hover.content_format") or [types.MarkupKind.PlainText])
    assert found.range is not None and PLACE.selected(found.range, known.encoding) == "ORDERS"


async def _jumps(known: Known) -> None:
    client = known.editor.client
    jumps = {
        "definition": client.text_document_definition_async(types.DefinitionParams(**known.at(PLACE, "ORDERS, mess"))),
        "declaration": client.text_document_declaration_async(
            types.DeclarationParams(**known.at(PLACE, "ORDERS, mess"))
        ),
        "implementation": client.text_document_implementation_async(
            types.ImplementationParams(**known.at(PLACE, "send({ topic"))
        ),
        "type_definition": client.text_document_type_definition_async(
            types.TypeDefinitionParams(**known.at(PLACE, "send({ topic"))
        ),
    }
    for name, asked in jumps.items():
        expected = types.LocationLink if known.can(f"text_document.{name}.link_support") else types.Location
        found = await asked
        assert all(isinstance(one, expected) for one in found or []), name
        assert found or name == "implementation"


async def _lists(known: Known) -> None:
    client = known.editor.client
    params = types.ReferenceParams(context=types.ReferenceContext(True), **known.at(PLACE, "ORDERS, mess"))
    assert len(await client.text_document_references_async(params) or []) == 3
    highlights = types.DocumentHighlightParams(**known.at(PLACE, "ORDERS, mess"))
    assert await client.text_document_document_highlight_async(highlights)
    nested = known.can("text_document.document_symbol.hierarchical_document_symbol_support")
    outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(known.document()))
    assert outline and all(
        isinstance(one, types.DocumentSymbol if nested else types.SymbolInformation) for one in outline
    )
    kinds = known.can("text_document.document_symbol.symbol_kind.value_set")
    assert all(kinds is None or one.kind in kinds for one in outline)
    assert await client.workspace_symbol_async(types.WorkspaceSymbolParams("#zwj"))
    (lens, *_) = await client.text_document_code_lens_async(types.CodeLensParams(known.document())) or []
    assert lens.command is not None
    await client.workspace_execute_command_async(
        types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    )
    assert bool(client.shown_documents) == bool(known.can("window.show_document.support"))
    said = [one.message for one in client.messages if one.message.startswith(MAILS.path)]
    assert bool(said) == (not client.shown_documents)
    lines = types.Range(types.Position(0, 0), types.Position(len(PLACE.lines), 0))
    assert await client.text_document_inlay_hint_async(types.InlayHintParams(known.document(), lines))
    completion = types.CompletionParams(**known.at(PLACE, "lost.zwj"))
    assert await client.text_document_completion_async(completion)


async def _hierarchy(known: Known) -> None:
    client = known.editor.client
    (item,) = (
        await client.text_document_prepare_call_hierarchy_async(
            types.CallHierarchyPrepareParams(**known.at(PLACE, "send({ topic"))
        )
        or []
    )
    assert await client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(item))


async def _actions(known: Known) -> None:
    client = known.editor.client
    place = types.Range(PLACE.find("lost.zwj", known.encoding), PLACE.find("lost.zwj", known.encoding))
    params = types.CodeActionParams(known.document(), place, types.CodeActionContext([]))
    found = await client.text_document_code_action_async(params) or []
    assert found and (
        known.can("text_document.code_action.code_action_literal_support")
        or not any(isinstance(one, types.CodeAction) for one in found)
    )
    resolves = "edit" in (known.can("text_document.code_action.resolve_support.properties") or [])
    for one in found:
        assert isinstance(one, types.CodeAction) and (resolves or one.edit is not None)
        operations = known.can("workspace.workspace_edit.resource_operations") or []
        edit = one.edit or (await client.code_action_resolve_async(one)).edit
        assert edit is not None
        # Neovim says that it creates files, which only document changes can ask for, and does not say that it takes those.
        versions = known.can("workspace.workspace_edit.document_changes") or operations
        assert bool(edit.document_changes) == bool(versions)
        assert not edit.change_annotations or known.can("workspace.workspace_edit.change_annotation_support")
        created = [each for each in edit.document_changes or [] if isinstance(each, types.CreateFile)]
        assert not created or types.ResourceOperationKind.Create in operations


def _only_what_was_offered(known: Known) -> None:
    """Requests that the server made of the client."""
    abilities = {
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: "workspace.did_change_watched_files.dynamic_registration",
        types.WORKSPACE_DID_CHANGE_CONFIGURATION: "workspace.did_change_configuration.dynamic_registration",
        types.WORKSPACE_CODE_LENS_REFRESH: "workspace.code_lens.refresh_support",
        types.WORKSPACE_INLAY_HINT_REFRESH: "workspace.inlay_hint.refresh_support",
        types.WORKSPACE_DIAGNOSTIC_REFRESH: "workspace.diagnostics.refresh_support",
    }
    for method in (*known.editor.asked, *known.editor.refreshes):
        assert known.can(abilities[method]), method
    assert bool(known.editor.client.progress_reports) <= bool(known.can("window.work_done_progress"))
    assert [message.message for message in known.editor.client.log_messages] == []
