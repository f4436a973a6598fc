"""Files of one's own, named as they are; at the end what only looks like a mistake."""

from __future__ import annotations

from mistakes.asked import Mistake
from mistakes.folders import CARD, ROWS, TABLE, card, files

RUN = "xbench run -m majority -t mine.toml --data-dir ."
FILE = "xbench run -m majority -t rows.csv"
PLAN = f"{RUN} --dry-run"
OWN = (
    Mistake(
        "A file that is not there",
        "xbench run -m majority -t row.csv",
        ("row.csv: no such file", "did you mean rows.csv?"),
        files(rows_csv=TABLE),
    ),
    Mistake(
        "An address for a file",
        "xbench run -m majority -t https://example.org/rows.csv",
        ("https://example.org/rows.csv: an address, where a file is needed", "download it first"),
    ),
    Mistake(
        "A name without its file, as a shell variable that is not set leaves it",
        "xbench run -m majority -t mine=",
        ("mine=: no file is named", "write NAME=FILE"),
        files(rows_csv=TABLE),
    ),
    Mistake(
        "A link to a file that is gone",
        FILE,
        ("rows.csv: a link to what is not there", "mend the link"),
        lambda folder: (folder / "rows.csv").symlink_to("gone.csv"),
    ),
    Mistake("An empty file", FILE, ("rows.csv: is empty", "a header line and rows"), files(rows_csv="")),
    Mistake("A header line only", FILE, ("rows.csv: no rows", "header"), files(rows_csv="text,label\n")),
    Mistake(
        "Too few rows to divide into train and test",
        FILE,
        ("4 rows", "too few to divide", "give more rows"),
        files(rows_csv="text,label\nit is fine,good\nso fine,good\nit is awful,bad\nso awful,bad\n"),
    ),
    Mistake(
        "Columns that could be anything",
        FILE,
        ("rows.csv: it may be text-to-text", "choose in a card: xbench new task rows --from rows.csv"),
        files(rows_csv="what,which\nit is fine,a1\nit is awful,b2\n"),
    ),
    Mistake(
        "Another label in every row",
        FILE,
        ("rows.csv: column 'label' holds 2 values in 2 rows", "give more rows"),
        files(rows_csv="text,label\nfine,good\nawful,bad\n"),
    ),
    Mistake(
        "Several labels in a row",
        "xbench run -m majority -t rows.jsonl",
        ("rows.jsonl: column 'labels' holds lists: several labels a row are not supported", "keep one label a row"),
        files(
            rows_jsonl="".join(f'{{"text": "it is {word}", "labels": ["good", "short"]}}\n' for word in ("fine", "so"))
        ),
    ),
    Mistake(
        "The same label in every row",
        FILE,
        ("rows.csv: column 'label' has one value only, 'good': nothing to learn", "add rows with another label"),
        files(rows_csv=TABLE.replace(",bad", ",good")),
    ),
    Mistake(
        "Scores in place of labels",
        FILE,
        (
            "rows.csv: column 'score' holds decimals: a score is no label, and regression is not supported",
            "low and high",
        ),
        files(rows_csv="text,score\n" + "".join(f"text number {n},{n / 7:.3f}\n" for n in range(40))),
    ),
    Mistake(
        "One column only",
        FILE,
        ("rows.csv: a single column, text (2 values)", "another one must hold the label"),
        files(rows_csv="text\nfine\nawful\n"),
    ),
    Mistake(
        "Columns set apart by something unusual",
        FILE,
        ("rows.csv:1", "no comma or tab or semicolon", "columns are set apart by one"),
        files(rows_csv="text~label\nfine~good\nawful~bad\n"),
    ),
    Mistake(
        "A row with one field more than the header",
        FILE,
        ("rows.csv:42: expected 2 fields (text, label), found 3", "check the delimiter and the quotes"),
        files(rows_csv=TABLE + "fine, really,good\n"),
    ),
    Mistake(
        "A row without a label",
        FILE,
        ("rows.csv:42: field label: it is empty", "mend this row"),
        files(rows_csv=TABLE + "so so,\n"),
    ),
    Mistake(
        "A Chinese file in GB18030",
        FILE,
        ("rows.csv:2: byte 0xba is no UTF-8", 'reads as "很好,好" in GB18030', "rows.csv > rows.utf8.csv"),
        files(rows_csv="text,label\n很好,好\n".encode("gb18030")),
    ),
    Mistake(
        "A file in Windows-1252, as a German or French spreadsheet writes it",
        FILE,
        ("rows.csv:2: byte 0xf6 is no UTF-8", 'reads as "schön,good" in windows-1252', "rows.csv > rows.utf8.csv"),
        files(rows_csv="text,label\nschön,good\n".encode("windows-1252")),
    ),
    Mistake(
        "A file in UTF-16, as a spreadsheet's “Unicode text” is",
        FILE,
        ("rows.csv:1: byte 0xff is no UTF-8", "iconv -f UTF-16 -t UTF-8 rows.csv > rows.utf8.csv"),
        files(rows_csv=TABLE.encode("utf-16")),
    ),
    Mistake(
        "A spreadsheet that was only renamed",
        FILE,
        ("rows.csv: a zip archive or an Excel file", "save the sheet as CSV in UTF-8"),
        files(rows_csv=b"PK\x03\x04\x14\x00"),
    ),
    Mistake(
        "A spreadsheet",
        "xbench run -m majority -t rows.xlsx",
        ("rows.xlsx: not a text file", "save the sheet as CSV in UTF-8"),
        files(rows_xlsx=b"PK\x03\x04\x14\x00"),
    ),
    Mistake(
        "A text file of prose",
        "xbench run -m majority -t notes.txt",
        ("notes.txt: no reader knows what this is", ".txt with tabs"),
        files(notes_txt="a note\n"),
    ),
    Mistake(
        "A folder without data",
        "xbench run -m majority -t photos",
        ("photos: no reader knows what this is", "save_to_disk"),
        files(photos__one_png=b"\x89PNG"),
    ),
    Mistake(
        "A parquet file that was copied in part",
        "xbench run -m majority -t rows.parquet",
        ("rows.parquet: no Parquet file", "was it copied whole?"),
        files(rows_parquet=b"PAR1"),
    ),
    Mistake(
        "One JSON array in place of JSON lines",
        "xbench run -m majority -t rows.json",
        ("rows.json:1", "one object a line", "jq -c"),
        files(rows_json='[{"text": "fine", "label": "good"}]'),
    ),
    Mistake(
        "Parallel files of different length",
        "xbench run -m copy -t texts",
        ("line counts differ", "train.de 1", "train.en 2", "aligned line by line"),
        files(texts__train_en="one\ntwo\n", texts__train_de="eins\n"),
    ),
    Mistake(
        "A token without its tag",
        "xbench run -m gazetteer -t rows.conll",
        ("rows.conll:2: expected 2 columns", "a token and its tags a line"),
        files(rows_conll="Paris B-PLACE\nrains\n\n"),
    ),
    Mistake(
        "A built-in task's name for one's own file",
        "xbench run -m majority -t tnews=rows.csv",
        ("the name tnews is that of a task of plugin clue", "give it another name, as NAME=PATH"),
        files(rows_csv=TABLE),
    ),
    Mistake(
        "A card that would overwrite another",
        "xbench new task mine --from rows.csv",
        ("mine.toml exists already", "--out"),
        files(rows_csv=TABLE, mine_toml=CARD),
    ),
    Mistake(
        "A new task with a space in its name",
        "xbench new task 'my task' --from rows.csv",
        ("'my task'", "use letters, digits"),
        files(rows_csv=TABLE),
    ),
)
FINE = (
    Mistake(
        "A byte order mark, as Windows editors write it",
        PLAN,
        ("1 cell to run",),
        card(train=b"\xef\xbb\xbf" + ROWS.encode()),
        code=0,
    ),
    Mistake("Windows line ends", PLAN, ("1 cell to run",), card(train=ROWS.replace("\n", "\r\n")), code=0),
    Mistake("No line end after the last row", PLAN, ("1 cell to run",), card(train=ROWS.rstrip()), code=0),
    Mistake("A card with a byte order mark", PLAN, ("1 cell to run",), card(("name =", "\ufeffname =")), code=0),
    Mistake(
        "Tabs in a file that is called .csv",
        f"{FILE} --dry-run",
        ("tab-separated", "1 cell to run"),
        files(rows_csv=TABLE.replace(",", "\t")),
        code=0,
    ),
    Mistake(
        "A file without a header line",
        f"{FILE} --dry-run",
        ("no header line", "1 cell to run"),
        files(rows_csv=TABLE.split("\n", 1)[1]),
        code=0,
    ),
)
