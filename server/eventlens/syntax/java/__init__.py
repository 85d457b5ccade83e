"""The front end of Java, 8 to 21.

May import `eventlens.ir` and tree-sitter. Invariant: every node type of the grammar either has a handler in `reader.VALUES` or
`reader.STATEMENTS`, is read by the handler of its parent, or becomes `ir.Unknown` with the values inside it. What a bare name
means (a local, a member of the class, a member of a class around it) is decided here, from this one file.
"""

from eventlens.syntax.java.program import lower_tree

__all__ = ["lower_tree"]
