interface Field {
  name: string
  type: string
  isList: boolean
  isOptional: boolean
  attributes: string
  note: string
}

interface Model {
  name: string
  note: string
  fields: Field[]
}

/** A part of the schema, as its headings divide it. */
interface Part {
  title: string
  models: Model[]
}

const HEADING = /^\/\/ -{8,} (.+)$/
const BLOCK = /^(model|enum) (\w+) \{$/
const FIELD = /^(\w+)\s+(\w+)(\[\]|\?)?\s*(.*)$/

/** docs/models.md: a diagram of the models and what each column means, as prisma/schema.prisma says it. */
export function modelsPage(schema: string): string {
  const { parts, enums } = read(schema)
  const models = new Set(parts.flatMap(part => part.models.map(model => model.name)))
  return [
    '# Models',
    'Made from `prisma/schema.prisma` by `npm run db:models`; what Prisma cannot say (checks, triggers, partitions, partial indexes) stands in the migrations. [The database](database.md) tells what is deleted with what, how to tune it and how to get it back.',
    diagram(parts, models),
    ...parts.flatMap(part => [
      `## ${part.title[0]?.toUpperCase()}${part.title.slice(1)}`,
      ...part.models.flatMap(model => section(model, models, enums))
    ])
  ]
    .filter(text => text !== '')
    .join('\n\n')
    .concat('\n')
}

function read(schema: string): { parts: Part[]; enums: Map<string, string[]> } {
  const parts: Part[] = []
  const enums = new Map<string, string[]>()
  let notes: string[] = []
  let model: Model | undefined
  let values: string[] | undefined
  for (const line of schema.split('\n').map(text => text.trim())) {
    const heading = HEADING.exec(line)?.[1]
    const [, kind, name = ''] = BLOCK.exec(line) ?? []
    if (heading) parts.push({ title: heading, models: [] })
    else if (line.startsWith('///')) notes.push(line.slice(3).trim())
    else if (kind === 'model') {
      model = { name, note: notes.splice(0).join(' '), fields: [] }
      parts.at(-1)?.models.push(model)
    } else if (kind === 'enum') {
      values = []
      enums.set(name, values)
    } else if (line === '}') {
      model = undefined
      values = undefined
      notes = []
    } else if (values && line !== '') values.push(line)
    else if (model && line !== '' && !line.startsWith('@@') && !line.startsWith('//')) {
      model.fields.push(readField(line, notes.splice(0).join(' ')))
    }
  }
  return { parts: parts.filter(part => part.models.length > 0), enums }
}

function readField(line: string, note: string): Field {
  const [, name = '', type = '', arity, attributes = ''] = FIELD.exec(line) ?? []
  return { name, type, isList: arity === '[]', isOptional: arity === '?', attributes, note }
}

function diagram(parts: Part[], models: ReadonlySet<string>): string {
  const lines = parts
    .flatMap(part => part.models)
    .flatMap(model =>
      model.fields
        .filter(field => models.has(field.type) && field.attributes.includes('fields:'))
        .map(({ name, type, isOptional }) => {
          return `  ${type} ${isOptional ? '|o' : '||'}--o{ ${model.name} : ${name}`
        })
    )
  return ['```mermaid', 'erDiagram', ...lines, '```'].join('\n')
}

function section(
  model: Model,
  models: ReadonlySet<string>,
  enums: ReadonlyMap<string, string[]>
): string[] {
  const rows = model.fields
    .filter(field => !models.has(field.type))
    .map(field => {
      const target = model.fields.find(one => one.attributes.includes(`fields: [${field.name}]`))
      const values = enums.get(field.type)
      const meaning = [target ? `its ${target.type}` : '', values?.join(', ') ?? '', field.note]
      return `| ${field.name} | ${typeOf(field)} | ${cell(meaning.filter(Boolean).join('; '))} |`
    })
  const table = ['| column | type | meaning |', '|---|---|---|', ...rows].join('\n')
  return [`### ${model.name}`, model.note, table]
}

/** Where PostgreSQL's name is another than Prisma's. */
const nativeNames: Record<string, string> = {
  ...{ String: 'text', Int: 'integer', BigInt: 'bigint', Float: 'double precision' },
  ...{ Boolean: 'boolean', Json: 'jsonb', Bytes: 'bytea', DateTime: 'timestamp' }
}

function typeOf({ type, isList, isOptional, attributes }: Field): string {
  const native = /@db\.(\w+)/.exec(attributes)?.[1]?.toLowerCase()
  return `${native ?? nativeNames[type] ?? type}${isList ? '[]' : ''}${isOptional ? ', may be null' : ''}`
}

const cell = (text: string) => text.replaceAll('|', '\\|')
