const statusWords = { ONLINE: 'online' }

/** What a person needs to know once everything runs; the last line is for programs. */
export function summary({ version, url, database, admin, node, demo, dataDir, logsFolder }) {
  const rows = [
    ['Panel', url],
    ['Login', loginText(admin)],
    ['Node', nodeText(node)],
    ['Demo', demo],
    [
      'Data',
      `${dataDir}${database === 'external' ? ' (the database is the one of DATABASE_URL)' : ''}`
    ],
    ['Logs', logsFolder]
  ]
  const table = rows.filter(([, text]) => text).map(([name, text]) => `  ${name.padEnd(7)}${text}`)
  return [
    '',
    `Ctrl-Alt-Play ${version} is running.`,
    '',
    ...table,
    '',
    '  Ctrl-C stops panel, agent and database. Games run on, and the next start finds them again.',
    '',
    `ready ${url}`
  ].join('\n')
}

function loginText(admin) {
  if (!admin) return 'the users you have'
  if (!admin.password) return `${admin.username}, with the password of ADMIN_PASSWORD`
  const advice = admin.mustChangePassword ? ' You choose your own at the first login.' : ''
  return `${admin.username}, one-time password ${admin.password} (shown only this once).${advice}`
}

function nodeText({ name, status, docker, problem }) {
  if (!status) return `${name}: ${problem ?? 'the panel does not see it'}`
  return `${name}: ${statusWords[status] ?? status.toLowerCase()}, ${engineText(docker, problem)}`
}

function engineText(docker, problem) {
  if (docker) return `Docker ${docker}`
  return problem ? `Docker unavailable (${problem})` : 'it has not told of its Docker yet'
}
