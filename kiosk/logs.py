"""Where log lines go: JSON lines in the home's folder for a window, short lines on stderr else."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

import structlog

KEEP_FILES, FILE_BYTES = 5, 2_000_000


def log_to_stderr(level: str = "warning") -> None:
    """For commands: warnings, readable."""
    _configure(
        logging.StreamHandler(sys.stderr), level, structlog.dev.ConsoleRenderer(colors=False)
    )


def log_to_files(folder: Path, level: str) -> None:
    """For a terminal: ``kiosk.log`` as JSON lines, rotated, never more than 12 MB."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "kiosk.log", maxBytes=FILE_BYTES, backupCount=KEEP_FILES, encoding="utf-8"
    )
    _configure(handler, level, structlog.processors.JSONRenderer(ensure_ascii=False))


def _configure(handler: logging.Handler, level: str, renderer: structlog.typing.Processor) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
