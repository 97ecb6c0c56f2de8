#!/bin/sh
# System packages that pip cannot bring: a working venv module, software OpenGL for 3D pictures, and what Qt's windows
# need, also those of X11.
# As root (or with sudo that asks for no password) they are installed; otherwise this says what is missing.
set -eu

missing=""
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
if [ "$(uname -s)" = "Linux" ]; then
    ls /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium*.so /usr/lib64/dri/swrast_dri.so 2>/dev/null | grep -q . ||
        missing="$missing libgl1-mesa-dri"
    for pair in libEGL.so.1:libegl1 libGL.so.1:libgl1 libxkbcommon.so.0:libxkbcommon0 libdbus-1.so.3:libdbus-1-3 \
        libfontconfig.so.1:libfontconfig1 libglib-2.0.so.0:libglib2.0-0 \
        libX11-xcb.so.1:libx11-xcb1 libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 \
        libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1 \
        libxcb-randr.so.0:libxcb-randr0 libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 \
        libxcb-shm.so.0:libxcb-shm0 libxcb-sync.so.1:libxcb-sync1 libxcb-xfixes.so.0:libxcb-xfixes0 \
        libxcb-xkb.so.1:libxcb-xkb1; do
        ldconfig -p 2>/dev/null | grep -qF "${pair%%:*}" || missing="$missing ${pair##*:}"
    done
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "vertebrosim: please install what your system calls:$missing" >&2
else
    if [ "$(id -u)" = "0" ]; then as_root="env"; else as_root="sudo -n env"; fi
    if $as_root true 2>/dev/null; then
        $as_root apt-get update -qq &&
            $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing && exit 0
        echo "vertebrosim: apt-get could not install:$missing" >&2
    else
        echo "vertebrosim: packages are missing; ask an administrator to run: apt-get install$missing" >&2
    fi
fi
case "$missing" in
*python3-venv*) exit 1 ;; # nothing can be installed without it
*) echo "vertebrosim: everything but windows and 3D pictures works without them" >&2 ;;
esac
