import gzip
import hashlib
from pathlib import Path

import pooch
import pytest

from crossover.datasets import fetch as module
from crossover.datasets.fetch import fetch

CONTENT = b"what is inside" * 100
PACKED = gzip.compress(CONTENT, mtime=0)
REWRITTEN = gzip.compress(CONTENT, mtime=1234567)  # as Debian's package: another header around the same content
NAME = "images.gz"
MIRRORS = ["https://one.invalid/", "https://two.invalid/"]


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


HASHES = {"md5": _md5(PACKED), "content_md5": _md5(CONTENT)}


@pytest.fixture
def web(monkeypatch):
    """Addresses and what lies there; anything else fails. Stands in for pooch's download and its check of the hash."""
    held, asked = {}, []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append(url)
        if url not in held:
            raise OSError("no route to host")
        if known_hash != f"md5:{_md5(held[url])}":
            raise ValueError(f"hash of downloaded file is md5:{_md5(held[url])}, wanted {known_hash}")
        target = Path(path) / fname
        target.write_bytes(held[url])
        return str(target)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return type("Web", (), {"held": held, "asked": asked})


def _local(tmp_path: Path, name: str, data: bytes | None) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    if data is not None:
        (folder / NAME).write_bytes(data)
    return folder


def _fetch(tmp_path: Path, *local: Path, mirrors=MIRRORS):
    target = tmp_path / "data" / NAME
    came = fetch(NAME, hashes=HASHES, local=local, mirrors=mirrors, target=target)
    assert [path.name for path in target.parent.iterdir()] == [NAME], "nothing but the file is left"
    return came, target.read_bytes()


def test_a_local_folder_comes_before_every_mirror(tmp_path, web):
    web.held[MIRRORS[0] + NAME] = PACKED
    folder = _local(tmp_path, "local", PACKED)
    assert _fetch(tmp_path, folder) == (str(folder / NAME), PACKED)
    assert web.asked == []


def test_the_next_local_folder_is_looked_in_when_the_first_lacks_the_file(tmp_path, web):
    folders = [_local(tmp_path, "empty", None), _local(tmp_path, "full", PACKED)]
    assert _fetch(tmp_path, *folders)[0] == str(folders[1] / NAME)


def test_a_local_file_with_a_rewritten_gzip_header_is_accepted_by_its_content(tmp_path, web):
    assert REWRITTEN != PACKED
    assert _fetch(tmp_path, _local(tmp_path, "debian", REWRITTEN))[1] == REWRITTEN


def test_a_wrong_local_file_is_passed_over_for_a_mirror(tmp_path, web):
    web.held[MIRRORS[0] + NAME] = PACKED
    assert _fetch(tmp_path, _local(tmp_path, "wrong", gzip.compress(b"other"))) == (MIRRORS[0] + NAME, PACKED)


def test_mirrors_are_asked_in_their_order(tmp_path, web):
    web.held[MIRRORS[1] + NAME] = PACKED
    assert _fetch(tmp_path) == (MIRRORS[1] + NAME, PACKED)
    assert web.asked == [mirror + NAME for mirror in MIRRORS]


def test_a_mirror_with_another_file_is_not_believed(tmp_path, web):
    web.held |= {MIRRORS[0] + NAME: b"other", MIRRORS[1] + NAME: PACKED}
    assert _fetch(tmp_path)[0] == MIRRORS[1] + NAME


def test_when_no_place_has_the_file_every_place_is_named_with_its_fault(tmp_path, web):
    folders = [_local(tmp_path, "empty", None), _local(tmp_path, "wrong", gzip.compress(b"other"))]
    with pytest.raises(ValueError, match=r"images\.gz could not be had") as caught:
        fetch(NAME, hashes=HASHES, local=folders, mirrors=MIRRORS, target=tmp_path / "data" / NAME)
    message = str(caught.value)
    assert "\n" not in message
    for wanted in (f"{folders[0] / NAME}: not there", str(folders[1] / NAME), *MIRRORS, "no route to host", "data.local"):
        assert wanted in message
    assert list((tmp_path / "data").iterdir()) == []


def test_a_wrong_content_is_refused_with_both_checksums(tmp_path):
    folder = _local(tmp_path, "wrong", gzip.compress(b"other"))
    problem = module.mismatch(folder / NAME, HASHES)
    assert _md5(b"other") in problem
    assert HASHES["content_md5"] in problem


@pytest.mark.parametrize("data", [PACKED[:-4], b"no gzip at all"])
def test_a_damaged_file_is_refused_with_both_checksums(data, tmp_path):
    folder = _local(tmp_path, "damaged", data)
    problem = module.mismatch(folder / NAME, HASHES)
    assert _md5(data) in problem
    assert HASHES["md5"] in problem
    assert "damaged" in problem


def test_an_address_that_is_not_https_is_never_asked(tmp_path, web):
    web.held["http://plain.invalid/" + NAME] = PACKED
    with pytest.raises(ValueError, match=r"http://plain\.invalid/images\.gz: not https"):
        _fetch(tmp_path, mirrors=["http://plain.invalid/"])
    assert web.asked == []


def test_an_http_address_is_asked_where_that_is_allowed_and_the_hash_decides(tmp_path, web):
    plain = "http://plain.invalid/"
    web.held[plain + NAME] = PACKED
    target = tmp_path / "data" / NAME
    assert fetch(NAME, hashes=HASHES, local=[], mirrors=[plain], target=target, http=True) == plain + NAME
    target.unlink()
    web.held[plain + NAME] = b"other"
    with pytest.raises(ValueError, match=r"images\.gz could not be had"):
        fetch(NAME, hashes=HASHES, local=[], mirrors=[plain], target=target, http=True)
    assert not target.exists()
