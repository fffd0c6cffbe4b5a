"""Addresses as they may be shown and logged."""

from __future__ import annotations

import re


def without_password(url: str) -> str:
    """`rtsp://user:secret@host/live?token=…` without what is nobody's business."""
    return re.sub(r"(://[^?]*\?).*", r"\1…", re.sub(r"://[^/?]*@", "://…@", url))
