"""The files of a workspace: which there are, what they say, what they import and which service they belong to.

May import `eventlens.ir`, `eventlens.syntax`, `eventlens.config` and `eventlens.knowledge`. Invariant: nothing here knows a
messaging library; the literals that are looked for are handed in. A `Workspace` is a snapshot: its answers do not change while
it is held, and cached answers equal those computed afresh.
"""
