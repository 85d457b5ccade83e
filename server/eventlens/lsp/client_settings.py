"""What the client's own settings (section ``eventlens``) say."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from eventlens.flow.model import Severity


class ClientSettings(NamedTuple):
    """``minimum_severity``: lesser findings are not shown. ``navigation_only``: none are, nor what mends them.

    The others switch a feature.
    """

    navigation_only: bool = False
    diagnostics: bool = True
    minimum_severity: Severity = "hint"
    code_actions: bool = True
    hover: bool = True
    completion: bool = True
    code_lens: bool = True
    inlay_hints: bool = True
    document_highlight: bool = True
    symbols: bool = True
    call_hierarchy: bool = True
    rename: bool = True

    @property
    def least_shown(self) -> Severity | None:
        """The least severity of the findings that are shown; None where no diagnostics are wanted at all."""
        return self.minimum_severity if self.diagnostics and not self.navigation_only else None

    @property
    def offers_code_actions(self) -> bool:
        """Whether code actions are wanted."""
        return self.code_actions and not self.navigation_only


SETTINGS: Mapping[str, str] = {
    "navigationOnly": "navigation_only",
    "diagnostics": "diagnostics",
    "minimumSeverity": "minimum_severity",
    "codeActions": "code_actions",
    "hover": "hover",
    "completion": "completion",
    "codeLens": "code_lens",
    "inlayHints": "inlay_hints",
    "documentHighlight": "document_highlight",
    "symbols": "symbols",
    "callHierarchy": "call_hierarchy",
    "rename": "rename",
}
"""The client's name of a setting → the field that holds it."""


def read_settings(given: object) -> tuple[ClientSettings, list[str]]:
    """The settings, and a line for each value that could not be used (its default then counts).

    Names that are not known are a mistake only where they look like one that is: clients keep settings of their own beside them.
    """
    if given is None:
        return ClientSettings(), []
    section = given.get("eventlens", given) if isinstance(given, dict) else given
    if section is None:
        return ClientSettings(), []
    if not isinstance(section, dict):
        return ClientSettings(), ["`eventlens` is not a table of settings; the defaults are used"]
    settings, mistakes = ClientSettings(), _misspelt(section)
    for name, field in SETTINGS.items():
        value, default = section.get(name), getattr(settings, field)
        if value is None:
            continue
        wrong = _wrong(value, default)
        if wrong:
            shown = f"`{default}`" if isinstance(default, str) else f"`{str(default).lower()}`"
            mistakes.append(f"eventlens.{name}: {value!r} is {wrong}; {shown} is used")
        else:
            settings = settings._replace(**{field: value})
    return settings, mistakes


def _wrong(value: Any, default: Any) -> str:
    """What is wrong with a value; "" for nothing."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "neither true nor false"
    choices = get_args(Severity)
    return "" if value in choices else f"none of {', '.join(choices)}"


def _misspelt(section: Mapping[Any, Any]) -> list[str]:
    unknown = [name for name in section if isinstance(name, str) and name not in SETTINGS]
    near = {name: get_close_matches(name, SETTINGS, 1, 0.8) for name in unknown}
    return [f"eventlens.{name}: no such setting; `eventlens.{one}` is one" for name in unknown for one in near[name]]
