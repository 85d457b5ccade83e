"""Mutation fuzzing: damaged source and configuration files never raise, hang or lose the server.

Reads `fixtures/` and, where ``EVENTLENS_FUZZ_CORPUS`` names a folder, the files below it. A case is made of a seed and a number alone
(`cases.case`), so that the line that a failure prints repeats it. Nothing here knows a language or a format by itself: the front
ends come from their registry, and a test holds the table of readers (`formats`) to what `eventlens.config` offers.
"""
