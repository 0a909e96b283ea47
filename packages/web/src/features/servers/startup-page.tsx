import { Alert, Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type Alt, answerOf, api, type Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure, Waiting } from '../../ui/parts.tsx'
import { VariableFields } from '../new-server/variable-fields.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'
import { altQuery } from './alt-query.ts'
import { NewerVersion } from './newer-version.tsx'
import { useServer } from './server-query.ts'

export function StartupPage() {
  const texts = useTexts()
  const me = useMe()
  const server = useServer()
  const { id, version } = server.alt
  const alt = useQuery(altQuery(id, version))
  if (!server.permissions.includes('server-update')) {
    return <Empty title={texts.startup.title} text={texts.startup.hidden} />
  }
  if (alt.isPending) return <Waiting />
  const mayAll = mayEverywhere(me, 'server-update') || mayEverywhere(me, 'admin-templates')
  const mayChange = ({ userEditable }: Alt['variables'][number]) => userEditable || mayAll
  const variables = alt.data?.variables ?? []
  return (
    <div className="stack narrow">
      <NewerVersion key={server.id} {...{ server, variables, mayChange }} />
      {alt.data ? (
        <StartupForm key={`${server.id}/${version}`} {...{ server, variables, mayChange }} />
      ) : (
        <Failure error={alt.error} retry={() => void alt.refetch()} />
      )}
    </div>
  )
}

function StartupForm(props: {
  server: Server
  variables: Alt['variables']
  mayChange: (variable: Alt['variables'][number]) => boolean
}) {
  const texts = useTexts()
  const { server, variables, mayChange } = props
  const queries = useQueryClient()
  const [changed, setChanged] = useState<Record<string, string>>({})
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/servers/{id}', {
          params: { path: { id: server.id } },
          body: { environment: changed }
        })
      ),
    onSuccess(saved) {
      queries.setQueryData(['server', server.id], saved)
      setChanged({})
    }
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <div className="card stack">
        <div>
          <h2>{texts.startup.title}</h2>
          <p className="quiet">{texts.startup.text}</p>
        </div>
        {variables.length === 0 && <p className="quiet">{texts.startup.none}</p>}
        <VariableFields
          variables={variables}
          values={{ ...server.environment, ...changed }}
          mayChange={mayChange}
          onChange={(name, value) => setChanged(old => ({ ...old, [name]: value }))}
        />
        <Failure error={save.error} />
        {save.isSuccess && Object.keys(changed).length === 0 && (
          <Alert color="green" role="status">
            {texts.startup.saved}
          </Alert>
        )}
        {variables.length > 0 && (
          <div>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={Object.keys(changed).length === 0}
            >
              {texts.startup.save}
            </Button>
          </div>
        )}
      </div>
      <div className="card">
        <dl className="stack">
          <div>
            <dt className="quiet">{texts.startup.line}</dt>
            <dd className="plain">
              <code>{server.startup}</code>
            </dd>
          </div>
          <div>
            <dt className="quiet">{texts.startup.image}</dt>
            <dd className="plain">
              <code>{server.dockerImage}</code>
            </dd>
          </div>
        </dl>
      </div>
    </form>
  )
}
