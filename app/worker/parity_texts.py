"""Texts on which an exported embedder is compared with the original: short and long, prose, codes, languages."""

from typing import Final

_SENTENCES: Final = """
Flights over six hours may be booked in premium economy if the head of department agrees.
The warranty covers the gearbox for five years or one hundred thousand kilometres, whichever comes first.
Employees who fall ill during their holiday get those days back when they hand in a doctor's note.
The pump must be switched off and the valve closed before the filter is changed.
Invoices below five hundred euros need one signature, all others need two.
Each candidate is seen by three people, and none of them reads the notes of the others beforehand.
Revenue grew by eleven percent in the second quarter, mostly because of the new contracts in the north.
The committee postponed its decision until the auditors have looked at the accounts of the foundation.
Patients were given either the drug or a placebo, and neither they nor their doctors knew which.
Part AX-2041b fits the models of 2019 to 2023 and replaces AX-2040.
Error 0x80070005 means that access was denied; run the installer as an administrator.
Rain is expected in the afternoon, with strong winds along the coast.
How many days of parental leave can be taken in one piece?
Who approves a purchase above the limit?
What is the torque of the wheel bolts?
Where do I report a lost laptop?
Name: Rotterdam | Opened: 1998 | Staff: 412 | Manager: vacant
Item; Quantity; Price; Total
def area(width: float, height: float) -> float: return width * height
SELECT name, count(*) FROM orders GROUP BY name HAVING count(*) > 3
- Wash the leaves - Chop the onions - Let the stock simmer for an hour - Season with salt
The old harbour was filled in, and where ships once lay there are now offices and a theatre.
Passwords are at least fourteen characters long and are changed when there is a reason to.
A satellite in a low orbit passes over the same town about twice a day.
Die Kündigungsfrist beträgt drei Monate zum Ende eines Quartals.
Les factures sont payées dans un délai de trente jours.
El contrato se renueva cada año si ninguna de las partes lo denuncia.
Il treno per l'aeroporto parte ogni venti minuti.
""".strip().splitlines()
_LONG: Final = 6  # sentences of a longer text

PARITY_TEXTS: Final = (
    *_SENTENCES,
    *(" ".join(_SENTENCES[first : first + _LONG]) for first in range(len(_SENTENCES) - _LONG)),
    " ".join(_SENTENCES),
)
