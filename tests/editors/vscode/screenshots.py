"""Copies the pictures that the READMEs show from the last run's artefacts, made small; needs Pillow."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

REPOSITORY = Path(__file__).parent.parent.parent.parent
ARTEFACTS = REPOSITORY / "build" / "editors" / "vscode"
TARGETS = (REPOSITORY / "docs" / "images", REPOSITORY / "vscode-client" / "images")
PICTURES = ("squiggle", "hover", "quick-fix", "peek", "tree", "graph")
LARGEST = 150_000
"""Bytes of a picture."""


def main() -> None:
    for name in PICTURES:
        with Image.open(ARTEFACTS / f"{name}.png") as picture:
            small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        for folder in TARGETS:
            folder.mkdir(exist_ok=True)
            target = folder / f"{name}.png"
            small.save(target, optimize=True)
            size = target.stat().st_size
            if size > LARGEST:
                raise SystemExit(f"{target} has {size} bytes, more than {LARGEST}")


if __name__ == "__main__":
    main()
