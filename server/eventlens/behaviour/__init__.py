"""What functions do: effects, publishes, transactions, acknowledgements and error paths in order, calls followed across files.

May import: `ir`, `config`, `knowledge`, `workspace`, `flow`. Invariant: a trace is a function of the program and the models; it
says what the code does, never whether that is right (that is `checks`), and it knows no language.
"""
