/* Kept in old syntax: it must run on the Node versions it refuses. */
const wanted = [20, 19]

/** Ends the process with one sentence when this Node is too old for the product. */
export function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return
  process.stderr.write(
    `Node ${wanted.join('.')} or newer is needed, this is ${process.versions.node}. ` +
      'Install a newer one from https://nodejs.org and try again.\n'
  )
  process.exit(1)
}
