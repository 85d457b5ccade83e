"""The front end of Go.

May import `eventlens.ir`, `eventlens.syntax.grammars` and tree-sitter. Invariant: every node type of the grammar either has a
handler in `reader.VALUES` or `reader.STATEMENTS`, is read by the handler of its parent, or becomes `ir.Unknown` with the values
inside it. Errors that functions return are lowered to what other languages throw (`errors`), so that nothing after this
package has to know them.
"""

from eventlens.syntax.go.program import lower_tree

__all__ = ["lower_tree"]
