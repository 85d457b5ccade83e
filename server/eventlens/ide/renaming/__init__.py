"""Renaming a channel wherever its name is written, in code and in configuration.

May import what `ide` may. Invariant: an edit replaces bytes that spell exactly the old name; where a site's name is written nowhere like
that, nothing is renamed.
"""
