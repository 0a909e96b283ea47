import { type CliCommand, commonHelp, commonOptions, stateDirOf } from './command.ts'
import { type Finding, findProblems } from './findings.ts'

export const diagnose: CliCommand = {
  name: 'diagnose',
  summary: 'look for what is wrong, from this machine to the panel',
  help: `Checks, in order: credentials, the agent, the panel's name, its port, TLS, the WebSocket and the
panel's key, the clock, Docker, disk space, the journal. Says what is wrong and what to do. Changes nothing.
Exit code 1 when something is wrong.

${commonHelp}`,
  options: commonOptions,
  async run(flags, { say }) {
    const findings: Finding[] = []
    for await (const finding of findProblems(stateDirOf(flags))) {
      findings.push(finding)
      if (!flags.json) say(describe(finding))
    }
    if (flags.json) say(JSON.stringify({ findings }))
    return findings.every(finding => finding.ok) ? 0 : 1
  }
}

function describe({ what, ok, detail, advice }: Finding): string {
  const line = `${ok ? 'ok      ' : 'PROBLEM '} ${what}: ${detail}`
  return advice ? `${line}\n         ${advice}` : line
}
