import { type Static, Type } from '@sinclair/typebox'
import {
  ListOf,
  ListQuery,
  listQueryFields,
  Nullable,
  Timestamp,
  Uuid
} from '../../plugins/conventions.ts'
import { Description, DisplayName } from '../names.ts'
import { AltConfigBody, AltConfigView } from './alt-config.ts'
import { ImageReference } from './image-reference.ts'

// ---------------------------------------------------------------- ctrls

export const CtrlBody = Type.Object({
  name: DisplayName,
  description: Type.Optional(Description)
})
export type CtrlBody = Static<typeof CtrlBody>

export const CtrlPatch = Type.Partial(CtrlBody, { minProperties: 1 })
export type CtrlPatch = Static<typeof CtrlPatch>

export const CtrlView = Type.Object({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  altsCount: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp
})
export type CtrlView = Static<typeof CtrlView>

const search = Type.Optional(Type.String({ minLength: 1, maxLength: 64 }))

export const CtrlsPage = ListOf(CtrlView)
export const CtrlsQuery = Type.Object({
  ...listQueryFields(['name', '-name', 'createdAt', '-createdAt']),
  search
})
export type CtrlsQuery = Static<typeof CtrlsQuery>

// ---------------------------------------------------------------- alts

const VariableBody = Type.Object({
  name: DisplayName,
  envVariable: Type.String({ minLength: 1, maxLength: 128, description: 'e.g. MAX_PLAYERS' }),
  description: Type.Optional(Description),
  defaultValue: Type.Optional(Type.String({ maxLength: 4_096 })),
  rules: Type.Optional(
    Type.Union(
      [
        Type.String({ maxLength: 2_000 }),
        Type.Array(Type.String({ maxLength: 1_000 }), { maxItems: 32 })
      ],
      { description: 'A list, or one text with bars between: required|integer|between:1,64' }
    )
  ),
  userViewable: Type.Optional(Type.Boolean()),
  userEditable: Type.Optional(Type.Boolean())
})
export type VariableBody = Static<typeof VariableBody>

const InstallBody = Type.Object({
  image: ImageReference,
  entrypoint: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f]+$' })
  ),
  script: Type.String({
    minLength: 1,
    maxLength: 65_536,
    pattern: '^[^\\u0000]*$',
    description: 'Runs once, the files of the server at /mnt/server.'
  })
})

const StartupMode = Type.Union([Type.Literal('ARGV'), Type.Literal('SHELL_ENV')], {
  description:
    'ARGV: the line is split into arguments, no shell sees it. SHELL_ENV: the image expands the environment variable STARTUP itself.'
})

const Tag = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000]*$' })

const altFields = {
  ctrlId: Uuid,
  name: DisplayName,
  dockerImage: ImageReference,
  startup: Type.String({ minLength: 1, maxLength: 8_192, pattern: '^[^\\u0000]*$' })
}
const altOptions = {
  description: Type.Optional(Description),
  dockerImages: Type.Optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 64 }), ImageReference, {
      maxProperties: 64,
      description: 'Further images by label, for a server to choose from.'
    })
  ),
  startupMode: Type.Optional(StartupMode),
  config: Type.Optional(AltConfigBody),
  install: Type.Optional(Nullable(InstallBody)),
  features: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 32 })
  ),
  tags: Type.Optional(
    Type.Array(Tag, { maxItems: 64, description: 'The whole list. What it is found by.' })
  ),
  icon: Type.Optional(
    Nullable(
      Type.String({
        minLength: 1,
        maxLength: 200_000,
        pattern: '^data:image/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$',
        description: 'A PNG or JPEG picture as a data: address. The panel draws it anew, small.'
      })
    )
  ),
  variables: Type.Optional(
    Type.Array(VariableBody, { maxItems: 100, description: 'The whole list, in its order.' })
  )
}

export const AltBody = Type.Object({ ...altFields, ...altOptions })
export type AltBody = Static<typeof AltBody>

export const AltPatch = Type.Object(
  { ...Type.Partial(Type.Object(altFields)).properties, ...altOptions },
  { minProperties: 1 }
)
export type AltPatch = Static<typeof AltPatch>

const VariableView = Type.Object({
  name: Type.String(),
  envVariable: Type.String(),
  description: Type.String(),
  defaultValue: Type.String(),
  rules: Type.Array(Type.String()),
  userViewable: Type.Boolean(),
  userEditable: Type.Boolean()
})
export type VariableView = Static<typeof VariableView>

export const AltView = Type.Object({
  id: Uuid,
  ctrlId: Uuid,
  ctrlName: Type.String(),
  name: Type.String(),
  description: Type.String(),
  dockerImage: Type.String(),
  dockerImages: Type.Record(Type.String(), Type.String()),
  startup: Type.String(),
  startupMode: StartupMode,
  config: AltConfigView,
  install: Nullable(
    Type.Object({ image: Type.String(), entrypoint: Type.String(), script: Type.String() })
  ),
  features: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  icon: Nullable(
    Type.String({ description: 'The address of a small PNG; another picture has another one.' })
  ),
  variables: Type.Array(VariableView, {
    description:
      'Only those that users may see, unless the caller keeps templates or may change all servers.'
  }),
  version: Type.Integer(),
  serversCount: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp
})
export type AltView = Static<typeof AltView>

export const IconParams = Type.Object({
  id: Uuid,
  hash: Type.String({ pattern: '^[0-9a-f]{32}$' })
})

export const AltsPage = ListOf(AltView)
export const AltsQuery = Type.Object({
  ...listQueryFields(['name', '-name', 'createdAt', '-createdAt']),
  ctrlId: Type.Optional(Uuid),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Anywhere in the name, the description or a tag.'
    })
  )
})
export type AltsQuery = Static<typeof AltsQuery>

const TagView = Type.Object({ tag: Type.String(), altsCount: Type.Integer() })
export type TagView = Static<typeof TagView>

export const TagsList = Type.Object({
  data: Type.Array(TagView, { description: 'Most used first, 500 at most.' })
})
export type TagsList = Static<typeof TagsList>

const AltVersionView = Type.Object({
  version: Type.Integer(),
  createdAt: Timestamp,
  madeBy: Nullable(Type.String({ description: 'For those who keep templates.' })),
  serversCount: Type.Integer({ description: 'Servers that are on it.' }),
  changes: Type.Array(Type.String(), {
    description:
      'What is other than in the version before, in words; hidden variables for those who see them.'
  })
})
export type AltVersionView = Static<typeof AltVersionView>

const AltVersionNumber = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
export const AltVersionParams = Type.Object({ id: Uuid, version: AltVersionNumber })
export const AltVersionsPage = ListOf(AltVersionView)
export const AltVersionsQuery = ListQuery(['-version', 'version'])
export type AltVersionsQuery = Static<typeof AltVersionsQuery>
