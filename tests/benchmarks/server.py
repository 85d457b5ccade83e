"""How quickly the language server answers in a workspace, during its everyday work.

python tests/benchmarks/server.py FOLDER [--edits 60] [--requests 200]

Prints the time to the first whole analysis, hover and definition at random sites, and edit → diagnostics: from sending the change
of a file that has findings to receiving its diagnostics for that version, typing at 5 keystrokes a second; then the same for a
finding in another file, from the last keystroke.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from lsprotocol import types

from eventlens.analysis import analyse, open_workspace
from eventlens.flow.model import FlowMap, Site
from lsp.client import REAL, Editor

_PAUSE = 0.2


def spread(seconds: list[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    at = min(len(ordered) - 1, int(len(ordered) * 0.95))
    return f"p50 {1000 * statistics.median(ordered):6.1f} ms   p95 {1000 * ordered[at]:6.1f} ms   n {len(ordered)}"


async def timed(ask: Callable[[], Awaitable[object]]) -> float:
    """Seconds until a request is answered."""
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began


async def measure(root: Path, edits: int, requests: int, show: Callable[[str], None]) -> None:
    """Drive one server process."""
    known = analyse(open_workspace(root).workspace).flow_map
    chooser = random.Random(7)
    began = time.perf_counter()
    editor = await Editor.start(root, REAL)
    show(f"initialize                 {1000 * (time.perf_counter() - began):6.1f} ms")
    file = _file_with_findings(known, chooser)
    editor.open(file)
    await editor.until(lambda: bool(editor.shown(file)), f"{file} shows something")
    show(f"first diagnostics of all   {1000 * (time.perf_counter() - began):6.1f} ms (warm cache)")
    sites = [chooser.choice(known.sites) for _ in range(requests)]
    show(f"hover                      {spread([await timed(lambda s=s: _hover(editor, s)) for s in sites])}")
    show(f"definition                 {spread([await timed(lambda s=s: _definition(editor, s)) for s in sites])}")
    show(f"edit → its diagnostics     {spread(await _edits(editor, file, edits))}")
    show(f"edit → whole workspace     {1000 * await _whole(editor, file):6.1f} ms from the last keystroke")
    await editor.stop()


def _file_with_findings(known: FlowMap, chooser: random.Random) -> str:
    own = [one.file for one in known.findings if not one.suppressed and one.rule == "unawaited-publish"]
    return chooser.choice(own or [one.file for one in known.findings if not one.suppressed])


async def _hover(editor: Editor, site: Site) -> object:
    return await editor.hover(site.file, site.line - 1, site.column)


async def _definition(editor: Editor, site: Site) -> object:
    return await editor.definition(site.file, site.line - 1, site.column)


async def _edits(editor: Editor, file: str, edits: int) -> list[float]:
    taken = []
    top = types.Range(types.Position(0, 0), types.Position(0, 0))
    mark = "# " if file.endswith(".py") else "// "
    for _ in range(edits):
        began = time.perf_counter()
        version = editor.edit(file, f"{mark}a note\n", top)
        await editor.until(
            lambda version=version: any(one.version == version for one in reversed(editor.sent(file))),
            f"version {version}",
        )
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(_PAUSE)
    return taken


async def _whole(editor: Editor, file: str) -> float:
    """A request that waits for all files to be looked at again."""
    top = types.Range(types.Position(0, 0), types.Position(0, 0))
    editor.edit(file, "\n", top)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(editor.uri(file)), top, types.CodeActionContext(diagnostics=[])
    )
    return await timed(lambda: editor.client.text_document_code_action_async(params))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    asyncio.run(measure(options.folder, options.edits, options.requests, lambda line: print(line, flush=True)))  # noqa: T201


if __name__ == "__main__":
    main()
