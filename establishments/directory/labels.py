"""Labels as people write them. National nomenclatures say “MATHEMATIQUES”, some academies “Mathématiques”."""

from __future__ import annotations

import re
import unicodedata

# Words of the nomenclature of subjects that bear an accent. What is not here keeps its plain letters: readable too.
_ACCENTED = """
accès accompagnement à activités administration aéronautique aéronef aéronefs ancienne animation appliqué appliquée
appliquées appliqués approfondie après arménien bâtiment biochimie café caractère chorégraphique cinéma cinématographie
clientèle clientèles comptabilité contemporain contrôle cosmétique création débutant décision découverte défense
déléguées dessin développement dictée diététique difficultés dirigées données écologie économie économique économiques
écoute écrite éducatif éducation électricité électrique électronique électrotechnique énergétique équipe équitation
ergonomie esthétique étages éthique étrangère étrangères étrangers étude études européenne évolution exécution
expérimentale fiscalité français française généraux générale généralisée génétique génie géographie géologie géomètre
géométrie géométrique géopolitique hébreu hématologie hippologie histoire hôtel hôtelière hôtellerie hygiène
individualisée ingénierie ingénieur ingénieurs intégrés itinéraire laïque législation littéraire littérature
logistique managérial marché marchés matériaux matériel mathématique mathématiques mécanique mécanismes médecine
médiation médical médicales métalliques méthode méthodes méthodologie méthodologique méthodologiques métier métiers
médico microbiologie mobilité modélisation moléculaire monétaire motorisés multimédia musée négociation néerlandais
notarié numérique numériques œnologie œuvre œuvres opération opérations opérationnelle opératives orthopédie période
pérennisation personnalisé personnalisée personnalisés physiopathologie plastiques pluridisciplinaire polonais
pratiques prélèvement préparation présentation prévention problèmes procédés procédures propriété protéines
prothèses provençal publicité qualité réalisation récréation réception référence régime régimes régional régionale
région régulation réglementation rémunération renforcé renforcée renforcées représentation réseau réseaux résistance
sécurité sémiologie santé schéma scénographie secrétariat société sociétés solidarité spécialité spécialités stratégie
synthèse système systèmes séjour télécommunications théâtre théorie thérapie trésorerie unité unités variété végétal
vérification vétérinaire véhicule véhicules encadré encadrés métropole délégué élèves élève école écoles état
général complément compétence compétences matière matières humanité humanités vidéo leçons France Europe solfège
créatif créative créativité numération république médias média intégré
"""
_ACRONYMS = """
LV LV1 LV2 LV3 LVA LVB LVC LVE EPS SVT SES NSI SNT CPGE MPSI PCSI PSI ESF TP TD 3D LCA LLCER EMC AP HGGSP STI2D
STMG ST2S STL SI ISIC ISAP DNL TIC UE PSE BTS CAP PFMP
"""
_WORD = re.compile(r"[^\W_]+")


def folded(label: str) -> str:
    """Without accents, case nor punctuation: two labels that are folded alike are the same words."""
    decomposed = unicodedata.normalize("NFKD", label.casefold().replace("œ", "oe").replace("æ", "ae"))
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in decomposed if not unicodedata.combining(c))))


_KNOWN = {folded(word): word for word in _ACCENTED.split()} | {folded(word): word for word in _ACRONYMS.split()}


def readable(label: str) -> str:
    """A label in capitals as a sentence, with the accents of the words that are known; any other as it is."""
    if any(c.islower() for c in label) or not any(c.isalpha() for c in label):
        return label
    text = _WORD.sub(_spelled, label)
    return text[:1].upper() + text[1:]


def _spelled(match: re.Match[str]) -> str:
    word = match[0]
    # Lone, and followed by a space: “aide à la décision”, and neither “CAP A” nor “A.T.”.
    if word == "A" and not re.match(r" \w", match.string[match.end() :]):
        return word
    return _KNOWN.get(folded(word), word.lower())


def better(known: str, given: str) -> str:
    """What to call what was called `known`, now that a feed gives this label for it.

    Other words are a correction, and taken. The same words are taken when they are better written: in small letters,
    then with more accents.
    """
    given = readable(given)
    return known if folded(known) == folded(given) and _written(known) >= _written(given) else given


def _written(label: str) -> tuple[bool, int]:
    return any(c.islower() for c in label), sum(not c.isascii() for c in label)
