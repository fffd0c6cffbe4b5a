#!/bin/sh
# Makes a checkout ready: `setup.sh run` for the program, `setup.sh test` for its tests as well.
#
# Each step is taken only where something is missing, and is announced:
#   1. system libraries and tools, through apt (as root or with sudo); elsewhere they are listed
#   2. .venv, a virtual environment filled from the hashed lock file
#   3. the project itself, as an editable install
# A second call ends at once: .venv holds a stamp of everything that the result depends on.
#
# PYTHON=/path/to/python chooses the interpreter. Mirrors and proxies set for apt and pip hold.
set -eu

# What the wheels load but do not bring along: <soname> <Debian package>.
# Asking the dynamic linker, not dpkg, is right on every distribution and release.
run_libraries='
libzbar.so.0           libzbar0
libgthread-2.0.so.0    libglib2.0-0
libEGL.so.1            libegl1
libGL.so.1             libgl1
libfontconfig.so.1     libfontconfig1
libfreetype.so.6       libfreetype6
libdbus-1.so.3         libdbus-1-3
libgssapi_krb5.so.2    libgssapi-krb5-2
libwayland-cursor.so.0 libwayland-cursor0
libwayland-egl.so.1    libwayland-egl1
libX11-xcb.so.1        libx11-xcb1
libxkbcommon.so.0      libxkbcommon0
libxkbcommon-x11.so.0  libxkbcommon-x11-0
libxcb-cursor.so.0     libxcb-cursor0
libxcb-glx.so.0        libxcb-glx0
libxcb-icccm.so.4      libxcb-icccm4
libxcb-image.so.0      libxcb-image0
libxcb-keysyms.so.1    libxcb-keysyms1
libxcb-randr.so.0      libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0      libxcb-shape0
libxcb-shm.so.0        libxcb-shm0
libxcb-sync.so.1       libxcb-sync1
libxcb-util.so.1       libxcb-util1
libxcb-xfixes.so.0     libxcb-xfixes0
libxcb-xkb.so.1        libxcb-xkb1
'
# <command> <Debian package>
run_tools='
fc-list  fontconfig
'
test_tools='
Xvfb     xvfb
xauth    xauth
xdotool  xdotool
strace   strace
openssl  openssl
chromium chromium
'

say() { printf '[setup] %s\n' "$*"; }
die() {
    printf '[setup] %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Can this machine install packages through apt, as whoever calls?
can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }
}

# The first interpreter that is new enough. A name on PATH may be a version manager's empty shell,
# so each candidate has to answer.
find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

has_chinese_font() {
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]
}

# Debian keeps the server's programs off PATH, one folder a version.
has_postgres_server() {
    for server in /usr/lib/postgresql/*/bin/postgres; do
        [ -x "$server" ] && return 0
    done
    return 1
}

# Prints the Debian packages that are missing for the mode, one a line.
missing_packages() {
    linker_cache=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null)
    echo "$run_libraries" | while read -r soname package; do
        case $linker_cache in
        *"$soname "*) ;;
        *) echo "$package" ;;
        esac
    done
    tools=$run_tools
    [ "$mode" = run ] || tools=$tools$test_tools
    echo "$tools" | while read -r tool package; do
        [ -z "$tool" ] || command -v "$tool" >/dev/null || echo "$package"
    done
    has_chinese_font || echo fonts-wqy-microhei
    "$python" -c 'import ensurepip' 2>/dev/null || echo "${python##*/}-venv"
    [ "$mode" = run ] || has_postgres_server || echo postgresql
}

# Debian creates and starts a database server on installation. The tests start their own, so a
# drop-in tells it not to, and goes away again.
install_packages() {
    dropin=/etc/postgresql-common/createcluster.d/pickup-kiosk.conf
    as_root apt-get update -qq || say "apt-get update failed; trying with the package lists at hand"
    case " $* " in
    *" postgresql "*)
        as_root mkdir -p "${dropin%/*}"
        echo 'create_main_cluster = false' | as_root tee "$dropin" >/dev/null
        ;;
    esac
    installed=yes
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@" >/dev/null || installed=no
    as_root rm -f "$dropin"
    [ "$installed" = yes ] || die "apt-get could not install: $*"
}

ensure_system_packages() {
    packages=$(missing_packages | tr '\n' ' ')
    packages=${packages% }
    if [ -z "$packages" ]; then
        say "System libraries: all there."
    elif can_install; then
        say "System libraries: installing with apt: $packages"
        # shellcheck disable=SC2086  # a list of words is what is meant
        install_packages $packages
    else
        say "System libraries: some are missing, and there is no apt here that this user may use."
        say "Install what your distribution has for these Debian packages: $packages"
        say "Going on without them."
    fi
    command -v pw-play >/dev/null || command -v paplay >/dev/null || command -v aplay >/dev/null ||
        say "No sound player found; the kiosk will be silent (optional: apt-get install alsa-utils)."
}

ensure_environment() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say "Python: creating .venv with $("$python" --version) ($(command -v "$python"))"
        "$python" -m venv --clear .venv ||
            die "Python: $python could not create a virtual environment; is its venv package there?"
    fi
    say "Python: installing the locked packages into .venv (a few minutes the first time)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes --requirement packaging/requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --no-index --no-deps --no-build-isolation --editable .
    say "Python: checking that the native parts load"
    LC_ALL=C.UTF-8 QT_QPA_PLATFORM=offscreen .venv/bin/python - <<'CHECK' ||
import cv2, pyzbar.pyzbar, sqlcipher3, zxingcpp
from PySide6.QtWidgets import QApplication
QApplication([])
CHECK
        die "A package could not be loaded, most likely for want of a system library: see above."
}

mode=${1:-}
case $mode in
run | test) ;;
*) die "usage: $0 run|test" ;;
esac
cd "$(dirname "$0")/.."

# The path is part of it: a virtual environment does not survive being moved.
fingerprint=$({
    pwd
    cat packaging/setup.sh packaging/requirements.lock pyproject.toml setup.py
} | sha256sum)
stamp=.venv/.ready-for-$mode
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$fingerprint" ]; then
    exit 0
fi

python=$(find_python)
[ -n "$python" ] || die "Python 3.11 or newer is needed and was not found. On Debian 12 or newer:" \
    "apt-get install python3. Elsewhere install it and name it: PYTHON=/path/to/python make $mode"
ensure_system_packages
ensure_environment
echo "$fingerprint" >"$stamp"
[ "$mode" = run ] || echo "$fingerprint" >.venv/.ready-for-run
say "Ready."
