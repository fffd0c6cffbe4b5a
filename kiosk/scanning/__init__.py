"""From pixels to text: camera, decoder and scan gate. Pixels are handled in a process of their own.

The parent's side (`process`, `gate`, `scene`, `sighting`, `state`) is standard library only, so
that the window stays light; everything that imports numpy or OpenCV is loaded by the worker.
"""
