"""Who may do what in their own school: the table of rights is the list of the test's cases.

A route, or a method that a route accepts, without a row fails here. Another school's people are in test_neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from tests.browser import Browser
from tests.cast import Cast, School
from tests.routes import Route, all_routes
from tests.test_neighbours import METHODS, PUBLIC

PEOPLE = {
    "stu": "student",
    "mat": "classmate",  # in the same class
    "gua": "guardian",  # of the student, not of the classmate
    "tea": "teacher",
    "col": "colleague",  # teaches other classes
    "sta": "staff",
    "hea": "head",
    "adm": "local_admin",
    "hub": "hub_agent",  # these three have a mandate that covers the school
    "aut": "authority_agent",
    "rec": "rectorate_admin",
}

# – is 403.
RIGHTS = """
                                                         stu mat gua tea col sta hea adm hub aut rec
GET    /                                                 200 200 200 200 200 200 200 200 200 200 200
GET    /compte/                                          200 200 200 200 200 200 200 200 200 200 200
GET    /composants/                                      200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/                                          200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/schema/                                   200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/me/                                       200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/meetings/                                 200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/homework-files/<uuid:key>/                200 200 200 200 –   –   200 –   –   –   –
GET    /api/v1/progress-files/<uuid:key>/                200 –   200 200 –   –   200 –   –   –   –
GET    /api/v1/correction-files/<uuid:key>/              –   –   –   200 –   –   200 –   –   –   –
GET    /api/v1/establishments/                           200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/establishments/<int:pk>/                  200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/holidays/                                 200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/groups/                                   200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/groups/<int:pk>/                          200 200 200 200 200 200 200 200 –   –   –
GET    /api/v1/homework/                                 200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/homework/                                 –   –   –   201 –   –   –   –   –   –   –
GET    /api/v1/homework/<int:pk>/                        200 200 200 200 –   –   200 –   –   –   –
PUT    /api/v1/homework/<int:pk>/                        –   –   –   200 –   –   –   –   –   –   –
DELETE /api/v1/homework/<int:pk>/                        –   –   –   204 –   –   –   –   –   –   –
PUT    /api/v1/homework/<int:pk>/done/                   200 200 –   –   –   –   –   –   –   –   –
POST   /api/v1/homework/<int:pk>/hand-in/                200 200 –   –   –   –   –   –   –   –   –
POST   /api/v1/homework/<int:pk>/hand-back/              –   –   –   200 –   –   –   –   –   –   –
POST   /api/v1/homework/<int:pk>/remind/                 –   –   –   200 –   –   –   –   –   –   –
GET    /api/v1/progress/                                 200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/progress/<int:pk>/                        200 –   200 200 –   –   200 –   –   –   –
PUT    /api/v1/progress/<int:pk>/correction/             –   –   –   200 –   –   –   –   –   –   –
GET    /nouveautes/                                      200 200 200 200 200 200 200 200 200 200 200
POST   /nouveautes/lues/                                 302 302 302 302 302 302 302 302 302 302 302
POST   /nouveautes/<int:pk>/                             302 404 404 404 404 404 404 404 404 404 404
GET    /api/v1/notifications/                            200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/notifications/read/                       204 204 204 204 204 204 204 204 204 204 204
GET    /compte/mot-de-passe/                             200 200 200 200 200 200 200 200 200 200 200
POST   /compte/mot-de-passe/                             200 200 200 200 200 200 200 200 200 200 200
GET    /compte/coordonnees/                              200 200 200 200 200 200 200 200 200 200 200
POST   /compte/coordonnees/                              200 200 200 200 200 200 200 200 200 200 200
POST   /compte/coordonnees/lien/                         302 302 302 302 302 302 302 302 302 302 302
GET    /compte/rattacher/                                –   –   200 –   –   –   –   –   –   –   –
POST   /compte/rattacher/                                –   –   200 –   –   –   –   –   –   –   –
GET    /etablissement/comptes/fiches/                    –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/fiches/                    –   –   –   –   –   –   200 200 –   –   –
GET    /fiches/classes/<int:pk>/                         –   –   –   –   –   –   –   200 –   –   –
POST   /fiches/classes/<int:pk>/telecharger/             –   –   –   –   –   –   –   302 –   –   –
GET    /fiches/personnes/<int:pk>/                       –   –   –   –   –   –   200 200 200 –   200
POST   /fiches/personnes/<int:pk>/                       –   –   –   –   –   –   200 200 200 –   200
GET    /territoire/etablissements/                       –   –   –   –   –   –   –   –   200 200 200
GET    /etablissement/classes/                           –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/classes/<int:pk>/                  –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/groupes/                           –   –   –   –   –   200 200 200 –   –   –
POST   /etablissement/groupes/                           –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/groupes/<int:pk>/                  –   –   –   –   –   200 200 200 –   –   –
POST   /etablissement/groupes/<int:pk>/ajouter/          –   –   –   –   –   404 404 404 –   –   –
POST   /etablissement/groupes/<int:pk>/retirer/          –   –   –   –   –   404 404 404 –   –   –
GET    /etablissement/groupes/<int:pk>/terminer/         –   –   –   –   –   200 200 200 –   –   –
POST   /etablissement/groupes/<int:pk>/terminer/         –   –   –   –   –   302 302 302 –   –   –
GET    /etablissement/comptes-a-la-main/                 –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes-a-la-main/creer/           –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes-a-la-main/creer/           –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes-a-la-main/<int:pk>/prolonger/ – – –   –   –   –   302 302 –   –   –
POST   /etablissement/comptes-a-la-main/<int:pk>/terminer/ –  –  –   –   –   –   302 302 –   –   –
GET    /api/v1/hand-made-accounts/                       200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/hand-made-accounts/                       –   –   –   –   –   –   201 201 –   –   –
GET    /api/v1/hand-made-accounts/<int:pk>/              –   –   –   –   –   –   200 200 –   –   –
POST   /api/v1/hand-made-accounts/<int:pk>/prolong/      –   –   –   –   –   –   200 200 –   –   –
POST   /api/v1/hand-made-accounts/<int:pk>/end/          –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/classes/<int:pk>/trombinoscope/    –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/classes/<int:pk>/trombinoscope.pdf –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/photos/                            –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/photos/                            –   –   –   –   –   –   302 302 –   –   –
GET    /etablissement/photos/<int:pk>/                   –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/photos/<int:pk>/                   –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/photos/<int:pk>/retirer/           –   –   –   –   –   –   302 302 –   –   –
GET    /api/v1/class-photos/<int:pk>/                    –   –   –   –   –   200 200 200 –   –   –
PUT    /api/v1/student-photos/<int:pk>/                  –   –   –   –   –   –   400 400 –   –   –
DELETE /api/v1/student-photos/<int:pk>/                  –   –   –   –   –   –   204 204 –   –   –
GET    /api/v1/photo-files/<uuid:key>/                   200 –   –   200 200 200 200 200 –   –   –
GET    /fichiers/photos/<uuid:key>/                      200 –   –   200 200 200 200 200 –   –   –
GET    /etablissement/tableau/                           –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/tableau/                           –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/tableau/modele/                    –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/tableau/<int:pk>/                  –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/tableau/<int:pk>/appliquer/        –   –   –   –   –   –   302 302 –   –   –
POST   /etablissement/tableau/<int:pk>/abandonner/       –   –   –   –   –   –   302 302 –   –   –
GET    /territoire/tableau/                              –   –   –   –   –   –   –   –   –   –   200
POST   /territoire/tableau/                              –   –   –   –   –   –   –   –   –   –   200
GET    /territoire/tableau/modele/                       –   –   –   –   –   –   –   –   –   –   200
GET    /territoire/tableau/<int:pk>/                     –   –   –   –   –   –   –   –   –   –   200
POST   /territoire/tableau/<int:pk>/appliquer/           –   –   –   –   –   –   –   –   –   –   302
POST   /territoire/tableau/<int:pk>/abandonner/          –   –   –   –   –   –   –   –   –   –   302
GET    /etablissement/enseignements/                     –   –   –   –   –   200 200 200 –   –   –
GET    /api/v1/hand-made-groups/                         200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/hand-made-groups/                         –   –   –   –   –   201 201 201 –   –   –
GET    /api/v1/hand-made-groups/<int:pk>/                –   –   –   –   –   200 200 200 –   –   –
POST   /api/v1/hand-made-groups/<int:pk>/add/            –   –   –   –   –   204 204 204 –   –   –
POST   /api/v1/hand-made-groups/<int:pk>/remove/         –   –   –   –   –   204 204 204 –   –   –
POST   /api/v1/hand-made-groups/<int:pk>/end/            –   –   –   –   –   204 204 204 –   –   –
GET    /eleve/devoirs/                                   200 200 –   –   –   –   –   –   –   –   –
GET    /eleve/devoirs/<int:pk>/                          200 200 –   –   –   –   –   –   –   –   –
POST   /eleve/devoirs/<int:pk>/                          200 200 –   –   –   –   –   –   –   –   –
POST   /eleve/devoirs/<int:pk>/brouillon/                200 200 –   –   –   –   –   –   –   –   –
POST   /eleve/devoirs/<int:pk>/fait/                     302 302 –   –   –   –   –   –   –   –   –
POST   /eleve/copies/<uuid:key>/retirer/                 302 –   –   –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/devoirs/           –   –   200 –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/devoirs/<int:pk>/  –   –   200 –   –   –   –   –   –   –   –
GET    /compte/agenda/                                   200 200 200 200 200 200 200 200 200 200 200
POST   /compte/agenda/                                   200 200 200 200 200 200 200 200 200 200 200
GET    /eleve/agenda/                                    200 200 –   –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/agenda/            –   –   200 –   –   –   –   –   –   –   –
GET    /classe/agenda/                                   –   –   –   200 200 –   –   –   –   –   –
GET    /classe/groupes/<int:pk>/agenda/                  –   –   –   200 –   –   –   –   –   –   –
GET    /etablissement/agenda/                            –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/agenda/classes/<int:pk>/           –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/agenda/enseignants/<int:pk>/       –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/agenda/salles/<int:pk>/            –   –   –   –   –   200 200 200 –   –   –
GET    /etablissement/agenda/classes/<int:pk>/ajouter/   –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/classes/<int:pk>/ajouter/   –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/classes/<int:pk>/une-fois/  –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/classes/<int:pk>/une-fois/  –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/enseignants/<int:pk>/absence/ –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/enseignants/<int:pk>/absence/ –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/creneaux/<int:pk>/          –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/creneaux/<int:pk>/          –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/creneaux/<int:pk>/terminer/ –   –   –   –   –   –   302 302 –   –   –
GET    /etablissement/agenda/creneaux/<int:pk>/seance/   –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/creneaux/<int:pk>/seance/   –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/seances/<int:pk>/           –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/seances/<int:pk>/           –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/semaines/                   –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/semaines/                   –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/salles/ajouter/             –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/salles/ajouter/             –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/conflits/                   –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/import/                     –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/import/                     –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/import/modele/              –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/agenda/import/<int:pk>/            –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/agenda/import/<int:pk>/appliquer/  –   –   –   –   –   –   302 302 –   –   –
GET    /classe/donner/                                   –   –   –   200 200 –   –   –   –   –   –
POST   /classe/donner/                                   –   –   –   200 200 –   –   –   –   –   –
GET    /classe/groupes/<int:pk>/                         –   –   –   200 –   –   –   –   –   –   –
GET    /classe/devoirs/<int:pk>/                         –   –   –   200 –   –   –   –   –   –   –
GET    /classe/devoirs/<int:pk>/modifier/                –   –   –   200 –   –   –   –   –   –   –
POST   /classe/devoirs/<int:pk>/modifier/                –   –   –   200 –   –   –   –   –   –   –
GET    /classe/devoirs/<int:pk>/retirer/                 –   –   –   200 –   –   –   –   –   –   –
POST   /classe/devoirs/<int:pk>/retirer/                 –   –   –   302 –   –   –   –   –   –   –
GET    /classe/copies/<int:pk>/                          –   –   –   200 –   –   –   –   –   –   –
GET    /eleve/cours/                                     200 200 –   –   –   –   –   –   –   –   –
GET    /eleve/cours/<int:pk>/                            200 200 –   –   –   –   –   –   –   –   –
GET    /eleve/ressources/<int:pk>/                       200 200 –   –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/cours/             –   –   200 –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/cours/<int:pk>/    –   –   200 –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/ressources/<int:pk>/ –   –   200 –   –   –   –   –   –   –   –
GET    /classe/cours/                                    –   –   –   200 200 –   –   –   –   –   –
GET    /classe/cours/<int:pk>/                           –   –   –   200 –   –   –   –   –   –   –
GET    /classe/cours/<int:pk>/modifier/                  –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cours/<int:pk>/modifier/                  –   –   –   200 –   –   –   –   –   –   –
GET    /classe/cours/<int:pk>/ajouter/                   –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cours/<int:pk>/ajouter/                   –   –   –   200 –   –   –   –   –   –   –
GET    /classe/cours/<int:pk>/copier/                    –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cours/<int:pk>/copier/                    –   –   –   200 –   –   –   –   –   –   –
GET    /classe/dossiers/<int:pk>/modifier/               –   –   –   200 –   –   –   –   –   –   –
POST   /classe/dossiers/<int:pk>/modifier/               –   –   –   200 –   –   –   –   –   –   –
POST   /classe/dossiers/<int:pk>/ranger/                 –   –   –   302 –   –   –   –   –   –   –
GET    /classe/dossiers/<int:pk>/supprimer/              –   –   –   200 –   –   –   –   –   –   –
POST   /classe/dossiers/<int:pk>/supprimer/              –   –   –   302 –   –   –   –   –   –   –
GET    /classe/ressources/<int:pk>/                      –   –   –   200 –   –   –   –   –   –   –
GET    /classe/ressources/<int:pk>/modifier/             –   –   –   200 –   –   –   –   –   –   –
POST   /classe/ressources/<int:pk>/modifier/             –   –   –   200 –   –   –   –   –   –   –
POST   /classe/ressources/<int:pk>/ranger/               –   –   –   302 –   –   –   –   –   –   –
GET    /classe/ressources/<int:pk>/supprimer/            –   –   –   200 –   –   –   –   –   –   –
POST   /classe/ressources/<int:pk>/supprimer/            –   –   –   302 –   –   –   –   –   –   –
GET    /etablissement/cours/                             –   –   –   –   –   –   200 –   –   –   –
GET    /etablissement/cours/<int:pk>/                    –   –   –   –   –   –   200 –   –   –   –
GET    /etablissement/ressources/<int:pk>/               –   –   –   –   –   –   200 –   –   –   –
GET    /fichiers/ressources/<uuid:key>/                  200 200 200 200 –   –   200 –   –   –   –
GET    /api/v1/courses/                                  200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/courses/<int:pk>/                         200 200 200 200 –   –   200 –   –   –   –
PUT    /api/v1/courses/<int:pk>/                         –   –   –   200 –   –   –   –   –   –   –
POST   /api/v1/courses/<int:pk>/copy/                    –   –   –   400 –   –   –   –   –   –   –
GET    /api/v1/folders/                                  200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/folders/                                  –   –   –   201 –   –   –   –   –   –   –
GET    /api/v1/folders/<int:pk>/                         200 200 200 200 –   –   200 –   –   –   –
PUT    /api/v1/folders/<int:pk>/                         –   –   –   200 –   –   –   –   –   –   –
DELETE /api/v1/folders/<int:pk>/                         –   –   –   204 –   –   –   –   –   –   –
POST   /api/v1/folders/<int:pk>/move/                    –   –   –   204 –   –   –   –   –   –   –
GET    /api/v1/resources/                                200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/resources/                                –   –   –   201 –   –   –   –   –   –   –
GET    /api/v1/resources/<int:pk>/                       200 200 200 200 –   –   200 –   –   –   –
PUT    /api/v1/resources/<int:pk>/                       –   –   –   200 –   –   –   –   –   –   –
DELETE /api/v1/resources/<int:pk>/                       –   –   –   204 –   –   –   –   –   –   –
POST   /api/v1/resources/<int:pk>/move/                  –   –   –   204 –   –   –   –   –   –   –
GET    /api/v1/resource-files/<uuid:key>/                200 200 200 200 –   –   200 –   –   –   –
POST   /classe/copies/<int:pk>/                          –   –   –   200 –   –   –   –   –   –   –
POST   /classe/copies/<int:pk>/brouillon/                –   –   –   200 –   –   –   –   –   –   –
GET    /classe/donner/jours/                             –   –   –   404 404 –   –   –   –   –   –
GET    /classe/donner/charge/                            –   –   –   200 200 –   –   –   –   –   –
POST   /classe/donner/brouillon/                         –   –   –   200 200 –   –   –   –   –   –
GET    /classe/devoirs/<int:pk>/pour-qui/                –   –   –   200 –   –   –   –   –   –   –
POST   /classe/devoirs/<int:pk>/pour-qui/                –   –   –   200 –   –   –   –   –   –   –
GET    /etablissement/devoirs/seuil/<int:pk>/            –   –   –   –   –   –   200 –   –   –   –
POST   /etablissement/devoirs/seuil/<int:pk>/            –   –   –   –   –   –   200 –   –   –   –
GET    /classe/devoirs/<int:pk>/corriger/                –   –   –   302 –   –   –   –   –   –   –
POST   /classe/devoirs/<int:pk>/remettre/                –   –   –   302 –   –   –   –   –   –   –
POST   /classe/devoirs/<int:pk>/rappeler/                –   –   –   302 –   –   –   –   –   –   –
GET    /etablissement/devoirs/                           –   –   –   –   –   –   200 –   –   –   –
GET    /fichiers/devoirs/<uuid:key>/                     200 200 200 200 –   –   200 –   –   –   –
GET    /fichiers/copies/<uuid:key>/                      200 –   200 200 –   –   200 –   –   –   –
GET    /fichiers/corrections/<uuid:key>/                 –   –   –   200 –   –   200 –   –   –   –
GET    /aide/                                            200 200 200 200 200 200 200 200 200 200 200
POST   /aide/                                            200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/accounts/                                 200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/accounts/duplicates/                      200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/accounts/<int:pk>/                        –   –   –   –   –   –   200 200 200 –   200
POST   /api/v1/accounts/<int:pk>/reset/                  –   –   –   201 –   –   201 201 201 –   201
POST   /api/v1/accounts/<int:pk>/unlock/                 –   –   –   –   –   –   204 204 204 –   204
POST   /api/v1/accounts/<int:pk>/block/                  –   –   –   –   –   –   200 200 200 –   200
POST   /api/v1/accounts/<int:pk>/unblock/                –   –   –   –   –   –   200 200 200 –   200
POST   /api/v1/accounts/<int:pk>/merge/                  –   –   –   –   –   –   204 204 204 –   204
POST   /api/v1/accounts/<int:pk>/appoint/                –   –   –   –   –   –   400 400 –   –   –
POST   /api/v1/accounts/<int:pk>/dismiss/                –   –   –   –   –   –   400 400 –   –   –
GET    /api/v1/cases/figures/                            200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/cases/figures/schools/                    200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/cases/                                    200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/cases/                                    201 –   201 201 –   –   201 201 201 –   201
GET    /api/v1/cases/<int:pk>/                           –   –   –   –   –   –   200 200 200 –   200
POST   /api/v1/cases/<int:pk>/take/                      –   –   –   –   –   –   –   –   200 –   200
POST   /api/v1/cases/<int:pk>/notes/                     –   –   –   –   –   –   201 201 201 –   201
POST   /api/v1/cases/<int:pk>/escalate/                  –   –   –   –   –   –   –   –   200 –   200
POST   /api/v1/cases/<int:pk>/close/                     –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/                              –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/doublons/                     –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/<int:pk>/                     –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/<int:pk>/code/                –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/comptes/<int:pk>/code/                –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/comptes/<int:pk>/deverrouiller/       –   –   –   –   –   –   –   –   302 –   302
GET    /territoire/comptes/<int:pk>/bloquer/             –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/comptes/<int:pk>/bloquer/             –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/<int:pk>/fermer/              –   –   –   –   –   –   –   –   –   –   200
POST   /territoire/comptes/<int:pk>/fermer/              –   –   –   –   –   –   –   –   –   –   200
GET    /territoire/comptes/<int:pk>/second-facteur/      –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/comptes/<int:pk>/second-facteur/      –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/<int:pk>/aide/                –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/comptes/<int:pk>/aide/                –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/comptes/<int:pk>/doublon/<int:other>/ –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/comptes/<int:pk>/doublon/<int:other>/ –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/demandes/                             –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/demandes/chiffres/                    –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/demandes/chiffres.csv                 –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/demandes/<int:pk>/                    –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/demandes/<int:pk>/                    –   –   –   –   –   –   –   –   422 –   422
GET    /etablissement/comptes/                           –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/doublons/                  –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/jamais/                    –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/equipe/                    –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/equipe/                    –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/equipe/<int:pk>/retirer/   –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/equipe/<int:pk>/retirer/   –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/<int:pk>/                  –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/<int:pk>/code/             –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/<int:pk>/code/             –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/<int:pk>/deverrouiller/    –   –   –   –   –   –   302 302 –   –   –
GET    /etablissement/comptes/<int:pk>/bloquer/          –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/<int:pk>/bloquer/          –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/<int:pk>/aide/             –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/<int:pk>/aide/             –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/comptes/<int:pk>/doublon/<int:other>/ – –  –   –   –   –   200 200 –   –   –
POST   /etablissement/comptes/<int:pk>/doublon/<int:other>/ – –  –   –   –   –   200 200 –   –   –
GET    /etablissement/demandes/                          –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/demandes/chiffres/                 –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/demandes/chiffres.csv              –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/demandes/<int:pk>/                 –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/demandes/<int:pk>/                 –   –   –   –   –   –   422 422 –   –   –
GET    /classe/comptes/                                  –   –   –   200 200 –   –   –   –   –   –
GET    /classe/groupes/<int:pk>/comptes/                 –   –   –   200 –   –   –   –   –   –   –
GET    /classe/groupes/<int:pk>/comptes/<int:student>/code/ – –  –   200 –   –   –   –   –   –   –
POST   /classe/groupes/<int:pk>/comptes/<int:student>/code/ – –  –   200 –   –   –   –   –   –   –
GET    /classe/groupes/<int:pk>/comptes/<int:student>/aide/ – –  –   200 –   –   –   –   –   –   –
POST   /classe/groupes/<int:pk>/comptes/<int:student>/aide/ – –  –   200 –   –   –   –   –   –   –
GET    /compte/securite/                                 200 200 200 200 200 200 200 200 200 200 200
GET    /compte/securite/application/                     200 200 200 200 200 200 200 200 200 200 200
POST   /compte/securite/application/                     200 200 200 200 200 200 200 200 200 200 200
GET    /compte/securite/application/retirer/             404 404 404 404 404 404 404 404 404 404 404
POST   /compte/securite/application/retirer/             404 404 404 404 404 404 404 404 404 404 404
GET    /compte/securite/cles/ajouter/                    200 200 200 200 200 200 200 200 200 200 200
POST   /compte/securite/cles/ajouter/                    200 200 200 200 200 200 200 200 200 200 200
GET    /compte/securite/cles/<int:pk>/retirer/           404 404 404 404 404 404 404 404 404 404 404
POST   /compte/securite/cles/<int:pk>/retirer/           404 404 404 404 404 404 404 404 404 404 404
GET    /compte/securite/codes/                           404 404 404 404 404 404 404 404 404 404 404
GET    /compte/securite/codes/nouveaux/                  200 200 200 200 200 200 200 200 200 200 200
POST   /compte/securite/codes/nouveaux/                  200 200 200 200 200 200 200 200 200 200 200
POST   /compte/securite/sessions/fermer/                 302 302 302 302 302 302 302 302 302 302 302
GET    /compte/confirmer/                                200 200 200 200 200 200 200 200 200 200 200
POST   /compte/confirmer/                                200 200 200 200 200 200 200 200 200 200 200
GET    /compte/confirmer/code/                           302 302 302 302 302 302 302 302 302 302 302
POST   /compte/confirmer/code/                           302 302 302 302 302 302 302 302 302 302 302
GET    /compte/confirmer/cle/                            302 302 302 302 302 302 302 302 302 302 302
POST   /compte/confirmer/cle/                            302 302 302 302 302 302 302 302 302 302 302
GET    /compte/confirmer/connexion/                      200 200 200 200 200 200 200 200 200 200 200
GET    /etablissement/acces/                             –   –   –   –   –   –   302 302 –   –   –
GET    /etablissement/acces/<int:pk>/                    –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/acces/<int:pk>/                    –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/acces/dates/<int:pk>/retirer/      –   –   –   –   –   –   302 302 –   –   –
POST   /etablissement/acces/blocages/<int:pk>/lever/     –   –   –   –   –   –   302 302 –   –   –
GET    /territoire/acces/                                –   –   –   –   –   –   –   –   302 –   200
GET    /territoire/acces/<int:pk>/                       –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/acces/<int:pk>/                       –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/acces/dates/<int:pk>/retirer/         –   –   –   –   –   –   –   –   302 –   302
POST   /territoire/acces/blocages/<int:pk>/lever/        –   –   –   –   –   –   –   –   302 –   302
GET    /etablissement/urgence/                           –   –   –   –   –   –   200 200 –   –   –
POST   /etablissement/urgence/                           –   –   –   –   –   –   200 200 –   –   –
GET    /territoire/urgence/                              –   –   –   –   –   –   –   –   –   –   200
POST   /territoire/urgence/                              –   –   –   –   –   –   –   –   –   –   200
POST   /etablissement/urgence/blocages/<uuid:key>/lever/   –   –   –   –   –   –   302 302 –   –   –
POST   /territoire/urgence/blocages/<uuid:key>/lever/  –   –   –   –   –   –   –   –   –   –   302
GET    /classe/annees/                                   –   –   –   200 200 –   –   –   –   –   –
GET    /territoire/comptes/<int:pk>/origine/             –   –   –   –   –   –   –   –   200 –   200
GET    /etablissement/comptes/<int:pk>/origine/          –   –   –   –   –   –   200 200 –   –   –
GET    /territoire/annuaire/                             –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/annuaire/imports/<int:pk>/            –   –   –   –   –   –   –   –   200 –   200
POST   /territoire/annuaire/imports/<int:pk>/accepter/   –   –   –   –   –   –   –   –   –   –   302
GET    /territoire/annuaire/imports/<int:pk>/refuser/    –   –   –   –   –   –   –   –   –   –   200
POST   /territoire/annuaire/imports/<int:pk>/refuser/    –   –   –   –   –   –   –   –   –   –   200
GET    /territoire/annuaire/imports/<int:pk>/annuler/    –   –   –   –   –   –   –   –   –   –   200
POST   /territoire/annuaire/imports/<int:pk>/annuler/    –   –   –   –   –   –   –   –   –   –   200
GET    /etablissement/annuaire/                          –   –   –   –   –   –   200 200 –   –   –
GET    /etablissement/annuaire/imports/<int:pk>/         –   –   –   –   –   –   200 200 –   –   –
GET    /territoire/annuaire/qualite/                     –   –   –   –   –   –   –   –   200 –   200
GET    /territoire/annuaire/qualite/<int:pk>/            –   –   –   –   –   –   –   –   200 –   200
GET    /etablissement/annuaire/qualite/                  –   –   –   –   –   –   302 302 –   –   –
GET    /etablissement/annuaire/qualite/<int:pk>/         –   –   –   –   –   –   200 200 –   –   –
GET    /api/v1/directory-quality/                        200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/directory-quality/<int:pk>/               –   –   –   –   –   –   200 200 200 –   200
GET    /api/v1/directory-quality/<int:pk>/rows/          –   –   –   –   –   –   400 400 400 –   400
GET    /api/v1/directory-runs/                           200 200 200 200 200 200 200 200 200 200 200
GET    /api/v1/directory-runs/<int:pk>/                  –   –   –   –   –   –   200 200 200 –   200
GET    /api/v1/directory-runs/<int:pk>/changes/          –   –   –   –   –   –   200 200 200 –   200
POST   /api/v1/directory-runs/<int:pk>/accept/           –   –   –   –   –   –   –   –   –   –   200
POST   /api/v1/directory-runs/<int:pk>/reject/           –   –   –   –   –   –   –   –   –   –   200
POST   /api/v1/directory-runs/<int:pk>/undo/             –   –   –   –   –   –   –   –   –   –   400
GET    /eleve/cahier/                                    200 200 –   –   –   –   –   –   –   –   –
GET    /famille/enfants/<int:student>/cahier/            –   –   200 –   –   –   –   –   –   –   –
GET    /classe/cahier/                                   –   –   –   200 200 –   –   –   –   –   –
GET    /classe/cahier/seances/<int:pk>/                  –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cahier/seances/<int:pk>/                  –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cahier/seances/<int:pk>/notes/            –   –   –   302 –   –   –   –   –   –   –
GET    /classe/cahier/creneaux/<int:pk>/<str:day>/       –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cahier/creneaux/<int:pk>/<str:day>/       –   –   –   200 –   –   –   –   –   –   –
GET    /classe/cahier/contenus/<int:pk>/corriger/        –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cahier/contenus/<int:pk>/corriger/        –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cahier/contenus/<int:pk>/supprimer/       –   –   –   302 –   –   –   –   –   –   –
POST   /classe/cahier/contenus/<int:pk>/reprendre/       –   –   –   404 –   –   –   –   –   –   –
GET    /classe/cours/<int:pk>/progression/               –   –   –   200 –   –   –   –   –   –   –
POST   /classe/cours/<int:pk>/progression/               –   –   –   200 –   –   –   –   –   –   –
GET    /classe/groupes/<int:pk>/cahier/                  –   –   –   200 –   –   –   –   –   –   –
GET    /etablissement/cahier/                            –   –   –   –   –   –   200 –   –   –   –
GET    /etablissement/classes/<int:pk>/cahier/           –   –   –   –   –   –   200 –   –   –   –
GET    /fichiers/cahier/<uuid:key>/                      200 200 200 200 –   –   200 –   –   –   –
GET    /api/v1/lesson-entries/                           200 200 200 200 200 200 200 200 200 200 200
POST   /api/v1/lesson-entries/                           –   –   –   400 –   –   –   –   –   –   –
GET    /api/v1/lesson-entries/<int:pk>/                  200 200 200 200 –   –   200 –   –   –   –
PUT    /api/v1/lesson-entries/<int:pk>/                  –   –   –   400 –   –   –   –   –   –   –
DELETE /api/v1/lesson-entries/<int:pk>/                  –   –   –   400 –   –   –   –   –   –   –
POST   /api/v1/lesson-entries/<int:pk>/corrections/      –   –   –   201 –   –   –   –   –   –   –
POST   /api/v1/lesson-entries/<int:pk>/copy/             400 400 400 400 –   –   400 –   –   –   –
GET    /api/v1/lesson-entries/<int:pk>/note/             –   –   –   200 –   –   –   –   –   –   –
PUT    /api/v1/lesson-entries/<int:pk>/note/             –   –   –   200 –   –   –   –   –   –   –
GET    /api/v1/lesson-files/<uuid:key>/                  200 200 200 200 –   –   200 –   –   –   –
"""

# What is sent where an empty body would be refused for itself.
BODIES: dict[str, Callable[[School], dict[str, Any]]] = {
    "POST /api/v1/homework/": lambda school: {
        "group": school.group.pk,
        "subject": school.subject.code,
        "title": "Exercices",
        "due_on": school.homework.due_on,
    },
    "PUT /api/v1/homework/<int:pk>/": lambda school: {"title": "Exercices", "due_on": school.homework.due_on},
    "PUT /api/v1/homework/<int:pk>/done/": lambda school: {"done": True},
    "POST /api/v1/homework/<int:pk>/hand-in/": lambda school: {"text": "Ma réponse"},
    "POST /api/v1/lesson-entries/": lambda school: {"lesson": school.entry.lesson_id, "title": "Thalès"},
    "PUT /api/v1/lesson-entries/<int:pk>/": lambda school: {"version": 1, "title": "Thalès"},
    "POST /api/v1/lesson-entries/<int:pk>/corrections/": lambda school: {"text": "Lire page 113."},
    "POST /api/v1/lesson-entries/<int:pk>/copy/": lambda school: {"lesson": 10**9},
    "PUT /api/v1/lesson-entries/<int:pk>/note/": lambda school: {"text": "Revoir."},
    "POST /api/v1/accounts/<int:pk>/reset/": lambda school: {
        "identity": ["birth_date", "class", "vouched"],
        "reason": "Mot de passe oublié",
    },
    "POST /api/v1/accounts/<int:pk>/block/": lambda school: {"reason": "Compte volé"},
    "POST /api/v1/accounts/<int:pk>/unblock/": lambda school: {"reason": "Compte rendu"},
    "POST /api/v1/accounts/<int:pk>/merge/": lambda school: {
        "other": school.memberships["classmate"].pk,
        "reason": "Même élève",
    },
    "POST /api/v1/hand-made-accounts/": lambda school: {
        "establishment": school.establishment.pk,
        "first_name": "Rémi",
        "last_name": "Plaçant",
        "role": "teacher",
        "ends_on": school.homework.due_on,
        "reason": "Remplacement",
    },
    "POST /api/v1/hand-made-groups/": lambda school: {"establishment": school.establishment.pk, "name": "Club photo"},
    "POST /api/v1/hand-made-groups/<int:pk>/add/": lambda school: {"membership": school.memberships["student"].pk},
    "POST /api/v1/hand-made-groups/<int:pk>/remove/": lambda school: {"membership": school.memberships["student"].pk},
    "POST /api/v1/directory-runs/<int:pk>/reject/": lambda school: {"reason": "Export tronqué"},
    "POST /api/v1/directory-runs/<int:pk>/undo/": lambda school: {"reason": "Export tronqué"},
    "PUT /api/v1/courses/<int:pk>/": lambda school: {
        "version": 1,
        "name": "Des aires",
        "is_shared": True,
        "groups": [school.group.pk],
        "teachers": [],
    },
    "POST /api/v1/courses/<int:pk>/copy/": lambda school: {"target": school.course.pk},
    "POST /api/v1/folders/": lambda school: {"course": school.course.pk, "name": "Chapitre 2"},
    "PUT /api/v1/folders/<int:pk>/": lambda school: {"version": 1, "name": "Chapitre 1"},
    "POST /api/v1/folders/<int:pk>/move/": lambda school: {"up": True},
    "POST /api/v1/resources/": lambda school: {
        "course": school.course.pk,
        "kind": "link",
        "title": "Cours en ligne",
        "url": "https://example.org/",
    },
    "PUT /api/v1/resources/<int:pk>/": lambda school: {"version": 1, "title": "Leçon", "body": "<p>Pythagore</p>"},
    "POST /api/v1/resources/<int:pk>/move/": lambda school: {"up": False},
    "POST /api/v1/cases/": lambda school: {
        "account": school.memberships["student"].pk,
        "kind": "other",
        "description": "Ne peut plus entrer.",
    },
    "POST /api/v1/cases/<int:pk>/notes/": lambda school: {"text": "Vu avec la famille."},
    "POST /api/v1/cases/<int:pk>/escalate/": lambda school: {"text": "Nous ne pouvons pas."},
    "POST /api/v1/cases/<int:pk>/close/": lambda school: {"text": "Code remis."},
}

SignIn = Callable[[User], Browser]


def statuses() -> dict[str, dict[str, int]]:
    """For each person of the table, the status of each request."""
    columns, *rows = [line.split() for line in RIGHTS.strip().splitlines()]
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for method, url, *cells in rows:
        for column, cell in zip(columns, cells, strict=True):
            table[PEOPLE[column]][f"{method} {url}"] = 403 if cell == "–" else int(cell)
    return table


def ask(browser: Browser, request: str, school: School) -> int:
    """The status of the answer to "GET /classe/devoirs/<int:pk>/"; what it wrote is undone."""
    method, pattern = request.split()
    sent = {"data": BODIES[request](school), "content_type": "application/json"} if request in BODIES else {}
    with transaction.atomic():
        answer = getattr(browser, method.lower())(Route(pattern[1:], None).url_in(school), **sent)
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.parametrize("who", PEOPLE.values())
def test_rights_in_ones_own_school_are_those_of_the_table(cast: Cast, client_of: SignIn, who: str) -> None:
    browser, expected = client_of(getattr(cast.pastel, who, None) or getattr(cast, who)), statuses()[who]

    assert {request: ask(browser, request, cast.pastel) for request in expected} == expected


def test_route_or_method_without_a_row_is_not_accepted(cast: Cast, client_of: SignIn) -> None:
    """Asked by somebody who may open the page: in_space would refuse the others before the method is looked at."""
    welcome = {request: who for who, answers in statuses().items() for request, code in answers.items() if code != 403}
    browsers = {who: client_of(getattr(cast.pastel, who, None) or getattr(cast, who)) for who in PEOPLE.values()}
    forgotten = []
    for route in all_routes():
        if route.is_admin or route.pattern in PUBLIC or route.pattern == "<slug:slug>/":
            continue
        requests = {method: f"{method} /{route.pattern}" for method in METHODS}
        known = [request for request in requests.values() if request in welcome]
        others = [request for request in requests.values() if request not in welcome]
        who = welcome[known[0]] if known else "teacher"
        forgotten += [request for request in others if ask(browsers[who], request, cast.pastel) != 405]
    assert forgotten == []
