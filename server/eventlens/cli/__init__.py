"""The command line: one module a command.

May import everything but `lsp`; `serve` alone imports that, when it runs. Typer and rich are imported here and nowhere else.
Invariant: a document goes to standard output alone, everything else to standard error; the exit code is 0 (nothing to
report), 1 (findings), 2 (usage or configuration) or 3 (internal error).
"""
