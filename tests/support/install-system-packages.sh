#!/usr/bin/env bash
# Brings the programs that tests need beside Python, when this account may; says loudly what is missing when it may not.
# Usage: install-system-packages.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=$("$1" -m tests.support.required_components)
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:" $missing
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null || true
    missing=$("$1" -m tests.support.required_components)
    [ -z "$missing" ] && exit 0
fi

{
    echo "────────────────────────────────────────────────────────────────────────"
    echo "NOT EVERYTHING WILL BE TESTED HERE. Missing Debian packages:" $missing
    echo "    sudo apt-get install --no-install-recommends" $missing
    echo "────────────────────────────────────────────────────────────────────────"
} >&2
