"""A document as the rules see it: the title first, then the sentences, each with the concepts found in it."""

from __future__ import annotations

from dataclasses import dataclass

from classifiers.lexicon import Hit, load_lexicon
from classifiers.text import news_of, sentences, words
from classifiers.verdicts import Document

MAX_SENTENCES = 60  # longer pieces are read this far: news is told at the top


@dataclass(frozen=True, slots=True)
class Tagged:
    """``sentences[0]`` is the title; ``hits`` and ``tokens`` run parallel to it."""

    document: Document
    sentences: tuple[str, ...]
    tokens: tuple[list[str], ...]
    hits: tuple[list[Hit], ...]


def tag(document: Document) -> Tagged:
    """Cut ``document`` into sentences and find the concepts in each."""
    lexicon = load_lexicon()
    cut = (document.title, *sentences(news_of(document.text))[:MAX_SENTENCES])
    tokens = tuple(words(sentence) for sentence in cut)
    return Tagged(document, cut, tokens, tuple(lexicon.find(sentence, document.lang) for sentence in tokens))
