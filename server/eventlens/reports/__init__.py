"""The flow map written out: text, SARIF, GitHub annotations, JUnit, Mermaid, DOT; and the baseline of accepted findings.

May import `flow.model`. Invariant: a report is a pure function of the flow map and the source text that it quotes; it knows
no terminal and no file system.
"""
