import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import type { Test } from 'tap'

/** As the driver was given it. */
export interface Statement {
  text: string
  values: unknown[]
  /** Prepared once on each connection, so that in time it may get a plan for any values. */
  name: string | undefined
}

/** A step of a plan, as EXPLAIN has it in JSON. */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: PlanNode[]
}

export interface Plan {
  /** Tables that are read from their first row to the last. */
  scanned: string[]
  indexes: string[]
  /** Pages of 8 KiB that were looked at; 0 when it was not run. */
  pages: number
}

/** Hears what the driver is given, by the pool or by Prisma, in the work that is told and in what follows from it. */
export function hearStatements(t: Test) {
  const heard = new AsyncLocalStorage<Statement[]>()
  const { prototype } = pg.Client
  const { query } = prototype
  prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const statement = statementOf(args)
    if (statement) heard.getStore()?.push(statement)
    return Reflect.apply(query, this, args)
  } as typeof query
  t.teardown(() => {
    prototype.query = query
  })
  return {
    during<T>(statements: Statement[], work: () => T): T {
      return heard.run(statements, work)
    }
  }
}

function statementOf([first, second]: unknown[]): Statement | undefined {
  const config = (typeof first === 'object' ? first : { text: first }) as Partial<Statement>
  const { text, name, values = Array.isArray(second) ? second : [] } = config
  const isAct = typeof text === 'string' && /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text)
  return isAct ? { text, values, name } : undefined
}

/** How PostgreSQL would do it; with `run` it does, and counts what it looks at. */
export async function planOf(
  client: Pick<pg.Client, 'query'>,
  { text, values }: Pick<Statement, 'text' | 'values'>,
  how: 'run' | 'plan' | 'plan for any values'
): Promise<Plan> {
  const options = how === 'run' ? 'ANALYZE, BUFFERS, TIMING OFF' : 'COSTS'
  const explain = `EXPLAIN (${options}, FORMAT JSON)`
  const { rows } =
    how === 'plan for any values'
      ? await explainPrepared(client, { text, values }, explain)
      : await client.query(`${explain} ${text}`, values)
  const root: PlanNode = rows[0]['QUERY PLAN'][0].Plan
  const nodes = [...nodesOf(root)]
  return {
    scanned: nodes.flatMap(node =>
      node['Node Type'].includes('Seq Scan') ? (node['Relation Name'] ?? []) : []
    ),
    indexes: nodes.flatMap(node => node['Index Name'] ?? []),
    pages: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0)
  }
}

/** As it is on a connection that has run the statement often; EXPLAIN alone can say so from PostgreSQL 16 on. */
async function explainPrepared(
  client: Pick<pg.Client, 'query'>,
  { text, values }: Pick<Statement, 'text' | 'values'>,
  explain: string
): Promise<pg.QueryResult> {
  const given = values.length > 0 ? `(${values.map(() => 'NULL').join(', ')})` : ''
  await client.query(`SET plan_cache_mode = force_generic_plan; PREPARE explained AS ${text}`)
  try {
    return await client.query(`${explain} EXECUTE explained${given}`)
  } finally {
    await client.query('DEALLOCATE explained; RESET plan_cache_mode')
  }
}

function* nodesOf(node: PlanNode): Iterable<PlanNode> {
  yield node
  for (const child of node.Plans ?? []) yield* nodesOf(child)
}
