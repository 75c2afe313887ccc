"""The words that names of people, companies and goods are composed of."""

import unicodedata

import numpy as np

FIRST_NAMES = {
    "German": "Anna Lukas Marie Jonas Katharina Felix Jürgen Birgit Sönke Ulrike Matthias Heike",
    "French": "Camille Hugo Élodie Julien François Noémie Antoine Margaux Théo Inès Benoît Sylvie",
    "Polish": "Zofia Jakub Małgorzata Paweł Agnieszka Michał Łukasz Ewa Tomasz Katarzyna Bożena Marek",
    "Italian": "Giulia Marco Chiara Matteo Francesca Lorenzo Nicolò Sara Davide Elena Paolo Alessia",
    "Spanish": "Lucía Javier Carmen Íñigo María José Nuria Álvaro Pilar Sergio Begoña Raúl",
    "Dutch": "Sanne Daan Femke Bram Lotte Sander Marijke Thijs Anouk Joris Ilse Ruben",
    "English": "Emma Oliver Grace Harry Siobhán James Olivia Declan Chloe William Fiona Thomas",
    "Nordic": "Åsa Erik Ingrid Lars Søren Astrid Björn Freja Mikael Sigrid Jørgen Linnéa",
    "Czech": "Tereza Jan Kateřina Petr Lucie Tomáš Jiří Eliška Ondřej Zdeňka Martin Veronika",
}

LAST_NAMES = {
    "German": "Schmidt Weber Krüger Hoffmann Schäfer Vogel Brandt Lindner Böhm Maier Groß Winkler Reuter Falk Seidel",
    "French": "Lefèvre Moreau Girard Fontaine Chevalier Dubois Perrin Gauthier Marchand Blanchard Renaud Colin Hervé",
    "Polish": "Nowak Kowalska Wiśniewski Zieliński Szymańska Wójcik Dąbrowski Kamiński Pawlak Król Górski Mazur",
    "Italian": "Ferrante Russo Esposito Colombo Marchetti Greco Conti Galli D'Angelo Fontana Moretti Barbieri Serra",
    "Spanish": "García Muñoz Ibáñez Serrano Castaño Ortega Núñez Romero Vidal Peña Molina Iglesias Cortés",
    "Dutch": "Vries Bakker Visser Mulder Dijkstra Smit Hendriks Kuipers Hoekstra Postma Brouwer Veenstra Koster",
    "English": "Smith O'Brien Taylor Hughes Walker MacDonald Harper Fletcher Reid Barnes O'Neill Hartley Webb Sutton",
    "Nordic": "Lindqvist Nyström Øvergaard Hansen Sjöberg Korhonen Bergström Dahl Aalto Håkansson Virtanen Lund",
    "Czech": "Novák Dvořák Černý Procházka Kučera Veselý Horák Říha Svoboda Beneš Pokorný Šimek",
}

LEGAL_FORMS = {
    "German": ("GmbH", "GmbH & Co. KG", "AG", "e.K."),
    "French": ("SAS", "SARL", "SA"),
    "Polish": ("Sp. z o.o.", "S.A."),
    "Italian": ("S.r.l.", "S.p.A."),
    "Spanish": ("S.L.", "S.A."),
    "Dutch": ("B.V.", "N.V."),
    "English": ("Ltd", "& Sons", "LLP", "plc"),
    "Nordic": ("AB", "A/S", "Oy"),
    "Czech": ("s.r.o.", "a.s."),
}

TRADES = (
    "Anlagenbau Automation Construction Elektro Electric Energy Engineering Facility Fasteners Hydraulics Industrial "
    "Installations Logistics Machinery Maintenance Marine Mechatronics Metal Mobility Packaging Plumbing Precision "
    "Process Rail Renovation Robotics Service Solar Steel Supply Systems Technik Tools Trading Workshop"
)

# region: (people's and companies' language, currency it is invoiced in, share of customers, cities)
REGIONS: dict[str, tuple[str, str, float, tuple[str, ...]]] = {
    "Germany": ("German", "EUR", 0.25, ("Berlin", "Köln", "München", "Kiel", "Leipzig", "Bremen", "Nürnberg")),
    "France": ("French", "EUR", 0.13, ("Lyon", "Lille", "Nantes", "Orléans", "Besançon", "Rouen")),
    "Poland": ("Polish", "PLN", 0.11, ("Łódź", "Kraków", "Gdańsk", "Poznań", "Wrocław", "Lublin")),
    "Netherlands": ("Dutch", "EUR", 0.09, ("Utrecht", "Eindhoven", "Zwolle", "Breda", "Delft")),
    "United Kingdom": ("English", "GBP", 0.12, ("Leeds", "Bristol", "Derby", "Glasgow", "Newcastle")),
    "Switzerland": ("German", "CHF", 0.06, ("Zürich", "Basel", "Genève", "Winterthur")),
    "Italy": ("Italian", "EUR", 0.08, ("Torino", "Bologna", "Padova", "Forlì")),
    "Spain": ("Spanish", "EUR", 0.06, ("Bilbao", "València", "A Coruña", "Málaga")),
    "Sweden": ("Nordic", "EUR", 0.04, ("Göteborg", "Malmö", "Örebro")),
    "Czechia": ("Czech", "EUR", 0.03, ("Brno", "Plzeň", "České Budějovice")),
    "United States": ("English", "USD", 0.03, ("Boston", "Cleveland", "Austin")),
}

# Legitimate names that look dangerous to Markdown, HTML, SQL, spreadsheets or widths.
AWKWARD_COMPANIES = (
    "Smith & Sons <Tools>",
    "O'Brien",
    "=Plus GmbH",
    "+49 Industrieservice",
    "@Home Technik",
    "-Minus- Kältetechnik",
    "Null, Inc.",
    "*Stern* Elektro",
    "[Klammer](Werk) GmbH",
    "$tahl & $ohn",
    "100% Werkzeug",
    "Müller|Meier|Schulz",
    "株式会社サンプル工業",
    "ООО «Ромашка»",
    "Sociedad Anónima de Suministros Industriales, Hidráulicos, Neumáticos y Ferroviarios del Cantábrico Oriental",
)

INDUSTRIES = (
    "Machine building",
    "Construction",
    "Electrical trades",
    "Food processing",
    "Automotive repair",
    "Facility services",
)

ROLES = ("Buyer", "Technical lead", "Plant manager", "Finance", "Maintenance", "Quality", "Owner", "Site manager")

BRANDS = ("Arvo", "Brennt", "Corvex", "Dynaflex", "Eisenhart", "Fortis", "Gripwell", "Heldt", "Iskra", "Juno")

GOODS = {
    "Fasteners": ("Hex bolt", "Anchor", "Threaded rod", "Wood screw", "Washer set", "Rivet"),
    "Cables": ("Control cable", "Power cable", "Data cable", "Earth strap", "Flex lead"),
    "Hand tools": ("Torque wrench", "Pliers", "Screwdriver set", "Hammer", "Socket set"),
    "Power tool accessories": ("Drill bit", "Saw blade", "Grinding disc", "Hole saw", "Chisel"),
    "Safety": ("Safety glove", "Helmet", "Ear muff", "Safety glasses", "Harness"),
    "Workwear": ("Work jacket", "Bib trousers", "High-vis vest", "Safety shoe"),
    "Lubricants": ("Gear oil", "Grease", "Cutting fluid", "Chain spray"),
    "Hydraulics": ("Hydraulic hose", "Valve", "Cylinder seal", "Coupling"),
    "Bearings": ("Ball bearing", "Roller bearing", "Pillow block", "Linear guide"),
    "Filters": ("Air filter", "Oil filter", "Dust cartridge", "Water filter"),
    "Lighting": ("LED panel", "Work light", "Emergency light", "High-bay lamp"),
    "Adhesives": ("Thread locker", "Epoxy", "Sealant", "Mounting tape"),
    "Welding": ("Welding wire", "Electrode", "Contact tip", "Welding mask"),
    "Gardening": ("Hose reel", "Hedge blade", "Trimmer line", "Irrigation valve"),
}

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l"})

WIN_REASONS = ("Best availability", "Price", "Technical advice", "Existing relationship", "Complete offer")
LOSS_REASONS = ("Price too high", "Competitor chosen", "Answered too late", "Project cancelled", "No decision")
REJECTION_REASONS = ("No budget", "Too small", "Not our assortment", "Unreachable", "Competitor", "Student request")
LEAD_SOURCES = ("Web form", "Trade fair", "Referral", "Newsletter", "Search advertising", "Cold call")
PRAISE = ("Always on time.", "Very good advice.", "Delivery was quick & complete.", "Merci, très bien !")
NEUTRAL = ("All right.", "Delivery took a day longer.", "Ok.", "Preis könnte besser sein.")
BLAME = ("Two boxes were missing.", "Nobody called back.", "Too late, again.", "Wrong size <M8 instead of M10>.")


def _pick(rng: np.random.Generator, words: list[str], n: int) -> list[str]:
    return [words[i] for i in rng.integers(len(words), size=n)]


def plain(name: str) -> str:
    """The name as it stands in an e-mail address: Łukasz O'Brien is lukasz.obrien."""
    letters = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return ".".join("".join(c for c in word if c.isalnum()) for word in letters.split())


def people(rng: np.random.Generator, languages: list[str]) -> list[str]:
    """One full name for each language given."""
    n = len(languages)
    draws = rng.random((n, 2)).tolist()
    givens = {language: names.split() for language, names in FIRST_NAMES.items()}
    surnames = {language: names.split() for language, names in LAST_NAMES.items()}
    names = []
    for language, (first, last) in zip(languages, draws, strict=True):
        given, family = givens[language], surnames[language]
        names.append(f"{given[int(first * len(given))]} {family[int(last * len(family))]}")
    return names


def companies(rng: np.random.Generator, regions: list[str]) -> list[str]:
    """One company name for each region given; a repeated one is told apart by its city or a number."""
    n = len(regions)
    draws = rng.random((n, 4)).tolist()
    trades = _pick(rng, TRADES.split(), n)
    surnames = {language: names.split() for language, names in LAST_NAMES.items()}
    taken: dict[str, int] = {}
    names = []
    for region, trade, (family, city, form, style) in zip(regions, trades, draws, strict=True):
        language, _, _, cities = REGIONS[region]
        town = cities[int(city * len(cities))]
        head = surnames[language][int(family * len(surnames[language]))] if style < 0.7 else town
        forms = LEGAL_FORMS[language]
        name = f"{head} {trade} {forms[int(form * len(forms))]}"
        if name in taken:
            name = f"{name}, {town}"
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name} {taken[name]}")
    return names


def goods(rng: np.random.Generator, categories: list[str]) -> tuple[list[str], list[str]]:
    """Name and brand of one product for each category given."""
    n = len(categories)
    brands = _pick(rng, list(BRANDS), n)
    series = _pick(rng, ["Basic", "Pro", "Plus", "Max", "Eco", "X"], n)
    sizes = rng.integers(3, 250, size=n).tolist()
    kinds = rng.random(n).tolist()
    names = []
    for category, brand, line, size, kind in zip(categories, brands, series, sizes, kinds, strict=True):
        words = GOODS[category]
        names.append(f"{words[int(kind * len(words))]} {brand} {line} {size}")
    return names, brands
