"""CASME II: 255 micro-expressions of 26 subjects at 200 fps, from the authors' packages.

Yan, Li, Wang, Zhao, Liu, Chen & Fu, "CASME II: An improved spontaneous micro-expression database and the baseline
evaluation", PLoS ONE 9 (2014) e86041. Images are licensed for research by the Chinese Academy of Sciences: ask the
authors; never publish a face beyond what the licence allows.
"""

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, workbook
from mxe_lib.databases.annotated import AnnotatedDatabase

NO_APEX = "casme2/sub04/EP12_01f"
LACKING = {"casme2/sub16/EP01_08": 14}
"""Clips of which the official cropped package lacks images, and how many."""


class Casme2(AnnotatedDatabase):
    """The database in ``folder``: a coding workbook and an image tree, at any of the usual nestings.

    Workbook: ``CASME2-coding-20140508.xlsx`` or ``-20190701.xlsx``, the newer one where both are there, or any other
    name, with or without the blank columns. Images: ``CASME2_RAW_selected/`` (once or twice nested), ``CASME2-RAW/``,
    ``Cropped/``; ``sub01/EP02_01f/img46.jpg`` or ``reg_img46.jpg``. Raw images are taken where both are there.

    Two repairs are made. sub04 EP12_01f has no apex ('/' in the official workbook, a patched number in some copies):
    the clip stays, with apex None. The cropped package lacks 14 images of sub16 EP01_08: the frame before stands in for
    each (the first one where none is before), so that frame numbers keep counting time; any other number of missing
    images is a fault.

    Arguments and errors: ``AnnotatedDatabase``.
    """

    name = "casme2"
    fps = 200
    columns = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion")
    emotions = ("happiness", "surprise", "disgust", "repression", "sadness", "fear", "others")
    subjects, is_folder = "sub{:02d}", r"sub\d\d"
    package = ("sub01/ ...", "CASME2_RAW_selected")
    official = (r"CASME2-coding-(\d{8})\.xlsx", "CASME2-coding-YYYYMMDD.xlsx")
    packages = ("casme2rawselected", "casme2raw", "casme2|casmeii", "cropped", "casme2preprocessed(small)?(lixiaobai)?")
    lacking = LACKING

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> Repair | None:
        """The repair that a row's apex needs."""
        if clip_id != NO_APEX:
            return None
        reason = (
            "the official workbook gives no apex ('/'): the clip stays, but spotting and the composite leave it out"
        )
        return Repair("casme2", clip_id, "ApexFrame", apex or "(empty)", "none", reason)

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called."""
        return f"{'reg_img' if images.is_cropped(self.tree, self.folder) else 'img'}{number}.jpg"
