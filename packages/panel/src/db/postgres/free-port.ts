import { createServer } from 'node:net'

/** The wanted port of 127.0.0.1 when it is free, else any. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer()
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : wanted)
      })
    })
  } catch (err) {
    if (wanted === 0) throw err
    return freePort(0)
  } finally {
    server.close()
  }
}
