"""Edits that mend findings: one fix a module, templates of whole files in ``rules/scaffolds/``.

Listed in `registry`. Beside the fixes stands what they share: the file that is edited (`source`; `functions` and `blocks` in any
language), its imports (`es_imports`, `python_imports`), the project around it (`python_project`, `python_migrations`), how it logs
(`loggers`, `caught_errors`), what identifies the thing that a message is about (`identities`), and generated code (`scaffolds`,
`restyling`). What is written in Go stands in `golang`, in C# in `csharp`, in Java and Kotlin in `jvm`: `registry` names what is asked
there in place of a fix, or the fix asks there for the words.

May import `checks` and what lies below. Invariant: a fix is a pure function of the analysed snapshot: it writes nothing, and
what it proposes are changes of texts (`changes`). After the change the finding is gone, the file parses, and what was added
looks like the file around it.
"""
