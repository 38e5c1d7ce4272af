from __future__ import annotations

import pytest

from classifiers.judge import load_judge
from classifiers.verdicts import Document

ABOUT = (
    ("en", "US lists UN expert Albanese under executive order 14203", "Francesca Albanese was sanctioned today."),
    ("en", "Treasury designates Al-Haq and Al Mezan", "Three Palestinian organisations were added to the SDN list."),
    ("fr", "La CPI dénonce les pressions", "La Cour pénale internationale appelle les États à la soutenir."),
    ("es", "La CPI abre una oficina en Caracas", "La Corte Penal Internacional inauguró su sede."),
    ("pt", "TPI: novo presidente eleito", "O Tribunal Penal Internacional elegeu o seu presidente."),
    ("it", "Cpi, l'Italia risponde all'Aja", "La Corte penale internazionale attende le osservazioni di Roma."),
    ("de", "IStGH: Haftbefehl gegen früheren Minister", "Der Internationale Strafgerichtshof in Den Haag ermittelt."),
    ("nl", "Strafhof krijgt nieuwe hoofdaanklager", "Het Internationaal Strafhof in Den Haag heeft gekozen."),
    ("ru", "Заявление прокурора МУС", "Прокурор Международного уголовного суда выступил в Гааге."),
    ("uk", "Заява прокурора МКС", "Прокурор Міжнародного кримінального суду виступив у Гаазі."),
    ("ar", "الجنائية الدولية تعقد جلسة", "عقدت المحكمة الجنائية الدولية جلسة في لاهاي."),
    ("hu", "A hágai büntetőbíróság közleménye", "A Nemzetközi Büntetőbíróság csütörtökön közleményt adott ki."),
    ("tr", "UCM Başsavcısı konuştu", "Uluslararası Ceza Mahkemesi Başsavcısı Lahey'de konuştu."),
)
NOT_ABOUT = (
    (
        "ICC zet stap naar Oranje",
        "De International Cricket Council breidt het wereldkampioenschap uit, zo besloot zij.",
    ),
    ("La CPI del Senado cita al ministro", "La comisión parlamentaria de investigación lo escuchará el martes."),
    (
        "ICC fines captain for slow over rate",
        "The International Cricket Council fined the captain after the ODI match.",
    ),
    ("ICC unveils new Incoterms", "The International Chamber of Commerce published rules for traders in Paris."),
    (
        "ICJ orders provisional measures",
        "The International Court of Justice ordered measures in a dispute over a river.",
    ),
    (
        "Kosovo Specialist Chambers: trial of four resumes",
        "The trial panel of the Specialist Chambers heard a witness.",
    ),
    (
        "Red Cross loses data in cyberattack",
        "The International Committee of the Red Cross said that servers were hacked.",
    ),
    ("Argentina leaves the World Health Organization", "The government announced its exit from the WHO on Monday."),
    ("Treasury sanctions tanker owners", "OFAC designated twelve shipping companies that carry Iranian oil."),
)


@pytest.mark.parametrize(("lang", "title", "text"), ABOUT, ids=[a[0] + "-" + a[1][:20] for a in ABOUT])
def test_the_court_its_people_and_its_programme_are_recognised(lang: str, title: str, text: str) -> None:
    assert load_judge().judge([Document("x", title, text, lang=lang)])[0].about_court


@pytest.mark.parametrize(("title", "text"), NOT_ABOUT, ids=[n[0][:20] for n in NOT_ABOUT])
def test_its_namesakes_and_neighbours_are_not_taken_for_it(title: str, text: str) -> None:
    assert not load_judge().judge([Document("x", title, text)])[0].about_court
