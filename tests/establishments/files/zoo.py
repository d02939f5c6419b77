"""Small true files of each accepted kind, and some that lie."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile


def archive(*entries: tuple[str, bytes], compression: int = ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", compression) as file:
        for name, content in entries:
            file.writestr(name, content)
    return buffer.getvalue()


def open_document(kind: str) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return archive(("mimetype", mimetype), ("content.xml", b"<office:document-content/>"))


def office(folder: str) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), (f"{folder}/document.xml", b"<x/>"), compression=ZIP_DEFLATED)


def media(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1" + brand + b"\0\0\0\x08free"


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0\x1f\x15\xc4\x89"

TRUE = {
    "photo.png": PNG,
    "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9",
    "de téléphone.jpeg": b"\xff\xd8\xff\xe1\x00\x18Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0\xff\xd9",
    "sans en-tête.jpg": b"\xff\xd8\xff\xdb\0\x43\0" + bytes(64) + b"\xff\xd9",
    "dessin.gif": b"GIF89a\1\0\1\0\0\0\0;",
    "photo.webp": b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0",
    "iphone.heic": media(b"heic"),
    "autre iphone.heic": media(b"mif1"),
    "fiche.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n",
    "avec étiquettes.mp3": b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + b"\xff\xfb\x90\x64" + bytes(400),
    "nu.mp3": b"\xff\xfb\x90\x64" + bytes(413),
    "de dictaphone.mp3": b"\xff\xf3\x40\xc0" + bytes(413),
    "dictaphone.m4a": media(b"M4A "),
    "film.mp4": media(b"isom"),
    "android.mp4": media(b"mp42"),
    "caméra.mp4": media(b"avc1"),
    "rédaction.odt": open_document("text"),
    "tableau.ods": open_document("spreadsheet"),
    "exposé.odp": open_document("presentation"),
    "rédaction.docx": office("word"),
    "tableau.xlsx": office("xl"),
    "exposé.pptx": office("ppt"),
    "notes.txt": "Une note : ça marche.\n".encode(),
    "de windows.txt": "Une note : ça marche.\r\n".encode("cp1252"),
    "notes.csv": "nom;note\nInès;15\n".encode(),
}

PAGE = b"<!doctype html><script>alert(document.cookie)</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PROGRAM = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + bytes(64) + b"PE\0\0"

FALSE = {
    "a page named .pdf": ("fiche.pdf", PAGE),
    "a page named .png": ("photo.png", PAGE),
    "a page named .txt": ("notes.txt", PAGE),
    "a page after spaces, named .csv": ("notes.csv", b" \r\n\t" + PAGE),
    "a page after a byte-order mark, named .txt": ("notes.txt", b"\xef\xbb\xbf" + PAGE),
    "a drawing named .png": ("photo.png", DRAWING),
    "a drawing": ("photo.svg", DRAWING),
    "a page": ("page.html", PAGE),
    "a program named .png": ("photo.png", PROGRAM),
    "a program named .txt": ("notes.txt", PROGRAM),
    "a program": ("jeu.exe", PROGRAM),
    "a program under two names": ("photo.png.exe", PROGRAM),
    "a script": ("jeu.js", b"alert(1)"),
    "a picture named .pdf": ("fiche.pdf", PNG),
    "a fiche named .jpg": ("photo.jpg", TRUE["fiche.pdf"]),
    "an archive named .docx": ("rédaction.docx", archive(("jeu.exe", PROGRAM))),
    "an archive named .odt": ("rédaction.odt", archive(("jeu.exe", PROGRAM))),
    "a document of the other kind": ("rédaction.odt", office("word")),
    "a table named .odt": ("rédaction.odt", open_document("spreadsheet")),
    "an archive": ("devoirs.zip", archive(("a.txt", b"a"))),
    "half an archive": ("rédaction.docx", office("word")[:40]),
    "no extension": ("copie", PNG),
    "an extension alone": (".png", PNG),
}
