#!/bin/sh
# Draws icon.png, which the marketplace wants, from icon.svg. Needs Chromium.
set -eu
cd "$(dirname "$0")"
page=$(mktemp --suffix=.html)
trap 'rm -f "$page"' EXIT
{ printf '<style>html,body{margin:0;background:transparent}svg{display:block}</style>'; cat icon.svg; } >"$page"
"${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --default-background-color=00000000 \
  --window-size=128,128 --screenshot="$PWD/icon.png" "file://$page"
