"""Long videos and the intervals in them: what they refuse."""

import pytest

from mxe_lib.errors import MxeError
from mxe_lib.videos import Interval, LongVideo


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Interval(5, 4, 9, "micro"), "interval 5-9: apex 4 lies outside of it"),
        (lambda: Interval(5, None, 4, "micro"), "interval: onset 5 lies after offset 4"),
        (lambda: Interval(5, None, 9, "Micro"), "interval 5-9: kind 'Micro': choose micro or macro"),
        (lambda: video(Interval(0, None, 9, "micro")), "d/s1/v: interval 0-9 leaves the video, frames 1 to 50"),
        (lambda: video(Interval(40, None, 51, "macro")), "d/s1/v: interval 40-51 leaves the video, frames 1 to 50"),
        (lambda: video(Interval(9, None, 9, "macro"), Interval(8, None, 20, "micro")), "d/s1/v: its intervals are not"),
        (lambda: LongVideo("d", "s1", "v", 0, 1, 50), "d/s1/v: 0 frames a second"),
        (lambda: LongVideo("d", "s1", "v", 30, 2, 1), "d/s1/v: its first frame 2 lies after its last, 1"),
    ],
)
def test_the_vocabulary_refuses_what_cannot_be(make, message):
    with pytest.raises(MxeError) as error:
        make()
    assert str(error.value).startswith(message) and "\n" not in str(error.value)


def test_the_vocabulary_of_what_can_be():
    one = video(Interval(1, 1, 1, "micro"), Interval(1, None, 50, "macro"))
    assert (one.id, one.subject_id, one.seconds, one.frame_numbers(20)) == ("d/s1/v", "d/s1", 2.0, [1, 21, 41])
    assert [interval.length for interval in one.intervals] == [0, 49]


def video(*intervals):
    return LongVideo("d", "s1", "v", 25, 1, 50, intervals)
