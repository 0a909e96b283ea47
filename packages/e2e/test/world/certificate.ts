import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './process.ts'

export interface Certificate {
  cert: string
  key: string
  certFile: string
  keyFile: string
}

/** One that nobody has signed but itself. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const [certFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=panel.test', '-addext', 'subjectAltName=DNS:panel.test']
  await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', keyFile, '-out', certFile])
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
  return { cert, key, certFile, keyFile }
}
