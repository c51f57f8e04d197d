"""Run lengths and polygons are checked before pycocotools decodes them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as rle

from datasets.arrays import Mask
from datasets.decoding.run_lengths import checked, encode, encode_polygons, union
from models.prompting.candidates import candidate_ious, read_candidates, write_candidates
from models.segmenter import Candidate

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@st.composite
def masks(draws: st.DrawFn) -> Mask:
    size, seed, blocks = draws(sizes), draws(st.integers(0, 2**32 - 1)), draws(st.integers(1, 8))
    random = np.random.default_rng(seed)
    small = random.random((-(-size[0] // blocks), -(-size[1] // blocks))) < draws(st.floats(0, 1))
    return np.kron(small, np.ones((blocks, blocks), np.bool_))[: size[0], : size[1]]


@given(masks())
def test_what_pycocotools_encodes_is_accepted_unchanged(mask: Mask) -> None:
    code = encode(mask)
    found = checked(code["counts"].decode(), mask.shape)
    assert found == {"size": list(mask.shape), "counts": code["counts"]}
    assert np.array_equal(rle.decode(found), mask)


@given(masks(), st.data())
def test_damaged_run_lengths_are_refused_or_decode_to_the_size(
    mask: Mask, data: st.DataObject
) -> None:
    """Most bit flips in run lengths let pycocotools loop for ever or leave its memory."""
    counts = bytearray(encode(mask)["counts"])
    for _ in range(data.draw(st.integers(1, 3))):
        counts[data.draw(st.integers(0, len(counts) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        code = checked(counts.decode("latin-1"), mask.shape)
    except ValueError:
        return
    decoded = rle.decode(code)
    assert decoded.shape == mask.shape
    assert rle.area(code) == decoded.sum()
    other = encode(~mask)
    assert np.array_equal(rle.decode(rle.merge([code, other])), decoded | ~mask)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_empty_runs_end_no_union(runs: list[int]) -> None:
    """Two of them at one pixel do, in pycocotools."""
    total = sum(runs) or 1
    runs = runs if sum(runs) else [1]
    mask = np.repeat(np.arange(len(runs)) % 2, runs).astype(np.bool_).reshape(total, 1)
    code = checked(runs, (total, 1))
    assert code["counts"] == encode(mask)["counts"]
    text = checked(_compressed(runs), (total, 1))
    assert text == code


def _compressed(runs: list[int]) -> str:
    """As maskApi.c's rleToString has it, empty runs included."""
    text = ""
    for number, run in enumerate(runs):
        value = run - runs[number - 2] if number > 2 else run
        more = True
        while more:
            bits, value = value & 31, value >> 5
            more = value != -1 if bits & 16 else value != 0
            text += chr(48 + bits + 32 * more)
    return text


@pytest.mark.parametrize(
    "size", [[0, 5], [-3, -5], [5], [5, 5, 5], None, "ab", [True, 5], [2.0, 3]]
)
def test_a_size_is_two_whole_numbers_from_1(size: object) -> None:
    with pytest.raises(ValueError, match="not a height and a width"):
        checked([15], size)


def test_a_size_has_a_limit() -> None:
    with pytest.raises(ValueError, match="more than 178000000 pixels"):
        checked([10**10], [10**5, 10**5])


def test_an_outline_that_would_take_all_memory_is_refused() -> None:
    zigzag = np.tile([0.0, 0.0, 999.0, 999.0], 10_000)
    with pytest.raises(ValueError, match="longer than the photo has pixels"):
        encode_polygons([zigzag], (1000, 1000))
    with pytest.raises(ValueError, match="fewer than 3 points"):  # pycocotools would draw a box
        encode_polygons([[0, 0, 5, 5]], (10, 10))


def test_no_polygon_is_an_empty_mask() -> None:
    assert np.array_equal(union(encode_polygons([], (3, 4)), (3, 4)), np.zeros((3, 4), np.uint8))


def test_a_flipped_bit_in_stored_candidates_is_an_error(tmp_path: Path) -> None:
    """pycocotools never returned from these."""
    path = tmp_path / "a.json"
    y, x = np.mgrid[:60, :80]
    mask = (y - 30) ** 2 + (x - 40) ** 2 < 400
    write_candidates(path, [Candidate(mask, 0.5)])
    content = json.loads(path.read_text())
    counts = content["candidates"][0]["counts"]
    refused = 0
    for place in range(0, len(counts), 7):
        damaged = chr(ord(counts[place]) ^ 8)
        content["candidates"][0]["counts"] = counts[:place] + damaged + counts[place + 1 :]
        path.write_text(json.dumps(content))
        try:
            candidate_ious(path, mask)
        except ValueError:
            refused += 1
        else:
            assert read_candidates(path)[0].mask.shape == mask.shape
    assert refused > len(counts) // 14
