"""Where a statement is added to a block: on a line of its own behind comments, or on the line on which the whole block stands."""

from __future__ import annotations

import pytest

from eventlens.fixes.blocks import appended, statements_of
from eventlens.fixes.changes import apply_edits
from eventlens.fixes.source import SourceFile


@pytest.mark.parametrize(
    ("path", "text", "statement", "made"),
    [
        ("a.ts", "function f() {\n  log(1);\n}\n", "stop()", "function f() {\n  log(1);\n  stop();\n}\n"),
        ("a.ts", "function f() {\n  log(1); // why\n}\n", "stop()", "function f() {\n  log(1); // why\n  stop();\n}\n"),
        ("a.ts", "function f() { log(1); }\n", "stop()", "function f() { log(1); stop(); }\n"),
        ("a.ts", "function f() { log(1) }\n", "stop()", "function f() { log(1); stop() }\n"),
        ("a.ts", "function f() { log(1); } // why\n", "stop()", "function f() { log(1); stop(); } // why\n"),
        ("a.py", "def f():\n    log(1)  # noqa\n", "stop()", "def f():\n    log(1)  # noqa\n    stop()\n"),
        ("a.py", "def f():\r\n    log(1)  # noqa\r\n", "stop()", "def f():\r\n    log(1)  # noqa\r\n    stop()\r\n"),
        ("a.py", "def f(): log(1)\n", "stop()", "def f(): log(1); stop()\n"),
        ("a.py", "def f(): log(1)  # noqa\n", "stop()", "def f(): log(1); stop()  # noqa\n"),
        ("a.py", "def f(): known = {}\n", "stop()", "def f(): known = {}; stop()\n"),
        ("a.py", "def f():\n    log(1)", "stop()", "def f():\n    log(1)\n    stop()"),
    ],
)
def test_appended(path: str, text: str, statement: str, made: str) -> None:
    file = SourceFile(path, text.encode())
    (block,) = file.nodes("statement_block", "block")
    assert statements_of(block)
    assert apply_edits(file.source, [appended(file, block, statement)]).decode() == made
