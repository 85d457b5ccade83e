"""The front end of Kotlin.

May import `eventlens.ir`, tree-sitter and what `eventlens.syntax` shares. Invariant: every node type of the grammar either has a
handler in `reader.VALUES`, `reader.STATEMENTS` or `reader.SETTLERS`, is read by the handler of its parent, or becomes
`ir.Unknown` with the values inside it.
"""

from eventlens.syntax.kotlin.program import lower_tree

__all__ = ["lower_tree"]
