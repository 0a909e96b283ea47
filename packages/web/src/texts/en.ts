/** Every text that the pages show. The other languages have the same shape, or do not compile. */
export const en = {
  product: 'Ctrl-Alt-Play',
  skipToContent: 'Skip to the content',
  language: 'Language',
  theme: { label: 'Appearance', auto: 'As the system', light: 'Light', dark: 'Dark' },
  nav: { label: 'Main', servers: 'Servers', nodes: 'Nodes', account: 'Your account' },
  logOut: 'Log out',
  cancel: 'Cancel',
  retry: 'Try again',
  copy: 'Copy',
  copied: 'Copied',
  loading: 'Loading …',
  connection: {
    offline:
      'The connection to the panel is lost. What you see may be old; it reconnects by itself.'
  },
  notFound: {
    title: 'There is nothing here',
    text: 'The address is wrong, or what was here is gone.',
    home: 'To the servers'
  },
  failed: {
    title: 'That did not work',
    network: 'The panel does not answer. Check your connection and try again.',
    field: (field: string, message: string) => `${field}: ${message}`,
    reference: (id: string) => `Reference for whoever runs this panel: ${id}`
  },
  errors: {
    LOGIN_FAILED: 'The name or the password is wrong.',
    WRONG_TOTP: 'This code is wrong or was used already. Wait for the next one.',
    WRONG_PASSWORD: 'The current password is wrong.',
    TOO_MANY_REQUESTS: 'Too many tries. Wait a moment, then try again.',
    MAIL_TOKEN_REFUSED: 'This link is too old or was used already. Ask for a new one.',
    MAIL_NOT_SET_UP: 'This panel sends no mail. Ask whoever runs it for a new password.',
    NODE_OFFLINE:
      'The machine of this server is not connected just now. Try again when it is back.',
    NO_NODE_FITS: 'No machine has room for this server. Make it smaller, or ask for another node.',
    NO_FREE_ALLOCATION:
      'The machine has no free port. Give the server a port under “More options”.',
    ALLOCATION_TAKEN: 'This port is taken on that machine. Choose another one.',
    SERVER_LIMIT_REACHED: 'You own as many servers as you may. Delete one first.',
    SERVER_BUSY: 'The server is busy with something else. Wait until that is done.',
    SERVER_NOT_RUNNING: 'The server does not run, so nobody reads what you type. Start it first.',
    SERVER_SUSPENDED: 'This server is suspended. Ask whoever runs this panel.',
    SERVER_NOT_INSTALLED: 'The server is not installed yet.',
    INPUT_STALLED: 'The game does not read what you type just now. Try again in a moment.',
    SERVER_NOT_FOUND: 'This server does not exist, or you may not see it.',
    NAME_TAKEN: 'This name is taken.'
  },
  login: {
    title: 'Welcome back',
    text: 'Log in to your game servers.',
    username: 'Username or e-mail',
    password: 'Password',
    submit: 'Log in',
    forgotten: 'Password forgotten?',
    code: 'Code of your app',
    codeHint: 'Six digits, or one of your recovery codes.',
    codeTitle: 'One more step',
    codeText: 'Your account is protected by a second factor.'
  },
  newPassword: {
    title: 'Choose your own password',
    text: 'The password you logged in with works once. Choose one that only you know.',
    current: 'Password you just used',
    fresh: 'New password',
    again: 'New password, again',
    hint: 'At least 8 characters. A short sentence is good.',
    differ: 'The two are not the same.',
    submit: 'Save and go on'
  },
  secondFactor: {
    title: 'A second factor is needed',
    text: 'Your role asks for one: an app on your phone that shows a new code every half minute.',
    begin: 'Set it up',
    secretText: 'Type this secret into your app, then type the code that the app shows.',
    open: 'On the phone itself: open it in the app',
    confirm: 'Confirm the code',
    kept: 'Keep these codes',
    keptText: 'Each opens your account once, should you lose your phone. They are not shown again.',
    goOn: 'I have kept them'
  },
  confirmEmail: {
    title: 'Your new e-mail address',
    text: 'Confirm that the address to which this link was sent is yours.',
    submit: 'Confirm it',
    done: 'Your address is changed.'
  },
  invitations: {
    title: 'Invitations',
    none: 'No open invitations',
    noneText: 'Those you had are answered, or their week is over.',
    from: (who: string, until: string) =>
      `${who} invites you to share this server. Open until ${until}.`,
    accept: 'Accept',
    decline: 'Decline'
  },
  reset: {
    title: 'A new password',
    text: 'We mail you a link with which you choose a new one.',
    email: 'E-mail address',
    submit: 'Mail me the link',
    sent: 'If an account has this address, a link is on its way. It works for 30 minutes.',
    choose: 'Choose a new password for your account.',
    save: 'Save the password',
    done: 'Your new password is saved. Log in with it.',
    toLogin: 'To the login'
  },
  status: {
    INSTALLING: 'Installing',
    INSTALL_FAILED: 'Installation failed',
    STOPPED: 'Stopped',
    STARTING: 'Starting',
    RUNNING: 'Running',
    STOPPING: 'Stopping',
    CRASHED: 'Crashed',
    UNKNOWN: 'Unknown'
  },
  unknownNow: (last: string) => `Its machine is not heard of. Last known: ${last}.`,
  suspended: 'Suspended',
  servers: {
    title: 'Servers',
    create: 'New server',
    search: 'Search by name',
    all: 'All states',
    filter: 'State',
    sort: 'Order',
    sorts: {
      name: 'Name A–Z',
      '-name': 'Name Z–A',
      '-createdAt': 'Newest first',
      createdAt: 'Oldest first'
    },
    emptyTitle: 'No server yet',
    emptyText: 'Choose a game, give it a name, and play. It takes a minute.',
    emptyTextGuest: 'When somebody shares a server with you, it appears here.',
    noneTitle: 'Nothing found',
    noneText: 'No server fits. Try another word or state.',
    list: 'Your servers',
    noAddress: 'No address yet',
    copyAddress: (name: string) => `Copy the players’ address of ${name}`,
    memory: (mib: string) => `${mib} memory`,
    cpu: (cores: string) => `${cores} CPU`,
    cpuFree: 'CPU not limited'
  },
  power: {
    start: 'Start',
    stop: 'Stop',
    restart: 'Restart',
    kill: 'Kill',
    killText: 'Ends the game at once. What it has not saved is lost.',
    startOf: (name: string) => `Start ${name}`,
    stopOf: (name: string) => `Stop ${name}`,
    group: 'Power'
  },
  commands: {
    install: 'Installing',
    start: 'Starting',
    stop: 'Stopping',
    restart: 'Restarting',
    kill: 'Ending',
    delete: 'Deleting',
    other: 'Working',
    QUEUED: 'waits for its machine',
    DISPATCHED: 'sent to its machine',
    ACKED: 'taken by its machine',
    RUNNING: 'under way'
  },
  create: {
    title: 'New server',
    choose: 'Which game?',
    chosen: 'Game',
    change: 'Choose another',
    noGames: 'There are no games yet',
    noGamesText: 'Whoever runs this panel has to add templates first.',
    search: 'Search games',
    name: 'Name',
    nameHint: 'How you find it again. Players may see another name.',
    size: 'Size',
    sizes: { small: 'Small', medium: 'Medium', large: 'Large' },
    sizeHints: {
      small: 'A few friends',
      medium: 'A small community',
      large: 'Many players or mods'
    },
    options: 'Options of the game',
    more: 'More options',
    memory: 'Memory in MiB',
    cpu: 'CPU in percent',
    cpuHint: '100 is one core; 0 is no limit.',
    disk: 'Disk in MiB',
    diskHint: 'Measured and shown, not enforced yet; 0 is no limit.',
    port: 'Port for players',
    portHint: 'Leave it empty to take a free one.',
    node: 'The machine is chosen for you: the one with the most room.',
    start: 'Start it as soon as it is installed',
    submit: 'Create the server'
  },
  server: {
    tabs: 'Parts of this server',
    console: 'Console',
    startup: 'Startup',
    activity: 'Activity',
    settings: 'Settings',
    cpu: 'CPU',
    memory: 'Memory',
    disk: 'Disk',
    network: 'Network',
    uptime: 'Running for',
    of: (used: string, limit: string) => `${used} of ${limit}`,
    sinceStart: (down: string, up: string) => `↓ ${down}  ↑ ${up}`,
    noFigures: 'No figures while it does not run.'
  },
  console: {
    label: 'Output of the game',
    input: 'Type a command',
    inputHint: 'Enter sends it, the arrow keys bring back what you typed before.',
    send: 'Send',
    readOnly: 'You may read this console, but not type.',
    asleep: 'The game does not run. Start it to type commands.',
    empty: 'Nothing printed yet. What the game says appears here.',
    reconnecting: 'Reconnecting …',
    ended: 'You may no longer read this console.',
    gap: (bytes: string) => `${bytes} of output are missing here`,
    toEnd: 'New lines below: go to the end',
    earlier: 'Show earlier output'
  },
  startup: {
    title: 'How the game starts',
    text: 'Changes take effect at the next start.',
    line: 'Start line',
    image: 'Image',
    none: 'This game has no options.',
    hidden: 'You may look at this server, but not change how it starts.',
    save: 'Save',
    saved: 'Saved. The game follows at its next start.',
    fixed: 'Set by the template.',
    newer: 'A newer version of the template is there',
    newerText:
      'Your server stays as it is until you move it. Its files stay, and the game follows at its next start.',
    version: (number: number, date: string) => `Version ${number} of ${date}`,
    unseen: 'Changes that only the keepers of the template see.',
    move: (number: number) => `Move to version ${number}`,
    moved: (number: number) => `Moved to version ${number}. The game follows at its next start.`
  },
  activity: {
    none: 'Nothing has happened yet',
    noneText: 'Starts, stops and crashes are noted here.'
  },
  settings: {
    title: 'Settings',
    name: 'Name',
    save: 'Save',
    saved: 'Saved.',
    deleteTitle: 'Delete this server',
    deleteText:
      'The server, its files and its worlds are gone for good. Nobody can bring them back.',
    deleteConfirm: (name: string) => `Type ${name} to confirm`,
    delete: 'Delete for good',
    deleting: 'Deleting …'
  },
  nodes: {
    title: 'Nodes',
    add: 'Add a node',
    emptyTitle: 'No node yet',
    emptyText:
      'Add the machine that is to run the games. It needs Linux, Docker and Node.js; no open port.',
    name: 'Name',
    address: 'Address for players',
    addressHint: 'The IP address that players connect to.',
    create: 'Make the line',
    paste: 'Paste this line on the machine, as root',
    pasteText: (until: string) => `It works once, until ${until}.`,
    waiting: 'Waiting for the agent …',
    arrived: 'The node is connected.',
    done: 'Done',
    status: {
      PENDING: 'Not joined yet',
      ONLINE: 'Online',
      SUSPECT: 'Not heard of just now',
      UNREACHABLE: 'Unreachable',
      QUARANTINED: 'In quarantine'
    },
    more: 'Show more',
    cpu: 'CPU',
    memory: 'Memory',
    disk: 'Disk',
    servers: (count: number) => (count === 1 ? '1 server' : `${count} servers`),
    lastSeen: (when: string) => `Last heard of ${when}`,
    never: 'Never heard of',
    maintenance: 'In maintenance'
  }
}

export type Texts = typeof en
