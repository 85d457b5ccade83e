"""The front end of C#.

May import `eventlens.ir`, `eventlens.syntax.grammars` and tree-sitter. Invariant: every node type of the grammar either has a
handler in `reader.VALUES` or `reader.STATEMENTS`, is read by the handler of its parent, or becomes `ir.Unknown` with the values
inside it.
"""

from eventlens.syntax.csharp.program import lower_tree

__all__ = ["lower_tree"]
