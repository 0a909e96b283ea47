import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { fastSettings, silentLog } from './postgres-settings.ts'

// A panel that dies at once by force: `node --import tsx left-behind.ts FOLDER`.
const dir = process.argv[2] ?? ''
const { url } = await startEmbeddedPostgres({ dir, settings: fastSettings, log: silentLog })
process.stdout.write(url, () => process.kill(process.pid, 'SIGKILL'))
