"""The rules: one module a rule, each a function from `CheckContext` to findings.

May import: everything below (`behaviour`, `flow`, …). Invariant: a rule fires only with evidence and shows it; it never sees a
syntax tree or asks for a language, and looks for everything that clears it before it speaks.
"""
