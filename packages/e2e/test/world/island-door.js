// Opens a port in the network that it runs in and gives the open port to its parent, which is in another.
import { createServer } from 'node:net'

const server = createServer()
server.listen(Number(process.argv[2]), '127.0.0.1', () =>
  process.send('open', server, undefined, () => process.exit())
)
