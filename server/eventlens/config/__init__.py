"""Readers of sources that are not code: manifests, compose files, `.env`, YAML, JSON, TOML and the tool's own settings.

Beside them stand the rules for texts that others wrote: what in them is a secret, how their patterns are matched, and which words a name has.

May import `eventlens.ir` and parsers of the formats, nothing else of Eventlens. Invariant: every reader is a pure function of
text; it never opens, runs or fetches anything, and broken text gives an empty or partial result, never an exception (the
user's own settings are the exception: there every mistake is reported).
"""
