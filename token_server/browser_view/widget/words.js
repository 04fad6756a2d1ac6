/* What the widget says: for each view a title and a sentence, the rest by name. A login is what is usually asked for. */

export const WORDS = {
  en: {
    loading: ["One moment", "Your code is being made."],
    start: ["Log in with your phone", "Show the code, then scan it with your phone."],
    waiting: ["Scan to log in", "Open {app} on your phone and scan this code."],
    scanned: ["Check your phone", "Confirm there that it is you."],
    number: ["Type {number} on your phone", "Only if you are logging in here yourself."],
    accepted: ["Confirmed", "You are being logged in."],
    denied: ["Login denied", "It was declined on the phone."],
    not_me: ["Login stopped", "The owner of the phone says that it was not them."],
    expired: ["Code expired", "Ask for a new one to go on."],
    offline: ["No connection", "Trying to reconnect."],
    failed: ["That did not work", "Please try again in a moment."],
    app: "your app",
    show: "Show code",
    renew: "New code",
    retry: "Try again",
    open: "Open {app}",
    time: "Valid for {time}",
    picture: "QR code to log in",
  },
  nl: {
    loading: ["Een ogenblik", "Uw code wordt gemaakt."],
    start: ["Inloggen met uw telefoon", "Toon de code en scan die met uw telefoon."],
    waiting: ["Scan om in te loggen", "Open {app} op uw telefoon en scan deze code."],
    scanned: ["Kijk op uw telefoon", "Bevestig daar dat u het bent."],
    number: ["Typ {number} op uw telefoon", "Alleen als u hier zelf aan het inloggen bent."],
    accepted: ["Bevestigd", "U wordt ingelogd."],
    denied: ["Inloggen geweigerd", "Het is op de telefoon geweigerd."],
    not_me: ["Inloggen gestopt", "De eigenaar van de telefoon zegt dat hij of zij dit niet was."],
    expired: ["Code verlopen", "Vraag een nieuwe code aan om verder te gaan."],
    offline: ["Geen verbinding", "Er wordt opnieuw verbinding gemaakt."],
    failed: ["Dat is niet gelukt", "Probeer het zo nog eens."],
    app: "uw app",
    show: "Code tonen",
    renew: "Nieuwe code",
    retry: "Opnieuw proberen",
    open: "{app} openen",
    time: "Nog {time} geldig",
    picture: "QR-code om in te loggen",
  },
  de: {
    loading: ["Einen Moment", "Ihr Code wird erstellt."],
    start: ["Mit dem Telefon anmelden", "Zeigen Sie den Code an und scannen Sie ihn mit dem Telefon."],
    waiting: ["Zum Anmelden scannen", "Öffnen Sie {app} auf Ihrem Telefon und scannen Sie diesen Code."],
    scanned: ["Weiter auf dem Telefon", "Bestätigen Sie dort, dass Sie es sind."],
    number: ["Tippen Sie {number} ins Telefon", "Nur wenn Sie sich hier gerade selbst anmelden."],
    accepted: ["Bestätigt", "Sie werden angemeldet."],
    denied: ["Anmeldung abgelehnt", "Sie wurde auf dem Telefon abgelehnt."],
    not_me: ["Anmeldung gestoppt", "Die Person am Telefon sagt, dass sie das nicht war."],
    expired: ["Code abgelaufen", "Mit einem neuen Code geht es weiter."],
    offline: ["Keine Verbindung", "Die Verbindung wird wiederhergestellt."],
    failed: ["Das hat nicht geklappt", "Bitte versuchen Sie es gleich noch einmal."],
    app: "Ihre App",
    show: "Code anzeigen",
    renew: "Neuer Code",
    retry: "Noch einmal",
    open: "{app} öffnen",
    time: "Noch {time} gültig",
    picture: "QR-Code zum Anmelden",
  },
  fr: {
    loading: ["Un instant", "Votre code est en préparation."],
    start: ["Connexion par téléphone", "Affichez le code, puis scannez‑le avec votre téléphone."],
    waiting: ["Scannez le code", "Ouvrez {app} sur votre téléphone et scannez ce code."],
    scanned: ["Regardez votre téléphone", "Confirmez‑y que c’est bien vous."],
    number: ["Tapez {number} sur le téléphone", "Seulement si c’est vous qui vous connectez ici."],
    accepted: ["Confirmé", "Connexion en cours."],
    denied: ["Connexion refusée", "Elle a été refusée sur le téléphone."],
    not_me: ["Connexion arrêtée", "La personne au téléphone indique que ce n’était pas elle."],
    expired: ["Code expiré", "Demandez un nouveau code pour continuer."],
    offline: ["Pas de connexion", "Nouvelle tentative en cours."],
    failed: ["Cela n’a pas marché", "Veuillez réessayer dans un instant."],
    app: "votre application",
    show: "Afficher le code",
    renew: "Nouveau code",
    retry: "Réessayer",
    open: "Ouvrir {app}",
    time: "Valable encore {time}",
    picture: "Code QR pour se connecter",
  },
};

/* What is said in other words when somebody who is logged in already confirms something, like a payment. */
export const CONFIRMING = {
  en: {
    start: ["Confirm with your phone", "Show the code, then scan it with your phone."],
    waiting: ["Scan to confirm", "Open {app} on your phone and scan this code."],
    scanned: ["Check your phone", "Read there what you are asked, then answer."],
    number: ["Type {number} on your phone", "Only if you are confirming something here yourself."],
    accepted: ["Confirmed", "One moment, please."],
    denied: ["Not confirmed", "It was declined on the phone."],
    not_me: ["Request stopped", "The owner of the phone says that it was not them."],
    picture: "QR code to confirm",
  },
  nl: {
    start: ["Bevestigen met uw telefoon", "Toon de code en scan die met uw telefoon."],
    waiting: ["Scan om te bevestigen", "Open {app} op uw telefoon en scan deze code."],
    scanned: ["Kijk op uw telefoon", "Lees daar wat u bevestigt en geef antwoord."],
    number: ["Typ {number} op uw telefoon", "Alleen als u hier zelf iets bevestigt."],
    accepted: ["Bevestigd", "Een ogenblik geduld."],
    denied: ["Niet bevestigd", "Het is op de telefoon geweigerd."],
    not_me: ["Verzoek gestopt", "De eigenaar van de telefoon zegt dat hij of zij dit niet was."],
    picture: "QR-code om te bevestigen",
  },
  de: {
    start: ["Mit dem Telefon bestätigen", "Zeigen Sie den Code an und scannen Sie ihn mit dem Telefon."],
    waiting: ["Zum Bestätigen scannen", "Öffnen Sie {app} auf Ihrem Telefon und scannen Sie diesen Code."],
    scanned: ["Weiter auf dem Telefon", "Lesen Sie dort, worum es geht, und antworten Sie."],
    number: ["Tippen Sie {number} ins Telefon", "Nur wenn Sie hier gerade selbst etwas bestätigen."],
    accepted: ["Bestätigt", "Einen Moment, bitte."],
    denied: ["Nicht bestätigt", "Auf dem Telefon wurde abgelehnt."],
    not_me: ["Anfrage gestoppt", "Die Person am Telefon sagt, dass sie das nicht war."],
    picture: "QR-Code zum Bestätigen",
  },
  fr: {
    start: ["Confirmation par téléphone", "Affichez le code, puis scannez‑le avec votre téléphone."],
    waiting: ["Scannez pour confirmer", "Ouvrez {app} sur votre téléphone et scannez ce code."],
    scanned: ["Regardez votre téléphone", "Lisez‑y la demande, puis répondez."],
    number: ["Tapez {number} sur le téléphone", "Seulement si c’est vous qui confirmez ici."],
    accepted: ["Confirmé", "Un instant, s’il vous plaît."],
    denied: ["Demande refusée", "Elle a été refusée sur le téléphone."],
    not_me: ["Demande arrêtée", "La personne au téléphone indique que ce n’était pas elle."],
    picture: "Code QR pour confirmer",
  },
};

function wordsFor(language, purpose) {
  return purpose === "confirm" ? { ...WORDS[language], ...CONFIRMING[language] } : WORDS[language];
}

/* The first of these languages that the widget speaks, English else; "nl-BE" is Dutch. */
function languageOf(...wanted) {
  const spoken = wanted.map((tag) => (tag ?? "").toLowerCase().split(/[-_]/)[0]);
  return spoken.find((tag) => Object.hasOwn(WORDS, tag)) ?? "en";
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
