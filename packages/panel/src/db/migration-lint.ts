import { type SqlStatement, splitSql } from './sql-statements.ts'

/**
 * locks: it locks or rewrites a table that may be large. breaks: the release before, which may still
 * run, cannot live with it. impossible: it cannot run in the transaction that a migration is.
 */
type MigrationHazard = 'locks' | 'breaks' | 'impossible'

export interface MigrationFinding {
  hazard: MigrationHazard
  line: number
  /** What is wrong and what to do instead. */
  message: string
}

interface Rule {
  hazard: MigrationHazard
  pattern: RegExp
  message: string
}

const NAME = String.raw`(?:(?:"[^"]+"|\w+)\.)?(?:"[^"]+"|\w+)`
const TABLE = new RegExp(
  `^(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|CREATE (?:UNIQUE )?INDEX .*? ON (?:ONLY )?|UPDATE (?:ONLY )?|DELETE FROM (?:ONLY )?|TRUNCATE (?:TABLE )?(?:ONLY )?|DROP TABLE (?:IF EXISTS )?|LOCK (?:TABLE )?(?:ONLY )?)(${NAME})`,
  'i'
)
const CREATED = new RegExp(`^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(${NAME})`, 'i')

/** Of a whole statement. */
const statementRules: Rule[] = [
  {
    hazard: 'impossible',
    pattern: /^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|SAVEPOINT)\b/i,
    message: 'a migration is one transaction already: leave this out'
  },
  {
    hazard: 'impossible',
    pattern: /\bCONCURRENTLY\b/i,
    message:
      'CONCURRENTLY cannot run in a transaction: have operators of large databases build the index by hand before, and write CREATE INDEX IF NOT EXISTS with "-- locks:" here'
  },
  {
    hazard: 'impossible',
    pattern: /^(VACUUM|(CREATE|DROP|ALTER) (DATABASE|TABLESPACE|SYSTEM))\b/i,
    message: 'it cannot run in a transaction'
  },
  {
    hazard: 'locks',
    pattern: /^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/i,
    message: 'nobody writes into the table while the index is built'
  },
  {
    hazard: 'locks',
    pattern: /^(UPDATE|DELETE FROM|WITH\b.*\b(UPDATE|DELETE FROM))\b/i,
    message: 'it holds every row that it changes until the migration ends: do it in parts, later'
  },
  {
    hazard: 'locks',
    pattern: /^(TRUNCATE|LOCK|CLUSTER|REINDEX|REFRESH MATERIALIZED)\b/i,
    message: 'it locks the whole table'
  },
  {
    hazard: 'locks',
    pattern: /^DO\b/i,
    message: 'what a DO block does cannot be read here: say what it locks'
  },
  {
    hazard: 'breaks',
    pattern: /^DROP (TABLE|VIEW|MATERIALIZED|TYPE|FUNCTION|PROCEDURE|SCHEMA|SEQUENCE|DOMAIN)\b/i,
    message: 'the release before may still use it: drop it one release later'
  },
  {
    hazard: 'breaks',
    pattern: /^ALTER TYPE .* (RENAME|ADD VALUE)\b/i,
    message: 'the release before does not know the value: write it only one release later'
  }
]

/** Of one action of an ALTER TABLE. */
const actionRules: Rule[] = [
  {
    hazard: 'breaks',
    pattern: /^RENAME (?!CONSTRAINT)/i,
    message:
      'the release before asks for the old name: add the new one, fill both, drop the old one later'
  },
  {
    hazard: 'breaks',
    pattern: /^DROP (?!CONSTRAINT|EXPRESSION|IDENTITY)/i,
    message: 'the release before may still use the column: drop it one release later'
  },
  {
    hazard: 'breaks',
    pattern: /^SET SCHEMA\b/i,
    message: 'the release before looks for it in its old place'
  },
  {
    hazard: 'breaks',
    pattern: /^ALTER .* DROP DEFAULT$/i,
    message: 'the release before may leave the column out'
  },
  {
    hazard: 'locks',
    pattern: new RegExp(String.raw`^ALTER (?:COLUMN )?(?!COLUMN\b)${NAME} (SET DATA )?TYPE\b`, 'i'),
    message: 'the table is written anew: add a column of the new type, and move over to it'
  },
  {
    hazard: 'locks',
    pattern: / SET NOT NULL$/i,
    message:
      'the whole table is read: ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID first, validate it in a migration of its own, then this is quick'
  },
  {
    hazard: 'locks',
    pattern: /^ADD (CONSTRAINT\b.*?)?\b(CHECK|FOREIGN KEY|EXCLUDE)\b(?!.*NOT VALID)/i,
    message:
      'the whole table is read: end it with NOT VALID, and validate it in a migration of its own'
  },
  {
    hazard: 'locks',
    pattern: /^ADD (CONSTRAINT\b.*?)?\b(UNIQUE|PRIMARY KEY)\b(?!.*USING INDEX)/i,
    message:
      'an index is built meanwhile, and nobody reads or writes: USING INDEX of one made before'
  },
  {
    hazard: 'locks',
    pattern: /^(SET (LOGGED|UNLOGGED|TABLESPACE|ACCESS METHOD)|ATTACH PARTITION|CLUSTER ON)\b/i,
    message: 'the whole table is read or written anew'
  }
]

/**
 * What a migration would do to a running system without saying so. A statement says so with a comment
 * right before it: `-- locks: REASON` or `-- breaks: REASON`. Tables made in the same file are empty.
 */
export function lintMigration(sql: string): MigrationFinding[] {
  const statements = splitSql(sql)
  const fresh = new Set(statements.flatMap(({ text }) => nameIn(CREATED, text) ?? []))
  const unvalidated = new Set<string>()
  return statements.flatMap(statement => {
    const table = nameIn(TABLE, statement.text)
    if (table !== undefined && fresh.has(table)) return []
    const found = findingsOf(statement.text, unvalidated)
    return found
      .filter(({ hazard }) => hazard === 'impossible' || !isSaid(statement, hazard))
      .map(finding => ({ ...finding, line: statement.line }))
  })
}

function findingsOf(
  text: string,
  unvalidated: Set<string>
): Pick<MigrationFinding, 'hazard' | 'message'>[] {
  const found = statementRules.filter(({ pattern }) => pattern.test(text)).map(plain)
  const altered = new RegExp(
    String.raw`^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?${NAME}\s*(.*)$`,
    'i'
  ).exec(text)
  if (!altered) return found
  for (const action of actionsOf(altered[1] ?? '')) {
    found.push(...actionRules.filter(({ pattern }) => pattern.test(action)).map(plain))
    found.push(...columnFindings(action))
    const added = new RegExp(`^ADD CONSTRAINT (${NAME}) .*NOT VALID`, 'i').exec(action)
    if (added?.[1]) unvalidated.add(bare(added[1]))
    const validated = new RegExp(`^VALIDATE CONSTRAINT (${NAME})`, 'i').exec(action)?.[1]
    if (validated && unvalidated.has(bare(validated))) {
      found.push({
        hazard: 'locks',
        message: 'it was added in this very migration, whose lock is held: validate it in the next'
      })
    }
  }
  return found
}

const plain = ({ hazard, message }: Rule) => ({ hazard, message })

/** ADD COLUMN is quick unless every row must be written or looked at. */
function columnFindings(action: string): Pick<MigrationFinding, 'hazard' | 'message'>[] {
  const column = new RegExp(
    `^ADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)${NAME} (.*)$`,
    'i'
  ).exec(action)?.[1]
  if (column === undefined) return []
  const standard = /\bDEFAULT (.*)$/i.exec(column)?.[1]
  const found: Pick<MigrationFinding, 'hazard' | 'message'>[] = []
  if (/\bNOT NULL\b/i.test(column) && standard === undefined && !/\bGENERATED\b/i.test(column)) {
    const message =
      'the release before leaves the column out, and rows there are have no value for it'
    found.push({ hazard: 'breaks', message })
  }
  if (isWrittenAnew(column) || (standard !== undefined && isVolatile(standard))) {
    const message = 'every row is written anew: add it without that default, and fill it in parts'
    found.push({ hazard: 'locks', message })
  }
  if (/\b(UNIQUE|PRIMARY KEY|REFERENCES|CHECK)\b/i.test(column)) {
    const message = 'the whole table is read: add the constraint by itself'
    found.push({ hazard: 'locks', message })
  }
  return found
}

const isWrittenAnew = (column: string) =>
  /^(small|big)?serial\b/i.test(column) || /\bGENERATED\b/i.test(column)

/** Only what is known to be one value for all rows is none. */
function isVolatile(expression: string): boolean {
  const calls = [...expression.matchAll(/([\w.]+)\s*\(/g)].map(([, name = '']) =>
    name.toLowerCase()
  )
  const steady = new Set(['now', 'transaction_timestamp', 'statement_timestamp'])
  const types = /^(timestamptz|timestamp|varchar|char|numeric|decimal|check|references)$/
  return calls.some(name => !steady.has(name) && !types.test(name))
}

/** Cut at the commas that stand in no brackets. */
function actionsOf(text: string): string[] {
  const actions = ['']
  let depth = 0
  for (const [part] of text.matchAll(/"[^"]*"|[\s\S]/g)) {
    if (part === '(' || part === '[') depth += 1
    if (part === ')' || part === ']') depth -= 1
    if (part === ',' && depth === 0) actions.push('')
    else actions[actions.length - 1] += part
  }
  return actions.map(action => action.trim().replaceAll(/\s+/g, ' '))
}

function isSaid({ comments }: SqlStatement, hazard: MigrationHazard): boolean {
  return comments.some(comment => new RegExp(`^${hazard}:\\s*\\S`, 'i').test(comment))
}

function nameIn(pattern: RegExp, text: string): string | undefined {
  const name = pattern.exec(text)?.[1]
  return name === undefined ? undefined : bare(name)
}

/** Without its schema and quotes; what is not quoted is small. */
function bare(name: string): string {
  const last = name.split('.').at(-1) ?? name
  return last.startsWith('"') ? last.slice(1, -1) : last.toLowerCase()
}

/** Released before there was this lint: their files never change. */
export const releasedBefore: readonly string[] = [
  '20250723211845_initial_schema',
  '20250723234130_rename_nests_to_ctrls_and_eggs_to_alts',
  '20250727000015_update_schema',
  '20261123210915_access',
  '20261125193908_leaving_users_and_key_names'
]

/** For who wrote it, a line each. */
export function findingText({ hazard, line, message }: MigrationFinding): string {
  const excuse =
    hazard === 'impossible' ? '' : `, or say why it may: a line "-- ${hazard}: REASON" before it`
  return `line ${line} ${hazard === 'impossible' ? 'cannot be' : hazard}: ${message}${excuse}.`
}
