"""Files of a folder or archive, listed and read without ever leaving it."""

from __future__ import annotations

import hashlib
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.errors import ImageError, ReleaseError
from radiomics_mammo.core.findings import AuditCode, Finding

ARCHIVE_ERRORS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(OSError, EOFError, KeyError, ValueError, RuntimeError),
)
"""What `zipfile` raises on damaged, encrypted or exotic members (the last two a RuntimeError)."""

DECODER_ERRORS = (
    *ARCHIVE_ERRORS,
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, SyntaxError, TypeError),
)
"""What pydicom, Pillow, openpyxl, xlrd raise on damaged files beside errors of their own, learned by fuzzing."""

_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1
_METHODS = {1: "Shrink", 6: "Implode", 9: "Deflate64", 20: "Zstandard", 93: "Zstandard"}
_METHODS |= {95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AES"}
"""Compression methods that Python's zip reader may not know (PKWARE APPNOTE 4.4.5)."""
_KNOWN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_KNOWN_METHODS |= {getattr(zipfile, "ZIP_ZSTANDARD", zipfile.ZIP_STORED)}
_DRIVE_LENGTH = 2


@dataclass(frozen=True)
class FileListing:
    """What lies in a folder or archive (`root`, resolved), in the order of names; `findings` say what was not read."""

    root: Path
    files: tuple[FileRef, ...]
    """Regular files; links that stay inside are followed, all others left out."""
    folders: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def list_files(path: Path, *, config: ReleaseConfig = DEFAULT_RELEASE) -> FileListing:
    """List a folder or a zip archive; nothing is unpacked.

    Raises
    ------
    ReleaseError
        If the path does not exist, is neither folder nor zip, or holds too many files.
    """
    try:
        root = path.resolve()
        is_folder, is_file = root.is_dir(), root.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise ReleaseError(str(path), "a folder or zip archive", type(error).__name__, "check the path") from error
    if is_folder:
        return _list_folder(root, config)
    if not is_file:
        raise ReleaseError(str(path), "a folder or zip archive", "nothing there", "check the path")
    return _list_archive(root, config)


def read_bytes(ref: FileRef, *, config: ReleaseConfig = DEFAULT_RELEASE) -> bytes:
    """Whole content of one file, bounded in size.

    Raises
    ------
    ImageError
        If the file is larger than ``max_unpacked_bytes``, or cannot be read.
    """
    limit, data = config.max_unpacked_bytes, bytearray()
    with _opened(ref) as stream:
        while len(data) <= limit and (piece := stream.read(_CHUNK_BYTES)):
            data += piece  # in pieces: to read up to the limit at once would set its memory aside
    if len(data) > limit:
        expected, found = f"at most {limit} bytes", f"more than {limit} bytes"
        raise ImageError(printable(ref.name), expected, found, "raise max_unpacked_bytes", code="ARCHIVE_LIMIT")
    return bytes(data)


def content_hash(ref: FileRef) -> str:
    """Hash (sha256, hex) of the content of one file, read in pieces.

    Raises
    ------
    ImageError
        If the file cannot be read.
    """
    digest = hashlib.sha256()  # hashlib.file_digest takes no member of an archive
    with _opened(ref) as stream:
        while piece := stream.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def first_bytes(ref: FileRef, count: int) -> bytes:
    """The first `count` bytes of one file; empty where it cannot be read."""
    try:
        with _opened(ref) as stream:
            return stream.read(count)
    except ImageError:
        return b""


@contextmanager
def _opened(ref: FileRef) -> Iterator[IO[bytes]]:
    try:
        if not ref.archived:
            with (ref.root / ref.name).open("rb") as stream:
                yield stream
            return
        with zipfile.ZipFile(ref.root) as archive, archive.open(_member(archive, ref.name)) as stream:
            yield stream
    except ARCHIVE_ERRORS as error:
        found = _why_closed(ref, error)
        raise ImageError(printable(ref.name), "a readable file", found, "copy or unpack the release again") from error


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Member of a listed name, also where a Windows archive spells it with backslashes."""
    with suppress(KeyError):
        return archive.getinfo(name)
    return {_slashed(member.filename): member for member in archive.infolist()}[name]


def _why_closed(ref: FileRef, error: Exception) -> str:
    if isinstance(error, NotImplementedError):
        with suppress(*ARCHIVE_ERRORS), zipfile.ZipFile(ref.root) as archive:
            return f"a member compressed with {_method(_member(archive, ref.name))}"
    return "an encrypted member" if isinstance(error, RuntimeError) else type(error).__name__


def _method(member: zipfile.ZipInfo) -> str:
    """Name of the compression of an archive member."""
    return _METHODS.get(member.compress_type, f"method {member.compress_type}")


def _slashed(name: str) -> str:
    r"""A member's name with forward slashes, without the ``.`` and empty parts that some programs write.

    Examples
    --------
    >>> _slashed("./Benign_cases\\1//CC_prior.dcm"), _slashed("/etc/x"), _slashed("a/../b")
    ('Benign_cases/1/CC_prior.dcm', '/etc/x', 'a/../b')
    """
    whole = name.replace("\\", "/")
    kept = "/".join(part for part in whole.split("/") if part not in ("", "."))
    return "/" * whole.startswith("/") + kept + "/" * (whole.endswith("/") and bool(kept))


def _list_folder(root: Path, config: ReleaseConfig) -> FileListing:
    files: list[FileRef] = []
    folders: list[str] = []
    findings: list[Finding] = []
    closed: list[OSError] = []
    for folder, below, names in os.walk(root, onerror=closed.append):
        for name in sorted([*below, *names]):
            full = Path(folder, name)
            inside = full.relative_to(root).as_posix()
            problem = _link_problem(full, root)
            if problem:
                findings.append(Finding.of(AuditCode.UNSAFE_PATH, problem, file=printable(inside)))
            elif full.is_file():
                files.append(FileRef(root, inside))
            elif full.is_dir():
                folders.append(inside)
        _check_count(root, len(files) + len(folders), config)
    for error in closed:
        name = printable(os.path.relpath(error.filename or root, root))
        findings.append(Finding.of(AuditCode.FOLDER_UNREADABLE, type(error).__name__, file=name))
    return FileListing(root, tuple(sorted(files)), tuple(sorted(folders)), tuple(findings))


def _link_problem(path: Path, root: Path) -> str:
    """Why a link is not followed; empty for everything that is safe to open."""
    if not path.is_symlink():
        return ""
    try:
        target = path.resolve()
    except (OSError, RuntimeError):
        return "a link that leads in a circle was not followed"
    if not target.is_relative_to(root):
        return "a link points outside the release and was not read"
    return "a link to a folder was not followed" if target.is_dir() else ""


def printable(name: str) -> str:
    r"""A name that can be written as UTF-8, whatever bytes the file system holds.

    Examples
    --------
    >>> printable("Dataset/caf\udce9")
    'Dataset/caf\\udce9'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _check_count(root: Path, count: int, config: ReleaseConfig) -> None:
    if count > config.max_files:
        raise ReleaseError(root.name, f"at most {config.max_files} files", "more", "give the release folder itself")


def _list_archive(root: Path, config: ReleaseConfig) -> FileListing:
    try:
        with zipfile.ZipFile(root) as archive:
            members = archive.infolist()
    except ARCHIVE_ERRORS as error:
        found = f"a file that is no complete zip ({type(error).__name__})"
        raise ReleaseError(root.name, "a folder or zip archive", found, "download the archive again") from error
    _check_count(root, len(members), config)
    contents = [member for member in members if not member.is_dir()]
    if contents and all(member.flag_bits & _ENCRYPTED for member in contents):
        raise ReleaseError(root.name, "an archive without password", "an encrypted one", "unpack it to a folder first")
    unread = {_method(member) for member in contents if member.compress_type not in _KNOWN_METHODS}
    if unread and all(member.compress_type not in _KNOWN_METHODS for member in contents):
        found = f"one compressed with {', '.join(sorted(unread))}"
        raise ReleaseError(root.name, "an archive compressed with Deflate", found, "unpack it and give the folder")
    files: list[FileRef] = []
    folders: set[str] = set()
    findings: list[Finding] = []
    for member in members:
        problem = _member_problem(member, config)
        name = _slashed(member.filename).rstrip("/")
        if not name:
            continue
        if problem:
            findings.append(Finding.of(*problem, file=printable(name.lstrip("/"))))
            continue
        folders.update(str(parent) for parent in PurePosixPath(name).parents if str(parent) != ".")
        if member.is_dir():
            folders.add(name)
        else:
            files.append(FileRef(root, name, archived=True))
    return FileListing(root, tuple(sorted(files)), tuple(sorted(folders)), tuple(findings))


def _member_problem(member: zipfile.ZipInfo, config: ReleaseConfig) -> tuple[AuditCode, str] | None:
    name = _slashed(member.filename)
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or (len(parts[0]) == _DRIVE_LENGTH and parts[0].endswith(":")):
        return AuditCode.UNSAFE_PATH, "an archive member points outside the release and was not read"
    if stat.S_ISLNK(member.external_attr >> 16):
        return AuditCode.UNSAFE_PATH, "a link in the archive was not followed"
    if member.file_size > config.max_unpacked_bytes:
        limit = f"{member.file_size} bytes unpacked, allowed {config.max_unpacked_bytes}; not read"
        return AuditCode.ARCHIVE_LIMIT, limit
    return None
