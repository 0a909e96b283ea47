/** One sentence for the person who started the panel: what is wrong and what to do. */
export function startupProblem(err: unknown, where: { host: string; port: number }): string {
  if (!(err instanceof Error)) return `The panel did not start: ${String(err)}`
  const code = 'code' in err ? String(err.code) : ''
  const { host, port } = where
  if (code === 'EADDRINUSE') {
    return `Port ${port} is taken by another program: choose another with PORT.`
  }
  if (code === 'EACCES' && 'syscall' in err && err.syscall === 'listen') {
    return `This user may not listen on port ${port}: choose one above 1023 with PORT.`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `The panel cannot listen on ${host}: HOST must be an address of this machine.`
  }
  return err.message
}
