import { once } from 'node:events'
import { WebSocket } from 'ws'

/** The other end of the bare road: what it hears it says. */
const socket = new WebSocket(`${process.argv[2]?.replace('http', 'ws')}/agent`)
socket.on('message', data => socket.send(String(data)))
await once(socket, 'open')
process.send?.({ isOpen: true })
