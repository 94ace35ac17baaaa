"""Download of the public release through the file listing of its record: resumed, verified, cited.

Pooch would bring whole files only and delete what is wrong, and its downloader does not tell a server that goes on from
one that starts over: resuming a broken download of a gigabyte, telling a full disk beforehand and keeping a wrong file
for inspection are done here, over `requests`.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.release.audit import release_facts

ZENODO_API = "https://zenodo.org/api/records"
"""Where records are listed; a test gives the address of a server on loopback."""

Progress = Callable[[str, int, int], None]
"""Called with file name, bytes done and bytes in all."""

_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")
_CHUNK_BYTES = 1 << 16
"""What a broken connection can cost: the piece it was in the middle of."""

_HTTP_PARTIAL, _HTTP_RANGE_REFUSED = 206, 416
_AGENT = {"User-Agent": "radiomics_mammo", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class RemoteFile:
    """One file of a record: name, size, checksum (``md5:...``) as the listing gives them, and where it is."""

    name: str
    size_bytes: int
    checksum: str
    url: str


@dataclass(frozen=True)
class FetchedRelease:
    """What lies in the output folder now, what was noticed on the way, and what to cite."""

    folder: Path
    files: tuple[Path, ...]
    notes: tuple[str, ...]
    citation: str

    def __str__(self) -> str:
        names = ", ".join(path.name for path in self.files)
        return "\n".join([*self.notes, f"{names}: in {self.folder}, checksums right.", f"To cite: {self.citation}"])


def fetch_release(
    out: str | Path,
    *,
    base_url: str = ZENODO_API,
    record: str | None = None,
    progress: Progress | None = None,
    attempts: int = 5,
    pause_seconds: float = 2.0,
    timeout_seconds: float = 60.0,
) -> FetchedRelease:
    """Download the public release.

    Parameters
    ----------
    out : str or Path
        Folder; made where it is missing. Files that are there and right are not downloaded again.
    base_url, record : str
        Address below which records are listed, and record id; the public release where not given.
    progress : callable, optional
        Called with file name, bytes done and bytes in all.
    attempts : int
        Connections in a row that may bring nothing new; each goes on where the one before broke off.
    pause_seconds, timeout_seconds : float
        Wait between attempts, and for an answer.

    Returns
    -------
    FetchedRelease

    Raises
    ------
    ReleaseError
        If the listing or a file cannot be had, the disk is too small, or a file does not match its checksum; a file
        with a wrong checksum is kept as ``<name>.wrong``, never under its own name.
    """
    folder, facts = Path(out), release_facts()
    client = _Client(
        base_url=base_url.rstrip("/"),
        attempts=attempts,
        pause_seconds=pause_seconds,
        timeout_seconds=timeout_seconds,
        progress=progress or (lambda *_: None),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = client.list_record(record or facts.record)
        _check_space(folder, files)
        notes = [note for file in files for note in client.download(file, folder)]
    except OSError as error:
        found = f"{type(error).__name__}: {error.strerror or 'cannot write'}"
        raise ReleaseError(str(folder), "a folder that can be written", found, "choose another --out") from error
    return FetchedRelease(folder, tuple(folder / file.name for file in files), tuple(notes), facts.citation)


def _check_space(folder: Path, files: tuple[RemoteFile, ...]) -> None:
    lacking = [file for file in files if not (folder / file.name).exists()]
    needed = sum(file.size_bytes - max(_size(_part(folder, file)), 0) for file in lacking)
    free = shutil.disk_usage(folder).free
    if needed > free:
        found = f"{free / 1e9:.1f} GB free"
        raise ReleaseError(str(folder), f"{needed / 1e9:.1f} GB of space", found, "make room or choose another --out")


def _part(folder: Path, file: RemoteFile) -> Path:
    return folder / f"{file.name}.part"


@dataclass(frozen=True, kw_only=True)
class _Client:
    base_url: str
    attempts: int
    pause_seconds: float
    timeout_seconds: float
    progress: Progress

    def list_record(self, record: str) -> tuple[RemoteFile, ...]:
        """Files of a record; the record itself lists them, or a listing of its own does."""
        problem, found = None, "no files"
        for url, key in ((f"{self.base_url}/{record}", "files"), (f"{self.base_url}/{record}/files", "entries")):
            tree = self._json(url)
            entries = tree.get(key) if isinstance(tree, dict) else None
            entries = list(entries.values()) if isinstance(entries, dict) else entries
            if isinstance(entries, list) and entries:
                try:
                    return tuple(self._remote_file(record, entry) for entry in entries)
                except (LookupError, TypeError, ValueError, AttributeError) as error:
                    problem, found = error, f"an unreadable entry ({type(error).__name__})"
                    break
        expected = "a listing of files with name, size and checksum"
        raise ReleaseError(f"record {record}", expected, found, "try again later or download by hand") from problem

    def _remote_file(self, record: str, entry: dict[str, Any]) -> RemoteFile:
        name, size, checksum = str(entry["key"]), int(entry["size"]), str(entry["checksum"])
        plain = PurePosixPath(name).name == name and "\\" not in name and not name.startswith(".")
        if not plain or size < 0 or checksum.partition(":")[0] not in _ALGORITHMS:
            raise ValueError(name)
        links = entry.get("links", {})
        url = str(links.get("content") or links.get("self") or "")
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            url = f"{self.base_url}/{record}/files/{quote(name)}/content"
        return RemoteFile(name, size, checksum, url)

    def _json(self, url: str) -> Any:  # noqa: ANN401 - JSON of another party
        problem: Exception = EOFError(url)
        for attempt in range(self.attempts):
            time.sleep(self.pause_seconds if attempt else 0)
            try:
                with requests.get(url, headers=_AGENT, timeout=self.timeout_seconds) as answer:
                    answer.raise_for_status()
                    return answer.json()
            except OSError as error:
                problem = error
        raise self._unreachable(url, problem) from problem

    def _unreachable(self, url: str, error: Exception) -> ReleaseError:
        found = type(error).__name__
        return ReleaseError(url, "an answer", f"{found} after {self.attempts} attempts", "check the network, run again")

    def download(self, file: RemoteFile, folder: Path) -> list[str]:
        """Bring one file under its name; what was unusual comes back in words."""
        final, part = folder / file.name, _part(folder, file)
        notes: list[str] = []
        if final.exists():
            if _is_right(final, file):
                return [f"{file.name} was there already and is right"]
            final.replace(final.with_name(f"{file.name}.wrong"))
            notes.append(f"{file.name} was there with a wrong checksum; renamed to {file.name}.wrong")
        self._complete(file, part, notes)
        if not _is_right(part, file):
            part.replace(final.with_name(f"{file.name}.wrong"))
            found = f"another one; kept as {file.name}.wrong"
            raise ReleaseError(file.name, f"checksum {file.checksum}", found, "run fetch again")
        part.replace(final)
        return notes

    def _complete(self, file: RemoteFile, part: Path, notes: list[str]) -> None:
        """Connect until the partial file has its full size; only connections that bring nothing count as in vain."""
        in_vain = 0
        while (begun := _size(part)) != file.size_bytes:
            if begun > 0:
                notes.append(f"{file.name} resumed at {begun} of {file.size_bytes} bytes")
            problem: Exception = EOFError(file.name)
            try:
                self._receive(file, part, max(begun, 0))
            except requests.RequestException as error:
                problem = error
            in_vain = 0 if _size(part) > begun else in_vain + 1
            if in_vain == self.attempts:
                raise self._unreachable(file.url, problem) from problem
            if _size(part) != file.size_bytes:
                time.sleep(self.pause_seconds)

    def _receive(self, file: RemoteFile, part: Path, begun: int) -> None:
        """One connection: append where the server goes on, start over where it does not."""
        headers = {**_AGENT, "Range": f"bytes={begun}-"} if begun else _AGENT
        with requests.get(file.url, headers=headers, timeout=self.timeout_seconds, stream=True) as answer:
            if answer.status_code == _HTTP_RANGE_REFUSED or begun > file.size_bytes:
                part.unlink(missing_ok=True)
                return
            answer.raise_for_status()
            continues = answer.headers.get("Content-Range", "").startswith(f"bytes {begun}-")
            goes_on = answer.status_code == _HTTP_PARTIAL and continues
            done = begun if goes_on else 0
            with part.open("ab" if goes_on else "wb") as stream:
                for piece in answer.iter_content(_CHUNK_BYTES):
                    stream.write(piece)
                    done += len(piece)
                    self.progress(file.name, done, file.size_bytes)
                    if done > file.size_bytes:
                        break


def _size(path: Path) -> int:
    """Bytes of a file, -1 where there is none."""
    return path.stat().st_size if path.exists() else -1


def _is_right(path: Path, file: RemoteFile) -> bool:
    algorithm, _, digest = file.checksum.partition(":")
    if path.stat().st_size != file.size_bytes:
        return False
    with path.open("rb") as data:
        found = hashlib.file_digest(data, lambda: hashlib.new(algorithm, usedforsecurity=False))
    return found.hexdigest() == digest.casefold()
