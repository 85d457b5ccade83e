"""Files of deployments in a workspace as plain YAML: templates of Helm charts with their values put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eventlens.config.documents import read_document
from eventlens.config.environment import Variable
from eventlens.config.helm import Rendered, ValuesFile, chart_of, is_values_name, rendered, variables_in
from eventlens.config.kubernetes import looks_deployed, read_deployments
from eventlens.workspace.resolution import folder_of
from eventlens.workspace.snapshot import Workspace

_ENDINGS = (".yaml", ".yml")


class DeploymentFiles:
    """The YAML files that deploy something. ``profiles`` say which ``values-….yaml`` count beside ``values.yaml``, the last most."""

    def __init__(self, workspace: Workspace, profiles: Sequence[str] = ()) -> None:
        self._workspace = workspace
        self._profiles = tuple(profiles)
        self._values: dict[str, list[ValuesFile]] = {}

    def text(self, path: str) -> Rendered:
        """A file as YAML, with as many lines as it has."""
        written = self._workspace.text_if_there(path)
        chart = chart_of(path)
        if chart is None or self._below(chart, "Chart.yaml") not in self._workspace or b"{{" not in written:
            return Rendered(written.decode("utf-8-sig", "replace"), {})
        return rendered(written.decode("utf-8-sig", "replace"), self._values_of(chart))

    def config_maps(self, paths: Sequence[str]) -> Mapping[str, tuple[Variable, ...]]:
        """The entries of all ``ConfigMap`` objects by the object's name."""
        found: dict[str, tuple[Variable, ...]] = {}
        for path in paths:
            written = self._workspace.text_if_there(path) if path.endswith(_ENDINGS) else b""
            if b"ConfigMap" in written and looks_deployed(written):
                found.update(read_deployments(path, self.text(path).text).config_maps)
        return found

    def values_files(self, paths: Sequence[str]) -> Iterator[tuple[int, ValuesFile, Variable]]:
        """The variables that values files list, each with its file; 0 in front where the file counts, else 1."""
        for path in paths:
            name = path.rpartition("/")[2]
            if is_values_name(name) and chart_of(path) is None:
                file = self._values_file(path)
                if file is not None:
                    counts = name.startswith("values.y") or any(profile in name for profile in self._profiles)
                    yield from ((int(not counts), file, variable) for variable in variables_in(file))

    def _values_of(self, chart: str) -> list[ValuesFile]:
        if chart not in self._values:
            names = ["values.yaml", "values.yml"]
            places = [chart, folder_of(chart)] if chart else [chart]
            paths = [self._below(chart, name) for name in names]
            for profile in self._profiles:
                paths += [self._below(f, f"values{s}{profile}.yaml") for f in reversed(places) for s in "-._"]
            files = (self._values_file(path) for path in paths if path in self._workspace)
            self._values[chart] = [file for file in files if file is not None]
        return self._values[chart]

    def _values_file(self, path: str) -> ValuesFile | None:
        root = read_document(path, self._workspace.text_if_there(path)).root
        return ValuesFile(path, root) if root is not None else None

    @staticmethod
    def _below(folder: str, name: str) -> str:
        return f"{folder}/{name}" if folder else name
