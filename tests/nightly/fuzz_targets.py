"""What a fuzzer feeds: bytes → the product's readers, with checks of what comes out.

The first byte of an input chooses how far inside the rest is put: as a text, as the COSE bytes,
as claims under a good signature … so that what lies behind a signature is reached as well. Each
target returns a word for what happened, and raises when something is wrong: an exception that a
reader must not let out, or something accepted that a second reader refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.nightly import fuzz_codes, fuzz_documents

TARGETS: Mapping[str, tuple[Callable[[bytes], str], Callable[[], Iterator[bytes]]]] = {
    "codes": (fuzz_codes.code, fuzz_codes.seeds),
    "documents": (fuzz_documents.document, fuzz_documents.seeds),
}
MODES = {"codes": len(fuzz_codes.CODE_MODES), "documents": len(fuzz_documents.DOCUMENT_MODES)}
