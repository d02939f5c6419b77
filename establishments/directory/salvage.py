"""What can be read of a file that is not well-formed: each request by itself.

The ministry's own sample deltas are such files. What is found here is shown and kept aside, never applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from establishments.directory.aaf import RawRecord, encoding_of, raw_record
from establishments.directory.export import SourceFile
from establishments.directory.reading import ATTRIBUTES, KEYS
from establishments.directory.report import Reason, Report

_REQUEST = re.compile(
    rb"<(addRequest|modifyRequest|deleteRequest)>.*?(?:</\1>|(?=<(?:add|modify|delete)Request>)|\Z)", re.S
)


def salvaged(file: SourceFile, report: Report) -> Iterator[RawRecord]:
    """The requests that can be read; the others are reported with their line."""
    with file.open() as stream:
        content = stream.read()
    wanted = frozenset({KEYS[file.category], *ATTRIBUTES[file.category].split()})
    parser = etree.XMLParser(encoding=encoding_of(file), resolve_entities=False, load_dtd=False, no_network=True)
    for match in _REQUEST.finditer(content):
        line = content.count(b"\n", 0, match.start()) + 1
        try:
            element = etree.fromstring(match[0], parser)
        except etree.XMLSyntaxError as error:
            at = line + max((error.lineno or 1) - 1, 0)
            report.rejected.add(Reason.UNREADABLE, file.name, "", line=at, detail=error.msg)
            continue
        yield raw_record(element, wanted, line=line)
