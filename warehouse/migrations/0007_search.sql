-- The search index: which words stand in which revision, and how much they weigh there. Kept up by warehouse.search.
--
-- An inverted index in two parts. New postings are appended as they come, a row each, and searched by scanning: they
-- are few. Every so many revisions they become a segment: sorted by word, all postings of a word in one row, so that a
-- search for a beginning reads of each segment only the row groups in which it can stand. Segments are never changed.
-- The macros decide what a word is, for what is stored and for what is asked: they change only together with the
-- postings, by a migration that empties the tables and sets base.search_state back to 0.

-- Finished segments. Appended only.
CREATE TABLE base.postings (
    key  UBIGINT NOT NULL,                   -- base.word_key of the word: numbers are scanned ten times as fast as texts
    word TEXT NOT NULL,                      -- as base.words gives it
    hits UBIGINT[] NOT NULL                  -- 256 * place + weight, for each revision of the segment in which it stands
);

-- What stands in no segment yet. Appended; removed when it becomes one.
CREATE TABLE base.recent_postings (
    place  BIGINT NOT NULL,                  -- of the revision: its rowid in base.revisions, which is only appended to
    word   TEXT NOT NULL,
    weight UTINYINT NOT NULL                 -- a hundred times BM25's weight of the word in that revision
);

-- One row: how far the index has come, in revisions in the order of base.revisions.
CREATE TABLE base.search_state (
    indexed BIGINT NOT NULL,
    settled BIGINT NOT NULL                  -- those in segments; the ones from here to indexed are recent
);
INSERT INTO base.search_state VALUES (0, 0);

-- Case, accents, vowel points and variants of a letter make no difference. strip_accents also takes Arabic hamzas and
-- vowel points, the breve of й and the voicing marks of kana, and reads nothing behind a NUL: that becomes a blank.
CREATE MACRO base.fold(t) AS replace(replace(replace(replace(replace(replace(replace(replace(replace(
    strip_accents(lower(replace(t, chr(0), ' '))),
    'ß', 'ss'), 'ς', 'σ'), 'ı', 'i'), 'ł', 'l'), 'đ', 'd'), 'ø', 'o'), 'ة', 'ه'), 'ى', 'ي'), 'ـ', '');

-- Chinese and Japanese put no blanks between words: every character and every pair of neighbours is a word.
CREATE MACRO base.ideograms(t) AS flatten(list_transform(
    regexp_extract_all(t, '[\p{Han}\p{Hiragana}\p{Katakana}\x{30FC}]+'),
    lambda run: list_concat(
        list_transform(range(1, length(run) + 1), lambda i: substr(run, i, 1)),
        list_transform(range(1, length(run)), lambda i: substr(run, i, 2)))));

-- Elsewhere it is what stands between all that is no letter, digit or mark, cut off where no real word is longer. The
-- Arabic article, alone or behind و ف ب ك ل, is not part of a word.
CREATE MACRO base.letters(t) AS list_transform(
    regexp_extract_all(t, '[\p{L}\p{N}\p{M}]+'),
    lambda w: substr(
        CASE WHEN w BETWEEN 'ا' AND 'ي' THEN regexp_replace(w, '^(?:[وفبك]?ال|لل)(\p{Arabic}{3,})$', '\1') ELSE w END,
        1, 40));

-- The words of a text, as often as they occur. Fullwidth letters and digits are those of Latin.
CREATE MACRO base.words(t) AS list_concat(
    base.letters(CASE WHEN regexp_matches(t, '[\p{Han}\p{Hiragana}\p{Katakana}\x{30FC}\x{FF10}-\x{FF5A}]')
        THEN regexp_replace(
            translate(base.fold(t), '０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ', '0123456789abcdefghijklmnopqrstuvwxyz'),
            '[\p{Han}\p{Hiragana}\p{Katakana}\x{30FC}]+', ' ', 'g')
        ELSE base.fold(t) END),
    base.ideograms(base.fold(t)));

-- Sixty bits of a hash of a word: in twenty thousand warehouses of ten million words, one has two words that share a key.
CREATE MACRO base.word_key(w) AS ('0x' || left(md5(w), 15))::UBIGINT;

-- The beginnings that a question asks for: what stands before a *.
CREATE MACRO base.stems(t) AS base.words(array_to_string(regexp_extract_all(t, '[^\s*]+\*'), ' '));
