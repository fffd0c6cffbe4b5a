"""Puts the demonstration together: shop, terminal, window; by hand or as a tour."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from pathlib import Path

from kiosk.bootstrap import Terminal
from kiosk.demo.customers import Customers
from kiosk.demo.options import DemoOptions
from kiosk.demo.phone import Phone
from kiosk.demo.programs import ProgramFailed
from kiosk.demo.shop import CLERK, CLERK_PIN, Shop
from kiosk.demo.telling import say
from kiosk.demo.tour import Step, Tour
from kiosk.demo.visitors import Visitors
from kiosk.ledger.home import Home
from kiosk.logs import log_to_files
from kiosk.settings import Settings
from kiosk.ui.demo_panel import DemoActions, DemoCustomer
from kiosk.ui.robot import WindowRobot
from kiosk.ui.window import CounterWindow
from kiosk.window import show_terminal

EXIT_OK, EXIT_FAILURE = 0, 1


def run_demo(options: DemoOptions) -> int:
    """Run it; the exit status. Main thread."""
    try:
        if options.screenshots is not None:
            options.screenshots.mkdir(parents=True, exist_ok=True)
        if options.home is not None:
            options.home.mkdir(parents=True, exist_ok=True)
            return _run_in(options.home, options)
        with tempfile.TemporaryDirectory(prefix="kiosk-demo-") as folder:
            return _run_in(Path(folder), options)
    except ProgramFailed as error:
        print(f"kiosk demo: {error}", file=sys.stderr)
        return EXIT_FAILURE
    except OSError as error:
        print(f"kiosk demo: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return EXIT_FAILURE


def _run_in(folder: Path, options: DemoOptions) -> int:
    shop = Shop(folder)
    try:
        shop.open()
        terminal = Terminal(Home(shop.home))
        log_to_files(terminal.home.log_dir, "info")
        try:
            terminal.start_sync()
            customers = Customers(shop, terminal.ledger.store.history)
            customers.prepare()
            say("opening the counter …")
            phone = Phone(folder / "scene.json")
            try:
                return _show(folder, options, shop, customers, terminal, phone)
            finally:
                phone.close()
        finally:
            terminal.close()
    finally:
        shop.close()


def _show(
    folder: Path,
    options: DemoOptions,
    shop: Shop,
    customers: Customers,
    terminal: Terminal,
    phone: Phone,
) -> int:
    visitors = Visitors(customers.all(), show=phone.show, leave=phone.leave, say=say)
    tours: list[Tour] = []
    threads: list[threading.Thread] = []

    def ready(window: CounterWindow) -> None:
        window.resize(*options.size)
        if not options.tour:
            say(f"sign in as {CLERK} with PIN {CLERK_PIN}; then bring a customer from the strip")
            return
        robot = WindowRobot(window)
        tour = Tour(
            shop=shop,
            terminal=terminal,
            customers=customers,
            phone=phone,
            robot=robot,
            told=_tell,
            screenshots=options.screenshots,
        )
        tours.append(tour)
        thread = threading.Thread(target=_run_tour, args=(tour, robot), name="tour")
        threads.append(thread)
        thread.start()

    settings = Settings(language="en" if options.language == "en" else "zh_CN")
    show_terminal(
        terminal,
        settings,
        f"sim:{folder / 'scene.json'}",
        demo=None if options.tour else _strip(customers, visitors, terminal),
        on_ready=ready,
    )
    for thread in threads:
        thread.join()
    visitors.close()
    return _report(tours[0], options) if tours else EXIT_OK


def _run_tour(tour: Tour, robot: WindowRobot) -> None:
    try:
        tour.run()
    finally:
        robot.close()


def _strip(
    customers: Customers, visitors: Visitors, terminal: Terminal
) -> tuple[tuple[DemoCustomer, ...], DemoActions]:
    """What the strip shows and does."""
    shown = tuple(
        DemoCustomer(kind.key, kind.label_zh, kind.label_en, kind.why_zh, kind.why_en)
        for kind in customers.all()
    )
    return shown, DemoActions(
        visitors.bring,
        lambda enabled: terminal.sync.set_network(enabled=enabled),
        visitors.leave,
        sign_in_zh=f"先登录：点选王小满，PIN 码 {CLERK_PIN}，再选一位顾客。",
        sign_in_en=f"Sign in first: 王小满, PIN {CLERK_PIN}. Then choose a customer.",
    )


def _tell(step: Step) -> None:
    mark = "ok " if step.matches else "BAD"
    say(f"{mark} {step.name}: {step.seen} ({step.seconds:.1f} s)")


def _report(tour: Tour, options: DemoOptions) -> int:
    if options.json:
        steps = [
            {
                "step": s.name,
                "expected": s.expected,
                "seen": s.seen,
                "ok": s.matches,
                "seconds": s.seconds,
            }
            for s in tour.steps
        ]
        print(json.dumps({"ok": tour.all_match, "steps": steps}, ensure_ascii=False))
    else:
        wide = max(len(step.name) for step in tour.steps)
        print(f"{'step':<{wide}}  {'expected':<28} {'seen':<28}")
        for step in tour.steps:
            mark = "" if step.matches else "  <-- differs"
            print(f"{step.name:<{wide}}  {step.expected:<28} {step.seen:<28}{mark}")
    return EXIT_OK if tour.all_match else EXIT_FAILURE
