"""Draws a photo again, small: what is kept is a picture, without the place, the date and the rest of the file."""

from __future__ import annotations

import io
import warnings
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from establishments.files.actions import Examined, examine

SIZE = (300, 400)  # pixels: 3 by 4 centimetres in print
MOST_PIXELS = 50_000_000  # a telephone's photo has 12 to 50 million
FORMATS = ["JPEG", "PNG", "WEBP"]
ACCEPT = "image/jpeg,image/png,image/webp"


def redraw(upload: UploadedFile[Any]) -> Examined:
    """Raises ValidationError, with what to do, when it is no photo."""
    examine(upload)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a picture that unfolds into gigabytes is only a warning to Pillow
            with Image.open(upload, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValidationError(_("Cette photo est trop grande. Réduisez-la, puis réessayez."), code="size")
                picture.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
                drawn = ImageOps.fit(upright, SIZE, centering=(0.5, 0.35))  # a face is above the middle
    except ValidationError:
        raise
    except Exception as error:  # a broken picture breaks Pillow in as many ways as there are formats
        raise ValidationError(
            _("Cette photo n’est pas lisible. Envoyez une photo en JPEG, PNG ou WebP."), code="content"
        ) from error
    drawn.info.clear()  # the comment of a JPEG, or of a PNG, would be written again
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=85, optimize=True)
    file = SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")
    return Examined(file, "photo.jpg", "image/jpeg")
