import type { Audit } from '../../agents/contract.ts'
import { CtrlNotFound, inUse } from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { orNameTaken } from '../names.ts'
import type { CtrlRow, TemplatesRepo } from './templates.repo.ts'
import type { CtrlBody, CtrlPatch, CtrlsQuery, CtrlView } from './templates.schema.ts'

export interface CtrlsService {
  list(query: CtrlsQuery): Promise<{ data: CtrlView[]; nextCursor: string | null }>
  view(id: string): Promise<CtrlView>
  create(caller: Caller, body: CtrlBody): Promise<CtrlView>
  update(caller: Caller, id: string, patch: CtrlPatch): Promise<CtrlView>
  /** Only an empty one: its alts would go with it. */
  remove(caller: Caller, id: string): Promise<void>
}

export function createCtrlsService(repo: TemplatesRepo, audit: Audit): CtrlsService {
  async function need(id: string): Promise<CtrlRow> {
    const row = await repo.findCtrl(id)
    if (!row) throw new CtrlNotFound(id)
    return row
  }

  return {
    async list(query) {
      const rows = await repo.listCtrls(query)
      const byName = query.sort.endsWith('name')
      return pageOf(
        rows,
        query,
        row => ({ key: byName ? row.name : row.createdAt.toISOString(), id: row.id }),
        viewOf
      )
    },

    view: async id => viewOf(await need(id)),

    async create(caller, body) {
      const work = repo.transaction(async tx => {
        const { id } = await repo.insertCtrl(tx, body)
        await audit.write(tx, ctrlEntry(caller, 'ctrl.created', id, { after: body }))
        return id
      })
      return viewOf(await need(await orNameTaken(body.name, work)))
    },

    async update(caller, id, patch) {
      const { name, description } = await need(id)
      const work = repo.transaction(async tx => {
        await repo.updateCtrl(tx, id, patch)
        const change = { before: { name, description }, after: patch }
        await audit.write(tx, ctrlEntry(caller, 'ctrl.updated', id, change))
      })
      await orNameTaken(patch.name ?? name, work)
      return viewOf(await need(id))
    },

    async remove(caller, id) {
      const { name } = await need(id)
      await repo.transaction(async tx => {
        await repo.lockCtrl(tx, id)
        const alts = await repo.altsOf(tx, id)
        if (alts.length > 0) {
          throw inUse(
            `Ctrl ${name}`,
            alts.map(alt => ({ type: 'alt', ...alt, message: `alt ${alt.name}` }))
          )
        }
        await repo.removeCtrl(tx, id)
        await audit.write(tx, ctrlEntry(caller, 'ctrl.deleted', id, { before: { name } }))
      })
    }
  }
}

function ctrlEntry(
  caller: Caller,
  action: string,
  ctrlId: string,
  change: { before?: unknown; after?: unknown }
) {
  return auditEntry(caller, { action, targetType: 'ctrl', targetId: ctrlId, ...change })
}

function viewOf(row: CtrlRow): CtrlView {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() }
}
