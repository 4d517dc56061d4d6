"""The catalogue's content: some hundred invented works and images, the same ones at every start.

Everything follows from a work's number, so that identifiers and counts can be relied on.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

Document = Mapping[str, object]

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_SUBJECTS = (
    ("Botany", "ferns"),
    ("Anatomy", "the human hand"),
    ("Astronomy", "the winter sky"),
    ("Cartography", "tidal coasts"),
    ("Chemistry", "dyes and pigments"),
    ("Dentistry", "the milk teeth"),
    ("Entomology", "bees and wasps"),
    ("Epidemiology", "water-borne fevers"),
    ("Geology", "chalk and flint"),
    ("Horticulture", "kitchen gardens"),
    ("Meteorology", "clouds"),
    ("Microscopy", "pond water"),
    ("Midwifery", "the lying-in room"),
    ("Mycology", "edible fungi"),
    ("Nursing", "the fever ward"),
    ("Nutrition", "bread and broth"),
    ("Optics", "lenses"),
    ("Ornithology", "shore birds"),
    ("Pharmacy", "the household chest"),
    ("Physiology", "the pulse"),
    ("Sanitation", "drains and wells"),
    ("Surgery", "field dressings"),
    ("Veterinary medicine", "draught horses"),
    ("Zoology", "hedgerow mammals"),
)
_FORMS = (
    ("a", "Books", "{subject}: a treatise on {matter}"),
    ("a", "Books", "An introduction to {matter}, with notes on {subject}"),
    ("a", "Books", "The pocket companion to {subject}"),
    ("a", "Books", "Lectures on {subject} and {matter}"),
    ("d", "Journals", "Quarterly review of {subject}"),
    ("d", "Journals", "Proceedings in {subject}: {matter}"),
    ("h", "Archives and manuscripts", "Notebook: observations of {matter} ({subject})"),
    ("h", "Archives and manuscripts", "Correspondence about {matter} and other questions of {subject}"),
    ("e", "Maps", "Map to accompany a survey of {matter} ({subject})"),
    ("g", "Videos", "{subject} in moving pictures: {matter}"),
    ("k", "Pictures", "{subject}: {matter}. Engraving"),
    ("k", "Pictures", "{subject}: {matter}. Watercolour"),
    ("k", "Pictures", "{subject}: {matter}. Lithograph"),
    ("k", "Pictures", "{subject}: {matter}, in section. Etching"),
    ("q", "Digital images", "Plate of {matter} ({subject})"),
    ("q", "Digital images", "Plate of {matter}, enlarged ({subject})"),
    ("r", "3-D objects", "Teaching model of {matter} ({subject})"),
    ("l", "Ephemera", "Handbill: public lecture on {subject}"),
    ("l", "Ephemera", "Trade card for {matter} ({subject})"),
    ("s", "E-sound", "{subject}: a talk about {matter}"),
)
_PICTORIAL = frozenset({"e", "k", "q"})


@cache
def works() -> Mapping[str, Document]:
    """Return all works by their identifier, in the order in which a search lists them."""
    made = (_work(number) for number in range(len(_SUBJECTS) * len(_FORMS)))
    return {str(work["id"]): work for work in made}


@cache
def images() -> Mapping[str, Document]:
    """Return all images by their identifier: one for each work that is a picture, a map or a plate."""
    pictorial = (
        _work(number)
        for number in range(len(_SUBJECTS) * len(_FORMS))
        if _FORMS[number % len(_FORMS)][0] in _PICTORIAL
    )
    made = (_image(work) for work in pictorial)
    return {str(image["id"]): image for image in made}


def _work(number: int) -> Document:
    subject, matter = _SUBJECTS[number // len(_FORMS)]
    code, form, title = _FORMS[number % len(_FORMS)]
    text = title.format(subject=subject.lower(), matter=matter)
    return {
        "id": _identifier(f"work {number}"),
        "title": text[0].upper() + text[1:],
        "alternativeTitles": [],
        "referenceNumber": f"LAB/{number + 1}",
        "workType": {"id": code, "label": form, "type": "Format"},
        "subjects": [{"label": subject, "type": "Subject"}],
        "production": [{"label": str(1780 + number * 7 % 160), "type": "ProductionEvent"}],
        "languages": [{"id": "eng", "label": "English", "type": "Language"}],
        "availabilities": [{"id": "online", "label": "Online", "type": "Availability"}],
        "type": "Work",
    }


def _image(work: Document) -> Document:
    identifier = _identifier(f"image of {work['id']}")
    return {
        "id": identifier,
        "thumbnail": {"url": f"/thumbs/{identifier}.jpg", "type": "DigitalLocation"},
        "aspectRatio": 0.75,
        "averageColor": f"#{hashlib.sha256(identifier.encode()).hexdigest()[:6]}",
        "source": {"id": work["id"], "title": work["title"], "subjects": work["subjects"], "type": "Work"},
        "type": "Image",
    }


def _identifier(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:8])
