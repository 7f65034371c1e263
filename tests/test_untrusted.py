"""Broken, odd and hostile files in a database's folder: read right or refused in one line, never a traceback."""

import datetime
import io
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
from on_disk import GOOD, HEADER, write_book, write_images, write_list, write_maps
from PIL import Image

from mxe_lib.__main__ import main
from mxe_lib.databases import Casme2, FlowMaps, Smic, images
from mxe_lib.errors import MxeError


def refused(importer, folder, message):
    with pytest.raises(MxeError) as error:
        importer(folder)
    text = str(error.value)
    assert message in text and text.isprintable() and len(text) < 600
    return text


# ---- cells


@pytest.mark.parametrize("column", HEADER)
@pytest.mark.parametrize(
    "value", [datetime.datetime(2014, 5, 8), datetime.time(1, 2), datetime.timedelta(1.5), True, "#N/A", "#REF!"]
)
def test_what_a_spreadsheet_program_made_of_a_cell_is_refused(tmp_path, column, value):
    row = [value if name == column else cell for name, cell in zip(HEADER, GOOD, strict=True)]
    write_book(tmp_path / "casme2/c.xlsx", row)
    refused(Casme2, tmp_path / "casme2", f"c.xlsx, row 2, column {column}: the cell holds ")


@pytest.mark.parametrize(
    "name", ["../../../secret", "/etc", "a/b", "a\\b", "..", "EP02\n01f", "x" * 300, "-rf", "a\tb"]
)
def test_a_clip_name_that_is_no_folders_name_is_refused(tmp_path, name):
    write_book(tmp_path / "casme2/c.xlsx", ["01", name, *GOOD[2:]])
    refused(Casme2, tmp_path / "casme2", "c.xlsx, row 2, column Filename: ")


@pytest.mark.parametrize(
    ("onset", "offset", "message"),
    [
        (1, 99_999_999, "offset 99999999 lies 99999998 frames after the onset, more than 10000"),
        (1, "9" * 5000, "999... is not a frame number".replace("...", "...'")),
        ("1\n2", 3, "'1\\n2' is not a frame number"),
    ],
)
def test_frame_numbers_that_no_clip_has_are_refused(tmp_path, onset, offset, message):
    write_book(tmp_path / "casme2/c.xlsx", ["01", "EP02_01f", onset, onset, offset, "", "fear"])
    refused(Casme2, tmp_path / "casme2", message)


def test_merged_protected_and_oddly_written_workbooks(tmp_path):
    path = write_book(
        tmp_path / "casme2/c.xlsx", GOOD, [None, "EP03_01", *GOOD[2:]], header=[h.upper() for h in HEADER]
    )
    book = openpyxl.load_workbook(path)
    book.active.protection.enable()
    book.active.protection.password = "secret"
    book.active.freeze_panes = "B2"
    book.active["A3"] = "sub01"
    book.active.merge_cells("A2:A3")  # a spreadsheet program shows the subject once
    book.save(path)
    refused(Casme2, tmp_path / "casme2", "row 3, column Subject: the cell is empty (or merged")
    book.active.unmerge_cells("A2:A3")
    book.active["A3"] = "=A2"
    book.save(path)
    refused(Casme2, tmp_path / "casme2", "or a formula without a stored value): fill it in")
    book.active["A3"] = "Sub1"
    book.save(path)
    assert [clip.id for clip in Casme2(tmp_path / "casme2").clips()] == [
        "casme2/sub01/EP02_01f",
        "casme2/sub01/EP03_01",
    ]


def test_other_formats_and_passwords_are_named(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/coding.ods").write_bytes(b"x")
    refused(Casme2, tmp_path / "a", "a/coding.ods: workbooks in the format .ods are not read: save it as .xlsx")
    (tmp_path / "a/coding.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") * 99)
    refused(Casme2, tmp_path / "a", "(it has a password, or is in the old .xls format)")


# ---- bombs


def remade(path, **parts):
    """A good workbook with other XML in some parts, such as ``sheet1=lambda xml: ...``."""
    source = io.BytesIO(write_book(path, GOOD).read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = parts.get(Path(name).stem, lambda xml: xml)
            new.writestr(name, change(old.read(name)))
    assert path.stat().st_size < 1_000_000
    return path


def end_of_sheet(text):
    return lambda xml: xml.replace(b"</sheetData>", text + b"</sheetData>")


def laughs(encoding):
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    cell = '<row r="3"><c r="A3" t="inlineStr"><is><t>&a11;</t></is></c></row></sheetData>'

    def change(xml):
        text = xml.decode().replace("</sheetData>", cell)
        return f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [{entities}]>{text}'.encode(encoding)

    return change


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"sheet1": end_of_sheet(b" " * 200_000_000)}, "c.xlsx: unfolds to over 5 MB, too large for an annotation"),
        ({"styles": lambda xml: xml + b" " * 200_000_000}, "c.xlsx: unfolds to over 5 MB"),
        ({"sheet1": laughs("utf-8")}, "c.xlsx: cannot be opened as a workbook (EntitiesForbidden)"),
        ({"sheet1": laughs("utf-16")}, "c.xlsx: cannot be opened as a workbook (EntitiesForbidden)"),
        (
            {"workbook": lambda xml: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><workbook>&x;</workbook>'},
            "c.xlsx: cannot be opened as a workbook (EntitiesForbidden)",
        ),
        ({"sheet1": end_of_sheet(b'<row><c t="n"><v>1</v></c></row>' * 11_000)}, "sheet Sheet has over 10000 rows"),
        (
            {"sheet1": end_of_sheet(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')},
            "row 1048576, column Filename: the cell is empty",
        ),
    ],
    ids=["zip bomb", "another part", "entities", "in UTF-16", "a file of the machine", "many rows", "the last row"],
)
def test_bombs_are_refused(tmp_path, parts, message):
    remade(tmp_path / "casme2/c.xlsx", **parts)
    refused(Casme2, tmp_path / "casme2", message)


@pytest.mark.parametrize("claim", [b"A1:XFD1048576", b"A1", b"nonsense"])
def test_what_a_sheet_claims_of_its_size_is_not_believed(tmp_path, claim):
    remade(tmp_path / "casme2/c.xlsx", sheet1=lambda xml: re.sub(rb'(?<=<dimension ref=")[^"]*', claim, xml))
    if claim == b"nonsense":
        refused(Casme2, tmp_path / "casme2", "cannot be opened as a workbook")
    else:
        assert len(Casme2(tmp_path / "casme2").clips()) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packings_that_cannot_be_unfolded_in_pieces_are_refused(tmp_path, method):
    path = write_book(tmp_path / "casme2/c.xlsx", GOOD)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as old, zipfile.ZipFile(path, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    refused(Casme2, tmp_path / "casme2", "cannot be opened as a workbook (BadZipFile)")


def test_a_false_size_in_the_archives_directory_hides_nothing(tmp_path):
    path = remade(tmp_path / "casme2/c.xlsx", styles=lambda xml: xml + b" " * 50_000_000)
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"xl/styles.xml") - 46  # of the central directory
    struct.pack_into("<I", data, entry + 24, 1000)
    path.write_bytes(data)
    refused(Casme2, tmp_path / "casme2", "cannot be opened as a workbook (BadZipFile)")


def test_pictures_in_a_workbook_do_not_count(tmp_path):
    path = write_book(tmp_path / "casme2/c.xlsx", GOOD)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/image1.png", b"\0" * 9_000_000)
    assert len(Casme2(tmp_path / "casme2").clips()) == 1


def image_bomb(path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b""))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("alarm", ["error", "warning"])
def test_an_image_of_far_too_many_pixels_is_named(tmp_path, monkeypatch, alarm, capsys):
    write_book(tmp_path / "casme2/c.xlsx", ["01", "EP02_01f", 1, 1, 2, 12, "fear"])
    write_images(tmp_path / "casme2/Cropped/sub01/EP02_01f", ["img1.jpg", "img2.jpg"])
    second = tmp_path / "casme2/Cropped/sub01/EP02_01f/img2.jpg"
    if alarm == "error":
        image_bomb(second)
    else:
        Image.new("L", (20, 20)).save(second)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    database = Casme2(tmp_path / "casme2")
    with pytest.raises(MxeError, match=r"^casme2/Cropped/sub01/EP02_01f/img2\.jpg has more pixels than any frame"):
        database.frames(database.clips()[0])
    main(["check", str(tmp_path), "--deep"])
    assert "problem: casme2: casme2/Cropped/sub01/EP02_01f/img2.jpg has more pixels" in capsys.readouterr().out


def test_a_flow_map_of_far_too_many_pixels_is_named(tmp_path):
    write_list(tmp_path / "list.csv")
    write_maps(tmp_path, ["sub01_EP02_01f "])
    image_bomb(tmp_path / "STSNet_whole_norm_u_v_os/sub01_EP02_01f .png")
    with pytest.raises(MxeError, match=r"STSNet_whole_norm_u_v_os/sub01_EP02_01f \.png has more pixels"):
        FlowMaps(tmp_path).maps()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"dataset,sub,filename_o,label\n" + b"x" * (6 << 20), "list.csv: over 5 MB, no list of clips"),
        (
            b'dataset,sub,filename_o,label\ncasme2,"' + b"x" * 200_000,
            "list.csv: cannot be read as a list (field larger",
        ),
        (b"\xff\xfed\0a", "list.csv: cannot be read as a list"),
        (b"", "holds no list of maps"),
        (b"dataset,sub,filename_o,label\ncasme2,../../x,EP02,1\n", "column sub: '../../x' is not a subject"),
        (b"dataset,sub,filename_o,label,Label\n", "row 1: column label is there twice"),
    ],
)
def test_broken_lists_are_refused(tmp_path, content, message):
    (tmp_path / "list.csv").write_bytes(content)
    refused(FlowMaps, tmp_path, message)


# ---- folders


def test_links_that_lead_back_are_followed_once(tmp_path):
    write_book(tmp_path / "casme2/c.xlsx", ["01", "EP02_01f", 1, 1, 2, 12, "fear"])
    write_images(tmp_path / "casme2/Cropped/sub01/EP02_01f", ["img1.jpg", "img2.jpg"])
    (tmp_path / "casme2/Cropped/back").symlink_to(tmp_path / "casme2")
    (tmp_path / "casme2/self").symlink_to(tmp_path / "casme2/self")
    (tmp_path / "casme2/a").symlink_to(tmp_path / "casme2/b")
    (tmp_path / "casme2/b").symlink_to(tmp_path / "casme2/a")
    found = list(images.folders(tmp_path / "casme2", lambda path: False))
    assert [path.name for path in found] == ["casme2", "Cropped", "sub01", "EP02_01f"]
    database = Casme2(tmp_path / "casme2")
    assert database.tree.name == "Cropped" and database.notes == []


@pytest.mark.parametrize("part", ["casme2", "casme2/Cropped", "casme2/Cropped/sub01/EP02_01f"])
def test_what_may_not_be_read_is_named(tmp_path, monkeypatch, capsys, part):
    """Rights are played: tests may run as root, who may read everything."""
    write_book(tmp_path / "casme2/c.xlsx", ["01", "EP02_01f", 1, 1, 2, 12, "fear"])
    write_images(tmp_path / "casme2/Cropped/sub01/EP02_01f", ["img1.jpg", "img2.jpg"])
    allowed = Path.iterdir

    def iterdir(self):
        if self == tmp_path / part:
            raise PermissionError(13, "Permission denied", str(self))
        return allowed(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "problem: casme2: " in out and f"{part} cannot be read (Permission denied)" in out
    if part != "casme2/Cropped/sub01/EP02_01f":
        refused(Casme2, tmp_path / "casme2", f"{part} cannot be read (Permission denied)")


def test_folders_and_empty_files_named_like_files(tmp_path, capsys):
    write_book(tmp_path / "casme2/c.xlsx", ["01", "EP02_01f", 1, 1, 3, 12, "fear"])
    place = tmp_path / "casme2/Cropped/sub01/EP02_01f"
    write_images(place, ["img1.jpg"])
    (place / "img2.jpg").mkdir()
    (place / "img3.jpg").touch()
    (tmp_path / "casme2/d.xlsx").mkdir()
    os.mkfifo(tmp_path / "casme2/e.xlsx")
    assert main(["check", str(tmp_path)]) == 1
    assert "casme2/sub01/EP02_01f lacks 2 of 3 frames, first img2.jpg" in capsys.readouterr().out


def test_names_that_cannot_be_printed(tmp_path):
    os.mkdir(os.fsencode(tmp_path / "casme2"))
    path = os.fsencode(tmp_path / "casme2") + b"/broken \xff\n.xlsx"
    try:
        Path(os.fsdecode(path)).write_bytes(b"broken")
    except OSError:
        pytest.skip("this disk takes no such name")
    refused(Casme2, tmp_path / "casme2", "casme2/broken \\udcff\\n.xlsx: cannot be opened")


def test_a_stray_image_makes_no_clip_of_millions_of_frames(tmp_path):
    write_images(tmp_path / "smic/HS/s1/micro/positive/s1_po_01", ["image090823.bmp", "image090824.bmp", "image0.bmp"])
    refused(Smic, tmp_path / "smic", "s1_po_01: frame numbers from 0 to 90824 are no one clip's")


def test_tables_are_read_with_defusedxml():
    assert openpyxl.DEFUSEDXML, "it is installed, and no setting keeps openpyxl from it"
