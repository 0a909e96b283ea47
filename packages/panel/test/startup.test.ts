import t from 'tap'
import { canonicalAddress } from '../src/features/allocations/canonical-address.ts'
import { parsePortRanges } from '../src/features/allocations/port-ranges.ts'
import { filterTerminal } from '../src/features/console/terminal-filter.ts'
import { enrollmentLine } from '../src/features/enrollment/enrollment-line.ts'
import { createSocketQuota } from '../src/features/live/socket-quota.ts'
import { resolveConfigFiles } from '../src/features/servers/config-files.ts'
import { buildEnvironment, nameProblem, valueProblem } from '../src/features/servers/environment.ts'
import { type Candidate, placeServer } from '../src/features/servers/placement.ts'
import { planPorts, takenAmong } from '../src/features/servers/port-plan.ts'
import { type PowerFacts, planPower } from '../src/features/servers/power-plan.ts'
import { changedValues } from '../src/features/servers/server-values.ts'
import { fillStartup, splitStartup, startupProblems } from '../src/features/servers/startup.ts'
import { ruleProblems, rulesOf, valueAgainstRules } from '../src/features/servers/variable-rules.ts'
import type { WantedRow } from '../src/features/servers/wanted.repo.ts'
import { wantedOf } from '../src/features/servers/wanted.ts'
import { readAltConfig } from '../src/features/templates/alt-config.ts'

t.test(
  'sixty 51: a startup line is split once, and no value is ever split or expanded again',
  async t => {
    const rows: [string, Record<string, string>, string[]][] = [
      ['/game -p {{PORT}}', { PORT: '27015' }, ['/game', '-p', '27015']],
      ['  /game \t -x\n-y ', {}, ['/game', '-x', '-y']],
      ['/game "sv_name {{NAME}}"', { NAME: 'My world' }, ['/game', 'sv_name My world']],
      ['/game --name={{NAME}}', { NAME: 'a b; rm -rf /' }, ['/game', '--name=a b; rm -rf /']],
      ['/game {{NAME}}', { NAME: '$(reboot)' }, ['/game', '$(reboot)']],
      ['/game {{NAME}}', { NAME: '`reboot` && x | y > z' }, ['/game', '`reboot` && x | y > z']],
      ['/game {{NAME}}', { NAME: '" \' \\ " --admin' }, ['/game', '" \' \\ " --admin']],
      ['/game {{NAME}}', { NAME: 'one\ntwo\r\n--admin' }, ['/game', 'one\ntwo\r\n--admin']],
      ['/game {{A}} {{B}}', { A: '{{B}}', B: 'secret' }, ['/game', '{{B}}', 'secret']],
      ['/game {{A}}', { A: '{{config.token}}' }, ['/game', '{{config.token}}']],
      ['/game {{constructor}}{{__proto__}}x', {}, ['/game', 'x']],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would put something in its place
      ['/game $HOME ${HOME} $(id) `id`', {}, ['/game', '$HOME', '${HOME}', '$(id)', '`id`']],
      ['/game a;b && c | d > e', {}, ['/game', 'a;b', '&&', 'c', '|', 'd', '>', 'e']],
      ["/game 'single {{A}} \\n'", { A: 'x' }, ['/game', 'single x \\n']],
      ['/game "quote \\" and \\\\ and \\n"', {}, ['/game', 'quote " and \\ and \\n']],
      ['/game a\\ b \\"c', {}, ['/game', 'a b', '"c']],
      ['/game pre"fix ed"post', {}, ['/game', 'prefix edpost']],
      ['/game {{EMPTY}} "{{EMPTY}}" end', { EMPTY: '' }, ['/game', '', 'end']],
      ['/game ""', {}, ['/game', '']]
    ]
    for (const [line, values, wanted] of rows) {
      const split = splitStartup(line)
      t.same(split.ok && fillStartup(split.parts, values), wanted, line)
    }
    t.match(splitStartup('/game "open'), { ok: false, reason: /never closed/ })
    t.match(splitStartup("/game 'open"), { ok: false, reason: /never closed/ })
    t.match(splitStartup('/game \\'), { ok: false, reason: /backslash/ })
  }
)

t.test('a template whose startup cannot work is told why', async t => {
  const known = new Set(['NAME', 'SERVER_PORT'])
  const rows: [string, RegExp | undefined][] = [
    ['/game {{NAME}} {{SERVER_PORT}}', undefined],
    ['./bin/{{NAME}}', undefined],
    ['   ', /empty/],
    ['{{NAME}} -x', /begin with a program/],
    ['/game {{OTHER}}', /\{\{OTHER\}\}/],
    ['/game {{ NAME }}', /braces/],
    ['/game "open', /never closed/]
  ]
  for (const [line, problem] of rows) {
    const found = startupProblems(line, known)
    if (problem) t.match(found[0], problem, line)
    else t.same(found, [], line)
  }
})

t.test('the environment holds what is allowed, and what the panel says itself wins', async t => {
  const facts = {
    serverId: '0190aaaa-0000-7000-8000-000000000000',
    ip: '192.0.2.1',
    port: 27_015,
    memoryMiB: 512,
    timeZone: 'UTC',
    startup: null,
    fixed: {}
  }
  const variables = {
    MAX_PLAYERS: '16',
    SERVER_PORT: '1',
    LD_PRELOAD: '/evil.so',
    NODE_OPTIONS: '--require /evil.js',
    PATH: '/evil',
    DOCKER_HOST: 'tcp://evil',
    TWO_LINES: 'a\nb',
    NUL: 'a\0b'
  }
  t.same(buildEnvironment({ ...facts, variables }), {
    MAX_PLAYERS: '16',
    SERVER_IP: '192.0.2.1',
    SERVER_PORT: '27015',
    SERVER_MEMORY: '512',
    P_SERVER_UUID: facts.serverId,
    TZ: 'UTC'
  })
  t.match(buildEnvironment({ ...facts, startup: './run {{X}}', variables: { STARTUP: 'evil' } }), {
    STARTUP: './run {{X}}'
  })
  t.match(
    buildEnvironment({
      ...facts,
      variables: { HOSTNAME: 'My world', srv_name: 'low', Mode: 'own', MODE: 'other', ld_x: 'evil' }
    }),
    { HOSTNAME: 'My world', srv_name: 'low', SRV_NAME: 'low', Mode: 'own', MODE: 'other' },
    'names are there as written and in capitals'
  )
  const fixed = { LD_LIBRARY_PATH: './lib', LD_PRELOAD: 'two\nlines', LD_AUDIT: 'x', PATH: 'x' }
  const { LD_LIBRARY_PATH, ...others } = buildEnvironment({
    ...{ ...facts, fixed },
    variables: { LD_LIBRARY_PATH: '/evil', NAME: 'x' }
  })
  t.equal(LD_LIBRARY_PATH, './lib', 'what the template fixes for the loader, and nobody else')
  t.same(
    Object.keys(others).filter(name => /^(LD_|PATH)/.test(name)),
    []
  )
  for (const name of ['server_port', 'ld_preload', 'path']) {
    const { SERVER_PORT, ...rest } = buildEnvironment({ ...facts, variables: { [name]: 'evil' } })
    t.equal(SERVER_PORT, '27015')
    t.notOk(rest.LD_PRELOAD ?? rest.PATH ?? rest.path, `${name} gets nowhere in capitals`)
  }
  for (const name of [
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'NODE_OPTIONS',
    'PATH',
    'DOCKER_CERT_PATH'
  ]) {
    t.match(nameProblem(name), /not allowed/, name)
  }
  for (const name of ['STARTUP', 'SERVER_PORT', 'TZ']) t.match(nameProblem(name), /panel itself/)
  for (const name of ['', '1A', 'A-B', 'A B', 'A=B', 'Ä', '__proto__;'])
    t.ok(nameProblem(name), name)
  for (const name of ['MAX_PLAYERS', 'HOSTNAME', 'USER', 'TERM', 'LANG', 'UUID', 'TIMEZONE']) {
    t.equal(nameProblem(name), undefined, name)
  }
  for (const value of ['a\nb', 'a\rb', '\u001b[31m', '\u0085', '\u2028', 'x'.repeat(4_097)]) {
    t.ok(valueProblem(value))
  }
  t.equal(valueProblem('Ümläut 🎮 $(x) "quoted"'), undefined)
})

t.test('sixty 53: values are held against the rules of the community', async t => {
  const rows: [string, string, boolean][] = [
    ['required', '', false],
    ['required', 'x', true],
    ['nullable|integer', '', true],
    ['integer', '', true],
    ['required|integer', '12', true],
    ['required|int', '-3', true],
    ['required|integer', '1.5', false],
    ['required|integer', '1e3', false],
    ['required|numeric', '1.5', true],
    ['required|numeric', 'one', false],
    ['required|integer|between:1,64', '64', true],
    ['required|integer|between:1,64', '65', false],
    ['required|string|between:2,3', 'abcd', false],
    ['required|string|max:3', '🎮🎮🎮', true],
    ['required|string|max:3', '1000', false],
    ['required|numeric|max:3', '1000', false],
    ['required|numeric|min:3', '2', false],
    ['required|string|min:3', '22', false],
    ['boolean', '1', true],
    ['boolean', '0', true],
    ['bool', 'true', false],
    ['in:a,b', 'b', true],
    ['in:a,b', 'c', false],
    ['required|alpha_dash', 'ctf-1_a', true],
    ['required|alpha_dash', 'ctf 1', false],
    ['required|alpha_num', 'ctf1', true],
    ['required|alpha_num', 'ctf-1', false],
    ['regex:/^[\\w.-]+\\.jar$/', 'server.jar', true],
    ['regex:/^[\\w.-]+\\.jar$/', 'server.jar; x', false],
    ['regex:/^ab$/i', 'AB', true],
    ['regex:/^\\p{L}+$/u', 'Zoë', true]
  ]
  for (const [rules, value, isFine] of rows) {
    t.equal(valueAgainstRules(value, rulesOf(rules)) === undefined, isFine, `${rules} "${value}"`)
  }
  // A search that tries all ways would go on for ever, and one with a deadline would lie on a busy machine.
  const greedy = ['regex:/^(a+)+$/']
  t.match(valueAgainstRules(`${'a'.repeat(4_000)}!`, greedy), /must match/)
  t.equal(valueAgainstRules('a'.repeat(4_000), greedy), undefined)
  t.same(ruleProblems(['required', 'string', 'max:3', 'between:1,2', 'regex:/x/']), [])
  const none = ['exists:users', 'regex:(', 'regex:/(/', 'regex:/^(?!x)/', 'max:', 'min:x']
  for (const rule of [...none, 'between:1']) t.equal(ruleProblems([rule]).length, 1, rule)
})

t.test(
  'sixty 42: who may not edit a variable does not, and who may not see it does not learn of it',
  async t => {
    const variables = [
      variable('OPEN', { rules: ['required', 'integer', 'max:5'], defaultValue: '1' }),
      variable('SHOWN', { userEditable: false }),
      variable('HIDDEN', { userViewable: false }),
      variable('MISSING', { rules: ['required'] })
    ]
    const base = { variables, current: {}, mayEditAll: false, isNew: false }
    t.same(changedValues({ ...base, given: { OPEN: '3' } }), { OPEN: '3' })
    t.same(changedValues({ ...base, current: { OPEN: '3', GONE: 'x' }, given: { OPEN: null } }), {})
    t.same(changedValues({ ...base, mayEditAll: true, given: { HIDDEN: 'x', SHOWN: 'y' } }), {
      HIDDEN: 'x',
      SHOWN: 'y'
    })
    const rows: [Record<string, string | null>, string, RegExp][] = [
      [{ OPEN: '9' }, 'body.environment.OPEN', /at most 5/],
      [{ OPEN: '1\n2' }, 'body.environment.OPEN', /one line/],
      [{ SHOWN: 'x' }, 'body.environment.SHOWN', /cannot be changed/],
      [{ HIDDEN: 'x' }, 'body.environment.HIDDEN', /no variable/],
      [{ NONE: 'x' }, 'body.environment.NONE', /no variable/]
    ]
    for (const [given, field, message] of rows) {
      t.match(refusalOf({ ...base, given }), { details: [{ field, message }] }, field)
    }
    t.match(refusalOf({ ...base, given: { OPEN: 'six' } }), {
      message: 'The request is not valid: Its OPEN (OPEN) must be a whole number'
    })
    t.match(
      refusalOf({ ...base, mayEditAll: true, isNew: true, given: {} }),
      { code: 'VALIDATION_FAILED', details: [{ field: 'body.environment.MISSING' }] },
      'a new server needs what is required'
    )
    const unset = [variable('SECRET', { userViewable: false, rules: ['required', 'in:a,b'] })]
    t.match(
      refusalOf({ ...base, variables: unset, isNew: true, given: { SECRET: 'a' } }),
      {
        details: [{ message: /no variable/ }, { field: 'body.altId', message: /hidden variables/ }]
      },
      'nor by what it needs'
    )
    const asked = { ...base, variables: unset, given: { SECRET: 'a' } }
    const textOf = (request: typeof asked) => JSON.stringify(refusalOf(request))
    t.equal(textOf(asked), textOf({ ...asked, variables: [] }))
  }
)

t.test('values that hang together, and those that nobody can check', async t => {
  const base = { current: {}, mayEditAll: false, isNew: false, given: {} }
  const linked = [
    variable('MODE', { defaultValue: 'easy' }),
    variable('CODE', { rules: ['required_if:MODE,hard', 'max:5'] }),
    variable('constructor', { defaultValue: '1', rules: ['integer'] })
  ]
  t.match(
    refusalOf({ ...base, variables: linked, given: { MODE: 'hard' } }),
    { details: [{ field: 'body.environment.CODE', message: 'must be given when MODE is hard' }] },
    'what a change asks of another is asked with it'
  )
  const both = { MODE: 'hard', CODE: 'abc', constructor: '2' }
  t.same(changedValues({ ...base, variables: linked, isNew: true, given: both }), both)

  // An import keeps what the panel cannot apply: the template's own value is fine, a new one is a judgement.
  const unchecked = [
    variable('PLAIN', { defaultValue: 'as it comes', rules: ['required', 'regex:/^(?!x)/'] }),
    variable('SERVER_PORT', { rules: ['required', 'integer'] })
  ]
  const asked = { ...base, variables: unchecked }
  t.same(changedValues({ ...asked, isNew: true }), {})
  t.same(changedValues({ ...asked, given: { PLAIN: 'as it comes' } }), { PLAIN: 'as it comes' })
  t.match(refusalOf({ ...asked, given: { PLAIN: 'other' } }), {
    details: [{ field: 'body.environment.PLAIN', message: /by an administrator only.*looks ahead/ }]
  })
  t.match(refusalOf({ ...asked, given: { SERVER_PORT: '1' }, mayEditAll: true }), {
    details: [{ field: 'body.environment.SERVER_PORT', message: /set by the panel itself/ }]
  })
  const chosen = { ...asked, mayEditAll: true, given: { PLAIN: 'other' } }
  t.same(changedValues(chosen), { PLAIN: 'other' })
  t.match(refusalOf({ ...chosen, given: { PLAIN: '' } }), { message: /\(PLAIN\) must be given/ })
})

t.test('ports are read from ranges, and what is wrong is said', async t => {
  const rows: [string, number[] | RegExp][] = [
    ['8303', [8303]],
    ['27015-27018, 8303', [8303, 27_015, 27_016, 27_017, 27_018]],
    ['5,5,4-6', [4, 5, 6]],
    ['1 - 3', [1, 2, 3]],
    ['', /empty part/],
    ['1,,2', /empty part/],
    ['abc', /neither a port nor a range/],
    ['1-2-3', /neither/],
    ['-5', /neither/],
    ['1.5', /neither/],
    ['0', /1 to 65535/],
    ['65536', /1 to 65535/],
    ['65530-70000', /70000 is no port/],
    ['9-5', /backwards: write 5-9/],
    ['1-10001', /more than 10000/],
    ['1-9999,20000-30000', /more than 10000/]
  ]
  for (const [text, wanted] of rows) {
    const read = parsePortRanges(text, 10_000)
    if (wanted instanceof RegExp) t.match(read.ok ? '' : read.reason, wanted, text)
    else t.same(read.ok && read.ports, wanted, text)
  }
})

t.test('a server goes where there is room, to the node with the fewest', async t => {
  const rows: [string, Candidate[], string | RegExp][] = [
    ['no node', [], /no node yet/],
    ['the one', [node('a')], 'a'],
    ['the fewest servers', [node('a', { servers: 2 }), node('b', { servers: 1 })], 'b'],
    ['of equals the most memory', [node('a'), node('b', { memoryTotalMiB: 9_000 })], 'b'],
    ['away', [node('a', { online: false })], /a is not connected/],
    ['in maintenance', [node('a', { maintenance: true })], /a is in maintenance/],
    ['without Docker', [node('a', { hasDocker: false })], /no Docker/],
    ['full', [node('a', { memoryPromisedMiB: 3_600 })], /a has 496 of 512 MiB left/],
    ['promised too much', [node('a', { memoryPromisedMiB: 9_000 })], /a has 0 of 512/],
    ['unheard', [node('a', { memoryTotalMiB: null })], /0 of 512/],
    ['not the first', [node('a', { online: false }), node('b')], 'b'],
    [
      'many',
      Array.from({ length: 7 }, (_, index) => node(`n${index}`, { online: false })),
      /2 more nodes/
    ]
  ]
  for (const [what, nodes, wanted] of rows) {
    const placed = placeServer(nodes, { memoryMiB: 512 })
    if (wanted instanceof RegExp) t.match(placed.ok ? '' : placed.reason, wanted, what)
    else t.equal(placed.ok && placed.nodeId, wanted, what)
  }
})

t.test('no two servers share a port', async t => {
  const known = [
    { id: 'free', ip: '0.0.0.0', port: 1_000, inUse: false },
    { id: 'used', ip: '0.0.0.0', port: 2_000, inUse: true },
    { id: 'one', ip: '192.0.2.1', port: 3_000, inUse: true },
    { id: 'other', ip: '192.0.2.2', port: 3_000, inUse: false },
    { id: 'single', ip: '192.0.2.1', port: 4_000, inUse: true },
    { id: 'every', ip: '0.0.0.0', port: 4_000, inUse: false }
  ]
  t.same(planPorts(known, [{ port: 1_000, protocol: 'udp' }, { port: 9_000 }]), {
    ok: true,
    steps: [
      { do: 'take', id: 'free', port: 1_000, protocol: 'udp' },
      { do: 'make', ip: '0.0.0.0', port: 9_000, protocol: 'both' }
    ]
  })
  t.match(planPorts(known, [{ port: 3_000 }]), { steps: [{ id: 'other' }] }, 'another address')
  t.same(planPorts(known, [{ port: 2_000 }, { port: 9_000 }, { port: 4_000 }]), {
    ok: false,
    taken: [2_000, 4_000]
  })
  const named = (...ids: string[]) =>
    takenAmong(
      known,
      known.filter(({ id }) => ids.includes(id))
    )
  t.same(named('free', 'other'), [])
  t.same(named('used', 'single', 'every'), [2_000, 4_000, 4_000], 'in use on this or all addresses')
  const beside = { id: 'beside', ip: '192.0.2.9', port: 1_000, inUse: false }
  t.same(takenAmong([], [...known.slice(0, 1), beside]), [1_000], 'nor beside each other')
  const rows: [string, string | undefined][] = [
    ['192.0.2.10', '192.0.2.10'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['2001:DB8:0::0010', '2001:db8::10'],
    ['::ffff:192.0.2.10', '192.0.2.10'],
    ['0:0:0:0:0:FFFF:C000:20A', '192.0.2.10'],
    ['::ffff:0.0.0.0', '0.0.0.0'],
    ['192.0.2.010', undefined],
    ['fe80::1%eth0', undefined],
    ['[::1]', undefined],
    ['localhost', undefined]
  ]
  for (const [text, address] of rows) t.equal(canonicalAddress(text), address, text)
})

t.test('every power act has a generation of its own, a run only what has to begin', async t => {
  const up: PowerFacts = {
    desiredState: 'RUNNING',
    status: 'RUNNING',
    lastKnownStatus: null,
    generation: 5,
    restartSeq: 2
  }
  const down: PowerFacts = { ...up, desiredState: 'STOPPED', status: 'STOPPED' }
  const rows: [
    string,
    PowerFacts,
    Parameters<typeof planPower>[1],
    'RUNNING' | 'STOPPED',
    number
  ][] = [
    ['start of a stopped one', down, 'start', 'RUNNING', 3],
    ['start of one that runs', up, 'start', 'RUNNING', 2],
    ['start of one that starts', { ...up, status: 'STARTING' }, 'start', 'RUNNING', 2],
    ['start of a crashed one', { ...up, status: 'CRASHED' }, 'start', 'RUNNING', 3],
    ['start of one that ended by itself', { ...up, status: 'STOPPED' }, 'start', 'RUNNING', 3],
    [
      'start of one that ran when its node was last heard',
      { ...up, status: 'UNKNOWN', lastKnownStatus: 'RUNNING' },
      'start',
      'RUNNING',
      2
    ],
    ['start of one that is being stopped', { ...down, status: 'STOPPING' }, 'start', 'RUNNING', 3],
    ['restart', up, 'restart', 'RUNNING', 3],
    ['restart of a stopped one', down, 'restart', 'RUNNING', 3],
    ['stop', up, 'stop', 'STOPPED', 2],
    ['stop of a stopped one', down, 'stop', 'STOPPED', 2],
    ['kill', up, 'kill', 'STOPPED', 2]
  ]
  for (const [what, facts, action, desired, restartSeq] of rows) {
    t.same(planPower(facts, action), { desired, generation: 6, restartSeq }, what)
  }
})

t.test('what a node is told to hold to', async t => {
  const row: WantedRow = {
    id: '0190aaaa-0000-7000-8000-000000000000',
    desiredState: 'RUNNING',
    generation: 4,
    restartSeq: 2,
    installState: 'DONE',
    suspendedAt: null,
    dockerImage: 'game:1',
    startup: '/game -p {{SERVER_PORT}} {{NAME}}',
    startupMode: 'ARGV',
    config: { done: 'ready', stop: { type: 'command', value: 'quit' }, readOnlyRoot: true },
    memoryMiB: 512,
    swapMiB: 0,
    cpuPercent: 100,
    diskMiB: 1_024,
    pidsLimit: 256,
    port: 27_015,
    ports: [
      { ip: '192.0.2.1', port: 27_015, protocol: 'both', isPrimary: true },
      { ip: '192.0.2.1', port: 8_080, protocol: 'tcp', isPrimary: false }
    ],
    variables: { NAME: 'My $(world)' },
    fixed: {}
  }
  t.same(wantedOf(row, 'UTC'), {
    serverId: row.id,
    desired: 'RUNNING',
    generation: 4,
    restartSeq: 2,
    installed: true,
    spec: {
      image: 'game:1',
      argv: ['/game', '-p', '27015', 'My $(world)'],
      environment: {
        NAME: 'My $(world)',
        SERVER_IP: '192.0.2.1',
        SERVER_PORT: '27015',
        SERVER_MEMORY: '512',
        P_SERVER_UUID: row.id,
        TZ: 'UTC'
      },
      tty: false,
      readOnlyRoot: true,
      limits: { memoryMiB: 512, swapMiB: 0, cpuPercent: 100, diskMiB: 1_024, pids: 256 },
      ports: [
        { ip: '192.0.2.1', port: 27_015, protocol: 'tcp' },
        { ip: '192.0.2.1', port: 27_015, protocol: 'udp' },
        { ip: '192.0.2.1', port: 8_080, protocol: 'tcp' }
      ],
      ready: ['ready'],
      stop: { type: 'command', value: 'quit', graceSeconds: 30 }
    }
  })
  const desired = (change: Partial<WantedRow>) => wantedOf({ ...row, ...change }, 'UTC').desired
  t.equal(desired({ installState: 'PENDING' }), 'STOPPED', 'not before it is installed')
  t.equal(desired({ installState: 'RUNNING' }), 'STOPPED', 'not while it is installed again')
  t.equal(desired({ suspendedAt: new Date() }), 'STOPPED', 'not while it is suspended')
  t.equal(desired({ suspendedAt: new Date(), desiredState: 'ABSENT' }), 'ABSENT')
  const own = wantedOf({ ...row, startupMode: 'SHELL_ENV' }, 'UTC').spec
  t.equal(own.argv, null)
  t.equal(own.environment.STARTUP, row.startup, 'the image expands it itself')
  t.notOk('configFiles' in own, 'a node of before is told nothing that it does not know')
  const files = [
    { path: 'a.yml', parser: 'yaml', find: [{ match: 'p', replaceWith: '{{env.NAME}}' }] }
  ]
  t.same(wantedOf({ ...row, config: { files } }, 'UTC').spec.configFiles, [
    {
      path: 'a.yml',
      parser: 'yaml',
      createFile: true,
      edits: [{ match: 'p', value: ['My $(world)'] }]
    }
  ])
})

t.test('sixty 51: what goes into config files is filled in once, and only from a list', async t => {
  const environment = {
    SERVER_PORT: '27015',
    SERVER_IP: '192.0.2.1',
    SERVER_MEMORY: '512',
    NAME: '{{env.SECRET}}{{config.token}}$1',
    MARK: "[id='x']",
    SECRET: 'secret',
    lower: 'l',
    LOWER: 'L'
  }
  const rows: [string, (string | null)[]][] = [
    ['{{server.build.env.NAME}}', ['{{env.SECRET}}{{config.token}}$1']],
    ['{{env.NAME}}{{server.environment.SECRET}}', ['{{env.SECRET}}{{config.token}}$1secret']],
    ['{{server.build.environment.lower}}{{env.LOWER}}', ['lL']],
    ['0.0.0.0:{{server.build.default.port}}', ['0.0.0.0:27015']],
    ['{{server.allocations.default.ip}}:{{env.SERVER_PORT}}', ['192.0.2.1:27015']],
    ['{{server.build.memory}}{{server.build.memory_limit}}', ['512512']],
    ['{{config.docker.interface}}:1', [null, ':1']],
    ['a{{config.docker.network.interface}}', ['a', null]],
    ['{{config.token}}{{config.uuid}}|', ['|']],
    ['{{env.UNKNOWN}}', []],
    ['{{env.constructor}}{{env.__proto__}}{{server.build.env.toString}}', []],
    [
      '{{QUERY_PORT}} {{ env.NAME }} {{constructor}}',
      ['{{QUERY_PORT}} {{ env.NAME }} {{constructor}}']
    ],
    [
      '{{server.owner.email}} {{}} $SECRET $(id) `id`',
      ['{{server.owner.email}} {{}} $SECRET $(id) `id`']
    ],
    ['{{{{env.SECRET}}}}', ['{{secret}}']],
    ['', []]
  ]
  const filled = (find: object[], more: object = {}) =>
    resolveConfigFiles({ files: [{ path: 'a', parser: 'json', find, ...more }] }, environment)
  for (const [replaceWith, value] of rows) {
    t.same(filled([{ match: 'k', replaceWith }])[0]?.edits, [{ match: 'k', value }], replaceWith)
  }
  const ifValue = 'regex:^(a)'
  const groups = { match: 'k', ifValue, replaceWith: '{{env.NAME}}$1' }
  const value = ['{{env.SECRET}}{{config.token}}$$1$1']
  t.same(filled([groups])[0]?.edits, [{ match: 'k', ifValue, value }], 'a value is no group')
  const xml = (replaceWith: string) => filled([{ match: 'k', replaceWith }], { parser: 'xml' })[0]
  t.same(xml("[id='{{env.NAME}}']")?.edits[0]?.attribute, 'id')
  t.same(xml('{{env.MARK}}')?.edits, [{ match: 'k', value: ["[id='x']"] }], 'a value is no form')
  t.same(filled([{ match: 'k', replaceWith: 5 }], { createFile: false }), [
    { path: 'a', parser: 'json', createFile: false, edits: [{ match: 'k', value: 5 }] }
  ])
  const long = Array.from({ length: 200 }, (_, n) => ({
    match: `k${n}`,
    replaceWith: 'x'.repeat(200)
  }))
  const left = [{ edits: [], problem: /more than a node is sent/ }]
  t.match(filled(long), left, 'what would not fit into a message is told, not sent')
  t.match(filled([{ match: 'k'.repeat(2_000), replaceWith: '' }]), left)
  for (const config of [null, {}, { files: {} }, { files: [{ path: 5 }] }, { files: 'x' }]) {
    t.same(resolveConfigFiles(config, environment), [], JSON.stringify(config))
  }
})

t.test('an alt that says nothing, or nonsense, gets what is usual', async t => {
  const usual = {
    done: [],
    stop: { type: 'signal', value: 'SIGTERM', graceSeconds: 30 },
    tty: false,
    readOnlyRoot: false
  }
  for (const stored of [undefined, null, 'x', [], {}, { done: 5, stop: 'x', tty: 'yes' }]) {
    t.same(readAltConfig(stored), usual)
  }
  t.match(readAltConfig({ stop: { type: 'signal', value: 'SIGFOO' } }), { stop: usual.stop })
})

t.test("sixty 49: of a game's output only colours reach a terminal", async t => {
  const rows: [string, string, string][] = [
    ['plain', 'hello wörld\t!', 'hello wörld\t!'],
    ['colours', '\u001b[1;31mred\u001b[0m', '\u001b[1;31mred\u001b[0m'],
    ['a title', 'a\u001b]0;pwned\u0007b', 'ab'],
    ['the clipboard', 'a\u001b]52;c;cm0gLXJm\u001b\\b', 'ab'],
    ['a link', '\u001b]8;;http://evil\u001b\\x\u001b]8;;\u001b\\', 'x'],
    ['one that never ends', 'a\u001b]0;rest of the line', 'a'],
    [
      'DCS, APC, PM and SOS',
      'a\u001bPx\u001b\\b\u001b_x\u001b\\c\u001b^x\u001b\\d\u001bXx\u001b\\e',
      'abcde'
    ],
    ['the same in one character', 'a\u0090x\u009cb\u009dx\u0007c\u009fx\u009cd', 'abcd'],
    ['where is the cursor', 'a\u001b[6nb', 'ab'],
    ['what are you', 'a\u001b[cb\u001b[>cc\u001bZd\u0005e\u009bcf', 'abcdef'],
    ['modes and reports', 'a\u001b[?1049hb\u001b[21tc', 'abc'],
    ['a lone escape', 'a\u001b', 'a'],
    ['one that is cut off', 'a\u001b[31', 'a'],
    ['one in another', '\u001b]0;a\u001b[31mred', '\u001b[31mred']
  ]
  for (const [what, line, wanted] of rows) t.equal(filterTerminal(line), wanted, what)
})

t.test('the enrolment line says when it is not safe', async t => {
  const parts = { token: 'cap_t.s', panelKey: 'K=', sha256: 'abc' }
  t.same(enrollmentLine({ ...parts, publicUrl: 'https://panel.example' }), {
    command:
      'curl -fsSL https://panel.example/agent/v1/install.sh | sh -s -- --panel https://panel.example --token cap_t.s --panel-key K= --sha256 abc'
  })
  t.notOk(enrollmentLine({ ...parts, publicUrl: 'http://127.0.0.1:8080' }).warning)
  const open = enrollmentLine({ ...parts, publicUrl: 'http://192.0.2.1:8080' })
  t.match(open.command, /--insecure$/)
  t.match(open.warning, /without TLS/)
})

t.test('one person has only so many sockets', async t => {
  const quota = createSocketQuota(2)
  const giveBack = quota.take('a')
  t.ok(quota.take('a') && giveBack)
  t.equal(quota.take('a'), undefined)
  t.ok(quota.take('b'))
  giveBack?.()
  t.ok(quota.take('a'))
})

function variable(envVariable: string, rest: object = {}) {
  const open = { defaultValue: '', rules: [], userViewable: true, userEditable: true }
  return { name: `Its ${envVariable}`, envVariable, ...open, ...rest }
}

function node(name: string, rest: Partial<Candidate> = {}): Candidate {
  return {
    id: name,
    name,
    online: true,
    maintenance: false,
    hasDocker: true,
    memoryTotalMiB: 4_096,
    memoryPromisedMiB: 0,
    servers: 0,
    ...rest
  }
}

function refusalOf(request: Parameters<typeof changedValues>[0]): unknown {
  try {
    return changedValues(request)
  } catch (err) {
    return err
  }
}
