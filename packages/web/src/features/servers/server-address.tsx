import type { ServerRow } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { addressText, isEverywhere } from '../../ui/address-text.ts'
import { CopyButton } from '../../ui/parts.tsx'

/** What players type: where the port is bound, or else where its machine is reached. */
function addressOf({ node, port, allocations }: ServerRow): string | undefined {
  const primary = allocations.find(({ isPrimary }) => isPrimary)
  const ip = primary && !isEverywhere(primary.ip) ? primary.ip : node?.ipAddress
  const number = primary?.port ?? port
  if (!ip || !number) return undefined
  return addressText(ip, number)
}

export function ServerAddress({ server }: { server: ServerRow }) {
  const texts = useTexts()
  const address = addressOf(server)
  if (!address) {
    const port = server.allocations.find(({ isPrimary }) => isPrimary)?.port
    return <span className="quiet">{port ? `:${port}` : texts.servers.noAddress}</span>
  }
  return (
    <span className="address">
      <code>{address}</code>
      <CopyButton text={address} label={texts.servers.copyAddress(server.name)} />
    </span>
  )
}
