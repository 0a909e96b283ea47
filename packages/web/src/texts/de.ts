import type { Texts } from './en.ts'

export const de: Texts = {
  product: 'Ctrl-Alt-Play',
  skipToContent: 'Zum Inhalt springen',
  language: 'Sprache',
  theme: { label: 'Aussehen', auto: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  nav: { label: 'Hauptmenü', servers: 'Server', nodes: 'Maschinen', account: 'Dein Konto' },
  logOut: 'Abmelden',
  cancel: 'Abbrechen',
  retry: 'Noch einmal versuchen',
  copy: 'Kopieren',
  copied: 'Kopiert',
  loading: 'Wird geladen …',
  connection: {
    offline:
      'Die Verbindung zum Panel ist unterbrochen. Was du siehst, kann veraltet sein; sie kommt von selbst wieder.'
  },
  notFound: {
    title: 'Hier ist nichts',
    text: 'Die Adresse ist falsch, oder was hier war, gibt es nicht mehr.',
    home: 'Zu den Servern'
  },
  failed: {
    title: 'Das hat nicht geklappt',
    network: 'Das Panel antwortet nicht. Prüfe deine Verbindung und versuche es noch einmal.',
    field: (field, message) => `${field}: ${message}`,
    reference: id => `Kennung für den Betreiber dieses Panels: ${id}`
  },
  errors: {
    LOGIN_FAILED: 'Der Name oder das Passwort ist falsch.',
    WRONG_TOTP: 'Dieser Code ist falsch oder schon benutzt. Warte auf den nächsten.',
    WRONG_PASSWORD: 'Das bisherige Passwort ist falsch.',
    TOO_MANY_REQUESTS: 'Zu viele Versuche. Warte kurz und versuche es dann noch einmal.',
    MAIL_TOKEN_REFUSED: 'Dieser Link ist zu alt oder schon benutzt. Fordere einen neuen an.',
    MAIL_NOT_SET_UP:
      'Dieses Panel verschickt keine E-Mails. Bitte den Betreiber um ein neues Passwort.',
    NODE_OFFLINE:
      'Die Maschine dieses Servers ist gerade nicht verbunden. Versuche es, wenn sie wieder da ist.',
    NO_NODE_FITS:
      'Keine Maschine hat Platz für diesen Server. Mach ihn kleiner, oder bitte um eine weitere.',
    NO_FREE_ALLOCATION:
      'Die Maschine hat keinen freien Port. Gib dem Server einen unter „Weitere Optionen“.',
    ALLOCATION_TAKEN: 'Dieser Port ist dort schon vergeben. Wähle einen anderen.',
    SERVER_LIMIT_REACHED: 'Du hast so viele Server, wie du haben darfst. Lösche zuerst einen.',
    SERVER_BUSY: 'Der Server ist mit etwas anderem beschäftigt. Warte, bis das fertig ist.',
    SERVER_NOT_RUNNING:
      'Der Server läuft nicht, also liest niemand, was du tippst. Starte ihn zuerst.',
    SERVER_SUSPENDED: 'Dieser Server ist gesperrt. Frage den Betreiber dieses Panels.',
    SERVER_NOT_INSTALLED: 'Der Server ist noch nicht installiert.',
    INPUT_STALLED: 'Das Spiel liest gerade nicht, was du tippst. Versuche es gleich noch einmal.',
    SERVER_NOT_FOUND: 'Diesen Server gibt es nicht, oder du darfst ihn nicht sehen.',
    NAME_TAKEN: 'Dieser Name ist vergeben.'
  },
  login: {
    title: 'Willkommen zurück',
    text: 'Melde dich bei deinen Spielservern an.',
    username: 'Benutzername oder E-Mail',
    password: 'Passwort',
    submit: 'Anmelden',
    forgotten: 'Passwort vergessen?',
    code: 'Code deiner App',
    codeHint: 'Sechs Ziffern, oder einer deiner Wiederherstellungscodes.',
    codeTitle: 'Noch ein Schritt',
    codeText: 'Dein Konto ist durch einen zweiten Faktor geschützt.'
  },
  newPassword: {
    title: 'Wähle dein eigenes Passwort',
    text: 'Das Passwort, mit dem du dich angemeldet hast, gilt nur einmal. Wähle eines, das nur du kennst.',
    current: 'Das gerade benutzte Passwort',
    fresh: 'Neues Passwort',
    again: 'Neues Passwort, noch einmal',
    hint: 'Mindestens 8 Zeichen. Ein kurzer Satz ist gut.',
    differ: 'Die beiden sind nicht gleich.',
    submit: 'Speichern und weiter'
  },
  secondFactor: {
    title: 'Ein zweiter Faktor wird gebraucht',
    text: 'Deine Rolle verlangt einen: eine App auf deinem Telefon, die jede halbe Minute einen neuen Code zeigt.',
    begin: 'Einrichten',
    secretText: 'Tippe dieses Geheimnis in deine App, dann den Code, den sie zeigt.',
    open: 'Auf dem Telefon selbst: in der App öffnen',
    confirm: 'Code bestätigen',
    kept: 'Bewahre diese Codes auf',
    keptText:
      'Jeder öffnet dein Konto einmal, falls du dein Telefon verlierst. Sie werden nicht noch einmal gezeigt.',
    goOn: 'Ich habe sie aufbewahrt'
  },
  confirmEmail: {
    title: 'Deine neue E-Mail-Adresse',
    text: 'Bestätige, dass die Adresse, an die dieser Link ging, deine ist.',
    submit: 'Bestätigen',
    done: 'Deine Adresse ist geändert.'
  },
  invitations: {
    title: 'Einladungen',
    none: 'Keine offenen Einladungen',
    noneText: 'Die du hattest, sind beantwortet, oder ihre Woche ist vorbei.',
    from: (who, until) => `${who} lädt dich ein, diesen Server zu teilen. Offen bis ${until}.`,
    accept: 'Annehmen',
    decline: 'Ablehnen'
  },
  reset: {
    title: 'Ein neues Passwort',
    text: 'Wir schicken dir einen Link, mit dem du ein neues wählst.',
    email: 'E-Mail-Adresse',
    submit: 'Link schicken',
    sent: 'Wenn ein Konto diese Adresse hat, ist ein Link unterwegs. Er gilt 30 Minuten.',
    choose: 'Wähle ein neues Passwort für dein Konto.',
    save: 'Passwort speichern',
    done: 'Dein neues Passwort ist gespeichert. Melde dich damit an.',
    toLogin: 'Zur Anmeldung'
  },
  status: {
    INSTALLING: 'Wird installiert',
    INSTALL_FAILED: 'Installation gescheitert',
    STOPPED: 'Gestoppt',
    STARTING: 'Startet',
    RUNNING: 'Läuft',
    STOPPING: 'Stoppt',
    CRASHED: 'Abgestürzt',
    UNKNOWN: 'Unbekannt'
  },
  unknownNow: last => `Von seiner Maschine ist nichts zu hören. Zuletzt bekannt: ${last}.`,
  suspended: 'Gesperrt',
  servers: {
    title: 'Server',
    create: 'Neuer Server',
    search: 'Nach Namen suchen',
    all: 'Alle Zustände',
    filter: 'Zustand',
    sort: 'Reihenfolge',
    sorts: {
      name: 'Name A–Z',
      '-name': 'Name Z–A',
      '-createdAt': 'Neueste zuerst',
      createdAt: 'Älteste zuerst'
    },
    emptyTitle: 'Noch kein Server',
    emptyText: 'Wähle ein Spiel, gib ihm einen Namen und spiele. Es dauert eine Minute.',
    emptyTextGuest: 'Wenn jemand einen Server mit dir teilt, erscheint er hier.',
    noneTitle: 'Nichts gefunden',
    noneText: 'Kein Server passt. Versuche ein anderes Wort oder einen anderen Zustand.',
    list: 'Deine Server',
    noAddress: 'Noch keine Adresse',
    copyAddress: name => `Die Adresse von ${name} für Spieler kopieren`,
    memory: mib => `${mib} Speicher`,
    cpu: cores => `${cores} CPU`,
    cpuFree: 'CPU unbegrenzt'
  },
  power: {
    start: 'Starten',
    stop: 'Stoppen',
    restart: 'Neu starten',
    kill: 'Hart beenden',
    killText: 'Beendet das Spiel sofort. Was es nicht gespeichert hat, ist verloren.',
    startOf: name => `${name} starten`,
    stopOf: name => `${name} stoppen`,
    group: 'Ein und aus'
  },
  commands: {
    install: 'Installation',
    start: 'Start',
    stop: 'Stopp',
    restart: 'Neustart',
    kill: 'Hartes Ende',
    delete: 'Löschen',
    other: 'In Arbeit',
    QUEUED: 'wartet auf die Maschine',
    DISPATCHED: 'an die Maschine geschickt',
    ACKED: 'von der Maschine angenommen',
    RUNNING: 'im Gange'
  },
  create: {
    title: 'Neuer Server',
    choose: 'Welches Spiel?',
    chosen: 'Spiel',
    change: 'Ein anderes wählen',
    noGames: 'Es gibt noch keine Spiele',
    noGamesText: 'Der Betreiber dieses Panels muss zuerst Vorlagen hinzufügen.',
    search: 'Spiele suchen',
    name: 'Name',
    nameHint: 'So findest du ihn wieder. Spieler sehen vielleicht einen anderen Namen.',
    size: 'Größe',
    sizes: { small: 'Klein', medium: 'Mittel', large: 'Groß' },
    sizeHints: {
      small: 'Ein paar Freunde',
      medium: 'Eine kleine Gemeinschaft',
      large: 'Viele Spieler oder Mods'
    },
    options: 'Optionen des Spiels',
    more: 'Weitere Optionen',
    memory: 'Speicher in MiB',
    cpu: 'CPU in Prozent',
    cpuHint: '100 ist ein Kern; 0 heißt unbegrenzt.',
    disk: 'Platz in MiB',
    diskHint: 'Wird gemessen und gezeigt, noch nicht begrenzt; 0 heißt unbegrenzt.',
    port: 'Port für Spieler',
    portHint: 'Leer lassen, um einen freien zu nehmen.',
    node: 'Die Maschine wird für dich gewählt: die mit dem meisten Platz.',
    start: 'Starten, sobald er installiert ist',
    submit: 'Server anlegen'
  },
  server: {
    tabs: 'Teile dieses Servers',
    console: 'Konsole',
    startup: 'Start',
    activity: 'Verlauf',
    settings: 'Einstellungen',
    cpu: 'CPU',
    memory: 'Speicher',
    disk: 'Platz',
    network: 'Netz',
    uptime: 'Läuft seit',
    of: (used, limit) => `${used} von ${limit}`,
    sinceStart: (down, up) => `↓ ${down}  ↑ ${up}`,
    noFigures: 'Keine Zahlen, solange er nicht läuft.'
  },
  console: {
    label: 'Ausgabe des Spiels',
    input: 'Befehl eingeben',
    inputHint: 'Enter schickt ihn ab, die Pfeiltasten holen frühere zurück.',
    send: 'Senden',
    readOnly: 'Du darfst diese Konsole lesen, aber nichts eingeben.',
    asleep: 'Das Spiel läuft nicht. Starte es, um Befehle einzugeben.',
    empty: 'Noch nichts ausgegeben. Was das Spiel sagt, erscheint hier.',
    reconnecting: 'Verbindet sich wieder …',
    ended: 'Du darfst diese Konsole nicht mehr lesen.',
    gap: bytes => `Hier fehlen ${bytes} der Ausgabe`,
    toEnd: 'Neue Zeilen weiter unten: zum Ende',
    earlier: 'Frühere Ausgabe zeigen'
  },
  startup: {
    title: 'Wie das Spiel startet',
    text: 'Änderungen gelten ab dem nächsten Start.',
    line: 'Startzeile',
    image: 'Image',
    none: 'Dieses Spiel hat keine Optionen.',
    hidden: 'Du darfst diesen Server ansehen, aber nicht ändern, wie er startet.',
    save: 'Speichern',
    saved: 'Gespeichert. Das Spiel folgt beim nächsten Start.',
    fixed: 'Von der Vorlage bestimmt.',
    newer: 'Es gibt eine neuere Version der Vorlage',
    newerText:
      'Dein Server bleibt, wie er ist, bis du ihn umstellst. Seine Dateien bleiben, und das Spiel folgt beim nächsten Start.',
    version: (number, date) => `Version ${number} vom ${date}`,
    unseen: 'Änderungen, die nur sieht, wer die Vorlage pflegt.',
    move: number => `Auf Version ${number} umstellen`,
    moved: number => `Auf Version ${number} umgestellt. Das Spiel folgt beim nächsten Start.`
  },
  activity: {
    none: 'Noch ist nichts geschehen',
    noneText: 'Hier steht, wann er startet, stoppt oder abstürzt.'
  },
  settings: {
    title: 'Einstellungen',
    name: 'Name',
    save: 'Speichern',
    saved: 'Gespeichert.',
    deleteTitle: 'Diesen Server löschen',
    deleteText:
      'Der Server, seine Dateien und seine Welten sind dann endgültig weg. Niemand kann sie zurückholen.',
    deleteConfirm: name => `Tippe ${name} zur Bestätigung`,
    delete: 'Endgültig löschen',
    deleting: 'Wird gelöscht …'
  },
  nodes: {
    title: 'Maschinen',
    add: 'Maschine hinzufügen',
    emptyTitle: 'Noch keine Maschine',
    emptyText:
      'Füge die Maschine hinzu, auf der die Spiele laufen sollen. Sie braucht Linux, Docker und Node.js, aber keinen offenen Port.',
    name: 'Name',
    address: 'Adresse für Spieler',
    addressHint: 'Die IP-Adresse, mit der sich Spieler verbinden.',
    create: 'Zeile erzeugen',
    paste: 'Füge diese Zeile auf der Maschine ein, als root',
    pasteText: until => `Sie gilt einmal, bis ${until}.`,
    waiting: 'Wartet auf den Agenten …',
    arrived: 'Die Maschine ist verbunden.',
    done: 'Fertig',
    status: {
      PENDING: 'Noch nicht da',
      ONLINE: 'Verbunden',
      SUSPECT: 'Gerade nicht zu hören',
      UNREACHABLE: 'Nicht erreichbar',
      QUARANTINED: 'In Quarantäne'
    },
    more: 'Mehr zeigen',
    cpu: 'CPU',
    memory: 'Speicher',
    disk: 'Platz',
    servers: count => `${count} Server`,
    lastSeen: when => `Zuletzt gehört ${when}`,
    never: 'Nie gehört',
    maintenance: 'In Wartung'
  }
}
