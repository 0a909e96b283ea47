import t from 'tap'
import { ownerOf, titleOf } from '../chaos/cells.ts'
import { runMatrix } from '../chaos/matrix.ts'
import { fixedAndRotating } from '../chaos/selection.ts'
import { matrixSeed as seed } from './world/config.ts'

t.test('rows 1 and 4: agent and panel fail at each arrow, in each kind of command', async t => {
  const { fixed, rotating } = fixedAndRotating(seed)
  t.comment(`${fixed.length} times kill -9; of the rest, with MATRIX_SEED=${seed}:`)
  for (const cell of rotating) t.comment(titleOf(cell))
  const cells = [...rotating, ...fixed]
  const done = new Set<string>()
  await runMatrix(t, cells, ({ cell, problem }) => {
    done.add(titleOf(cell))
    if (problem === undefined) t.pass(titleOf(cell))
    else t.fail(`${titleOf(cell)}: ${problem}`)
  })
  t.equal(done.size, cells.length, 'every cell was tried')
  t.ok(fixed.some(({ failpoint }) => ownerOf(failpoint) === 'panel'))
})
