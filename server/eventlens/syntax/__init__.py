"""Front ends: one syntax tree in, one `eventlens.ir.Module` out.

May import `eventlens.ir` and the tree-sitter grammars, nothing else of Eventlens: this package knows no library, no broker
and no workspace. Invariant: lowering is a pure function of path and bytes; it never raises and does no IO. One clock bounds it: a text that
keeps the parser busy many times as long as texts of its size do is read as empty.

What front ends share stands beside their folders: where the reading stands and which handler reads which node (`reader`), statements
and what an error leaves of them (`salvage`, `damage`), chains of links and runs of operators (`link_chains`, `operator_runs`), switches
(`case_ladders`) and docs (`comment_runs`); what an edit left alone and is taken over (`kept_parts`, `moving`). Python's is made of classes that extend one another and shares less.
"""
