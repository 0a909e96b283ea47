import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installFolder } from '../folders.ts'

/** Where this checkout keeps its schema. */
export const prismaFolder = join(installFolder, 'prisma')

export interface Migration {
  name: string
  sql: string
  /** As Prisma computes it. */
  checksum: string
}

/** In the order in which they apply. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(err => {
    throw new Error(`The folder of migrations ${dir} cannot be read: is the installation whole?`, {
      cause: err
    })
  })
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  return Promise.all(
    names.sort().map(async name => {
      const file = join(dir, name, 'migration.sql')
      const sql = await readFile(file, 'utf8').catch(err => {
        throw new Error(`The migration ${file} cannot be read: is the installation whole?`, {
          cause: err
        })
      })
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
  )
}
