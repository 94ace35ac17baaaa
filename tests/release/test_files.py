from __future__ import annotations

import hashlib
import stat
import zipfile

import pytest

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.errors import ImageError, ReleaseError
from radiomics_mammo.release.files import content_hash, first_bytes, list_files, printable, read_bytes


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "release"
    (root / "a b").mkdir(parents=True)
    (root / "a b" / "x,'ü.bin").write_bytes(b"12345")
    return root


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_folder_and_zip_list_the_same_names(folder, tmp_path):
    archive = zipped(tmp_path / "r.zip", {"a b/x,'ü.bin": b"12345"})
    listings = list_files(folder), list_files(archive)
    assert [[ref.name for ref in listing.files] for listing in listings] == [["a b/x,'ü.bin"]] * 2
    assert [listing.folders for listing in listings] == [("a b",)] * 2
    assert [read_bytes(listing.files[0]) for listing in listings] == [b"12345"] * 2
    assert {content_hash(listing.files[0]) for listing in listings} == {hashlib.sha256(b"12345").hexdigest()}


def test_neither_folder_nor_whole_zip_is_one_clear_error(tmp_path):
    whole = zipped(tmp_path / "whole.zip", {"a": b"x" * 1000, "b": b"y" * 1000}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.zip").write_bytes(b"not a zip")
    for name, remedy in {"nothing": "check the path", "text.zip": "download", "cut.zip": "archive again"}.items():
        with pytest.raises(ReleaseError, match=f"folder or zip archive.*{remedy}"):
            list_files(tmp_path / name)


def test_encrypted_members_cost_themselves_and_an_encrypted_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "r.zip", {"a": b"open", "b": b"secret"})
    data = bytearray(path.read_bytes())
    headers = ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8))
    for signature, offset in headers:
        data[data.rindex(signature) + offset] |= 1
    path.write_bytes(data)
    first, second = list_files(path).files
    assert read_bytes(first) == b"open"
    with pytest.raises(ImageError, match="encrypted"):
        read_bytes(second)
    for signature, offset in headers:
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(ReleaseError, match="password"):
        list_files(path)


def test_members_that_point_outside_are_reported_and_not_listed(tmp_path):
    for name in ("/etc/passwd", "../up.dcm", "a/../../up.dcm", "C:/x.dcm", "..\\up.dcm"):
        listing = list_files(zipped(tmp_path / "r.zip", {name: b"x", "in/side.dcm": b"y"}))
        assert [ref.name for ref in listing.files] == ["in/side.dcm"]
        assert [finding.code for finding in listing.findings] == ["UNSAFE_PATH"], name
        assert not listing.findings[0].file.startswith("/"), name


def test_link_member_is_not_followed(tmp_path):
    member = zipfile.ZipInfo("link.dcm")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    listing = list_files(tmp_path / "r.zip")
    assert listing.files == ()
    assert listing.findings[0].code == "UNSAFE_PATH"


def test_backslashes_of_a_windows_archive_are_folders(tmp_path):
    member = zipfile.ZipInfo("x")
    member.filename = "Normal_cases\\1\\CC_prior.dcm"
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.writestr(member, b"abc")
    listing = list_files(tmp_path / "r.zip")
    assert listing.files[0].name == "Normal_cases/1/CC_prior.dcm"
    assert read_bytes(listing.files[0]) == b"abc"


def test_bombs_are_not_read_even_where_they_lie_about_their_size(tmp_path):
    config, path = ReleaseConfig(max_unpacked_bytes=100_000), tmp_path / "r.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.dcm", b"\0" * 2_000_000)
    listing = list_files(path, config=config)
    assert (listing.files, listing.findings[0].code) == ((), "ARCHIVE_LIMIT")
    data = path.read_bytes().replace((2_000_000).to_bytes(4, "little"), (50_000).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(ImageError):
        read_bytes(list_files(path, config=config).files[0], config=config)


def test_large_plain_file_is_bounded(tmp_path):
    (tmp_path / "big").write_bytes(b"\0" * 200_000)
    with pytest.raises(ImageError, match="max_unpacked_bytes") as caught:
        read_bytes(FileRef(tmp_path, "big"), config=ReleaseConfig(max_unpacked_bytes=100_000))
    assert caught.value.code == "ARCHIVE_LIMIT"


def test_links_inside_are_followed_and_links_outside_reported(folder, tmp_path):
    outside = tmp_path / "secret.dcm"
    outside.write_bytes(b"secret")
    (folder / "inside.dcm").symlink_to(folder / "a b" / "x,'ü.bin")
    (folder / "outside.dcm").symlink_to(outside)
    (folder / "circle.dcm").symlink_to(folder / "circle.dcm")
    (folder / "dir").symlink_to(folder / "a b")
    listing = list_files(folder)
    assert [ref.name for ref in listing.files] == ["a b/x,'ü.bin", "inside.dcm"]
    reported = {finding.file: finding.code for finding in listing.findings}
    assert reported.pop("outside.dcm") == "UNSAFE_PATH"
    assert reported.pop("dir") == "UNSAFE_PATH"
    assert set(reported) <= {"circle.dcm"}


def test_too_many_files_are_refused(tmp_path):
    for number in range(12):
        (tmp_path / str(number)).touch()
    with pytest.raises(ReleaseError, match="at most 10 files"):
        list_files(tmp_path, config=ReleaseConfig(max_files=10))


def test_unopenable_folder_is_reported(folder, monkeypatch):
    real = __import__("os").scandir

    def refuse(path):
        if str(path).endswith("a b"):
            raise PermissionError(13, "denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", refuse)
    listing = list_files(folder)
    assert [(finding.code, finding.file) for finding in listing.findings] == [("FOLDER_UNREADABLE", "a b")]


def test_missing_file_has_no_first_bytes(tmp_path):
    assert first_bytes(FileRef(tmp_path, "gone"), 8) == b""
    with pytest.raises(ImageError, match="readable file"):
        content_hash(FileRef(tmp_path, "gone"))


def test_names_that_are_no_unicode_can_be_printed():
    assert printable(b"caf\xe9".decode("utf-8", "surrogateescape")).encode("utf-8") == rb"caf\udce9"


def recompressed(path, method, names=None):
    """An archive whose members claim another compression method, as other programs write it."""
    with zipfile.ZipFile(path) as archive:
        places = {member.filename: member.header_offset for member in archive.infolist()}
    data = bytearray(path.read_bytes())
    for name, offset in places.items():
        if names is None or name in names:
            data[offset + 8 : offset + 10] = method.to_bytes(2, "little")
            entry = data.index(b"PK\x01\x02", 0)
            while data[entry + 46 : entry + 46 + len(name)] != name.encode():
                entry = data.index(b"PK\x01\x02", entry + 1)
            data[entry + 10 : entry + 12] = method.to_bytes(2, "little")
    path.write_bytes(data)
    return path


OTHER_METHODS = [(9, "Deflate64"), (98, "PPMd"), (95, "XZ"), (77, "method 77"), (20, "Zstandard")]
OTHER_METHODS += [] if hasattr(zipfile, "ZIP_ZSTANDARD") else [(93, "Zstandard")]  # read by Python 3.14 and later


@pytest.mark.parametrize(("method", "word"), OTHER_METHODS)
def test_an_archive_of_another_compression_is_named_at_once(tmp_path, method, word):
    path = recompressed(zipped(tmp_path / "r.zip", {"a/x.bin": b"1" * 90, "a/y.bin": b"2" * 90}), method)
    with pytest.raises(ReleaseError, match=word) as caught:
        list_files(path)
    assert "unpack it" in str(caught.value)


def test_one_member_of_another_compression_costs_that_member_alone(tmp_path):
    path = zipped(tmp_path / "r.zip", {"a/x.bin": b"1" * 90, "a/y.bin": b"2" * 90})
    refs = {ref.name: ref for ref in list_files(recompressed(path, 9, {"a/x.bin"})).files}
    assert read_bytes(refs["a/y.bin"]) == b"2" * 90
    with pytest.raises(ImageError, match="Deflate64"):
        read_bytes(refs["a/x.bin"])


def test_names_that_begin_with_a_dot_are_the_same_names(tmp_path):
    members = {"./": b"", "./Benign_cases/1/CC_prior.dcm": b"123", "./a//b/./c.bin": b"45", ".\\w\\x.bin": b"6"}
    found = list_files(zipped(tmp_path / "r.zip", members))
    assert [ref.name for ref in found.files] == ["Benign_cases/1/CC_prior.dcm", "a/b/c.bin", "w/x.bin"]
    assert [read_bytes(ref) for ref in found.files] == [b"123", b"45", b"6"]
    assert "Benign_cases/1" in found.folders
    assert found.findings == ()
