"""Presenters run without Qt: what they import must not bring it in."""

import subprocess
import sys


def test_presenters_import_no_qt() -> None:
    code = (
        "import sys, kiosk.ui.presenters.counter, kiosk.ui.presenters.sign_in, "
        "kiosk.ui.presenters.recent, kiosk.ui.key_burst\n"
        "sys.exit(any(name.startswith(('PySide6', 'shiboken6')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_window_loads_only_the_qt_it_needs() -> None:
    code = (
        "import sys, kiosk.ui.app\n"
        "qt = {name for name in sys.modules if name.startswith('PySide6.Qt')}\n"
        "print(sorted(qt - {f'PySide6.Qt{part}' for part in ('Core', 'Gui', 'Widgets', 'Svg')}))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
