import { type Static, Type } from '@sinclair/typebox'

const Run = { containerId: Type.String(), startedAt: Type.String() }

/** What must be remembered about one server beyond what is wanted and what Docker shows. */
export const Notes = Type.Object({
  serverId: Type.String(),
  /** The newest run that was seen. */
  run: Type.Union([
    Type.Null(),
    Type.Object({
      ...Run,
      restartSeq: Type.Integer(),
      bootId: Type.String(),
      ready: Type.Boolean()
    })
  ]),
  /** The newest run whose end has been judged: it is not judged twice. */
  judged: Type.Union([Type.Null(), Type.Object({ ...Run, finishedAt: Type.String() })]),
  /** Failed runs and failed attempts since a person asked for this run. */
  crashes: Type.Object({
    restartSeq: Type.Integer(),
    count: Type.Integer(),
    reason: Type.String()
  }),
  /** Why the game is not started although it is wanted: counts for one wish of a person only. */
  held: Type.Union([
    Type.Null(),
    Type.Object({
      because: Type.Union([
        Type.Literal('ENDED_BY_ITSELF'),
        Type.Literal('CRASH_LOOP'),
        Type.Literal('REFUSED')
      ]),
      code: Type.String(),
      generation: Type.Integer(),
      restartSeq: Type.Integer(),
      reason: Type.String()
    })
  ]),
  /** The newest installation on this node. */
  install: Type.Union([
    Type.Null(),
    Type.Object({
      commandId: Type.String(),
      generation: Type.Integer(),
      state: Type.Union([Type.Literal('RUNNING'), Type.Literal('DONE'), Type.Literal('FAILED')]),
      reason: Type.String()
    })
  ])
})
export type Notes = Static<typeof Notes>

export function emptyNotes(serverId: string): Notes {
  return {
    serverId,
    run: null,
    judged: null,
    crashes: { restartSeq: 0, count: 0, reason: '' },
    held: null,
    install: null
  }
}
