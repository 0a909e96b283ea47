import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { answerOf, api, type Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { portText } from '../../ui/address-text.ts'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { useKeepServer } from '../servers/server-query.ts'

interface PortRowProps {
  server: Server
  port: Server['allocations'][number]
  mayChange: boolean
}

/** Then nobody listens on its ports. */
const atRest: ReadonlySet<string> = new Set(['STOPPED', 'CRASHED', 'INSTALL_FAILED'])

export function PortRow({ server, port, mayChange }: PortRowProps) {
  const texts = useTexts()
  const keep = useKeepServer()
  const address = portText(port.ip, port.port)
  const params = { path: { id: server.id, allocationId: port.id } }
  const makePrimary = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/servers/{id}/allocations/{allocationId}', {
          params,
          body: { isPrimary: true }
        })
      ),
    onSuccess: keep
  })
  const remove = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/servers/{id}/allocations/{allocationId}', { params })),
    onSuccess: keep
  })
  return (
    <li className="stack">
      <div className="row">
        <div className="grow">
          <code>{address}</code>{' '}
          <span className="quiet">{texts.node.protocols[port.protocol]}</span>
          {port.isPrimary && <p className="quiet">{texts.ports.primary}</p>}
        </div>
        {mayChange && !port.isPrimary && (
          <div className="row">
            <Button
              variant="default"
              aria-label={texts.ports.makePrimaryOf(address)}
              loading={makePrimary.isPending}
              onClick={() => makePrimary.mutate()}
            >
              {texts.ports.makePrimary}
            </Button>
            {atRest.has(server.status) ? (
              <SureButton
                label={texts.ports.remove}
                name={texts.ports.removeOf(address)}
                text={texts.ports.removeText}
                isPending={remove.isPending}
                onSure={() => remove.mutate()}
              />
            ) : (
              <span className="quiet">{texts.ports.stopFirst}</span>
            )}
          </div>
        )}
      </div>
      <Failure error={makePrimary.error ?? remove.error} />
    </li>
  )
}
