import type { FastifyBaseLogger } from 'fastify'
import { atMost } from '../at-most.ts'
import { type CommandRow, toCommandView } from './command-row.ts'
import { isOpen } from './command-states.ts'
import type { CommandView, Outbox, Queries } from './contract.ts'
import type { JournalEntry } from './journal.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { AgentRegistry } from './registry.ts'
import {
  createSessionSync,
  expiredEnding,
  type SyncOptions,
  type SyncTarget
} from './session-sync.ts'

export interface OutboxOptions extends SyncOptions {
  registry: AgentRegistry
  /** Whatever decides about a node's queued commands runs here, one thing at a time. */
  queue: KeyedQueue
  log: FastifyBaseLogger
}

export interface LinkOutbox extends Outbox {
  /** Brings a new session up to date. Answers foreign commands that its journal named. */
  begin(
    target: SyncTarget & { becomeReady(): void },
    journal: { lost: boolean; entries: readonly JournalEntry[] }
  ): Promise<string[]>
  pushWanted(nodeId: string, serverId: string): Promise<void>
  /** A command has ended: whoever waits for it hears of it. */
  finished(command: CommandRow): void
  /** What a lost wake-up left, what waited for too long, and what belongs to nobody. */
  sweep(): Promise<void>
  stop(): void
}

/** By then what was claimed is known to its session's dispatcher, or nobody knows of it. */
const STRAY_MS = 5_000
/** Looked at in one sweep; the next one goes on behind them. */
const MOST_STRAYS = 500
/** A sweep does not wait longer for nodes that are busy; it goes on without it. */
const PATIENCE_MS = 2_000

type Job = () => Promise<unknown>

export function createOutbox(options: OutboxOptions): LinkOutbox {
  const { commands, settle, registry, queue, log } = options
  const sync = createSessionSync(options)
  const waiters = new Map<string, Set<(command: CommandView) => void>>()
  const swept = new Set<string>()
  let stopped = false
  let straysAfter = 0

  const pump = (nodeId: string): Promise<void> => queue.run(nodeId, () => claimNow(nodeId))

  async function claimNow(nodeId: string): Promise<void> {
    const session = registry.ready(nodeId)
    if (session && !stopped) await sync.claim(session)
  }

  /** What an absent node was sent is offered when it comes back: not here. */
  async function strays(): Promise<CommandRow[]> {
    const rows = await commands.unacknowledged(STRAY_MS, MOST_STRAYS, straysAfter)
    straysAfter = rows.length < MOST_STRAYS ? 0 : (rows.at(-1)?.laneSeq ?? 0)
    return rows.filter(({ nodeId, epoch }) => registry.ready(nodeId)?.epoch === epoch)
  }

  async function offerStray(row: CommandRow): Promise<void> {
    const session = registry.ready(row.nodeId)
    if (session?.epoch === row.epoch) await session.dispatcher.offer([row], { fresh: false })
  }

  /** Each node's in their order, and no node waits for another. One that still is at the last sweep's has enough to do. */
  async function doOfNodes(jobs: Map<string, Job[]>): Promise<void> {
    const done = [...jobs].map(async ([nodeId, ofNode]) => {
      if (swept.has(nodeId)) return
      swept.add(nodeId)
      try {
        await queue.run(nodeId, async () => {
          for (const job of ofNode) await job()
        })
      } catch (err) {
        log.warn({ err, nodeId }, 'commands of a node wait for the next sweep')
      } finally {
        swept.delete(nodeId)
      }
    })
    await atMost(PATIENCE_MS, Promise.all(done))
  }

  return {
    begin: (target, journal) =>
      queue.run(target.nodeId, async () => {
        const foreign = await sync.begin(target, journal)
        if (foreign.length === 0) target.becomeReady()
        return foreign
      }),

    // A session that is just being brought up to date may have read the state before this change.
    async pushWanted(nodeId, serverId) {
      if (!registry.get(nodeId)) return
      await queue.run(nodeId, async () => {
        const session = registry.ready(nodeId)
        if (session && !stopped) await sync.wantedOf(session, serverId)
      })
    },

    async enqueue(tx, news) {
      const rows = await commands.insert(tx, news)
      return rows.map(row => row && toCommandView(row))
    },

    wake(nodeId) {
      pump(nodeId).catch(err => log.warn({ err, nodeId }, 'queued commands wait for the sweeper'))
    },

    async find(id) {
      const row = await commands.find(id)
      return row && toCommandView(row)
    },

    listOfServer: (serverId, page) => commands.listOfServer(serverId, page),

    async settled(id, waitMs) {
      const waiting = waitFor(waiters, id, waitMs)
      try {
        const row = await commands.find(id)
        if (!row || !isOpen(row.status)) return row && toCommandView(row)
        return (await waiting.ended) ?? toCommandView((await commands.find(id)) ?? row)
      } finally {
        waiting.stop()
      }
    },

    async cancel(id, note) {
      const row = await commands.find(id)
      if (!row) return undefined
      const before = toCommandView(row)
      const also = async (tx: Queries, after: CommandRow) =>
        note?.(tx, { before, after: toCommandView(after) })
      // All of it in the queue: a session that is just being brought up to date has not overlooked it.
      const newest = await queue.run(row.nodeId, async () => {
        const cancelled = await settle.finish({ id, step: 'cancel' }, {}, also)
        if (cancelled) return cancelled
        const asked = await settle.requestCancel(id, also)
        if (asked) registry.ready(row.nodeId)?.dispatcher.cancel(id)
        return asked ?? (await commands.find(id))
      })
      return newest && toCommandView(newest)
    },

    leaveStopped: (tx, serverId) => commands.leaveStopped(tx, serverId),

    abandon: nodeId =>
      queue.run(nodeId, async () => {
        let ended = 0
        for (const { id, status } of await commands.openOf(nodeId)) {
          const step = status === 'QUEUED' ? 'cancel' : 'giveUp'
          if (await settle.finish({ id, step }, nodeLostEnding)) ended += 1
        }
        return ended
      }),

    finished(command) {
      const view = toCommandView(command)
      for (const tell of waiters.get(command.id) ?? []) tell(view)
    },

    async sweep() {
      const jobs = new Map<string, Job[]>()
      const add = (nodeId: string, job: Job) => {
        const ofNode = jobs.get(nodeId) ?? []
        jobs.set(nodeId, ofNode)
        ofNode.push(job)
      }
      for (const { id, nodeId } of await commands.overdue(null)) {
        add(nodeId, () => settle.finish({ id, step: 'expire' }, expiredEnding))
      }
      for (const nodeId of await commands.nodesWithQueued()) {
        if (registry.ready(nodeId)) add(nodeId, () => claimNow(nodeId))
      }
      for (const row of await strays()) add(row.nodeId, () => offerStray(row))
      await doOfNodes(jobs)
      for (const { id } of await commands.orphaned()) {
        await settle.finish({ id, step: 'giveUp' }, nodeLostEnding)
      }
    },

    stop() {
      stopped = true
    }
  }
}

const nodeLostEnding = {
  errorCode: 'NODE_LOST',
  errorMessage: 'The node is gone for good: nobody knows how far this got'
}

function waitFor(
  waiters: Map<string, Set<(command: CommandView) => void>>,
  id: string,
  waitMs: number
) {
  const ofCommand = waiters.get(id) ?? new Set()
  waiters.set(id, ofCommand)
  const { promise: ended, resolve } = withResolvers<CommandView | undefined>()
  const timer = setTimeout(() => resolve(undefined), waitMs)
  ofCommand.add(resolve)
  return {
    ended,
    stop() {
      clearTimeout(timer)
      ofCommand.delete(resolve)
      if (ofCommand.size === 0) waiters.delete(id)
    }
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>(done => {
    resolve = done
  })
  return { promise, resolve }
}
