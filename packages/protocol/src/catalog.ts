import type { Static, TSchema } from '@sinclair/typebox'

/** Message bodies by type. A catalog is the only place where a message is described. */
export type Catalog = Record<string, TSchema>

export type Body<C extends Catalog, K extends keyof C> = Static<C[K]>

export type Message<C extends Catalog, K extends keyof C & string = keyof C & string> = {
  [T in K]: {
    readonly v: number
    readonly id: string
    readonly type: T
    readonly body: Static<C[T]>
  }
}[K]
