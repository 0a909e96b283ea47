import '../../ui/plain-list.css'
import { useTexts } from '../../texts/language.tsx'
import { Empty } from '../../ui/parts.tsx'
import { useServer } from '../servers/server-query.ts'
import { AddPort } from './add-port.tsx'
import { PortRow } from './port-row.tsx'

/** Where players reach the server, and the ports that its game has besides. */
export function PortsPage() {
  const texts = useTexts()
  const server = useServer()
  const may = new Set(server.permissions)
  if (!may.has('network-view')) {
    return <Empty title={texts.ports.title} text={texts.ports.hidden} />
  }
  const mayChange = may.has('network-allocate') && server.node !== null
  return (
    <div className="stack narrow">
      <section className="card stack" aria-label={texts.ports.title}>
        <div>
          <h2>{texts.ports.title}</h2>
          <p className="quiet">{texts.ports.text}</p>
        </div>
        {server.allocations.length === 0 && <p className="quiet">{texts.ports.none}</p>}
        <ul className="plain-list">
          {server.allocations.map(port => (
            <PortRow key={port.id} server={server} port={port} mayChange={mayChange} />
          ))}
        </ul>
      </section>
      {mayChange && <AddPort serverId={server.id} />}
    </div>
  )
}
