import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import pg from 'pg'
import { connect } from '../create-database.ts'

/**
 * PostgreSQL itself writes a base backup into the folder, which it makes: its files and the WAL that belongs to
 * them in base.tar.gz, and their checksums in backup_manifest.
 */
export async function writeBaseBackup(url: string, folder: string): Promise<void> {
  const replication = new URL(url)
  replication.searchParams.set('replication', 'true')
  const client = await connect(replication.href)
  try {
    await client.query(
      `BASE_BACKUP (LABEL 'ctrl-alt-play', TARGET 'server', TARGET_DETAIL ${pg.escapeLiteral(folder)},
        WAL true, CHECKPOINT 'fast', COMPRESSION 'gzip', MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')`
    )
  } finally {
    await client.end()
  }
}

const Manifest = Type.Object({
  Files: Type.Array(
    Type.Object({
      Path: Type.Optional(Type.String()),
      Size: Type.Integer(),
      Checksum: Type.Optional(Type.String())
    })
  ),
  'Manifest-Checksum': Type.String()
})
type Manifest = Static<typeof Manifest>

/** Compares an unpacked backup with its manifest, both ways; answers what differs. */
export async function compareWithManifest(folder: string, manifestFile: string): Promise<string[]> {
  const manifest = await readManifest(manifestFile)
  if (!manifest) return ['its list of checksums (backup_manifest) is damaged']
  const listed = new Set(manifest.Files.map(({ Path }) => Path))
  const problems: string[] = []
  for (const { Path = '', Size, Checksum } of manifest.Files) {
    const file = join(folder, Path)
    const found = await stat(file).catch(() => undefined)
    if (!found) problems.push(`${Path} is missing`)
    else if (found.size !== Size) problems.push(`${Path} has ${found.size} bytes and not ${Size}`)
    else if ((await sha256(file)) !== Checksum) problems.push(`${Path} was changed`)
  }
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  // WAL has checksums of its own, in each record.
  const unlisted = files
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter(path => !path.startsWith('pg_wal/') && !listed.has(path))
  return [...problems, ...unlisted.map(path => `${path} is not in the backup's list`)]
}

/** Undefined when it is not what PostgreSQL wrote. */
async function readManifest(file: string): Promise<Manifest | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const end = text.lastIndexOf('"Manifest-Checksum"')
  try {
    const manifest = Value.Parse(Manifest, JSON.parse(text))
    const checksum = createHash('sha256').update(text.slice(0, end)).digest('hex')
    return checksum === manifest['Manifest-Checksum'] ? manifest : undefined
  } catch {
    return undefined
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
