#!/bin/sh
# Takes the pictures of HTML reports in docs/report.md and README.md; needs node, npm and chromium.
# Usage: docs/make_pictures.sh [CONVCALC]
set -eu
docs=$(cd "$(dirname "$0")" && pwd)
convcalc=${1:-convcalc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$docs"/../tests/browser/*.mjs "$docs/../tests/browser/package.json" "$work"
cd "$work"
npm install --silent --no-audit --no-fund
"$convcalc" analyze resnet50 -b 32 --gpu rtx-3090 --format html -o report.html
"$convcalc" fit resnet50 --gpu rtx-3090 --format html -o fit.html
node picture.mjs report.html "$docs/report-light.png" 1400 900 light
node picture.mjs report.html "$docs/report-dark.png" 400 900 dark
node picture.mjs fit.html "$docs/report-fit.png" 1000 760 light
