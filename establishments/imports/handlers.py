from django.core.files.uploadhandler import TemporaryFileUploadHandler

from establishments.imports.forms import MAX_BYTES


class ArchiveUploadHandler(TemporaryFileUploadHandler):
    """As for any upload, what is too big is counted and not written; an academy's archive is big."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= MAX_BYTES:
            self.file.write(raw_data)
