import { Button } from '@mantine/core'
import type { Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlayIcon, RestartIcon, StopIcon } from '../../ui/icons.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { actsFor, usePower } from './power.ts'

/** Only for who may, and only what makes sense now. */
export function PowerButtons({ server }: { server: Server }) {
  const texts = useTexts()
  const power = usePower(server.id)
  if (!server.permissions.includes('server-power')) return null
  const acts = actsFor(server.status, server.suspendedAt !== null)
  const pending = power.isPending ? power.variables : undefined
  return (
    <div className="stack">
      {/* biome-ignore lint/a11y/useSemanticElements: these are no fields of a form */}
      <div className="row" role="group" aria-label={texts.power.group}>
        <Button
          leftSection={<PlayIcon />}
          disabled={!acts.start || power.isPending}
          loading={pending === 'start'}
          onClick={() => power.mutate('start')}
        >
          {texts.power.start}
        </Button>
        <Button
          variant="default"
          leftSection={<RestartIcon />}
          disabled={!acts.restart || power.isPending}
          loading={pending === 'restart'}
          onClick={() => power.mutate('restart')}
        >
          {texts.power.restart}
        </Button>
        <Button
          variant="default"
          leftSection={<StopIcon />}
          disabled={!acts.stop || power.isPending}
          loading={pending === 'stop'}
          onClick={() => power.mutate('stop')}
        >
          {texts.power.stop}
        </Button>
        {acts.kill && (
          <SureButton
            label={texts.power.kill}
            name={texts.power.kill}
            text={texts.power.killText}
            onSure={() => power.mutate('kill')}
          />
        )}
      </div>
      <Failure error={power.error} />
    </div>
  )
}
