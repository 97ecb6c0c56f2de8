#!/bin/sh
# System packages that pip cannot bring: a working venv module, software OpenGL for 3D pictures, and what Qt's windows
# need.
# As root (or with sudo that asks for no password) they are installed; otherwise this says what is missing.
set -eu

missing=""
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
if [ "$(uname -s)" = "Linux" ]; then
    ldconfig -p 2>/dev/null | grep -q 'libEGL\.so\.1' || missing="$missing libegl1"
    ls /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium*.so /usr/lib64/dri/swrast_dri.so 2>/dev/null | grep -q . ||
        missing="$missing libgl1-mesa-dri"
    for pair in libGL.so.1:libgl1 libxkbcommon.so.0:libxkbcommon0 libdbus-1.so.3:libdbus-1-3 \
        libfontconfig.so.1:libfontconfig1 libglib-2.0.so.0:libglib2.0-0; do
        ldconfig -p 2>/dev/null | grep -qF "${pair%%:*}" || missing="$missing ${pair##*:}"
    done
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "vertebrosim: please install what your system calls:$missing" >&2
elif [ "$(id -u)" = "0" ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
    exit 0
elif sudo -n true 2>/dev/null; then
    sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
    exit 0
else
    echo "vertebrosim: packages are missing; ask an administrator to run: apt-get install$missing" >&2
fi
case "$missing" in
*python3-venv*) exit 1 ;; # nothing can be installed without it
*) echo "vertebrosim: everything but windows and 3D pictures works without them" >&2 ;;
esac
