"""From pixels to text: camera, decoder and scan gate. Pixels are handled in a process of their own.

The parent's side (`process`, `gate`, `scene`, `sighting`, `state`) is standard library only, so
that the window stays light; everything that imports numpy or OpenCV is loaded by the worker.
"""

from __future__ import annotations

import os

# Read by numpy when it is loaded. The equaliser's matrices are small: shared out between threads
# they take twice the processor time and no less of the customer's.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
