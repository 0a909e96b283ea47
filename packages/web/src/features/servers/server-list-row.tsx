import { ActionIcon, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ServerRow } from '../../api/client.ts'
import { explain } from '../../api/problem.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlayIcon, RestartIcon, StopIcon } from '../../ui/icons.tsx'
import { mayWithOwn, useMe } from '../session/session.ts'
import { actsFor, usePower } from './power.ts'
import { RowFigures } from './row-figures.tsx'
import { ServerAddress } from './server-address.tsx'
import { ServerState } from './server-state.tsx'

export function ServerListRow({ server }: { server: ServerRow }) {
  const texts = useTexts()
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
        <RowFigures server={server} />
      </div>
      <div className="act">
        <QuickPower server={server} />
      </div>
    </article>
  )
}

const quickActs = ['start', 'restart', 'stop'] as const
const icons = { start: <PlayIcon />, restart: <RestartIcon />, stop: <StopIcon /> }

function QuickPower({ server }: { server: ServerRow }) {
  const texts = useTexts()
  const me = useMe()
  const power = usePower(server.id)
  if (!mayWithOwn(me, 'server-power', server.owner)) return null
  const acts = actsFor(server.status, server.suspendedAt !== null)
  const label = {
    start: texts.power.startOf(server.name),
    restart: texts.power.restartOf(server.name),
    stop: texts.power.stopOf(server.name)
  }
  const problem = power.error && explain(power.error, texts)
  const pending = power.isPending ? power.variables : undefined
  return (
    <div className="row">
      {quickActs.map(
        action =>
          acts[action] && (
            <Tooltip key={action} label={problem ?? label[action]} multiline maw={280}>
              <ActionIcon
                size="xl"
                variant="default"
                color={problem ? 'red' : 'gray'}
                aria-label={label[action]}
                loading={pending === action}
                disabled={power.isPending}
                onClick={() => power.mutate(action)}
              >
                {icons[action]}
              </ActionIcon>
            </Tooltip>
          )
      )}
      {problem && (
        <span role="alert" className="skip">
          {problem}
        </span>
      )}
    </div>
  )
}
