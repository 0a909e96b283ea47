import t from 'tap'
import { allCells, type Cell, ownerOf, titleOf } from '../chaos/cells.ts'
import { runMatrix } from '../chaos/matrix.ts'
import { fixedAndRotating } from '../chaos/selection.ts'
import { matrixSeed as seed } from './world/config.ts'

t.test(
  'with one seed or another each cell has its turn, but for a panel that stands still',
  async t => {
    const tried = new Set<string>()
    for (let other = 0; other < 1_000; other++) {
      const { fixed, rotating } = fixedAndRotating(other)
      for (const cell of [...fixed, ...rotating]) tried.add(titleOf(cell))
    }
    const left = allCells().filter(cell => !tried.has(titleOf(cell)))
    const isLeft = ({ failpoint, action }: Cell) =>
      ownerOf(failpoint) === 'panel' && action === 'stop'
    t.same(left, allCells().filter(isLeft))
  }
)

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
