"""What fixes write in Java and Kotlin.

A module that is called as a fix is (`rethrow`, `bound_retry`, `acknowledge_after`, `dead_letter`) is what that one offers here, for
dead letters with a module for each library; `publishing` is what two offer for a dropped future. `code` (how either language is
written), `catches`, `imports`, `loggers`, `project` and `settings` are what they share.

May import the fixes that are written anew here and what all languages share, nothing of `csharp` or `golang`. Invariant: what is
written compiles in both languages, checked exceptions with it; a setting is given only where the project reads it.
"""
