"""Why somebody who came through a provider was not let in, in words that say what to do next."""

from __future__ import annotations

from enum import Enum

from django.utils.translation import gettext_lazy as _


class Problem(Enum):
    """What happened (`title`), why and what to do (`advice`), and the status of the page that says so."""

    DECLINED = (
        403,
        _("%(provider)s n’a pas confirmé votre identité"),
        _("Vous avez peut-être annulé, ou fermé la page trop tôt. Recommencez, ou utilisez un identifiant local."),
    )
    EXPIRED = (
        403,
        _("La connexion a pris trop de temps"),
        _("La confirmation %(of_provider)s n’était plus valable à son arrivée. Recommencez : cela suffit d’habitude."),
    )
    TOO_EARLY = (
        403,
        _("La confirmation n’est pas encore valable"),
        _("L’horloge %(of_provider)s est en avance sur la nôtre. Attendez quelques minutes, puis recommencez."),
    )
    REPLAYED = (
        403,
        _("Cette confirmation a déjà servi"),
        _("Elle ne vaut que pour une seule connexion : page rechargée, ou retour en arrière. Recommencez."),
    )
    UNSOLICITED = (
        403,
        _("Commencez la connexion ici"),
        _("Nous n’avions rien demandé à %(provider)s depuis ce navigateur : partez de notre page de connexion."),
    )
    NOT_FOR_US = (
        403,
        _("Cette confirmation ne nous était pas destinée"),
        _("%(provider)s l’a adressée à un autre service. Recommencez. Si cela se répète, prévenez le pôle d’appui."),
    )
    UNTRUSTED = (
        403,
        _("Nous ne pouvons pas nous fier à cette confirmation"),
        _(
            "Rien ne prouve qu’elle vient %(of_provider)s. Recommencez depuis notre page de connexion. Si cela se "
            "répète, prévenez le pôle d’appui ; en attendant, un identifiant local fonctionne."
        ),
    )
    NOT_SERVED = (
        403,
        _("%(provider)s ne connecte pas les personnes de votre établissement"),
        _("Revenez à la page de connexion et choisissez celui de votre établissement, ou un identifiant local."),
    )
    CLOSED = (
        403,
        _("Ce compte est fermé"),
        _("%(provider)s vous reconnaît, mais le compte n’est plus ouvert ici. Demandez pourquoi à l’établissement."),
    )
    UNAVAILABLE = (
        503,
        _("La connexion par %(provider)s ne marche pas pour le moment"),
        _("Ce n’est pas de votre fait. Réessayez dans quelques minutes, ou utilisez un identifiant local."),
    )

    def __init__(self, status: int, title: str, advice: str) -> None:
        self.status, self.title, self.advice = status, title, advice


class RefusedError(Exception):
    """Nobody is let in; `detail` is for the log, and never shown."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.name} {detail}".strip())
        self.problem, self.detail = problem, detail
