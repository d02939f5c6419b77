from django.core.files.uploadhandler import TemporaryFileUploadHandler

from establishments.files.actions import MAX_BYTES


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Stops writing a file that is too big, and goes on counting.

    The form then says so by the size, with everything else that was typed still there; and a gigabyte sent by
    mistake does not fill the disk.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= MAX_BYTES:
            self.file.write(raw_data)
