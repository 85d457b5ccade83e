"""Renaming a channel or an event wherever its name is written, in code and in configuration.

May import what `ide` may. Invariants: an edit replaces bytes that spell exactly the old name, with the new one as it is written there;
where a site's name is written nowhere like that, or a text may mean something else, nothing is renamed, and what is said names the
place. Whether the edits are right is proven by the map of the edited texts: `proof.difference`.
"""
