"""What the server offers, for its documentation: a row a feature, and a test that there are no more and no fewer.

Nothing of the server depends on this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

EDITORS = ("VS Code", "Neovim 0.11+", "older Neovim", "Emacs eglot", "Helix", "Zed", "JetBrains (LSP4IJ)")


class Feature(NamedTuple):
    """A feature that a person sees. ``settings`` are the client settings that switch it, ``shown`` is what to press in each editor."""

    name: str
    what: str
    methods: tuple[str, ...]
    shown: Mapping[str, str]
    settings: tuple[str, ...] = ()


class Manner(NamedTuple):
    """What the server does without being looked at. ``methods`` are requests and notifications of the protocol."""

    name: str
    what: str
    methods: tuple[str, ...]


def _shown(*ways: str) -> Mapping[str, str]:
    return dict(zip(EDITORS, ways))


FEATURES: tuple[Feature, ...] = (
    Feature(
        "Diagnostics",
        "Findings in all files, also those that are not open; the evidence as related information, a link to the rule's page. "
        "Mistakes in `eventlens.toml`, `[tool.eventlens]` and library models of your own stand in those files.",
        ("textDocument/publishDiagnostics", "textDocument/diagnostic", "workspace/diagnostic"),
        _shown(
            "underlined; *Problems*, F8",
            "signs; `]d`, `[d`, `Ctrl-W d`; `:lua vim.diagnostic.setqflist()` for all files",
            "signs; `vim.diagnostic.goto_next()`, `.open_float()`",
            "Flymake; `M-x flymake-show-project-diagnostics`",
            "inline; `]d`; `Space d`, all files `Space D`",
            "underlined; *project diagnostics*, F8",
            "underlined; *Problems*",
        ),
        ("diagnostics", "minimumSeverity", "navigationOnly"),
    ),
    Feature(
        "Hover",
        "On a publish, a subscription, a handler, a channel's name or an event's type: broker, delivery, dead letters, the event's fields, "
        "producers and consumers with links.",
        ("textDocument/hover",),
        _shown(
            "mouse, Ctrl+K Ctrl+I",
            "`K`",
            "`vim.lsp.buf.hover()`",
            "echo area; `M-x eldoc-doc-buffer`",
            "`Space k`",
            "mouse, *editor: hover*",
            "mouse, Ctrl+Q",
        ),
        ("hover",),
    ),
    Feature(
        "Go to definition",
        "From a publish to the handlers of its consumers; from a subscription to the publishes.",
        ("textDocument/definition",),
        _shown(
            "F12, Ctrl+click",
            "`Ctrl-]`",
            "`vim.lsp.buf.definition()`",
            "`M-.`",
            "`gd`",
            "F12, Ctrl+click",
            "Ctrl+B, Ctrl+click",
        ),
    ),
    Feature(
        "Go to implementation",
        "The other direction: the code that stands behind the own end of the flow.",
        ("textDocument/implementation",),
        _shown(
            "Ctrl+F12",
            "`gri`",
            "`vim.lsp.buf.implementation()`",
            "`M-x eglot-find-implementation`",
            "`gi`",
            "*editor: go to implementation*",
            "Ctrl+Alt+B",
        ),
    ),
    Feature(
        "Go to type definition",
        "Where the schema of the event is declared.",
        ("textDocument/typeDefinition",),
        _shown(
            "*Go to Type Definition*",
            "`vim.lsp.buf.type_definition()`",
            "`vim.lsp.buf.type_definition()`",
            "`M-x eglot-find-typeDefinition`",
            "`gy`",
            "*editor: go to type definition*",
            "Ctrl+Shift+B",
        ),
    ),
    Feature(
        "Go to declaration",
        "Where the channel is declared: infrastructure, configuration, a constant.",
        ("textDocument/declaration",),
        _shown(
            "*Go to Declaration*",
            "`vim.lsp.buf.declaration()`",
            "`vim.lsp.buf.declaration()`",
            "`M-x eglot-find-declaration`",
            "`gD`",
            "*editor: go to declaration*",
            "Ctrl+B on the declared name",
        ),
    ),
    Feature(
        "References",
        "Every site of the channel, and with declarations where it is declared. In parts, where the client takes parts; so are the symbols of "
        "the workspace.",
        ("textDocument/references",),
        _shown(
            "Shift+F12",
            "`grr`",
            "`vim.lsp.buf.references()`",
            "`M-?`",
            "`gr`",
            "*editor: find all references*",
            "Alt+F7",
        ),
    ),
    Feature(
        "Rename",
        "A channel, or an event that a text names, where its name is written: in code of all languages (also where consumers compare with it), "
        "configuration, infrastructure and AsyncAPI files. Changes of configuration and of other services are labelled in an editor's preview. "
        "Refused, with the place, where a name is made of parts or of a type's name, or anything else would change.",
        ("textDocument/rename", "textDocument/prepareRename"),
        _shown(
            "F2; Ctrl+Enter there shows all places first",
            "`grn`",
            "`vim.lsp.buf.rename()`",
            "`M-x eglot-rename`",
            "`Space r`",
            "F2",
            "Shift+F6",
        ),
        ("rename",),
    ),
    Feature(
        "Document highlight",
        "The places of the file that touch the channel under the cursor: publishes are writes, subscriptions reads.",
        ("textDocument/documentHighlight",),
        _shown(
            "cursor on it",
            "`vim.lsp.buf.document_highlight()`",
            "`vim.lsp.buf.document_highlight()`",
            "cursor on it",
            "`Space h`",
            "cursor on it",
            "cursor on it",
        ),
        ("documentHighlight",),
    ),
    Feature(
        "Document symbols",
        "The sites of the file.",
        ("textDocument/documentSymbol",),
        _shown(
            "Ctrl+Shift+O, *Outline*",
            "`gO`",
            "`vim.lsp.buf.document_symbol()`",
            "`M-x imenu`",
            "`Space s`",
            "*outline: toggle*",
            "Ctrl+F12",
        ),
        ("symbols",),
    ),
    Feature(
        "Workspace symbols",
        "Channels, events and sites by name; `#order` finds the channel and both ends.",
        ("workspace/symbol",),
        _shown(
            "Ctrl+T",
            "`vim.lsp.buf.workspace_symbol()`",
            "`vim.lsp.buf.workspace_symbol()`",
            "`M-x xref-find-apropos`",
            "`Space S`",
            "*project symbols: toggle*",
            "Ctrl+Alt+Shift+N",
        ),
        ("symbols",),
    ),
    Feature(
        "Code lens",
        "Above each site: `→ 2 consumers (inventory, payments)`, `← 1 producer (orders)`, `⟲ part of a cycle`, where failed messages go. "
        "Choosing one goes there, and asks which where there are several.",
        ("textDocument/codeLens", "workspace/codeLens/refresh", "workspace/executeCommand", "window/showDocument"),
        _shown(
            "above the line; a click peeks at the ends",
            "0.12: `vim.lsp.codelens.enable()`, `grx`; 0.11: `vim.lsp.codelens.refresh()`, `.run()`",
            "`vim.lsp.codelens.refresh()`, `.run()`",
            "not shown",
            "not shown",
            "in the menu of code actions",
            "above the line; click",
        ),
        ("codeLens",),
    ),
    Feature(
        "Inlay hints",
        "The channel behind a constant or a template, the guarantee behind a consumer; in configuration and infrastructure files the "
        "producers and consumers of the channel that a line names.",
        ("textDocument/inlayHint", "workspace/inlayHint/refresh"),
        _shown(
            "in the line (`editor.inlayHints.enabled`)",
            "`vim.lsp.inlay_hint.enable()`",
            "0.10: the same; before: not shown",
            "in the line (Emacs 29+)",
            "`editor.lsp.display-inlay-hints = true`",
            '`"inlay_hints": { "enabled": true }`',
            "in the line",
        ),
        ("inlayHints",),
    ),
    Feature(
        "Call hierarchy",
        "Callers and callees across the broker: handler ← publish ← route.",
        ("textDocument/prepareCallHierarchy", "callHierarchy/incomingCalls", "callHierarchy/outgoingCalls"),
        _shown(
            "Shift+Alt+H",
            "`vim.lsp.buf.incoming_calls()`, `.outgoing_calls()`",
            "`vim.lsp.buf.incoming_calls()`, `.outgoing_calls()`",
            "`M-x eglot-show-call-hierarchy` where eglot has it",
            "not shown",
            "not shown",
            "Ctrl+Alt+H",
        ),
        ("callHierarchy",),
    ),
    Feature(
        "Completion",
        "Channel and event names where one belongs, fields of the event in its handler.",
        ("textDocument/completion",),
        _shown(
            "while typing, Ctrl+Space",
            "`vim.lsp.completion.enable()`, `Ctrl-X Ctrl-O`",
            "`Ctrl-X Ctrl-O` (`omnifunc`)",
            "`C-M-i`",
            "while typing, `Ctrl-x`",
            "while typing, Ctrl+Space",
            "while typing, Ctrl+Space",
        ),
        ("completion",),
    ),
    Feature(
        "Code actions",
        "Quick fixes that mend a finding, and *ignore here, with a reason*. The edit is worked out when one is chosen. "
        "`source.fixAll.eventlens`, for who asks for it (also on saving), makes those of a file that need no look: an `await` before a "
        "publish in a function that waits already, a suppression removed that suppresses nothing.",
        ("textDocument/codeAction", "codeAction/resolve"),
        _shown(
            "bulb, Ctrl+.",
            "`gra`",
            "`vim.lsp.buf.code_action()`",
            "`M-x eglot-code-actions`",
            "`Space a`",
            "*editor: toggle code actions*, Ctrl+.",
            "Alt+Enter",
        ),
        ("codeActions", "navigationOnly"),
    ),
)

COMMANDS: tuple[str, ...] = ("eventlens.showEnds", "eventlens.showCycle", "eventlens.showDeadLetters")
"""The commands behind the lenses; each takes a document's URI, a line and a character."""

MANNERS: tuple[Manner, ...] = (
    Manner(
        "Start and end",
        "UTF-8, UTF-16 or UTF-32 columns, as the client prefers. The process ends with 0 after a shutdown, else with 1: also when its "
        "input ends and when the editor is gone.",
        ("initialize", "initialized", "shutdown", "exit"),
    ),
    Manner(
        "Documents",
        "Incremental edits; what is open counts, not the file.",
        (
            "textDocument/didOpen",
            "textDocument/didChange",
            "textDocument/didSave",
            "textDocument/didClose",
        ),
    ),
    Manner(
        "Files",
        "The client is asked to watch with a few patterns; where it cannot, the server watches itself. A checkout is one change.",
        (
            "workspace/didChangeWatchedFiles",
            "workspace/didRenameFiles",
            "workspace/didDeleteFiles",
            "client/registerCapability",
        ),
    ),
    Manner(
        "Folders",
        "Several folders, which may come and go. Each has a flow map of its own: flows do not cross from one folder to another.",
        ("workspace/didChangeWorkspaceFolders",),
    ),
    Manner(
        "Settings",
        "Asked for where the client can be asked, else taken as sent; a value that cannot be used is named in a message.",
        ("workspace/didChangeConfiguration", "workspace/configuration", "window/showMessage"),
    ),
    Manner(
        "Questions and log",
        "Which end to go to, where a lens leads to several and the client has not said that it shows them itself; errors in the client's "
        "log.",
        ("window/showMessageRequest", "window/logMessage"),
    ),
    Manner(
        "Progress",
        "Files read and steps done while a folder is analysed for the first time; it can be cancelled, and the next edit begins again.",
        ("window/workDoneProgress/create", "$/progress"),
    ),
    Manner(
        "Flow map",
        "For a client that draws it: the map itself, news of another one, how far the analysis is. "
        "[editors.md](editors.md#for-who-writes-a-client) describes these messages.",
        ("eventlens/map", "eventlens/mapChanged", "eventlens/status"),
    ),
    Manner(
        "Diagnostics asked for",
        "Offered to clients that can also be told to ask again. Such a client is sent no diagnostics of documents that are open, and none "
        "at all once it has asked for those of the workspace: nothing is shown twice. All other clients are sent them.",
        ("workspace/diagnostic/refresh",),
    ),
)
