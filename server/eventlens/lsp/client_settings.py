"""What the client's own settings (section ``eventlens``) say."""

from __future__ import annotations

from typing import NamedTuple, cast, get_args

from eventlens.flow.model import Severity


class ClientSettings(NamedTuple):
    """``minimum_severity``: lesser findings are not shown. ``code_lens``: whether lenses are offered."""

    minimum_severity: Severity = "hint"
    code_lens: bool = True


def read_settings(given: object) -> tuple[ClientSettings, list[str]]:
    """The settings, and a line for each value that could not be used (its default then counts)."""
    if given is None:
        return ClientSettings(), []
    if not isinstance(given, dict):
        return ClientSettings(), ["`eventlens` is not a table of settings; the defaults are used"]
    section = given.get("eventlens", given)
    section = section if isinstance(section, dict) else {}
    settings, mistakes = ClientSettings(), []
    severity, lens = section.get("minimumSeverity"), section.get("codeLens")
    if severity in get_args(Severity):
        settings = settings._replace(minimum_severity=cast(Severity, severity))
    elif severity is not None:
        mistakes.append(
            f"eventlens.minimumSeverity: {severity!r} is none of {', '.join(get_args(Severity))}; `hint` is used"
        )
    if isinstance(lens, bool):
        settings = settings._replace(code_lens=lens)
    elif lens is not None:
        mistakes.append(f"eventlens.codeLens: {lens!r} is neither true nor false; `true` is used")
    return settings, mistakes
