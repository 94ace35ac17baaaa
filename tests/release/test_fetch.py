from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.release.fetch import fetch_release

CONTENT = {"Dataset.zip": bytes(range(256)) * 4000, "Description.xlx": b"workbook" * 100}


class Record:
    """What the server on loopback serves, and how badly."""

    def __init__(self):
        self.breaks_at: list[int] = []
        self.flip, self.ranges, self.listing_of_its_own = -1, True, False
        self.requests: list[tuple[str, str]] = []
        self.entries = [
            {"key": name, "size": len(data), "checksum": f"md5:{hashlib.md5(data).hexdigest()}"}
            for name, data in CONTENT.items()
        ]


@pytest.fixture
def record():
    return Record()


class Answer(BaseHTTPRequestHandler):
    """Answers as the `record` of its server says."""

    @property
    def record(self):
        return self.server.record

    def log_message(self, *args):
        pass

    def do_GET(self):
        start = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.record.requests.append((self.path, self.headers.get("Range", "")))
        if self.path == "/api/records/11446259":
            return self.send_json({} if self.record.listing_of_its_own else {"files": self.record.entries})
        if self.path == "/api/records/11446259/files":
            return self.send_json({"entries": self.record.entries})
        return self.send_file(self.path.split("/")[-2], int(start[1]) if start and self.record.ranges else 0)

    def send_json(self, tree):
        body = json.dumps(tree).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_file(self, name, start):
        data = bytearray(CONTENT[name])
        if start > len(data):
            return self.send_error(416)
        if 0 <= self.record.flip < len(data):
            data[self.record.flip] ^= 1
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        breaks = self.record.breaks_at and name == "Dataset.zip"
        stop = self.record.breaks_at.pop(0) if breaks else len(data)
        self.wfile.write(bytes(data[start:stop]))
        if stop < len(data):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        return None


@pytest.fixture
def address(record):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.record = record
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/records"
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(out, address, **options):
    return fetch_release(out, base_url=address, pause_seconds=0, timeout_seconds=10, **options)


def test_everything_is_brought_verified_and_cited(tmp_path, address):
    seen = []
    fetched = fetch(tmp_path / "new", address, progress=lambda name, done, total: seen.append((name, done, total)))
    assert {path.name: path.read_bytes() for path in fetched.files} == CONTENT
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(CONTENT)
    assert fetched.notes == ()
    assert "11446259" in fetched.citation
    assert str(fetched).startswith("Dataset.zip, Description.xlx: in ")
    assert "To cite: " in str(fetched)
    assert {(name, done) for name, done, _ in seen} >= {(name, len(data)) for name, data in CONTENT.items()}
    assert all(done <= size for _, done, size in seen)


def test_listing_of_its_own_is_read_too(tmp_path, address, record):
    record.listing_of_its_own = True
    assert len(fetch(tmp_path, address).files) == 2


def test_broken_download_goes_on_where_it_broke(tmp_path, address, record):
    half = len(CONTENT["Dataset.zip"]) // 2
    record.breaks_at = [half]
    fetched = fetch(tmp_path, address)
    assert (tmp_path / "Dataset.zip").read_bytes() == CONTENT["Dataset.zip"]
    asked = [asked for path, asked in record.requests if "Dataset.zip" in path]
    assert asked[0] == ""
    assert re.fullmatch(r"bytes=\d+-", asked[1])
    assert 0 < int(asked[1][6:-1]) <= half
    assert "resumed at" in fetched.notes[0]


def test_download_goes_on_in_a_later_run(tmp_path, address, record):
    record.breaks_at = [300_000] * 3
    with pytest.raises(ReleaseError, match="run again"):
        fetch(tmp_path, address, attempts=2)
    assert not (tmp_path / "Dataset.zip").exists()
    assert (tmp_path / "Dataset.zip.part").exists()
    fetch(tmp_path, address)
    assert (tmp_path / "Dataset.zip").read_bytes() == CONTENT["Dataset.zip"]
    assert not (tmp_path / "Dataset.zip.part").exists()


def test_server_without_ranges_starts_over(tmp_path, address, record):
    record.breaks_at, record.ranges = [300_000], False
    fetch(tmp_path, address)
    assert (tmp_path / "Dataset.zip").read_bytes() == CONTENT["Dataset.zip"]


def test_wrong_byte_is_never_kept_under_the_right_name(tmp_path, address, record):
    record.flip = 12345
    with pytest.raises(ReleaseError, match="checksum md5:") as caught:
        fetch(tmp_path, address)
    assert "Dataset.zip.wrong" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dataset.zip.wrong"]
    record.flip = -1
    fetch(tmp_path, address)
    assert (tmp_path / "Dataset.zip").read_bytes() == CONTENT["Dataset.zip"]


def test_right_files_are_not_brought_again_and_wrong_ones_are(tmp_path, address, record):
    (tmp_path / "Dataset.zip").write_bytes(CONTENT["Dataset.zip"])
    (tmp_path / "Description.xlx").write_bytes(b"something else")
    fetched = fetch(tmp_path, address)
    assert not any("Dataset.zip" in path for path, _ in record.requests)
    assert (tmp_path / "Description.xlx").read_bytes() == CONTENT["Description.xlx"]
    assert (tmp_path / "Description.xlx.wrong").read_bytes() == b"something else"
    assert [note.split()[0] for note in fetched.notes] == ["Dataset.zip", "Description.xlx"]


@pytest.mark.parametrize("size", [300_000, 1_024_001, 5_000_000])
def test_overlong_and_foreign_partial_files_do_no_harm(tmp_path, address, size):
    (tmp_path / "Dataset.zip.part").write_bytes(CONTENT["Dataset.zip"][:300_000].ljust(size, b"?"))
    fetch(tmp_path, address)
    assert (tmp_path / "Dataset.zip").read_bytes() == CONTENT["Dataset.zip"]


def test_listings_without_sense_and_names_that_leave_the_folder_are_refused(tmp_path, address, record):
    senseless = [{}], [{"key": "a", "size": "big", "checksum": "md5:0"}], [{"key": "a", "size": 1, "checksum": "crc:0"}]
    names = ("../up.zip", "/etc/x", "a/b.zip", "..", ".hidden", "a\\b")
    for entries in ([], ["a"], *senseless, *([{"key": name, "size": 1, "checksum": "md5:0"}] for name in names)):
        record.entries = entries
        with pytest.raises(ReleaseError, match="listing of files"):
            fetch(tmp_path / "out", address)
    assert list(tmp_path.rglob("*")) == [tmp_path / "out"]


def test_links_to_other_hosts_are_not_followed(tmp_path, address, record):
    record.entries = [{**entry, "links": {"self": "http://example.org/x"}} for entry in record.entries]
    assert len(fetch(tmp_path, address).files) == 2


def test_full_disk_is_told_before_the_download(tmp_path, address, record):
    record.entries = [{"key": "Dataset.zip", "size": 10**18, "checksum": "md5:0"}]
    with pytest.raises(ReleaseError, match="GB of space"):
        fetch(tmp_path, address)


def test_nobody_answers(tmp_path):
    with pytest.raises(ReleaseError, match="check the network"):
        fetch(tmp_path, "http://127.0.0.1:9/api/records", attempts=2)


def test_unwritable_folder_is_one_clear_error(tmp_path, address):
    (tmp_path / "file").touch()
    with pytest.raises(ReleaseError, match="choose another --out"):
        fetch(tmp_path / "file", address)
