"""The front end of TypeScript, TSX, JavaScript and JSX.

May import `eventlens.ir` and tree-sitter. Invariant: every node type of the three grammars either has a handler in
`reader.VALUES` or `reader.STATEMENTS`, is read by the handler of its parent, or becomes `ir.Unknown` with the values inside it.
"""

from eventlens.syntax.ecmascript.program import lower_tree

__all__ = ["lower_tree"]
