#!/bin/sh
# Writes the pages that pages.mjs looks at, and what JSON says of the same.
# Usage: write_pages.sh FOLDER [CONVCALC]
set -eu
cd "$1"
convcalc=${2:-convcalc}

both() { # NAME WORDS...: a page and its JSON
    name=$1
    shift
    "$convcalc" "$@" --format html -o "$name.html"
    "$convcalc" "$@" --format json -o "$name.json"
}

both compare compare vgg11 resnet18 squeezenet1_1 -b 8 --gpu t4
both fit fit resnet18 --gpu t4
both diff diff resnet18 resnet34 -b 8
"$convcalc" fit lenet5 --gpu t4,rtx-3090,v100-16gb --format html -o cards.html

name='</script><img src=x onerror=alert(1)>'
mkdir -p old new
for side in old new; do
    filters=$([ $side = old ] && echo 4 || echo 8)
    printf '{name: "%s", input: 8x8x3, layers: [conv: {name: "%s", filters: %s, size: 3}, {fc: {units: 2}}]}' \
        "$name" "$name" "$filters" >$side/net.yaml
    printf 'input: 8x8x3\nlayers: [fc: {units: 2}]\n' >$side/same.yaml
done
"$convcalc" diff old new --format html -o folders.html
"$convcalc" analyze old/net.yaml --gpu t4 --format html -o hostile-analyze.html
"$convcalc" compare old/net.yaml new/net.yaml --format html -o hostile-compare.html
"$convcalc" fit old/net.yaml --gpu t4 --format html -o hostile-fit.html
"$convcalc" diff old/net.yaml new/net.yaml --format html -o hostile-diff.html
