"""What a name becomes in a machine-readable zone, and what it may become: states differ. Pure.

Source: ICAO Doc 9303 part 3, section 6 (tables A, Latin, and B, Cyrillic; written down from memory and from
published national copies of the table). The first spelling of a letter is the recommended one, the others are
those that the table allows or that states are known to print. Scripts without a table here have no spelling:
the caller treats such a name as one that cannot be compared, never as one that differs.
"""

from __future__ import annotations

import unicodedata
from itertools import islice, product

# As many spellings of one word as are looked at: a word of eight letters of three spellings has 6,561.
MOST_SPELLINGS = 512

# Letters for which taking the accent off is not all that is done. Others lose their accent and no more.
LATIN: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ð": ("D", "DH"),
    "Đ": ("D", "DJ"),
    "Ħ": ("H",),
    "ı": ("I",),
    "Ĳ": ("IJ",),
    "ĸ": ("Q",),
    "Ł": ("L",),
    "Ŀ": ("L",),
    "Ñ": ("N", "NXX"),
    "Ŋ": ("N",),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),
    "Ő": ("O", "OE"),
    "Œ": ("OE",),
    "ẞ": ("SS",),
    "Ŧ": ("T",),
    "Þ": ("TH",),
    "Ü": ("UE", "U", "UXX"),
    "Ű": ("U", "UE"),
    "Ə": ("A", "E"),
}
CYRILLIC: dict[str, tuple[str, ...]] = {
    "А": ("A",),
    "Б": ("B",),
    "В": ("V",),
    "Г": ("G", "H"),  # H: Belarusian, Ukrainian
    "Ґ": ("G",),
    "Ѓ": ("G", "GJ"),
    "Ђ": ("D", "DJ"),
    "Д": ("D",),
    "Е": ("E", "IE", "YE"),  # IE: Ukrainian Є is often typed as Е; YE: US style
    "Ё": ("E", "IO", "YO"),  # IO: Belarusian
    "Є": ("IE", "YE"),
    "Ж": ("ZH", "Z"),  # Z: Serbian
    "З": ("Z",),
    "Ѕ": ("DZ",),
    "И": ("I", "Y"),  # Y: Ukrainian
    "І": ("I",),
    "Ї": ("I", "YI"),
    "Й": ("I", "Y"),
    "Ј": ("J",),
    "К": ("K",),
    "Ќ": ("K", "KJ"),
    "Л": ("L",),
    "Љ": ("LJ",),
    "М": ("M",),
    "Н": ("N",),
    "Њ": ("NJ",),
    "О": ("O",),
    "П": ("P",),
    "Р": ("R",),
    "С": ("S",),
    "Т": ("T",),
    "Ћ": ("C",),
    "У": ("U",),
    "Ў": ("U",),
    "Ф": ("F",),
    "Х": ("KH", "H"),  # H: Serbian, Macedonian, Bulgarian
    "Ц": ("TS", "C"),
    "Ч": ("CH", "C"),
    "Џ": ("DZ", "DJ"),
    "Ш": ("SH", "S"),
    "Щ": ("SHCH", "SHT"),  # SHT: Bulgarian
    "Ъ": ("IE", "A", ""),  # A: Bulgarian
    "Ы": ("Y",),
    "Ь": ("", "I"),  # left out in Russian passports
    "Э": ("E",),
    "Ю": ("IU", "YU"),
    "Я": ("IA", "YA"),
}
TABLE = LATIN | CYRILLIC
# Left out of a name without a gap (9303-3, 4.6); everything else that is no letter parts two words.
SILENT = frozenset("'’ʼ`´ʻ‘ʹʺ.")


def transliterate(name: str) -> str:
    """The recommended spelling: words of A to Z with single spaces; "" where no letter has one."""
    return " ".join(spellings[0] for word in words_of(name) if (spellings := spellings_of(word)))


def words_of(name: str) -> tuple[str, ...]:
    """The words as a zone would part them, in upper case, their accents still on."""
    text = unicodedata.normalize("NFC", name.replace("ß", "ẞ")).upper()
    kept = "".join("" if ch in SILENT else ch if ch.isalpha() or unicodedata.combining(ch) else " " for ch in text)
    return tuple(kept.split())


def spellings_of(word: str) -> tuple[str, ...]:
    """Every spelling a zone may give the word, the recommended one first; () where a letter has none."""
    choices = [_letter(ch) for ch in word]
    if not choices or not all(choices):
        return ()
    made = ("".join(parts) for parts in islice(product(*choices), MOST_SPELLINGS))
    return tuple(spelling for spelling in dict.fromkeys(made) if spelling)


def _letter(ch: str) -> tuple[str, ...]:
    if ch in TABLE:
        return TABLE[ch]
    bare = "".join(part for part in unicodedata.normalize("NFKD", ch) if not unicodedata.combining(part))
    if not bare:  # an accent that stands alone
        return ("",)
    if bare in TABLE:  # Cyrillic with a stress mark
        return TABLE[bare]
    return (bare,) if all("A" <= part <= "Z" for part in bare) else ()
