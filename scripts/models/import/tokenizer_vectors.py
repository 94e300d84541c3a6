"""Writes what the library `tokenizers` makes of texts, for packages/core/test/network/text/word-piece.test.ts.

A vocabulary of 1,200 tokens is trained on the pages of docs/ and on the texts below; then each set of rules encodes sentences of
the pages, texts in other scripts, and random texts of all of Unicode. Run from the root of the repository:

    venv/bin/python scripts/models/import/tokenizer_vectors.py --out packages/core/test/network/text/word-piece.json
"""

import argparse
import json
import pathlib
import random
import re
import unicodedata

from tokenizers import BertWordPieceTokenizer

TEXTS = [
    "", " ", "\t\n\r", "Hello, World!", "HELLO world", "don't stop -- it's 3.14% of $1,000.00!",
    "naïve café, crème brûlée, Ærøskøbing, straße, Ångström, Łódź, Đặng", "ÀÉÎÕÜ àéîõü ÿ ŷ ǻ ǟ", "İstanbul ıstanbul İİ",
    "ΑΒΓΔ Σίσυφος ΟΔΥΣΣΕΥΣ σς", "Привет, мир! Ёжик — ёлка; Йогурт", "שָׁלוֹם עוֹלָם", "السَّلامُ عليكم", "नमस्ते दुनिया। हिन्दी",
    "สวัสดีชาวโลก", "你好世界", "我爱AIVM，真的。", "日本語のテキスト、カタカナ・ひらがな", "한국어 텍스트", "𠀀𠮷野家 㐀㐁 豈更 丽",
    "mixed 中文 and English中文English", "Ｆｕｌｌ ｗｉｄｔｈ １２３", "ﬁ ﬂ ligatures ½ ² ℌ", "emoji 😀👩‍👩‍👧‍👦🏳️‍🌈 done", "flags 🇩🇪🇫🇷",
    "zero\u200bwidth\u200djoin\ufeffbom", "soft\u00adhyphen", "nul\x00byte bell\x07 esc\x1b[0m del\x7f", "c1\x80\x85\x9fcontrols",
    "replacement\ufffdsign", "nbsp\u00a0em\u2003space\u3000ideographic\u2028line\u2029paragraph", "private\ue000use\U000f0000plane",
    "a\u0301 e\u0301\u0302 combining\u0323\u0307", "\u0301leading mark", "Z\u0351\u036b\u0343algo", "[CLS] text [SEP]", "[MASK][MASK] [mask] [ MASK ]",
    "x[UNK]y [PAD]", "[[SEP]]", "[SEP", "under_score snake_case kebab-case", "a+b=c <tag> `code` ~tilde^caret|pipe", "“quotes” ‘single’ «guillemets» …",
    "https://example.org/a?b=c&d=%20#e", "user@example.org", "1.2.3.4:9650", "0xdeadbeef", "!" * 40, "a" * 99, "a" * 100, "a" * 101,
    "é" * 100, "é" * 101, "word " * 60, "##prefix ## #", "xyzzy qwertz", "€ £ ¥ ₿ ° ± × ÷", "٠١٢٣ ०१२३ ①②③", "ǅ ǈ ǋ ß ẞ", "Ⅷ ⅷ", "\u1e9e\u0130\u0149",
    "tab\tnew\nline\r\ncarriage", "   many   spaces   ", "…", "、。「」", "ー～", "ꙮ ⱥ Ⱥ", "ᏣᎳᎩ Ꮳ ꮳ", "Ა Ⴀ ა",
]
RULES = [{"lowercase": True}, {"lowercase": False}, {"lowercase": True, "strip_accents": False}]
# The tables of the library are older than those of today's engines: code points that it does not know are left out.
SCRIPTS = [(0x20, 0x7F), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x621, 0x652),
           (0x905, 0x939), (0x3041, 0x30FF), (0x4E00, 0x4E80), (0xAC00, 0xAC40), (0x2000, 0x206F), (0x1F600, 0x1F64F), (0, 0x1F)]


def sentences(root: pathlib.Path) -> list[str]:
    found: dict[str, None] = {}
    for page in ("networks.md", "getting-started.md", "run-a-provider.md"):
        for line in (root / "docs" / page).read_text("utf-8").splitlines():
            line = re.sub(r"[`*|]", "", line).strip()
            if 20 <= len(line) <= 200:
                found[line] = None
    return list(found)


def random_texts(count: int) -> list[str]:
    draw = random.Random(7)
    def one() -> str:
        return "".join(chr(draw.randint(*draw.choice(SCRIPTS))) for _ in range(draw.randint(1, 40)))
    return ["".join(c for c in one() if unicodedata.category(c) != "Cn") for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    lines = sentences(pathlib.Path(__file__).parents[3])
    learner = BertWordPieceTokenizer(lowercase=True)
    learner.train_from_iterator(lines + TEXTS, vocab_size=1_200, min_frequency=1, limit_alphabet=400, show_progress=False)
    vocabulary = [token for token, _ in sorted(learner.get_vocab().items(), key=lambda entry: entry[1])]
    texts = TEXTS + lines[:: max(1, len(lines) // 90)] + random_texts(120)
    cases = []
    for rules in RULES:
        # Special tokens are whole wherever a text has them, as the files of published models say.
        tokenizer = BertWordPieceTokenizer({token: i for i, token in enumerate(vocabulary)}, **rules)
        tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
        cases.append({"rules": rules, "tokens": [tokenizer.encode(text).ids for text in texts]})
    options.out.write_text(json.dumps({"vocabulary": vocabulary, "texts": texts, "cases": cases}, ensure_ascii=True) + "\n")
    print(f"{len(texts)} texts, {len(vocabulary)} tokens, {len(RULES)} sets of rules")


if __name__ == "__main__":
    main()
