import {
  cutConnections,
  fillPostgres,
  forbidWrites,
  freezePostgres,
  killPostgres,
  lockTable
} from './database-faults.ts'
import {
  breakDocker,
  failDocker,
  freezeEngine,
  killEngine,
  killGame,
  meddle,
  slowDocker
} from './engine-faults.ts'
import type { Fault, MakeFault, Random, Stage } from './fault.ts'
import {
  failAt,
  fillDisk,
  freezeAgent,
  freezePanel,
  jumpClock,
  killAgent,
  killPanel
} from './process-faults.ts'
import {
  cutLink,
  cutLinks,
  narrowLink,
  refuseLink,
  silenceLink,
  slowLink,
  spoilLink,
  swallowLink
} from './road-faults.ts'

/** What can go wrong. */
const makers: readonly MakeFault[] = [
  () => ({ says: 'nothing goes wrong', happen: async () => undefined }),
  ...[killAgent, freezeAgent, killPanel, freezePanel, jumpClock, fillDisk, failAt, failAt, failAt],
  ...[cutLink, cutLinks, silenceLink, swallowLink, refuseLink, slowLink, narrowLink],
  ...[spoilLink, spoilLink],
  ...[breakDocker, failDocker, slowDocker, freezeEngine, killEngine, killGame, meddle],
  ...[killPostgres, freezePostgres, lockTable, cutConnections, forbidWrites, fillPostgres]
]

/** Each kind has its turn before any comes again, in an order that the seed chooses. */
export function createFaultChooser(random: Random): (stage: Stage) => Fault {
  let left: MakeFault[] = []
  return stage => {
    if (left.length === 0) left = [...makers]
    const [make] = left.splice(Math.floor(random() * left.length), 1)
    if (!make) throw new Error('nothing can go wrong')
    return make(stage, random)
  }
}
