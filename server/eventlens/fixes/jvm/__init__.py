"""Fixes that write Java and Kotlin.

One module a fix or library, and what they share: the project around a file (`project`), how code is written in either language (`code`),
imports (`imports`), loggers (`loggers`). `eventlens.fixes.registry` says for which fix each is asked.
"""
