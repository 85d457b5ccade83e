"""What Eventlens knows about libraries: the models under ``rules/`` and in a workspace's ``.eventlens/libraries``.

For: loading, validating and compiling models. May import: nothing of Eventlens but `ir`, `syntax` and `config`.
Invariant: everything here is data; a model says what a library's calls mean and never how to find or judge them. A bad
model file is reported with file, line and field, and never stops the others.
"""
