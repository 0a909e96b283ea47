import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { journalSteps } from '../../agent/dist/state/journal-states.js'
import { transitions } from '../../panel/dist/agents/command-states.js'

const repository = join(import.meta.dirname, '../../..')
const read = (path: string) => readFile(join(repository, path), 'utf8')

type Table = Record<string, { from: readonly string[]; to: string }>

const tables: Record<Side, Table> = { panel: transitions, agent: journalSteps }
/** What holds the state in the models. */
const variables = { panel: 'st', agent: 'j' } as const
type Side = keyof typeof variables

interface Arrow {
  side: Side
  step: string
  from: string[]
  to: string
  /** The line of the model without its marker. */
  code: string
}

const MARKER = /\/\* (panel|agent): ([A-Z |]+) -> ([A-Z]+) by (\w+) \*\//

/** The transitions that a model marks: each is one line, and says behind it what it is. */
function arrowsOf(model: string): Arrow[] {
  return model.split('\n').flatMap(line => {
    const [marker = '', side = '', from = '', to = '', step = ''] = MARKER.exec(line) ?? []
    if (!marker) return []
    const states = from.split(' | ').sort()
    return [{ side: side as Side, step, from: states, to, code: line.replace(marker, '') }]
  })
}

function tableOf(arrows: Arrow[], side: Side): Table {
  const own = arrows.filter(arrow => arrow.side === side)
  return Object.fromEntries(own.map(({ step, from, to }) => [step, { from, to }]))
}

function sorted(table: Table): Table {
  const rows = Object.entries(table)
  return Object.fromEntries(
    rows.map(([step, { from, to }]) => [step, { from: [...from].sort(), to }])
  )
}

/** All that the models are: without what only mutants do, and what befalls disks and databases. */
function withoutMutants(model: string): string[] {
  const blocks: { isMutant: boolean; isOfMutant: boolean }[] = []
  return model.split('\n').filter(line => {
    const [, not, name = ''] = /^#if(n?)(?:def)? (\w+)/.exec(line) ?? []
    const isOfMutant = name.startsWith('M_')
    if (line.startsWith('#if')) blocks.push({ isOfMutant, isMutant: isOfMutant && !not })
    const block = blocks.at(-1)
    if (line.startsWith('#else') && block?.isOfMutant) block.isMutant = !block.isMutant
    if (line.startsWith('#endif')) blocks.pop()
    return !blocks.some(({ isMutant }) => isMutant) && !line.includes('/* world: ')
  })
}

t.test('the models of the link and the code have the same transitions', async t => {
  const link = await read('model/link.pml')
  const wanted = await read('model/wanted.pml')

  await t.test(
    'each transition of the code is one of the model, and the other way round',
    async t => {
      for (const side of ['panel', 'agent'] as const) {
        t.same(tableOf(arrowsOf(link), side), sorted(tables[side]), side)
      }
    }
  )

  await t.test('what the smaller model has is the same', async t => {
    for (const side of ['panel', 'agent'] as const) {
      for (const [step, arrow] of Object.entries(tableOf(arrowsOf(wanted), side))) {
        t.same(arrow, sorted(tables[side])[step], `${side}: ${step}`)
      }
    }
  })

  for (const [name, model] of Object.entries({ link, wanted })) {
    await t.test(`${name}.pml does what its markers say, and nothing besides`, async t => {
      const arrows = arrowsOf(model)
      t.ok(arrows.length >= 10)
      for (const { side, step, from, to, code } of arrows) {
        const variable = variables[side]
        const compared = [...code.matchAll(new RegExp(`\\b${variable} == (\\w+)`, 'g'))]
        const assigned = [...code.matchAll(new RegExp(`\\b${variable} = (\\w+)`, 'g'))]
        t.same(compared.map(([, state]) => state).sort(), from, `${step}: from`)
        t.same(
          assigned.map(([, state]) => state),
          [to],
          `${step}: to`
        )
        const [, transition = ''] = /^inline (\w+)/.exec(code) ?? []
        const uses = withoutMutants(model).filter(line => line.includes(`${transition}(`))
        t.ok(transition && uses.length > 1, `${step} is taken somewhere`)
      }
      const unmarked = withoutMutants(model).filter(
        line => /\b(st|j) = /.test(line) && !MARKER.test(line) && !line.startsWith('mtype ')
      )
      t.same(unmarked, [])
    })
  }
})

t.test('each mutant of the models is one that the search must catch', async t => {
  const models = await Promise.all(
    ['link', 'wanted', 'twins'].map(name => read(`model/${name}.pml`))
  )
  const plan = await read('scripts/lib/model-plan.mjs')
  const readme = await read('model/README.md')
  const mutantsIn = (text: string) => [...new Set(text.match(/\bM_[A-Z_]+\b/g))].sort()
  const mutants = mutantsIn(models.join('\n'))
  t.ok(mutants.length >= 20)
  t.same(mutantsIn(plan), mutants)
  t.same(mutantsIn(readme), mutants)
})
