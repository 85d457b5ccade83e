"""What fixes write in Go.

A module that is called as a fix is (`rethrow`, `bound_retry`, `acknowledge_after`) is what that one offers here; `publishing` is what two
offer for a dropped error, with `reports` for what a library tells elsewhere. `dead_letters` (amqp091-go) and `poison` (watermill) are
the words in which `eventlens.fixes.dead_letter` speaks to a library. `code`, `imports`, `loggers` and `error_results` (functions made
to give an error) are what they share.

May import the fixes that are written anew here and what all languages share, nothing of `csharp` or `jvm`. Invariant: what is written
compiles: each error is used, each import is, and no name is taken twice in the package.
"""
