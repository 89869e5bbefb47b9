"""Moodle's names for the columns of a grading worksheet, in the languages of its packs, in lower case.

As the strings `fullname`, `username`, `idnumber`, `grade` and `submissionteam` are translated there. A language that is
missing here costs a column, which is then recognised by its contents or named with `--as`.
"""

from __future__ import annotations

from typing import Final

FULL_NAME: Final = frozenset(
    {"full name", "first name / last name", "vollständiger name", "vorname / nachname", "nom complet", "prénom / nom"}
    | {"nombre completo", "nombre / apellido(s)", "nom / cognoms", "nome completo", "cognome / nome", "nome e cognome"}
    | {"volledige naam", "voornaam / achternaam", "fullständigt namn", "fulde navn", "imię i nazwisko", "celé jméno"}
    | {"フルネーム", "姓名", "全名", "полное имя"}
)
USERNAME: Final = frozenset(
    {"username", "anmeldename", "nutzername", "benutzername", "nom d'utilisateur", "nombre de usuario", "nom d'usuari"}
    | {"nome utente", "gebruikersnaam", "nome de usuário", "nome de utilizador", "användarnamn", "brugernavn"}
    | {"nazwa użytkownika", "uživatelské jméno", "ユーザ名", "用户名"}
)
ID_NUMBER: Final = frozenset(
    {"id number", "id-nummer", "matrikelnummer", "numéro d'identification", "número de id", "número id"}
    | {"número de identificación", "codice identificativo", "numero id", "idnummer", "idnumber", "numer id"}
    | {"número de identificação", "identifikační číslo", "idナンバー", "学号"}
)
GRADE: Final = frozenset(
    {"grade", "bewertung", "note", "calificación", "nota", "qualificació", "valutazione", "cijfer", "beoordeling"}
    | {"betyg", "karakter", "ocena", "známka", "hodnocení", "評点", "評定", "成绩", "оценка"}
)
GROUP: Final = frozenset(
    {"group", "gruppe", "groupe", "grupo", "grup", "gruppo", "groep", "grupp", "grupa", "skupina"}
    | {"グループ", "小组", "группа"}
)
