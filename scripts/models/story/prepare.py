"""Turns the public-domain text of Debian's package sword-text-web into one file of bytes.

The package holds one zlib block a book, in OSIS markup. This script keeps the running text of
every verse, drops notes, titles and introductions, writes typographic marks as ASCII, ends a
paragraph with a line feed and a chapter with a zero byte (the model's end token).
"""

import argparse
import hashlib
import io
import pathlib
import re
import struct
import subprocess
import tarfile
import tempfile
import zlib

PACKAGE = "sword-text-web"
VERSION = "426.0-1"
MODULE = "usr/share/sword/modules/texts/ztext/engWEB2015eb/"
TEXT_SHA256 = "61bd1d27fb7e543624e9e2603a5cdbc0bec38bd195a4826df0c2c848baf84617"

ASCII = {
    "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'",
    "\u2014": " - ", "\u2013": "-", "\u2026": "...", "\u00a0": " ",
}


def download(folder: pathlib.Path) -> pathlib.Path:
    """Fetches the package with apt; the working directory is where apt leaves the file."""
    subprocess.run(["apt-get", "download", f"{PACKAGE}={VERSION}"], cwd=folder, check=True)
    return next(folder.glob("*.deb"))


def unpack(package: pathlib.Path) -> dict[str, bytes]:
    """The module's files by their names."""
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], check=True, capture_output=True).stdout
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix("./")
            if member.isfile() and name.startswith(MODULE):
                files[name.removeprefix(MODULE)] = archive.extractfile(member).read()
    return files


def books(files: dict[str, bytes], testament: str) -> list[str]:
    """The markup of each book: `.bzs` lists (offset, packed bytes, plain bytes) of the blocks in `.bzz`."""
    index, packed = files[f"{testament}.bzs"], files[f"{testament}.bzz"]
    blocks = [struct.unpack_from("<III", index, at) for at in range(0, len(index), 12)]
    return [zlib.decompress(packed[at : at + size]).decode("utf-8") for at, size, _ in blocks if size > 0]


def plain(markup: str) -> str:
    """Running text of one stretch of OSIS markup, in printable ASCII and line feeds."""
    text = re.sub(r"<note\b.*?</note>", " ", markup, flags=re.S)
    text = re.sub(r"<title\b.*?</title>", "\n", text, flags=re.S)
    text = re.sub(r'<div eID="[^"]*" type="x-p"/>|<lg\b[^>]*>|<div [^>]*type="paragraph"[^>]*>', "\n", text)
    text = re.sub(r"<l\b[^>]*>|<milestone\b[^>]*>", " ", text)
    text = re.sub(r"<[^>]*>", "", text)
    for mark, ascii_mark in ASCII.items():
        text = text.replace(mark, ascii_mark)
    text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    text = re.sub(r"[ \t\r]+", " ", text)
    text = re.sub(r" +([,.;:?!])", r"\1", text)
    text = re.sub(r" *\n[ \n]*", "\n", text)
    return "".join(c for c in text if c == "\n" or " " <= c <= "~").strip()


def chapters(book: str) -> list[str]:
    """The chapters' texts; everything before the first chapter mark (introductions) is dropped."""
    parts = re.split(r'<chapter n="[^"]*" osisID="[^"]*" sID="[^"]*"/>', book)[1:]
    texts = [plain(part) for part in parts]
    return [text for text in texts if len(text) > 40]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=pathlib.Path, help="a downloaded .deb; default: apt-get download")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = unpack(options.package or download(pathlib.Path(folder)))
    texts = [text for part in ("ot", "nt") for book in books(files, part) for text in chapters(book)]
    data = b"".join(text.encode("ascii") + b"\n\0" for text in texts)
    digest = hashlib.sha256(data).hexdigest()
    if TEXT_SHA256 and digest != TEXT_SHA256:
        raise SystemExit(f"the text's SHA-256 is {digest}; expected {TEXT_SHA256}: another version of {PACKAGE}?")
    options.out.write_bytes(data)
    print(f"{len(texts)} chapters, {len(data)} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
