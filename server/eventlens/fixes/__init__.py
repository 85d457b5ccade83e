"""Edits that mend findings: one fix a module, templates of whole files in ``rules/scaffolds/``.

May import `checks` and what lies below. Invariant: a fix is a pure function of the analysed snapshot: it writes nothing, and
what it proposes are changes of texts (`changes`). After the change the finding is gone, the file parses, and what was added
looks like the file around it.
"""
