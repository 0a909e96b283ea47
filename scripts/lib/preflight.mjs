import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canListen } from './can-listen.mjs'
import { problem } from './problem.mjs'

const reasons = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'part of that path is a file',
  EEXIST: 'that path is a file',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the path is too long'
}

/** Creates DATA_DIR and writes a file in it, or says why that does not work. */
export async function checkDataDir(dataDir) {
  const trial = join(dataDir, `.write-test-${process.pid}`)
  try {
    await makeFolders(dataDir)
    await writeFile(trial, 'x')
    await rm(trial)
  } catch (error) {
    const reason = reasons[error.code] ?? error.code ?? error.message
    throw problem(
      `DATA_DIR ${dataDir} cannot be written: ${reason}. Choose another with DATA_DIR=/some/folder npm start.`,
      error
    )
  }
}

/** One level at a time: Node's recursive mkdir does not end in a file system such as /proc. */
async function makeFolders(folder) {
  if (await isFolder(folder)) return
  await makeFolders(dirname(folder))
  await mkdir(folder).catch(async error => {
    if (!(error.code === 'EEXIST' && (await isFolder(folder)))) throw error
  })
}

const isFolder = path =>
  stat(path).then(
    found => found.isDirectory(),
    () => false
  )

/** Fails with one sentence when the panel could not listen there. */
export async function checkPort(port, host) {
  for (const address of new Set([host, '127.0.0.1'])) {
    const { ok, code } = await canListen(port, address)
    if (ok) continue
    if (code === 'EADDRINUSE')
      throw problem(
        `Port ${port} is taken by another program. Choose another with PORT=${nextPort(port)} npm start.`
      )
    if (code === 'EACCES')
      throw problem(
        `This user may not listen on port ${port}. Choose one above 1023 with PORT=8080 npm start.`
      )
    throw problem(
      `The panel cannot listen on ${address}, port ${port} (${code}). HOST must be an address of this machine.`
    )
  }
}

const nextPort = port => (port < 65_535 ? port + 1 : 8080)
