import type { Audit } from '../../agents/contract.ts'
import type { Prisma } from '../../db/generated/client.ts'
import { AltNotFound, CtrlNotFound } from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { orNameTaken } from '../names.ts'
import type { AltColumns, AltOrigin, AltRow, TemplatesRepo } from './templates.repo.ts'
import type { VariableView } from './templates.schema.ts'

type Tx = Prisma.TransactionClient

type Picture = 'icon' | 'iconHash'

/**
 * An alt with all its columns, as an import has read it. Without a picture the one that is there stays: somebody may
 * have chosen it.
 */
export type ImportedAlt = Omit<Required<AltColumns>, 'ctrlId' | Picture> &
  Pick<AltColumns, Picture> & { variables: VariableView[] }

export interface ImportedAlts {
  /** Before an egg is looked at: whoever names no category is told so. */
  checkCtrl(ctrlId: string): Promise<void>
  /**
   * An alt of the same UUID becomes this one and stays in its category; else it is a new one of `ctrlId`. Nothing
   * is held against the rules for what callers write: whoever imports was told what will not work.
   */
  take(caller: Caller, ctrlId: string, alt: ImportedAlt): Promise<{ id: string; isNew: boolean }>
  /** This alt becomes what its egg is now, whatever UUID that has. */
  replace(caller: Caller, id: string, alt: ImportedAlt): Promise<void>
  stored(id: string): Promise<AltRow & AltOrigin>
}

export interface ImportedAltsDeps {
  repo: TemplatesRepo
  audit: Audit
}

export function createImportedAlts({ repo, audit }: ImportedAltsDeps): ImportedAlts {
  const noted = (
    tx: Tx,
    caller: Caller,
    id: string,
    alts: { before?: AltRow; after: ImportedAlt }
  ) =>
    audit.write(
      tx,
      auditEntry(caller, {
        ...{ action: 'alt.imported', targetType: 'alt', targetId: id },
        ...(alts.before && { before: shortly(alts.before) }),
        after: shortly(alts.after)
      })
    )

  return {
    async checkCtrl(ctrlId) {
      if (!(await repo.findCtrl(ctrlId))) throw new CtrlNotFound(ctrlId)
    },

    async take(caller, ctrlId, columns) {
      const madeBy = caller.actor.username
      const work = repo.transaction(async tx => {
        const before = columns.uuid ? await repo.lockByUuid(tx, columns.uuid) : undefined
        const id = before?.id ?? (await repo.insertAlt(tx, { ctrlId, ...columns }, madeBy)).id
        if (before) await repo.updateAlt(tx, before, columns, madeBy)
        await noted(tx, caller, id, { ...(before && { before }), after: columns })
        return { id, isNew: before === undefined }
      })
      return orNameTaken(columns.name, work)
    },

    async replace(caller, id, columns) {
      const work = repo.transaction(async tx => {
        const before = await repo.lockedAlt(tx, id)
        if (!before) throw new AltNotFound(id)
        const { uuid: _, ...rest } = columns
        await repo.updateAlt(tx, before, rest, caller.actor.username)
        await noted(tx, caller, id, { before, after: columns })
      })
      await orNameTaken(columns.name, work)
    },

    async stored(id) {
      const [alt, origin] = await Promise.all([repo.findAlt(id), repo.findOrigin(id)])
      if (!alt || !origin) throw new AltNotFound(id)
      return { ...alt, ...origin }
    }
  }
}

/** Scripts and defaults may hold secrets, and are long. */
function shortly({
  name,
  dockerImage,
  startup
}: { [K in 'name' | 'dockerImage' | 'startup']: string }) {
  return { name, dockerImage, startup }
}
