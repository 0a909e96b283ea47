import { ActionIcon, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ServerRow } from '../../api/client.ts'
import { explain } from '../../api/problem.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatMiB } from '../../ui/amounts.ts'
import { PlayIcon, StopIcon } from '../../ui/icons.tsx'
import { mayWithOwn, useMe } from '../session/session.ts'
import { actsFor, usePower } from './power.ts'
import { ServerAddress } from './server-address.tsx'
import { ServerState } from './server-state.tsx'

export function ServerListRow({ server }: { server: ServerRow }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const { cpuPercent, memoryMiB } = server.limits
  const cores = new Intl.NumberFormat(language).format(cpuPercent / 100)
  return (
    <article className="server-row">
      <div>
        <Link className="server-name" to="/servers/$serverId" params={{ serverId: server.id }}>
          {server.name}
        </Link>
        <p className="quiet">
          {server.alt.name}
          {server.node && ` · ${server.node.name}`}
        </p>
      </div>
      <div>
        {server.suspendedAt ? (
          <span className="state">{texts.suspended}</span>
        ) : (
          <ServerState status={server.status} />
        )}
      </div>
      <div className="where">
        <ServerAddress server={server} />
      </div>
      <div className="wide">
        <p className="quiet">{texts.servers.memory(formatMiB(memoryMiB, language))}</p>
        <p className="quiet">
          {cpuPercent === 0 ? texts.servers.cpuFree : texts.servers.cpu(cores)}
        </p>
      </div>
      <div className="act">
        <QuickPower server={server} />
      </div>
    </article>
  )
}

function QuickPower({ server }: { server: ServerRow }) {
  const texts = useTexts()
  const me = useMe()
  const power = usePower(server.id)
  if (!mayWithOwn(me, 'server-power', server.owner)) return null
  const acts = actsFor(server.status, server.suspendedAt !== null)
  const action = acts.start ? 'start' : 'stop'
  if (!acts.start && !acts.stop) return null
  const label = acts.start ? texts.power.startOf(server.name) : texts.power.stopOf(server.name)
  return (
    <div className="row">
      <Tooltip label={power.error ? explain(power.error, texts) : label} multiline maw={280}>
        <ActionIcon
          size="xl"
          variant="default"
          aria-label={label}
          color={power.error ? 'red' : 'gray'}
          loading={power.isPending}
          onClick={() => power.mutate(action)}
        >
          {acts.start ? <PlayIcon /> : <StopIcon />}
        </ActionIcon>
      </Tooltip>
      {power.error && (
        <span role="alert" className="skip">
          {explain(power.error, texts)}
        </span>
      )}
    </div>
  )
}
