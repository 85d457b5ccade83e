"""What an editor asks about a place in a file, answered from the flow map: one feature a module.

May import `flow`, `workspace` and what lies below. Invariant: plain data in and out, in 1-based lines and code-point columns;
no type of the language server protocol is known here.
"""
