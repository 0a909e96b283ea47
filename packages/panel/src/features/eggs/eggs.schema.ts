import { type Static, Type } from '@sinclair/typebox'
import { Uuid } from '../../plugins/conventions.ts'
import { AltView } from '../templates/templates.schema.ts'
import { eggWarningKinds } from './egg-notes.ts'
import { eggLimits } from './egg-tree.ts'
import { exportFormats } from './write-egg.ts'

/** Of one request: some files of the largest size, or many of the usual one. */
export const IMPORT_BODY_BYTES = 4 * 1_048_576

const content = Type.String({
  minLength: 1,
  maxLength: eggLimits.bytes,
  description:
    'The text of an egg file, JSON or YAML: PTDL_v1, PTDL_v2, PLCN_v1, PLCN_v2 or PLCN_v3.'
})

const Warning = Type.Object({
  kind: Type.Unsafe<(typeof eggWarningKinds)[number]>(
    Type.String({ enum: eggWarningKinds, description: 'Part of the API: it never changes.' })
  ),
  place: Type.String({ description: 'Where in the egg, e.g. variables.MAP.rules' }),
  message: Type.String({ description: 'For people; it may change.' })
})

const outcomes = { created: Type.Literal('created'), updated: Type.Literal('updated') }

export const EggBody = Type.Object({
  content: Type.Optional(content),
  url: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2_048,
      description:
        'Instead of the text: the https address of a file on the public internet. The panel fetches it.'
    })
  )
})
export type EggBody = Static<typeof EggBody>

export const EggUpdate = Type.Object({
  url: Type.String({ description: 'Where the egg says that newer ones are.' }),
  isNewer: Type.Boolean({ description: 'The file there is another one than this alt came from.' }),
  changes: Type.Array(Type.String(), { description: 'What would become other, for people.' }),
  warnings: Type.Array(Warning)
})
export type EggUpdate = Static<typeof EggUpdate>

export const EggImport = Type.Object({
  outcome: Type.Union(Object.values(outcomes), {
    description: 'updated: the alt that came from the egg of the same UUID has a new version.'
  }),
  alt: AltView,
  warnings: Type.Array(Warning, { description: 'What of the egg will not work, or was left out.' })
})
export type EggImport = Static<typeof EggImport>

export const EggsBody = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String({ minLength: 1, maxLength: 255, description: 'Comes back in the result.' }),
      content
    }),
    { minItems: 1, maxItems: 50 }
  )
})
export type EggsBody = Static<typeof EggsBody>

export const EggsImport = Type.Object({
  data: Type.Array(
    Type.Object({
      name: Type.String(),
      outcome: Type.Union([...Object.values(outcomes), Type.Literal('refused')]),
      altId: Type.Optional(Uuid),
      warnings: Type.Array(Warning),
      error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() }))
    }),
    { description: 'In the order of the files.' }
  )
})
export type EggsImport = Static<typeof EggsImport>

export const ExportQuery = Type.Object({
  format: Type.Unsafe<(typeof exportFormats)[number]>(
    Type.String({
      enum: exportFormats,
      default: 'PLCN_v3',
      description: 'PTDL_v2 is JSON, PLCN_v3 is YAML.'
    })
  )
})
export type ExportQuery = Static<typeof ExportQuery>
